import { createRequire } from 'node:module';
import { unsnap } from '../../src/base/snappy.ts';
import { decodeBulk } from '../../src/inputs/elasticsearch/bulk.ts';
import { decodeBody } from '../../src/inputs/http/body.ts';
import { decodeJsonPush, decodeProtobufPush } from '../../src/inputs/loki/decode.ts';
import { decodeOtlpJson } from '../../src/inputs/otlp/json.ts';
import { decodeProtobuf } from '../../src/inputs/otlp/protobuf.ts';
import { decodeEvents } from '../../src/inputs/splunk/decode.ts';
import { NO_DEFAULTS } from '../../src/inputs/splunk/record.ts';
import { part, writePush } from '../inputs/loki/write.ts';

/** What senders over HTTP send for the same lines: 1,000 events a request, of 20 containers. */
export interface Sending {
  readonly path: string;
  readonly contentType: string;
  readonly bodies: readonly Buffer[];
  /** As the input does; the number of events. */
  readonly decode: (body: Buffer) => number;
}

const PER_REQUEST = 1000;
const CONTAINERS = 20;
const LIMITS = { max_events_per_request: 100_000, max_nesting_depth: 64, max_body_bytes: 32_000_000 };
const OTLP_LIMITS = { maxEvents: 100_000, maxDepth: 64, maxSharedBytes: 64_000_000 };

interface Line {
  readonly text: string;
  readonly container: number;
  /** Epoch milliseconds. */
  readonly time: number;
}

/** `from`: the time of the first line, epoch milliseconds. */
export function sendings(texts: readonly string[], from: number): Record<string, Sending> {
  const lines = texts.map((text, i): Line => ({ text, container: (i * 7919) % CONTAINERS, time: from + i * 3 }));
  const requests: Line[][] = [];
  for (let at = 0; at < lines.length; at += PER_REQUEST) requests.push(lines.slice(at, at + PER_REQUEST));
  const made = (write: (request: Line[]) => Buffer | string): Buffer[] =>
    requests.map(request => Buffer.from(write(request)));
  const json = 'application/json';
  const ndjson = 'application/x-ndjson';
  return {
    'HTTP, lines of JSON': {
      ...{ path: '/api/logs?tag=bench', contentType: ndjson },
      bodies: made(request =>
        joined(request, ({ text, container }) => JSON.stringify({ message: text, container_id: idOf(container) })),
      ),
      decode: body => decodeBody(body, ndjson, LIMITS).records.length,
    },
    'Splunk HEC, events': {
      ...{ path: '/services/collector/event', contentType: json },
      bodies: made(request =>
        joined(request, ({ text, container, time }) =>
          JSON.stringify({
            ...{ time: (time / 1000).toFixed(3), host: 'web-1', source: 'docker', sourcetype: 'httpevent' },
            event: { line: text, source: 'stdout', tag: `nginx/web-${container}/${idOf(container)}` },
          }),
        ),
      ),
      decode: body => decodeEvents(body, NO_DEFAULTS, 100_000).records.length,
    },
    'Loki, JSON': {
      ...{ path: '/loki/api/v1/push', contentType: json },
      bodies: made(request =>
        JSON.stringify({
          streams: byContainer(request).map(([container, some]) => ({
            stream: labelsOf(container),
            values: some.map(({ text, time }) => [`${time}000000`, text]),
          })),
        }),
      ),
      decode: body => countOf(decodeJsonPush(body, 100_000, undefined)),
    },
    'Loki, protobuf in snappy': {
      ...{ path: '/loki/api/v1/push', contentType: 'application/x-protobuf' },
      bodies: made(request =>
        snappy(
          writePush(
            byContainer(request).map(([container, some]) => ({
              labels: `{${Object.entries(labelsOf(container)).map(([name, value]) => `${name}="${value}"`)}}`,
              entries: some.map(({ text, time }) => ({
                ...{ seconds: Math.floor(time / 1000), nanos: (time % 1000) * 1_000_000, line: text },
              })),
            })),
          ),
        ),
      ),
      decode: body => countOf(decodeProtobufPush(unsnap(body, 32_000_000) as Buffer, 100_000, undefined)),
    },
    'Elasticsearch, _bulk': {
      ...{ path: '/_bulk', contentType: ndjson },
      bodies: made(request =>
        joined(
          request,
          ({ text, container, time }) =>
            `{"create":{"_index":"bench"}}\n${JSON.stringify({
              ...{ '@timestamp': new Date(time).toISOString(), message: text, stream: 'stdout' },
              ...{ container: { id: idOf(container), name: `web-${container}` } },
            })}`,
        ),
      ),
      decode: body => decodeBulk(body.toString(), { index: '', pipeline: undefined }, LIMITS).length,
    },
    'OTLP, JSON': {
      ...{ path: '/v1/logs', contentType: json },
      bodies: made(request =>
        JSON.stringify({
          resourceLogs: byContainer(request).map(([container, some]) => ({
            resource: {
              attributes: resourceOf(container).map(([key, stringValue]) => ({ key, value: { stringValue } })),
            },
            scopeLogs: [
              {
                scope: { name: 'bench' },
                logRecords: some.map(({ text, time }, i) => ({
                  ...{
                    timeUnixNano: `${time}000000`,
                    severityNumber: 9,
                    severityText: 'INFO',
                    traceId: hex(i, 32),
                    spanId: hex(i, 16),
                  },
                  body: { stringValue: text },
                  attributes: [{ key: 'log.iostream', value: { stringValue: 'stdout' } }],
                })),
              },
            ],
          })),
        }),
      ),
      decode: body => decodeOtlpJson(body, OTLP_LIMITS).records.length,
    },
    'OTLP, protobuf': {
      ...{ path: '/v1/logs', contentType: 'application/x-protobuf' },
      bodies: made(request =>
        Buffer.concat(
          byContainer(request).map(([container, some]) => {
            const attributes = resourceOf(container).map(([key, value]) => part(1, attribute(key, value)));
            const records = some.map(({ text, time }, i) => part(2, logRecord(text, time, i)));
            const scope = part(1, part(1, 'bench'));
            return part(
              1,
              Buffer.concat([part(1, Buffer.concat(attributes)), part(2, Buffer.concat([scope, ...records]))]),
            );
          }),
        ),
      ),
      decode: body => decodeProtobuf(body, OTLP_LIMITS).records.length,
    },
  };
}

const idOf = (container: number): string =>
  (container * 2_654_435_761).toString(16).padStart(12, '0').slice(0, 12).repeat(5);
const hex = (i: number, digits: number): string =>
  ((i + 1) * 2_654_435_761).toString(16).padStart(digits, 'a').slice(0, digits);
const labelsOf = (container: number): Record<string, string> => ({
  ...{ app: 'shop', namespace: 'prod', pod: `web-${container}`, container: 'nginx', stream: 'stdout' },
});
const resourceOf = (container: number): [string, string][] => [
  ...([
    ['service.name', 'shop'],
    ['k8s.namespace.name', 'prod'],
    ['k8s.pod.name', `web-${container}`],
  ] as [string, string][]),
  ['container.id', idOf(container)],
];
const attribute = (key: string, value: string): Buffer => Buffer.concat([part(1, key), part(2, part(1, value))]);

function logRecord(text: string, time: number, i: number): Buffer {
  const fixed = Buffer.alloc(9, 1 * 8 + 1);
  fixed.writeBigUInt64LE(BigInt(time) * 1_000_000n, 1);
  return Buffer.concat([
    ...[fixed, Buffer.from([2 * 8, 9]), part(3, 'INFO'), part(5, part(1, text))],
    ...[
      part(6, attribute('log.iostream', 'stdout')),
      part(9, Buffer.from(hex(i, 32), 'hex')),
      part(10, Buffer.from(hex(i, 16), 'hex')),
    ],
  ]);
}

const joined = (request: readonly Line[], write: (line: Line) => string): string =>
  `${request.map(write).join('\n')}\n`;

const byContainer = (request: readonly Line[]): [number, Line[]][] => [
  ...Map.groupBy(request, ({ container }) => container),
];

function countOf(decoded: ReturnType<typeof decodeJsonPush>): number {
  if ('fault' in decoded) throw new Error(decoded.fault);
  return decoded.records.length;
}

/** That of winston-loki. */
const ofWinston = createRequire(createRequire(import.meta.url).resolve('winston-loki'));
const snappy = (bytes: Buffer): Buffer =>
  (ofWinston('snappy') as { compressSync(bytes: Buffer): Buffer }).compressSync(bytes);
