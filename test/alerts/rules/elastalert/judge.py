"""Records what rules are with the config.yaml of ElastAlert 2 above them: pip install elastalert2==2.31.0, then

    cd test/alerts/rules/elastalert && python3 judge.py > verdict.json
"""
import datetime
import json
from argparse import Namespace

from elastalert.config import load_conf

SHOWN = ["buffer_time", "run_every", "realert", "timestamp_field", "use_local_time", "custom_pretty_ts_format", "owner", "priority", "description",
         "alert_missing_value", "query_key", "runbook", "team", "name", "smtp_host", "from_addr", "slack_webhook_url", "slack_username_override", "index"]

conf = load_conf(Namespace(config="config.yaml", verbose=False, debug=False, es_debug=False, es_debug_trace=None))
rules = conf["rules_loader"].load(conf)


def plain(value):
    return value.total_seconds() if isinstance(value, datetime.timedelta) else value


print(json.dumps({rule["name"]: {key: plain(rule.get(key)) for key in SHOWN} for rule in sorted(rules, key=lambda one: one["name"])}, indent=1))
