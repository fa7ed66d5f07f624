import { stringify } from 'yaml';

/** A value of mappings, lists, texts, numbers and booleans as YAML. */
export function writeYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0 });
}
