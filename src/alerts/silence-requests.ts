import { didYouMean } from '../base/text/did-you-mean.ts';
import { DAY_MS, parseDuration } from '../base/time/duration.ts';
import { LongshoreError } from '../core/errors.ts';
import { type Fields, isFields } from '../core/event.ts';
import { keyLabels } from './instances/labels.ts';
import type { Rule } from './rules/rule.ts';
import type { Matcher } from './silencing/matcher.ts';
import { readMatchers } from './silencing/read-matchers.ts';
import type { NewSilence } from './silencing/silence.ts';

const MAX_DURATION_MS = 3650 * DAY_MS;
const MAX_MATCHERS = 100;

/**
 * A silence as it is asked for over HTTP: `matchers` (a text, or a list of texts or of Alertmanager's objects), or `rule` and
 * `key`, the value of its query key; `starts_at`; `ends_at` or `duration`; `created_by` and `comment`; `id` of one that is to
 * be changed. Alertmanager's names in camel case are taken, too. @throws LongshoreError LS_ALERTS_SILENCE, LS_ALERTS_MATCHER
 */
export function readSilenceRequest(body: Fields, author: string, rules: readonly Rule[], now: number): NewSilence {
  const matchers = [...matchersOf(body['matchers']), ...ruleMatchers(body, rules)];
  const startsAt = timeOf(body, 'starts_at', 'startsAt');
  const ends = timeOf(body, 'ends_at', 'endsAt');
  const duration = text(body, 'duration');
  if (ends === undefined && duration === undefined)
    throw wrong('nothing says how long it holds', 'Give ends_at, or a duration like "2h".');
  if (ends !== undefined && duration !== undefined)
    throw wrong('it has both ends_at and duration', 'Give one of them.');
  return {
    id: text(body, 'id'),
    matchers,
    startsAt,
    endsAt: ends ?? (startsAt ?? now) + durationOf(duration!),
    createdBy: text(body, 'created_by') ?? text(body, 'createdBy') ?? author,
    comment: text(body, 'comment') ?? '',
  };
}

function matchersOf(value: unknown): Matcher[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return readMatchers(value);
  if (!Array.isArray(value))
    throw wrong('matchers is neither a text nor a list', 'Write {"matchers": "service=\\"api\\""}.');
  if (value.length > MAX_MATCHERS)
    throw wrong(`it has more than ${MAX_MATCHERS} matchers`, 'Use a regular expression.');
  return value.flatMap((one: unknown) => {
    if (typeof one === 'string') return readMatchers(one);
    if (!isFields(one) || typeof one['name'] !== 'string' || typeof one['value'] !== 'string')
      throw wrong('a matcher of the list has no name and value', 'Write {"name": "service", "value": "api"}.');
    return [
      { name: one['name'], value: one['value'], isRegex: one['isRegex'] === true, isEqual: one['isEqual'] !== false },
    ];
  });
}

function ruleMatchers(body: Fields, rules: readonly Rule[]): Matcher[] {
  const name = text(body, 'rule');
  const key = text(body, 'key');
  if (name === undefined) {
    if (key !== undefined) throw wrong('key is the value of the query key of a rule', 'Name the rule, too.');
    return [];
  }
  const rule = rules.find(one => one.name === name);
  if (rule === undefined)
    throw wrong(
      `there is no rule ${JSON.stringify(name.slice(0, 100))}`,
      didYouMean(
        name,
        rules.map(one => one.name),
      ) ?? 'GET /api/rules lists them.',
    );
  if (key !== undefined && rule.queryKey.length === 0)
    throw wrong(
      `the rule ${JSON.stringify(name)} has no query_key`,
      'Leave key out: the silence is for the whole rule.',
    );
  const labels = { alertname: name, ...(key === undefined ? {} : keyLabels(rule, { key, event: undefined })) };
  return Object.entries(labels).map(([label, value]) => ({ name: label, value, isRegex: false, isEqual: true }));
}

function timeOf(body: Fields, ...names: string[]): number | undefined {
  for (const name of names) {
    const value = body[name];
    if (value === undefined || value === null || value === '') continue;
    const time = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN;
    if (!Number.isFinite(time)) throw wrong(`${name} is no time`, 'Write it like 2026-11-20T14:00:00Z.');
    return Math.trunc(time);
  }
  return undefined;
}

function durationOf(written: string): number {
  const ms = parseDuration(written);
  if (ms > 0 && ms <= MAX_DURATION_MS) return ms;
  const shown = JSON.stringify(written.slice(0, 50));
  const fix = 'Write it like 30m, 2h or 1d.';
  if (ms > MAX_DURATION_MS) throw wrong(`${shown} is longer than ${MAX_DURATION_MS / DAY_MS} days`, fix);
  if (ms === 0 || written.trim().startsWith('-')) throw wrong(`${shown} is not longer than nothing`, fix);
  throw wrong(`${shown} is no duration`, fix);
}

function text(body: Fields, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw wrong(`${name} is no text`, `Write {"${name}": "..."}.`);
  return value.toWellFormed();
}

function wrong(what: string, fix: string): LongshoreError {
  return new LongshoreError('LS_ALERTS_SILENCE', `${what}.`, { fix });
}
