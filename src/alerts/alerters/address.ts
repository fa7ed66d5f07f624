import { isIP } from 'node:net';
import { basicAuth } from '../../base/net/basic-auth.ts';
import { type Fields, isFields } from '../../core/event.ts';
import { pythonStr } from '../python/str.ts';

// What an HTTP alerter can send to and with, judged when a rule is loaded: later it could only be retried for ever.

/** Where to post. */
export interface Address {
  /** Without user and password. */
  readonly url: string;
  /** `Authorization`, where the address has user and password. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A mistake of an option; `what` goes after its name and tells no secret. */
export interface OptionMistake {
  readonly option: string;
  readonly what: string;
  readonly fix: string;
  /** Other programs could send there. */
  readonly isOnlyHere?: true | undefined;
  /** It is told, and what there is to send is sent. */
  readonly isWarning?: true | undefined;
}

/** Ports of other protocols, which fetch refuses (Fetch standard, "port blocking"). */
const BLOCKED_PORTS = new Set([
  ...[1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109],
  ...[110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530],
  ...[531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045],
  ...[4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080],
]);
/** Headers that belong to the connection. */
const REFUSED_HEADERS = new Set([
  ...['content-length', 'transfer-encoding', 'connection', 'keep-alive', 'upgrade', 'expect'],
]);
const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;

/** The addresses of an option, one text or a list, that can be sent to. An environment variable that is not set is none. */
export function addressesOf(value: unknown): Address[] {
  return written(value)
    .filter(text => mistakeOf(text) === undefined)
    .map(parsed);
}

export function checkAddresses(option: string, value: unknown): OptionMistake[] {
  const all = written(value);
  return all.flatMap((text, i) => {
    const mistake = mistakeOf(text);
    if (mistake === undefined) return [];
    const which = all.length === 1 ? '' : ` (number ${i + 1})`;
    const { what, ...rest } = mistake;
    return [{ option, what: `is no address that can be sent to${which}: ${what}`, ...rest }];
  });
}

/** A host without scheme, port and path. */
export function checkHost(option: string, value: unknown): OptionMistake[] {
  if (typeof value !== 'string' || value === '' || value.startsWith('$')) return [];
  if (isIP(value.replace(/^\[(.*)\]$/, '$1')) !== 0 || /^[\w-]+(?:\.[\w-]+)*\.?$/.test(value)) return [];
  return [{ option, what: 'is no host', fix: 'Write a name or an address, without scheme, port and path.' }];
}

/** Addresses that stand in messages, for pictures and links: channels leave out what is none. */
export function checkLinks(options: Fields, names: readonly string[]): OptionMistake[] {
  return names.flatMap(option => {
    const value = options[option];
    if (typeof value !== 'string' || value === '' || value.startsWith('$') || URL.canParse(value)) return [];
    const what = 'is no address, so messages go without it';
    return [{ option, what, fix: 'Write it as https://host/path.', isWarning: true }];
  });
}

/** Options of an attachment, and the icon beside it, that are addresses; Slack's and those of what copies it. */
export const attachmentLinks = (prefix: string): string[] =>
  ['icon_url_override', 'title_link', 'footer_icon', 'image_url', 'thumb_url', 'author_link', 'author_icon'].map(
    name => `${prefix}_${name}`,
  );

/** A port, as a number or its text. */
export function checkPort(option: string, value: unknown): OptionMistake[] {
  if (value === undefined || value === null || (typeof value === 'string' && value.startsWith('$'))) return [];
  const port = Number(value);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return [];
  return [{ option, what: 'is no port', fix: 'Write a number from 1 to 65535.' }];
}

/** Headers of an option that holds names and values; a text is a template and is judged when it is filled. */
export function checkHeaders(option: string, value: unknown): OptionMistake[] {
  if (!isFields(value)) return [];
  return Object.keys(value as Fields).flatMap(name => {
    if (name.includes('{{') || isSendable(name)) return [];
    const what = HEADER_NAME.test(name)
      ? `has the header ${name}, which belongs to the connection and cannot be sent`
      : `has the header ${JSON.stringify(name)}, which is no name of a header`;
    return [{ option, what, fix: 'Leave it out; length and encoding are set by themselves.' }];
  });
}

/** Header values of an option; line breaks, which no header may have, become blanks. What cannot be sent is left out. */
export function headersOf(value: unknown): Record<string, string> {
  const headers: Record<string, string> = {};
  if (!isFields(value)) return headers;
  for (const [name, content] of Object.entries(value as Fields))
    if (isSendable(name)) headers[name] = headerText(pythonStr(content));
  return headers;
}

/** Later ones win, whatever the case of their names. */
export function mergedHeaders(...all: (Readonly<Record<string, string>> | undefined)[]): Record<string, string> {
  const byName = new Map<string, [string, string]>();
  for (const headers of all)
    for (const [name, value] of Object.entries(headers ?? {})) byName.set(name.toLowerCase(), [name, value]);
  return Object.fromEntries(byName.values());
}

const isSendable = (name: string): boolean => HEADER_NAME.test(name) && !REFUSED_HEADERS.has(name.toLowerCase());
const headerText = (text: string): string => text.replace(/[\x00-\x1f\x7f]+|[^\x00-\xff]/g, ' ').trim();

function written(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.filter((one): one is string => typeof one === 'string' && one.trim() !== '' && !one.startsWith('$'));
}

function mistakeOf(text: string): Omit<OptionMistake, 'option'> | undefined {
  const scheme = /^\s*([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined)
    return { what: 'it does not begin with http:// or https://', fix: 'Write it as https://host/path.' };
  if (scheme !== 'http' && scheme !== 'https')
    return { what: `the scheme ${scheme} is unknown`, fix: 'Use http:// or https://.' };
  const port = /^\s*\w+:\/\/[^/?#]*?:(\d+)(?:[/?#]|\s*$)/.exec(text)?.[1];
  if (port !== undefined && (Number(port) > 65_535 || Number(port) === 0))
    return { what: `the port ${port} is not between 1 and 65535`, fix: 'Correct the port.' };
  if (!URL.canParse(text))
    return {
      what: 'host or port cannot be read',
      fix: 'Write it as https://host:port/path, special characters as %xx.',
    };
  const url = new URL(text);
  if (BLOCKED_PORTS.has(Number(url.port)))
    return {
      what: `the port ${url.port} belongs to another protocol than HTTP`,
      fix: 'Let the receiver listen elsewhere.',
      isOnlyHere: true,
    };
  return undefined;
}

function parsed(text: string): Address {
  const url = new URL(text);
  const { username, password } = url;
  if (username === '' && password === '') return { url: text.trim(), headers: {} };
  url.username = '';
  url.password = '';
  return { url: url.href, headers: { Authorization: basicAuth(`${unescaped(username)}:${unescaped(password)}`) } };
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
