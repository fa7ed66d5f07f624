"""Records what the rule types of ElastAlert 2 find in random streams, as cases for the conformance runner.

    python3 -m pip install elastalert2==2.31.0 pytz
    python3 oracle.py > ../cases/recorded-types.jsonl

Each case is a rule, a stream with a fixed seed, and ticks (`tick_every`). Events come one by one; before each one come the
ticks before its arrival, each as a call of garbage_collect. Types that Elasticsearch computes for get, at each tick, what
it would answer for the last buffer_time. Streams keep out of what is listed in known-differences.json: they are in order but
for those named late, and thresholds keep silence from being a spike.
"""
import copy
import datetime
import json
import random
import sys

import yaml
from elastalert import ruletypes
from elastalert.util import dt_to_ts, lookup_es_key, ts_to_dt

CASES = 20
START = datetime.datetime(2026, 11, 20, 9, 0, tzinfo=datetime.timezone.utc)
SERVICES = ["api", "web", "db"]


def iso(time):
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (time.microsecond // 1000)


def at(ms):
    return START + datetime.timedelta(milliseconds=ms)


def timedelta(option):
    return datetime.timedelta(**option)


def stream(rng, count, span_ms, late, missing=0.1, values=(0, 5, 20, 50, 100, 250, 1000, 0.5)):
    """Events by arrival; a late one arrives up to a minute after its time."""
    times = sorted(rng.randrange(0, span_ms) if rng.random() < 0.9 else rng.randrange(0, span_ms // 1000) * 1000 for _ in range(count))
    events = []
    for ms in times:
        event = {"@timestamp": iso(at(ms)), "level": rng.choice(["error", "info", "info"])}
        if rng.random() > missing:
            event["service"] = rng.choice(SERVICES)
        if rng.random() > missing:
            event["user"] = rng.choice(["u%d" % i for i in range(6)])
        if rng.random() > missing:
            event["took"] = rng.choice(values)
        arrival = ms + (rng.randrange(1, 60_000) if late and rng.random() < 0.2 else 0)
        events.append((arrival, event))
    events.sort(key=lambda pair: pair[0])
    for arrival, event in events:
        if iso(at(arrival)) != event["@timestamp"]:
            event["_arrival"] = iso(at(arrival))
    return [event for _, event in events]


# What ElastAlert does with a rule before its type sees it.
def loaded(rule):
    rules = copy.deepcopy(rule)
    rules.setdefault("timestamp_field", "@timestamp")
    for option in ["timeframe", "buffer_time", "run_every"]:
        if option in rules:
            rules[option] = timedelta(rules[option])
    if isinstance(rules.get("query_key"), list):
        rules["compound_query_key"] = rules["query_key"]
        rules["query_key"] = ",".join(rules["query_key"])
    if "compare_key" in rules:
        keys = rules["compare_key"]
        rules["compound_compare_key"] = keys if isinstance(keys, list) else [keys]
        rules["compare_key"] = ",".join(rules["compound_compare_key"])
    return rules


def hit(rules, event):
    document = {key: value for key, value in event.items() if key != "_arrival"}
    document["@timestamp"] = ts_to_dt(document["@timestamp"])
    if "compound_query_key" in rules:
        document[rules["query_key"]] = ", ".join(str(lookup_es_key(document, key)) for key in rules["compound_query_key"])
    return document


CLASSES = {
    "frequency": ruletypes.FrequencyRule,
    "spike": ruletypes.SpikeRule,
    "flatline": ruletypes.FlatlineRule,
    "cardinality": ruletypes.CardinalityRule,
    "change": ruletypes.ChangeRule,
    "blacklist": ruletypes.BlacklistRule,
    "whitelist": ruletypes.WhitelistRule,
    "metric_aggregation": ruletypes.MetricAggregationRule,
    "percentage_match": ruletypes.PercentageMatchRule,
    "spike_aggregation": ruletypes.SpikeMetricAggregationRule,
}
ADDED = {
    "spike": ["spike_count", "reference_count"],
    "flatline": ["key", "count", "threshold"],
    "change": ["old_value", "new_value"],
    "new_term": ["new_field", "missing_field"],
    "metric_aggregation": ["metric_agg_value", "metric_agg_value_formatted"],
    "percentage_match": ["percentage", "denominator", "percentage_formatted"],
    "spike_aggregation": ["spike_count", "reference_count"],
}
COMPUTED = ["metric_aggregation", "percentage_match", "spike_aggregation"]


class NewTerms(ruletypes.NewTermsRule):
    """Without Elasticsearch: nothing is known before."""

    def get_all_terms(self, args):
        for field in self.fields:
            self.seen_values.setdefault(tuple(field) if isinstance(field, list) else field, [])


class Forgetting:
    """A key that is forgotten in silence is observed anew when it returns; the reference keeps since when it knows it."""

    def garbage_collect(self, time):
        windows = [(key, self.ref_windows[key], self.cur_windows[key]) for key in self.cur_windows if key != "all"]
        silent = [key for key, reference, current in windows if reference.count() == 0 and current.count() == 0]
        super().garbage_collect(time)
        for key in silent:
            self.first_event.pop(key, None)


class Spikes(Forgetting, ruletypes.SpikeRule):
    pass


class MetricSpikes(Forgetting, ruletypes.SpikeMetricAggregationRule):
    pass


CLASSES.update({"new_term": NewTerms, "spike": Spikes, "spike_aggregation": MetricSpikes})


def percentile(values, percent):
    values = sorted(values)
    rank = percent / 100 * (len(values) - 1)
    low = int(rank)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (rank - low)


def metric(rules, events):
    kind = rules["metric_agg_type"]
    values = [event["took"] for event in events if event.get("took") is not None]
    if kind == "value_count":
        return len(values)
    if kind == "cardinality":
        return len(set(values))
    if kind == "sum":
        return sum(values)
    if not values:
        return None
    if kind == "percentiles":
        return percentile(values, rules["percentile_range"])
    return {"min": min(values), "max": max(values), "avg": sum(values) / len(values)}[kind]


def answer(rules, events):
    if rules["type"] == "percentage_match":
        matching = len([event for event in events if event["level"] == "error"])
        return {"percentage_match_aggs": {"buckets": {"match_bucket": {"doc_count": matching}, "_other_": {"doc_count": len(events) - matching}}}}
    value = metric(rules, events)
    name = "metric_took_" + rules["metric_agg_type"]
    return {name: {"values": {"p": value}} if rules["metric_agg_type"] == "percentiles" else {"value": value}}


def aggregation(rules, known, time):
    """What Elasticsearch answers for (time - buffer_time, time]."""
    events = [event for event in known if time - rules["buffer_time"] < event["@timestamp"] <= time]
    key = rules.get("query_key")
    if key is None:
        return answer(rules, events)
    buckets = []
    for value in SERVICES:
        own = [event for event in events if event.get(key) == value]
        told = answer(rules, own)
        # The reference fails on a metric of nothing.
        if len(own) >= rules.get("min_doc_count", 1) and metric_there(told):
            buckets.append({"key": value, "doc_count": len(own), **told})
    return {"bucket_aggs": {"buckets": buckets}}


def run(rule, events, ticks):
    rules = loaded(rule)
    # The reference keeps these for all rules together.
    ruletypes.ChangeRule.change_map = {}
    ruletypes.ChangeRule.occurrence_time = {}
    one = CLASSES[rule["type"]](rules)
    one.rules["timestamp_field"] = "@timestamp"
    matches = []
    known = []
    queue = list(ticks)
    # Silence is judged at ticks alone: events come together before each one.
    batch = []

    def collect(emit):
        for match in one.matches:
            matches.append((match, emit))
        one.matches = []

    def tick(ms):
        time = at(ms)
        emit = {"tick": iso(time)}
        if rule["type"] in COMPUTED:
            payload = aggregation(rules, known, time)
            if rule["type"] != "spike_aggregation" or metric_there(payload):
                one.add_aggregation_data({time: payload})
        if batch:
            one.add_data(batch)
            one.matches = []
            batch.clear()
        one.garbage_collect(time)
        collect(emit)

    for n, event in enumerate(events):
        arrival = ts_to_dt(event.get("_arrival", event["@timestamp"]))
        while queue and at(queue[0]) < arrival:
            tick(queue.pop(0))
        document = hit(rules, event)
        document["_id"] = "e%d" % n
        known.append(document)
        if rule["type"] == "flatline":
            batch.append(copy.deepcopy(document))
        elif rule["type"] not in COMPUTED:
            one.add_data([copy.deepcopy(document)])
            collect({"event": "e%d" % n})
    for ms in queue:
        tick(ms)
    return [view(rule, rules, match, emit) for match, emit in matches]


def metric_there(payload):
    told = [value for value in payload.values() if isinstance(value, dict)]
    return all(value.get("value", 0) is not None and value.get("values", {"p": 0})["p"] is not None for value in told)


def view(rule, rules, match, emit):
    time = match["@timestamp"]
    out = {"at": time if isinstance(time, str) else dt_to_ts(time), "emit": emit}
    if "_id" in match:
        out["event_id"] = match["_id"]
    key = rules.get("query_key")
    if rule["type"] == "flatline":
        out["key"] = str(match["key"])
    elif key is not None:
        value = match.get(key)
        out["key"] = value if value is None else str(value)
    names = list(ADDED.get(rule["type"], []))
    if rule["type"] == "metric_aggregation":
        names += [name for name in match if name.startswith("metric_took_")]
    if rule["type"] in COMPUTED and key is not None:
        names.append(key)
    fields = {name: match[name] for name in names if name in match}
    if fields:
        out["fields"] = fields
    return out


def rule_of(kind, rng):
    timeframe = {"seconds": rng.choice([10, 20, 30, 60])}
    keyed = rng.choice([{}, {"query_key": "service"}, {"query_key": ["service", "level"]}])
    single = rng.choice([{}, {"query_key": "service"}])
    if kind == "frequency":
        return {"num_events": rng.randrange(2, 6), "timeframe": timeframe, **keyed}
    if kind == "spike":
        rule = {"spike_height": rng.choice([1.5, 2, 3]), "spike_type": rng.choice(["up", "down", "both"]), "timeframe": timeframe}
        rule.update(single)
        if rng.random() < 0.3:
            return {**rule, "field_value": "took"}
        return {**rule, "threshold_ref": rng.randrange(1, 4), **rng.choice([{}, {"threshold_cur": rng.randrange(1, 5)}])}
    if kind == "flatline":
        return {"threshold": rng.randrange(1, 5), "timeframe": timeframe, **keyed}
    if kind == "cardinality":
        bound = rng.choice([{"max_cardinality": rng.randrange(1, 4)}, {"min_cardinality": rng.randrange(2, 5)}])
        return {"cardinality_field": rng.choice(["user", "took"]), "timeframe": timeframe, **bound, **keyed}
    if kind == "change":
        compared = rng.choice(["level", ["level", "took"], "took"])
        return {"compare_key": compared, "ignore_null": rng.random() < 0.5, "query_key": rng.choice(["user", "service"]), **rng.choice([{}, {"timeframe": timeframe}])}
    if kind == "blacklist":
        return {"compare_key": "user", "blacklist": rng.sample(["u1", "u2", "u3", "U4"], 2), **keyed}
    if kind == "whitelist":
        return {"compare_key": "user", "whitelist": rng.sample(["u1", "u2", "u3", "U4"], 2), "ignore_null": rng.random() < 0.5, **keyed}
    if kind == "new_term":
        fields = rng.choice(["user", ["user"], ["user", "service"], [["user", "service"]], ["level", ["service", "level", "user"]]])
        return {"fields": fields, **rng.choice([{}, {"alert_on_missing_field": True}])}
    window = {"buffer_time": {"seconds": rng.choice([10, 30, 60])}, "run_every": {"seconds": 5}}
    if kind == "percentage_match":
        bound = rng.choice([{"max_percentage": rng.choice([20, 33.3, 50])}, {"min_percentage": rng.choice([20, 33.3, 50])}])
        more = rng.choice([{}, {"min_denominator": 3}, {"percentage_format_string": rng.choice(["%.1f", "{:.0f}%"])}])
        return {"match_bucket_filter": [{"term": {"level": "error"}}], **bound, **window, **single, **more}
    kinds = ["min", "max", "avg", "sum", "cardinality", "value_count", "percentiles"]
    # The least of a spike_aggregation is always 0 in the reference: it counts its own stand-ins for ticks.
    computed = {"metric_agg_key": "took", "metric_agg_type": rng.choice(kinds[1:] if kind == "spike_aggregation" else kinds)}
    if computed["metric_agg_type"] == "percentiles":
        computed["percentile_range"] = 50 if kind == "spike_aggregation" else rng.choice([50, 90, 95, 99])
    if kind == "metric_aggregation":
        many = computed["metric_agg_type"] in ["cardinality", "value_count"]
        limit = rng.randrange(1, 5) if many else rng.choice([10, 50, 100, 400.5])
        additive = many or computed["metric_agg_type"] == "sum"
        bound = {"max_threshold": limit} if additive else rng.choice([{"max_threshold": limit}, {"min_threshold": limit}, {"max_threshold": limit * 2, "min_threshold": limit}])
        more = rng.choice([{}, {"min_doc_count": 2}, {"metric_format_string": rng.choice(["%.1f", "{:.2f}"])}])
        return {**computed, **bound, **window, **single, **more}
    return {**computed, "spike_height": rng.choice([1.2, 1.5, 2]), "spike_type": rng.choice(["up", "down", "both"]), "timeframe": timeframe, "threshold_ref": 1, "threshold_cur": 1, **window, **single}


def main():
    for number, kind in enumerate(sorted(CLASSES)):
        for n in range(CASES):
            rng = random.Random(20261130 + 1000 * number + n)
            late = n % 5 == 4 and kind in ["blacklist", "whitelist", "new_term"] + COMPUTED
            name = "recorded-%s-%02d%s" % (kind, n, "-late" if late else "")
            rule = {"name": name, "type": kind, "index": "logs", "alert": "debug", **rule_of(kind, rng)}
            span = rng.choice([60_000, 180_000, 300_000])
            if kind.startswith("spike"):
                # Events without a key are told under another name there, and a key whose values add up to 0 is forgotten.
                events = stream(rng, rng.randrange(20, 60), span, late, 0 if kind == "spike" else 0.1, (1, 5, 20, 50, 100, 250, 1000))
            else:
                events = stream(rng, rng.randrange(20, 60), span, late)
            every = 5 if kind in COMPUTED else 1 if kind == "cardinality" else rng.choice([5, 10, 20])
            ticks = list(range(0, span + 60_000 + 1, every * 1000))
            case = {"id": name, "group": "recorded " + kind, "mode": "ruletype", "rule_yaml": yaml.safe_dump(rule, sort_keys=False), "events": events}
            if kind not in ["blacklist", "whitelist", "new_term", "change"]:
                case["tick_every"] = {"from": iso(at(0)), "to": iso(at(ticks[-1])), "seconds": every}
            else:
                ticks = []
            case["expected_matches"] = run(rule, events, ticks)
            print(json.dumps(case, separators=(",", ":")))


main()
