import { expect, test } from 'vitest';
import { parseRoles } from '../../src/app/roles.ts';
import { partsOf } from '../../src/app/service.ts';
import { loadSettings } from '../../src/app/settings.ts';

const ELASTICSEARCH = { 'store.type': 'elasticsearch', 'store.nodes': '["http://elasticsearch:9200"]' };
const REDIS = { ...ELASTICSEARCH, 'buffer.type': 'redis', 'buffer.url': 'redis://redis:6379' };
const FORWARD = { 'store.type': 'forward', 'store.targets': '[{ address: centre:24224 }]' };

/** What stands behind the spool, how many processes take events in, and which of the roles there are. */
const CASES: { name: string; roles?: string; set?: Record<string, string> }[] = [
  { name: 'everything in one process, as without a configuration' },
  { name: 'two workers', set: { workers: '2' } },
  { name: 'Elasticsearch behind the spool', set: ELASTICSEARCH },
  { name: 'forwarded, with a copy', set: { ...FORWARD, copies: '[{ name: old, targets: [{ address: old:24224 }] }]' } },
  { name: 'no canary', set: { canary: 'false' } },
  { name: 'Redis, all roles, two workers', set: { ...REDIS, workers: '2' } },
  ...['ingest', 'index', 'alert', 'web', 'ingest,alert', 'index,web'].map(roles => ({
    name: `Redis, ${roles}`,
    roles,
    set: REDIS,
  })),
];

/** One line a part: its name, and what of this process it needs. */
function orderOf({ roles, set = {} }: (typeof CASES)[number]): string {
  const sets = Object.entries(set).map(([path, value]) => `${path}=${value}`);
  const { settings } = loadSettings({ config: '/dev/null', env: {}, set: sets });
  const { order } = partsOf({ settings, env: {}, roles: parseRoles(roles) });
  const here = new Set(order.map(({ name }) => name));
  const line = ({ name, needs }: (typeof order)[number]) => [name, ...needs.filter(need => here.has(need))];
  return order.map(part => `  ${line(part).join(' ')}`).join('\n');
}

test('the order in which parts start is the one that everybody can read', async () => {
  const printed = CASES.map(one => `${one.name}\n${orderOf(one)}\n`).join('\n');
  // After a change that is meant: vitest run test/app/start-order.test.ts -u
  await expect(printed).toMatchFileSnapshot('start-order.txt');
});
