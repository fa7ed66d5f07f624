import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Fields } from '../../src/core/event.ts';

/**
 * What is wrong with an event by the JSON schema of the event (the text of `config/schema.json`), as sentences with JSON
 * pointers; empty when it fits. `event`: as stored and given back, without `_id`, `_index` and `seq`.
 */
export function compileEventSchema(text: string): (event: Fields) => string[] {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true });
  const validate = ajv.compile(JSON.parse(text) as object);
  return event => {
    if (validate(event)) return [];
    return (validate.errors ?? []).map(error => `${error.instancePath || '/'} ${error.message ?? error.keyword}`);
  };
}
