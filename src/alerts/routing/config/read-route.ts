import { didYouMean } from '../../../base/text/did-you-mean.ts';
import type { Located } from '../../../base/yaml/located.ts';
import { matchersText } from '../../silencing/matcher.ts';
import type { Route } from '../route.ts';
import { isLabelName, readCondition } from './read-condition.ts';
import type { Reading } from './reading.ts';

const OPTIONS = [
  ...['receiver', 'group_by', 'match', 'match_re', 'matchers', 'mute_time_intervals', 'active_time_intervals'],
  ...['continue', 'routes', 'group_wait', 'group_interval', 'repeat_interval'],
];
const FORMS = { match: 'match', match_re: 'match_re', matchers: 'matchers' };
const NOT_OF_ROOT = ['match', 'match_re', 'matchers', 'mute_time_intervals', 'active_time_intervals', 'continue'];
const MAX_DEPTH = 32;

/** Of a route whose options say nothing. */
export const ROUTE_DEFAULTS = {
  groupBy: [],
  groupWaitMs: 30_000,
  groupIntervalMs: 300_000,
  repeatIntervalMs: 14_400_000,
} as const;

/** What routes may name. */
export interface RouteNames {
  readonly receivers: ReadonlySet<string>;
  readonly timeIntervals: ReadonlySet<string>;
}

/** The route tree; of what is wrong in it the defaults are taken. */
export function readRootRoute(at: Located, names: RouteNames, reading: Reading): Route {
  const options = at.entries ?? new Map<string, Located>();
  for (const name of NOT_OF_ROOT)
    if (options.has(name))
      reading.mistake(
        options.get(name)!.keyWhere,
        `the root route cannot have '${name}': it holds for every alert.`,
        'Move it to a route below it.',
      );
  if (reading.text(options.get('receiver'), 'receiver') === '')
    reading.mistake(at.where, 'the root route has no receiver.', 'Add `receiver`: it gets what no other route takes.');
  return readRoute(at, { ...ROUTE_DEFAULTS, receiver: '', key: '' }, names, reading, 0);
}

type Inherited = Pick<Route, 'key' | 'receiver' | 'groupBy' | 'groupWaitMs' | 'groupIntervalMs' | 'repeatIntervalMs'>;

function readRoute(at: Located, parent: Inherited, names: RouteNames, reading: Reading, depth: number): Route {
  const options = reading.mapping(at, 'a route', OPTIONS);
  const text = (name: string): string => reading.text(options.get(name), name);
  const isRoot = depth === 0;
  const { matchers, holds } = isRoot ? { matchers: [], holds: () => true } : readCondition(options, FORMS, reading);
  const named = (name: string): string[] => {
    const items = reading.list(options.get(name), name);
    return items.map(item => known(item, reading.text(item, name), names.timeIntervals, 'time interval', reading));
  };
  const interval = (name: string, inherited: number, least: number): number => {
    const ms = reading.duration(options.get(name), name);
    if (ms !== undefined && ms < least) reading.mistake(options.get(name)!.where, `${name} cannot be zero.`);
    return ms === undefined || ms < least ? inherited : ms;
  };
  const receiver = text('receiver');
  if (receiver !== '') known(options.get('receiver')!, receiver, names.receivers, 'receiver', reading);
  const own: Inherited = {
    key: isRoot ? '{}' : `${parent.key}/${matchersText(matchers)}`,
    receiver: receiver === '' ? parent.receiver : receiver,
    groupBy: readGroupBy(options.get('group_by'), reading) ?? parent.groupBy,
    groupWaitMs: interval('group_wait', parent.groupWaitMs, 0),
    groupIntervalMs: interval('group_interval', parent.groupIntervalMs, 1),
    repeatIntervalMs: interval('repeat_interval', parent.repeatIntervalMs, 1),
  };
  const inner = reading.list(options.get('routes'), 'routes');
  if (depth >= MAX_DEPTH && inner.length > 0)
    reading.mistake(at.where, `routes are nested deeper than ${MAX_DEPTH} levels.`);
  return {
    ...own,
    holds,
    muteTimeIntervals: named('mute_time_intervals'),
    activeTimeIntervals: named('active_time_intervals'),
    isContinued: !isRoot && reading.boolean(options.get('continue'), 'continue') === true,
    routes: depth >= MAX_DEPTH ? [] : inner.map(route => readRoute(route, own, names, reading, depth + 1)),
  };
}

function known(at: Located, name: string, names: ReadonlySet<string>, what: string, reading: Reading): string {
  if (names.has(name)) return name;
  const near = didYouMean(name, names, "'");
  reading.mistake(
    at.where,
    `there is no ${what} '${name}'.`,
    near ?? `Define it, or use one of: ${[...names].join(', ') || 'none'}.`,
  );
  return name;
}

/** Undefined when it is not there, or empty. */
function readGroupBy(at: Located | undefined, reading: Reading): Route['groupBy'] | undefined {
  const items = reading.list(at, 'group_by');
  const labels = items.map(item => reading.text(item, 'each entry of group_by'));
  for (const [i, label] of labels.entries()) {
    const { where } = items[i]!;
    if (label !== '...' && !isLabelName(label))
      reading.mistake(where, `group_by: ${JSON.stringify(label)} is no name of a label.`);
    if (labels.indexOf(label) < i) reading.mistake(where, `group_by has '${label}' twice.`);
  }
  if (!labels.includes('...')) return labels.length === 0 ? undefined : labels;
  if (labels.length > 1)
    reading.mistake(
      at!.where,
      "group_by cannot have '...' and labels beside it.",
      "Write ['...'] to group by all labels.",
    );
  return 'all';
}
