import { expect, test } from 'vitest';
import { Instances } from '../../../src/alerts/instances/instances.ts';
import { PartChanges } from '../../../src/alerts/state-parts.ts';
import { rule } from '../support.ts';

const named = (severity: string) =>
  rule(`name: ${severity}\ntype: any\nindex: docker-logs-*\nalert: debug\nquery_key: service\nseverity: ${severity}\n`);

test('of alerts that are over, incidents are kept for longer, without what caused them; also after a restart', () => {
  const limits = { max_active_alerts: 100, max_ended_alerts: 3, max_ended_incidents: 4 };
  const make = () => new Instances(limits, ({ severity }) => severity === 'critical');
  const instances = make();
  for (let i = 0; i < 10; i++)
    for (const one of [named('critical'), named('warning')]) {
      const instance = instances.matched(one, { time: i, key: `k${i}`, id: `e${i}`, event: { message: 'x' } }, i)!;
      instance.isFiring = true;
      instances.end(instance, i + 1, 'over', i + 1);
    }
  const shown = (all: Instances) =>
    all.ended().map(({ rule: name, startsAt, events }) => `${name} ${startsAt} ${events.length}`);
  // The latest three, whatever they are, and before them incidents.
  const wanted = [5, 6, 7, 8].map(at => `critical ${at} 0`);
  wanted.push('warning 8 1', 'critical 9 1', 'warning 9 1');
  expect(shown(instances).sort()).toEqual(wanted.sort());
  const again = make();
  const parts = new PartChanges();
  instances.pages.take(parts, 'all', 0);
  again.restore(Object.fromEntries(parts.changed));
  expect(shown(again).sort()).toEqual(wanted.sort());
});
