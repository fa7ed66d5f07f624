import { expect, test } from 'vitest';
import { Troubles } from '../../src/alerts/troubles.ts';
import type { Logger } from '../../src/core/log.ts';

const NOW = Date.UTC(2026, 10, 20, 12);

/** What the log has, a line each. */
function logged() {
  const lines: Record<string, unknown>[] = [];
  const at =
    (level: string) =>
    (details: object, text: string): void =>
      void lines.push({ level, text, ...details });
  const log = { info: at('info'), warn: at('warn'), error: at('error') } as unknown as Logger;
  return { lines, troubles: new Troubles(log) };
}

const busy = (now: number) => ({ reason: 'HTTP 429', nextAt: now + 7000, retryAfterMs: 7000 });

test('a place that refuses for a while is one line at its begin and one at its end', () => {
  const { lines, troubles } = logged();
  for (let s = 0; s < 300; s += 7) troubles.failed('slack', { rule: 'r' }, busy(NOW + s * 1000), NOW + s * 1000);
  troubles.taken('slack', { rule: 'r' }, NOW + 300_000);
  troubles.taken('slack', { rule: 'r' }, NOW + 301_000);
  expect(lines).toEqual([
    {
      level: 'warn',
      text: 'notification failed; it will be tried again',
      rule: 'r',
      reason: 'HTTP 429',
      retry_after_seconds: 7,
      next_try: '2026-11-20T12:00:07.000Z',
    },
    { level: 'info', text: 'notifications are taken again', rule: 'r', failed: 43, seconds: 300 },
  ]);
});

test('trouble that goes on for hours is told of every ten minutes, with its number', () => {
  const { lines, troubles } = logged();
  for (let s = 0; s <= 3600; s += 30) troubles.failed('a', {}, busy(NOW + s * 1000), NOW + s * 1000);
  expect(lines.map(line => line['failed'])).toEqual([undefined, 21, 41, 61, 81, 101, 121]);
});

test('places are told of each for itself', () => {
  const { lines, troubles } = logged();
  for (const place of ['a', 'b', 'a', 'b']) troubles.failed(place, { place }, busy(NOW), NOW);
  expect(lines.map(line => line['place'])).toEqual(['a', 'b']);
});

test('one message that is never taken among others that are makes no line for each try', () => {
  const { lines, troubles } = logged();
  for (let s = 0; s < 50; s++) {
    troubles.failed('a', {}, { reason: 'HTTP 500', nextAt: NOW }, NOW + s * 1000);
    troubles.taken('a', {}, NOW + s * 1000);
  }
  troubles.failed('a', { alert: 'poison' }, { reason: 'HTTP 500', nextAt: undefined }, NOW + 50_000);
  expect(lines.map(({ level, text }) => [level, text])).toEqual([
    ['warn', 'notification failed; it will be tried again'],
    ['info', 'notifications are taken again'],
    ['error', 'notification given up'],
  ]);
});

test('what is lost is said at once, and of many that are lost their number', () => {
  const { lines, troubles } = logged();
  for (let s = 0; s <= 600; s++) troubles.failed('a', {}, { reason: 'HTTP 404', nextAt: undefined }, NOW + s * 1000);
  troubles.taken('a', {}, NOW + 601_000);
  expect(lines.map(line => [line['text'], line['given_up']])).toEqual([
    ['notification given up', undefined],
    ['notification given up', 601],
    ['notifications are taken again', 601],
  ]);
});
