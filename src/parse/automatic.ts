import { withoutColors } from '../core/colors.ts';
import { type Fields, isFields, newFields } from '../core/event.ts';
import { parseJson } from './json-values.ts';

/**
 * What is done for an event that no pipeline took: a line that is one JSON object becomes its fields, a line that consists
 * of nothing but `key=value` pairs as well, colours around it or not. Levels, times and names are the schema's business.
 * True: it was such a line.
 */
export function applyDefault(event: Fields): boolean {
  const { message } = event;
  if (typeof message !== 'string' || message.length > MAX_LINE) return false;
  const text = withoutColors(message);
  const first = text.charCodeAt(0);
  if (first === OPEN_BRACE || first <= BLANK) return applyJson(event, text);
  return isWord(first) && text.includes('=') && applyPairs(event, text);
}

const MAX_LINE = 1024 * 1024;
const OPEN_BRACE = 123;
const BLANK = 32;

// Who an event is from is known from its sender; a line cannot change it.
const IDENTITY: readonly string[] = [
  'container_id',
  'container_name',
  'image',
  'stream',
  'tag',
  'labels',
  'kubernetes',
];
/** Where libraries put the text of the line, in order: bunyan, pino and zap; structlog; GELF; serilog. */
const MESSAGE_NAMES = ['msg', 'event', 'short_message', '@m', 'log'];

function applyJson(event: Fields, text: string): boolean {
  if (!/^\s*\{/.test(text) || !/\}\s*$/.test(text)) return false;
  let parsed: unknown;
  try {
    parsed = parseJson(text);
  } catch {
    return false;
  }
  if (!isFields(parsed) || Object.keys(parsed).length === 0) return false;
  adopt(event, parsed);
  return true;
}

function adopt(event: Fields, found: Fields): void {
  const aside: Fields[] = [];
  let hasMessage = false;
  for (const key of Object.keys(found)) {
    if (Object.hasOwn(event, key) && IDENTITY.includes(key)) {
      aside[0] ??= isFields(event['json']) ? event['json'] : newFields();
      aside[0][key] = found[key];
      continue;
    }
    if (key === 'message') hasMessage = true;
    event[key] = found[key];
  }
  if (aside[0] !== undefined) event['json'] = aside[0];
  if (hasMessage) return;
  const name = MESSAGE_NAMES.find(candidate => typeof found[candidate] === 'string');
  if (name === undefined) return;
  event['message'] = found[name];
  delete event[name];
  if (name === 'log' && isDriverLine(found)) {
    event['message'] = (found[name] as string).replace(/\r?\n$/, '');
    applyDefault(event);
  }
}

/** A line of the files that Docker's json-file driver writes: what the container said is inside. */
function isDriverLine(found: Fields): boolean {
  return typeof found['stream'] === 'string' && Object.keys(found).every(key => DRIVER_KEYS.includes(key));
}
const DRIVER_KEYS: readonly string[] = ['log', 'stream', 'time', 'attrs'];

// Two pairs or more, and nothing between them. Quotes may hold anything; keys look like names.
const PAIR = /([A-Za-z_][\w.@/-]{0,99})=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))(?:\s+|$)/y;
const MIN_PAIRS = 2;
const MAX_PAIRS = 200;

function applyPairs(event: Fields, text: string): boolean {
  const keys: string[] = [];
  const values: string[] = [];
  let at = 0;
  while (at < text.length) {
    PAIR.lastIndex = at;
    const found = PAIR.exec(text);
    if (found === null || keys.length >= MAX_PAIRS) return false;
    keys.push(found[1]!);
    values.push(found[2] === undefined ? found[3]! : unescaped(found[2]));
    at = PAIR.lastIndex;
  }
  if (keys.length < MIN_PAIRS) return false;
  const found: Fields = newFields();
  for (let i = 0; i < keys.length; i++) found[keys[i]!] = values[i];
  adopt(event, found);
  return true;
}

function unescaped(text: string): string {
  return text.includes('\\')
    ? text.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c === 't' ? '\t' : c))
    : text;
}

function isWord(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
}
