import { FrameDecoder } from '../../src/inputs/docker/log-stream.ts';
import { Ordinals } from '../../src/inputs/docker/position.ts';
import { LogRecords } from '../../src/inputs/docker/records.ts';
import { journalEntry } from '../../src/inputs/journald/entry.ts';
import { EntryLines } from '../../src/inputs/journald/entry-lines.ts';
import { alertmanagerEvents } from '../../src/inputs/webhooks/alertmanager.ts';
import { groupingOf, pushedEvents } from '../../src/inputs/webhooks/pushgateway.ts';

/** What each of the inputs that ask, and webhooks, make of the lines: the number of events. `cut`: into reads. */
export function readInputs(
  lines: readonly string[],
  now: number,
  cut: (bytes: Buffer) => Buffer[],
): Record<string, () => number> {
  const timeOf = (i: number): string => new Date(now + i).toISOString().replace('Z', '123456Z');
  const frames = cut(Buffer.concat(lines.map((line, i) => frame(`${timeOf(i)} ${line}\n`))));
  const labels = { 'com.docker.compose.service': 'web', 'com.docker.compose.project': 'shop' };
  const container = { id: 'a'.repeat(64), name: 'shop-web-1', image: 'nginx:1.27', labels, isRunning: true };
  const entries = cut(Buffer.from(lines.map((line, i) => `${JSON.stringify(entryOf(line, now, i))}\n`).join('')));
  const samples = bodies(lines, some =>
    some.map((_, i) => `http_requests_total{method="GET",code="${200 + (i % 5)}",path="/${i}"} ${i}.5\n`).join(''),
  );
  const alerts = bodies(lines, some =>
    JSON.stringify({
      ...{ version: '4', receiver: 'longshore', status: 'firing' },
      alerts: some.map((line, i) => ({
        ...{ status: 'firing', startsAt: new Date(now).toISOString(), fingerprint: String(i) },
        labels: { alertname: `Alert${i}`, severity: 'warning', instance: `web-${i % 10}`, job: 'node' },
        annotations: { summary: line },
      })),
    }),
  );
  return {
    'the Docker engine': () => {
      const decoder = new FrameDecoder(1_000_000);
      const ordinals = new Ordinals();
      const records = new LogRecords({ container, hostname: 'node-1', fields: {} });
      let events = 0;
      for (const read of frames)
        for (const line of decoder.push(read)) if (records.of(ordinals.place(line))['log'] !== '') events++;
      return events;
    },
    'the journal of systemd': () => {
      const splitter = new EntryLines(1_000_000);
      let events = 0;
      for (const read of entries)
        for (const line of splitter.push(read)) if (journalEntry(line) !== undefined) events++;
      return events;
    },
    'metrics as to a Pushgateway': () =>
      samples.reduce((sum, body) => sum + countOf(pushedEvents(body, groupingOf('job/web'), 1000)), 0),
    'alerts of Alertmanager': () => alerts.reduce((sum, body) => sum + countOf(alertmanagerEvents(body, 1000, now)), 0),
  };
}

const countOf = (found: ReturnType<typeof pushedEvents>): number => (found === 'crowd' ? 0 : found.records.length);

function bodies(lines: readonly string[], write: (some: readonly string[]) => string): Buffer[] {
  const made: Buffer[] = [];
  for (let at = 0; at < lines.length; at += 1000) made.push(Buffer.from(write(lines.slice(at, at + 1000))));
  return made;
}

function frame(text: string): Buffer {
  const content = Buffer.from(text);
  const head = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(content.length, 4);
  return Buffer.concat([head, content]);
}

/** As `journalctl --output=json` gives what a service says on its stdout. */
function entryOf(line: string, now: number, i: number): object {
  const taken = String((now + i) * 1000);
  return {
    ...{ __CURSOR: `s=8c1d;i=${i.toString(16)};b=f00d;m=${i};t=${taken};x=1`, __REALTIME_TIMESTAMP: taken },
    ...{ __MONOTONIC_TIMESTAMP: String(i), _BOOT_ID: 'f00d'.repeat(8), _MACHINE_ID: 'beef'.repeat(8) },
    ...{ _HOSTNAME: 'node-1', PRIORITY: '6', SYSLOG_FACILITY: '3', SYSLOG_IDENTIFIER: 'nginx', _TRANSPORT: 'stdout' },
    ...{ _SYSTEMD_UNIT: 'nginx.service', _SYSTEMD_CGROUP: '/system.slice/nginx.service', _PID: '812', _UID: '33' },
    ...{ _COMM: 'nginx', _EXE: '/usr/sbin/nginx', _CMDLINE: 'nginx: worker process', MESSAGE: line },
  };
}
