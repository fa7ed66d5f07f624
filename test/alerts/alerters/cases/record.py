"""What ElastAlert 2 sends for a rule and its matches: writes `requests.jsonl`, one case a line.

Run with a Python that has elastalert2 (recorded with 2.31.0):

    python record.py > requests.jsonl

A case is `{id, rule_yaml, matches, requests}`, a request `{url, headers, body}`; the body is JSON where it is JSON. The
rules, which stand in `rules.yaml`, are loaded and their matches are taken as that file has them. Times that an alerter
takes from the clock are left out by the tests.
"""
import json
import sys

from unittest import mock

import yaml


from elastalert.loaders import RulesLoader
from elastalert.ruletypes import AnyRule


def alerter_class(name):
    return RulesLoader.alerts_mapping[name]


class Answer:
    status_code = 202
    text = ''

    def raise_for_status(self):
        pass


def record(case):
    options = yaml.load(case['rule_yaml'], Loader=yaml.SafeLoader)
    options.setdefault('timestamp_field', '@timestamp')
    options.setdefault('jinja_root_name', '_data')
    options['type'] = AnyRule(options)
    if options.get('alert_text_type') == 'alert_text_jinja':
        from jinja2 import Template
        options['jinja_template'] = Template(str(options.get('alert_text', '')))
    sent = []

    def post(url, data=None, headers=None, json=None, auth=None, **_):
        body = data if json is None else json
        sent.append({'url': url, 'headers': dict(headers or {}), 'body': parsed(body),
                     **({'auth': list(auth)} if isinstance(auth, tuple) else {}),
                     **({'auth': [auth.username, auth.password]} if auth is not None and hasattr(auth, 'username') else {})})
        return Answer()

    with mock.patch('requests.post', post):
        alerter = alerter_class(options['alert'])(options)
        alerter.alert([dict(match) for match in case['matches']])
    return {**case, 'requests': sent}


def parsed(body):
    if isinstance(body, bytes):
        body = body.decode()
    value = json.loads(body) if isinstance(body, str) else body
    if isinstance(value, dict) and 'sourceRef' in value:
        # A set of Python: its order is chance.
        value['tags'].sort()
    return value


if __name__ == '__main__':
    with open('rules.yaml') as file:
        cases = yaml.load(file, Loader=yaml.SafeLoader)
    for case in cases['cases']:
        matches = [cases['matches'][name] for name in case.get('matches', ['one'])]
        text = case['rule']
        full = {'id': case['id'], 'rule_yaml': cases['base'] + text, 'matches': matches}
        try:
            print(json.dumps(record(full), ensure_ascii=False))
        except Exception as error:  # noqa: BLE001
            print(case['id'], type(error).__name__, error, file=sys.stderr)
            raise
