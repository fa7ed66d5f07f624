import { type Fields, newFields } from '../../../core/event.ts';
import type { Reading, SourceFile } from '../../reading.ts';
import { child, type Directive, expanded, placeText } from '../ast.ts';
import { type Include, parseFluentd } from '../parser.ts';
import { applyParse } from './parsers.ts';
import { evaluate, valueAt } from './placeholders.ts';
import { rubyGroups, rubyTest } from './ruby-test.ts';

/*
 * A small reading of Fluentd's own filters, written apart from what converts them: an import is right when both give the
 * same events. Records are as Fluentd has them: Docker's driver sends `log` and `source`.
 */

export interface FluentdReadingOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly include: Include;
  readonly timezone: string;
  readonly files: (path: string) => readonly SourceFile[] | undefined;
}

/** A record on its way, with its tag and time. */
export interface Travelling {
  tag: string;
  record: Fields;
  /** Epoch milliseconds, when something read it. */
  time: number | undefined;
}

/** What a directive says, for the reading. */
export type Say = (directive: Directive, name: string) => string | undefined;

/** Runs records through the filters of a configuration as Fluentd would. */
export function readAsFluentd(source: SourceFile, options: FluentdReadingOptions): Reading {
  const { directives } = parseFluentd(source, options.include);
  const top = directives.flatMap(one => (one.name === 'worker' ? one.children : [one]));
  const labels = top.filter(one => one.name === 'label' && one.argument !== '@ERROR').flatMap(one => one.children);
  const way = [...top.filter(one => one.name !== 'label'), ...labels];
  const unread = new Set<string>();
  const say: Say = (directive, name) => {
    const param = directive.params.findLast(one => one.name === name);
    return param === undefined ? undefined : expanded(param.text, options.env, () => {});
  };
  const unknown = (directive: Directive): void => {
    unread.add(`${directive.name} ${say(directive, '@type') ?? ''} (${placeText(directive.at)})`);
  };

  return {
    unread,
    run(record, meta) {
      const at: Travelling = { tag: meta.tag, record, time: undefined };
      const context = { say, timezone: options.timezone, receivedAt: meta.receivedAt, files: options.files };
      let isTaken = false;
      for (const directive of way) {
        if (directive.name !== 'filter' && directive.name !== 'match') continue;
        if (!matchesTag(directive.argument, at.tag)) continue;
        const type = say(directive, '@type') ?? '';
        if (directive.name === 'match') {
          if (isTaken) continue;
          if (type === 'rewrite_tag_filter') retag(directive, at, say);
          else if (type === 'null') return undefined;
          else if (type !== 'relabel' && type !== 'detect_exceptions') isTaken = true;
          continue;
        }
        if (PASSING.has(type)) continue;
        if (type === 'parser') {
          if (applyParse(directive, at, context) === 'unknown') unknown(directive);
        } else if (type === 'record_transformer' || type === 'record_modifier') {
          if (!transform(directive, at, say)) unknown(directive);
        } else if (type === 'grep') {
          if (!keeps(directive, at.record, say)) return undefined;
        } else unknown(directive);
      }
      at.record['tag'] = at.tag;
      if (at.time !== undefined) at.record['@timestamp'] = at.time;
      return at.record;
    },
  };
}

const PASSING: ReadonlySet<string> = new Set([
  'stdout',
  'concat',
  'dedot',
  'elasticsearch_genid',
  'utf8',
  'string_scrub',
]);

/** By the parts of the tag, one after the other. */
export function matchesTag(patterns: string, tag: string): boolean {
  if (patterns.trim() === '') return true;
  return patterns
    .trim()
    .split(/\s+(?![^{]*\})/)
    .some(pattern => alternatives(pattern).some(one => fits(one.split('.'), tag.split('.'))));
}

function alternatives(pattern: string): string[] {
  const [whole, inner] = /\{([^{}]*)\}/.exec(pattern) ?? [];
  if (whole === undefined || inner === undefined) return [pattern];
  return inner.split(',').flatMap(one => alternatives(pattern.replace(whole, () => one)));
}

function fits(pattern: readonly string[], tag: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return tag.length === 0;
  if (first === '**') return Array.from({ length: tag.length + 1 }, (_, i) => i).some(i => fits(rest, tag.slice(i)));
  const [part, ...others] = tag;
  if (part === undefined) return false;
  const pieces = first.split('*');
  const isLike =
    pieces.length === 1
      ? first === part
      : part.startsWith(pieces[0]!) &&
        part.endsWith(pieces[pieces.length - 1]!) &&
        part.length >= first.length - (pieces.length - 1);
  return isLike && fits(rest, others);
}

function retag(directive: Directive, at: Travelling, say: Say): void {
  for (const rule of directive.children.filter(one => one.name === 'rule')) {
    const value = asRuby(valueAt(at.record, say(rule, 'key') ?? ''));
    if (rubyTest(say(rule, 'pattern') ?? '//', value) === (say(rule, 'invert') === 'true')) continue;
    const parts = at.tag.split('.');
    const groups = rubyGroups(say(rule, 'pattern') ?? '//', value);
    at.tag = (say(rule, 'tag') ?? '').replace(
      /\$\{tag\}|__TAG__|\$(\d)|(?:\$\{tag_parts|__TAG_PARTS)\[(-?\d+)\](?:\}|__)/g,
      (_, group?: string, part?: string) => {
        if (group !== undefined) return groups[Number(group)] ?? '';
        return part === undefined ? at.tag : (parts.at(Number(part)) ?? '');
      },
    );
    return;
  }
}

export const asRuby = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);

/** Grep: every regexp, no exclude; `and` and `or` join theirs. */
function keeps(directive: Directive, record: Fields, say: Say): boolean {
  const test = (one: Directive): boolean =>
    rubyTest(say(one, 'pattern') ?? '//', asRuby(valueAt(record, say(one, 'key') ?? '')));
  const of = (parent: Directive, name: string): boolean[] => parent.children.filter(one => one.name === name).map(test);
  if (!of(directive, 'regexp').every(Boolean) || of(directive, 'exclude').some(Boolean)) return false;
  for (const joint of directive.children) {
    if (joint.name !== 'and' && joint.name !== 'or') continue;
    const all = (results: boolean[]): boolean =>
      joint.name === 'and' ? results.every(Boolean) : results.some(Boolean);
    const [required, excluded] = [of(joint, 'regexp'), of(joint, 'exclude')];
    if (required.length > 0 && !all(required)) return false;
    if (excluded.length > 0 && all(excluded)) return false;
  }
  for (let i = 1; i <= 20; i++) {
    for (const [name, wanted] of [
      ['regexp', true],
      ['exclude', false],
    ] as const) {
      const text = say(directive, `${name}${i}`);
      if (text === undefined) continue;
      const [key = '', ...pattern] = text.split(/\s+/);
      if (rubyTest(pattern.join(' '), asRuby(valueAt(record, key))) !== wanted) return false;
    }
  }
  return true;
}

/** False: it uses Ruby that is not read. */
function transform(directive: Directive, at: Travelling, say: Say): boolean {
  const isModifier = say(directive, '@type') === 'record_modifier';
  const before = structuredClone(at.record);
  const list = (name: string): string[] => {
    const param = directive.params.findLast(one => one.name === name);
    if (param === undefined) return [];
    return Array.isArray(param.json) ? param.json.map(String) : param.text.split(',').map(one => one.trim());
  };
  const whitelist = list('whitelist_keys');
  const renews = say(directive, 'renew_record') === 'true';
  const next: Fields = newFields();
  const kept = renews ? list('keep_keys') : Object.keys(at.record);
  for (const key of kept) if (Object.hasOwn(at.record, key)) next[key] = at.record[key];
  let isRead = true;
  for (const { name, text, json } of child(directive, 'record')?.params ?? []) {
    const found = evaluate(json ?? text, {
      record: before,
      tag: at.tag,
      say: one =>
        say({ ...directive, params: [{ name: 'x', text: one, json: undefined, at: directive.at }] }, 'x') ?? '',
    });
    if (found === undefined) isRead = false;
    else if (found.value !== undefined && found.value !== null) next[name] = found.value;
  }
  for (const key of list('remove_keys')) removeAt(next, key);
  if (isModifier && whitelist.length > 0)
    for (const key of Object.keys(next)) if (!whitelist.includes(key)) delete next[key];
  for (const replace of directive.children.filter(one => one.name === 'replace')) {
    const key = say(replace, 'key') ?? '';
    const value = next[key];
    const source = /^\/(.*)\/[imx]*$/s.exec(say(replace, 'expression') ?? '')?.[1];
    if (typeof value === 'string' && source !== undefined)
      next[key] = value.replaceAll(new RegExp(source, 'gm'), say(replace, 'replace') ?? '');
  }
  at.record = next;
  return isRead;
}

function removeAt(record: Fields, key: string): void {
  if (!key.startsWith('$.')) {
    delete record[key];
    return;
  }
  const path = key.slice(2).split('.');
  const parent = path.length === 1 ? record : valueAt(record, `$.${path.slice(0, -1).join('.')}`);
  if (typeof parent === 'object' && parent !== null) delete (parent as Fields)[path[path.length - 1]!];
}
