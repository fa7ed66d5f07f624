import { messageOf } from '../../core/errors.ts';
import type { Fields } from '../../core/event.ts';
import { newFields } from '../../core/event.ts';
import { logger } from '../../core/log.ts';
import { compileTemplate, type JinjaTemplate } from '../jinja/template.ts';
import { lookup } from '../lookup.ts';
import { pythonStr } from '../python/str.ts';
import { localZone, strftime, writtenZone } from '../python/time.ts';
import type { RuleKind } from '../types/kind.ts';
import { renderBody, sentenceOf } from './body.ts';
import type { Marks } from './marks.ts';
import { fillArguments, fillTemplate, shown, type Writing } from './values.ts';

const log = logger('alerts');

/** How an alerter wants its texts. */
export interface TextStyle {
  /** Characters of a line of an ASCII table. */
  readonly tableWidth: number;
  /** Puts the summary in a code block. */
  readonly fenced: boolean;
  /** What comes from events is escaped, so that the channel takes none of it for markup; what the rule's author wrote is not. */
  readonly marks: Marks | undefined;
  /** Puts the fields of a match as JSON, and the summary, between two of these: `{code}`. */
  readonly fieldsIn?: string | undefined;
  readonly tableIn?: string | undefined;
}

/** Title and body of alerts, compiled from the options of a rule (or of one alerter of it). Neither throws. */
export interface Texts {
  title(matches: readonly Fields[], style?: TextStyle): string;
  body(matches: readonly Fields[], style?: TextStyle): string;
  /** What the rule's type says of the last match; `` when it says nothing. */
  sentence?(matches: readonly Fields[], style?: TextStyle): string;
}

/** What the text writers need to know of a rule. */
export interface TextSettings extends Writing {
  readonly kind: RuleKind;
  readonly timeframeMs: number;
  readonly timestampField: string;
  readonly bodyTemplate: JinjaTemplate | undefined;
}

const PLAIN: TextStyle = { tableWidth: 80, fenced: false, marks: undefined };

/** The rule, or the alerter of it, that texts are made for. */
export interface TextsOf {
  readonly kind: RuleKind;
  readonly timeframeMs: number;
  readonly timestampField: string;
  /** Told when a text fails and a plain one goes out instead: which option, and why. */
  readonly onFailure?: ((what: string) => void) | undefined;
}

/** Compiles the texts; throws TemplateError when a Jinja template cannot be read. */
export function compileTexts(options: Fields, rule: TextsOf): Texts {
  const jinja = options['alert_text_type'] === 'alert_text_jinja';
  const say = failureLog(options);
  const tell = (option: string, reason: string): void => {
    say(option, reason);
    rule.onFailure?.(`${option} could not be rendered: ${reason}.`);
  };
  const plain: TextSettings = {
    options,
    marks: undefined,
    onCut: reason => tell('alert_text', reason),
    kind: rule.kind,
    timeframeMs: rule.timeframeMs,
    timestampField: rule.timestampField,
    bodyTemplate: jinja
      ? compileTemplate(pythonStr(options['jinja_template'] ?? options['alert_text'] ?? ''))
      : undefined,
  };
  const subject = options['alert_subject'];
  const titleTemplate = jinja && isSet(subject) ? compileTemplate(pythonStr(subject)) : undefined;
  const write = (
    { marks }: TextStyle,
    option: string,
    render: (settings: TextSettings) => string,
    instead: (settings: TextSettings, reason: string) => string,
  ): string => {
    const settings = marks === undefined ? plain : { ...plain, marks };
    let text: string;
    // An alert whose text cannot be rendered is sent all the same.
    try {
      text = render(settings);
    } catch (error) {
      const reason = messageOf(error);
      tell(option, reason);
      text = instead(settings, reason);
    }
    return marks === undefined ? text : marks.escaped(text);
  };
  return {
    title: (matches, style = PLAIN) =>
      write(
        style,
        'alert_subject',
        settings => renderTitle(settings, titleTemplate, matches[0] ?? newFields()),
        () => pythonStr(options['name']),
      ),
    body: (matches, style = PLAIN) =>
      write(
        style,
        'alert_text',
        settings => renderBody(settings, matches, style),
        (settings, reason) => plainBody(settings, matches, style, reason),
      ),
    sentence: (matches, style = PLAIN) =>
      write(
        style,
        'the sentence of the rule type',
        settings => sentenceOf(settings, matches.at(-1) ?? newFields()),
        () => '',
      ),
  };
}

/** Each alert is rendered several times; the same failure is said once. */
function failureLog(options: Fields): (option: string, reason: string) => void {
  const said = new Map<string, string>();
  return (option, reason) => {
    if (said.get(option) === reason) return;
    said.set(option, reason);
    log.warn(
      { rule: options['name'], reason },
      `${option} could not be rendered; a plain or a cut text is sent instead`,
    );
  };
}

/** ElastAlert's own text, without what the rule says of texts. */
function plainBody(settings: TextSettings, matches: readonly Fields[], style: TextStyle, reason: string): string {
  const options = Object.assign(newFields(), settings.options);
  for (const name of TEXT_OPTIONS) delete options[name];
  const body = renderBody({ ...settings, options, bodyTemplate: undefined }, matches, style);
  const told = settings.marks?.markedText(reason) ?? reason;
  return `${body}(The rule's alert_text could not be rendered: ${told}.)\n`;
}

const TEXT_OPTIONS = ['alert_text', 'alert_text_type', 'alert_text_args', 'alert_text_kw', 'summary_table_fields'];

const isSet = (value: unknown): boolean => value !== undefined && value !== null;

/** `alert_subject` filled with the first match only, else the name of the rule. */
function renderTitle(settings: TextSettings, template: JinjaTemplate | undefined, match: Fields): string {
  const { options } = settings;
  const subject = options['alert_subject'];
  if (!isSet(subject)) return pythonStr(options['name']);
  const limit = typeof options['alert_subject_max_len'] === 'number' ? options['alert_subject_max_len'] : 2048;
  let title = pythonStr(subject);
  if (Array.isArray(options['alert_subject_args']))
    title = fillArguments(settings, title, options['alert_subject_args'], match);
  else if (template !== undefined) title = fillTemplate(settings, template, match);
  return cut(title, limit);
}

/** At most `limit` characters, never half a surrogate pair. */
export function cut(text: string, limit: number): string {
  return text.length <= limit ? text : [...text.slice(0, limit * 2)].slice(0, limit).join('');
}

/** A time of the match as texts print it: `2026-11-20 14:03 UTC`, in the local zone unless `use_local_time` is false. */
export function prettyTime(settings: TextSettings, match: Fields, offsetMs: number): string {
  const raw = lookup(match, settings.timestampField) ?? match['@timestamp'];
  const written = pythonStr(raw);
  const ms = Date.parse(/[Zz]$|[+-]\d\d:?\d\d$/.test(written) ? written : `${written}Z`);
  if (Number.isNaN(ms)) return pythonStr(shown(settings, raw));
  const zone = settings.options['use_local_time'] === false ? writtenZone(written) : localZone(ms + offsetMs);
  const format = settings.options['custom_pretty_ts_format'];
  return strftime(ms + offsetMs, typeof format === 'string' ? format : '%Y-%m-%d %H:%M %Z', zone);
}
