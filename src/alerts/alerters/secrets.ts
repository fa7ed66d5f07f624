import { isFields } from '../../core/event.ts';
import type { Address } from './address.ts';

// Who is sent to may repeat what it was sent: the path of a webhook, which is its secret, or a token in a header. What it
// answers is shown to many, so whatever looks like a part of that is cut.

/** What a request holds that must not be shown. */
export interface Confidential {
  readonly address: Address;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Others that it is known by. */
  readonly secrets?: readonly string[] | undefined;
}

export const CUT = '[cut]';

/** So many characters in a row that are also in a secret are a part of it. */
const PIECE = 8;
/** Shorter secrets are cut as whole words. */
const MIN_WORD = 3;
const MIN_SEGMENT = 6;
/** Words of addresses that are no secrets: cutting them would take the sense from answers. */
const PUBLIC = new Set(
  `services webhook webhooks hooks incoming workflows triggers integration integrations notification notifications
   notify notice message messages payload report reports create submit ingest channel channels server client
   alerts events alertmanager endpoint endpoints prometheus elastalert application bearer basic localhost
   127.0.0.1 default public receiver receivers true false none null json text html utf8 utf-8`.split(/\s+/),
);
const SECRET_NAME = /auth|key|token|secret|passw|pwd|cookie|signature|credential|session|jwt|bearer/i;
const PUBLIC_HEADERS = new Set(['content-type', 'accept', 'accept-language', 'user-agent', 'idempotency-key']);
const MAX_BODY_DEPTH = 20;
/** Of what a message has in fields with such names: an event may be full of them. */
const MAX_BODY_SECRETS_CHARS = 16_384;

/**
 * Takes addresses (also in part: path, segments, query), passwords, values of headers and of fields named like secrets out
 * of a text, however it escapes them: in percent codes, HTML or JSON.
 */
export function conceal(text: string, request: Confidential): string {
  const { long, short } = secretsOf(request);
  const { letters, starts, ends } = plainLetters(text);
  const isSecret = new Uint8Array(letters.length);
  markPieces(letters, piecesOf(long), isSecret);
  for (const word of short) markWord(letters, word, isSecret);
  markBegun(letters, [...long, ...short], isSecret);
  let out = '';
  let shown = 0;
  for (let i = 0; i < letters.length; i++) {
    if (isSecret[i] === 0) continue;
    const from = i;
    while (i + 1 < letters.length && isSecret[i + 1] === 1) i++;
    if (isPublic(letters.slice(from, i + 1))) continue;
    if (starts[from]! >= shown) out += text.slice(shown, starts[from]) + CUT;
    shown = Math.max(shown, ends[i]!);
  }
  return out + text.slice(shown);
}

interface Secrets {
  /** Cut wherever a piece of them stands. */
  readonly long: ReadonlySet<string>;
  readonly short: ReadonlySet<string>;
}

function secretsOf({ address, headers, body, secrets = [] }: Confidential): Secrets {
  const long = new Set<string>();
  const short = new Set<string>();
  const add = (secret: string): void => {
    const { letters } = plainLetters(secret.trim());
    if (letters.length >= PIECE) long.add(letters);
    else if (letters.length >= MIN_WORD && !isPublic(letters)) short.add(letters);
  };
  addAddress(address.url, add);
  for (const all of [headers, address.headers])
    for (const [name, value] of Object.entries(all)) addHeader(name, value, add);
  addBody(body, add);
  for (const secret of secrets) add(secret);
  return { long, short };
}

function addAddress(url: string, add: (secret: string) => void): void {
  if (!URL.canParse(url)) {
    add(url);
    return;
  }
  const { host, pathname, search, hash, searchParams } = new URL(url);
  add(host);
  if (pathname.length + search.length + hash.length > 1) {
    add(host + pathname + search + hash);
    add(pathname);
    add(pathname + search);
    add(url.replace(/^[^:]*:\/\//, ''));
  }
  // A short one is a secret only where it does not look like a word.
  for (const segment of pathname.split('/'))
    if (segment.length >= MIN_SEGMENT || /\d|[A-Z]./.test(segment)) add(segment);
  for (const [name, value] of searchParams) add(value === '' ? name : value);
}

function addHeader(name: string, value: string, add: (secret: string) => void): void {
  if (PUBLIC_HEADERS.has(name.toLowerCase())) return;
  if (!SECRET_NAME.test(name) && value.length < 2 * PIECE) return;
  add(value);
  const credentials = /^\S+\s+(.+)$/.exec(value)?.[1];
  if (credentials === undefined) return;
  add(credentials);
  if (!/^basic\s/i.test(value)) return;
  const pair = Buffer.from(credentials, 'base64').toString('utf8');
  add(pair);
  for (const part of [pair.slice(0, pair.indexOf(':')), pair.slice(pair.indexOf(':') + 1)]) add(part);
}

/** Some receivers want their token in the message. */
function addBody(body: string, add: (secret: string) => void): void {
  let room = MAX_BODY_SECRETS_CHARS;
  const visit = (value: unknown, depth: number): void => {
    if (depth > MAX_BODY_DEPTH) return;
    if (Array.isArray(value)) for (const item of value) visit(item, depth + 1);
    else if (isFields(value))
      for (const [name, inner] of Object.entries(value))
        if (typeof inner !== 'string') visit(inner, depth + 1);
        else if (SECRET_NAME.test(name) && room > 0) {
          add(inner.slice(0, room));
          room -= inner.length;
        }
  };
  try {
    visit(JSON.parse(body), 0);
  } catch {
    // No JSON, no names.
  }
}

function piecesOf(secrets: Iterable<string>): ReadonlySet<string> {
  const pieces = new Set<string>();
  for (const secret of secrets) for (let i = 0; i + PIECE <= secret.length; i++) pieces.add(secret.slice(i, i + PIECE));
  return pieces;
}

function markPieces(letters: string, pieces: ReadonlySet<string>, isSecret: Uint8Array): void {
  for (let i = 0; i + PIECE <= letters.length; i++)
    if (pieces.has(letters.slice(i, i + PIECE))) isSecret.fill(1, i, i + PIECE);
}

function markWord(letters: string, word: string, isSecret: Uint8Array): void {
  const isOpen = (at: number): boolean => !/[\w\x80-\xff]/.test(letters[at] ?? '');
  for (let at = letters.indexOf(word); at >= 0; at = letters.indexOf(word, at + 1)) {
    const end = at + word.length;
    const isWhole = (isOpen(at - 1) || !/^\w/.test(word)) && (isOpen(end) || !/\w$/.test(word));
    if (isWhole) isSecret.fill(1, at, end);
  }
}

/** An answer is read as far as it came: its end may be the beginning of a secret. */
function markBegun(letters: string, secrets: readonly string[], isSecret: Uint8Array): void {
  for (let length = PIECE - 1; length >= MIN_WORD; length--) {
    const end = letters.slice(-length);
    if (end.length < length || !secrets.some(secret => secret.startsWith(end))) continue;
    isSecret.fill(1, letters.length - length);
    return;
  }
}

const isPublic = (letters: string): boolean => PUBLIC.has(letters.replace(/^[^\w]+|[^\w]+$/g, ''));

/** A text without its escapes, ASCII in lower case and one letter a byte, and where in the text each letter stands. */
interface Letters {
  letters: string;
  starts: readonly number[];
  ends: readonly number[];
}

const ESCAPE =
  /(?:%[0-9a-f]{2})+|&#x0*[0-9a-f]{1,6};?|&#0*\d{1,7};?|&(?:amp|lt|gt|quot|apos|sol|colon|equals|quest|period|num|percnt|lowbar|hyphen|plus|nbsp);?|(?:\\u[0-9a-f]{4})+|\\u\{[0-9a-f]{1,6}\}|\\x[0-9a-f]{2}|\\[^ux]|\+/gi;
const ENTITIES: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", sol: '/', colon: ':', equals: '=', quest: '?', period: '.' },
  ...{ num: '#', percnt: '%', lowbar: '_', hyphen: '-', plus: '+', nbsp: ' ' },
};
/** Escapes of escapes: an address inside of an address inside of a page. */
const MAX_ROUNDS = 4;

function plainLetters(text: string): Letters {
  let letters = '';
  let starts: number[] = [];
  let ends: number[] = [];
  let at = 0;
  for (const char of text) {
    const bytes = bytesOf(lower(char));
    for (let i = 0; i < bytes.length; i++) {
      starts.push(at);
      ends.push(at + char.length);
    }
    letters += bytes;
    at += char.length;
  }
  for (let round = 0; round < MAX_ROUNDS; round++) {
    let plain = '';
    const from: number[] = [];
    const to: number[] = [];
    let done = 0;
    const keep = (end: number): void => {
      plain += letters.slice(done, end);
      for (let i = done; i < end; i++) {
        from.push(starts[i]!);
        to.push(ends[i]!);
      }
    };
    for (const match of letters.matchAll(ESCAPE)) {
      const bytes = decoded(match[0]);
      if (bytes === match[0]) continue;
      keep(match.index);
      done = match.index + match[0].length;
      plain += bytes;
      for (let i = 0; i < bytes.length; i++) {
        from.push(starts[match.index]!);
        to.push(ends[done - 1]!);
      }
    }
    if (done === 0) break;
    keep(letters.length);
    letters = plain;
    starts = from;
    ends = to;
  }
  return { letters, starts, ends };
}

function decoded(written: string): string {
  // Queries write blanks as plus signs.
  if (written === '+') return ' ';
  if (written[0] === '%')
    return lower(written.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))));
  if (written[0] === '&') {
    const name = written.slice(1).replace(/;$/, '');
    if (name[0] !== '#') return ENTITIES[name] ?? written;
    return bytesOfCode(name[1] === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1)));
  }
  if (written.startsWith('\\u{')) return bytesOfCode(Number.parseInt(written.slice(3), 16));
  if (written.startsWith('\\u')) {
    const units = written.split('\\u').slice(1);
    return bytesOf(lower(String.fromCharCode(...units.map(unit => Number.parseInt(unit, 16)))));
  }
  if (written.startsWith('\\x')) return bytesOfCode(Number.parseInt(written.slice(2), 16));
  return written.slice(1);
}

const bytesOf = (text: string): string =>
  text.length === 1 && text <= '\x7f' ? text : Buffer.from(text, 'utf8').toString('latin1');
const bytesOfCode = (code: number): string => (code > 0x10ffff ? '' : bytesOf(lower(String.fromCodePoint(code))));
/** Only as far as ASCII goes: a letter stays one letter, and bytes of others stay what they are. */
const lower = (text: string): string => text.replace(/[A-Z]+/g, letters => letters.toLowerCase());
