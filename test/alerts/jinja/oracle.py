"""Records what Jinja2 makes of templates: python3 -m pip install jinja2==3.1.6, then python3 oracle.py > recorded.jsonl

Written templates come from written.txt (one a line); random expressions are added with a fixed seed. Each line of the
result is {"template", "expect"} or {"template", "raises": true}. The values are those of values.json.
"""
import json
import random
import sys
from pathlib import Path

from jinja2 import Template

HERE = Path(__file__).parent
VALUES = json.loads((HERE / "values.json").read_text())
RANDOM = random.Random(20261129)

TEXTS = ["message", "service", "'a,b,,c'", "'Hello World'", "''", "'%5.1f|%-6s|%03d'", "' padded '", "'MiXed case'", "'x'"]
NUMBERS = ["status", "ratio", "zero", "negative", "1", "2.5", "3.0", "7", "0.125", "1e3"]
LISTS = ["tags", "numbers", "[3, 1, 2]", "['b', 'A', 'c']", "[]", "(range(4)|list)", "(1, 'two', 3.0)"]
DICTS = ["err", "{'k': 1, 'a': 'z'}"]
ROWS = ["items"]
OTHERS = ["missing", "err.nothing", "none", "true", "flag"]
TEXT_FILTERS = [
    "upper", "lower", "title", "capitalize", "trim", "length", "reverse", "wordcount", "replace('l', 'L')", "replace('a', 'b', 1)",
    "truncate(8)", "truncate(8, true)", "truncate(5, false, '>')", "center(20)", "indent(2)", "indent(2, true)", "first", "last",
    "list", "string", "default('d')", "d('d', true)", "int", "float", "e", "tojson", "urlencode", "striptags", "batch(3)|list",
    "unique|list", "sort|join", "wordwrap(7)", "pprint", "join('-')", "format(1.5, 'q', 7)", "trim('x')", "slice(2)|list",
]
TEXT_METHODS = [
    "upper()", "strip()", "split()", "split(',')", "split(',', 1)", "rsplit(',', 1)", "replace('a', 'b')", "startswith('a')",
    "endswith(('d', 'e'))", "find('o')", "rfind('o')", "count('l')", "zfill(6)", "ljust(12, '.')", "rjust(12)", "center(13, '*')",
    "partition(',')", "rpartition(',')", "title()", "swapcase()", "isdigit()", "isupper()", "splitlines()", "lstrip('H')",
    "removeprefix('He')", "join(['p', 'q'])", "format(1, a=2)", "index('x')", "casefold()", "islower()",
]
NUMBER_FILTERS = [
    "abs", "int", "float", "round", "round(1)", "round(2)", "round(1, 'floor')", "round(0, 'ceil')", "string", "filesizeformat",
    "default(5)", "tojson", "pprint", "round(-1)", "filesizeformat(true)",
]
LIST_FILTERS = [
    "length", "first", "last", "join(', ')", "sort|list", "sort(reverse=true)", "unique|list", "max", "min", "sum", "reverse|list",
    "list", "map('upper')|list", "map('string')|join('/')", "select|list", "reject|list", "select('string')|list", "tojson",
    "select('>', 1)|list", "select('odd')|list", "batch(2)|list", "batch(2, '-')|list", "slice(2)|list", "map('length')|list", "pprint",
]
ROW_FILTERS = [
    "map(attribute='name')|list", "map(attribute='none', default='-')|join(',')", "selectattr('n')|map(attribute='name')|list",
    "selectattr('n', 'gt', 1)|map(attribute='name')|join('+')", "rejectattr('n', '==', 2)|list|length", "sum(attribute='n')",
    "sort(attribute='name')|map(attribute='n')|list", "sort(attribute='kind,n')|map(attribute='n')|list",
    "groupby('kind')|map('first')|list", "groupby('kind')|length", "max(attribute='n')", "unique(attribute='kind')|list|length",
    "join('|', attribute='name')", "map(attribute='sub.deep')|list", "first", "tojson",
]
DICT_FILTERS = ["length", "list", "items|list", "dictsort", "dictsort(by='value')|length", "tojson", "tojson(indent=2)", "pprint"]
DICT_METHODS = ["items()", "keys()", "values()", "get('k')", "get('none', 'q')", "items()|list", "keys()|list"]
TESTS = ["defined", "undefined", "none", "string", "number", "integer", "float", "mapping", "sequence", "iterable", "boolean", "true", "odd", "even", "divisibleby 3", "divisibleby(2)", "in [1, 200, 'x']", "eq 7", "ne(2)", "gt 3", "upper", "lower"]
SLICES = ["[0]", "[-1]", "[1:]", "[:2]", "[::-1]", "[::2]", "[-2:]", "[5:1:-2]", "[9]", "[1:3]"]


def pick(options):
    return RANDOM.choice(options)


def text():
    value = pick(TEXTS)
    kind = RANDOM.random()
    if kind < 0.4:
        return f"{value}|{pick(TEXT_FILTERS)}"
    if kind < 0.7:
        return f"{value if value.startswith(chr(39)) else value}.{pick(TEXT_METHODS)}"
    if kind < 0.85:
        return f"{value}{pick(SLICES)}"
    return value


def number(depth=0):
    kind = RANDOM.random()
    if kind < 0.3 or depth > 2:
        return pick(NUMBERS)
    if kind < 0.45:
        return f"{pick(NUMBERS)}|{pick(NUMBER_FILTERS)}"
    if kind < 0.55:
        return f"-{pick(NUMBERS)}"
    if kind < 0.65:
        return f"({number(depth + 1)})"
    return f"{number(depth + 1)} {pick(['+', '-', '*', '/', '//', '%', '+', '*'])} {number(depth + 1)}"


def any_value():
    return pick([text, number, lambda: pick(LISTS), lambda: pick(DICTS), lambda: pick(OTHERS)])()


def expression():
    kind = RANDOM.random()
    if kind < 0.2:
        return text()
    if kind < 0.38:
        return number()
    if kind < 0.5:
        return f"{pick(LISTS)}{pick(['', pick(SLICES)])}|{pick(LIST_FILTERS)}"
    if kind < 0.58:
        return f"{pick(ROWS)}|{pick(ROW_FILTERS)}"
    if kind < 0.65:
        return pick([f"{pick(DICTS)}|{pick(DICT_FILTERS)}", f"{pick(DICTS)}.{pick(DICT_METHODS)}"])
    if kind < 0.73:
        return f"{any_value()} is {pick(['', 'not '])}{pick(TESTS)}"
    if kind < 0.81:
        return f"{any_value()} {pick(['==', '!=', '<', '>', '<=', '>=', 'in', 'not in'])} {any_value()}"
    if kind < 0.87:
        return f"{any_value()} {pick(['and', 'or', '~'])} {pick(['', 'not '])}{any_value()}"
    if kind < 0.93:
        return f"{any_value()} if {any_value()} else {any_value()}"
    return f"{pick(TEXTS)} % {pick([pick(NUMBERS), '(' + pick(NUMBERS) + ', ' + pick(TEXTS) + ', ' + pick(NUMBERS) + ')', pick(DICTS)])}"


def record(template):
    try:
        result = Template(template).render(**VALUES)
    except Exception:
        return {"template": template, "raises": True}
    # Addresses of functions and generators differ from run to run.
    if " at 0x" in result or "object " in result or "<function" in result:
        return None
    return {"template": template, "expect": result}


if __name__ == "__main__":
    written = [json.loads(line) for line in (HERE / "written.jsonl").read_text().splitlines() if line]
    seen = set()
    for template in written + ["{{ %s }}" % expression() for _ in range(6000)]:
        if template in seen:
            continue
        seen.add(template)
        found = record(template)
        if found is not None:
            sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
