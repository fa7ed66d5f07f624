"""Writes `protobuf` (base64) beside each `request` of cases.jsonl, by OpenTelemetry's own messages:

    pip install opentelemetry-proto
    python3 test/inputs/otlp/record.py
"""

import base64
import json
import pathlib

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

FILE = pathlib.Path(__file__).with_name("cases.jsonl")


def plain(value):
    """OTLP writes ids in hex, Protobuf's own JSON in base64."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: base64.b64encode(bytes.fromhex(item)).decode() if key in ("traceId", "spanId") else plain(item)
        for key, item in value.items()
    }


def recorded(line):
    case = json.loads(line)
    request = json_format.ParseDict(plain(case["request"]), ExportLogsServiceRequest(), max_recursion_depth=1000)
    case["protobuf"] = base64.b64encode(request.SerializeToString()).decode()
    return json.dumps(case, ensure_ascii=False, separators=(",", ":"))


FILE.write_text("".join(recorded(line) + "\n" for line in FILE.read_text().splitlines()))
