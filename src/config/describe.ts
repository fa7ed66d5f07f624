import type { ErrorObject } from 'ajv';
import { didYouMean } from '../base/text/did-you-mean.ts';
import { LongshoreError } from '../core/errors.ts';
import type { JsonSchema } from './load.ts';

/** A text that is the wrong text is not also told that it might have been a list. */
export function withoutOtherForms(errors: ErrorObject[]): ErrorObject[] {
  const formOf = (error: ErrorObject): string | undefined => /^.*\/(?:anyOf|oneOf)\//.exec(error.schemaPath)?.[0];
  return errors.filter(error => {
    const form = formOf(error);
    if (error.keyword !== 'type' || form === undefined) return true;
    return !errors.some(
      other => other.keyword !== 'type' && other.instancePath.startsWith(error.instancePath) && formOf(other) === form,
    );
  });
}

/** One error of the schema as a sentence with its place; undefined when another error says it already. */
export function describe(
  error: ErrorObject,
  whereOf: (path: readonly string[]) => string,
  schema: JsonSchema,
): LongshoreError | undefined {
  const path = pathOf(error);
  const name = path.join('.');
  if (error.keyword === 'additionalProperties') {
    const key = (error.params as { additionalProperty: string }).additionalProperty;
    const known = Object.keys(((error.parentSchema ?? schemaAt(schema, path))?.['properties'] ?? {}) as object);
    return new LongshoreError('LS_CONFIG_UNKNOWN_SETTING', `unknown setting '${[...path, key].join('.')}'.`, {
      where: whereOf([...path, key]),
      fix: didYouMean(key, known, "'") ?? `Known here: ${known.join(', ')}.`,
    });
  }
  // The branches of a oneOf are reported one by one; the sum of them says nothing more.
  if (error.keyword === 'oneOf' || error.keyword === 'anyOf' || error.keyword === 'if') return undefined;
  // An input that is `true`: the options are its other form.
  if (error.keyword === 'not') {
    return new LongshoreError('LS_CONFIG_INVALID', `'${name}' must be options or false, not true.`, {
      where: whereOf(path),
      fix: 'Leave it out to have it with its defaults.',
    });
  }
  const allowed = error.params as { allowedValues?: unknown[]; allowedValue?: unknown };
  const values = allowed.allowedValues ?? (allowed.allowedValue === undefined ? undefined : [allowed.allowedValue]);
  let detail = values === undefined ? error.message?.replaceAll(',', ' or ') : undefined;
  if (values !== undefined) detail = `must be ${values.map(v => JSON.stringify(v)).join(' or ')}`;
  else if (error.keyword === 'pattern')
    detail += `, and is ${JSON.stringify(error.data).replace(/\/\/[^/@]*@/, '//...@')}`;
  return new LongshoreError('LS_CONFIG_INVALID', `'${name || 'configuration'}' ${detail}.`, {
    where: whereOf(path),
    fix: fixOf(error, values),
  });
}

/** The nearest value that is allowed, else what the setting is for. */
function fixOf(error: ErrorObject, values: unknown[] | undefined): string | undefined {
  if (values !== undefined && typeof error.data === 'string') {
    const hint = didYouMean(
      error.data,
      values.filter(value => typeof value === 'string'),
      "'",
    );
    if (hint !== undefined) return hint;
  }
  const { type, description, default: fallback } = (error.parentSchema ?? {}) as ValueSchema;
  const form = error.keyword === 'type' && typeof type === 'string' ? FORMS[type] : undefined;
  const isPlain = typeof fallback !== 'object' && fallback !== undefined;
  const parts = [form, description, isPlain ? `Default: ${String(fallback)}.` : undefined].filter(Boolean);
  return parts.length === 0 ? undefined : parts.join(' ');
}

interface ValueSchema {
  type?: string | string[];
  description?: string;
  default?: unknown;
}

/** What to write where another kind of value stands. */
const FORMS: Record<string, string> = {
  integer: 'Write a whole number, without quotes or units.',
  number: 'Write a number, without quotes or units.',
  boolean: 'Write true or false, without quotes.',
  string: "Write a text; one that looks like a number goes between quotes: '9880'.",
  array: 'Write a list: [a, b], or lines that begin with a dash.',
  object: 'Write a mapping: lines `name: value` below it, indented.',
};

function schemaAt(schema: JsonSchema, path: readonly string[]): JsonSchema | undefined {
  let at: JsonSchema | undefined = schema;
  for (const key of path) at = (at?.['properties'] as Record<string, JsonSchema> | undefined)?.[key];
  return at;
}

/** The setting that the error is about; of one that nobody knows, its own path. */
export function pathOf(error: ErrorObject): string[] {
  return error.instancePath.split('/').slice(1).map(unescapePointer);
}

function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}
