import { Ajv2020 } from 'ajv/dist/2020.js';
import { LongshoreError } from '../core/errors.ts';
import type { Fields } from '../core/event.ts';

/** What is wrong with an event, as sentences with JSON pointers; empty when it fits. `event`: as stored and given back, without `_id`, `_index` and `seq`. */
export type EventValidator = (event: Fields) => string[];

/**
 * Compiles the JSON schema of the event (the text of `config/schema.json`). Throws LS_SCHEMA_INVALID when it is no
 * schema. Costs microseconds an event: for tests and `check`, not for the hot path, which is right by construction.
 */
export function compileEventSchema(text: string, where = 'config/schema.json'): EventValidator {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true });
  let validate: ReturnType<typeof ajv.compile>;
  try {
    validate = ajv.compile(JSON.parse(text) as object);
  } catch (cause) {
    throw new LongshoreError('LS_SCHEMA_INVALID', 'The file is not a JSON schema (2020-12).', {
      where,
      fix: 'Take the file as it was delivered.',
      cause,
    });
  }
  return event => {
    if (validate(event)) return [];
    return (validate.errors ?? []).map(error => `${error.instancePath || '/'} ${error.message ?? error.keyword}`);
  };
}
