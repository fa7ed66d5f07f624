/*
 * npm run bench -- search [--events 5e6] [--turns 5] [--cases WORD,WORD] [--keep DIR] [--set KEY=VALUE]
 *                         [--no-intake] [--no-fairness] [--peer victorialogs BINARY] [--page]
 *
 * How long searches of the embedded store take: fills one with access lines of 24 hours as the shipped pipeline leaves them,
 * no two alike, then asks what the page asks, in turns. Each line has the median until the rows are there, the median of a search
 * with its total, and what both took of the processor in the store, which says more where others work on the machine. `--keep`: the
 * store stays in this folder, and one that is there already is asked as it is. `--set`: settings of the store.
 *
 * Then the same while 20,000 events a second come in (unless `--no-intake`), and, by a whole service on these events, how
 * long light searches and acknowledgements take with nothing beside and beside six heavy searches (unless `--no-fairness`).
 *
 * `--peer victorialogs BINARY` (`go install github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs@latest`): it gets the same events and is
 * asked the same, in turns. `--page`: the section of docs/BENCHMARKS.md.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { configureLog } from '../../src/core/log.ts';
import { cpuSeconds, peakMb } from './processes.ts';
import { BEGIN, chunks, DAY_MS } from './search/events.ts';
import { fairness } from './search/fairness.ts';
import { embeddedStore } from './search/longshore.ts';
import { QUESTIONS, type Question, type Searched } from './search/questions.ts';
import { Report, type Row } from './search/report.ts';
import { victoriaLogs } from './search/victoria-logs.ts';

/** Events a second that come in beside, and how many at once. */
const INTAKE = { chunk: 10_000, pauseMs: 500, events: 2e6 };
const INTAKE_TURNS = 3;
/** After it there is no further turn. */
const INTAKE_LIMIT_MS = 60_000;

export async function searchBench(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      events: { type: 'string', default: '5e6' },
      turns: { type: 'string', default: '5' },
      cases: { type: 'string' },
      keep: { type: 'string' },
      set: { type: 'string', multiple: true, default: [] },
      peer: { type: 'string' },
      page: { type: 'boolean', default: false },
      'no-intake': { type: 'boolean', default: false },
      'no-fairness': { type: 'boolean', default: false },
    },
  });
  if (values.peer !== undefined && (values.peer !== 'victorialogs' || positionals[0] === undefined))
    throw new Error('--peer is victorialogs, with the path of its binary behind it');
  configureLog('error');
  const events = Number(values.events);
  const words = values.cases?.split(',');
  const asked = QUESTIONS.filter(({ name }) => words === undefined || words.some(word => name.includes(word)));
  const dir = values.keep ?? mkdtempSync(join(tmpdir(), 'longshore-bench-'));
  const isThere = existsSync(join(dir, 'store'));
  mkdirSync(join(dir, 'chunks'), { recursive: true });
  const report = new Report(values.page, events);
  const programs: Searched[] = [];
  try {
    programs.push(await embeddedStore(dir, values.set));
    if (values.peer !== undefined) programs.push(await victoriaLogs(resolve(positionals[0]!), dir));
    if (!isThere) await fill(programs, join(dir, 'chunks'), events, report);
    for (const program of programs) report.has(program.name, await program.describe());
    report.table('', await askAll(programs, asked, Number(values.turns)));
    if (!values['no-intake']) {
      // One by one, each with its own: intake of the other one is not what is asked about.
      const rows: Row[][][] = [];
      for (const program of programs) rows.push(await besideIntake(program, join(dir, 'chunks'), asked));
      report.table(
        'With 20,000 events a second coming in',
        rows[0]!.map((_, i) => rows.map(each => each[i]![0]!)),
      );
    }
    for (const { name, pid } of programs) report.has(name, `${peakMb(pid)} MB of memory at most`);
  } finally {
    for (const program of programs) await program.end();
    if (values['no-fairness'] && values.keep === undefined) rmSync(dir, { recursive: true, force: true });
  }
  try {
    if (!values['no-fairness']) report.fairness(await fairness(dir));
    report.end(['npm run bench -- search', ...args].join(' '), loadavg()[0]!);
  } finally {
    if (values.keep === undefined) rmSync(dir, { recursive: true, force: true });
  }
}

async function fill(programs: readonly Searched[], dir: string, events: number, report: Report): Promise<void> {
  const before = programs.map(({ pid }) => cpuSeconds(pid));
  // The last one takes the file with it.
  const inOrder = programs.toReversed();
  for (const chunk of chunks(dir, events, BEGIN, DAY_MS, 1)) for (const program of inOrder) await program.accept(chunk);
  for (const program of programs) await program.settled();
  for (const [i, { name, pid }] of programs.entries()) {
    const cpu = ((cpuSeconds(pid) - before[i]!) * 1e6) / events;
    report.has(name, `stored with ${cpu.toFixed(2)} µs CPU an event, merging included`);
  }
}

/** A row of each question: what each of the programs took. */
async function askAll(
  programs: readonly Searched[],
  asked: readonly Question[],
  turns: number,
  limitMs = Number.POSITIVE_INFINITY,
): Promise<Row[][]> {
  const end = performance.now() + limitMs;
  const rows = asked.map(({ name }) =>
    programs.map(({ name: program }): Row => ({ question: name, program, rows: [], all: [], cpu: [], said: '' })),
  );
  for (let turn = 0; turn < turns && (turn === 0 || performance.now() < end); turn++) {
    for (const [i, question] of asked.entries()) {
      for (const [n, program] of programs.entries()) {
        const row = rows[i]![n]!;
        const before = cpuSeconds(program.pid);
        const answer = await program.ask(question);
        row.cpu.push((cpuSeconds(program.pid) - before) * 1000);
        if (answer.rows !== undefined) row.rows.push(answer.rows);
        row.all.push(answer.all);
        row.said = answer.said;
      }
    }
  }
  return rows;
}

async function besideIntake(program: Searched, dir: string, asked: readonly Question[]): Promise<Row[][]> {
  let running = true;
  const intake = (async () => {
    for (const chunk of chunks(dir, INTAKE.events, BEGIN + DAY_MS - 600_000, 599_000, 2)) {
      if (!running) {
        rmSync(chunk.path, { force: true });
        break;
      }
      await program.accept(chunk);
      if (program.name !== 'Longshore') rmSync(chunk.path, { force: true });
      await sleep(INTAKE.pauseMs);
    }
  })();
  const rows = await askAll([program], asked, INTAKE_TURNS, INTAKE_LIMIT_MS);
  running = false;
  await intake;
  return rows;
}
