"""Sends log records through OpenTelemetry's SDK and exporters of PyPI. See ../README.md and ../npm/otlp.ts."""

import json
import logging
import sys
import threading

from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource

given = json.loads(sys.argv[1])
if given["kind"] == "grpc":
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
else:
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter

exporter = OTLPLogExporter(endpoint=given["url"], **given["options"])
inner = exporter.export


def export(batch):
    result = inner(batch)
    numbers = ", ".join(str(one.log_record.attributes["n"]) for one in batch)
    print(f"{'acked' if result.name == 'SUCCESS' else 'failed'}: {numbers}", flush=True)
    return result


exporter.export = export
provider = LoggerProvider(resource=Resource.create({"service.name": given["tag"], "service.version": "1.2"}))
provider.add_log_record_processor(
    BatchLogRecordProcessor(exporter, schedule_delay_millis=20, max_export_batch_size=10)
)
logger = logging.getLogger("shop.pay")
logger.propagate = False
logger.addHandler(LoggingHandler(logger_provider=provider))
over = threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), over.set()), daemon=True).start()
n = 0
while not over.wait(0.005):
    logger.error("event %d 안녕", n, extra={"n": n, "http.response.status_code": 402})
    n += 1
provider.force_flush()
provider.shutdown()
print(f"sent: {n}\ndone", flush=True)
