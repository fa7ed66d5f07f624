/** What the name in front of a value says of it. */
export type SecretKind = 'password' | 'pwd' | 'token' | 'authorization';

/** Where a secret stands in a text; `from` is `to` where there is none. The search goes on at `next`. */
export interface Place {
  readonly from: number;
  readonly to: number;
  readonly next: number;
}

/** A value as long as this is one whatever it looks like: judging it again and again would take time. */
const MAX_JUDGED = 512;

/** The value behind a name and its separator. `isTag`: it ends where the next tag begins. */
export function valueAt(text: string, at: number, kind: SecretKind, isTag: boolean): Place {
  const opener = matchAt(OPENER, text, at);
  if (opener !== '') {
    const from = at + opener.length;
    const to = closing(text, from, opener);
    return isSecret(text.slice(from, to), kind) ? { from, to, next: to } : none(at);
  }
  const scheme = kind === 'authorization' ? matchAt(SCHEME, text, at) : '';
  const form = isTag ? INSIDE_TAG : scheme === '' ? UNQUOTED : MANY_PARTS.test(scheme) ? LINE : UNQUOTED;
  const from = at + scheme.length;
  const whole = matchAt(form, text, from);
  // What closes brackets around the whole is no part of it.
  const value = whole.replace(CLOSING, '');
  const to = from + value.length;
  if (value === '' || isProse(text, at, to)) return none(at);
  if (scheme === '' && !(isSecret(value, kind) && isSecret(whole, kind))) return none(at);
  return { from, to, next: to };
}

function matchAt(form: RegExp, text: string, at: number): string {
  form.lastIndex = at;
  return form.exec(text)?.[0] ?? '';
}

function none(at: number): Place {
  return { from: at, to: at, next: at };
}

/** Of JSON inside of JSON, too: `\"`. */
const OPENER = /\\{0,3}["'`]/y;
const UNQUOTED = /[^\s"'`&,;<>|\\]+/y;
const INSIDE_TAG = /[^<]+/y;
const LINE = /[^\r\n]+/y;
const SCHEME =
  /(?:Basic|Bearer|Digest|Negotiate|NTLM|Token|Api-?Key|AWS4-HMAC-SHA256|Splunk|Hawk|OAuth) +(?=[^\s"'`])/iy;
/** They hide all of their line. */
const MANY_PARTS = /^(?:Digest|AWS4|OAuth|Hawk)/i;
const CLOSING = /[)\]}.]{1,4}$/;

/** Where the quote that opened is closed; the end of the line or text if nowhere. */
function closing(text: string, from: number, opener: string): number {
  for (let at = text.indexOf(opener, from); at >= 0; at = text.indexOf(opener, at + 1)) {
    let slashes = 0;
    while (text[at - 1 - slashes] === '\\' && at - 1 - slashes >= from) slashes++;
    if (slashes % 2 === 0) return at;
  }
  const line = text.indexOf('\n', from);
  return line < 0 ? text.length : line;
}

/** Whether a value under such a name is a secret. */
export function isSecret(value: string, kind: SecretKind): boolean {
  if (value.length >= MAX_JUDGED) return true;
  if (NOTHING.test(value) || MASKED.test(value)) return false;
  switch (kind) {
    case 'pwd':
      // The working folder has the same name.
      return !/^(?:[/~.]|[A-Za-z]:[\\/])/.test(value);
    case 'token':
      return TOKEN.test(value) && (value.length >= 20 || (value.length >= 8 && /\d/.test(value)));
    case 'password':
      // Kubernetes calls its secrets so: `secret=shop/db-login`.
      return !/^[a-z0-9.-]+\/[a-z0-9.-]+$/.test(value);
    default:
      return SCHEMED.test(value) || isSecret(value, 'token');
  }
}

const TOKEN = /^[A-Za-z0-9._~+/=:%@!$-]+$/;
/** No value, or a word about one. */
const NOTHING =
  /^(?:yes|no|true|false|null|nil|none|undefined|empty|unset|set|ok|not|is|was|must|should|cannot|does|has|on|off|required|missing|invalid|incorrect|wrong|expired|changed|updated|reset|failed|unknown|disabled|enabled|accepted|rejected|success|granted|denied|allow|allowed|n\/a|-+|string|object)$/i;
/** It is hidden already, or it is the name of a place where it would stand. */
const MASKED =
  /^(?:[*xX#•.?-]{2,}|[{[]|\$\{.*\}|\$[A-Z_]+|\{\{.*\}\}|\{\w*\}|%[sdv@]|[[<({]{0,2}(?:filtered|redacted|hidden|masked|secret|password|token|removed)[\])>}]{0,2})$/i;
const SCHEMED = /^(?:Basic|Bearer|Digest|Negotiate|NTLM|Token|Api-?Key|AWS4-HMAC-SHA256|Splunk|Hawk|OAuth) +\S/i;

/** `password: must be longer` is about a password and does not tell one. */
function isProse(text: string, from: number, to: number): boolean {
  if (text[from - 1] !== ' ' || !/^[A-Za-z]+$/.test(text.slice(from, to))) return false;
  return /^ [a-z]{1,20} [a-z]/.test(text.slice(to, to + 24));
}
