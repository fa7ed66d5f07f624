/*
 * node test/bench/inputs.ts [--events 50000] [--turns 3]: the whole service with its inputs in turns, from a sender's request, connection or file
 * until everything is durable. CPU of the service in microseconds an event, as the operating system accounts it; the store's process, whose
 * work is the same for all, is left out. The same lines for all, read by the shipped pipelines. Median, lowest and highest, as rows for
 * docs/BENCHMARKS.md.
 */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { reusablePort } from '../support/free-port.ts';
import { Longshore } from '../support/longshore.ts';
import { FILES } from './file-lines.ts';
import { combinedLines } from './lines/index.ts';
import { cpuSeconds, untilIdle } from './processes.ts';
import { sendings } from './requests.ts';

const { values } = parseArgs({
  options: { events: { type: 'string', default: '50000' }, turns: { type: 'string', default: '3' } },
});
const events = Number(values.events);
const turns = Number(values.turns);
const lines = combinedLines(events);
const [syslog, gelf] = [await reusablePort(), await reusablePort()];
const folder = mkdtempSync(join(tmpdir(), 'longshore-bench-files-'));
const longshore = await Longshore.start({
  pipelines: 'all',
  env: { LOG_LEVEL: 'info' },
  set: {
    'inputs.syslog.address': `127.0.0.1:${syslog}`,
    'inputs.gelf.address': `127.0.0.1:${gelf}`,
    'inputs.files': JSON.stringify([{ paths: [join(folder, '*.log')], tag: 'bench' }]),
  },
});
const pid = longshore.process.pid!;
const received = async (): Promise<number> => (await longshore.ledger()).total.received;

type Send = (turn: number) => Promise<void>;
const cases: Record<string, Send> = {
  ...Object.fromEntries(
    Object.entries(sendings(lines, Date.now() - 3_600_000)).map(
      ([name, { path, contentType, bodies }]): [string, Send] => [
        name,
        async () => {
          // Four at a time, as senders do.
          const left = [...bodies];
          const sender = async (): Promise<void> => {
            for (let body = left.shift(); body !== undefined; body = left.shift()) {
              const headers = { 'content-type': contentType };
              const answer = await fetch(new URL(path, longshore.url), {
                method: 'POST',
                headers,
                body: new Uint8Array(body),
              });
              if (!answer.ok) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
              await answer.arrayBuffer();
            }
          };
          await Promise.all([sender(), sender(), sender(), sender()]);
        },
      ],
    ),
  ),
  'JSON lines over TCP': () =>
    write(longshore.ready.tcp_json, lines.map(line => `${JSON.stringify({ message: line })}\n`).join('')),
  'syslog, RFC 5424, TCP': () =>
    write(syslog, lines.map((line, i) => `<30>1 ${now(i)} web-${i % 10} nginx ${i} - - ${line}\n`).join('')),
  "GELF, Docker's, TCP": () =>
    write(
      gelf,
      lines
        .map(
          (line, i) =>
            `${JSON.stringify({ version: '1.1', host: 'web', short_message: line, level: 6, _container_id: `${i % 20}`.padStart(12, 'a'), _container_name: `c-${i % 20}` })}\0`,
        )
        .join(''),
    ),
  ...Object.fromEntries(
    Object.entries(FILES).map(([name, kind]): [string, Send] => [
      name,
      async turn => {
        const path = join(folder, `${kind.format}-${turn}`);
        const from = Date.now() - 3_600_000;
        writeFileSync(path, lines.map((line, i) => `${kind.write(line, from + i)}\n`).join(''));
        renameSync(path, `${path}.log`);
      },
    ]),
  ),
};
const now = (i: number): string => new Date(Date.now() - 3_600_000 + i).toISOString();

async function write(port: number, text: string): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  await new Promise<void>(resolve => socket.end(text, resolve));
}

const taken = new Map(Object.keys(cases).map(name => [name, [] as number[]]));
try {
  await longshore.untilReady();
  for (let turn = -1; turn < turns; turn++) {
    for (const [name, send] of Object.entries(cases)) {
      await untilIdle([pid], 30_000);
      const cpu = cpuSeconds(pid);
      const before = await received();
      await send(turn);
      while ((await received()) < before + events) await sleep(100);
      const used = cpuSeconds(pid) - cpu;
      if (turn >= 0) taken.get(name)!.push((used / events) * 1e6);
    }
  }
} finally {
  await longshore.remove();
  rmSync(folder, { recursive: true });
}
for (const [name, all] of taken) {
  const [low, median, high] = [0, all.length >> 1, all.length - 1].map(i => all.sort((a, b) => a - b)[i]!.toFixed(1));
  process.stdout.write(`| ${name} | ${median} (${low} - ${high}) |\n`);
}
