import { isFields } from '../../../core/event.ts';
import { rubyExpression } from './conditions.ts';
import { asText, type LogstashEvent, pathOf } from './event.ts';
import type { PluginOptions } from './options.ts';

/** One operation after the other, in the order of Logstash's source. */
export function mutateEvent(event: LogstashEvent, options: PluginOptions): boolean {
  for (const [name, [value = '']] of options.hash('coerce'))
    if (event.get(pathOf(name)) === null) event.set(pathOf(name), event.sprintf(value));
  for (const [from, [to = '']] of options.hash('rename')) {
    const old = pathOf(event.sprintf(from));
    if (event.has(old)) event.set(pathOf(event.sprintf(to)), event.remove(old));
  }
  for (const [name, [value = '']] of options.hash('update'))
    if (event.has(pathOf(name))) event.set(pathOf(name), event.sprintf(value));
  for (const [name, [value = '']] of options.hash('replace')) event.set(pathOf(name), event.sprintf(value));
  for (const [name, [type = '']] of options.hash('convert')) change(event, name, value => convert(value, type));
  substitute(event, options.list('gsub'));
  for (const [option, make] of TEXT_OPERATIONS)
    for (const name of options.list(option)) change(event, name, textual(make));
  for (const name of options.list('remove')) event.remove(pathOf(name));
  for (const [name, [separator = '']] of options.hash('split')) {
    const value = event.get(pathOf(name));
    if (typeof value !== 'string') continue;
    const parts = separator === ' ' ? value.trim().split(/\s+/) : value.split(separator);
    while (parts.length > 1 && parts[parts.length - 1] === '') parts.pop();
    event.set(pathOf(name), parts);
  }
  for (const [name, [separator = '']] of options.hash('join')) {
    const value = event.get(pathOf(name));
    if (Array.isArray(value)) event.set(pathOf(name), value.map(asText).join(separator));
  }
  for (const [name, added] of options.hash('merge'))
    for (const other of added) {
      const value = event.get(pathOf(other));
      const present = event.get(pathOf(name));
      if (value === undefined || isFields(value) || isFields(present)) continue;
      event.set(pathOf(name), [...(present === undefined ? [] : [present].flat()), ...[value].flat()]);
    }
  for (const [from, targets] of options.hash('copy')) {
    const value = event.get(pathOf(from));
    if (value !== undefined && value !== null) for (const to of targets) event.set(pathOf(to), structuredClone(value));
  }
  return true;
}

/** Those that make another text of a text. */
const TEXT_OPERATIONS: readonly (readonly [string, (text: string) => string])[] = [
  ['uppercase', text => text.toUpperCase()],
  ['capitalize', text => text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase()],
  ['lowercase', text => text.toLowerCase()],
  ['strip', text => text.trim()],
];

function change(event: LogstashEvent, name: string, make: (value: unknown) => unknown): void {
  const value = event.get(pathOf(name));
  if (value === undefined || value === null || isFields(value)) return;
  event.set(pathOf(name), Array.isArray(value) ? value.map(make) : make(value));
}

const textual =
  (make: (text: string) => string) =>
  (value: unknown): unknown =>
    typeof value === 'string' ? make(value) : value;

function convert(value: unknown, type: string): unknown {
  const text = asText(value);
  switch (type) {
    case 'string':
      return text;
    case 'integer':
      if (typeof value === 'boolean') return value ? 1 : 0;
      return Number(/^\s*([+-]?\d+)/.exec(text.replaceAll(',', ''))?.[1] ?? 0);
    case 'float':
      if (typeof value === 'boolean') return value ? 1 : 0;
      return Number(/^\s*([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/.exec(text.replaceAll(',', ''))?.[1] ?? 0);
    case 'integer_eu':
      return convert(text.replaceAll('.', '').replace(',', '.'), 'integer');
    case 'float_eu':
      return convert(text.replaceAll('.', '').replace(',', '.'), 'float');
    case 'boolean':
      if (/^(?:true|t|yes|y|1|1\.0)$/i.test(text)) return true;
      return /^(?:false|f|no|n|0|0\.0)?$/i.test(text) ? false : value;
    default:
      return value;
  }
}

function substitute(event: LogstashEvent, items: readonly string[]): void {
  for (let i = 0; i + 2 < items.length; i += 3) {
    const expression = rubyExpression(event.sprintf(items[i + 1]!));
    const replacement = event.sprintf(items[i + 2]!);
    const make = (text: string): string => {
      let out = '';
      let from = 0;
      expression.each(text, match => {
        const put = replacement.replace(/\\(\d|\\)/g, (_, group: string) =>
          group === '\\' ? '\\' : (match[expression.groupOf[Number(group)] ?? -1] ?? ''),
        );
        out += text.slice(from, match.index) + put;
        from = match.index + match[0].length;
      });
      return out + text.slice(from);
    };
    change(event, items[i]!, textual(make));
  }
}
