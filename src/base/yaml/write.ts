import { stringify } from 'yaml';

/** A value of mappings, lists, texts, numbers and booleans as YAML that both 1.1 and 1.2 read as it is. */
export const writeYaml = (value: unknown): string => stringify(value, { version: '1.1', lineWidth: 0 });
