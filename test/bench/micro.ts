/*
 * The pure way of an event, without sockets and disk, in one process: decode -> admit -> joins and pipelines -> conform -> bytes.
 *
 *   node test/bench/micro.ts [--kinds access,json,...] [--per-frame 1000,1] [--turns 5] [--events 10000] [--against CHECKOUT] [--json]
 *
 * Prints nanoseconds of CPU an event, with garbage collection and compilation: `decode`, `documents` (all that follows, as
 * intake calls it), and the `sum` of both, which counts. `admit`, `pipelines`, `conform` and `write` are loops over many events: with one stage's
 * code and data in the caches they cost less than on the way. The lines vary as those of sites do.
 * `--against`: in turns with the code of another checkout (by its own `test/bench/micro.ts`, if it has one); medians, and ours
 * as a part of theirs. Each turn is a process of its own.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { encodeFrames } from './frames.ts';
import { KINDS, type Kind } from './lines/index.ts';

const { values } = parseArgs({
  options: {
    kinds: { type: 'string', default: KINDS.join(',') },
    'per-frame': { type: 'string', default: '1000,1' },
    turns: { type: 'string', default: '5' },
    events: { type: 'string', default: '10000' },
    against: { type: 'string' },
    json: { type: 'boolean', default: false },
    /** One measurement, of the code in a checkout: `KIND,PER_FRAME,ROOT`. */
    once: { type: 'string' },
  },
});

type Stages = Record<string, number>;

const HERE = resolve(import.meta.dirname, '../..');
const WARM_ROUNDS = 5;
const ROUNDS = 5;
const STAGES = ['decode', 'documents', 'sum', 'admit', 'pipelines', 'conform', 'write'];

if (values.once !== undefined) {
  const [kind, perFrame, root] = values.once.split(',') as [Kind, string, string];
  process.stdout.write(JSON.stringify(await stagesOf(kind, Number(perFrame), root)));
} else compare();

function compare(): void {
  const roots = values.against === undefined ? [HERE] : [HERE, resolve(values.against)];
  const rows: object[] = [];
  if (!values.json) printRow(['kind', 'a frame', 'of', ...STAGES]);
  for (const kind of values.kinds.split(',')) {
    for (const perFrame of values['per-frame'].split(',')) {
      const turns = Array.from({ length: Number(values.turns) }, () => roots.map(root => once(kind, perFrame, root)));
      const medians = roots.map((_, i) => mediansOf(turns.map(turn => turn[i]!)));
      for (const [i, root] of roots.entries()) {
        rows.push({ kind, per_frame: Number(perFrame), root, ...medians[i] });
        if (!values.json)
          printRow([kind, perFrame, i === 0 ? 'this' : 'that', ...STAGES.map(stage => text(medians[i]![stage]))]);
      }
      const [ours, theirs] = medians as [Stages, Stages | undefined];
      const parts = STAGES.map(stage =>
        theirs?.[stage] === undefined ? '' : (ours[stage]! / theirs[stage]).toFixed(2),
      );
      if (theirs !== undefined && !values.json) printRow(['', '', 'part', ...parts]);
    }
  }
  if (values.json) process.stdout.write(`${JSON.stringify(rows)}\n`);
}

/** One measurement in a process of its own, by the script of that checkout, if it has one: it knows its own code. */
function once(kind: string, perFrame: string, root: string): Stages {
  const own = join(root, 'test/bench/micro.ts');
  const script = existsSync(own) ? own : import.meta.filename;
  const args = [...process.execArgv, script, '--once', `${kind},${perFrame},${root}`, '--events', values.events];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' })) as Stages;
}

function mediansOf(turns: readonly Stages[]): Stages {
  const medians: Stages = {};
  for (const stage of STAGES) medians[stage] = median(turns.map(turn => turn[stage]!));
  return medians;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function text(ns: number | undefined): string {
  return ns === undefined ? '' : ns.toFixed(0);
}

function printRow(cells: readonly string[]): void {
  const row = cells.map((cell, i) => (i === 0 ? cell.padEnd(8) : cell.padStart(9)));
  process.stdout.write(`${row.join(' ')}\n`);
}

async function stagesOf(kind: Kind, perFrame: number, root: string): Promise<Stages> {
  const { path } = await import('./micro-path.ts');
  const way = await path(root);
  const frames = encodeFrames({
    kind,
    perFrame,
    events: Number(values.events),
    containers: 60,
    isAcked: perFrame > 1,
    seed: 7,
  });
  const events = frames.length * perFrame;
  const measured: Record<string, number[]> = Object.fromEntries(STAGES.map(stage => [stage, []]));
  const measure = (stage: string, isCounted: boolean, work: () => void): void => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    if (isCounted) measured[stage]!.push(((user + system) * 1000) / events);
  };
  for (let round = 0; round < WARM_ROUNDS + ROUNDS; round++) {
    const isCounted = round >= WARM_ROUNDS;
    measure('decode', isCounted, () => way.decode(frames));
    measure('sum', isCounted, () => way.whole(frames));
    const records = way.decoded(frames);
    for (const stage of ['admit', 'pipelines', 'conform', 'write'] as const) {
      measure(stage, isCounted, () => way[stage](records));
    }
  }
  const stages: Stages = Object.fromEntries(STAGES.map(stage => [stage, median(measured[stage]!)]));
  stages['documents'] = stages['sum']! - stages['decode']!;
  return stages;
}
