import { withoutColors } from '../../core/colors.ts';
import { type Fields, isFields, newFields } from '../../core/event.ts';
import { parseJson } from '../json-values.ts';
import { adopt } from './adopt.ts';
import { pairsOfLine } from './pairs.ts';
import { applyText } from './text.ts';

/**
 * What is done for an event that no pipeline took: a line that is one JSON object becomes its fields, a line that consists
 * of nothing but `key=value` pairs as well, colours around it or not. Of any other line the pairs, the JSON object and the name of a
 * logger in it become fields, and the message stays. Levels and times are the schema's business.
 * True: it was JSON or pairs.
 */
export function applyDefault(event: Fields): boolean {
  const { message } = event;
  if (typeof message !== 'string' || message.length > MAX_LINE) return false;
  const text = withoutColors(message);
  const first = text.charCodeAt(0);
  if ((first === OPEN_BRACE || first <= BLANK) && applyJson(event, text)) return true;
  if (isWord(first) && text.includes('=')) {
    const found = pairsOfLine(text);
    if (found !== undefined) {
      adoptLine(event, found);
      return true;
    }
  }
  applyText(event, text);
  return false;
}

/** True: `applyDefault` does nothing for an event with this message, whatever else it has. False says nothing. */
export function isPlainText(message: string): boolean {
  // Where it may find something it would be asked twice.
  if (message.includes('=') || message.includes('{')) return false;
  const event = newFields();
  event['message'] = message;
  applyDefault(event);
  for (const key in event) if (key !== 'message') return false;
  return event['message'] === message;
}

const MAX_LINE = 1024 * 1024;
const OPEN_BRACE = 123;
const BLANK = 32;

/** Where libraries put the text of the line, in order: bunyan, pino and zap; structlog; GELF; serilog. */
export const MESSAGE_NAMES: readonly string[] = ['msg', 'event', 'short_message', '@m', 'log'];

function applyJson(event: Fields, text: string): boolean {
  if (!/^\s*\{/.test(text) || !/\}\s*$/.test(text)) return false;
  let parsed: unknown;
  try {
    parsed = parseJson(text);
  } catch {
    return false;
  }
  if (!isFields(parsed) || Object.keys(parsed).length === 0) return false;
  adoptLine(event, parsed);
  return true;
}

/** The whole line is `found`: the text that it holds is the event's message from now on. */
function adoptLine(event: Fields, found: Fields): void {
  adopt(event, found);
  if (Object.hasOwn(found, 'message')) return;
  const name = MESSAGE_NAMES.find(candidate => typeof found[candidate] === 'string');
  if (name === undefined) return;
  event['message'] = found[name];
  // To delete the key would make the object slow.
  event[name] = undefined;
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

function isWord(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
}
