import { seeded } from '../../support/chance.ts';

const NAMES = ['alertname', 'job', 'severity', 'team', 'instance'];
const VALUES = ['a', 'b', 'api', 'db', 'critical', 'warning', ''];
const EXPRESSIONS = [
  'a|b',
  'a.*',
  '.+',
  '',
  '[a-d]+',
  '(?:api|db)',
  'crit.*|warning',
  '^a$',
  'a{1,2}',
  '(?i)API',
  '[^a]*',
];

/** Route trees and sets of labels of every kind. The same seed gives the same. */
export function randomRouting(seed: number): { config: string; labels: () => Record<string, string> } {
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const some = (most: number): number[] => Array.from({ length: Math.floor(random() * (most + 1)) }, (_, i) => i);
  const receivers = ['r0', 'r1', 'r2', 'r3', 'r4', 'r5'];
  const map = (values: readonly string[]): Record<string, string> =>
    Object.fromEntries(some(2).map(() => [pick(NAMES), pick(values)]));
  const matcher = (): string => {
    const operator = pick(['=', '!=', '=~', '!~']);
    const value = pick(operator.endsWith('~') ? EXPRESSIONS : VALUES);
    const quoted = random() < 0.7 || value === '' || /[^a-z]/.test(value);
    return `${pick(NAMES)} ${operator} ${quoted ? JSON.stringify(value) : value}`;
  };
  const route = (depth: number): Record<string, unknown> => ({
    ...(random() < 0.8 ? { receiver: pick(receivers) } : {}),
    ...(random() < 0.3 ? { match: map(VALUES) } : {}),
    ...(random() < 0.3 ? { match_re: map(EXPRESSIONS) } : {}),
    ...(random() < 0.6 ? { matchers: some(2).map(matcher) } : {}),
    ...(random() < 0.4 ? { continue: random() < 0.8 } : {}),
    ...(random() < 0.3 ? { group_by: random() < 0.3 ? ['...'] : ['job'] } : {}),
    ...(depth < 3 && random() < 0.7 ? { routes: some(4).map(() => route(depth + 1)) } : {}),
  });
  const root = { receiver: 'r0', routes: Array.from({ length: 4 }, () => route(1)) };
  return {
    config: JSON.stringify({ route: root, receivers: receivers.map(name => ({ name })) }, null, 1),
    labels: () => Object.fromEntries(NAMES.filter(() => random() < 0.6).map(name => [name, pick(VALUES.slice(0, -1))])),
  };
}
