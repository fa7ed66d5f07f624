import { networkList } from '../../../base/net/address.ts';
import { type Fields, isFields } from '../../../core/event.ts';
import { rubyExpression } from './conditions.ts';
import { asText, pathOf } from './event.ts';
import type { ReadFilter } from './filters.ts';

/** Filters that look at the event as a whole, or only say something about it. */

export const cidr: ReadFilter = (event, options, context) => {
  const path = options.text('network_path');
  const separator = (options.text('separator') ?? '\n').replaceAll('\\n', '\n');
  const fromFile = path === undefined ? [] : context.lines(path, separator);
  const networks = [...options.list('network'), ...fromFile].map(one => one.trim()).filter(one => one !== '');
  const isIn = networkList(networks, { where: 'cidr', code: 'LS_IMPORT_SYNTAX' });
  return options.list('address').some(text => isIn(event.sprintf(text)));
};

export const prune: ReadFilter = (event, options) => {
  const fits = (text: string, patterns: readonly string[]): boolean =>
    patterns.some(pattern => rubyExpression(pattern).test(text));
  const kept = options.list('whitelist_names');
  const removed = options.has('blacklist_names') ? options.list('blacklist_names') : ['%\\{[^}]+\\}'];
  for (const name of Object.keys(event.fields)) {
    const isKept = kept.length === 0 || fits(name, kept);
    if (name !== '@metadata' && name !== 'tag' && (!isKept || fits(name, removed))) event.remove([name]);
  }
  for (const [option, isGood] of [
    ['whitelist_values', true],
    ['blacklist_values', false],
  ] as const)
    for (const [name, patterns] of options.hash(option)) {
      const value = event.get([name]);
      if (typeof value === 'string' && fits(value, patterns) !== isGood) event.remove([name]);
    }
  return true;
};

export const truncate: ReadFilter = (event, options) => {
  const length = Number(options.text('length_bytes'));
  const cut = (text: string): string => text.slice(0, length);
  const fields = options.list('fields').map(pathOf);
  if (fields.length === 0) eachText(event.fields, cut);
  for (const path of fields) {
    const value = event.get(path);
    if (typeof value === 'string') event.set(path, cut(value));
  }
  return true;
};

/** Every text of the event, made anew. */
export function eachText(fields: Fields, make: (text: string) => string): void {
  const anew = (value: unknown): unknown => {
    if (typeof value === 'string') return make(value);
    if (Array.isArray(value)) return value.map(anew);
    if (isFields(value)) eachText(value, make);
    return value;
  };
  for (const [name, value] of Object.entries(fields)) fields[name] = anew(value);
}

export const range: ReadFilter = (event, options) => {
  const items = options.list('ranges');
  const isNegated = options.text('negate') === 'true';
  for (let i = 0; i + 3 < items.length; i += 4) {
    const [name = '', from, to, action = ''] = items.slice(i, i + 4);
    const value = event.get(pathOf(name));
    const measure = typeof value === 'string' ? value.length : value;
    if (typeof measure !== 'number') continue;
    if ((measure >= Number(from) && measure <= Number(to)) === isNegated) continue;
    const [kind, ...rest] = action.split(':');
    const text = rest.slice(1).join(':');
    if (kind === 'drop') event.isCancelled = true;
    else if (kind === 'tag') event.addTag(event.sprintf(rest.join(':')));
    else event.set(pathOf(rest[0] ?? ''), /^-?\d+$/.test(text) ? Number(text) : event.sprintf(text));
  }
  return true;
};

/** By 1024, as the filter counts when it is told nothing. */
export const bytes: ReadFilter = (event, options) => {
  const source = options.text('source') ?? 'message';
  const value = event.get(pathOf(source));
  if (value === undefined || value === null) return false;
  const [, number, unit = ''] = /^\s*([\d.]+)\s*([kmgtp]?)i?b?\s*$/i.exec(asText(value)) ?? [];
  if (number === undefined) {
    event.addTag('_bytesparsefailure');
    return false;
  }
  const power = ' kmgtp'.indexOf(unit.toLowerCase() || ' ');
  event.set(pathOf(options.text('target') ?? source), Math.trunc(Number(number) * 1024 ** power));
  return true;
};
