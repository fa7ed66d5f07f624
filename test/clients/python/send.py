"""Sends events through PyPI's fluent-logger. See ../README.md."""

import json
import sys

from fluent import sender

options = json.loads(sys.argv[1])
logger = sender.FluentSender(
    options["tag"],
    host="127.0.0.1",
    port=options["port"],
    nanosecond_precision=options.get("nanosecond_precision", False),
)
for n in range(options["count"]):
    if options["pause"] and n == options["count"] // 2:
        print("half", flush=True)
        sys.stdin.readline()
    # False: not sent yet; the library keeps it and sends it with the next one.
    logger.emit(None, {"n": n, "text": f"event {n} 안녕"})
if logger.pendings:
    print(f"error: {logger.last_error}", flush=True)
logger.close()
print("done", flush=True)
