import { createHash } from 'node:crypto';
import { lookup } from '../lookup.ts';
import { pythonStr } from '../python/str.ts';
import type { Rule } from '../rules/rule.ts';
import type { Match } from '../types/kind.ts';

/** Longer values are cut; what they were goes on as a digest, so that two of them stay two. */
const MAX_VALUE_CHARS = 1000;
const DIGEST_CHARS = 16;

export type LabelSet = Readonly<Record<string, string>>;

/** What the query key says of an alert: its fields by name. Empty without one, and where the key is missing. */
export function keyLabels({ queryKey }: Rule, { key, event }: Pick<Match, 'key' | 'event'>): LabelSet {
  const labels: Record<string, string> = Object.create(null);
  if (queryKey.length === 0 || key === undefined || key === null) return labels;
  const names = queryKey.map(name => name.replace(/\.keyword$/, ''));
  if (names.length === 1) return set(labels, names[0]!, key);
  const parts = pythonStr(key).split(', ');
  // The parts of a key may have a comma themselves; then the event tells them apart, if there is one.
  if (parts.length !== names.length && event === undefined) return set(labels, names.join(','), key);
  for (const [i, name] of names.entries()) {
    const value = parts.length === names.length ? parts[i] : lookup(event!, name);
    // A part of the key that is missing.
    set(labels, name, value === 'None' ? undefined : value);
  }
  return labels;
}

/** What an alert is known by; what the rule says wins over what the events say. */
export function labelsOf(rule: Rule, ofKey: LabelSet, level?: string): LabelSet {
  const labels: Record<string, string> = Object.assign(Object.create(null), ofKey);
  for (const [name, value] of Object.entries(rule.labels)) set(labels, name, value);
  if (level !== undefined) labels['severity'] = level;
  labels['alertname'] = clip(rule.name);
  return labels;
}

/** Alertmanager takes an empty label for one that is not there. */
function set(labels: Record<string, string>, name: string, value: unknown): Record<string, string> {
  const text = value === undefined || value === null ? '' : clip(pythonStr(value));
  if (text === '') delete labels[name];
  else labels[name] = text;
  return labels;
}

function clip(text: string): string {
  if (text.length <= MAX_VALUE_CHARS) return text;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, DIGEST_CHARS);
  return `${text.slice(0, MAX_VALUE_CHARS - DIGEST_CHARS - 3).toWellFormed()}...${digest}`;
}
