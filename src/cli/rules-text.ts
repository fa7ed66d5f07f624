import type { RuleView } from '../core/api/alerts.ts';
import { oneLine, type Paint, printable } from './format.ts';

const COLOURS = { active: 32, disabled: 90, skipped: 31, former_version: 33 } as const;
const STATES = { active: 'active', disabled: 'off', skipped: 'skipped', former_version: 'former version' } as const;
const MAX_NAME = 40;

/** All rules, one a line, and below a rule what is wrong with it. */
export function rulesTable(rules: readonly RuleView[], paint: Paint): string {
  const head = ['RULE', 'TYPE', 'STATE', 'HITS', 'MATCHES', 'ALERTS', 'SILENT', 'LAST ALERT'];
  const rows = rules.map(rule => [
    short(oneLine(rule.name)),
    rule.type,
    STATES[rule.state],
    ...[rule.hits, rule.matches, rule.alerts, rule.suppressed].map(String),
    rule.last_alert === undefined ? '-' : shortTime(rule.last_alert),
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map(row => row[i]!.length)));
  const isNumber = (i: number): boolean => i >= 3 && i <= 6;
  const padded = (row: readonly string[]): string[] =>
    row.map((cell, i) => (isNumber(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)));
  const lines = [paint(1, padded(head).join('  ').trimEnd())];
  for (const [i, rule] of rules.entries()) {
    const cells = padded(rows[i]!);
    cells[2] = paint(COLOURS[rule.state], cells[2]!);
    lines.push(cells.join('  ').trimEnd(), ...mistakesOf(rule));
  }
  return `${lines.join('\n')}\n`;
}

/** One rule, a fact a line. */
export function ruleText(rule: RuleView, paint: Paint): string {
  const { alerters, silenced, last_error: lastError } = rule;
  const facts: [string, string | undefined][] = [
    ['type', rule.type],
    ['levels', rule.levels?.join(', ')],
    ['file', rule.where],
    ['state', `${STATES[rule.state]}${rule.filling ? ', reading the past' : ''}`],
    ['description', rule.description],
    ['alerters', alerters.map(alerterText).join(', ')],
    ['fields', rule.fields.join(', ')],
    ['hits', `${rule.hits}${rule.late > 0 ? `, of which ${rule.late} came late` : ''}`],
    ['matches', String(rule.matches)],
    ['alerts', `${rule.alerts}, ${rule.active_alerts} last`],
    ['kept silent', `${rule.suppressed} matches by realert`],
    ['silent now', silenced.map(({ key, until }) => `${key || 'all'} until ${shortTime(until)}`).join(', ')],
    ['keys', `${rule.keys}${rule.forgotten_keys > 0 ? `, ${rule.forgotten_keys} forgotten` : ''}`],
    ['compared', rule.comparison && comparedText(rule.comparison)],
    ['future events', rule.future_events > 0 ? String(rule.future_events) : ''],
    ['last evaluation', rule.last_evaluation && shortTime(rule.last_evaluation)],
    ['last alert', rule.last_alert && shortTime(rule.last_alert)],
    ['next due', rule.next_due && shortTime(rule.next_due)],
    ['last error', lastError && `${shortTime(lastError.at)}: ${lastError.what}`],
  ];
  const lines = facts
    .filter(([, fact]) => fact !== undefined && fact !== '')
    .map(([name, fact]) => `  ${name.padEnd(15)}  ${printable(fact!)}`);
  return `${[paint(1, printable(rule.name)), ...lines, ...mistakesOf(rule)].join('\n')}\n`;
}

function comparedText({ with: then, window, note }: NonNullable<RuleView['comparison']>): string {
  if (note !== undefined) return `with ${then}: not now, ${note}`;
  const span = window && ` (${shortTime(window.from)} to ${shortTime(window.to)})`;
  return `with ${then}${span ?? ''}`;
}

function alerterText({ type, missing }: RuleView['alerters'][number]): string {
  return missing === undefined ? type : `${type} (only in the log: ${missing} is not set)`;
}

function mistakesOf({ mistakes }: RuleView): string[] {
  return mistakes.map(({ where = '', what, fix, code }) =>
    printable(`  ${where}: ${what}${fix === undefined ? '' : ` ${fix}`} (${code})`),
  );
}

/** A long name must not push the numbers of all others out of the terminal; `rules show` has the whole of it. */
const short = (name: string): string =>
  name.length > MAX_NAME ? `${name.slice(0, MAX_NAME - 1).toWellFormed()}…` : name;

const shortTime = (iso: string): string => iso.replace(/\.\d+Z$/, 'Z');
