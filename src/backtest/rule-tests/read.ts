import { expandEnvironment } from '../../alerts/rules/sources.ts';
import { readRuleFile } from '../../alerts/rules/yaml.ts';
import { didYouMean } from '../../base/text/did-you-mean.ts';
import { parseDuration } from '../../base/time/duration.ts';
import type { Located } from '../../base/yaml/located.ts';
import type { RuleText } from '../../core/api/backtest.ts';
import { LongshoreError } from '../../core/errors.ts';
import { type Fields, newFields } from '../../core/event.ts';

/** What a rule file says that it does. Times are epoch milliseconds. */
export interface RuleTest {
  readonly name: string;
  /** `file:line`. */
  readonly where: string;
  readonly start: number;
  /** In the order of the file. */
  readonly steps: readonly TestStep[];
  /** In the order in which they come, or how many there are. */
  readonly alerts: readonly ExpectedAlert[] | number;
}

/** An event that comes in, or time that passes until then. */
export type TestStep = { readonly time: number; readonly fields: Fields } | { readonly until: number };

/** Only what is given is compared. */
export interface ExpectedAlert {
  readonly line: number;
  readonly at?: number | undefined;
  /** null: it has none. */
  readonly key?: string | null | undefined;
  readonly title?: string | undefined;
  readonly body?: string | undefined;
  /** Parts of title or body. */
  readonly contains?: readonly string[] | undefined;
  readonly matches?: number | undefined;
  readonly num_hits?: number | undefined;
  readonly resolved?: boolean | undefined;
  readonly severity?: string | undefined;
}

/** A Monday noon. */
const START = Date.UTC(2026, 0, 5, 12);
const MAX_STEPS = 100_000;
/** So long may a test take by its own clock. */
const MAX_SPAN_MS = 366 * 86_400_000;
const TEST_OPTIONS = ['name', 'start', 'events', 'alerts'];
const EVENT_OPTIONS = ['at', 'after', 'repeat', 'every', 'event', 'wait'];
const ALERT_OPTIONS = ['at', 'key', 'title', 'body', 'contains', 'matches', 'num_hits', 'severity', 'resolved'];

/**
 * `tests`: a list of { name, start, events, alerts }. An event is { at | after, repeat, every, field: value ... } (or with
 * its fields below `event`) or { wait }. Throws LongshoreError where the file cannot be read.
 */
export function readRuleTests(
  { path, text }: RuleText,
  env: Readonly<Record<string, string | undefined>>,
  problems: LongshoreError[],
): RuleTest[] {
  const written = readRuleFile(path, expandEnvironment(text, env)).entries?.get('tests');
  if (written === undefined) return [];
  if (written.items === undefined) {
    problems.push(
      wrong(written.keyWhere, `\`tests\` must be a list, not a ${written.kind}.`, 'Begin each test with `- events:`.'),
    );
    return [];
  }
  const tests: RuleTest[] = [];
  for (const [i, item] of written.items.entries()) {
    try {
      tests.push(readTest(item, i + 1));
    } catch (error) {
      if (!(error instanceof LongshoreError)) throw error;
      problems.push(error);
    }
  }
  return tests;
}

function readTest(item: Located, number: number): RuleTest {
  if (item.entries === undefined) throw wrong(item.where, 'a test must be a mapping.', 'Begin it with `- events:`.');
  checkNames(item, TEST_OPTIONS, 'a test');
  const events = item.step('events');
  if (events?.items === undefined)
    throw wrong(events?.keyWhere ?? item.where, 'a test needs `events`, a list.', 'Add it; `events: []` has none.');
  const alerts = item.step('alerts');
  if (alerts === undefined)
    throw wrong(item.where, 'a test expects nothing.', 'Add `alerts`; `alerts: []` says that there is none.');
  const written = item.step('start');
  const start = written === undefined ? startOf(events.items) : isoOf(written);
  return {
    name: String(item.step('name')?.value ?? `test ${number}`),
    where: item.where,
    start,
    steps: readSteps(events.items, start),
    alerts: readAlerts(alerts, start),
  };
}

/** The first time that is written as such, else a Monday noon. */
function startOf(events: readonly Located[]): number {
  const times = events.flatMap(event => {
    const at = event.step('at');
    return at !== undefined && Number.isNaN(offsetOf(at.value)) ? [isoOf(at)] : [];
  });
  return times.length === 0 ? START : Math.floor(Math.min(...times) / 1000) * 1000;
}

function readSteps(items: readonly Located[], start: number): TestStep[] {
  const steps: TestStep[] = [];
  let clock = start;
  let last = start;
  for (const item of items) {
    const wait = item.step('wait');
    if (wait !== undefined) {
      checkNames(item, ['wait'], 'a wait');
      clock += durationOf(wait);
      last = clock;
      steps.push({ until: clock });
    } else {
      const at = item.step('at');
      const after = item.step('after');
      let time = at !== undefined ? timeOf(at, start) : after !== undefined ? last + durationOf(after) : last;
      const every = item.step('every');
      const gap = every === undefined ? 0 : durationOf(every);
      const count = countOf(item.step('repeat'));
      const fields = fieldsOf(item);
      for (let i = 0; i < count; i++) {
        if (i > 0) time += gap;
        steps.push({ time, fields });
      }
      last = time;
      clock = Math.max(clock, time);
    }
    if (steps.length > MAX_STEPS) throw wrong(item.where, `a test has more than ${MAX_STEPS} events.`, 'Use fewer.');
    if (clock - start > MAX_SPAN_MS) throw wrong(item.where, 'a test lasts longer than a year.', 'Make it shorter.');
  }
  return steps;
}

function fieldsOf(item: Located): Fields {
  const fields = newFields();
  if (typeof item.value === 'string') {
    fields['message'] = item.value;
    return fields;
  }
  if (item.entries === undefined)
    throw wrong(item.where, 'an event must be a mapping or a text.', 'Write `- { at: 0s, level: ERROR }`.');
  const own = item.step('event');
  if (own !== undefined) {
    if (own.entries === undefined)
      throw wrong(own.keyWhere, '`event` must be a mapping.', 'Write `event: { level: ERROR }`.');
    checkNames(item, EVENT_OPTIONS, 'an event whose fields stand below `event`');
    return Object.assign(fields, own.value);
  }
  for (const [name, { value }] of item.entries) if (!EVENT_OPTIONS.includes(name)) fields[name] = value;
  return fields;
}

function readAlerts(written: Located, start: number): RuleTest['alerts'] {
  if (typeof written.value === 'number' && Number.isInteger(written.value) && written.value >= 0) return written.value;
  if (written.items === undefined) {
    const fix = 'Write `alerts: [{ at: 9s }]`, `alerts: []` for none, or their number.';
    throw wrong(written.keyWhere, `\`alerts\` must be a list, not a ${written.kind}.`, fix);
  }
  return written.items.map(item => {
    if (item.entries === undefined)
      throw wrong(item.where, 'an alert must be a mapping.', 'Write `- { at: 9s, key: api }`.');
    checkNames(item, ALERT_OPTIONS, 'an expected alert');
    const at = item.step('at');
    const key = item.step('key')?.value;
    const contains = item.step('contains')?.value;
    const text = (name: string): string | undefined => {
      const value = item.step(name)?.value;
      return value === undefined ? undefined : String(value);
    };
    const number = (name: string): number | undefined => {
      const found = item.step(name);
      if (found === undefined || typeof found.value === 'number') return found?.value as number | undefined;
      throw wrong(found.keyWhere, `\`${name}\` must be a number.`, `Write for example \`${name}: 10\`.`);
    };
    const resolved = item.step('resolved')?.value;
    return {
      line: Number(item.where.split(':').at(-1)),
      at: at === undefined ? undefined : timeOf(at, start),
      key: key === undefined || key === null ? key : String(key),
      title: text('title'),
      body: text('body'),
      contains: contains === undefined ? undefined : [contains].flat().map(String),
      matches: number('matches'),
      num_hits: number('num_hits'),
      severity: text('severity'),
      resolved: resolved === undefined ? undefined : resolved === true,
    };
  });
}

/** `30s` and `+30s` after the start, or an ISO time. */
function timeOf(at: Located, start: number): number {
  const offset = offsetOf(at.value);
  return Number.isNaN(offset) ? isoOf(at) : start + offset;
}

function offsetOf(value: unknown): number {
  if (value === 0) return 0;
  const match = typeof value === 'string' ? /^\+?(?=\d)(.*[a-z])$/.exec(value.trim()) : null;
  return match === null ? Number.NaN : parseDuration(match[1]!);
}

function isoOf(written: Located): number {
  const { value } = written;
  const isTime = typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value);
  const ms = isTime
    ? Date.parse(/[Zz]$|[+-]\d\d:?\d\d$|^[\d-]{10}$/.test(value) ? value : `${value.replace(' ', 'T')}Z`)
    : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  const fix = 'Write 30s (after the start of the test) or 2026-01-05T12:00:30Z.';
  throw wrong(written.keyWhere, `${JSON.stringify(value)} is no time of a test.`, fix);
}

function durationOf(written: Located): number {
  const ms = offsetOf(written.value);
  if (!Number.isNaN(ms)) return ms;
  throw wrong(written.keyWhere, `${JSON.stringify(written.value)} is no duration.`, 'Write for example 30s, 5m or 2h.');
}

function countOf(written: Located | undefined): number {
  if (written === undefined) return 1;
  const { value } = written;
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_STEPS) return Number(value);
  throw wrong(written.keyWhere, '`repeat` must be a whole number above 0.', 'Write for example `repeat: 10`.');
}

function checkNames(item: Located, known: readonly string[], of: string): void {
  for (const [name, { keyWhere }] of item.entries ?? [])
    if (!known.includes(name))
      throw wrong(
        keyWhere,
        `${of} has no option \`${name}\`.`,
        didYouMean(name, known) ?? `It takes ${known.join(', ')}.`,
      );
}

function wrong(where: string, what: string, fix: string): LongshoreError {
  return new LongshoreError('LS_ALERTS_TEST', what, { where, fix });
}
