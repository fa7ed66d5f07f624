import { describe, expect, test } from 'vitest';
import { Instances } from '../../../src/alerts/instances/instances.ts';
import { linker } from '../../../src/alerts/links.ts';
import { type InstanceSource, RuleFeed } from '../../../src/alerts/manager/rule-feed.ts';
import type { Rule } from '../../../src/alerts/rules/rule.ts';
import type { AlertInstance } from '../../../src/core/alert.ts';
import { rule, START } from '../support.ts';

const routed = (name: string, alert = 'routes'): Rule =>
  rule(
    `name: ${name}\ntype: any\nindex: docker-logs-*\nquery_key: service\nfilter: [{ term: { level: ERROR } }]\nalert: ${alert}\n`,
  );

/** Alerts of rules, and what the routes hear of them. */
class Feeding implements InstanceSource {
  instancesOf = new Instances({ max_active_alerts: 100_000, max_ended_alerts: 1000, max_ended_incidents: 10 });
  rules: readonly Rule[] = [routed('burst')];
  now = START;
  heard: AlertInstance[][] = [];
  isBroken = false;
  isHere = true;
  wholeLooks = 0;
  readonly feed = new RuleFeed({
    source: () => (this.isHere ? this : undefined),
    rules: () => this.rules,
    links: () => linker('https://logs.test', () => undefined),
    take: async instances => {
      if (this.isBroken) throw new Error('no room');
      this.heard.push([...instances]);
    },
    resolveTimeoutMs: () => 300_000,
    now: () => this.now,
  });

  *instances() {
    this.wholeLooks++;
    yield* this.instancesOf.active();
    yield* this.instancesOf.ended();
  }

  takeChangedInstances() {
    return this.instancesOf.takeChanged();
  }

  match(key: string, of = this.rules[0]!): void {
    this.instancesOf.matched(
      of,
      { time: this.now, key, id: `e-${this.now}`, event: { message: `no ${key}` } } as never,
      this.now,
    );
  }

  end(key: string, of = 'burst'): void {
    this.instancesOf.end(this.instancesOf.find(of, { key })!, this.now, 'over', this.now);
  }

  /** `key` and whether it is over, of all that was heard in this look. */
  async look(): Promise<string[]> {
    this.heard = [];
    await this.feed.look();
    return this.heard.flat().map(({ labels, endsAt }) => `${labels['service']}${endsAt === undefined ? '' : ' over'}`);
  }
}

describe('alerts of rules on their way to the routes', () => {
  test('what is new is said, then what is over, each once', async () => {
    const it = new Feeding();
    it.match('api');
    expect(await it.look()).toEqual(['api']);
    expect(await it.look()).toEqual([]);
    it.match('api');
    it.match('web');
    expect(await it.look()).toEqual(['web']);
    it.end('api');
    expect(await it.look()).toEqual(['api over']);
    expect(await it.look()).toEqual([]);
    it.match('api');
    it.end('web');
    it.match('web');
    expect((await it.look()).sort()).toEqual(['api', 'web']);
  });

  test('what lasts is said again in time, and not more often', async () => {
    const it = new Feeding();
    it.match('api');
    await it.look();
    it.now += 99_000;
    expect(await it.look()).toEqual([]);
    it.now += 2000;
    expect(await it.look()).toEqual(['api']);
    expect(await it.look()).toEqual([]);
  });

  test('what could not be said is said with the next look', async () => {
    const it = new Feeding();
    it.match('api');
    it.isBroken = true;
    expect(await it.look()).toEqual([]);
    it.isBroken = false;
    expect(await it.look()).toEqual(['api']);
    it.end('api');
    it.isBroken = true;
    await it.look();
    it.isBroken = false;
    expect(await it.look()).toEqual(['api over']);
  });

  test('rules that begin or cease to say `alert: routes`, and those that are gone', async () => {
    const it = new Feeding();
    it.rules = [routed('burst', 'debug')];
    it.match('api');
    expect(await it.look()).toEqual([]);
    it.rules = [routed('burst')];
    expect(await it.look()).toEqual(['api']);
    it.end('api');
    it.rules = [];
    expect(await it.look()).toEqual(['api over']);
  });

  test('while another process evaluates nothing is said; after that everything', async () => {
    const it = new Feeding();
    it.match('api');
    await it.look();
    it.isHere = false;
    it.match('web');
    expect(await it.look()).toEqual([]);
    it.isHere = true;
    it.instancesOf = new Instances({ max_active_alerts: 10, max_ended_alerts: 10, max_ended_incidents: 10 });
    it.match('db');
    expect(await it.look()).toEqual(['db']);
  });

  test('the source is the search on the page: until now while it lasts, until its end after that', async () => {
    const it = new Feeding();
    const linkOf = (): URLSearchParams => new URLSearchParams(it.heard[0]![0]!.generatorUrl.split('#')[1]);
    it.match('api');
    await it.look();
    expect(linkOf().get('query')).toBe('level:"ERROR" AND service:"api"');
    expect(linkOf().get('to')).toBe('now');
    it.now += 60_000;
    it.end('api');
    await it.look();
    expect(linkOf().get('to')).toBe(new Date(it.now + 60_000).toISOString());
  });

  test('of 10,000 alerts that last those are looked at that changed', async () => {
    const it = new Feeding();
    for (let n = 0; n < 10_000; n++) it.match(`s${n}`);
    while ((await it.look()).length > 0);
    for (let n = 0; n < 200; n++) {
      it.match('s17');
      expect(await it.look()).toEqual([]);
    }
    expect(it.wholeLooks).toBe(1);
    it.now += 101_000;
    const again = new Set<string>();
    for (let n = 0; n < 20; n++) for (const one of await it.look()) again.add(one);
    expect(again.size).toBe(10_000);
  });
});
