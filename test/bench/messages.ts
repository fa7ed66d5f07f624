/*
 * node test/bench/messages.ts [--page]: what it costs each input to read an event, framing and decoding, beside a JSON line of the same text.
 * CPU time in microseconds an event; the lines vary, and the cases take turns. Median, lowest and highest; `--page`: as
 * docs/BENCHMARKS.md has it.
 */
import { cpus, loadavg } from 'node:os';
import { deflateSync, gzipSync } from 'node:zlib';
import { zoneOf } from '../../src/base/time/zone.ts';
import { LumberjackReader } from '../../src/inputs/beats/lumberjack.ts';
import { beatsEvent } from '../../src/inputs/beats/record.ts';
import { decodeGelf } from '../../src/inputs/gelf/decode.ts';
import { unpack } from '../../src/inputs/gelf/unpack.ts';
import { MAX_NESTING_DEPTH } from '../../src/inputs/json/record.ts';
import { MessageFraming } from '../../src/inputs/stream/message-framing.ts';
import { decodeSyslog } from '../../src/inputs/syslog/decode.ts';
import { decodeLines, LineSplitter } from '../../src/inputs/tcp-json/lines.ts';
import { filebeatEvent, jsonFrame, sentWindow, windowFrame } from '../inputs/beats/frames.ts';
import { FILES, fileCase } from './file-lines.ts';
import { combinedLines } from './lines/index.ts';
import { commit } from './page.ts';
import { readInputs } from './read-inputs.ts';
import { sendings } from './requests.ts';

const COUNT = 10_000;
const TURNS = 7;
const READ_BYTES = 65_536;
const NOW = Date.UTC(2026, 10, 20, 14);
const UTC = zoneOf('UTC');
const lines = combinedLines(COUNT);

const two = (n: number): string => String(n).padStart(2, '0');
const clock = (i: number): string => `${two(Math.floor(i / 3600) % 24)}:${two(Math.floor(i / 60) % 60)}:${two(i % 60)}`;
const micros = (i: number): string => `2026-11-20T${clock(i)}.${String((i * 7919) % 1_000_000).padStart(6, '0')}+09:00`;
const id = (i: number): string => (((i % 300) * 2_654_435_761) % 2 ** 48).toString(16).padStart(12, '0').slice(0, 12);
const priority = (i: number): number => 8 * (i % 24) + ((i * 31) % 8);
const gelfOf = (line: string, i: number): string =>
  JSON.stringify({
    ...{ version: '1.1', host: `web-${i % 10}`, short_message: line, timestamp: 1.795e9 + i / 1000, level: 6 },
    ...{ _container_id: id(i), _container_name: `c-${i % 300}`, _image_name: 'nginx:1.27', _tag: id(i) },
  });

type Case = () => number;

function streamed(
  make: (line: string, i: number) => string,
  counted: boolean,
  decode: (messages: readonly Buffer[]) => number,
): Case {
  const reads = cut(Buffer.from(lines.map(make).join('')));
  return () => {
    const framing = new MessageFraming(1_000_000, counted);
    let events = 0;
    for (const read of reads) for (const { messages } of framing.push(read)) events += decode(messages);
    return events;
  };
}

function datagrams(make: (line: string, i: number) => Buffer, decode: (messages: readonly Buffer[]) => number): Case {
  const all = lines.map(make);
  return () => {
    let events = 0;
    for (let i = 0; i < all.length; i += 20)
      events += decode(all.slice(i, i + 20).map(datagram => unpack(datagram, 1_000_000) as Buffer));
    return events;
  };
}

const syslog = (messages: readonly Buffer[]): number => decodeSyslog(messages, 0, '192.0.2.7', NOW, UTC).records.length;
const gelf = (messages: readonly Buffer[]): number => decodeGelf(messages, 0).records.length;
const jsonReads = cut(
  Buffer.from(lines.map(line => `${JSON.stringify({ message: line, service: 'nginx', level: 'info' })}\n`).join('')),
);

/** Windows of 2048 events, as Filebeat sends them. */
function beats(isPacked: boolean, more: (i: number) => object = () => ({})): Case {
  const windows: Buffer[] = [];
  for (let at = 0; at < COUNT; at += 2048) {
    const events = lines.slice(at, at + 2048).map((line, i) => filebeatEvent(line, (at + i) * 200, more(at + i)));
    const frames = events.map((event, i) => jsonFrame(i + 1, event));
    windows.push(isPacked ? sentWindow(events) : Buffer.concat([windowFrame(events.length), ...frames]));
  }
  const reads = cut(Buffer.concat(windows));
  return () => {
    const reader = new LumberjackReader(64_000_000);
    let events = 0;
    for (const read of reads) {
      reader.push(read);
      for (let frame = reader.next(); frame !== undefined; frame = reader.next())
        if (frame.type === 'json' && beatsEvent(frame.text, NOW).id !== undefined) events++;
    }
    return events;
  };
}
const container = (i: number) => ({
  stream: 'stdout',
  container: {
    id: id(i).repeat(6).slice(0, 64),
    name: `c-${i % 300}`,
    image: { name: 'nginx:1.27' },
    labels: { team: 'a' },
  },
});

const cases: Record<string, Case> = {
  'JSON line (tcp_json)': () => {
    const splitter = new LineSplitter(1_000_000);
    let events = 0;
    for (const read of jsonReads)
      for (const one of splitter.push(Buffer.from(read))) events += decodeLines(one, MAX_NESTING_DEPTH).records.length;
    return events;
  },
  'syslog, RFC 3164, TCP': streamed(
    (line, i) => `<${priority(i)}>Nov 20 ${clock(i)} web-${i % 10} nginx[${i}]: ${line}\n`,
    true,
    syslog,
  ),
  'syslog, RFC 5424, TCP, counted': streamed(
    (line, i) => {
      const message = `<${priority(i)}>1 ${micros(i)} web-${i % 10} nginx ${i} - - ${line}`;
      return `${Buffer.byteLength(message)} ${message}`;
    },
    true,
    syslog,
  ),
  'syslog, RFC 5424 with data, TCP': streamed(
    (line, i) =>
      `<${priority(i)}>1 ${micros(i)} web-${i % 10} nginx ${i} REQ [req@32473 id="${i}" user="u${i % 100}"] ${line}\n`,
    true,
    syslog,
  ),
  "syslog, Docker's rfc5424micro": streamed(
    (line, i) => `<30>1 ${micros(i)} web-1 ${id(i)} 812 ${id(i)} - ${line}\n`,
    true,
    syslog,
  ),
  "GELF, Docker's, TCP": streamed((line, i) => `${gelfOf(line, i)}\0`, false, gelf),
  'GELF, UDP, plain': datagrams((line, i) => Buffer.from(gelfOf(line, i)), gelf),
  'GELF, UDP, gzip': datagrams((line, i) => gzipSync(gelfOf(line, i)), gelf),
  'Beats, files, compressed': beats(true),
  'Beats, files, plain': beats(false),
  'Beats, containers, compressed': beats(true, container),
  'GELF, UDP, zlib': datagrams((line, i) => deflateSync(gelfOf(line, i)), gelf),
  'syslog, RFC 3164, UDP': datagrams(
    (line, i) => Buffer.from(`<${priority(i)}>Nov 20 ${clock(i)} web-${i % 10} nginx[${i}]: ${line}`),
    syslog,
  ),
  ...Object.fromEntries(
    Object.entries(sendings(lines, NOW)).map(([name, { bodies, decode }]): [string, Case] => [
      name,
      () => bodies.reduce((sum, body) => sum + decode(body), 0),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(FILES).map(([name, kind]): [string, Case] => [name, fileCase(lines, kind, NOW)]),
  ),
  "files, CRI, with the pod's labels": fileCase(lines, FILES['files, CRI']!, NOW, true),
  ...readInputs(lines, NOW, cut),
};

function cut(bytes: Buffer): Buffer[] {
  const reads: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += READ_BYTES) reads.push(bytes.subarray(at, at + READ_BYTES));
  return reads;
}

const taken = new Map(Object.keys(cases).map(name => [name, [] as number[]]));
for (let turn = -2; turn < TURNS; turn++) {
  for (const [name, run] of Object.entries(cases)) {
    const before = process.cpuUsage();
    if (run() !== COUNT) throw new Error(`${name}: events are missing`);
    const { user, system } = process.cpuUsage(before);
    if (turn >= 0) taken.get(name)!.push((user + system) / COUNT);
  }
}
const isPage = process.argv.includes('--page');
if (isPage)
  process.stdout.write(`## What each input costs

Printed by \`node --max-semi-space-size=8 test/bench/messages.ts --page\` on ${new Date().toISOString().slice(0, 10)}, commit ${commit()}, on ${cpus().length} cores of ${cpus()[0]?.model.trim()},
Node ${process.versions.node}. Load average at the end: ${Math.round(loadavg()[0]!)}; compare rows of one run.

From bytes to records, framing, decompression and decoding, without sockets, pipelines and disk: what comes on top of the same for
all inputs. The lines are access lines, no two alike, with what each protocol's senders put around them: 1,000 events a request over HTTP, windows of 2,048
with the metadata of Filebeat, one datagram a message. Each cell is the median of ${TURNS} turns, with the lowest and the highest.

| input | CPU, µs an event |
|---|---|
`);
for (const [name, values] of taken) {
  const sorted = values.sort((a, b) => a - b);
  const [median, lowest, highest] = [sorted[TURNS >> 1]!, sorted[0]!, sorted.at(-1)!].map(value => value.toFixed(2));
  const figures = `${median} (${lowest} - ${highest})`;
  process.stdout.write(isPage ? `| ${name} | ${figures} |\n` : `${name.padEnd(36)} ${figures}\n`);
}
