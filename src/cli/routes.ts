import { parseArgs } from 'node:util';
import { readRoutingConfig } from '../alerts/routing/config/read-config.ts';
import { eachRoute, type Route, routesOf } from '../alerts/routing/route.ts';
import { loadSettings } from '../app/settings.ts';
import { didYouMean } from '../base/text/did-you-mean.ts';
import { durationText } from '../base/time/duration.ts';
import { LongshoreError } from '../core/errors.ts';
import { readUserFiles } from '../definitions/user-files.ts';
import type { Command } from './command.ts';
import { jsonLine, type Paint, painter, printable } from './format.ts';

interface Values {
  config?: string;
  set?: string[];
  file?: string;
  receivers?: string;
  json?: boolean;
}

interface Call {
  readonly route: Route;
  readonly values: Values;
  readonly words: readonly string[];
  readonly io: NodeJS.Process;
}

const ACTIONS: Record<string, (call: Call) => number> = { show, test };
const RED = 31;
const GREEN = 32;
const CYAN = 36;
const GREY = 90;

export const routesCommand: Command = {
  name: 'routes',
  usage: `longshore routes [show]                 the tree of routes, with what each of them says of its groups
longshore routes test LABEL=VALUE ...   the receivers that an alert with these labels goes to

      --file FILE        an alertmanager.yml; by default that of the configuration
      --receivers A,B    of test: exit code 1 if it is not exactly these
      --config FILE      the configuration (default: config/longshore.yaml)
      --set PATH=VALUE   one setting of it
      --json             one line of JSON for each route

Nothing is sent, and no longshore has to run. 'longshore send-test --receiver NAME' sends.`,

  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        config: { type: 'string' },
        set: { type: 'string', multiple: true },
        file: { type: 'string' },
        receivers: { type: 'string' },
        json: { type: 'boolean' },
      },
      allowPositionals: true,
    });
    const [name = 'show', ...words] = positionals;
    if (!Object.hasOwn(ACTIONS, name))
      throw wrong(
        `there is no 'routes ${name.slice(0, 50)}'.`,
        didYouMean(name, Object.keys(ACTIONS), "'") ?? `Write one of ${Object.keys(ACTIONS).join(', ')}.`,
      );
    return ACTIONS[name]!({ route: routeOf(values, io), values, words, io });
  },
};

function routeOf({ config, set, file }: Values, io: NodeJS.Process): Route {
  const path = file ?? loadSettings({ config, set, env: io.env }).settings.alertmanager;
  if (path === undefined)
    throw wrong('the configuration has no alertmanager.yml.', 'Set `alertmanager`, or name a file with --file.');
  const [text] = readUserFiles(path);
  if (text === undefined) throw wrong(`there is no file ${path}.`, 'Name another one with --file.');
  const read = readRoutingConfig(path, text.text);
  if (read.mistakes.length > 0) throw new AggregateError(read.mistakes, `${path} has mistakes`);
  return read.config.route;
}

function show({ route, values, io }: Call): number {
  const paint = painter(io);
  if (values.json === true) for (const one of eachRoute(route)) io.stdout.write(`${jsonLine(viewOf(one))}\n`);
  else io.stdout.write(`${treeOf(route, 0, paint).join('\n')}\n`);
  return 0;
}

function test({ route, values, words, io }: Call): number {
  const labels = labelsOf(words);
  const found = routesOf(route, labels);
  const paint = painter(io);
  for (const one of found)
    io.stdout.write(values.json === true ? `${jsonLine(viewOf(one))}\n` : `${lineOf(one, paint)}\n`);
  if (values.receivers === undefined) return 0;
  const wanted = values.receivers.split(',').map(name => name.trim());
  const names = found.map(({ receiver }) => receiver);
  if (JSON.stringify(wanted) === JSON.stringify(names)) return 0;
  io.stderr.write(
    `${paint(RED, 'expected')} ${printable(wanted.join(', '))}, but it goes to ${printable(names.join(', '))}\n`,
  );
  return 1;
}

function labelsOf(words: readonly string[]): Record<string, string> {
  const labels: Record<string, string> = Object.create(null);
  for (const word of words) {
    const at = word.indexOf('=');
    if (at <= 0) throw wrong(`'${word.slice(0, 100)}' is no label.`, 'Write it like severity=page.');
    labels[word.slice(0, at)] = word.slice(at + 1).replace(/^"(.*)"$/s, '$1');
  }
  return labels;
}

/** One line of JSON: durations in milliseconds. */
function viewOf({ key, receiver, groupBy, isContinued, ...route }: Route): object {
  return {
    receiver,
    route: key,
    group_by: groupBy === 'all' ? ['...'] : groupBy,
    group_wait_ms: route.groupWaitMs,
    group_interval_ms: route.groupIntervalMs,
    repeat_interval_ms: route.repeatIntervalMs,
    mute_time_intervals: route.muteTimeIntervals,
    active_time_intervals: route.activeTimeIntervals,
    continue: isContinued,
  };
}

function lineOf(route: Route, paint: Paint): string {
  const { receiver, groupBy, groupWaitMs, groupIntervalMs, repeatIntervalMs, key } = route;
  const by = groupBy === 'all' ? 'all labels' : groupBy.length === 0 ? 'nothing' : groupBy.join(', ');
  const times = [groupWaitMs, groupIntervalMs, repeatIntervalMs].map(durationText);
  const quiet = [
    ...route.muteTimeIntervals.map(name => `not during ${name}`),
    ...route.activeTimeIntervals.map(name => `only during ${name}`),
  ];
  const facts = [`by ${by}`, `after ${times[0]}, then every ${times[1]}, again after ${times[2]}`, ...quiet];
  return `${paint(GREEN, printable(receiver))}  ${printable(facts.join('; '))}  ${paint(GREY, printable(key))}`;
}

function treeOf(route: Route, depth: number, paint: Paint): string[] {
  const own = route.key.slice(route.key.lastIndexOf('/{') + 1);
  const onward = route.isContinued ? '  and on' : '';
  const line = `${'  '.repeat(depth)}${depth === 0 ? 'all' : paint(CYAN, printable(own))} -> ${lineOf({ ...route, key: '' }, paint).trimEnd()}${onward}`;
  return [line, ...route.routes.flatMap(one => treeOf(one, depth + 1, paint))];
}

function wrong(what: string, fix: string): LongshoreError {
  return new LongshoreError('LS_CLI_ROUTES', what, { fix });
}
