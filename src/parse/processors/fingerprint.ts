import { createHash } from 'node:crypto';
import { Double } from '../../base/number/double.ts';
import { murmur3 } from '../../base/number/murmur3.ts';
import { isFields } from '../../core/event.ts';
import { FieldPath } from '../field-path.ts';
import type { ProcessorKind } from '../processor.ts';

const METHODS = ['MD5', 'SHA-1', 'SHA-256', 'SHA-512', 'MurmurHash3'] as const;

/**
 * `fingerprint`: fields, target_field (default `fingerprint`), salt, method, ignore_missing. Base64 of the hash over the
 * salt and the values of the fields, sorted by the fields' names: byte for byte what Elasticsearch hashes.
 */
export const fingerprint: ProcessorKind = {
  name: 'fingerprint',
  build(options) {
    const paths = [...options.strings('fields')].sort().map(name => new FieldPath(name));
    const target = options.path('target_field', 'fingerprint');
    const written = options.string('salt', '');
    const salt = Buffer.from(written.trim() === '' ? '' : written);
    const method = options.choice('method', METHODS, 'SHA-1');
    const ignoreMissing = options.boolean('ignore_missing', false);
    if (paths.some(path => path.text === ''))
      options.problem('LS_PIPELINE_OPTION', 'processor fingerprint: a name in `fields` is empty.', 'Name a field.');
    if (paths.length === 0 && options.has('fields'))
      options.problem('LS_PIPELINE_OPTION', 'processor fingerprint: `fields` is empty.', 'Name a field.');
    const algorithm = method.replace('-', '').toLowerCase();
    const digest = (bytes: Buffer): Buffer =>
      method === 'MurmurHash3' ? murmur3(bytes) : createHash(algorithm).update(bytes).digest();
    return (event, state) => {
      const parts: Uint8Array[] = [salt];
      let found = 0;
      for (const path of paths) {
        const value = path.get(event, state);
        if (value === undefined || value === null) {
          if (ignoreMissing) continue;
          return `field [${path.text}] is not there`;
        }
        found++;
        addValue(parts, value, 0);
      }
      return found === 0 ? undefined : target.set(event, state, digest(Buffer.concat(parts)).toString('base64'));
    };
  },
};

const MAX_DEPTH = 200;
const BEFORE_EACH = Uint8Array.of(0);

/** Lists and objects (by the names of their keys) are walked through; each key and each value stands behind a zero byte. */
function addValue(parts: Uint8Array[], value: unknown, depth: number): void {
  if (depth > MAX_DEPTH) throw new Error(`a field nests deeper than ${MAX_DEPTH}`);
  if (Array.isArray(value)) for (const item of value) addValue(parts, item, depth + 1);
  else if (isFields(value) && !(value instanceof Double)) {
    for (const key of Object.keys(value).sort()) {
      if (value[key] === undefined) continue;
      parts.push(BEFORE_EACH, Buffer.from(key));
      addValue(parts, value[key], depth + 1);
    }
  } else parts.push(BEFORE_EACH, bytesOf(value));
}

/** The least byte of a number first, in as many bytes as its type has in Java. */
function bytesOf(value: unknown): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value);
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'boolean') return Uint8Array.of(value ? 1 : 2);
  const bytes = Buffer.alloc(8);
  if (value instanceof Double) bytes.writeDoubleLE(value.value);
  else if (typeof value === 'bigint') bytes.writeBigInt64LE(BigInt.asIntN(64, value));
  else if (typeof value !== 'number') return bytes.subarray(0, 0);
  else if ((value | 0) === value) return bytes.subarray(0, bytes.writeInt32LE(value));
  else if (Number.isSafeInteger(value)) bytes.writeBigInt64LE(BigInt(value));
  else bytes.writeDoubleLE(value);
  return bytes;
}
