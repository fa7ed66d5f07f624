import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { alertmanagerEvents } from '../../../src/inputs/webhooks/alertmanager.ts';
import { GITHUB_EVENTS, githubEvents } from '../../../src/inputs/webhooks/github.ts';
import { gitlabEvents } from '../../../src/inputs/webhooks/gitlab.ts';
import type { HookEvents } from '../../../src/inputs/webhooks/hook.ts';
import { groupingOf, pushedEvents } from '../../../src/inputs/webhooks/pushgateway.ts';
import { isSame, isSigned } from '../../../src/inputs/webhooks/signature.ts';
import { createAdmit } from '../../../src/schema/admit.ts';
import { createConform } from '../../../src/schema/conform.ts';
import { seeded } from '../../support/chance.ts';

interface Case {
  name: string;
  payload: object;
  note?: string;
}
const casesOf = <T>(file: string): T[] =>
  readFileSync(new URL(file, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as T);
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const NOW = Date.parse('2026-11-20T16:00:00Z');

describe('GitHub and GitLab', () => {
  type Deployment = Case & { hook: 'github' | 'gitlab'; event: string; event_out?: object };
  test.for(casesOf<Deployment>('./deployments.jsonl'))(
    '$hook, $event: $name',
    ({ hook, event, payload, ...wanted }) => {
      const body = Buffer.from(JSON.stringify(payload));
      const common = { delivery: 'd1', body, service: undefined };
      const found =
        hook === 'github'
          ? githubEvents({ ...common, event, isForm: false }, GITHUB_EVENTS, NOW)
          : gitlabEvents(common, NOW);
      expect(plain(found.records)).toEqual(wanted.event_out === undefined ? [] : [wanted.event_out]);
      expect(found.note).toBe(wanted.note);
      expect(found.ids).toEqual(wanted.event_out === undefined ? undefined : ['d1']);
    },
  );

  test('a form, a service by name, and events that are not wanted', () => {
    const [{ payload }] = casesOf<Deployment>('./deployments.jsonl') as [Deployment];
    const body = Buffer.from(new URLSearchParams({ payload: JSON.stringify(payload) }).toString());
    const request = { event: 'deployment_status', delivery: undefined, body, isForm: true, service: 'web' };
    const found = githubEvents(request, GITHUB_EVENTS, NOW);
    expect(found).toMatchObject({ records: [{ service: 'web' }], ids: undefined });
    expect(githubEvents(request, ['push'], NOW).note).toBe('deployment_status is not in http.webhooks.github_events');
  });

  test.for(['', 'null', '[]', '{', '"text"', `${'{"a":'.repeat(70)}1${'}'.repeat(70)}`])('%s is refused', text => {
    const request = { event: 'push', delivery: undefined, body: Buffer.from(text), isForm: false, service: undefined };
    expect(() => githubEvents(request, GITHUB_EVENTS, NOW)).toThrow('LS_INPUTS_WEBHOOK');
    expect(() => gitlabEvents(request, NOW)).toThrow('LS_INPUTS_WEBHOOK');
  });

  test('signatures are those of the specification', () => {
    const body = Buffer.from('Hello, World!');
    const secret = "It's a Secret to Everybody";
    const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    expect(isSigned(body, signature, secret)).toBe(true);
    for (const other of [undefined, '', 'sha256=', signature.slice(0, -1), signature.replace('7', '8')])
      expect(isSigned(body, other, secret)).toBe(false);
    expect(isSigned(Buffer.from('Hello, world!'), signature, secret)).toBe(false);
    expect([isSame('a', 'a'), isSame('a', 'b'), isSame(undefined, 'a'), isSame('', 'a')]).toEqual([
      true,
      ...[false, false, false],
    ]);
  });
});

describe('alerts', () => {
  const read = (payload: object, max = 100): HookEvents => {
    const found = alertmanagerEvents(Buffer.from(JSON.stringify(payload)), max, NOW);
    if (found === 'crowd') throw new Error('too many');
    return found;
  };
  const cases = casesOf<Case & { events?: object[] }>('./alerts.jsonl');
  test.for(cases)('$name', ({ payload, events, note }) => {
    const found = read(payload);
    if (events !== undefined) expect(plain(found.records)).toEqual(events);
    expect(found.note).toBe(note);
  });

  test('an alert has one id as long as it fires, whoever tells it', () => {
    const firing = cases[0]!.payload as { alerts: { labels: object }[] };
    const [alert] = firing.alerts;
    const id = (more: object, of: object = firing): string | undefined =>
      read({ ...of, alerts: [{ ...alert, ...more }] }).ids?.[0];
    const same = id({});
    expect(id({ annotations: { summary: 'other words' }, endsAt: '2026-11-21T00:00:00Z' }, { receiver: 'b' })).toBe(
      same,
    );
    expect(
      new Set([same, id({ status: 'resolved' }), id({ startsAt: '2026-11-20T13:00:01Z' }), id({ fingerprint: 'f' })])
        .size,
    ).toBe(4);
    const unnamed = { fingerprint: undefined };
    expect(id({ ...unnamed, labels: { b: '1', a: '2' } })).toBe(id({ ...unnamed, labels: { a: '2', b: '1' } }));
  });

  test('too many at once', () => {
    expect(alertmanagerEvents(Buffer.from(JSON.stringify(cases[2]!.payload)), 2, NOW)).toBe('crowd');
  });

  test.for(['{}', '{"alerts":{}}', '{"alerts":[1]}', '{"alerts":[{"labels":[]}]}', '[]', 'x'])(
    '%s is refused',
    text => {
      expect(() => alertmanagerEvents(Buffer.from(text), 10, NOW)).toThrow('LS_INPUTS_WEBHOOK');
    },
  );
});

describe('pushed metrics', () => {
  type Pushed = Case & { path: string; text: string; events?: object[]; says?: string };
  test.for(casesOf<Pushed>('./pushed.jsonl'))('$name', ({ path, text, events, note, says }) => {
    const read = () => pushedEvents(Buffer.from(text), groupingOf(path), 100) as HookEvents;
    if (says !== undefined) {
      expect(read).toThrow(says);
      return;
    }
    expect(plain(read().records)).toEqual(events);
    expect(read().note).toBe(note);
  });

  test('too many at once', () => {
    expect(pushedEvents(Buffer.from('a 1\n'.repeat(11)), groupingOf('job/x'), 10)).toBe('crowd');
  });

  test('lines that are made to take long do not', () => {
    const labels = Array.from({ length: 300 }, (_, i) => `l${i}="${'\\\\'.repeat(50)}"`).join(',');
    for (const text of [
      `a{${labels}} 1`,
      `a{b="${'x'.repeat(1_000_000)}`,
      `a{${' '.repeat(1_000_000)}`,
      'a '.repeat(500_000),
    ])
      expect(() => pushedEvents(Buffer.from(text), [], 10)).toThrow('line 1 is no sample');
  });
});

test('whatever a body says, it is events that can be kept, or a refusal with a reason', () => {
  const bodies = ['./deployments.jsonl', './alerts.jsonl', './pushed.jsonl'].flatMap(file =>
    casesOf<{ payload?: object; text?: string }>(file).map(({ payload, text }) => text ?? JSON.stringify(payload)),
  );
  const random = seeded(20261130);
  const below = (limit: number): number => Math.floor(random() * limit);
  const [admit, conform] = [createAdmit(), createConform()];
  let taken = 0;
  for (let i = 0; i < 500; i++) {
    let body = bodies[below(bodies.length)]!;
    for (let cuts = below(3); cuts > 0; cuts--) {
      const at = below(body.length + 1);
      body = body.slice(0, at) + LIES[below(LIES.length)] + body.slice(at + below(20));
    }
    const bytes = Buffer.from(body);
    const event = GITHUB_EVENTS[below(GITHUB_EVENTS.length)]!;
    const read = [
      () =>
        githubEvents(
          { event, delivery: 'd', body: bytes, isForm: i % 9 === 0, service: undefined },
          GITHUB_EVENTS,
          NOW,
        ),
      () => gitlabEvents({ delivery: 'd', body: bytes, service: undefined }, NOW),
      () => alertmanagerEvents(bytes, 100, NOW),
      () => pushedEvents(bytes, groupingOf('job/x'), 100),
    ];
    for (const each of read) {
      let found: HookEvents | 'crowd';
      try {
        found = each();
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^LS_INPUTS_(?:WEBHOOK|DEPLOY)$/) });
        continue;
      }
      if (found === 'crowd') continue;
      for (const record of found.records) {
        const meta = { tag: 't', time: Number.NaN, receivedAt: NOW };
        const { fields } = conform(admit(record, meta), meta);
        expect(JSON.stringify(fields).isWellFormed()).toBe(true);
        taken++;
      }
    }
  }
  expect(taken).toBeGreaterThan(80);
});

const LIES = [
  '',
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  'null',
  '1e999',
  '-1',
  '"__proto__":{"a":1},',
  '\\ud800',
  '\0',
  '\n',
  '{"a":',
  '\u202e',
  '9'.repeat(40),
  'NaN',
];
