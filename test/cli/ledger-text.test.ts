import { expect, test } from 'vitest';
import { printable } from '../../src/cli/format.ts';
import { ledgerText } from '../../src/cli/ledger-text.ts';
import type { LedgerReport } from '../../src/core/api/ledger.ts';

const NOTHING = { received: 0, stored: 0, dead_lettered: 0, dropped: 0, in_flight: 0, unaccounted: 0 };
const text = (answer: Partial<LedgerReport>, all = false): string =>
  ledgerText({ at: 100_000, containers: {}, total: NOTHING, ...answer }, { all, paint: (_, part) => part, printable });

test('a table with the busiest first, and its verdict in words', () => {
  const web = { ...NOTHING, received: 12_345, stored: 12_300, dropped: 40, in_flight: 5 };
  const db = { ...NOTHING, received: 7, stored: 6, dead_lettered: 1 };
  const total = { ...NOTHING, received: 12_352, stored: 12_306, dead_lettered: 1, dropped: 40, in_flight: 5 };
  const canary = { state: 'ok', found_in: 'store', last_found_at: 66_000, took_ms: 1234 } as const;
  expect(text({ containers: { db, web }, total, canary })).toBe(
    [
      'container  received  stored  dead-lettered  dropped  in flight  missing',
      'web          12,345  12,300              .       40          5        .',
      'db                7       6              1        .          .        .',
      'all          12,352  12,306              1       40          5        .',
      '',
      'canary: found in the store after 1.2 s, 34 s ago',
      'Nothing is missing.',
    ].join('\n'),
  );
});

test('what is missing is said, and is not left out of the table', () => {
  const containers = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [`c${i}`, { ...NOTHING, received: 100 - i, stored: 100 - i }]),
  );
  const lost = { ...NOTHING, received: 3, unaccounted: 3 };
  const found = text({ containers: { ...containers, lost }, total: { ...NOTHING, unaccounted: 3 } });
  expect(found).toMatch(/^lost +3 +0 +\. +\. +\. +3$/m);
  expect(found).toContain('(10 more: --all)');
  expect(found).toContain('3 events were received and are nowhere.');
  expect(text({ containers }, true)).toMatch(/^c39 /m);
});

test('a surplus is no loss, and is said', () => {
  expect(text({ containers: { a: { ...NOTHING, unaccounted: -2 } } })).toContain('2 events were counted twice.');
});

test.each([
  [
    { state: 'late', late_since: 40_000, reason: 'the store does not answer' },
    'canary: late for 60 s: the store does not answer',
  ],
  [{ state: 'starting' }, 'canary: its first line is on its way'],
  [{ state: 'dropped' }, 'canary: a pipeline drops its lines (tag longshore.canary), so it tells nothing'],
  [{ state: 'not_checked' }, 'canary: not checked by this process, which takes nothing in; edge-1 late'],
  [undefined, 'canary: switched off'],
] as const)('the canary %j', (canary, line) => {
  const processes = [
    { source: 'edge-1', age_ms: 1500, received: 5, in_flight: 2, canary: { state: 'late' as const } },
    { source: 'index-1', age_ms: 200, received: 0, in_flight: 0, canary: { state: 'not_checked' as const } },
  ];
  const found = text({ processes, ...(canary === undefined ? {} : { canary }) });
  expect(found).toContain(line);
  expect(found).toContain('process edge-1: 2 in flight there, last heard 1.5 s ago');
});

test('a name cannot steer the terminal', () => {
  expect(text({ containers: { '\x1b[2Jevil\n': NOTHING } })).not.toContain('\x1b');
});
