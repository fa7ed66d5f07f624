import { Double } from '../base/number/double.ts';
import { type Fields, isFields, newFields } from '../core/event.ts';
import { FieldPath } from './field-path.ts';
import { writeJson } from './json-values.ts';
import { type Call, type MustacheNode, parseMustache } from './mustache.ts';
import type { RunState } from './run-state.ts';

/** How `{{field}}` is escaped; `{{{field}}}` never is. */
export type MediaType = 'application/json' | 'text/plain' | 'application/x-www-form-urlencoded';

/**
 * A text that may take fields in, in mustache as Elasticsearch has it: `{{a.b}}` escaped, `{{{a.b}}}` and `{{&a.b}}` as they
 * are; a missing field is the empty text. `{{#a}}..{{/a}}` for each item of a list, once for anything else that is there and
 * neither false nor empty, with the members of an object as names and `{{.}}` for the value; `{{^a}}..{{/a}}` otherwise.
 * `{{#join}}a{{/join}}`, `{{#toJson}}a{{/toJson}}` and `{{#url}}..{{/url}}`.
 */
export interface FieldTemplate {
  /** The text when it takes no field in. */
  readonly constant: string | undefined;
  render(event: Fields, state: RunState): string;
}

type Part = string | ((event: Fields, state: RunState, scopes: readonly unknown[]) => string);
type Escape = (text: string) => string;
/** Finds the value of a name. `scopes`: what the sections around it stand for, the innermost last. */
type Find = (event: Fields, state: RunState, scopes: readonly unknown[]) => unknown;

const NO_SCOPES: readonly unknown[] = [];

/** Compiles a mustache text. Throws LS_PIPELINE_TEMPLATE. */
export function compileTemplate(
  text: string,
  mediaType: MediaType = 'application/json',
  where?: string,
): FieldTemplate {
  const parts = partsOf(parseMustache(text, where), ESCAPES[mediaType]);
  if (parts.every(part => typeof part === 'string')) {
    const constant = parts.join('');
    return { constant, render: () => constant };
  }
  return { constant: undefined, render: (event, state) => renderParts(parts, event, state, NO_SCOPES) };
}

function renderParts(parts: readonly Part[], event: Fields, state: RunState, scopes: readonly unknown[]): string {
  let out = '';
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    out += typeof part === 'string' ? part : part(event, state, scopes);
  }
  return out;
}

function partsOf(nodes: readonly MustacheNode[], escaping: Escape): Part[] {
  return nodes.map(node => (typeof node === 'string' ? node : partOf(node, escaping)));
}

function partOf(node: Exclude<MustacheNode, string>, escaping: Escape): Part {
  if (node.type === 'field') {
    const find = finder(node.name);
    const escaped = node.isRaw ? asIs : escaping;
    return (event, state, scopes) => escaped(textOf(find(event, state, scopes)));
  }
  const inner = partsOf(node.inner, escaping);
  if (node.type === 'call') return CALLS[node.name](inner, node.argument);
  const find = finder(node.name);
  if (node.isInverted)
    return (event, state, scopes) =>
      isThere(find(event, state, scopes)) ? '' : renderParts(inner, event, state, scopes);
  return (event, state, scopes) => {
    const value = find(event, state, scopes);
    if (!isThere(value)) return '';
    if (!Array.isArray(value)) return renderParts(inner, event, state, [...scopes, value]);
    return value.map(item => renderParts(inner, event, state, [...scopes, item])).join('');
  };
}

const CALLS: Record<Call, (inner: readonly Part[], argument: string) => Part> = {
  join: (inner, delimiter) =>
    ofNamed(inner, (value, name) => (Array.isArray(value) ? value.map(textOf).join(delimiter) : name)),
  toJson: inner =>
    ofNamed(inner, value => (typeof value === 'object' && value !== null ? writeJson(value) : textOf(value))),
  url: inner => (event, state, scopes) => formEncoded(renderParts(inner, event, state, scopes)),
};

/** What stands inside is the name of a field. */
function ofNamed(inner: readonly Part[], write: (value: unknown, name: string) => string): Part {
  const known = inner.every(part => typeof part === 'string') ? inner.join('').trim() : undefined;
  const find = known === undefined ? undefined : finder(known);
  return (event, state, scopes) => {
    const name = known ?? renderParts(inner, event, state, scopes).trim();
    return write((find ?? finder(name))(event, state, scopes), name);
  };
}

/** As `URLEncoder` of Java. */
function formEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/%20|[!'()~]/g, part =>
    part === '%20' ? '+' : `%${part.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function finder(name: string): Find {
  if (name === '.') return (_event, _state, scopes) => scopes[scopes.length - 1];
  const path = new FieldPath(name);
  const [first] = name.split('.', 1);
  // A key that is called so comes before a path.
  const isDotted = name.includes('.');
  const find: Find = (event, state, scopes) => {
    for (let i = scopes.length - 1; i >= 0; i--) {
      const scope = scopes[i];
      if (isFields(scope) && (Object.hasOwn(scope, first!) || Object.hasOwn(scope, name)))
        return Object.hasOwn(scope, name) ? scope[name] : path.get(scope, state);
    }
    return isDotted && Object.hasOwn(event, name) ? event[name] : path.get(event, state);
  };
  const [, owner, measure] = MEASURED.exec(name) ?? [];
  if (owner === undefined) return find;
  const measured = finder(owner);
  return (event, state, scopes) => {
    const value = find(event, state, scopes);
    if (value !== undefined) return value;
    const whole = measured(event, state, scopes);
    if (measure === 'size') return Array.isArray(whole) ? whole.length : undefined;
    return typeof whole === 'string' ? whole.length : undefined;
  };
}
/** `{{list.size}}` and `{{text.length}}`. */
const MEASURED = /^(.+)\.(size|length)$/;

/** As mustache.java has it: 0 is there. */
function isThere(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== null && value !== false && value !== '';
}

/** A prepared value of any shape: texts in it are templates, everything else is copied for each event. */
export type ValueTemplate = (event: Fields, state: RunState) => unknown;

export function compileValue(value: unknown, mediaType: MediaType = 'application/json', where?: string): ValueTemplate {
  if (typeof value === 'string') {
    const template = compileTemplate(value, mediaType, where);
    const { constant } = template;
    return constant === undefined ? (event, state) => template.render(event, state) : () => constant;
  }
  if (Array.isArray(value)) {
    const items = value.map(item => compileValue(item, mediaType, where));
    return (event, state) => items.map(item => item(event, state));
  }
  if (isFields(value)) {
    const entries = Object.entries(value).map(
      ([key, item]) => [compileTemplate(key, mediaType, where), compileValue(item, mediaType, where)] as const,
    );
    return (event, state) => {
      const out = newFields();
      for (const [key, item] of entries) out[key.constant ?? key.render(event, state)] = item(event, state);
      return out;
    };
  }
  if (typeof value !== 'bigint' && !(value instanceof Double)) return () => value;
  return (_event, state) => {
    state.hasTypedNumbers = true;
    return value;
  };
}

/** How a value reads inside a text. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? writeJson(value) : String(value);
}

function asIs(text: string): string {
  return text;
}

const ESCAPES: Record<MediaType, (text: string) => string> = {
  'application/json': text => (/["\\\u0000-\u001f]/.test(text) ? JSON.stringify(text).slice(1, -1) : text),
  'text/plain': asIs,
  'application/x-www-form-urlencoded': encodeURIComponent,
};
