"""Sends events through PyPI's pylogbeat. See ../README.md."""

import json
import sys
import time
from datetime import datetime, timezone

from pylogbeat import PyLogBeatClient

options = json.loads(sys.argv[1])


def event(n):
    return {
        "@timestamp": datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "@metadata": {"beat": "pylogbeat", "version": "2.1.0", "_id": f"{options['tag']}-{n}"},
        "message": f"event {n}",
        "tag": options["tag"],
        "n": n,
        "text": f"event {n} 안녕",
    }


def send(events):
    """Sends a window until it is acknowledged, on the connection that is there or on a new one."""
    global client
    while True:
        try:
            if client is None:
                client = PyLogBeatClient("127.0.0.1", options["port"], timeout=30, ssl_enable=False, use_logging=True)
                client.connect()
            client.send(events)
            return
        except Exception:
            if client is not None:
                client.close()
            client = None
            time.sleep(0.05)


client = None
for start in range(0, options["count"], options["window"]):
    if options["pause"] and start == options["count"] // 2:
        print("half", flush=True)
        sys.stdin.readline()
    send([event(n) for n in range(start, min(start + options["window"], options["count"]))])
if client is not None:
    client.close()
print("done", flush=True)
