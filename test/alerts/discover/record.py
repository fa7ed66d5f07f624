"""Links to Kibana and OpenSearch as ElastAlert 2 makes them: writes `recorded.jsonl`, one case a line.

Run with a Python that has elastalert2 (recorded with 2.31.0):

    python record.py > recorded.jsonl

The cases are made by chance with a fixed seed: `{app, rule, match, url}`; `rule` has the options, `query_key` as a list.
"""
import copy
import datetime
import json
import random

from elastalert.kibana_discover import generate_kibana_discover_url
from elastalert.kibana_external_url_formatter import create_kibana_external_url_formatter
from elastalert.opensearch_discover import generate_opensearch_discover_url

SEED = 20261130
WORDS = ['shop', "it's", 'a b', '', '10', '-x', 'x!y', 'né', '한국', 'a/b', 'a:b', '(c)', 'a\nb', 'a+b', '%41', '~', '\\', 'a\tb', '_id',
         '*', 'a,b', '😀', '"q"', '&=', 'A.b_c-d', '$state', '@timestamp', 'null', 'true', '.x', '1.5e3', 'x\x7fy']
TIMES = ['2026-11-20T12:00:00Z', '2026-11-20T12:00:00.000Z', '2026-11-20T12:00:00.123Z', '2026-11-20T12:00:00.123456Z',
         '2026-11-20T12:00:00.120000Z', '2026-11-20T21:00:00+09:00', '2026-11-20T12:00:00.5+00:00', '2026-11-20 12:00:00',
         '2026-02-28T23:59:59.999Z', '2026-11-20T12:00:00.25-03:30']


def value(rng, depth=0):
    kind = rng.randrange(8 if depth < 2 else 5)
    if kind == 0:
        return rng.choice([True, False, None])
    if kind == 1:
        return rng.choice([0, 1, -5, 10 ** 12, 0.5, -1.25])
    if kind < 5:
        return rng.choice(WORDS)
    if kind == 5:
        return [value(rng, depth + 1) for _ in range(rng.randrange(3))]
    return {rng.choice(WORDS): value(rng, depth + 1) for _ in range(rng.randrange(3))}


def delta(rng):
    # Durations are whole milliseconds in Longshore.
    unit = rng.choice(['minutes', 'seconds', 'hours', 'milliseconds'])
    return {unit: rng.choice([1, 5, 90, 250 if unit == 'milliseconds' else 0.5])}


def case(rng):
    app = rng.choice(['kibana', 'opensearch'])
    rule = {
        'name': 'r', 'timestamp_field': '@timestamp', f'generate_{app}_discover_url': True,
        f'{app}_discover_app_url': rng.choice(['https://k.test/app/discover#/', 'https://k.test/app/discover', 'http://k:5601/s/x/app/discover#/']),
        f'{app}_discover_index_pattern_id': rng.choice(['logs-*', 'a1b2', "i'd"]),
    }
    if rng.random() < 0.5:
        rule[f'{app}_discover_columns'] = [rng.choice(WORDS) or 'x' for _ in range(rng.randrange(1, 4))]
    if rng.random() < 0.7:
        rule['filter'] = [rng.choice([{'query': {'query_string': {'query': rng.choice(WORDS)}}}, {'term': {rng.choice(WORDS): value(rng)}},
                                      {'terms': {'a': [value(rng), value(rng)]}}]) for _ in range(rng.randrange(3))]
    for name in ['timeframe', f'{app}_discover_from_timedelta', f'{app}_discover_to_timedelta']:
        if rng.random() < 0.4:
            rule[name] = delta(rng)
    if app == 'kibana' and rng.random() < 0.2:
        rule['kibana_discover_security_tenant'] = rng.choice(['t', 'a b'])
        rule['kibana_discover_app_url'] = 'https://k.test/app/discover#/'
    match = {'@timestamp': rng.choice(TIMES), 'service': value(rng), 'user': {'name': value(rng)}, 'tags': [value(rng), value(rng)]}
    if rng.random() < 0.6:
        rule['query_key'] = rng.sample(['service', 'user.name', 'tags', 'nope'], rng.randrange(1, 4))
    asked = copy.deepcopy(rule)
    for name in list(asked):
        if name == 'timeframe' or name.endswith('_timedelta'):
            asked[name] = datetime.timedelta(**asked[name])
    if 'query_key' in asked:
        asked['compound_query_key'] = asked['query_key']
        asked['query_key'] = ','.join(asked['query_key'])
    if app == 'kibana':
        url = generate_kibana_discover_url(asked, match)
        url = create_kibana_external_url_formatter(asked, False, rule.get('kibana_discover_security_tenant')).format(url)
    else:
        url = generate_opensearch_discover_url(asked, match)
    return {'app': app, 'rule': rule, 'match': match, 'url': url}


if __name__ == '__main__':
    rng = random.Random(SEED)
    for _ in range(400):
        print(json.dumps(case(rng)))
