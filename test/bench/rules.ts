import { compileMatcher } from '../../src/alerts/match.ts';
import { loadRules } from '../../src/alerts/rules/load.ts';
import type { Rule } from '../../src/alerts/rules/rule.ts';
import type { Fields } from '../../src/core/event.ts';
import { filtersToQuery } from '../../src/store/query/filters.ts';
import { compilePredicate } from '../../src/store/query/predicate.ts';
import { requirementsOf } from '../../src/store/query/required.ts';
import { parsedEvents } from './parsed-events.ts';
import { FILTERS } from './rule-filters.ts';

/*
 * What it costs an event to be tried on the filters of alert rules: `node test/bench/rules.ts [KIND]`. Microseconds an
 * event, with 10, 100 and 10,000 rules of which the same ten find something, in turns; the best of the turns, which others
 * on the machine disturb least. The last line (whole, with --expose-gc): how long 10,000 mixed rules take to load and to
 * compile, and what memory they hold.
 */
const TURNS = 21;
const MAX_TURN_US = 30_000;
const COUNTS = [10, 100, 10_000];

const deps = {
  filters: filtersToQuery,
  predicate: (node: Parameters<typeof compilePredicate>[0]) => compilePredicate(node, Date.now),
  requirements: requirementsOf,
  alerterDefaults: {},
  env: {},
};

const file = (i: number, filter: unknown): { path: string; text: string } => ({
  path: `r${i}.yaml`,
  text: `name: r${i}\ntype: any\nindex: '*'\nalert: debug\nfilter: ${JSON.stringify([filter])}`,
});

const [example] = loadRules([file(0, FILTERS.mixed!(0))], deps).rules;

function rulesOf(count: number, filter: (i: number) => unknown): Rule[] {
  return Array.from({ length: count }, (_, i) => {
    const query = filtersToQuery([filter(i)]);
    const predicate = deps.predicate(query);
    return { ...example!, name: `r${i}`, query, predicate, required: requirementsOf(query), compile: deps.predicate };
  });
}

const events = parsedEvents(4000);

function microseconds(match: (event: Fields) => unknown, some: readonly Fields[]): number {
  const begun = performance.now();
  for (const event of some) match(event);
  return ((performance.now() - begun) * 1000) / some.length;
}

/** As many events as take no longer than a turn may. */
function someFor(match: (event: Fields) => unknown): readonly Fields[] {
  const each = microseconds(match, events.slice(0, 40));
  return events.slice(0, Math.max(40, Math.min(events.length, MAX_TURN_US / each)));
}

const best = (times: readonly number[]): number => Math.min(...times);

/** `one by one` is what ten filters cost without anything that finds them. */
function measure(filter: (i: number) => unknown): string[] {
  const few = rulesOf(10, filter);
  const oneByOne = (event: Fields) => few.filter(rule => rule.predicate(event)).map(rule => rule.name);
  const matchers = [oneByOne, ...COUNTS.map(count => compileMatcher(rulesOf(count, filter)))];
  const some = matchers.map(someFor);
  const times = matchers.map((): number[] => []);
  for (let turn = 0; turn < TURNS; turn++)
    for (const [i, match] of matchers.entries()) times[i]!.push(microseconds(match, some[i]!));
  return times.map(own => best(own).toFixed(2));
}

function measureLoading(): string {
  const files = Array.from({ length: 10_000 }, (_, i) => file(i, FILTERS.mixed!(i)));
  globalThis.gc?.();
  const held = process.memoryUsage().heapUsed;
  const begun = performance.now();
  const { rules } = loadRules(files, deps);
  const loaded = performance.now();
  globalThis.gc?.();
  const ofRules = process.memoryUsage().heapUsed - held;
  const compiling = performance.now();
  const match = compileMatcher(rules);
  const compiled = performance.now();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  match(events[0]!);
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  return `10,000 mixed rules: loaded in ${((loaded - begun) / 1000).toFixed(1)} s (${mb(ofRules)}), compiled in ${((compiled - compiling) / 1000).toFixed(2)} s (${mb(heapUsed - held - ofRules)} more, ${mb(arrayBuffers)} in buffers)`;
}

const wanted = process.argv[2];
process.stdout.write(
  `${'kind of filter'.padEnd(34)}${['10 one by one', '10', '100', '10,000'].map(head => head.padStart(14)).join('')}\n`,
);
for (const [kind, filter] of Object.entries(FILTERS)) {
  if (wanted !== undefined && !kind.includes(wanted)) continue;
  process.stdout.write(
    `${kind.padEnd(34)}${measure(filter)
      .map(time => time.padStart(14))
      .join('')}\n`,
  );
}
if (wanted === undefined) process.stdout.write(`${measureLoading()}\n`);
