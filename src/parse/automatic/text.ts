import { type Fields, isFields } from '../../core/event.ts';
import { parseJson } from '../json-values.ts';
import { adoptInner } from './adopt.ts';
import { groupEnd, pairsInText } from './pairs.ts';

/*
 * Lines that are text: what a reader sees in them at once. The message stays as it is.
 *
 *     2026-11-20 13:55:36 ERROR shop.cart - no stock order=7 user="Kim Lee"      logger, order, user
 *     2026-11-20 13:55:36 WARN late {"order":7,"items":[1,2]}                    order, items
 *
 * Only the first line is read, and of that what stands in front.
 */

/** Reads names of loggers, `key=value` pairs and a JSON object in the text. */
export function applyText(event: Fields, text: string): void {
  const newline = text.indexOf('\n');
  const end = newline < 0 ? text.length : newline;
  if (event['logger'] === undefined) applyLogger(event, end > HEAD ? text.slice(0, HEAD) : text);
  const object = text.indexOf('{');
  const line = end > MAX_TEXT || newline >= 0 ? text.slice(0, Math.min(end, MAX_TEXT)) : text;
  let rest = line;
  if (object >= 0 && object < line.length) {
    const found = objectIn(text, object);
    if (found !== undefined) {
      adoptInner(event, found.fields);
      // What is in the object is no pair.
      rest = line.slice(0, found.start) + line.slice(found.end);
    }
  }
  if (!rest.includes('=') || SQL.test(rest)) return;
  const pairs = pairsInText(rest);
  if (pairs !== undefined) adoptInner(event, pairs);
}

const HEAD = 200;
const MAX_TEXT = 4096;
const MAX_JSON = 64 * 1024;
const MAX_TRIES = 3;
const SQL = /\b(?:SELECT\s[^\n]{0,200}?\sFROM|UPDATE\s+\S+\s+SET|DELETE\s+FROM|INSERT\s+INTO)\s/i;

/** The first JSON object in the text, from `first` on, where a `{` stands. */
function objectIn(text: string, first: number): { fields: Fields; start: number; end: number } | undefined {
  let start = first;
  for (let tries = 0; start >= 0 && tries < MAX_TRIES; start = text.indexOf('{', start + 1)) {
    // Behind a word it is something else: `Order{...}`.
    if (start > 0 && !BEFORE_JSON.includes(text[start - 1]!)) continue;
    if (!/["}]/.test(text.slice(start + 1, start + 20).trimStart()[0] ?? '')) continue;
    tries++;
    const end = groupEnd(text, start, MAX_JSON);
    if (end === 0) return undefined;
    try {
      const fields = parseJson(text.slice(start, end));
      if (isFields(fields) && Object.keys(fields).length > 0) return { fields, start, end };
    } catch {
      // Something that only looks like it.
    }
  }
  return undefined;
}
const BEFORE_JSON = ' \t:(>|,';

const LEVEL =
  'TRACE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|SEVERE|TRC|DBG|INF|WRN|ERR|FTL|trace|debug|info|notice|warn|warning|error|critical|fatal';
/**
 * Behind nothing but stamps, levels and brackets a name with dots: `shop.cart:`, `[c.e.Shop]`, `com.example.Shop - `, `shop::cart:`.
 */
const LOGGER = new RegExp(
  `^(?:[[(<]?(?:\\d[\\w:.,/+-]*|${LEVEL})[\\])>]?[:,]?\\s+|\\[[^\\]\\n]{1,40}\\][: ]?\\s*|-\\s+|\\|\\s+){1,8}\\[?((?:[A-Za-z_$][\\w$-]*(?:\\.|::))+[A-Za-z_$][\\w$-]*)(:\\d+)?(\\]|:\\s|\\s+-+\\s|\\s+(?:${LEVEL})\\b|\\s)`,
);
const FILE = /\.(?:go|py|js|ts|rb|java|rs|c|cc|cpp|h|php|cs|exs?|kt|scala|sh|conf|ya?ml|json|log|txt|html?)$/i;
const CLASS = /[.:][A-Z][\w$]*$/;

function applyLogger(event: Fields, head: string): void {
  // Nothing with a dot in it stands in front of most lines.
  const m = LOGGER.exec(head);
  if (m === null) return;
  const [, name, line, behind] = m;
  if (FILE.test(name!)) {
    if (line !== undefined && event['caller'] === undefined) event['caller'] = name! + line;
    return;
  }
  if (behind === ' ' && !CLASS.test(name!)) return;
  event['logger'] = name;
}
