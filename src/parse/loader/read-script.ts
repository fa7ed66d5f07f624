import { type Fields, isFields } from '../../core/event.ts';
import { compileCondition } from '../painless/condition.ts';
import type { Condition } from '../run-state.ts';
import { OptionReader } from './option-reader.ts';

export interface ScriptText {
  readonly source: string;
  readonly params: Fields | undefined;
}

/** `source`, `lang` and `params` of a mapping; undefined when there is no script that could be prepared. */
export function readScript(options: OptionReader): ScriptText | undefined {
  let isUsable = true;
  const refuse = (name: string, what: string, fix: string): void => {
    isUsable = false;
    options.problem('LS_SCRIPT_OPTION', `${options.what}: ${what}`, fix, options.located(name)?.where);
  };
  const lang = options.string('lang', 'painless');
  if (lang !== 'painless') refuse('lang', `\`lang\` cannot be "${lang}".`, 'Write the script in Painless.');
  if (options.has('id'))
    refuse(
      'id',
      '`id` names a script that is stored elsewhere, and there is no such store here.',
      'Copy the script into `source`.',
    );
  const params = readParams(options);
  // `inline` is what `source` was called before.
  if (options.has('inline') && options.has('source'))
    refuse('inline', '`inline` is the older name of `source`, and both are there.', 'Keep `source`.');
  const name = options.has('inline') && !options.has('source') ? 'inline' : 'source';
  const source = isUsable ? options.string(name) : options.string(name, '');
  return isUsable && options.located(name) !== undefined ? { source, params } : undefined;
}

function readParams(options: OptionReader): Fields | undefined {
  const entry = options.located('params');
  if (entry === undefined || entry.value === null) return undefined;
  if (isFields(entry.value)) return entry.value;
  const what = `${options.what}: \`params\` must be a mapping, not a ${entry.kind}.`;
  options.problem('LS_PIPELINE_OPTION', what, undefined, entry.where);
  return undefined;
}

/** `if`: a text, or a mapping of `source` and `params`. */
export interface ConditionText extends ScriptText {
  readonly condition: Condition;
}

export function readCondition(options: OptionReader): ConditionText | undefined {
  const entry = options.located('if');
  if (entry === undefined) return undefined;
  if (entry.entries === undefined) {
    const source = options.string('if');
    const condition = options.attempt('if', () => compileCondition(source));
    return condition && { source, params: undefined, condition };
  }
  const inner = new OptionReader(`${options.what}: \`if\``, entry, options.problems);
  const text = readScript(inner);
  const condition = text && inner.attempt('source', () => compileCondition(text.source, text.params));
  inner.finish();
  return condition && { ...text!, condition };
}
