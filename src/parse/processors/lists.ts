import { Double } from '../../core/double.ts';
import { javaRegExp } from '../java-regexp.ts';
import type { ProcessorKind } from '../processor.ts';
import { textOf } from '../template.ts';
import { subject } from './subject.ts';

/** `split`: field, separator (Java regular expression), target_field, preserve_trailing, ignore_missing. */
export const split: ProcessorKind = {
  name: 'split',
  build(options) {
    const source = options.path('field');
    const separator = options.string('separator');
    const regexp = options.attempt('separator', () => javaRegExp(separator, ''));
    const target = options.optionalPath('target_field') ?? source;
    const preserveTrailing = options.boolean('preserve_trailing', false);
    const ignoreMissing = options.boolean('ignore_missing', false);
    return (event, state) => {
      const text = source.get(event, state);
      if (typeof text !== 'string') return subject(source, text, ignoreMissing);
      const parts = regexp!.split(text);
      // As Java: a text without a separator stays, be it empty.
      if (!preserveTrailing && parts.length > 1) while (parts[parts.length - 1] === '') parts.pop();
      return target.set(event, state, parts);
    };
  },
};

/** `join`: field, separator, target_field. */
export const join: ProcessorKind = {
  name: 'join',
  build(options) {
    const source = options.path('field');
    const separator = options.string('separator');
    const target = options.optionalPath('target_field') ?? source;
    return (event, state) => {
      const list = source.get(event, state);
      if (!Array.isArray(list)) return subject(source, list, false, 'a list');
      return target.set(event, state, list.map(textOf).join(separator));
    };
  },
};

/** `sort`: field, order (asc, desc), target_field. */
export const sort: ProcessorKind = {
  name: 'sort',
  build(options) {
    const source = options.path('field');
    const descending = options.choice('order', ['asc', 'desc'], 'asc') === 'desc';
    const target = options.optionalPath('target_field') ?? source;
    return (event, state) => {
      const list = source.get(event, state);
      if (!Array.isArray(list)) return subject(source, list, false, 'a list');
      const kind = kindOf(list[0]);
      if (list.length > 1 && (kind === undefined || !list.every(item => kindOf(item) === kind)))
        return `field [${source.text}] holds values of several types`;
      const sorted = [...list].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      return target.set(event, state, descending ? sorted.reverse() : sorted);
    };
  },
};

/** What can be put in order; numbers of all types together. */
function kindOf(value: unknown): 'text' | 'number' | 'boolean' | undefined {
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'number':
    case 'bigint':
      return 'number';
    case 'boolean':
      return 'boolean';
    default:
      return value instanceof Double ? 'number' : undefined;
  }
}
