import type {
  DeadLetterDetails,
  DeadLetterList,
  DeadLetterSummary,
  ReplayAnswer,
  ReplayPreview,
} from '../core/api/dead-letters.ts';
import { type Paint, printable } from './format.ts';

const RED = 31;
const GREEN = 32;
const YELLOW = 33;
const CYAN = 36;
const GREY = 90;
const MAX_SKIPPED_SHOWN = 20;

export function list({ open, types, letters, cursor }: DeadLetterList, status: string, paint: Paint): string {
  const head =
    open === 0 ? 'No dead letter waits.\n' : `${count(open, 'dead letter')} ${open === 1 ? 'waits' : 'wait'}.\n`;
  const shown = letters.map(each => `\n${summary(each, status, paint)}`).join('');
  const more = cursor === undefined ? '' : '\n... and more: --size, --type or --container show other ones.\n';
  return `${head}${table(types, paint)}${shown}${more}`;
}

function table(types: DeadLetterList['types'], paint: Paint): string {
  if (types.length === 0) return '';
  const width = Math.max(4, ...types.map(({ type }) => line(type).length));
  const row = (type: string, numbers: (string | number)[]): string =>
    `  ${type.padEnd(width)}${numbers.map(number => String(number).padStart(11)).join('')}\n`;
  const rows = types.map(({ type, open, replayed, discarded }) => {
    const text = row(line(type), [open, replayed, discarded]);
    return open > 0 ? text : paint(GREY, text);
  });
  return `\n${paint(GREY, row('type', ['open', 'replayed', 'discarded']))}${rows.join('')}`;
}

function summary(letter: DeadLetterSummary, asked: string, paint: Paint): string {
  const { id, at, container, type, reason, excerpt, status, events } = letter;
  const state = status === asked ? '' : `  ${paint(YELLOW, status)}`;
  const many = events === 1 ? '' : `  ${count(events, 'event')}`;
  return [
    `${paint(YELLOW, line(id))}  ${paint(GREY, time(at))}  ${paint(CYAN, line(container))}  ${line(type)}${many}${state}`,
    `    ${paint(RED, cut(line(reason), 300))}`,
    `    ${cut(line(excerpt), 200)}`,
    '',
  ].join('\n');
}

export function letter(one: DeadLetterDetails, paint: Paint): string {
  const place = one.line === undefined ? one.chunk : `${one.chunk}, line ${one.line}`;
  const rows: [string, string | undefined][] = [
    ['status', one.status],
    ['refused', `${time(one.at)} by ${one.source}`],
    ['type', one.type],
    ['reason', one.reason],
    ['container', one.container],
    ['index', one.index ?? one.day],
    ['chunk', place],
    ['_id', one.event === '' ? undefined : one.event],
    ['events', one.events === 1 ? undefined : String(one.events)],
    ['came from', one.forerunner],
    ['came back as', one.came_back_as.join(', ') || undefined],
  ];
  const facts = rows.flatMap(([name, value]) =>
    value === undefined ? [] : `  ${paint(GREY, name.padEnd(12))}  ${line(value)}\n`,
  );
  const body =
    one.document === undefined
      ? `  ${paint(GREY, `${one.bytes} bytes that are no text, in base64:`)}\n${line(one.document_base64 ?? '')}\n`
      : `  ${paint(GREY, `${one.bytes} bytes:`)}\n${printable(one.document.trimEnd())}\n`;
  return `${paint(YELLOW, line(one.id))}\n${facts.join('')}${body}\n`;
}

export function preview({ id, outcome, why, before, after }: ReplayPreview, paint: Paint): string {
  const head = paint(YELLOW, line(id));
  if (outcome === 'impossible') return `${head}  ${paint(RED, `cannot be replayed: ${line(why ?? '')}`)}\n\n`;
  if (outcome === 'dropped') return `${head}  a pipeline drops it\n\n`;
  const made = after ?? {};
  const names = [...new Set([...Object.keys(before), ...Object.keys(made)])];
  const width = Math.min(30, Math.max(...names.map(name => line(name).length)));
  const field = (sign: string, name: string, value: unknown): string =>
    `  ${sign} ${line(name).padEnd(width)}  ${cut(line(shown(value)), 300)}\n`;
  const changes = names.flatMap(name => {
    const [was, is] = [shown(before[name]), shown(made[name])];
    if (was === is) return [];
    const gone = before[name] === undefined ? '' : paint(RED, field('-', name, before[name]));
    const come = made[name] === undefined ? '' : paint(GREEN, field('+', name, made[name]));
    return gone + come;
  });
  const same = names.length - changes.length;
  const rest = paint(
    GREY,
    `    ${count(same, 'field')} ${same === 1 ? 'stays' : 'stay'} as ${same === 1 ? 'it is' : 'they are'}\n`,
  );
  return `${head}  ${changes.length === 0 ? 'would be sent unchanged' : 'would be sent as'}\n${changes.join('')}${rest}\n`;
}

export function replayed({ replayed: sent, dropped, skipped, files_differ }: ReplayAnswer, paint: Paint): string {
  const parts = [`${count(sent, 'dead letter')} replayed`];
  if (dropped > 0) parts.push(`${dropped} of them dropped by a pipeline`);
  if (skipped.length > 0) parts.push(`${skipped.length} not sent`);
  const why = skipped.slice(0, MAX_SKIPPED_SHOWN).map(each => `  ${paint(YELLOW, line(each.id))}  ${line(each.why)}\n`);
  if (skipped.length > MAX_SKIPPED_SHOWN) why.push(`  ... and ${skipped.length - MAX_SKIPPED_SHOWN} more\n`);
  const note = files_differ
    ? `${paint(YELLOW, 'The files of the pipelines are not what is running')}: the letters went through what is running (POST /-/reload or SIGHUP loads the files).\n`
    : '';
  const next = sent > dropped ? "What is refused again comes back as a new letter: 'longshore dlq' shows it.\n" : '';
  return `${parts.join(', ')}.\n${why.join('')}${note}${next}`;
}

export const discarded = (number: number): string => `${count(number, 'dead letter')} discarded.\n`;

const count = (number: number, what: string): string =>
  `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`;
const time = (iso: string): string =>
  line(iso)
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');
const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length)}…` : text);
const line = (text: string): string => printable(text).replace(/\n */g, ' ');

function shown(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
