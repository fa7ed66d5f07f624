import { messageOf } from '../../core/errors.ts';
import type { Fields } from '../../core/event.ts';
import { newFields } from '../../core/event.ts';
import { compileTemplate, type Template } from '../jinja/template.ts';
import { lookup } from '../lookup.ts';
import { pythonFormat } from '../python/format.ts';
import { pythonStr } from '../python/str.ts';
import { localZone, strftime, zoneOf } from '../python/time.ts';
import type { RuleKind } from '../types/kind.ts';
import { renderBody } from './body.ts';

/** How an alerter wants its summary table. */
export interface BodyStyle {
  /** Characters of a line of an ASCII table. */
  readonly tableWidth: number;
  /** Puts the summary in a code block. */
  readonly fenced: boolean;
}

/** Title and body of alerts, compiled from the options of a rule (or of one alerter of it). */
export interface Texts {
  title(matches: readonly Fields[]): string;
  body(matches: readonly Fields[], style?: BodyStyle): string;
}

/** What the text writers need to know of a rule. */
export interface TextSettings {
  readonly options: Fields;
  readonly kind: RuleKind;
  readonly timeframeMs: number;
  readonly timestampField: string;
  readonly bodyTemplate: Template | undefined;
}

const PLAIN: BodyStyle = { tableWidth: 80, fenced: false };

/** Compiles the texts; throws TemplateError when a Jinja template cannot be read. */
export function compileTexts(
  options: Fields,
  rule: { kind: RuleKind; timeframeMs: number; timestampField: string },
): Texts {
  const jinja = options['alert_text_type'] === 'alert_text_jinja';
  const settings: TextSettings = {
    options,
    kind: rule.kind,
    timeframeMs: rule.timeframeMs,
    timestampField: rule.timestampField,
    bodyTemplate: jinja ? compileTemplate(pythonStr(options['alert_text'] ?? '')) : undefined,
  };
  const subject = options['alert_subject'];
  const titleTemplate = jinja && typeof subject === 'string' ? compileTemplate(subject) : undefined;
  return {
    title: matches =>
      withFallback(
        () => renderTitle(settings, titleTemplate, matches[0] ?? newFields()),
        () => pythonStr(options['name']),
      ),
    body: (matches, style = PLAIN) =>
      withFallback(
        () => renderBody(settings, matches, style),
        reason => plainBody(settings, matches, style, reason),
      ),
  };
}

/** An alert whose text cannot be rendered is sent all the same. */
function withFallback(render: () => string, plain: (reason: string) => string): string {
  try {
    return render();
  } catch (error) {
    return plain(messageOf(error));
  }
}

/** ElastAlert's own text, without what the rule says of texts. */
function plainBody(settings: TextSettings, matches: readonly Fields[], style: BodyStyle, reason: string): string {
  const options = Object.assign(newFields(), settings.options);
  for (const name of TEXT_OPTIONS) delete options[name];
  const body = renderBody({ ...settings, options, bodyTemplate: undefined }, matches, style);
  return `${body}(The rule's alert_text could not be rendered: ${reason}.)\n`;
}

const TEXT_OPTIONS = ['alert_text', 'alert_text_type', 'alert_text_args', 'alert_text_kw', 'summary_table_fields'];

/** `alert_subject` filled with the first match only, else the name of the rule. */
function renderTitle(settings: TextSettings, template: Template | undefined, match: Fields): string {
  const { options } = settings;
  const subject = options['alert_subject'];
  if (typeof subject !== 'string') return pythonStr(options['name']);
  const limit = typeof options['alert_subject_max_len'] === 'number' ? options['alert_subject_max_len'] : 2048;
  let title = subject;
  if (Array.isArray(options['alert_subject_args']))
    title = fillArguments(options, subject, options['alert_subject_args'], match);
  else if (template !== undefined) title = template(templateValues(options, match));
  return cut(title, limit);
}

/** At most `limit` characters, never half a surrogate pair. */
export function cut(text: string, limit: number): string {
  return text.length <= limit ? text : [...text.slice(0, limit * 2)].slice(0, limit).join('');
}

/** `text.format(*args)` with the fields of the match, then the options of the rule, then `alert_missing_value`. */
export function fillArguments(options: Fields, text: string, names: readonly unknown[], match: Fields): string {
  const positional = names.map(name => argument(options, String(name), match));
  return pythonFormat(text, { positional });
}

export function argument(options: Fields, name: string, match: Fields): unknown {
  const value = lookup(match, name) ?? undefined;
  if (value !== undefined) return value;
  const own = Object.hasOwn(options, name) ? options[name] : undefined;
  return own === undefined || own === null || own === '' ? (options['alert_missing_value'] ?? '<MISSING VALUE>') : own;
}

/** The names of a Jinja template: fields of the match over options of the rule, and all of them under `_data`. */
export function templateValues(options: Fields, match: Fields): Fields {
  const values = newFields();
  for (const key of Object.keys(options)) values[key] = options[key];
  for (const key of Object.keys(match)) values[key] = match[key];
  const all = newFields();
  for (const key of Object.keys(values)) all[key] = values[key];
  values[String(options['jinja_root_name'] ?? '_data')] = all;
  return values;
}

/** A time of the match as texts print it: `2026-11-20 14:03 UTC`, in the local zone unless `use_local_time` is false. */
export function prettyTime(settings: TextSettings, match: Fields, offsetMs: number): string {
  const raw = lookup(match, settings.timestampField) ?? match['@timestamp'];
  const written = pythonStr(raw);
  const ms = Date.parse(/[Zz]$|[+-]\d\d:?\d\d$/.test(written) ? written : `${written}Z`);
  if (Number.isNaN(ms)) return written;
  const zone = settings.options['use_local_time'] === false ? zoneOf(written) : localZone(ms + offsetMs);
  const format = settings.options['custom_pretty_ts_format'];
  return strftime(ms + offsetMs, typeof format === 'string' ? format : '%Y-%m-%d %H:%M %Z', zone);
}
