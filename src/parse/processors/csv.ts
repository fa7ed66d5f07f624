import { FieldPath } from '../field-path.ts';
import type { ProcessorKind } from '../processor.ts';
import { subject } from './subject.ts';

/** `csv`: field, target_fields, separator, quote, trim, empty_value, ignore_missing. One line; a column too many is left out. */
export const csv: ProcessorKind = {
  name: 'csv',
  eventTag: '_csvparsefailure',
  build(options) {
    const source = options.path('field');
    const names = options.strings('target_fields');
    if (names.length === 1 && names[0]!.includes(',') && options.located('target_fields')?.value === names[0])
      options.problem(
        'LS_PIPELINE_OPTION',
        `processor csv: \`target_fields\` is one text, so that it names one field "${names[0]}".`,
        `Write a list: [${names[0]!.split(/\s*,\s*/).join(', ')}].`,
        options.located('target_fields')?.where,
      );
    const targets = names.map(name => (name === '' ? undefined : new FieldPath(name)));
    if (options.has('target_fields') && targets.length === 0)
      options.problem('LS_PIPELINE_OPTION', 'processor csv: `target_fields` is empty.', 'Name a field.');
    const separator = options.string('separator', ',');
    const quote = options.string('quote', '"');
    const trim = options.boolean('trim', false);
    const ignoreMissing = options.boolean('ignore_missing', false);
    const emptyValue = options.has('empty_value') ? options.value('empty_value') : undefined;
    for (const [name, value] of [
      ['separator', separator],
      ['quote', quote],
    ] as const)
      if (value.length !== 1)
        options.problem('LS_PIPELINE_OPTION', `processor csv: \`${name}\` must be one character.`);
    return (event, state) => {
      const text = source.get(event, state);
      if (typeof text !== 'string') return subject(source, text, ignoreMissing);
      const columns = splitCsv(text, separator, quote, trim);
      if (typeof columns === 'string') return columns;
      for (let i = 0; i < targets.length && i < columns.length; i++) {
        const column = columns[i]!;
        const value = column === '' ? emptyValue?.(event, state) : column;
        const failed = value === undefined ? undefined : targets[i]?.set(event, state, value);
        if (failed !== undefined) return failed;
      }
      state.hasMatched = true;
      return undefined;
    };
  },
};

/**
 * The columns of one line; a text says why it cannot be read. Blanks may stand around a quoted column; around others they
 * belong to it, unless `trim`. An empty text has no columns, and nothing behind the last separator is none.
 */
export function splitCsv(text: string, separator: string, quote: string, trim: boolean): string[] | string {
  const columns: string[] = [];
  let at = 0;
  while (at < text.length) {
    let start = at;
    while (isBlank(text[start]) && text[start] !== separator) start++;
    if (text[start] === quote) {
      let column = '';
      at = start + 1;
      for (;;) {
        const end = text.indexOf(quote, at);
        if (end < 0) return 'a quote is not closed';
        column += text.slice(at, end);
        at = end + 1;
        if (text[at] !== quote) break;
        column += quote;
        at++;
      }
      columns.push(column);
      while (isBlank(text[at]) && text[at] !== separator) at++;
      if (at >= text.length) return columns;
      if (text[at] !== separator) return 'text follows a closing quote';
      at++;
    } else {
      const end = text.indexOf(separator, at);
      const column = text.slice(at, end < 0 ? undefined : end);
      if (column.includes(quote)) return 'a quote stands inside an unquoted column';
      // What a column begins with is looked at by nobody, in the engine as well.
      if (/[\n\r]/.test(text.slice(start + 1, at + column.length)))
        return 'a line break stands inside an unquoted column';
      columns.push(trim ? column.trim() : column);
      if (end < 0) return columns;
      at = end + 1;
    }
  }
  return columns;
}

const isBlank = (char: string | undefined): boolean => char === ' ' || char === '\t';
