import { didYouMean } from '../base/text/did-you-mean.ts';
import { LongshoreError } from '../core/errors.ts';
import type { JsonSchema } from './load.ts';

/** A section whose schema depends on its `type`: `variants: { spool: {...}, redis: {...} }, default_variant: 'spool'`. */
interface VariantSchema extends JsonSchema {
  readonly variants: Readonly<Record<string, JsonSchema>>;
  readonly default_variant: string;
}

/** The schema with each section of variants replaced by the one that the configuration names. */
export function chooseVariants(
  schema: JsonSchema,
  value: unknown,
  path: string[],
  whereOf: (path: readonly string[]) => string,
  errors: LongshoreError[],
): JsonSchema {
  if (isVariants(schema)) {
    const chosen = choose(schema, value, path, whereOf, errors);
    return { ...chosen, default: {}, description: schema['description'] };
  }
  const properties = schema['properties'] as Record<string, JsonSchema> | undefined;
  if (properties === undefined) return schema;
  const inner = Object.entries(properties).map(([name, property]) => {
    const at = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
    return [name, chooseVariants(property, at, [...path, name], whereOf, errors)] as const;
  });
  return { ...schema, properties: Object.fromEntries(inner) };
}

export function isVariants(schema: JsonSchema): schema is VariantSchema {
  return schema['variants'] !== undefined;
}

function choose(
  schema: VariantSchema,
  value: unknown,
  path: string[],
  whereOf: (path: readonly string[]) => string,
  errors: LongshoreError[],
): JsonSchema {
  const fallback = schema.variants[schema.default_variant]!;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'type')) return fallback;
  const type = (value as { type: unknown }).type;
  const chosen = typeof type === 'string' && Object.hasOwn(schema.variants, type) ? schema.variants[type] : undefined;
  if (chosen !== undefined) return chosen;
  const known = Object.keys(schema.variants);
  errors.push(
    new LongshoreError('LS_CONFIG_TYPE', `'${path.join('.')}.type' must be ${known.join(' or ')}.`, {
      where: whereOf([...path, 'type']),
      fix: didYouMean(String(type), known, "'"),
    }),
  );
  // The rest of the section is judged by its own type once that is right.
  return {};
}
