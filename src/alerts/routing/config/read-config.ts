import type { Located } from '../../../base/yaml/located.ts';
import type { LongshoreError } from '../../../core/errors.ts';
import type { InhibitRule } from '../inhibition.ts';
import type { Route } from '../route.ts';
import type { TimeInterval } from '../time-intervals.ts';
import { checkAddress } from './check-address.ts';
import { GLOBAL_OPTIONS } from './integrations.ts';
import { isLabelName, readCondition } from './read-condition.ts';
import { readHttpConfig, readTlsConfig } from './read-http-config.ts';
import { readOptions } from './read-options.ts';
import { type Receiver, readReceivers } from './read-receivers.ts';
import { ROUTE_DEFAULTS, readRootRoute } from './read-route.ts';
import { readTimeIntervals } from './read-time-intervals.ts';
import { type ConfigWarning, isNothing, Reading } from './reading.ts';
import { shownConfig } from './shown-config.ts';

/** What stands in an `alertmanager.yml`. */
export interface RoutingConfig {
  /** An alert without an end ends when nobody has spoken of it for so long, milliseconds. */
  readonly resolveTimeoutMs: number;
  readonly route: Route;
  readonly receivers: ReadonlyMap<string, Receiver>;
  readonly inhibitRules: readonly InhibitRule[];
  readonly timeIntervals: ReadonlyMap<string, readonly TimeInterval[]>;
  /** Globs of files with templates, as written. */
  readonly templates: readonly string[];
  /** The file with its secrets hidden. */
  readonly shown: string;
}

export interface ReadRoutingConfig {
  /** Where there are mistakes, what is right of it. */
  readonly config: RoutingConfig;
  readonly mistakes: readonly LongshoreError[];
  readonly warnings: readonly ConfigWarning[];
}

const SECTIONS = [
  'global',
  'route',
  'inhibit_rules',
  'receivers',
  'templates',
  'time_intervals',
  'mute_time_intervals',
  'tracing',
];
const SOURCE = { match: 'source_match', match_re: 'source_match_re', matchers: 'source_matchers' };
const TARGET = { match: 'target_match', match_re: 'target_match_re', matchers: 'target_matchers' };
const RESOLVE_TIMEOUT_MS = 300_000;

/** Lists alerts and tells nobody: where there is no `alertmanager.yml`. */
export const NO_ROUTING: RoutingConfig = {
  resolveTimeoutMs: RESOLVE_TIMEOUT_MS,
  route: {
    ...{
      ...ROUTE_DEFAULTS,
      key: '{}',
      holds: () => true,
      receiver: 'log',
      muteTimeIntervals: [],
      activeTimeIntervals: [],
    },
    ...{ isContinued: false, routes: [], groupBy: ['alertname'] },
  },
  receivers: new Map([['log', { name: 'log', integrations: [] }]]),
  inhibitRules: [],
  timeIntervals: new Map(),
  templates: [],
  shown: 'route:\n  receiver: log\n  group_by:\n    - alertname\nreceivers:\n  - name: log\n',
};

/** Reads an `alertmanager.yml`, with all its mistakes at once. `path` is how places name the file. */
export function readRoutingConfig(path: string, text: string): ReadRoutingConfig {
  const reading = new Reading();
  const file = reading.file(path, text);
  const { mistakes, warnings } = reading;
  if (file === undefined) return { config: NO_ROUTING, mistakes, warnings };
  const sections = reading.mapping(file, 'alertmanager.yml', SECTIONS);
  const global = reading.mapping(sections.get('global'), 'global', Object.keys(GLOBAL_OPTIONS));
  const globals = new Map(Object.entries(readOptions(global, GLOBAL_OPTIONS, reading)));
  readHttpConfig(global.get('http_config'), reading);
  readTlsConfig(global.get('smtp_tls_config'), 'smtp_tls_config', reading);
  checkGlobalAddresses(global, reading);
  for (const name of Object.keys(GLOBAL_OPTIONS))
    if (global.has(name) && global.has(`${name}_file`))
      reading.mistake(global.get(name)!.keyWhere, `global has both ${name} and ${name}_file.`, 'Remove one of them.');
  const receivers = readReceivers(sections.get('receivers'), globals, reading);
  const timeIntervals = readAllTimeIntervals(sections, reading);
  const inhibitRules = reading
    .list(sections.get('inhibit_rules'), 'inhibit_rules')
    .map(rule => readInhibitRule(rule, reading));
  const route = sections.get('route');
  if (isNothing(route)) reading.mistake(file.where, 'there is no route.', 'Add `route` with a receiver.');
  const names = { receivers: new Set(receivers.map(({ name }) => name)), timeIntervals: new Set(timeIntervals.keys()) };
  const config: RoutingConfig = {
    resolveTimeoutMs: (globals.get('resolve_timeout') as number | undefined) ?? RESOLVE_TIMEOUT_MS,
    route: isNothing(route) ? NO_ROUTING.route : readRootRoute(route, names, reading),
    receivers: new Map(receivers.map(receiver => [receiver.name, receiver])),
    inhibitRules,
    timeIntervals,
    templates: reading.texts(sections.get('templates'), 'templates'),
    shown: shownConfig(file),
  };
  return { config, mistakes, warnings };
}

function checkGlobalAddresses(global: ReadonlyMap<string, Located>, reading: Reading): void {
  for (const [name, at] of global)
    if (/_(?:api_url|app_url|webhook_url)$|^pagerduty_url$/.test(name))
      checkAddress(`global: ${name}`, at.value, at.where, reading);
}

function readAllTimeIntervals(
  sections: ReadonlyMap<string, Located>,
  reading: Reading,
): Map<string, readonly TimeInterval[]> {
  const all = new Map<string, readonly TimeInterval[]>();
  for (const list of ['mute_time_intervals', 'time_intervals']) {
    const at = sections.get(list);
    for (const [name, intervals] of readTimeIntervals(at, list, reading)) {
      if (all.has(name))
        reading.mistake(at!.keyWhere, `there are two time intervals '${name}'.`, 'Rename one of them.');
      all.set(name, intervals);
    }
  }
  return all;
}

function readInhibitRule(at: Located, reading: Reading): InhibitRule {
  const known = [...Object.values(SOURCE), ...Object.values(TARGET), 'equal', 'name'];
  const options = reading.mapping(at, 'an entry of inhibit_rules', known);
  const equal = reading.texts(options.get('equal'), 'equal');
  for (const label of equal)
    if (!isLabelName(label))
      reading.mistake(options.get('equal')!.where, `equal: ${JSON.stringify(label)} is no name of a label.`);
  return {
    source: readCondition(options, SOURCE, reading).holds,
    target: readCondition(options, TARGET, reading).holds,
    equal,
  };
}
