"""Records what PyYAML makes of texts: pip install pyyaml==6.0.4, then python3 record.py > recorded.jsonl

Each line is {"yaml", "value"} or {"yaml", "refused": true}, after yaml.full_load, which ElastAlert 2 uses. In values, what JSON
has no word for is {"!": "date 2026-11-20"}, {"!": "nan"} and the like; keys are as Python prints them.
"""
import datetime
import json
import math
import random

import yaml

RANDOM = random.Random(20261130)

SCALARS = """yes|no|Yes|NO|on|off|On|OFF|oN|y|n|Y|N|true|True|TRUE|tRue|false|False|FALSE|null|Null|NULL|~|nUll|none|None|
0|1|-1|+1|010|0o10|08|09|-010|+010|00|0x1F|0X1F|-0x1f|0b101|-0b101|0b2|1_000|_1|1_|1__0|0_10|0x_F|1,000|123456789012345678901234567890
1:30|1:30:45|-1:30|+1:30|1:60|01:30|1:3|190:20:30|1:30.5|0:0|1:2:3:4|20:30.15|1:30:00.5|12:59:59|10:00
1.5|-1.5|+1.5|.5|-.5|5.|1e3|1E3|1e+3|1.0e3|1.0e+3|1.5E-3|1.e+3|.5e+3|1_000.5|1._5|685.230_15e+03|.inf|-.inf|+.inf|.Inf|.INF|.nan|.NaN|.NAN|inf|nan|1.2.3|1.2.3.4|.|..|-|--|+|1e|e1|0.0|-0.0|00.5|1.|1.5.|1.0|100.0|1e400
2026-11-20|2026-1-2|2026-11-20T12:30:00Z|2026-11-20t12:30:00.5+02:00|2026-11-20 12:30:00|2026-11-20 12:30:00 -5|2026-13-40|20261120|11-20-2026|2026-11|12:30:45 PM
=|<<|!|!!|&|*|@timestamp|`x|%x|#x|a#b|a #b|a: b|a:b|http://x.example:80/p?q#f|C:\\\\x|[|]|{|}|,|a,b|-x|- x|? x|?x|: x|:x|!x y|&a y|*a|'|"|'a|"a|>|\\||$VAR|${VAR}|100%|5m|1h30|$name$|<<x|==|=x
"yes"|'010'|"1_000"|'no'|"\\n\\t\\x41\\u00e9\\U0001F600\\e\\0\\a\\/\\N\\_\\L\\P\\ "|"\\q"|'it''s'|"a\\"b"|"a
  b"|'a

  b'|!!str 5|!!int "5"|!!int "0x1F"|!!float 5|!!bool yes|!!null x|!!str yes|!!str|!!int x|!!float "1:30.5"|!local 5|!file list.txt|!!python/none x|!!python/tuple [1, 2]|!!set {a, b}|!!binary aGVsbG8=|!!timestamp 2026-11-20|!!omap [a: 1]|!!seq [a]|!!map {a: 1}|!!python/object:os.system x""".replace("\n1.5|", "|1.5|").split("|")
SCALARS = [one for line in SCALARS for one in ([line] if line.startswith(('"', "'")) else line.split("\n"))]

TEXTS = [
    "a: 1\na: 2\n", "a: {b: 1, b: 2}\n", "yes: 1\n", "010: 1\n", "1.50: 1\n", "~: 1\n", "? a\n: 1\n", "? [a, b]\n: 1\n", "1: a\n'1': b\n", "true: 1\nyes: 2\n", "2026-11-20: x\n",
    "x: &x {k: 1, l: 2}\nm: {<<: *x, k: 3}\n", "x: &x {k: 1, l: 2}\nm: {k: 3, <<: *x}\n", "x: &x {k: 1}\ny: &y {k: 2, l: 2}\nm: {<<: [*x, *y]}\n", "x: &x {k: 1}\nm:\n  <<: *x\n  <<: {l: 2}\n",
    "m: {<<: {k: 1}}\n", "m: {<<: 5}\n", "m: {<<: [5]}\n", "m: {<<: }\n", "m: {'<<': 1}\n", "<<: {type: any}\nname: x\n", "x: &x\n  <<: *x\n", "a: &a [1, *a]\n", "a: *b\n", "a: &b 1\nb: *b\nc: &b 2\nd: *b\n", "x: &x {k: &y {z: 1}}\nm: {<<: *x, n: *y}\n",
    "a: |\n  x\n   y\n\n  z\n", "a: |-\n  x\n\n", "a: |+\n  x\n\n", "a: >\n  x\n  y\n\n  z\n   w\n", "a: >-\n  x\n  y\n", "a: |2\n    x\n", "a: >+\n  x\n\n\nb: 1\n", "a: | # c\n  x # y\n", "a: |1-\n  x\n",
    "a: x\n  y\n  z\n", "a: x # c\n", "a: 'x\n  y'\n", "a: \"x\\\n  y\"\n", "- a\n- b\n", "a:\n- 1\n- 2\n", "a:\n  - 1\n  - - 2\n    - 3\n", "a:\n  -\n    b: 1\n  - c: 2\n    d: 3\n", "a: [1, [2, {b: c}], d: e]\n", "a: {b, c: 1, d: }\n", "a: {b: 1,}\n", "a: [1,]\n", "a: [1,,2]\n", "a: [,]\n", "a: {x: y: z}\n",
    "a: [a b, c\n d]\n", "a: {a: b\n , c: d}\n", "a:b\n", "a: b: c\n", "a\n", "", "# c\n", "---\n", "--- a\n", "---\na: 1\n...\n", "a: 1\n---\nb: 2\n", "%YAML 1.1\n---\na: yes\n", "%YAML 1.2\n---\na: yes\n", "\ufeffa: 1\n", "a: 1\r\nb: 2\r\n", "a: 1\rb: 2\r", "a:\t1\n", "\ta: 1\n", "a:\n\tb: 1\n", "a: 1\t# c\n", "a: [1,\t2]\n", "- \tx\n", "a: 1\n b: 2\n", " a: 1\nb: 2\n", "a:\n  b: 1\n c: 2\n", "a: [1\nb: 2\n", "a: \"x\n", "a: 'x\n", "a: }\n", "a: ]\n",
    "a: x\ty\n", "a: \u00e9\u2028b\n", "a: \x07\n", "a: \x85b\n", "a: \U0001F600\n", "'a': 1\n\"b\": 2\n", "a : 1\n", "\"a\" : 1\n", "{a: 1, \"b\":2}\n", "{\"a\":1}\n", "[a:1]\n", "{a:1}\n", "{a: 1}x\n", "a: {b: c} d\n", "a: !!str\n", "a: &x\nb: *x\n", "a: &x !!str 5\nb: *x\n", "a: ! 5\n", "a: 0.1\nb: 1.0\nc: 100000000000000000000.0\n",
    "filter:\n- query:\n    query_string:\n      query: \"a: b\"\n- term:\n    x: 1\n", "alert_text: |\n  {0}\n  ```\n  {1}\n  ```\n", "alert_subject_args: [@timestamp]\n", "args: ['@timestamp']\n", "args:\n- @timestamp\n", "timeframe:\n  hours: 1\n  minutes: 1:30\n", "when: 12:30\n", "mac: 00:11:22:33:44:55\n", "ip: 10.0.0.1\n", "version: 1.10\n", "zip: 01234\n", "phone: +4912345\n", "id: 1e5\n", "hash: 12e4567\n", "country: NO\n", "answer: [y, n, on, off]\n", "a: *.log\n", "b: %d items\n", "c: {0} x\n", "d: [x]y\n", "e: !important\n", "f: a, b: c\n", "g: - x\n", "h: @x\n",
    "a: \"x\ny\"\nb: 1\n", "a: 'x\n\ny: z'\nb: 1\n", "f:\n  a: \"x\n y\n  z\"\n  b: 1\n", "a: [\n\"x\",\n'y'\n]\nb: 1\n", "a:\n  b: {\nc: 1,\n d: [2,\n3]\n}\n  e: 1\n", "a: it's\nb: \"x\ny\"\n", "a: |\n  it's \"\nb: \"x\ny\"\n", "a: x # it's \"\nb: \"x\ny\"\n", "- \"x\ny\"\n- 'z\nw'\n", "a: \"x\nb: \"y\"\n", "a: [1,\nb: 2\n", "a: \"x \\\" y\nz\"\nb: 1\n", "a: !!str \"x\ny\"\n", "alert_text: \"Host: {0}\nMessage: {1}\n\"\nname: x\n", "alert_text_args: [\"host\",\n\"message\"]\nname: x\n",
    "a: 1\nb: [\n]\n", "a: [\n1,\n2\n]\nb: 1\n", "a:\n  x\nb: 1\n", "a: >\nb: 1\n", "a: |\nb: 1\n", "?\n", ": a\n", "a: - b\n", "- - - a\n", "-a: 1\n", "- a: 1\n  b: 2\n-\n", "a: ''\nb: \"\"\nc:\n",
]


def scalar():
    return RANDOM.choice(SCALARS)


def flow(depth=0):
    kind = RANDOM.random()
    if kind < 0.6 or depth > 2:
        return scalar()
    if kind < 0.8:
        return "[" + ", ".join(flow(depth + 1) for _ in range(RANDOM.randint(0, 3))) + "]"
    return "{" + ", ".join(f"{RANDOM.choice('abc')}{i}: {flow(depth + 1)}" for i in range(RANDOM.randint(0, 3))) + "}"


def block(indent=0, depth=0):
    pad = " " * indent
    lines = []
    if RANDOM.random() < 0.3 and depth > 0:
        for _ in range(RANDOM.randint(1, 3)):
            lines.append(f"{pad}- {flow()}")
        return lines
    for i in range(RANDOM.randint(1, 3)):
        key = RANDOM.choice(["name", "a", "b", "on", "1", "'k'", "x.y", "@t" if RANDOM.random() < 0.1 else "k"]) + str(i if RANDOM.random() < 0.8 else "")
        kind = RANDOM.random()
        if kind < 0.5 or depth > 2:
            lines.append(f"{pad}{key}: {flow()}")
        elif kind < 0.6:
            lines.append(f"{pad}{key}: {RANDOM.choice(['|', '>', '|-', '>-', '|+', '>+'])}")
            for _ in range(RANDOM.randint(1, 3)):
                lines.append(RANDOM.choice([f"{pad}  text: {i}", f"{pad}    deeper", "", f"{pad}  # no comment"]))
        else:
            lines.append(f"{pad}{key}:")
            lines += block(indent + RANDOM.choice([2, 2, 4]), depth + 1)
    return lines


def plain(value, depth=0):
    if isinstance(value, dict):
        return {str(key): plain(one, depth + 1) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one, depth + 1) for one in value]
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime.datetime):
        return {"!": "time"}
    if isinstance(value, datetime.date):
        return {"!": f"date {value}"}
    if isinstance(value, float) and not math.isfinite(value):
        return {"!": str(value)}
    if isinstance(value, int) and abs(value) > 2**53:
        return {"!": f"int {value}"}
    if isinstance(value, (int, float)):
        return value
    return {"!": type(value).__name__}


def record(text):
    try:
        value = plain(yaml.full_load(text))
        json.dumps(value)
        return {"yaml": text, "value": value}
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, AttributeError):
        return {"yaml": text, "refused": True}


seen = set()
for text in [f"v: {one}\n" for one in SCALARS] + [f"v: [{one}, z]\n" for one in SCALARS] + TEXTS + ["\n".join(block()) + "\n" for _ in range(700)]:
    if text not in seen:
        seen.add(text)
        print(json.dumps(record(text)))
