import type { Fields } from '../../core/event.ts';
import { isFields, newFields } from '../../core/event.ts';
import { pythonFormat } from '../python/format.ts';
import { byCodePoint, pythonJson, pythonStr } from '../python/str.ts';
import { summaryTable } from './summary.ts';
import { prettyTime, type TextSettings, type TextStyle } from './texts.ts';
import { argument, fillArguments, fillTemplate, shown, shownMatch, type Writing } from './values.ts';

const TOP_EVENTS = 'top_events_';
const SEPARATOR = '\n----------------------------------------\n';

/** The body of an alert: summary table, then for each match name or text, the rule's sentence, top counts, the fields. */
export function renderBody(settings: TextSettings, matches: readonly Fields[], style: TextStyle): string {
  const { options } = settings;
  const table = summaryTable(settings, matches, style.tableWidth);
  let body = table !== '' && style.fenced ? `\`\`\`\n${table}\`\`\`\n` : table;
  if (table !== '' && style.tableIn !== undefined) body = `${style.tableIn}${table}${style.tableIn}`;
  if (options['alert_text_type'] === 'aggregation_summary_only') return body;
  for (const match of matches) {
    body += renderMatch(settings, match, style);
    if (matches.length > 1) body += SEPARATOR;
  }
  return body;
}

function renderMatch(settings: TextSettings, match: Fields, style: TextStyle): string {
  const { options } = settings;
  const type = options['alert_text_type'];
  let text = options['alert_text'] === undefined ? `${pythonStr(options['name'])}\n\n` : '';
  text = blankLine(text + customText(settings, match));
  if (type === 'alert_text_only' || type === 'alert_text_jinja') return text;
  text += sentenceOf(settings, match);
  text = blankLine(text);
  if (Array.isArray(options['top_count_keys']) && options['top_count_keys'].length > 0)
    text += topCounts(settings, match);
  if (type === 'exclude_fields') return text;
  return text + (style.fieldsIn === undefined ? allFields(settings, match) : fieldsIn(style.fieldsIn, settings, match));
}

/** What the rule's type says of a match. */
export function sentenceOf(settings: TextSettings, match: Fields): string {
  const { options, kind, timeframeMs } = settings;
  return kind.sentence(shownMatch(settings, match), options, timeframeMs, offset =>
    prettyTime(settings, match, offset),
  );
}

function customText(settings: TextSettings, match: Fields): string {
  const { options, bodyTemplate } = settings;
  const text = pythonStr(options['alert_text'] ?? '');
  if (bodyTemplate !== undefined) return fillTemplate(settings, bodyTemplate, match);
  if (Array.isArray(options['alert_text_args']))
    return fillArguments(settings, text, options['alert_text_args'], match);
  if (!isFields(options['alert_text_kw'])) return text;
  const named: Record<string, unknown> = Object.create(null);
  for (const [field, name] of Object.entries(options['alert_text_kw'])) {
    named[pythonStr(name)] = argument(settings, field, match);
  }
  return pythonFormat(text, { named });
}

/** Ends in an empty line. */
function blankLine(text: string): string {
  if (text.endsWith('\n\n')) return text;
  return text.endsWith('\n') ? `${text}\n` : `${text}\n\n`;
}

function topCounts(writing: Writing, match: Fields): string {
  let text = '';
  for (const [key, counts] of Object.entries(match)) {
    if (!key.startsWith(TOP_EVENTS) || !isFields(counts)) continue;
    const lines = Object.entries(counts)
      .sort((a, b) => Number(b[1]) - Number(a[1]))
      .map(([value, count]) => `${shown(writing, value)}: ${pythonStr(shown(writing, count))}\n`);
    text += `${shown(writing, key.slice(TOP_EVENTS.length))}:\n${lines.length === 0 ? 'No events found.\n' : lines.join('')}\n`;
  }
  return text;
}

/** All fields as JSON between two marks of the channel. */
function fieldsIn(mark: string, writing: Writing, match: Fields): string {
  const fields = newFields();
  for (const key of Object.keys(match))
    if (!key.startsWith(TOP_EVENTS)) fields[String(shown(writing, key))] = shown(writing, match[key], key);
  return `${mark}${pythonJson(fields, { indent: 4, sortKeys: true })}${mark}`;
}

function allFields(writing: Writing, match: Fields): string {
  let text = '';
  for (const key of Object.keys(match).sort(byCodePoint)) {
    if (key.startsWith(TOP_EVENTS)) continue;
    const value = shown(writing, match[key], key);
    const nested = Array.isArray(value) || isFields(value);
    text += `${shown(writing, key)}: ${nested ? pythonJson(value, { indent: 4, sortKeys: true }) : pythonStr(value)}\n`;
  }
  return text;
}
