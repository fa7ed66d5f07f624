import { hideCards } from './card.ts';
import { mayHoldSecret } from './may-hold.ts';
import { isSecret, type SecretKind, valueAt } from './value.ts';

/** What stands in the place of a secret. */
export const HIDDEN = '***';

/**
 * The text without its secrets: what stands behind `password=`, `token:`, `api_key` and their like, `Authorization:`, and
 * what has the form of a token, a private key, a URL with a password or the number of a card. Takes time in proportion to
 * the text, whatever it is. The text itself when there is nothing to hide.
 */
export function hideSecrets(text: string): string {
  return mayHoldSecret(text) ? lookAndHide(text) : text;
}

/** The same, slowly. */
export function lookAndHide(text: string): string {
  let hidden = text;
  if (hidden.includes('PRIVATE KEY')) hidden = hidden.replace(PRIVATE_KEY, `$1${HIDDEN}$2`);
  hidden = hideNamed(hidden);
  hidden = hidden.replace(TOKENS, HIDDEN);
  if (hidden.includes('@')) hidden = hidden.replace(IN_URL, `$1${HIDDEN}@`);
  return hideCards(hidden, HIDDEN);
}

/** The value of a field of this name without its secrets; the whole text when the name says that it is one. */
export function hideNamedSecret(name: string, value: string): string {
  const kind = kindOf(name);
  if (kind === undefined || value === '' || !isSecret(value, kind)) return hideSecrets(value);
  return hiddenOf(value, kind);
}

/** Whether a field of this name holds a secret. */
export function isSecretName(name: string): boolean {
  return kindOf(name) !== undefined;
}

function kindOf(name: string): SecretKind | undefined {
  const found = WHOLE_NAME.exec(name);
  return found === null ? undefined : kindOfWord(found[1]!);
}

const NAMES =
  'passw(?:or)?d|passphrase|passcode|pwd|secret|token|authorization|credentials?|(?:api|access|auth|account|client|encryption|licen[cs]e|master|private|secret|service|session|shared|signing|ssh|storage)[_.-]?(?:access[_.-]?)?key';
const WHOLE_NAME = new RegExp(`(${NAMES})$`, 'i');
/** A name, and a separator behind it: `password=`, `"password": "`, `[password] => `, `<password>`, `--password `, `PASSWORD '`. */
const NAMED = new RegExp(
  `(?:(${NAMES})(?:\\\\{0,3}["']|\\])?(?:\\s{0,3}(?:=>|:=|[=:])\\s{0,3}(?:\\[\\s?)?|>|(?<=--[\\w-]{0,40})\\s{1,3}(?=[^\\s-])|\\s(?=')))|(identified by\\s(?:password\\s)?)(?=')`,
  'gi',
);

function kindOfWord(word: string): SecretKind {
  const lower = word.toLowerCase();
  if (lower === 'authorization') return 'authorization';
  if (lower === 'pwd') return 'pwd';
  return lower.startsWith('pass') || lower === 'secret' ? 'password' : 'token';
}

function hideNamed(text: string): string {
  let out = '';
  let done = 0;
  let count = 0;
  NAMED.lastIndex = 0;
  for (let found = NAMED.exec(text); found !== null; found = NAMED.exec(text)) {
    const kind = found[1] === undefined ? 'password' : kindOfWord(found[1]);
    const { from, to, next } = valueAt(text, found.index + found[0].length, kind, TAG.test(found[0]));
    if (next > NAMED.lastIndex) NAMED.lastIndex = next;
    if (from === to) continue;
    if (++count > MAX_SECRETS) return `${out}${text.slice(done, from)}${REST_HIDDEN}`;
    out += text.slice(done, from) + hiddenOf(text.slice(from, to), kind);
    done = to;
  }
  return done === 0 ? text : out + text.slice(done);
}

/** The scheme of an authorization stays readable. */
function hiddenOf(value: string, kind: SecretKind): string {
  return kind === 'authorization' ? `${/^[\w-]{5,16} +(?=\S)/.exec(value)?.[0] ?? ''}${HIDDEN}` : HIDDEN;
}

/** In one text. Of more, the rest is hidden whole. */
const MAX_SECRETS = 2000;
const REST_HIDDEN = `${HIDDEN} (the rest is hidden: more than ${MAX_SECRETS} secrets)`;
const TAG = /\w>$/;
const PRIVATE_KEY =
  /(-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----)[\s\S]*?(-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----|$)/g;
const IN_URL = /(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/?#@"'<>]{0,200}:)[^\s/?#"'<>]{1,500}@/gi;
/** Tokens that are known by their form, wherever they stand. */
const TOKENS = new RegExp(
  [
    String.raw`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?`,
    String.raw`(?<=\b(?:[Bb]earer|BEARER) )[A-Za-z0-9._~+/=-]{16,}`,
    String.raw`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`,
    String.raw`\bgh[pousr]_[A-Za-z0-9]{20,}`,
    String.raw`\bgithub_pat_[A-Za-z0-9_]{20,}`,
    String.raw`\bglpat-[A-Za-z0-9_-]{16,}`,
    String.raw`\bxox[abeprs]-[A-Za-z0-9-]{10,}`,
    String.raw`\b[prs]k_(?:live|test)_[A-Za-z0-9]{10,}`,
    String.raw`\bAIza[A-Za-z0-9_-]{35}`,
    String.raw`\bnpm_[A-Za-z0-9]{36}\b`,
  ].join('|'),
  'g',
);
