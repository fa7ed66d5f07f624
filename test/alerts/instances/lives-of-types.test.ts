import { expect, test } from 'vitest';
import type { Alert } from '../../../src/alerts/alerters/alerter.ts';
import type { AlertHit } from '../../../src/alerts/engine.ts';
import { alertsAnswer } from '../../../src/alerts/instances/view.ts';
import type { Rule } from '../../../src/alerts/rules/rule.ts';
import { SilenceStore } from '../../../src/alerts/silencing/silence-store.ts';
import { RULE_KINDS } from '../../../src/alerts/types/index.ts';
import type { AlertInstanceView } from '../../../src/core/api/alerts.ts';
import type { StoredEvent } from '../../../src/core/contracts.ts';
import { newFields } from '../../../src/core/event.ts';
import { configureLog } from '../../../src/core/log.ts';
import { engine, event, load, START, until } from '../support.ts';
import { TYPE_CASES, type TypeCase } from './type-cases.ts';

// Of every type: an alert with labels begins, lasts, and is over, each told once.

configureLog('silent');

interface Told {
  readonly at: number;
  readonly resolved: Alert['resolved'];
}

interface Played {
  readonly told: readonly Told[];
  at(second: number): AlertInstanceView[];
}

interface Playing {
  /** Options of the rule. */
  readonly more?: string;
  /** Second at which its file is edited: another filter, which holds for the same events. */
  readonly editAt?: number;
}

/** The service's engine with a tick each second and a store that has all events: what it told, and its alerts. */
async function play(one: TypeCase, type: string, { more = '', editAt }: Playing = {}): Promise<Played> {
  let now = START;
  const told: Told[] = [];
  const recorded = (rule: Rule): Rule => ({
    ...rule,
    alerters: [
      {
        type: 'debug',
        missing: undefined,
        sendResolved: rule.alerters.some(({ sendResolved }) => sendResolved === true),
        queue: () => 'debug',
        send: async () => ({ ok: true }),
        render: ({ resolved }) => {
          if (rule.name === 'case') told.push({ at: (now - START) / 1000, resolved });
          return [];
        },
      },
    ],
  });
  const compiled = (filter: string): Rule[] => {
    const text = `name: case\ntype: ${type}\nindex: docker-logs-*\nalert: debug\nlabels: { team: shop }\nsend_resolved: true\n${filter}${more}${one.text}\n`;
    const { rules, errors } = load([text, ...(one.parts ?? [])].map((text, i) => ({ path: `rules/${i}.yaml`, text })));
    expect(errors).toEqual([]);
    return rules.map(recorded);
  };
  let rules = compiled('');
  const stored = (id: string, seq: number, event: AlertHit['event']): StoredEvent =>
    Object.assign(newFields(), event, { _id: id, _index: 'docker-logs-2026.11.20', seq }) as StoredEvent;
  const past = [stored('old', 0, event(START - 60_000, { service: 'api', user: 'known' }))];
  const isTold = type === 'new_term';
  const alerts = await engine({
    rules,
    now: () => now,
    fill: async (_rule, _query, from, to) =>
      past.filter(
        one =>
          Date.parse(one['@timestamp']) >= from && Date.parse(one['@timestamp']) <= to && (isTold || one._id !== 'old'),
      ),
  });
  const isFilled = (): Promise<void> =>
    until(() => !alerts.rulesStatus().some(({ filling }) => filling), 'windows are filled');
  await isFilled();
  const silences = new SilenceStore({ newId: () => 's', limit: 1 });
  const queue = one.events
    .toSorted(([a], [b]) => a - b)
    .map(([second, fields], n) => ({ second, fields, id: `e${n}` }));
  const snapshots: AlertInstanceView[][] = [];
  let position = 0;
  for (let second = 0; second <= 120; second++) {
    while (queue[0] !== undefined && queue[0].second <= second) {
      const { id, fields, second: at } = queue.shift()!;
      now = START + at * 1000;
      const document = event(now, fields);
      past.push(stored(id, position + 1, document));
      const found = rules.filter(rule => rule.kind.isFedByRules !== true && rule.predicate(document));
      alerts.consume(
        found.map(rule => ({ rule: rule.name, id, event: document })),
        ++position,
      );
    }
    now = START + second * 1000;
    if (second === editAt) {
      rules = compiled('filter: [{ exists: { field: "@timestamp" } }]\n');
      alerts.replaceRules(rules);
      await isFilled();
    }
    alerts.advance(now);
    const query = { limit: 100, state: undefined, rule: 'case' };
    const { active, resolved } = alertsAnswer(alerts.recent(), [...alerts.instances()], silences, query, now);
    snapshots.push([...active, ...resolved]);
  }
  return { told, at: second => snapshots[second]! };
}

const ONCE = 'realert: { minutes: 10 }\n';
const seconds = (time: string | undefined): number | undefined =>
  time === undefined ? undefined : (Date.parse(time) - START) / 1000;

test('every type is among them', () => {
  expect(Object.keys(TYPE_CASES).toSorted()).toEqual(RULE_KINDS.map(kind => kind.type).toSorted());
});

test.for(Object.entries(TYPE_CASES))(
  '%s: fires with its labels, and is over, with duration and counts',
  async ([type, one]) => {
    const { told, at } = await play(one, type, { more: ONCE });
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

test.for(Object.entries(TYPE_CASES))('%s: with `for` it is pending, and nobody hears of it', async ([type, one]) => {
  const { told, at } = await play(one, type, { more: `${ONCE}for: { hours: 1 }\n` });
  const states = Array.from({ length: 121 }, (_, second) => at(second)[0]?.state);
  expect(new Set(states)).toEqual(new Set([undefined, 'pending']));
  expect(at(120)).toEqual([]);
  expect(told).toEqual([]);
});

/* A lasting state is told again in each `run_every` (a minute), here with `realert` 0: by an edit not sooner. */
test.for(Object.entries(TYPE_CASES))('%s: an edit of the rule tells nothing again', async ([type, one]) => {
  const more = 'realert: { minutes: 0 }\n';
  const whole = await play(one, type, { more });
  const end = whole.told.findIndex(({ resolved }) => resolved !== undefined);
  const firings = whole.told.slice(0, end).map(({ at }) => at);
  for (const editAt of [Math.ceil(firings.at(-1)!) + 1, Math.floor(whole.told[end]!.at)]) {
    const edited = await play(one, type, { more, editAt });
    if (one.endsLaterWhenEdited !== true) expect(edited.told, `edited at ${editAt}`).toEqual(whole.told);
    else {
      expect(edited.told.slice(0, end), `edited at ${editAt}`).toEqual(whole.told.slice(0, end));
      for (const { at, resolved } of edited.told.slice(end))
        expect([at >= whole.told[end]!.at, resolved?.matches]).toEqual([true, one.matches]);
    }
  }
});
