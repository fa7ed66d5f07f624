import { type Fields, newFields } from '../../core/event.ts';
import type { JinjaTemplate } from '../jinja/template.ts';
import { lookup } from '../lookup.ts';
import { pythonFormat } from '../python/format.ts';
import { pythonStr } from '../python/str.ts';
import { alertFieldsOf, copyFields } from './alert-fields.ts';
import type { Marks } from './marks.ts';

/** The options of a rule that writes a text. */
export interface Writing {
  readonly options: Fields;
  /** Values of events are marked with these (see `marks.ts`), for whoever makes escapes of the marks. */
  readonly marks: Marks | undefined;
  /** Told when a template takes too much and its text is cut. */
  readonly onCut?: ((reason: string) => void) | undefined;
}

/** `text.format(*args)` with the fields of the match, then the options of the rule, then `alert_missing_value`. */
export function fillArguments(writing: Writing, text: string, names: readonly unknown[], match: Fields): string {
  const positional = names.map(name => argument(writing, pythonStr(name), match));
  return pythonFormat(text, { positional });
}

export function argument(writing: Writing, name: string, match: Fields): unknown {
  const { options } = writing;
  const value = lookup(match, name) ?? undefined;
  if (value !== undefined) return shown(writing, value, name);
  const own = Object.hasOwn(options, name) ? options[name] : undefined;
  return own === undefined || own === null || own === '' ? (options['alert_missing_value'] ?? '<MISSING VALUE>') : own;
}

/** A value of the match, as it goes into a text. */
export function shown({ options, marks }: Writing, value: unknown, name?: string): unknown {
  return marks === undefined || isAuthors(options, name) ? value : marks.marked(value);
}

/** The match with its values as they go into a text; the names of its own fields stay, for they are looked up. */
export function shownMatch(writing: Writing, match: Fields): Fields {
  if (writing.marks === undefined) return match;
  const out = newFields();
  for (const key of Object.keys(match)) out[key] = shown(writing, match[key], key);
  copyFields(alertFieldsOf(match), out);
  return out;
}

/**
 * A template filled with the match. Where values have to be marked it is rendered again with marks, and that counts when
 * it differs in nothing but the marks: conditions and filters must find what they would find. At first what the template
 * says between quotes stays the author's; then it is marked like the values it may be compared with; and where that does
 * not help either, all that `{{ }}` gives is marked.
 */
export function fillTemplate(writing: Writing, template: JinjaTemplate, match: Fields): string {
  const { options, marks } = writing;
  const values = templateValues(options, match, match);
  const plain = template(values, { onCut: writing.onCut });
  if (marks === undefined || !marks.hasMarkup(plain)) return plain;
  const markedText = (text: string): string => marks.markedText(text);
  const shownFields = shownMatch(writing, match);
  const listed = newFields();
  for (const key of Object.keys(shownFields)) listed[markedText(key)] = shownFields[key];
  const shownValues = templateValues(options, shownFields, listed);
  for (const over of [{}, { literals: markedText }]) {
    try {
      const both = marks.aligned(template(shownValues, over), plain);
      if (both !== undefined) return both;
    } catch {
      // Marks were in the way of an expression.
    }
  }
  return template(values, { values: markedText });
}

/** The names of a template: fields of the match over options of the rule, and all of them under `_data`. */
function templateValues(options: Fields, match: Fields, listed: Fields): Fields {
  const root = pythonStr(options['jinja_root_name'] ?? '_data');
  const values = Object.assign(merged(options, match), alertFieldsOf(match));
  values[root] = merged(options, listed);
  return values;
}

const merged = (options: Fields, match: Fields): Fields => Object.assign(newFields(), options, match);

/** `include_rule_params_in_matches` puts options of the rule into the match. */
export function isAuthors(options: Fields, name: string | undefined): boolean {
  const parameters = options['include_rule_params_in_matches'];
  if (name === undefined || !name.startsWith('rule_param_') || !Array.isArray(parameters)) return false;
  return parameters.includes(name.slice('rule_param_'.length));
}
