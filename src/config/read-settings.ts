import { didYouMean } from '../base/text/did-you-mean.ts';
import { parseBytes } from '../base/text/size.ts';
import { Located } from '../base/yaml/located.ts';
import { misfit, type Shape } from '../base/yaml/shape.ts';
import type { ErrorCode } from '../core/codes.ts';
import { LongshoreError } from '../core/errors.ts';

/** The shape of settings. */
export interface SettingsSchema extends Shape {
  readonly properties?: Readonly<Record<string, SettingsSchema>>;
  readonly items?: SettingsSchema;
  /** A section that `false` switches off; on it is anyway. */
  readonly may_be_false?: boolean;
  /** A section whose shape depends on its `type`. */
  readonly variants?: Readonly<Record<string, SettingsSchema>>;
  readonly default_variant?: string;
}

type Names = readonly string[];

/**
 * Settings by their schema: defaults are put in, sizes become numbers of bytes. What is wrong goes to `errors`, and its
 * default stands in for it.
 */
export function readSettings(source: Located, schema: SettingsSchema, errors: LongshoreError[]): unknown {
  return new Reader(schema, errors).value(source, { default: {}, ...schema }, []);
}

class Reader {
  readonly #root: SettingsSchema;
  readonly #errors: LongshoreError[];

  constructor(root: SettingsSchema, errors: LongshoreError[]) {
    this.#root = root;
    this.#errors = errors;
  }

  /** Undefined for what was not written, or is wrong, and has no default. */
  value(source: Located | undefined, schema: SettingsSchema, path: Names): unknown {
    const value = source?.value === undefined ? undefined : this.#written(source, schema, path);
    if (value !== undefined) return value;
    const { variants, default_variant, default: fallback } = schema;
    if (variants !== undefined) return this.#mapping(NOTHING, variants[default_variant!]!, path);
    // A section that is left out is one in which nothing is written.
    return JSON.stringify(fallback) === '{}' ? this.#mapping(NOTHING, schema, path) : fallback;
  }

  #written(source: Located, schema: SettingsSchema, path: Names): unknown {
    if (schema.variants !== undefined) {
      const variant = this.#variant(source, schema, schema.variants, path);
      return variant && this.#written(source, { ...variant, description: schema.description ?? '' }, path);
    }
    const value = schema.format === 'bytes' ? parseBytes(source.value) : source.value;
    const name = path.join('.') || 'configuration';
    if (value === undefined) {
      const what = `'${name}' is no size: ${JSON.stringify(source.value)}.`;
      return this.#error('LS_CONFIG_BYTES', what, source, 'Write a number of bytes or a size such as 512MB or 10GiB.');
    }
    if (schema.may_be_false === true && source.entries === undefined) {
      if (value === false) return false;
      const what = `'${name}' must be options or false, not ${JSON.stringify(value)}.`;
      const fix = schema.default === false ? 'Write {} to have it' : 'Leave it out to have it';
      return this.#error('LS_CONFIG_INVALID', what, source, `${fix} with its defaults.`);
    }
    const wrong = misfit(value, schema);
    if (wrong !== undefined)
      return this.#error(
        'LS_CONFIG_INVALID',
        `'${name}' ${wrong.what}.`,
        source,
        wrong.near ?? about(schema, wrong.form),
      );
    if (source.entries !== undefined) return this.#mapping(source, schema, path);
    const { items = {} } = schema;
    return (
      source.items
        ?.map((item, i) => this.value(item, items, [...path, String(i)]))
        .filter(item => item !== undefined) ?? value
    );
  }

  #mapping(source: Located, schema: SettingsSchema, path: Names): unknown {
    const { properties = {}, required = [], additionalProperties: others = {} } = schema;
    const result: [string, unknown][] = [];
    for (const [name, property] of Object.entries(properties))
      result.push([name, this.value(source.entries?.get(name), property, [...path, name])]);
    for (const [name, inner] of source.entries ?? []) {
      if (inner.value === undefined || Object.hasOwn(properties, name)) continue;
      if (others !== false) result.push([name, this.value(inner, others, [...path, name])]);
      else {
        const known = Object.keys(properties);
        const fix = elsewhere(name, this.#root) ?? didYouMean(name, known, "'") ?? `Known here: ${known.join(', ')}.`;
        this.#error('LS_CONFIG_UNKNOWN_SETTING', `unknown setting '${[...path, name].join('.')}'.`, inner, fix);
      }
    }
    const given = new Map(result.filter(([, value]) => value !== undefined));
    for (const name of required) {
      if (given.has(name)) continue;
      // A value that is wrong has been told.
      if (source.entries?.get(name)?.value === undefined)
        this.#error(
          'LS_CONFIG_INVALID',
          `'${path.join('.')}' must have required property '${name}'.`,
          source,
          about(properties[name] ?? {}),
        );
      return undefined;
    }
    return Object.fromEntries(given);
  }

  #variant(
    source: Located,
    schema: SettingsSchema,
    variants: Readonly<Record<string, SettingsSchema>>,
    path: Names,
  ): SettingsSchema | undefined {
    const type = source.entries?.get('type');
    if (type?.value === undefined) return variants[schema.default_variant!];
    const known = Object.keys(variants);
    if (known.includes(String(type.value))) return variants[String(type.value)];
    // The rest of the section is judged by its own type once that is right.
    const what = `'${path.join('.')}.type' must be ${known.join(' or ')}.`;
    return this.#error('LS_CONFIG_TYPE', what, type, didYouMean(String(type.value), known, "'"));
  }

  #error(code: ErrorCode, what: string, { keyWhere }: Located, fix: string | undefined): undefined {
    this.#errors.push(new LongshoreError(code, what, { where: keyWhere, fix }));
    return undefined;
  }
}

/** The one setting of another section that has this name, or this name with its section before it (`search_timeout_ms`). */
function elsewhere(name: string, root: SettingsSchema): string | undefined {
  const found: string[] = [];
  const look = ({ properties = {} }: SettingsSchema, path: Names): void => {
    for (const [inner, property] of Object.entries(properties)) {
      const full = [...path, inner];
      if (inner === name || full.join('_') === name) found.push(full.join('.'));
      look(property, full);
    }
  };
  look(root, []);
  return found.length === 1 ? `There is '${found[0]}'.` : undefined;
}

const NOTHING = new Located(new Map(), '');

/** How it is written, what it is for, and what it is when it is left out. */
function about({ description, default: fallback }: SettingsSchema, form?: string): string | undefined {
  const isPlain = typeof fallback !== 'object' && fallback !== undefined;
  const parts = [form, description, isPlain ? `Default: ${String(fallback)}.` : undefined].filter(Boolean);
  return parts.length === 0 ? undefined : parts.join(' ');
}
