"""Sends events through PyPI's pygelf. See ../README.md."""

import json
import logging
import sys

from pygelf import GelfHttpHandler, GelfTcpHandler, GelfTlsHandler, GelfUdpHandler

options = json.loads(sys.argv[1])
KINDS = {
    "udp": lambda port: GelfUdpHandler(host="127.0.0.1", port=port, include_extra_fields=True, **options["options"]),
    "tcp": lambda port: GelfTcpHandler(host="127.0.0.1", port=port, include_extra_fields=True),
    "tls": lambda port: GelfTlsHandler(host="127.0.0.1", port=port, include_extra_fields=True),
    "http": lambda port: GelfHttpHandler(host="127.0.0.1", port=port, include_extra_fields=True, **options["options"]),
}
handler = KINDS[options["kind"]](options["port"])
log = logging.getLogger("shop")
log.addHandler(handler)
log.setLevel(logging.DEBUG)
for n in range(options["count"]):
    log.warning("event %d 안녕", n, extra={"n": n, "case": options["tag"], "padding": "x" * options.get("padding", 0)})
try:
    raise ValueError("no stock")
except ValueError:
    log.exception("failed", extra={"case": options["tag"]})
handler.close()
print("done", flush=True)
