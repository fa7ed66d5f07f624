import { Document, stringify, visit } from 'yaml';

/** A value of mappings, lists, texts, numbers and booleans as YAML that both 1.1 and 1.2 read as it is. */
export const writeYaml = (value: unknown): string => stringify(value, { version: '1.1', lineWidth: 0 });

const NOTHING = /^(?:null|Null|NULL|~)$/;

/**
 * Mappings and lists of texts that were read without types (schema failsafe): `true` and `5` stand without quotes, so that
 * whoever reads them with types gets what the file has. A text that would be nothing is quoted.
 */
export function writeUntypedYaml(value: unknown): string {
  const document = new Document(value, { version: '1.1', schema: 'failsafe' });
  visit(document, {
    Scalar(_, scalar) {
      if (NOTHING.test(String(scalar.value))) scalar.type = 'QUOTE_DOUBLE';
    },
  });
  return document.toString({ lineWidth: 0 });
}
