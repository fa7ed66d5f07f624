import { durationText, MINUTE_MS, SECOND_MS } from '../../../base/time/duration.ts';
import { isoTime } from '../../../base/time/iso.ts';
import { type Fields, isFields } from '../../../core/event.ts';
import { lookup } from '../../lookup.ts';
import { pythonStr } from '../../python/str.ts';
import { durationMs } from '../../rules/duration.ts';
import { SLACK } from '../../text/channels.ts';
import { isAuthors } from '../../text/values.ts';
import { counted } from '../../text/words.ts';
import { type Alert, type AlerterSettings, type AlertLinks, leftOutNote } from '../alerter.ts';
import { firstOf, renamed, resolvedText, textOf } from '../told.ts';
import { discoverAttachments } from './discover-links.ts';

/** Slack shows 40,000 characters of a message and refuses much longer ones. */
const MAX_TEXT_CHARS = 38_000;
const STYLE = { tableWidth: 75, fenced: true, marks: SLACK };
const DEFAULT_BUFFER_MS = 15 * MINUTE_MS;
const MAX_LINE_CHARS = 1000;
const MAX_LINES = 8;
const MAX_NAMES = 3;
const MAX_FALLBACK_CHARS = 300;

/** Options that go into the attachment under another name, when they are set. */
export const ATTACHMENT_OPTIONS = {
  slack_title: 'title',
  slack_title_link: 'title_link',
  slack_footer: 'footer',
  slack_footer_icon: 'footer_icon',
  slack_image_url: 'image_url',
  slack_thumb_url: 'thumb_url',
  slack_author_name: 'author_name',
  slack_author_link: 'author_link',
  slack_author_icon: 'author_icon',
  slack_msg_pretext: 'pretext',
} as const;

/**
 * The message without its channel: one attachment. A rule that says what an alert tells has it as ElastAlert sends it; for
 * others it says where, how many, the first and the latest line, and where to look.
 */
export function slackPayload(alert: Alert, settings: AlerterSettings): Record<string, unknown> {
  const { options } = settings;
  const icon = textOf(options, 'slack_icon_url_override');
  const isOwn = hasOwnText(options);
  return {
    username: options['slack_username_override'] ?? 'elastalert',
    parse: options['slack_parse_override'] ?? 'none',
    text: options['slack_text_string'] ?? '',
    attachments: [
      {
        ...(isOwn && alert.resolved === undefined ? ownAttachment(alert, settings) : attachment(alert, settings)),
        mrkdwn_in: ['text', 'pretext'],
        fields: alertFields(options, firstOf(alert)),
        ...renamed(options, ATTACHMENT_OPTIONS),
        ...(alert.resolved === undefined ? {} : { title: titleOf(alert, settings) }),
      },
      ...discoverAttachments(options, 'slack', firstOf(alert), { opensearch: 'Discover in Opensearch' }),
    ],
    ...(icon === undefined ? { icon_emoji: options['slack_emoji_override'] ?? ':ghost:' } : { icon_url: icon }),
  };
}

/** Options by which a rule says what its alerts tell. */
const TEXT_OPTIONS = [
  ...['alert_text', 'alert_text_type', 'summary_table_fields', 'top_count_keys', 'include'],
  ...['include_rule_params_in_matches'],
];
const hasOwnText = (options: Fields): boolean =>
  TEXT_OPTIONS.some(name => options[name] !== undefined && options[name] !== null);

/** As ElastAlert sends it; besides, phones show something, the title leads to the search, and links follow the text. */
function ownAttachment(alert: Alert, { options, texts }: AlerterSettings): Record<string, unknown> {
  const { matches, leftOut = 0, links } = alert;
  const title = texts.title(matches, STYLE);
  const text = leftOutNote(matches.length, leftOut) + texts.body(matches, STYLE);
  const firstLine = text.split('\n').find(line => line.trim() !== '' && line !== title);
  return {
    color: options['slack_msg_color'] ?? 'danger',
    fallback: fallbackOf(title, firstLine?.trim()),
    title,
    ...(links === undefined ? {} : { title_link: links.search }),
    text: links === undefined ? cutText(text) : `${cutText(text).trimEnd()}\n${linkLine(links)}`,
  };
}

/** What phones show. */
const fallbackOf = (title: string, summary: string | undefined): string =>
  [...(summary === undefined ? title : `${title}: ${summary}`)].slice(0, MAX_FALLBACK_CHARS).join('');

function attachment(alert: Alert, settings: AlerterSettings): Record<string, unknown> {
  const { options } = settings;
  const { links, resolved } = alert;
  const title = titleOf(alert, settings);
  const { text, summary, time } = described(alert, settings);
  const parts = [
    resolved === undefined ? '' : resolvedText(resolved).trim(),
    text,
    links === undefined ? '' : linkLine(links),
  ];
  return {
    color: resolved === undefined ? (options['slack_msg_color'] ?? 'danger') : 'good',
    fallback: fallbackOf(title, resolved === undefined ? summary : resolvedText(resolved).trim()),
    title,
    ...(links === undefined ? {} : { title_link: links.search }),
    text: cutText(parts.filter(part => part !== '').join('\n')),
    ...(time === undefined ? {} : { ts: Math.floor(time / SECOND_MS) }),
  };
}

function titleOf({ matches, resolved }: Alert, { texts }: AlerterSettings): string {
  const title = texts.title(matches, STYLE);
  return resolved === undefined ? title : `Resolved: ${title}`;
}

interface Described {
  readonly text: string;
  /** One line of it. */
  readonly summary: string;
  /** Of the latest event, epoch milliseconds. */
  readonly time: number | undefined;
}

function described(alert: Alert, { options, texts }: AlerterSettings): Described {
  const { matches, leftOut = 0 } = alert;
  const events = eventsOf(matches);
  const [first, latest] = [events[0], events.at(-1)];
  const count = matches.length + leftOut;
  const hits = Number(firstOf(alert)['num_hits'] ?? 0);
  const bufferMs = durationMs(options['buffer_time']);
  const span = typeof bufferMs === 'number' && bufferMs > 0 ? bufferMs : DEFAULT_BUFFER_MS;
  const sentence = count === 1 ? rateWords(options) || (texts.sentence?.(matches, STYLE) ?? '').trim() : '';
  const numbers = [
    sentence,
    count > 1 ? `${counted(count, 'match', 'matches')}${spanWords(first, latest)}` : '',
    hits > Math.max(1, count, Number(options['num_events'] ?? 0))
      ? `${counted(hits, 'event')} in the last ${durationText(span)}${anyKey(options['query_key'])}`
      : '',
  ].filter(part => part !== '');
  const where = placeWords(matches);
  const lines = [where, numbers.join('; ')];
  if (first !== undefined && latest !== undefined) lines.push(...quoted(first, latest));
  const shown = latest === undefined ? '' : SLACK.escapedText(latest.message.split('\n')[0]!);
  return {
    // A match without a line says with its fields what there is.
    text:
      latest === undefined
        ? leftOutNote(matches.length, leftOut) + texts.body(matches, STYLE)
        : lines.filter(line => line !== '').join('\n'),
    summary: [numbers[0] ?? '', where.replaceAll('*', ''), shown].filter(part => part !== '').join(', '),
    time: latest?.time,
  };
}

/** Events are counted by rule; beside the name of one service it would be taken for its number. */
function anyKey(queryKey: unknown): string {
  const names = (Array.isArray(queryKey) ? queryKey : [queryKey]).filter(name => typeof name === 'string');
  return names.length === 0 ? '' : `, of any ${names.join(' and ')}`;
}

/** `10 events within 1 minute`, for a rule that counts; `` for others. */
function rateWords({ type, num_events: needed, timeframe }: Fields): string {
  const ms = type === 'frequency' && timeframe !== undefined ? durationMs(timeframe) : undefined;
  return typeof ms === 'number' && typeof needed === 'number'
    ? `${counted(needed, 'event')} within ${durationText(ms)}`
    : '';
}

interface Line {
  readonly time: number;
  readonly message: string;
}

/** Events of the alert that say something, oldest first. */
function eventsOf(matches: readonly Fields[]): Line[] {
  const lines: Line[] = [];
  for (const match of matches) {
    const { related_events: related, first_message: message, first_time: time } = match;
    const first = { message, '@timestamp': time };
    for (const event of [first, match, ...(Array.isArray(related) ? related.filter(isFields) : [])]) {
      const { message } = event;
      const time = Date.parse(pythonStr(event['@timestamp']));
      if (typeof message === 'string' && message !== '' && !Number.isNaN(time)) lines.push({ time, message });
    }
  }
  return lines.sort((a, b) => a.time - b.time);
}

const spanWords = (first: Line | undefined, latest: Line | undefined): string =>
  first === undefined || latest === undefined || latest.time - first.time < SECOND_MS
    ? ''
    : ` within ${durationText(latest.time - first.time)}`;

/** The first and the latest line; once when it is the same words. */
function quoted(first: Line, latest: Line): string[] {
  if (first === latest) return [lineOf('Latest, at', latest)];
  if (first.message === latest.message) return [lineOf(`First at ${isoTime(first.time)}, the latest at`, latest)];
  return [lineOf('First, at', first), lineOf('Latest, at', latest)];
}

function lineOf(name: string, { time, message }: Line): string {
  const cut = message.split('\n').slice(0, MAX_LINES).join('\n');
  const text = cut.length > MAX_LINE_CHARS ? `${cut.slice(0, MAX_LINE_CHARS).toWellFormed()}...` : cut;
  return `${name} ${isoTime(time)}:\n\`\`\`\n${SLACK.escapedText(text)}\n\`\`\``;
}

/** `*shop* in shop-api-1`: services and containers of the matches. */
function placeWords(matches: readonly Fields[]): string {
  const services = namesOf(matches, 'service').map(name => `*${name}*`);
  const containers = namesOf(matches, 'container_name');
  const parts = [services.join(', '), containers.length === 0 ? '' : `in ${containers.join(', ')}`];
  return parts.filter(part => part !== '').join(' ');
}

function namesOf(matches: readonly Fields[], field: string): string[] {
  const names = new Set<string>();
  for (const match of matches) {
    const value = lookup(match, field);
    if (typeof value === 'string' && value !== '') names.add(value);
  }
  const shown = [...names].slice(0, MAX_NAMES).map(name => SLACK.escapedText(name.slice(0, 100).toWellFormed()));
  return names.size > MAX_NAMES ? [...shown, `${names.size - MAX_NAMES} more`] : shown;
}

function linkLine({ search, rule, silence }: AlertLinks): string {
  const links: [string | undefined, string][] = [
    [search, 'Search around it'],
    [rule, 'Rule'],
    [silence, 'Silence'],
  ];
  return links.flatMap(([url, name]) => (url === undefined ? [] : [`<${linkUrl(url)}|${name}>`])).join(' · ');
}

const linkUrl = (url: string): string => url.replace(/[<>|]/g, char => encodeURIComponent(char)).replace(/&/g, '&amp;');

/** Ends neither in half an escape nor in an open code block. */
function cutText(text: string): string {
  if (text.length <= MAX_TEXT_CHARS) return text;
  const start = text
    .slice(0, MAX_TEXT_CHARS)
    .toWellFormed()
    .replace(/&[a-z]{0,3}$/, '');
  const isCode = start.split('```').length % 2 === 0;
  return `${start}${isCode ? '\n```' : ''}\n[cut]`;
}

/** `slack_alert_fields`: `{title, value, short}` each, where `value` names a field of the first match. */
function alertFields(options: Fields, match: Fields): unknown[] {
  const wanted = options['slack_alert_fields'];
  if (!Array.isArray(wanted)) return [];
  return wanted.filter(isFields).map(field => {
    const name = pythonStr(field['value']);
    const found = lookup(match, name) ?? null;
    return { ...field, value: isAuthors(options, name) ? found : SLACK.escapedValue(found) };
  });
}
