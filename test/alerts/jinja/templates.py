"""Records what Jinja2 makes of whole templates: python3 -m pip install jinja2==3.1.6, then python3 templates.py > templates.jsonl

Random statements (loops, conditions, blocks, macros, white space control) around the expressions of oracle.py, over random
fields. The first lines are {"fields": {...}}, the others {"in": number of the fields, "template", "expect"} or with
{"raises": true}. The seed is fixed.
"""
import copy
import json
import random

import oracle
from jinja2 import Template

RANDOM = random.Random(20261130)
oracle.RANDOM = RANDOM

WORDS = ["error", "Timeout", "a b", "", "x" * 30, "naïve café", "日本", "line one\nline two", "<b>&'\"</b>", "10.0.0.1", "007", "3.5", "None", "{{ no }}", "%s %d", "tab\there", "😀 smile", "ß"]


def value(depth=0):
    kind = RANDOM.random()
    if kind < 0.35 or depth > 2:
        return RANDOM.choice(WORDS)
    if kind < 0.55:
        return RANDOM.choice([0, 1, -7, 42, 2.5, -0.125, 1e6 + 0.5, 123456789012, 0.1, 99.99])
    if kind < 0.65:
        return RANDOM.choice([True, False, None])
    if kind < 0.82:
        return [value(depth + 1) for _ in range(RANDOM.randint(0, 4))]
    return {RANDOM.choice(["k", "n", "name", "a-b", "items", "x.y"]): value(depth + 1) for _ in range(RANDOM.randint(0, 4))}


def fields():
    made = dict(oracle.VALUES)
    made["message"] = RANDOM.choice(WORDS)
    made["tags"] = [RANDOM.choice(WORDS) for _ in range(RANDOM.randint(0, 4))]
    made["numbers"] = [RANDOM.choice([0, 1, -7, 2.5, 42]) for _ in range(RANDOM.randint(0, 5))]
    made["err"] = {"k": RANDOM.choice(WORDS), "n": RANDOM.randint(0, 9)}
    made["items"] = [{"name": RANDOM.choice(WORDS), "n": RANDOM.randint(0, 5), "kind": RANDOM.choice("ABab")} for _ in range(RANDOM.randint(0, 4))]
    made["any"] = value()
    made["other"] = value()
    return made


NAMES = ["message", "any", "other", "err.k", "tags", "numbers", "items", "status", "ratio", "flag", "missing", "service"]
LOOPED = ["tags", "numbers", "items", "err.items()", "range(3)", "'abc'", "any", "err", "items|sort(attribute='n')", "items|groupby('kind')", "numbers|batch(2)", "tags|map('upper')", "items|selectattr('n')", "numbers|select('odd')", "missing", "items[:2]", "tags[::-1]", "err|dictsort", "[1, 2, 3]|reverse", "zip"]
TEXTS = ["a", " b ", "\n", "\n  ", "x: ", "{ }", "%", "# ", "\t", "- "]


def marks(inner, kind):
    left, right = RANDOM.choice(["", "", "", "-", "+"]), RANDOM.choice(["", "", "", "-"])
    open_, close = ("{{", "}}") if kind == "output" else ("{%", "%}")
    return f"{open_}{left} {inner} {right}{close}"


def expression():
    if RANDOM.random() < 0.5:
        return oracle.expression()
    base = RANDOM.choice(NAMES)
    for _ in range(RANDOM.randint(0, 2)):
        base += "|" + RANDOM.choice(oracle.TEXT_FILTERS + oracle.NUMBER_FILTERS + oracle.LIST_FILTERS + ["default('-')", "d('-', true)", "string", "tojson", "length"])
    return base


def condition():
    return RANDOM.choice([lambda: f"{RANDOM.choice(NAMES)} is {RANDOM.choice(['', 'not '])}{RANDOM.choice(oracle.TESTS)}", lambda: RANDOM.choice(NAMES), lambda: f"{RANDOM.choice(NAMES)} {RANDOM.choice(['==', '!=', 'in', 'not in'])} {RANDOM.choice(NAMES)}", lambda: f"not {RANDOM.choice(NAMES)} or {RANDOM.choice(NAMES)}"])()


def body(depth, names=()):
    return "".join(part(depth, names) for _ in range(RANDOM.randint(1, 3)))


LOOP = ["loop.index", "loop.index0", "loop.first", "loop.last", "loop.length", "loop.revindex", "loop.revindex0", "loop.cycle('a', 'b')", "loop.previtem", "loop.nextitem", "loop.depth", "loop.changed(x)", "loop.depth0"]


def part(depth=0, names=()):
    kind = RANDOM.random()
    statement = lambda inner: marks(inner, "statement")
    if kind < 0.25:
        return RANDOM.choice(TEXTS)
    if kind < 0.5 or depth > 3:
        chosen = RANDOM.choice(list(names)) if names and RANDOM.random() < 0.6 else expression()
        return marks(chosen, "output")
    if kind < 0.62:
        text = statement(f"if {condition()}") + body(depth + 1, names)
        if RANDOM.random() < 0.4:
            text += statement(f"elif {condition()}") + body(depth + 1, names)
        if RANDOM.random() < 0.5:
            text += statement("else") + body(depth + 1, names)
        return text + statement("endif")
    if kind < 0.76:
        over = RANDOM.choice(LOOPED)
        target = "x, y" if over in ("err.items()", "items|groupby('kind')", "err|dictsort") or RANDOM.random() < 0.05 else "x"
        filtered = f" if {condition().replace('message', 'x')}" if RANDOM.random() < 0.2 else ""
        inner = ["x", "x", *LOOP] + (["y"] if "y" in target else [])
        if over.startswith("items"):
            inner += ["x.name", "x.n", "x['kind']"]
        text = statement(f"for {target} in {over}{filtered}") + body(depth + 1, inner)
        if RANDOM.random() < 0.3:
            text += statement("else") + body(depth + 1, names)
        return text + statement("endfor")
    if kind < 0.84:
        name = RANDOM.choice("abc")
        if RANDOM.random() < 0.5:
            return statement(f"set {name} = {expression()}") + part(depth, (*names, name))
        return statement(f"set {name}{RANDOM.choice(['', '', ' | upper', ' | trim'])}") + body(depth + 1, names) + statement("endset") + marks(name, "output")
    if kind < 0.88:
        return statement("set ns = namespace(n=0, s='')") + statement(f"for x in {RANDOM.choice(LOOPED)}") + statement("set ns.n = ns.n + 1") + statement("endfor") + marks("ns.n", "output")
    if kind < 0.91:
        return statement(f"macro m(p, q={RANDOM.choice(['1', repr('z'), 'message'])})") + body(depth + 1, ("p", "q")) + statement("endmacro") + marks(RANDOM.choice(["m(1)", "m(message, q=2)", "m()", "m('a', 'b')", "m(q=1, p=2)"]), "output")
    if kind < 0.94:
        return statement(f"with p = {expression()}, q = 1") + body(depth + 1, ("p", "q")) + statement("endwith")
    if kind < 0.96:
        return statement(f"filter {RANDOM.choice(['upper', 'trim', 'indent(2)', 'replace(%r, %r)' % ('a', 'b'), 'title', 'length'])}") + body(depth + 1, names) + statement("endfilter")
    if kind < 0.98:
        return "{# a {{ comment }} #}" if RANDOM.random() < 0.7 else "{#- c -#}"
    return statement("raw") + "{{ x }} {% if %}" + statement("endraw")


def record(template, values):
    try:
        result = Template(template).render(**copy.deepcopy(values))
    except Exception:
        return {"raises": True}
    if " at 0x" in result or " object" in result or "<function" in result or "<bound" in result or "<class" in result or "<built-in" in result or "<Macro" in result or "Markup(" in result or "<Namespace" in result or "LoopContext" in result or len(result) > 1500 or "Undefined object" in result or "tojson|e}" in template or "tojson|e " in template:
        return None
    return {"expect": result}


if __name__ == "__main__":
    known = [json.loads(json.dumps(fields())) for _ in range(12)]
    for one in known:
        print(json.dumps({"fields": {key: one[key] for key in one if key not in oracle.VALUES or one[key] != oracle.VALUES[key]}}, ensure_ascii=False))
    count = 0
    while count < 1500:
        at = RANDOM.randrange(len(known))
        template = body(0)
        found = record(template, known[at]) if len(template) < 350 else None
        # A third of what raises is enough.
        if found is None or ("raises" in found and RANDOM.random() < 0.7):
            continue
        count += 1
        print(json.dumps({"in": at, "template": template, **found}, ensure_ascii=False))
