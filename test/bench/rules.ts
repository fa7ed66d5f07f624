import { compileMatcher } from '../../src/alerts/match.ts';
import { loadRules } from '../../src/alerts/rules/load.ts';
import type { Rule } from '../../src/alerts/rules/rule.ts';
import { type Fields, newFields } from '../../src/core/event.ts';
import { filtersToQuery } from '../../src/store/query/filters.ts';
import { compilePredicate } from '../../src/store/query/predicate.ts';
import { requiredValues } from '../../src/store/query/required.ts';

/*
 * What it costs an event to be tried on the filters of alert rules: `node test/bench/rules.ts`. Microseconds an event, with 10
 * and with 10,000 rules of which as many find something, in turns; the median of the turns.
 */
const TURNS = 41;
const EVENTS = 4000;
const LEVELS = ['INFO', 'INFO', 'INFO', 'WARN', 'ERROR', 'DEBUG'];

const KINDS: Record<string, (i: number) => string> = {
  'a service and levels': i => `[{ term: { service: svc-${i} } }, { terms: { level: [ERROR, FATAL] } }]`,
  'the same as a query': i => `[{ query_string: { query: 'service:svc-${i} AND level:ERROR' } }]`,
  'a field of its own': i => `[{ term: { field${i}: x } }]`,
};

function rulesOf(count: number, filter: (i: number) => string): Rule[] {
  const files = Array.from({ length: count }, (_, i) => ({
    path: `r${i}.yaml`,
    text: `name: r${i}\ntype: any\nindex: '*'\nalert: debug\nfilter: ${filter(i)}`,
  }));
  const predicate = (node: Parameters<typeof compilePredicate>[0]) => compilePredicate(node, Date.now);
  const deps = { filters: filtersToQuery, predicate, requiredValues, alerterDefaults: {}, env: {} };
  return loadRules(files, deps).rules;
}

/** Their services are those of the first ten rules. */
const events = Array.from(
  { length: EVENTS },
  (_, i): Fields =>
    Object.assign(newFields(), {
      '@timestamp': new Date(1.795e12 + i).toISOString(),
      level: LEVELS[(i * 7) % 6],
      service: `svc-${(i * 31) % 10}`,
      container_name: `c-${i % 300}`,
      hostname: `h${i % 10}`,
      message: `request ${i} took ${i % 90} ms`,
      response_time: i % 900,
      verb: 'GET',
      user_id: `u${i}`,
    }),
);

function microseconds(match: (event: Fields) => unknown): number {
  const begun = performance.now();
  for (const event of events) match(event);
  return ((performance.now() - begun) * 1000) / EVENTS;
}

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1]!;

for (const [name, filter] of Object.entries(KINDS)) {
  const few = rulesOf(10, filter);
  const oneByOne = (event: Fields) => few.filter(rule => rule.predicate(event)).map(rule => rule.name);
  const matchers = [oneByOne, compileMatcher(few), compileMatcher(rulesOf(10_000, filter))];
  const times = matchers.map((): number[] => []);
  for (let turn = 0; turn < TURNS; turn++)
    for (const [i, match] of matchers.entries()) times[i]!.push(microseconds(match));
  const [plain, ten, many] = times.map(median);
  process.stdout.write(
    `${name}: 10 rules ${ten!.toFixed(2)} (one by one ${plain!.toFixed(2)}), 10,000 rules ${many!.toFixed(2)}\n`,
  );
}
