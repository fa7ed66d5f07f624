"""Records what the loader of ElastAlert 2 says of each form: pip install elastalert2==2.31.0, then

    cd test/alerts/rules/forms && python3 judge.py

verdicts.json gets, by file, {"loads": true, ...} with what it made of some options, or {"loads": false, "because"}.
mutations.jsonl gets forms with random changes (a fixed seed) and whether they load. No Elasticsearch is asked.
"""
import copy
import datetime
import json
import logging
import os
import random
import sys
import tempfile
from pathlib import Path

os.environ.update({"TZ": "UTC", "FORM_INDEX": "logs", "FORM_URL": "https://hooks.slack.com/services/T0/B0/A"})
logging.disable(logging.CRITICAL)
import yaml
from elastalert import loaders, ruletypes
from elastalert.loaders import FileRulesLoader

# The schema is read once, and no rule asks an Elasticsearch when it is made.
SCHEMA = loaders.load_rule_schema()
loaders.load_rule_schema = lambda: SCHEMA
ruletypes.NewTermsRule.get_all_terms = lambda *_: None

CONF = {
    "rules_folder": ".", "es_host": "localhost", "es_port": 9200, "writeback_index": "x",
    "run_every": datetime.timedelta(minutes=1), "buffer_time": datetime.timedelta(minutes=15),
    "max_query_size": 10000, "scroll_keepalive": "30s",
}
SHOWN = ["name", "realert", "timeframe", "aggregation", "query_key", "num_events", "threshold", "is_enabled", "priority",
         "index", "query_delay", "exponential_realert", "timestamp_type", "filter"]


def plain(value):
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, (datetime.date, datetime.datetime)):
        return str(value)
    return value


def judge(path):
    try:
        rule = FileRulesLoader(copy.deepcopy(CONF)).load_configuration(str(path), copy.deepcopy(CONF))
    except BaseException as error:
        because = " ".join(str(error).split("\n\nFailed")[0].replace(str(path), "rule.yaml").split())
        # The schema of a type repeats the whole rule.
        if "is not valid under any" in because:
            because = "the rule is not valid under any of the given schemas"
        if "Error initiating alert" in because and "Missing required" in because:
            because = "Error initiating alert: " + because[because.index("Missing required"):]
        return {"loads": False, "because": f"{type(error).__name__}: {because}"[:160]}
    shown = {key: plain(rule[key]) for key in SHOWN if key in rule}
    return {"loads": True, **json.loads(json.dumps(shown, default=str))}


def forms():
    return sorted(path for path in Path(".").glob("*.yaml"))


READ = {}
VALUES = ["", "text", "5", 5, -1, 0, 2.5, 5.0, True, False, None, [], ["a"], [1], {}, {"a": 1}, {"minutes": 5}, {"minutes": "5"}, {"months": 1}, [["a"]], {"minutes": 5, "schedule": "0 * * * *"}]


def mutated(options, rng):
    """One change of one option, as people make them: gone, another value, another name, another spelling."""
    options = copy.deepcopy(options)
    change = None
    key = rng.choice(list(options))
    kind = rng.random()
    if kind < 0.15:
        del options[key]
        change = f"without {key}"
    elif kind < 0.75:
        options[key] = copy.deepcopy(rng.choice(VALUES))
        change = f"{key}: {json.dumps(options[key])}"
    elif kind < 0.85:
        at = rng.randrange(len(str(key)) + 1)
        name = str(key)[:at] + rng.choice("aeo_s") + str(key)[at:]
        options[name] = options.pop(key)
        change = f"{name} for {key}"
    else:
        found = rng.choice(list(READ.values()))
        name = rng.choice(list(found))
        options[name] = copy.deepcopy(found[name])
        change = f"{name} of another"
    return options, change


def mutations(count):
    rng = random.Random(20261130)
    for path in forms():
        try:
            read = yaml.full_load(os.path.expandvars(path.read_text()))
        except Exception:
            continue
        if isinstance(read, dict) and "import" not in read and judge(path)["loads"]:
            READ[path.name] = read
    for _ in range(count):
        name = rng.choice(sorted(READ))
        options, change = mutated(READ[name], rng)
        text = yaml.safe_dump(options, sort_keys=False, default_flow_style=None, width=10000)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", dir=".") as file:
            file.write(text)
            file.flush()
            verdict = judge(file.name)
        line = {"from": name, "change": change, "text": text, "loads": verdict["loads"]}
        if not verdict["loads"]:
            line["because"] = verdict["because"]
        yield line


if __name__ == "__main__":
    verdicts = {path.name: judge(path) for path in forms()}
    Path("verdicts.json").write_text(
        "{\n" + ",\n".join(f"  {json.dumps(name)}: {json.dumps(verdict)}" for name, verdict in verdicts.items()) + "\n}\n"
    )
    with open("mutations.jsonl", "w") as file:
        for line in mutations(int(sys.argv[1]) if len(sys.argv) > 1 else 500):
            file.write(json.dumps(line) + "\n")
