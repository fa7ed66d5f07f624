import { describe, expect, test } from 'vitest';
import { type EventMeta, type Fields, newFields } from '../../../src/core/event.ts';
import {
  type Complete,
  Joiner,
  type JoinLimits,
  type MultilineRule,
  type PieceRecord,
} from '../../../src/parse/join/joiner.ts';
import { decodePiece, encodePiece } from '../../../src/parse/join/piece.ts';
import { levelOfText } from '../../../src/schema/level-text.ts';
import { seeded as random } from '../../support/chance.ts';
import { offerLine } from './offer.ts';

const LIMITS: JoinLimits = {
  max_open_bytes: 1e8,
  max_event_bytes: 1e6,
  max_open_joins: 1000,
  docker_piece_timeout_ms: 60_000,
};
const meta: EventMeta = { tag: 't', time: Number.NaN, receivedAt: 1000 };
const rule: MultilineRule = {
  name: 'blank',
  starts: text => !text.startsWith(' '),
  continues: text => text.startsWith(' '),
  max_lines: 500,
  flush_interval_ms: 1000,
  max_bytes: 100_000,
};

/** Stands for the spool: what it holds survives, the joiner does not. */
class Journal {
  readonly pieces = new Map<string, string>();
  readonly events: Complete[] = [];

  take({ held, complete }: { held?: PieceRecord | undefined; complete: Complete[] }): void {
    if (held !== undefined) this.pieces.set(held.id, JSON.stringify(encodePiece(held)));
    for (const event of complete) {
      for (const id of event.releases) this.pieces.delete(id);
      this.events.push(event);
    }
  }

  restart(asked: MultilineRule | null = rule): Joiner {
    const joiner = new Joiner(LIMITS, levelOfText);
    joiner.restore(
      [...this.pieces.values()].map(text => decodePiece(JSON.parse(text))),
      () => asked ?? undefined,
    );
    return joiner;
  }
}

describe('whatever the order, the repetition and the restarts', () => {
  test.for(Array.from({ length: 60 }, (_, seed) => seed))('docker pieces, seed %i', seed => {
    const next = random(seed);
    const whole = new Map<string, string>();
    const offers: { record: Fields; id: string }[] = [];
    for (let line = 0; line < 12; line++) {
      const text = Array.from({ length: 1 + Math.floor(next() * 60) }, () => '한글 é🚢x'[Math.floor(next() * 8)])
        .join('')
        .toWellFormed();
      const bytes = Buffer.from(text);
      const cuts = [
        ...new Set(Array.from({ length: Math.floor(next() * 6) }, () => 1 + Math.floor(next() * bytes.length))),
      ]
        .filter(cut => cut < bytes.length)
        .sort((a, b) => a - b);
      const bounds = [0, ...cuts, bytes.length];
      whole.set(`line ${line}`, text);
      for (let n = 1; n < bounds.length; n++) {
        const record = newFields();
        record['container_id'] = `container ${line % 3}`;
        record['source'] = line % 2 ? 'stdout' : 'stderr';
        record['partial_message'] = 'true';
        record['partial_id'] = `line ${line}`;
        record['partial_ordinal'] = String(n);
        record['partial_last'] = String(n === bounds.length - 1);
        record['log'] = new Uint8Array(bytes.subarray(bounds[n - 1], bounds[n]));
        record['line'] = `line ${line}`;
        record['odd'] = { $: 'x', nan: Number.NaN, big: 2n ** 70n, when: new Date(5) };
        offers.push({ record, id: `${line}.${n}` });
        if (next() < 0.2) offers.push({ record: Object.assign(newFields(), record), id: `${line}.${n} again` });
      }
    }
    // Everything in any order; what comes again comes within the life of the joiner that knows it, as the spool sees to.
    for (let i = offers.length - 1; i > 0; i--) {
      const j = Math.floor(next() * (i + 1));
      [offers[i], offers[j]] = [offers[j]!, offers[i]!];
    }
    const journal = new Journal();
    let joiner = journal.restart();
    const out = new Set<string>();
    for (const { record, id } of offers) {
      if (next() < 0.15) joiner = journal.restart();
      // After a restart, a line that is out is known to the spool's index of accepted frames, not to the joiner.
      if (out.has(record['line'] as string)) continue;
      journal.take(joiner.dockerPiece(record, meta, id, 's'));
      for (const event of journal.events) out.add(event.record['line'] as string);
    }
    const got = journal.events.map(({ record }) => [record['line'], record['log']]);
    expect(new Map(got as [string, string][])).toEqual(whole);
    expect(got).toHaveLength(whole.size);
    for (const { record } of journal.events) {
      expect(record['odd']).toEqual({ $: 'x', nan: Number.NaN, big: 2n ** 70n, when: new Date(5) });
      expect(record['partial']).toBeUndefined();
    }
    expect(journal.pieces.size).toBe(0);
  });

  test.for(Array.from({ length: 40 }, (_, seed) => seed))('lines, seed %i', seed => {
    const next = random(seed + 1000);
    const expected = new Map<string, string[]>();
    const journal = new Journal();
    let joiner = journal.restart();
    for (let i = 0; i < 200; i++) {
      if (next() < 0.05) joiner = journal.restart();
      const container = `c${Math.floor(next() * 4)}`;
      const events = expected.get(container) ?? [];
      expected.set(container, events);
      const continues = next() < 0.5 && events.length > 0;
      const message = `${continues ? ' ' : ''}line ${i}`;
      if (continues) events.push(`${events.pop()}\n${message}`);
      else events.push(message);
      const record = Object.assign(newFields(), { container_id: container, stream: 'stdout', message });
      journal.take(offerLine(joiner, record, meta, `${i}`, rule));
    }
    journal.take({ complete: joiner.expire(1e9) });
    const got = new Map<string, string[]>();
    for (const { record } of journal.events) {
      const container = record['container_id'] as string;
      got.set(container, [...(got.get(container) ?? []), record['message'] as string]);
    }
    expect(got).toEqual(expected);
    expect(journal.pieces.size).toBe(0);
  });

  test('a line that is complete only by what was restored is told by the next expire', () => {
    const joiner = new Joiner(LIMITS);
    const piece = (n: number): PieceRecord => ({
      kind: 'docker',
      key: 'new\0A\0stdout\0L',
      id: `p${n}`,
      meta,
      record: Object.assign(newFields(), {
        partial_message: 'true',
        partial_id: 'L',
        partial_ordinal: `${n}`,
        partial_last: `${n === 2}`,
        log: `${n}`,
      }),
    });
    joiner.restore([piece(2), piece(1)], () => undefined);
    expect(joiner.open().map(({ id }) => id)).toEqual(['p1', 'p2']);
    expect(joiner.nextDeadline()).toBe(0);
    expect(joiner.expire(0)).toMatchObject([{ record: { log: '12' }, id: 'p1', releases: ['p1', 'p2'] }]);
    expect(joiner.openBytes).toBe(0);
  });

  test('restored pieces get their time again when the caller says what time it is', () => {
    const journal = new Journal();
    const before = journal.restart();
    const record = Object.assign(newFields(), {
      container_id: 'A',
      partial_message: 'true',
      partial_id: 'L',
      partial_ordinal: '1',
      log: 'a',
    });
    journal.take(before.dockerPiece(record, meta, 'p', 's'));
    const after = new Joiner(LIMITS);
    after.restore(
      [...journal.pieces.values()].map(text => decodePiece(JSON.parse(text))),
      () => undefined,
      500_000,
    );
    expect(after.expire(500_000)).toEqual([]);
    expect(after.expire(560_000)).toHaveLength(1);
  });

  test('lines whose pipeline is gone come out one by one', () => {
    const journal = new Journal();
    const before = journal.restart();
    for (const [i, message] of ['one', ' two'].entries()) {
      journal.take(offerLine(before, Object.assign(newFields(), { container_id: 'A', message }), meta, `${i}`, rule));
    }
    const after = new Joiner(LIMITS);
    after.restore(
      [...journal.pieces.values()].map(text => decodePiece(JSON.parse(text))),
      () => undefined,
    );
    expect(after.expire(0).map(({ record }) => record['message'])).toEqual(['one', ' two']);
  });

  test('an open stack trace goes on after a restart, wherever it was', () => {
    const lines = [
      '2026-11-29 17:00:01,001 ERROR x',
      '',
      'java.lang.IllegalStateException: one',
      'and more of it',
      '\tat a.B.c(B.java:1)',
      'Caused by: java.io.IOException: closed',
      '\t... 3 more',
    ];
    for (let cut = 1; cut < lines.length; cut++) {
      const journal = new Journal();
      let joiner = journal.restart(null);
      for (const [i, message] of lines.entries()) {
        if (i === cut) joiner = journal.restart(null);
        const record = Object.assign(newFields(), { container_id: 'A', stream: 'stderr', message });
        journal.take(offerLine(joiner, record, meta, `${i}`, undefined));
      }
      journal.take({ complete: joiner.expire(1e9) });
      expect(journal.events.map(({ record }) => record['message'])).toEqual([lines.join('\n')]);
      expect(journal.pieces.size).toBe(0);
    }
  });
});
