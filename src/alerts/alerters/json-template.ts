import { messageOf } from '../../core/errors.ts';
import { type Fields, isFields, newFields } from '../../core/event.ts';
import { compileTemplate } from '../jinja/template.ts';
import { alertFieldsOf } from '../text/alert-fields.ts';
import type { OptionMistake } from './address.ts';

// Templates whose text is JSON when they are filled.

/** The template of an option that is a mapping or the text of one. */
export function templateText(value: unknown): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  return isFields(value) ? JSON.stringify(value) : '{}';
}

/** What is wrong with the template of an option. */
export function checkTemplate(option: string, value: unknown): OptionMistake[] {
  try {
    compileTemplate(templateText(value));
    return [];
  } catch (error) {
    const what = `is a template that cannot be read: ${messageOf(error)}`;
    return [{ option, what, fix: 'Correct the template.' }];
  }
}

/** The JSON object of a text; undefined when it is none. */
export function jsonFields(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The match with its texts escaped as they stand inside JSON quotes, and the same again under `root`. */
export function jsonEscaped(match: Fields, root: string): Fields {
  const all = escaped(match, 0) as Fields;
  const values = newFields();
  for (const key of Object.keys(match)) values[key] = all[inQuotes(key)];
  for (const [name, value] of Object.entries(alertFieldsOf(match))) values[name] = escaped(value, 0);
  values[root] = all;
  return values;
}

const MAX_DEPTH = 50;

function escaped(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return inQuotes(value);
  if (depth > MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map(item => escaped(item, depth + 1));
  if (!isFields(value)) return value;
  const out = newFields();
  for (const key of Object.keys(value)) out[inQuotes(key)] = escaped(value[key], depth + 1);
  return out;
}

const inQuotes = (text: string): string => JSON.stringify(text).slice(1, -1);
