import { withParts } from '../../alerts/rules/parts.ts';
import type { Rule } from '../../alerts/rules/rule.ts';
import type { AlertSettings } from '../../alerts/settings.ts';
import { isoTime } from '../../base/time/iso.ts';
import type { BacktestAlert } from '../../core/api/backtest.ts';
import { newFields } from '../../core/event.ts';
import { type DrivenClock, DrivenEngine, type TimedEvent } from '../driven-engine.ts';
import { RuleRecorder } from '../recorder.ts';
import type { ExpectedAlert, RuleTest } from './read.ts';

export interface RuleTestResult {
  readonly rule: string;
  readonly name: string;
  /** `file:line`. */
  readonly where: string;
  readonly passed: boolean;
  /** One line a difference; empty when passed. */
  readonly differences: readonly string[];
}

/** Unexpected alerts that are told one by one. */
const MAX_TOLD = 5;

/** Runs one test of a rule that was compiled with this clock. `all`: the rules that it may be made of. */
export async function runRuleTest(
  test: RuleTest,
  rule: Rule,
  all: readonly Rule[],
  clock: DrivenClock,
  settings?: Partial<AlertSettings>,
): Promise<RuleTestResult> {
  const recorder = new RuleRecorder(rule, { messages: false });
  const engine = new DrivenEngine({
    rules: withParts([{ ...rule, enabled: true }], all),
    clock,
    settings,
    onAlert: ({ name }, alert, view) => {
      if (name === rule.name) recorder.alert(alert, view, clock.now);
    },
  });
  await engine.start(test.start);
  let events = 0;
  for (const step of test.steps) {
    if ('until' in step) engine.advanceTo(step.until);
    else engine.take([eventOf(step.time, step.fields, ++events)]);
  }
  engine.advanceTo(clock.now);
  const { hits, fired } = recorder.result(engine.statuses()[0]!, 0);
  await engine.stop();
  const differences = differencesOf(test, fired);
  if (differences.length > 0) differences.push(`the filter took ${hits} of ${events} events`);
  return { rule: rule.name, name: test.name, where: test.where, passed: differences.length === 0, differences };
}

function eventOf(time: number, fields: object, number: number): TimedEvent {
  const event = Object.assign(newFields(), { '@timestamp': isoTime(time) }, fields);
  return { id: `event-${number}`, time, event };
}

function differencesOf({ alerts, start }: RuleTest, fired: readonly BacktestAlert[]): string[] {
  const wanted = typeof alerts === 'number' ? alerts : alerts.length;
  const differences: string[] = [];
  if (wanted !== fired.length) differences.push(`expected ${counted(wanted)}, got ${counted(fired.length)}`);
  if (typeof alerts === 'number') return differences;
  for (const [i, expected] of alerts.entries()) {
    const got = fired[i];
    if (got === undefined) continue;
    for (const one of compare(expected, got, start)) differences.push(`alert ${i + 1} (line ${expected.line}): ${one}`);
  }
  const extra = fired.slice(alerts.length);
  for (const [i, alert] of extra.slice(0, MAX_TOLD).entries())
    differences.push(`alert ${alerts.length + i + 1}: not expected: ${told(alert, start)}`);
  if (extra.length > MAX_TOLD) differences.push(`and ${extra.length - MAX_TOLD} more`);
  return differences;
}

function compare(expected: ExpectedAlert, got: BacktestAlert, start: number): string[] {
  const differences: string[] = [];
  const check = (name: string, wanted: unknown, found: unknown, shown = show): void => {
    if (wanted !== undefined && wanted !== found)
      differences.push(`${name}: expected ${shown(wanted)}, got ${shown(found)}`);
  };
  check('at', expected.at, Date.parse(got.at), time => moment(Number(time), start));
  check('key', expected.key, got.key ?? null);
  check('title', expected.title, got.title);
  check('body', expected.body?.trimEnd(), got.body?.trimEnd());
  check('matches', expected.matches, got.matches);
  check('num_hits', expected.num_hits, got.num_hits);
  check('severity', expected.severity, got.severity);
  check('resolved', expected.resolved, got.resolved === true);
  const text = `${got.title}\n${got.body ?? ''}`;
  for (const part of expected.contains ?? [])
    if (!text.includes(part)) differences.push(`expected ${show(part)} in its text, got ${show(text.trim())}`);
  return differences;
}

function told({ at, key, title }: BacktestAlert, start: number): string {
  return `at ${moment(Date.parse(at), start)}${key === undefined ? '' : `, key ${show(key)}`}, ${show(title)}`;
}

/** As a test would write it. */
function moment(time: number, start: number): string {
  const ms = time - start;
  if (ms < 0) return isoTime(time);
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

const counted = (n: number): string => (n === 0 ? 'no alert' : n === 1 ? '1 alert' : `${n} alerts`);
const show = (value: unknown): string => (value === undefined || value === null ? 'nothing' : JSON.stringify(value));
