import type { Fields } from '../../core/event.ts';
import { isFields } from '../../core/event.ts';
import { settle } from '../painless/document.ts';
import { prepare } from '../painless/script.ts';
import type { OptionReader } from '../loader/option-reader.ts';
import type { ProcessorKind } from '../processor.ts';

/**
 * `script`: source, lang (`painless`), params. Works on the event as `ctx`. After a failure the event keeps what the script
 * has changed before it, as in Elasticsearch.
 */
export const script: ProcessorKind = {
  name: 'script',
  build(options) {
    const source = readSource(options);
    const params = readParams(options);
    const run = source === undefined ? undefined : options.attempt('source', () => prepare(source, 'script', params));
    return (event, state) => {
      try {
        run?.(event, state);
      } finally {
        settle(event);
      }
      return undefined;
    };
  },
};

function readSource(options: OptionReader): string | undefined {
  const lang = options.string('lang', 'painless');
  if (lang !== 'painless')
    options.problem(
      'LS_SCRIPT_OPTION',
      `${options.what}: \`lang\` cannot be "${lang}".`,
      'Write the script in Painless.',
      options.located('lang')?.where,
    );
  for (const name of ['id', 'file', 'stored'])
    if (options.has(name))
      options.problem(
        'LS_SCRIPT_OPTION',
        `${options.what}: \`${name}\` names a script that is stored elsewhere, and there is no such store here.`,
        'Copy the script into `source`.',
        options.located(name)?.where,
      );
  // An older name of `source`.
  const name = options.has('source') || !options.has('inline') ? 'source' : 'inline';
  if (lang !== 'painless' || ['id', 'file', 'stored'].some(one => options.has(one))) {
    options.string('source', '');
    return undefined;
  }
  return options.string(name);
}

/** Values of any kind by name; numbers are told apart by how they are written. */
export function readParams(options: OptionReader): Fields | undefined {
  const entry = options.located('params');
  if (entry === undefined || entry.value === null) return undefined;
  if (isFields(entry.value)) return entry.value;
  options.problem('LS_PIPELINE_OPTION', `${options.what}: \`params\` must be a mapping, not a ${entry.kind}.`, undefined, entry.where);
  return undefined;
}
