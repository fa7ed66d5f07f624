import { isFields } from '../../../../src/core/event.ts';

/** Looks into pipelines of cases, however deep: `on_failure`, `foreach`. */
export function hasProcessor(source: unknown, type: string): boolean {
  return someOption(source, (key, value) => key === type && isFields(value));
}

/** With a value: it has just this. */
export function hasOption(source: unknown, name: string, ...value: unknown[]): boolean {
  return someOption(source, (key, present) => key === name && (value.length === 0 || present === value[0]));
}

export function someOption(source: unknown, test: (key: string, value: unknown) => boolean): boolean {
  if (Array.isArray(source)) return source.some(item => someOption(item, test));
  if (!isFields(source)) return false;
  return Object.entries(source).some(([key, value]) => test(key, value) || someOption(value, test));
}
