import type { Elastic, ElasticAnswer } from './client.ts';
import type { Dialect } from './product.ts';

/** Types whose values are numbers. */
export const NUMERIC: readonly string[] = [
  ...['long', 'integer', 'short', 'byte', 'double', 'float', 'half_float', 'scaled_float', 'unsigned_long'],
];

/** The body of an answer to `_field_caps`. */
export interface FieldCaps {
  readonly indices?: readonly string[];
  readonly fields?: { readonly [field: string]: { readonly [type: string]: { readonly indices?: readonly string[] } } };
}

export interface CapsRequest {
  /** Path of the indices. */
  readonly target: string;
  readonly dialect: Dialect;
  readonly fields: readonly string[];
  readonly signal: AbortSignal | undefined;
}

/** A name with a comma or a wildcard would ask for other fields. */
export const askable = (fields: readonly string[]): string[] => fields.filter(field => !/[,*\s]/.test(field));

/** Asks which types these fields have, and in which indices. */
export function askFieldCaps(
  elastic: Elastic,
  { target, dialect, fields, signal }: CapsRequest,
): Promise<ElasticAnswer> {
  const path = `${target}/_field_caps?ignore_unavailable=true&allow_no_indices=true&include_unmapped=true`;
  return elastic.request(
    dialect === 'current'
      ? { method: 'POST', path, body: { fields }, signal }
      : { method: 'GET', path: `${path}&fields=${fields.map(encodeURIComponent).join(',')}`, signal },
  );
}
