import { DAY_MS, HOUR_MS, MINUTE_MS } from '../base/time/duration.ts';
import { isoTime } from '../base/time/iso.ts';
import type {
  BacktestAlert,
  BacktestAnswer,
  BacktestDifference,
  BacktestReceiver,
  BacktestRule,
} from '../core/api/backtest.ts';
import { jsonLine, type Paint, printable } from './format.ts';

const STEPS = [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS];
const MAX_ROWS = 24;
const BAR = 40;

/** A backtest for a person; at most `size` alerts of each rule. */
export function answerText(answer: BacktestAnswer, size: number, paint: Paint): string {
  const { from, to, events, seconds, rules, mistakes, hints, differences } = answer;
  const lines: string[] = [];
  for (const { where, what, fix, code } of mistakes)
    lines.push(
      `${paint(31, 'skipped')}  ${printable(`${where ?? ''}: ${what}${fix === undefined ? '' : ` ${fix}`} (${code})`)}`,
    );
  const span = `${shortTime(from)} to ${shortTime(to)}`;
  lines.push(`${span}, ${count(events, 'event')}, in ${seconds} s`, '');
  if (differences === undefined) for (const rule of rules) lines.push(...ruleLines(rule, answer, size, paint), '');
  else for (const one of differences) lines.push(...differenceLines(one, size, paint), '');
  for (const one of answer.receivers ?? []) lines.push(...receiverLines(one, size, paint), '');
  for (const hint of hints) lines.push(`hint: ${printable(hint)}`);
  return `${lines.join('\n').trimEnd()}\n`;
}

function ruleLines(rule: BacktestRule, answer: BacktestAnswer, size: number, paint: Paint): string[] {
  const { name, type, where, hits, matches, alerts, suppressed, fired } = rule;
  const told = alerts === 0 ? 'would not have fired' : `would have fired ${times(alerts)}`;
  const lines = [
    `${paint(1, printable(name))} (${type}, ${printable(where)}) ${paint(alerts === 0 ? 32 : 33, told)}`,
    `  ${count(hits, 'event')} counted, ${count(matches, 'match', 'matches')}, ${suppressed} kept silent by realert`,
  ];
  if (rule.forgotten_keys > 0)
    lines.push(
      `  ${count(rule.forgotten_keys, 'key')} forgotten: more than alerts.max_keys_per_rule or max_window_events`,
    );
  if (alerts === 0) return lines;
  const most = rule.days.reduce((best, day) => (day.alerts > best.alerts ? day : best));
  lines.push(`  ${perDay(rule, answer)}; most on ${most.day}: ${most.alerts}`, ...timeline(rule, answer), '');
  for (const alert of fired.slice(0, size)) lines.push(`  ${alertLine(alert, paint)}`);
  if (alerts > Math.min(size, fired.length)) lines.push(`  ... and ${alerts - Math.min(size, fired.length)} more`);
  lines.push(...firstAlert(fired[0]));
  return lines;
}

/** What a receiver of the routes would have got, with the first message as it would read. */
function receiverLines({ name, messages, told }: BacktestReceiver, size: number, paint: Paint): string[] {
  const lines = [`${paint(1, `To ${printable(name)}`)} by the routes: ${count(messages, 'message')}`];
  for (const { at, kind, status, group, firing, resolved } of told.slice(0, size)) {
    const labels = Object.entries(group).map(([label, value]) => `${label}=${value}`);
    const facts = [...(firing > 0 ? [`${firing} firing`] : []), ...(resolved > 0 ? [`${resolved} resolved`] : [])];
    const shown = oneLine(labels.join(', ') || '(all)');
    lines.push(
      `  ${paint(90, at)}  ${kind}  ${paint(status === 'firing' ? 33 : 32, status)}  ${shown}  (${facts.join(', ')})`,
    );
  }
  if (messages > Math.min(size, told.length)) lines.push(`  ... and ${messages - Math.min(size, told.length)} more`);
  const [first] = told;
  if (first?.body !== undefined) lines.push('', '  The first one would read:', '', ...indented(first.body));
  return lines;
}

function perDay({ alerts_per_day: perDay, alerts }: BacktestRule, { from, to }: BacktestAnswer): string {
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS;
  return days < 1
    ? `${count(alerts, 'message')} in less than a day`
    : `${perDay} ${perDay === 1 ? 'message' : 'messages'} a day`;
}

/** Alerts by time, as far as they are listed; empty rows become one. */
function timeline({ fired }: BacktestRule, { from, to }: BacktestAnswer): string[] {
  const span = Date.parse(to) - Date.parse(from);
  const step = STEPS.find(ms => span / ms <= MAX_ROWS) ?? Math.ceil(span / MAX_ROWS / DAY_MS) * DAY_MS;
  const rows = new Map<number, number>();
  for (const { at } of fired) {
    const row = Math.floor(Date.parse(at) / step) * step;
    rows.set(row, (rows.get(row) ?? 0) + 1);
  }
  const most = Math.max(...rows.values());
  const lines: string[] = [];
  let last: number | undefined;
  for (const [row, alerts] of [...rows].sort(([a], [b]) => a - b)) {
    if (last !== undefined && row - last > step)
      lines.push(`  ${' '.repeat(16)}  (quiet for ${spanText(row - last - step)})`);
    const text = step >= DAY_MS ? isoTime(row).slice(0, 10).padEnd(16) : isoTime(row).slice(0, 16).replace('T', ' ');
    lines.push(`  ${text}  ${'#'.repeat(Math.max(1, Math.round((alerts / most) * BAR)))} ${alerts}`);
    last = row;
  }
  return lines;
}

function alertLine(alert: BacktestAlert, paint: Paint): string {
  const { at, key, title, num_hits: hits, matches, resolved, severity } = alert;
  const facts = [
    ...(severity === undefined ? [] : [severity]),
    ...(resolved === true ? ['resolved'] : []),
    ...(matches > 1 ? [count(matches, 'match', 'matches')] : []),
    ...(Number.isFinite(hits) ? [count(hits, 'event')] : []),
  ];
  const shown = key === undefined ? '' : `${paint(36, oneLine(key))}  `;
  return `${paint(90, at)}  ${shown}${oneLine(title)}${facts.length === 0 ? '' : `  (${facts.join(', ')})`}`;
}

/** What the first one would read, with the events before it. */
function firstAlert(alert: BacktestAlert | undefined): string[] {
  if (alert?.body === undefined) return [];
  const lines = ['', '  The first one would read:', '', ...indented(`${alert.title}\n${alert.body}`.trimEnd())];
  for (const { alerter, missing, bodies } of alert.messages ?? []) {
    lines.push('', missing === undefined ? `  To ${alerter}:` : `  To ${alerter}: nothing, for ${missing} is not set.`);
    for (const body of bodies) lines.push('', ...indented(body));
  }
  if (alert.events !== undefined && alert.events.length > 0) {
    lines.push('', '  The last events before it:', '');
    for (const event of alert.events) lines.push(...indented(jsonLine(event)));
  }
  return lines;
}

function differenceLines(one: BacktestDifference, size: number, paint: Paint): string[] {
  const { only_old: before, only_new: after, both } = one;
  const name = one.old === one.new || one.old === '' ? one.new : one.new === '' ? one.old : `${one.old} -> ${one.new}`;
  const lines = [
    `${paint(1, printable(name))}: ${before.length} only in old, ${after.length} only in new, ${both.length} in both`,
  ];
  const list = (sign: string, colour: number, alerts: readonly BacktestAlert[]): void => {
    for (const alert of alerts.slice(0, size)) lines.push(`  ${paint(colour, sign)} ${alertLine(alert, paint)}`);
    if (alerts.length > size) lines.push(`  ${sign} ... and ${alerts.length - size} more`);
  };
  list('-', 31, before);
  list('+', 32, after);
  list(
    '=',
    90,
    both.map(pair => pair.new),
  );
  return lines;
}

const indented = (text: string): string[] => text.split('\n').map(line => `    ${printable(line)}`);
const oneLine = (text: string): string => printable(text.replace(/\s+/g, ' '));
const times = (n: number): string => (n === 1 ? 'once' : `${n.toLocaleString('en')} times`);
const shortTime = (iso: string): string => iso.replace(/\.000Z$/, 'Z');

function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}

function spanText(ms: number): string {
  if (ms >= 2 * DAY_MS) return `${Math.round(ms / DAY_MS)} days`;
  if (ms >= 2 * HOUR_MS) return `${Math.round(ms / HOUR_MS)} hours`;
  return `${Math.round(ms / MINUTE_MS)} minutes`;
}
