import { expect, test } from 'vitest';
import type { Alert } from '../../../src/alerts/alerters/alerter.ts';
import { alertsAnswer } from '../../../src/alerts/instances/view.ts';
import type { Rule } from '../../../src/alerts/rules/rule.ts';
import { SilenceStore } from '../../../src/alerts/silencing/silence-store.ts';
import { RULE_KINDS } from '../../../src/alerts/types/index.ts';
import type { AlertInstanceView } from '../../../src/core/api/alerts.ts';
import { configureLog } from '../../../src/core/log.ts';
import { engine, event, load, START } from '../support.ts';

// Of every type: an alert with labels begins, lasts, and is over, each told once.

configureLog('silent');

interface Case {
  readonly text: string;
  /** Second of the event, and its fields. */
  readonly events: readonly (readonly [second: number, fields: Record<string, unknown>])[];
  /** The labels beside the name of the rule. */
  readonly labels: Record<string, string>;
  /** Seconds at which it begins and ends, by event time, and why it ends. */
  readonly life: readonly [startsAt: number, endsAt: number, reason: 'over' | 'quiet'];
  readonly matches: number;
  /** Events in its matches; one of a match that is made by time. */
  readonly hits: number;
  /** Rules that it is about. */
  readonly parts?: readonly string[];
}

const each = (from: number, to: number, fields: Record<string, unknown>, step = 1) =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, n) => [from + n * step, fields] as const);

const api = { service: 'api' };
const CASES: Record<string, Case> = {
  any: {
    text: 'query_key: service\nresolve_after: { seconds: 30 }',
    events: [
      [5, api],
      [9, api],
    ],
    labels: api,
    life: [5, 39, 'quiet'],
    matches: 2,
    hits: 2,
  },
  blacklist: {
    text: 'compare_key: user\nblacklist: [eve]\nquery_key: service\nresolve_after: { seconds: 30 }',
    events: [
      [2, { ...api, user: 'bob' }],
      [3, { ...api, user: 'eve' }],
    ],
    labels: api,
    life: [3, 33, 'quiet'],
    matches: 1,
    hits: 1,
  },
  whitelist: {
    text: 'compare_key: user\nwhitelist: [bob]\nignore_null: true\nquery_key: service\nresolve_after: { seconds: 30 }',
    events: [
      [2, { ...api, user: 'bob' }],
      [3, { ...api, user: 'eve' }],
    ],
    labels: api,
    life: [3, 33, 'quiet'],
    matches: 1,
    hits: 1,
  },
  change: {
    text: 'compare_key: country\nignore_null: true\nquery_key: user\nresolve_after: { seconds: 30 }',
    events: [
      [1, { user: 'u1', country: 'de' }],
      [2, { user: 'u2', country: 'fr' }],
      [4, { user: 'u1', country: 'kr' }],
    ],
    labels: { user: 'u1' },
    life: [4, 34, 'quiet'],
    matches: 1,
    hits: 1,
  },
  new_term: {
    text: 'fields: [user]\nquery_key: service\nresolve_after: { seconds: 30 }',
    events: [
      [3, { ...api, user: 'known' }],
      [4, { ...api, user: 'fresh' }],
    ],
    labels: api,
    life: [4, 34, 'quiet'],
    matches: 1,
    hits: 1,
  },
  new_pattern: {
    text: 'query_key: service\nlearn_for: { seconds: 10 }\nresolve_after: { seconds: 30 }',
    events: [
      ...each(0, 10, { ...api, message: 'took 5 ms' }, 5),
      [12, { ...api, message: 'took 9 ms' }],
      [15, { ...api, message: 'the disk is full' }],
    ],
    labels: api,
    life: [15, 45, 'quiet'],
    matches: 1,
    hits: 1,
  },
  frequency: {
    text: 'num_events: 3\ntimeframe: { seconds: 20 }\nquery_key: service\nresolve_after: { seconds: 30 }',
    events: [...each(1, 6, api), [3, { service: 'web' }]],
    labels: api,
    life: [3, 36, 'quiet'],
    matches: 2,
    hits: 6,
  },
  flatline: {
    text: 'threshold: 1\ntimeframe: { seconds: 20 }\nquery_key: service\nrun_every: { seconds: 10 }',
    events: [[0, api], ...each(55, 120, api, 10)],
    labels: api,
    life: [20, 55, 'over'],
    matches: 4,
    hits: 0,
  },
  spike: {
    text: 'spike_height: 3\nspike_type: up\ntimeframe: { seconds: 10 }\nthreshold_ref: 1\nquery_key: service',
    events: [...each(0, 30, api, 2), ...each(30.5, 34.5, api, 0.25)],
    labels: api,
    // The alert of a spike begins with the timeframe that has too many.
    life: [24, 41, 'over'],
    matches: 1,
    hits: 15,
  },
  cardinality: {
    text: 'cardinality_field: user\nmax_cardinality: 2\ntimeframe: { seconds: 20 }\nquery_key: service',
    events: ['a', 'b', 'c', 'd'].map((user, n) => [n + 1, { ...api, user }] as const),
    labels: api,
    life: [3, 23, 'over'],
    matches: 2,
    hits: 2,
  },
  metric_aggregation: {
    text: 'metric_agg_key: took\nmetric_agg_type: max\nmax_threshold: 100\nbuffer_time: { seconds: 20 }\nrun_every: { seconds: 10 }\nquery_key: service',
    events: [
      [2, { ...api, took: 5 }],
      [3, { ...api, took: 500 }],
    ],
    labels: api,
    life: [3, 23, 'over'],
    matches: 2,
    hits: 2,
  },
  percentage_match: {
    text: 'match_bucket_filter: [{ term: { level: ERROR } }]\nmax_percentage: 50\nmin_denominator: 3\nbuffer_time: { seconds: 20 }\nrun_every: { seconds: 10 }\nquery_key: service',
    events: [...each(1, 3, { ...api, level: 'ERROR' }), ...each(10, 14, { ...api, level: 'INFO' })],
    labels: api,
    life: [3, 12, 'over'],
    matches: 1,
    hits: 1,
  },
  spike_aggregation: {
    text: 'metric_agg_key: took\nmetric_agg_type: max\nspike_height: 2\nspike_type: up\ntimeframe: { seconds: 10 }\nbuffer_time: { seconds: 2 }\nrun_every: { seconds: 1 }\nquery_key: service',
    events: [
      ...each(0, 30, { ...api, took: 10 }),
      ...each(31, 40, { ...api, took: 100 }),
      ...each(41, 70, { ...api, took: 10 }),
    ],
    labels: api,
    life: [22, 51, 'over'],
    matches: 1,
    hits: 1,
  },
  composite: {
    text: 'all: [errors, slow]\nwithin: { seconds: 20 }\nquery_key: service',
    parts: [
      'name: errors\ntype: any\nindex: docker-logs-*\nfilter: [{ term: { kind: error } }]\nquery_key: service\nalert: debug\nresolve_after: { seconds: 30 }',
      'name: slow\ntype: any\nindex: docker-logs-*\nfilter: [{ term: { kind: slow } }]\nquery_key: service\nalert: debug\nresolve_after: { seconds: 30 }',
    ],
    events: [
      [2, { ...api, kind: 'error' }],
      [7, { ...api, kind: 'slow' }],
    ],
    labels: api,
    life: [7, 33, 'over'],
    matches: 1,
    hits: 2,
  },
};

interface Told {
  readonly at: number;
  readonly resolved: Alert['resolved'];
}

/** The service's engine with a tick each second: what it told, and its alerts. */
async function play(
  one: Case,
  type: string,
  more = '',
): Promise<{ told: Told[]; at(second: number): AlertInstanceView[] }> {
  const text = `name: case\ntype: ${type}\nindex: docker-logs-*\nalert: debug\nrealert: { minutes: 10 }\nlabels: { team: shop }\nsend_resolved: true\n${more}${one.text}\n`;
  const { rules, errors } = load([text, ...(one.parts ?? [])].map((text, i) => ({ path: `rules/${i}.yaml`, text })));
  expect(errors).toEqual([]);
  let now = START;
  const told: Told[] = [];
  const record = (rule: Rule): Rule['alerters'][number] => ({
    type: 'debug',
    missing: undefined,
    sendResolved: rule.alerters.some(({ sendResolved }) => sendResolved === true),
    queue: () => 'debug',
    send: async () => ({ ok: true }),
    render: ({ resolved }) => {
      if (rule.name === 'case') told.push({ at: (now - START) / 1000, resolved });
      return [];
    },
  });
  const alerts = await engine({
    rules: rules.map(rule => ({ ...rule, alerters: [record(rule)] })),
    now: () => now,
    fill: async ({ name }) =>
      name === 'case' && type === 'new_term'
        ? [
            {
              _id: 'old',
              _index: 'docker-logs-2026.11.20',
              seq: 1,
              ...event(START - 60_000, { ...api, user: 'known' }),
            },
          ]
        : [],
  });
  await expect.poll(() => alerts.rulesStatus().some(({ filling }) => filling)).toBe(false);
  const silences = new SilenceStore({ newId: () => 's', limit: 1 });
  const queue = one.events
    .toSorted(([a], [b]) => a - b)
    .map(([second, fields], n) => ({ second, fields, id: `e${n}` }));
  const snapshots: AlertInstanceView[][] = [];
  let position = 0;
  for (let second = 0; second <= 120; second++) {
    for (; queue[0] !== undefined && queue[0].second <= second; ) {
      const { id, fields, second: at } = queue.shift()!;
      now = START + at * 1000;
      const document = event(now, fields);
      const names = rules.filter(rule => rule.kind.isFedByRules !== true && rule.predicate(document));
      alerts.consume(
        names.map(rule => ({ rule: rule.name, id, event: document })),
        ++position,
      );
    }
    now = START + second * 1000;
    alerts.advance(now);
    const { active, resolved } = alertsAnswer(
      alerts.recent(),
      [...alerts.instances()],
      silences,
      { limit: 100, state: undefined, rule: 'case' },
      now,
    );
    snapshots.push([...active, ...resolved]);
  }
  return { told, at: second => snapshots[second]! };
}

const seconds = (time: string | undefined): number | undefined =>
  time === undefined ? undefined : (Date.parse(time) - START) / 1000;

test('every type is among them', () => {
  expect(Object.keys(CASES).toSorted()).toEqual(RULE_KINDS.map(kind => kind.type).toSorted());
});

test.for(Object.entries(CASES))(
  '%s: fires with its labels, and is over, with duration and counts',
  async ([type, one]) => {
    const { told, at } = await play(one, type);
    const [startsAt, endsAt, reason] = one.life;
    const [view, ...others] = at(120);
    expect(others).toEqual([]);
    const { state, starts_at, ends_at, reason: why, labels, matches, hits, duration_ms } = view!;
    expect({ state, life: [seconds(starts_at), seconds(ends_at), why], labels, matches, hits, duration_ms }).toEqual({
      state: 'resolved',
      life: [startsAt, endsAt, reason],
      labels: { alertname: 'case', team: 'shop', ...one.labels },
      matches: one.matches,
      hits: one.hits,
      duration_ms: (endsAt - startsAt) * 1000,
    });
    // Whatever `realert` is, both are told once.
    expect(told.map(({ resolved }) => resolved)).toEqual([
      undefined,
      { startsAt: START + startsAt * 1000, endsAt: START + endsAt * 1000, matches: one.matches },
    ]);
    const firing = at(Math.floor((told[0]!.at + told[1]!.at) / 2));
    expect(firing.map(({ state, labels }) => [state, labels])).toEqual([['firing', labels]]);
  },
);

test.for(Object.entries(CASES))('%s: with `for` it is pending, and nobody hears of it', async ([type, one]) => {
  const { told, at } = await play(one, type, 'for: { hours: 1 }\n');
  const states = Array.from({ length: 121 }, (_, second) => at(second)[0]?.state);
  expect(new Set(states)).toEqual(new Set([undefined, 'pending']));
  expect(at(120)).toEqual([]);
  expect(told).toEqual([]);
});
