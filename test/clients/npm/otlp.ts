// Sends log records through OpenTelemetry's SDK and exporters of npm. See ../README.md. It prints `acked: n, n, ...` for each
// batch that its exporter says was taken, `failed: n, ...` for the others, and goes on until a line comes in.
import { once } from 'node:events';
import { OTLPLogExporter as GrpcExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordExporter } from '@opentelemetry/sdk-logs';

const { kind, url, tag, options } = JSON.parse(process.argv[2]!) as {
  kind: 'grpc' | 'protobuf' | 'json';
  url: string;
  tag: string;
  options: object;
};
const Exporter = { grpc: GrpcExporter, protobuf: ProtobufExporter, json: JsonExporter }[kind];
const inner = new Exporter({ url, ...options }) as LogRecordExporter;
const exporter: LogRecordExporter = {
  export(records, done) {
    inner.export(records, result => {
      const numbers = records.map(({ attributes }) => attributes['n']).join(', ');
      process.stdout.write(`${result.code === 0 ? 'acked' : 'failed'}: ${numbers}\n`);
      if (result.error) process.stderr.write(`${result.error.message}\n`);
      done(result);
    });
  },
  forceFlush: () => inner.forceFlush(),
  shutdown: () => inner.shutdown(),
};
const provider = new LoggerProvider({
  resource: resourceFromAttributes({ 'service.name': tag, 'service.version': '1.2', 'k8s.pod.name': 'shop-1' }),
  processors: [new BatchLogRecordProcessor({ exporter, scheduledDelayMillis: 20, maxExportBatchSize: 10 })],
});
const logger = provider.getLogger('shop.pay', '2.0');
let isOver = false;
void once(process.stdin, 'data').then(() => {
  isOver = true;
});
let n = 0;
for (; !isOver; n++) {
  logger.emit({
    severityNumber: 17,
    severityText: 'ERROR',
    body: `event ${n} 안녕`,
    eventName: 'declined',
    attributes: { n, 'http.response.status_code': 402, basket: { items: [n, 'a'] } },
  });
  await new Promise(resolve => setTimeout(resolve, 5));
}
await provider.forceFlush();
await provider.shutdown();
process.stdin.destroy();
process.stdout.write(`sent: ${n}\ndone\n`);
