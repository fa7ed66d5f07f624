import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Rule } from '../../../src/alerts/rules/rule.ts';
import { load } from '../support.ts';

// Rule files of the forms that people have, and random changes of them, beside what the loader of ElastAlert 2 says of each
// (see forms/judge.py). What loads there loads here; what is refused there is refused here, but for the differences listed.

const FOLDER = join(import.meta.dirname, 'forms');
const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');
const ENV = { FORM_INDEX: 'logs', FORM_URL: 'https://hooks.slack.com/services/T0/B0/A' };

interface Verdict {
  loads: boolean;
  because?: string;
  [option: string]: unknown;
}

interface Difference {
  /** A file, or expressions for what was changed, what the reference says of what it refuses, and what is said here. */
  form?: string;
  change?: string;
  there?: string;
  here?: string;
  reason: string;
}

const differences = JSON.parse(read('differences.json')) as Difference[];
const used = new Set<Difference>();

/** What is said here; undefined where the rule loads. */
function refusal(path: string, text: string): string | undefined {
  const messages = load([{ path, text }], { env: ENV }).errors.map(error => error.message);
  return messages.length === 0 ? undefined : messages.join('\n');
}

/** What the reference recorded of a rule that loads. */
function shownOf(rule: Rule): Record<string, unknown> {
  const { options } = rule;
  const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);
  return {
    ...options,
    name: rule.name.replace(`${FOLDER}/`, ''),
    realert: seconds(rule.realertMs),
    timeframe: seconds(rule.timeframeMs),
    aggregation:
      rule.aggregation?.schedule === undefined ? seconds(rule.aggregation?.windowMs ?? 0) : options['aggregation'],
    exponential_realert: seconds(rule.exponentialRealertMs),
    query_delay: seconds(rule.queryDelayMs),
    query_key: rule.queryKey.length === 0 ? undefined : rule.queryKey.join(','),
    timestamp_type: rule.timestampType,
    filter: options['filter'] ?? [],
  };
}

function isKnown(form: string, there: Verdict, here: string | undefined, change = ''): boolean {
  const known = differences.find(
    one =>
      (one.form === undefined || one.form === form) &&
      (one.change === undefined || new RegExp(one.change).test(change)) &&
      (one.there === undefined || new RegExp(one.there).test(there.because ?? '')) &&
      (one.here === undefined || (here !== undefined && new RegExp(one.here).test(here))),
  );
  if (known !== undefined) used.add(known);
  return known !== undefined;
}

describe('forms', () => {
  const verdicts = JSON.parse(read('verdicts.json')) as Record<string, Verdict>;
  const files = globSync(join(FOLDER, '*.yaml')).map(path => [basename(path), path] as const);

  test('each has a verdict', () => expect(files.map(([name]) => name).sort()).toEqual(Object.keys(verdicts).sort()));

  test.for(files)('%s', ([name, path]) => {
    const verdict = verdicts[name]!;
    const here = refusal(path, read(name));
    if (here === undefined && verdict.loads) {
      const [rule] = load([{ path, text: read(name) }], { env: ENV }).rules;
      const { loads, ...shown } = verdict;
      const got = shownOf(rule!);
      expect(Object.fromEntries(Object.keys(shown).map(option => [option, got[option]]))).toEqual(shown);
    }
    if ((here === undefined) !== verdict.loads)
      expect(isKnown(name, verdict, here), `there: ${verdict.because ?? 'loads'}, here: ${here ?? 'loads'}`).toBe(true);
  });
});

describe('changed forms', () => {
  const lines = read('mutations.jsonl').trimEnd().split('\n');

  test('there are enough', () => expect(lines.length).toBeGreaterThan(400));

  test('load where they load there, and else do not', () => {
    const wrong = lines.flatMap(line => {
      const { from, change, text, ...there } = JSON.parse(line) as Verdict & Record<'from' | 'change' | 'text', string>;
      const here = refusal(join(FOLDER, from), text);
      if ((here === undefined) === there.loads || isKnown(from, there, here, change)) return [];
      return [`${text}--- there: ${there.because ?? 'loads'}\n--- here: ${here ?? 'loads'}\n`];
    });
    expect(wrong).toEqual([]);
  });
});

test('each difference is one', () => expect(differences.filter(one => !used.has(one))).toEqual([]));
