import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reusablePort } from '../../support/free-port.ts';
import { ended } from '../load.ts';
import { untilIdle } from '../processes.ts';
import { BEGIN, DAY_MS } from './events.ts';
import { type Answer, type Question, type Searched, STEP } from './questions.ts';

const RANGE = { start: new Date(BEGIN).toISOString(), end: new Date(BEGIN + DAY_MS - 1).toISOString() };
/** As its documentation advises: what does not change within a container. */
const INSERT = '/insert/jsonline?_stream_fields=service,container_name&_time_field=@timestamp&_msg_field=message';

/** VictoriaLogs, as a binary, with its defaults; asked over HTTP. */
export async function victoriaLogs(binary: string, dir: string): Promise<Searched> {
  const port = await reusablePort();
  const base = `http://127.0.0.1:${port}`;
  const data = join(dir, 'victoria-logs');
  const child = spawn(
    binary,
    [`-storageDataPath=${data}`, `-httpListenAddr=127.0.0.1:${port}`, '-retentionPeriod=100y', '-loggerLevel=ERROR'],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  await untilReady(child, `${base}/health`);
  const select = async (path: string, params: { [name: string]: string }): Promise<string> => {
    const response = await fetch(`${base}/select/logsql/${path}?${new URLSearchParams({ ...RANGE, ...params })}`);
    const text = await response.text();
    if (!response.ok) throw new Error(`VictoriaLogs answers ${response.status}: ${text.slice(0, 500)}`);
    return text;
  };
  return {
    name: 'VictoriaLogs',
    pid: child.pid!,
    async accept({ path }) {
      const body = flattened(await readFile(path, 'utf8'));
      const response = await fetch(base + INSERT, { method: 'POST', body });
      if (!response.ok) throw new Error(`VictoriaLogs answers ${response.status}: ${await response.text()}`);
    },
    async settled() {
      await fetch(`${base}/internal/force_flush`);
      // What is in memory goes to the disk every five seconds.
      await sleep(6_000);
      await untilIdle([child.pid!], 600_000);
    },
    async describe() {
      const events = numberIn(await select('stats_query', { query: '* | stats count()', time: RANGE.end }));
      const bytes = Number(execFileSync('du', ['-sb', data], { encoding: 'utf8' }).split('\t')[0]);
      return `${events} events, ${(bytes / events).toFixed(1)} bytes each`;
    },
    async ask(question) {
      const start = performance.now();
      // It gives a query up after 30 seconds, often in the middle of its answer.
      return ask(select, question).catch(() => ({ all: performance.now() - start, said: 'given up' }));
    },
    end: () => ended(child),
  };
}

/** What one line says for them: our ids left away, found fields beside the others. */
const flattened = (chunk: string): string =>
  chunk
    .trimEnd()
    .split('\n')
    .map(line => {
      const { _id, seq, fields, ...rest } = JSON.parse(line);
      return JSON.stringify({ ...rest, ...fields });
    })
    .join('\n');

async function ask(
  select: (path: string, params: { [name: string]: string }) => Promise<string>,
  { logsql: query, by }: Question,
): Promise<Answer> {
  const start = performance.now();
  if (by !== undefined) {
    const text = await select('hits', { query, step: STEP, ...(by === null ? {} : { field: by }) });
    const all = performance.now() - start;
    const { hits } = JSON.parse(text) as { hits: { timestamps: string[]; total: number }[] };
    const buckets = new Set(hits.flatMap(each => each.timestamps)).size;
    return { all, said: `${hits.reduce((sum, { total }) => sum + total, 0)} events, ${buckets} buckets` };
  }
  const text = await select('query', { query, limit: '100' });
  const rows = performance.now() - start;
  // As its page asks: the newest rows, and the number of all, at the same time.
  const again = performance.now();
  const [, count] = await Promise.all([
    select('query', { query, limit: '100' }),
    select('stats_query', { query: `${query} | stats count()`, time: RANGE.end }),
  ]);
  const all = performance.now() - again;
  return { rows, all, said: `${text === '' ? 0 : text.trimEnd().split('\n').length} rows of ${numberIn(count)}` };
}

const numberIn = (text: string): number =>
  Number((JSON.parse(text) as { data: { result: { value: [number, string] }[] } }).data.result[0]?.value[1] ?? 0);

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  for (let i = 0; i < 300 && child.exitCode === null; i++) {
    const isReady = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    await sleep(100);
  }
  await ended(child);
  throw new Error('VictoriaLogs did not start');
}
