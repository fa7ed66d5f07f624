import { LongshoreError } from '../core/errors.ts';
import { type Fields, isFields, newFields } from '../core/event.ts';
import { FieldPath } from './field-path.ts';
import type { RunState } from './run-state.ts';

/** How `{{field}}` is escaped; `{{{field}}}` never is. */
export type MediaType = 'application/json' | 'text/plain' | 'application/x-www-form-urlencoded';

/** A text that may take fields in: `{{a.b}}` escaped, `{{{a.b}}}` and `{{&a.b}}` as they are. A missing field is the empty text. */
export interface Template {
  /** The text when it takes no field in. */
  readonly constant: string | undefined;
  render(event: Fields, state: RunState): string;
}

const TAG = /\{\{\{\s*([^{}]+?)\s*\}\}\}|\{\{\s*([&#^/!>=]?)\s*([^{}]*?)\s*\}\}/g;

/** Compiles a mustache text. Sections (`{{#a}}`) are refused with LS_PIPELINE_TEMPLATE. */
export function compileTemplate(text: string, mediaType: MediaType = 'application/json', where?: string): Template {
  const parts: (string | { path: FieldPath; escape: (text: string) => string })[] = [];
  let last = 0;
  for (const tag of text.matchAll(TAG)) {
    if (tag.index > last) parts.push(text.slice(last, tag.index));
    last = tag.index + tag[0].length;
    const sigil = tag[2] ?? '';
    if (sigil === '!') continue;
    if (sigil !== '' && sigil !== '&')
      throw new LongshoreError('LS_PIPELINE_TEMPLATE', `the template part ${tag[0]} is not supported.`, {
        where,
        fix: 'Templates know {{field}} and {{{field}}}; use conditions for the rest.',
      });
    const raw = tag[1] !== undefined || sigil === '&';
    parts.push({ path: new FieldPath((tag[1] ?? tag[3])!), escape: raw ? asIs : ESCAPES[mediaType] });
  }
  if (last < text.length) parts.push(text.slice(last));
  if (parts.every(part => typeof part === 'string')) {
    const constant = parts.join('');
    return { constant, render: () => constant };
  }
  return {
    constant: undefined,
    render(event, state) {
      let out = '';
      for (let i = 0; i < parts.length; i++) {
        const part = parts[i]!;
        out += typeof part === 'string' ? part : part.escape(textOf(part.path.get(event, state)));
      }
      return out;
    },
  };
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
    const entries = Object.entries(value).map(([key, item]) => [key, compileValue(item, mediaType, where)] as const);
    return (event, state) => {
      const out = newFields();
      for (const [key, item] of entries) out[key] = item(event, state);
      return out;
    };
  }
  return () => value;
}

/** How a value reads inside a text. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function asIs(text: string): string {
  return text;
}

const ESCAPES: Record<MediaType, (text: string) => string> = {
  'application/json': text => (/["\\\u0000-\u001f]/.test(text) ? JSON.stringify(text).slice(1, -1) : text),
  'text/plain': asIs,
  'application/x-www-form-urlencoded': encodeURIComponent,
};
