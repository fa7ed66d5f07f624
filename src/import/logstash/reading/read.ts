import type { Fields } from '../../../core/event.ts';
import type { Reading, SourceFile } from '../../reading.ts';
import type { Entry, Plugin } from '../ast.ts';
import { parseLogstash } from '../parser.ts';
import { holds } from './conditions.ts';
import { LogstashEvent, pathOf } from './event.ts';
import { READ_FILTERS, type ReadingContext } from './filters.ts';
import { PluginOptions } from './options.ts';

export interface LogstashReadingOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ecs: 'disabled' | 'v1';
  readonly timezone: string;
  readonly files: (path: string) => readonly SourceFile[] | undefined;
}

const COMMON = ['add_field', 'remove_field', 'add_tag', 'remove_tag'];

/** Runs events through the filters of a configuration as Logstash would. */
export function readAsLogstash(sources: readonly SourceFile[], given: LogstashReadingOptions): Reading {
  const sections = sources.flatMap(({ path, text }) => parseLogstash(path, text));
  const inputs = sections.filter(({ kind }) => kind === 'input').flatMap(({ body }) => plugins(body));
  const filters = sections.filter(({ kind }) => kind === 'filter').flatMap(({ body }) => body);
  const expand = (text: string): string =>
    text.replace(
      /\$\{(\w+)(?::([^}]*))?\}/g,
      (whole, name: string, other?: string) => given.env[name] ?? other ?? whole,
    );
  const unread = new Set<string>();
  const groks: ReadingContext['groks'] = new Map();
  const patterns = (dirs: readonly string[]): Record<string, string> => {
    const lines = dirs.flatMap(dir => (given.files(dir) ?? []).flatMap(({ text }) => text.split(/\r?\n/)));
    return Object.fromEntries(
      lines.flatMap(line => {
        const [, name, source] = /^(\w+)\s+(.+?)\s*$/.exec(line) ?? [];
        return name === undefined || source === undefined ? [] : [[name, source]];
      }),
    );
  };

  const lines = (path: string, separator: string): string[] =>
    (given.files(path) ?? []).flatMap(({ text }) => text.split(separator));

  const run = (body: readonly Entry[], event: LogstashEvent, context: ReadingContext): void => {
    for (const entry of body) {
      if (event.isCancelled) return;
      if (entry.kind === 'plugin') filter(entry, event, context);
      else {
        const arm = entry.arms.find(({ condition }) => condition === undefined || holds(condition, event));
        if (arm !== undefined) run(arm.body, event, context);
      }
    }
  };

  const filter = (plugin: Plugin, event: LogstashEvent, context: ReadingContext): void => {
    const read = Object.hasOwn(READ_FILTERS, plugin.name) ? READ_FILTERS[plugin.name] : undefined;
    if (read === undefined) {
      unread.add(`${plugin.name} (${plugin.at.file}:${plugin.at.line})`);
      return;
    }
    const options = new PluginOptions(plugin, expand);
    if (read(event, options, context, plugin) && COMMON.some(name => options.has(name))) decorate(event, options);
  };

  return {
    unread,
    explain: source =>
      source?.includes('%{') === true
        ? 'Logstash leaves `%{name}` as it is where there is no such field; here it is nothing'
        : undefined,
    run(record: Fields, meta) {
      const event = new LogstashEvent(record, meta.receivedAt);
      const context = { timezone: given.timezone, ecs: given.ecs, receivedAt: meta.receivedAt, patterns, lines, groks };
      const [input] = inputs;
      if (inputs.length === 1 && input !== undefined) arrive(event, new PluginOptions(input, expand));
      run(filters, event, context);
      if (event.isCancelled) return undefined;
      if (event.time !== undefined) event.fields['@timestamp'] = event.time;
      return event.fields;
    },
  };
}

/** What an input adds to its events. */
function arrive(event: LogstashEvent, options: PluginOptions): void {
  const type = options.text('type');
  if (type !== undefined && !event.has(['type'])) event.set(['type'], type);
  for (const [name, [value = '']] of options.hash('add_field'))
    if (!event.has(pathOf(name))) event.set(pathOf(name), event.sprintf(value));
  for (const tag of options.list('tags')) event.addTag(tag);
}

/** `add_field`, `remove_field`, `add_tag`, `remove_tag`, in this order. */
function decorate(event: LogstashEvent, options: PluginOptions): void {
  for (const [name, values] of options.hash('add_field')) {
    const path = pathOf(event.sprintf(name));
    for (const value of values) {
      const text = event.sprintf(value);
      const present = event.get(path);
      event.set(path, present === undefined ? text : [present].flat().concat(text));
    }
  }
  for (const name of options.list('remove_field')) event.remove(pathOf(event.sprintf(name)));
  for (const tag of options.list('add_tag')) event.addTag(event.sprintf(tag));
  for (const tag of options.list('remove_tag')) event.removeTag(event.sprintf(tag));
}

function plugins(body: readonly Entry[]): Plugin[] {
  return body.flatMap(entry =>
    entry.kind === 'plugin' ? [entry] : entry.arms.flatMap(({ body: inner }) => plugins(inner)),
  );
}
