import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type EventMeta, type Fields, newFields } from '../../../src/core/event.ts';
import { type Complete, Joiner, type JoinLimits, type MultilineRule } from '../../../src/parse/join/joiner.ts';
import { offerLine } from './offer.ts';

const LIMITS: JoinLimits = {
  max_open_bytes: 1e8,
  max_event_bytes: 1e6,
  max_open_joins: 1000,
  docker_piece_timeout_ms: 1000,
};
const cases = <T>(name: string): T[] => parse(readFileSync(new URL(`./cases/${name}.yaml`, import.meta.url), 'utf8'));
const meta = (at = 0): EventMeta => ({ tag: 'docker.test', time: at, receivedAt: at });
const fieldsOf = (values: object): Fields => Object.assign(newFields(), values);

interface DockerStep {
  expire?: number;
  c?: string;
  s?: string;
  id?: string;
  n?: unknown;
  last?: boolean;
  log?: string;
  hex?: string;
  at?: number;
  old?: boolean;
  whole?: boolean;
}
interface DockerEvent {
  log: string;
  id?: string;
  partial?: string;
  passed?: boolean;
}

describe('pieces of long lines', () => {
  test.for(cases<{ name: string; limits?: object; steps: DockerStep[]; events: DockerEvent[] }>('docker'))(
    '$name',
    ({ limits, steps, events }) => {
      const joiner = new Joiner({ ...LIMITS, ...limits });
      const out: DockerEvent[] = [];
      const held = new Set<string>();
      const take = (complete: Complete[]) => {
        for (const { record, id, releases, kind } of complete) {
          expect(kind).toBe('docker');
          for (const released of releases) held.delete(released);
          expect(Object.keys(record).filter(key => /^partial_(message|id|ordinal|last)$/.test(key))).toEqual([]);
          out.push({ log: record['log'] as string, id, partial: String(record['partial_reason'] ?? '') });
        }
      };
      steps.forEach((step, i) => {
        if (step.expire !== undefined) {
          take(joiner.expire(step.expire));
          return;
        }
        const record = fieldsOf({ container_id: step.c ?? 'A', source: step.s ?? 'stdout', container_name: '/x' });
        const bytes = Buffer.from(step.hex ?? step.log!, step.hex === undefined ? 'utf8' : 'hex');
        record['log'] = step.whole ? bytes.toString() : bytes;
        if (!step.whole) record['partial_message'] = 'true';
        if (step.id !== undefined) {
          record['partial_id'] = step.id;
          record['partial_ordinal'] = String(step.n);
          record['partial_last'] = String(step.last ?? false);
        }
        if (step.whole && !joiner.wantsWhole(record)) {
          out.push({ log: step.log!, passed: true });
          return;
        }
        const offered = joiner.dockerPiece(record, meta(step.at), `p${i}`, '10.0.0.1');
        if (offered.held !== undefined) held.add(offered.held.id);
        take(offered.complete);
      });
      expect(out.map(({ log }) => log)).toEqual(events.map(({ log }) => log));
      events.forEach((event, i) => {
        expect(out[i]!.passed ?? false, event.log).toBe(event.passed ?? false);
        if (event.id !== undefined) expect(out[i]!.id).toBe(event.id);
        if (!event.passed) expect(out[i]!.partial).toMatch(event.partial === undefined ? /^$/ : event.partial);
      });
      // What is durable as a piece is what is still open, nothing else.
      expect([...held].sort()).toEqual(
        joiner
          .open()
          .map(piece => piece.id)
          .sort(),
      );
      if (joiner.open().length === 0) expect(joiner.openBytes).toBe(0);
    },
  );
});

describe('lines of one event', () => {
  type Event = string | { message: string; partial: string };
  type Step = number | [string, string, number];
  test.for(
    cases<{ name: string; limits?: object; rule?: Partial<MultilineRule>; lines: Step[]; events: Event[] }>(
      'multiline',
    ),
  )('$name', ({ limits, rule, lines, events }) => {
    const joiner = new Joiner({ ...LIMITS, ...limits });
    const out: Event[] = [];
    const sent = new Map<string, [string, number]>();
    const take = (complete: Complete[]) => {
      for (const { record, meta, id } of complete) {
        const message = record['message'] as string;
        // The first of its lines names the event and gives its time.
        expect(sent.get(id)).toEqual([message.split('\n')[0], meta.time]);
        out.push(record['partial'] ? { message, partial: record['partial_reason'] as string } : message);
      }
    };
    lines.forEach((line, i) => {
      if (typeof line === 'number') {
        take(joiner.expire(line));
        return;
      }
      const [container_id, message, at] = line;
      const record = fieldsOf({ container_id, message });
      sent.set(`l${i}`, [message, at]);
      take(offerLine(joiner, record, meta(at), `l${i}`, { ...blankContinues, ...rule }).complete);
    });
    expect(out).toEqual(events);
    expect(joiner.open()).toEqual([]);
    expect(joiner.openBytes).toBe(0);
    expect(joiner.nextDeadline()).toBeUndefined();
  });

  test('what one sender brings under one tag is no stream: its events stay as they are', () => {
    const joiner = new Joiner(LIMITS);
    for (const message of ['one', ' two']) {
      const { held, complete } = offerLine(joiner, fieldsOf({ message }), meta(), message, blankContinues, 'a');
      expect(held).toBeUndefined();
      expect(complete.map(({ record }) => record['message'])).toEqual([message]);
    }
    expect(joiner.nextDeadline()).toBeUndefined();
  });

  test('a rule that knows the last line waits no longer', () => {
    const joiner = new Joiner(LIMITS);
    const backslash: MultilineRule = {
      ...blankContinues,
      starts: () => false,
      continues: () => true,
      ends: text => !text.endsWith('\\'),
    };
    const offer = (message: string) =>
      offerLine(joiner, fieldsOf({ message, container_id: 'A' }), meta(), message, backslash);
    expect(offer('one \\').complete).toEqual([]);
    const [event] = offer('two').complete;
    expect(event!.record).toEqual(fieldsOf({ message: 'one \\\ntwo', container_id: 'A' }));
    expect(offer('alone').complete).toHaveLength(1);
    expect(joiner.nextDeadline()).toBeUndefined();
  });

  test('a line made of pieces waits under an id of its own', () => {
    const joiner = new Joiner(LIMITS);
    const piece = (n: number, last: boolean) =>
      fieldsOf({
        container_id: 'A',
        partial_message: 'true',
        partial_id: 'L',
        partial_ordinal: `${n}`,
        partial_last: `${last}`,
        log: `${n}`,
      });
    const held = joiner.dockerPiece(piece(1, false), meta(), 'x', 's').held!;
    const [line] = joiner.dockerPiece(piece(2, true), meta(), 'y', 's').complete;
    const waiting = offerLine(joiner, line!.record, line!.meta, line!.id, blankContinues).held!;
    expect(line!.releases).toEqual(['x', 'y']);
    expect(waiting.id).not.toBe(held.id);
    const [event] = joiner.expire(5000);
    expect(event).toMatchObject({ id: 'x', releases: [waiting.id], kind: 'multiline', record: { log: '12' } });
  });

  test('nextDeadline never lies beyond the first deadline', () => {
    const joiner = new Joiner(LIMITS);
    expect(joiner.nextDeadline()).toBeUndefined();
    offerLine(joiner, fieldsOf({ message: 'a', container_id: 'A' }), meta(100), 'a', blankContinues);
    offerLine(joiner, fieldsOf({ message: 'b', container_id: 'B' }), meta(50), 'b', {
      ...blankContinues,
      flush_interval_ms: 10,
    });
    expect(joiner.nextDeadline()).toBe(60);
    expect(joiner.expire(60)).toHaveLength(1);
    expect(joiner.nextDeadline()).toBe(1100);
  });
});

const blankContinues: MultilineRule = {
  name: 'blank',
  starts: text => !text.startsWith(' '),
  continues: text => text.startsWith(' '),
  max_lines: 500,
  flush_interval_ms: 1000,
  max_bytes: 100_000,
};
