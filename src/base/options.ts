/*
 * Options are described once, by a JSON schema: it checks them, it holds their defaults, the reference page is printed from
 * it, and their type follows from it.
 */

export const count = <D extends number>(minimum: number, maximum: number, fallback: D, description: string) =>
  ({ type: 'integer', minimum, maximum, default: fallback, description }) as const;

export const bytes = <D extends number>(minimum: number, maximum: number, fallback: D, description: string) =>
  ({ type: 'number', format: 'bytes', minimum, maximum, default: fallback, description }) as const;

/** A text that may be left out. */
export const text = (description: string) => ({ type: 'string', minLength: 1, description }) as const;

/** For a count or a size that has no greatest value. */
export const ANY = Number.MAX_SAFE_INTEGER;

/** The longest time of a timer: 24 days. */
export const LONGEST_MS = 2_147_483_647;

/** A schema of an object. `properties` of properties make a section of their own. */
interface ObjectSchema {
  readonly properties: { readonly [name: string]: object };
  readonly required?: readonly string[];
}

/** What the schema takes, with its defaults: what has none and is not required may be missing. */
export type OptionsOf<S extends ObjectSchema> = {
  readonly [K in Present<S>]: Value<S['properties'][K]>;
} & {
  readonly [K in Exclude<keyof S['properties'], Present<S>>]?: Value<S['properties'][K]> | undefined;
};

/** What has to be given where the schema has defaults, and what may be. */
export type Given<S extends ObjectSchema> = {
  readonly [K in keyof S['properties'] & Required<S>]: GivenValue<S['properties'][K]>;
} & {
  readonly [K in Exclude<keyof S['properties'], Required<S>>]?: GivenValue<S['properties'][K]> | undefined;
};

type Present<S extends ObjectSchema> = {
  [K in keyof S['properties']]: S['properties'][K] extends { default: unknown } ? K : K extends Required<S> ? K : never;
}[keyof S['properties']];
type GivenValue<S> = S extends ObjectSchema ? Given<S> : Value<S>;
type Required<S> = S extends { required: readonly (infer R)[] } ? R : never;
type Value<S> = S extends { enum: readonly (infer V)[] }
  ? V
  : S extends { const: infer V }
    ? V
    : S extends { type: readonly (infer T)[] | infer T }
      ? ValueOf<T, S>
      : unknown;
type ValueOf<T, S> = T extends 'integer' | 'number'
  ? number
  : T extends 'boolean'
    ? boolean
    : T extends 'string'
      ? string
      : T extends 'array'
        ? readonly (S extends { items: infer I } ? Value<I> : unknown)[]
        : S extends ObjectSchema
          ? OptionsOf<S>
          : Readonly<Record<string, unknown>>;

/** The given options with the defaults of the schema for all others. Checks nothing. */
export function withDefaults<const S extends ObjectSchema>(schema: S, given: Given<S>): OptionsOf<S> {
  const options: Record<string, unknown> = { ...given };
  for (const [name, property] of Object.entries(schema.properties)) {
    if (options[name] === undefined && 'default' in property) options[name] = property.default;
    const value = options[name];
    if ('properties' in property && typeof value === 'object')
      options[name] = withDefaults(property as ObjectSchema, value as Given<ObjectSchema>);
  }
  return options as OptionsOf<S>;
}
