"""Records the next times that croniter finds, which ElastAlert asks: pip install croniter==7.0.0, then

    python3 record.py > times.jsonl

Each line is {"cron", "from", "next": [...]} or {"cron", "refused": true}; times are UTC. With "zone" the same in a time zone.
"""
import json
import random
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from croniter import croniter

RANDOM = random.Random(20261130)
WRITTEN = """* * * * *|*/5 * * * *|0 8 * * mon|0 8 * * 1-5|* 8-18 * * 1-5|* 7-22 * * *|0 0 1 * *|0 0 L * *|30 9 20-21 nov *|0 0 29 2 *
0 0 13 * fri|0 0 13 * 5|0 0 */2 * mon|0 0 1-7 * mon|0 9 * * mon#1|0 9 * * 1#2,3#4|0 9 * * fri#5|0 9 * * L5|0 9 * * 5L|0 9 * * L|0 9 * * sun|0 9 * * 0|0 9 * * 7
0 9 * * 6-7|0 9 * * 5-7|0 9 * * fri-mon|0 9 * * sat-sun|0 22-4 * * *|55-5 * * * *|0 0 * nov-feb *|@daily|@hourly|@weekly|@monthly|@yearly|@annually|@midnight|@reboot
* * * * * */10|* * * * * 30|30 4 * * * 0|0 0 0 * * *|0 12 * * * 0 2027|0 12 1 1 * 0 2027-2029|0 0 15W * *|0 0 LW * *|0 0 ? * *|0 0 ? * mon|0 0 * * ?|1,2,3 * * * *|1-10/3 * * * *
10/20 * * * *|*/7 */5 * * *|0 0 31 2 *|0 0 30 2 *|0 0 31 4 *|60 * * * *|* 24 * * *|* * 0 * *|* * 32 * *|* * * 13 *|* * * 0 *|* * * * 8|* * * *|* * *|hello| |* * * * mon,tue|0 0 * JAN,Jul Mon
0 0 * january *|0 0 * * monday|*/0 * * * *|5/0 * * * *|1-2-3 * * * *|-5 * * * *|,5 * * * *|5, * * * *|5- * * * *|1.5 * * * *|* * * * mon-fri/2|0-59/15 9-17 * * mon-fri|H * * * *|*/15 0 1,15 * 1-5
0 0 28-31 * *|0 0 L-2 * *|0 0 1 */3 *|0 0 1 1/3 *|00 07 * * *|  5   4  * * * |5\t4\t* * *|* 13-18 * * *|0 8,12,16 * * *|*/90 * * * *|0 */25 * * *|0 0 1,L * *|0 9 * * 1#6|0 9 * * 1#0|*,5 * * * *|5-5 * * * *|*/59 * * * *
0 0 1-31 * 1|0 0 1-31/1 * 1|0 0 * * 0-6|0 0 5 * 0-6|0 0 5 * 0-7|0 0 */1 * 1|0 0 5 * */2|0 0 5 * *|0-30/10,45 * * * *""".replace("\n", "|").split("|")


def part(low, high, names=()):
    def one():
        kind = RANDOM.random()
        if kind < 0.4:
            return "*" if RANDOM.random() < 0.6 else f"*/{RANDOM.randint(1, high // 2 + 1)}"
        a, b = sorted(RANDOM.sample(range(low, high + 1), 2))
        word = lambda n: names[n - low] if names and RANDOM.random() < 0.3 and n - low < len(names) else str(n)
        if kind < 0.65:
            return word(a)
        if kind < 0.8:
            return f"{word(a)}-{word(b)}"
        if kind < 0.9:
            return f"{a}-{b}/{RANDOM.randint(1, 6)}"
        return f"{word(a)},{word(b)}"
    return one()


MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
DAYS = "sun mon tue wed thu fri sat".split()


def random_cron():
    return " ".join([part(0, 59), part(0, 23), part(1, 31), part(1, 12, MONTHS), part(0, 6, DAYS)])


def record(cron, zone=None):
    if zone is None:
        start = datetime(2026, 11, 20, 9, 7, 30, tzinfo=timezone.utc) if cron in WRITTEN else datetime.fromtimestamp(
            RANDOM.randint(1_767_225_600, 1_893_456_000), timezone.utc)
    else:
        # Around the days when clocks change.
        start = datetime.fromtimestamp(RANDOM.choice([1_774_656_000, 1_792_800_000, 1_772_856_000, 1_793_404_800]) + RANDOM.randint(0, 172_800), ZoneInfo(zone))
    line = {"cron": cron, "from": start.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")}
    if zone:
        line["zone"] = zone
    try:
        found = croniter(cron, start)
        line["next"] = [found.get_next(datetime).astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") for _ in range(3)]
    except Exception:
        line["refused"] = True
    return line


for cron in WRITTEN + [random_cron() for _ in range(500)]:
    print(json.dumps(record(cron)))
for _ in range(120):
    print(json.dumps(record(RANDOM.choice([random_cron(), "0 2 * * *", "30 2 * * *", "0 3 * * *", "*/30 * * * *", "30 1 * * *", "0 8 * * 1-5", "15 */3 * * *"]),
                            RANDOM.choice(["Europe/Berlin", "America/New_York", "Asia/Seoul"]))))
