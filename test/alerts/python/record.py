"""Records what Python makes of formats, times and values: python3 record.py > recorded.jsonl (Python 3.11)

Each line is ["format", template, [values], result], ["percent", template, [values] or {names}, result],
["strftime", milliseconds, offset in minutes, format, result], ["strptime", text, format, milliseconds] or ["str", value, result].
The result is null where Python raises. The seed is fixed.
"""
import json
import random
from datetime import datetime, timedelta, timezone

RANDOM = random.Random(20261130)
pick = RANDOM.choice

VALUES = ["", "abc", "it's", 'say "x"', "naïve", "日本", "😀", "a\nb\tc", "back\\slash", "x" * 12, 0, 1, -1, 42, -7, 1234567, 10**15, 255, 2**53 - 1, 0.5, -0.5, 2.5, 3.14159, 1e-7, 123456.789, 1e21, 0.1, 1e16, 1.5e300, 99.995, 1.005, True, False, None, [], [1, "a", None], ["it's", 2.5], {"k": 1}, {"a": {"b": [True]}}, ["\n", "\x00\x7f\x85\xa0é\u200b"]]
FILLS = ["", "", "", "*<", "<", ">", "^", "=", "0=", "é^", ">>", "{<"]
TYPES = ["", "", "s", "d", "f", "e", "g", "x", "X", "o", "b", "c", "n", "%", "E", "G", "F", "q"]


def spec():
    return "".join([pick(FILLS), pick(["", "", "", "+", " ", "-"]), pick(["", "", "", "#"]), pick(["", "", "0"]), pick(["", "5", "12", "1", "20"]), pick(["", "", "", ",", "_"]), pick(["", "", ".2", ".0", ".10", ".1"]), pick(TYPES)])


def field(count):
    name = pick(["", str(RANDOM.randrange(count + 1)), str(RANDOM.randrange(count))])
    return "{" + name + pick(["", "", "", "!r", "!s", "!a"]) + pick(["", "", ":" + spec()]) + "}"


def fmt():
    values = [pick(VALUES) for _ in range(RANDOM.randint(1, 3))]
    style = pick(["", "auto"])
    parts = []
    for _ in range(RANDOM.randint(1, 3)):
        one = field(len(values))
        parts.append(one if style == "" else "{" + one[1:].lstrip("0123456789"))
        parts.append(pick(["", " ", "{{", "}}", "text", "%", ": "]))
    template = "".join(parts)
    try:
        result = template.format(*values)
    except Exception:
        result = None
    return ["format", template, values, result]


def nested():
    template, values = pick([("{0[k]}", [{"k": 1}]), ("{0[0]}", [["a"]]), ("{0[a][b]}", [{"a": {"b": [True]}}]), ("{0:{1}}", ["a", 5]), ("{0:{1}.{2}f}", [2.5, 8, 2]), ("{0:>{1}}", ["a", 4]), ("{0.x}", [{"x": 1}]), ("{0[nope]}", [{"k": 1}]), ("{", [1]), ("}", [1]), ("{0", [1]), ("{{}}", [1]), ("{0!x}", [1]), ("{0!r:>10}", ["a"]), ("{ 0 }", [1]), ("{0:%Y}", [1]), ("{:,}", [1234567.891]), ("{:,d}", [-1234567]), ("{:_x}", [1234567890]), ("{:+.1%}", [0.256]), ("{:010.3f}", [-3.14159]), ("{:<08}", ["a"]), ("{:08}", [-5]), ("{:=+8d}", [5]), ("{:c}", [65]), ("{:#x} {:#o} {:#b}", [255, 8, 5]), ("{:.0f} {:.0f} {:.0f}", [0.5, 1.5, 2.5]), ("{:g} {:g} {:g}", [1e-5, 123456789.0, 100000.0]), ("{:.3g} {:#.3g}", [1.0, 1.0]), ("{:.2} {:.2}", [1234.5, "abc"]), ("{:e}", [0]), ("{:n}", [1234567]), ("{:s}", [5]), ("{:d}", [2.5]), ("{:d}", [True]), ("{:5}", [True]), ("{:5}|", [None]), ("{}", [None])])
    try:
        result = template.format(*values)
    except Exception:
        result = None
    return ["format", template, values, result]


def percent():
    values = [pick(VALUES) for _ in range(RANDOM.randint(1, 3))]
    template = ""
    for _ in range(RANDOM.randint(1, 3)):
        template += "%" + pick(["", "", "-", "+", "0", " ", "#", "-0"]) + pick(["", "", "8", "3", "*"]) + pick(["", "", ".2", ".0", ".5"]) + pick(list("sdrifFeEgGxXoca%") + ["q"]) + pick(["", " ", "|"])
    try:
        result = template % tuple(values)
    except Exception:
        result = None
    return ["percent", template, values, result]


def percent_named():
    names = {"a": pick(VALUES), "b c": pick(VALUES)}
    template = pick(["%(a)s", "%(a)d", "%(b c)r|%(a)5.2f", "%(nope)s", "%(a)-8s|", "%(a)s %%", "%(a)x", "100%", "% (a)s", "%(a)"])
    try:
        result = template % names
    except Exception:
        result = None
    return ["percent", template, names, result]


CODES = list("aAbBdjmMyYHIpSfzZUWGVuwcxXDFTRerhkl%nt")


def stamp():
    ms = RANDOM.choice([0, 951782400000, 1_798_761_599_999, -86_400_000, 1_709_164_800_042, *[RANDOM.randrange(0, 4_102_444_800_000) for _ in range(6)]])
    offset = pick([0, 0, 60, 330, -300, -210, 840])
    template = "".join("%" + pick(CODES) + pick(["", " ", "-", "/", "T", ", "]) for _ in range(RANDOM.randint(1, 4)))
    at = (datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=ms)).astimezone(timezone(timedelta(minutes=offset), pick(["XST"])))
    return ["strftime", ms, offset, template, at.strftime(template)]


STAMPS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%fZ", "%d/%b/%Y:%H:%M:%S %z", "%a %b %d %H:%M:%S %Y", "%m/%d/%y %I:%M %p", "%Y%m%d%H%M%S", "%A, %d %B %Y", "%j %Y", "%Y-%m-%d", "%H:%M", "%Y-%m-%dT%H:%M:%S%z", "%d.%m.%Y %H.%M", "%b %d %H:%M:%S", "%Y %U %w", "%G-W%V-%u", "%y%m%d", "%I%p", "%%%Y", "%c", "%x %X", "%f", "%Y-%m-%d %H:%M:%S,%f", "%H:%M:%S.%f", "%d %b %y", "%Z %Y", "%s", "%Y-%m-%d  %H"]


def parse():
    template = pick(STAMPS)
    at = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=RANDOM.randrange(0, 4_102_444_800_000))
    at = at.astimezone(timezone(timedelta(minutes=pick([0, 0, 90, -300])), "UTC"))
    text = at.strftime(template)
    change = RANDOM.random()
    if change < 0.12:
        text = text.lower()
    elif change < 0.2:
        text = text.replace("0", "", 1)
    elif change < 0.26:
        text += pick([" ", "x", "0"])
    elif change < 0.32:
        text = " " + text
    elif change < 0.38 and text:
        spot = RANDOM.randrange(len(text))
        text = text[:spot] + pick("0129 -x:") + text[spot + 1:]
    elif change < 0.42:
        text = text.replace("+0000", pick(["Z", "+00:00", "+0130", "-05:30"]))
    elif change < 0.46:
        text = text.replace(" ", "  ")
    try:
        got = datetime.strptime(text, template)
        if got.tzinfo is None:
            got = got.replace(tzinfo=timezone.utc)
        result = round((got - datetime(1970, 1, 1, tzinfo=timezone.utc)) / timedelta(microseconds=1) / 1000 - 0.4999)
        result = int((got - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(milliseconds=1))
    except Exception:
        result = None
    return ["strptime", text, template, result]


def value(depth=0):
    kind = RANDOM.random()
    if kind < 0.5 or depth > 3:
        one = pick(VALUES)
        return one if kind < 0.4 else RANDOM.choice([RANDOM.uniform(-1e6, 1e6), RANDOM.random() * 10 ** RANDOM.randint(-12, 22), RANDOM.randint(-10**9, 10**9), "".join(RANDOM.choice("ab'\"\\\n\t\r\x00\x1b\x7f\x80\x9f\xa0\xadé\u0378\u200b\u2028\u3000\ud7ff\ue000\ufeff日😀") for _ in range(RANDOM.randint(0, 6)))])
    if kind < 0.75:
        return [value(depth + 1) for _ in range(RANDOM.randint(0, 4))]
    return {pick(["a", "b", "it's", "é", "", "x y"]): value(depth + 1) for _ in range(RANDOM.randint(0, 3))}


def floats_are_floats(one):
    """JSON has one kind of number, so 1.0 would be an int there."""
    if isinstance(one, float) and one == int(one):
        return False
    if isinstance(one, (list, tuple)):
        return all(floats_are_floats(inner) for inner in one)
    if isinstance(one, dict):
        return all(floats_are_floats(inner) for inner in one.values())
    return True


def string():
    one = value()
    return ["str", one, str(one)]


seen = set()
for make, count in [(fmt, 700), (nested, 80), (percent, 350), (percent_named, 60), (stamp, 250), (parse, 450), (string, 300)]:
    for _ in range(count):
        line = make()
        if make in (fmt, percent, percent_named, nested, string) and not floats_are_floats(line[1:3]):
            continue
        text = json.dumps(line)
        if text not in seen:
            seen.add(text)
            print(text)
