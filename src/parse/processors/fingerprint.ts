import { createHash } from 'node:crypto';
import { isFields } from '../../core/event.ts';
import { FieldPath } from '../field-path.ts';
import type { ProcessorKind } from '../processor.ts';

const METHODS = ['MD5', 'SHA-1', 'SHA-256', 'SHA-512'] as const;

/**
 * `fingerprint`: fields, target_field (default `fingerprint`), salt, method, ignore_missing. Base64 of the hash over the
 * fields sorted by name, each with its value; the same fields give the same text whatever their order. Not byte for byte
 * the value that Elasticsearch computes.
 */
export const fingerprint: ProcessorKind = {
  name: 'fingerprint',
  build(options) {
    const paths = [...options.strings('fields')].sort().map(name => new FieldPath(name));
    const target = options.path('target_field', 'fingerprint');
    const salt = options.string('salt', '');
    const method = options.choice('method', METHODS, 'SHA-1').replace('-', '').toLowerCase();
    const ignoreMissing = options.boolean('ignore_missing', false);
    if (paths.length === 0 && options.has('fields'))
      options.problem('LS_PIPELINE_OPTION', 'processor fingerprint: `fields` is empty.', 'Name a field.');
    return (event, state) => {
      const hash = createHash(method).update(salt);
      let found = 0;
      for (const path of paths) {
        const value = path.get(event, state);
        if (value === undefined || value === null) {
          if (ignoreMissing) continue;
          return `field [${path.text}] is not there`;
        }
        found++;
        hash.update(`\0${path.text}\0${canonical(value)}`);
      }
      return found === 0 ? undefined : target.set(event, state, hash.digest('base64'));
    };
  },
};

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (isFields(value))
    return `{${Object.keys(value)
      .sort()
      .map(key => `${JSON.stringify(key)}:${canonical(value[key])}`)
      .join(',')}}`;
  return `${typeof value}:${String(value)}`;
}
