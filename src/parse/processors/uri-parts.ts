import { type Fields, newFields } from '../../core/event.ts';
import type { ProcessorKind } from '../processor.ts';
import { subject } from './subject.ts';

/** `uri_parts`: field, target_field (default `url`), keep_original, remove_if_successful, ignore_missing. */
export const uriParts: ProcessorKind = {
  name: 'uri_parts',
  build(options) {
    const source = options.path('field');
    const target = options.path('target_field', 'url');
    const keepOriginal = options.boolean('keep_original', true);
    const removeSource = options.boolean('remove_if_successful', false);
    const ignoreMissing = options.boolean('ignore_missing', false);
    return (event, state) => {
      const text = source.get(event, state);
      if (typeof text !== 'string') return subject(source, text, ignoreMissing);
      const out = partsOf(text);
      if (out === undefined) return `field [${source.text}] holds no URI`;
      if (keepOriginal) out['original'] = text;
      if (removeSource && source.text !== target.text) source.remove(event, state);
      return target.set(event, state, out);
    };
  },
};

/** Undefined when the text is no URI. What is not there has no part. */
export function partsOf(text: string): Fields | undefined {
  const found = SPLIT.exec(text);
  if (found === null) return undefined;
  const [, scheme, , userInfo, domain, port = '', path = '', query, fragment] = found;
  // What RFC 3986 does not allow is read as browsers' addresses are, and then `%20` stays as it is written.
  const isStrict = ALLOWED.test(text) && !PATH_ONLY.test(path);
  if (!isStrict && !(scheme !== undefined && LENIENT.has(scheme.toLowerCase()))) return undefined;
  const isOpaque = scheme !== undefined && domain === undefined && !path.startsWith('/');
  const read = isStrict ? decoded : (part: string) => part;
  const out = newFields();
  if (domain !== undefined && domain !== '') out['domain'] = domain;
  if (fragment !== undefined) out['fragment'] = read(fragment);
  if (!isOpaque) {
    const plain = read(path);
    out['path'] = plain;
    const last = plain.slice(plain.lastIndexOf('/') + 1);
    if (plain.includes('/') && last.includes('.')) out['extension'] = last.slice(last.lastIndexOf('.') + 1);
    if (query !== undefined) out['query'] = read(query);
  }
  if (port !== '') out['port'] = Number(port);
  if (scheme !== undefined) out['scheme'] = scheme;
  if (userInfo !== undefined) {
    const plain = read(userInfo);
    const colon = plain.indexOf(':');
    out['user_info'] = plain;
    if (colon >= 0) {
      out['username'] = plain.slice(0, colon);
      out['password'] = plain.slice(colon + 1);
    }
  }
  return out;
}

// scheme, authority (user info, domain, port), path, query, fragment: the split of RFC 3986, appendix B.
const SPLIT =
  /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(\/\/(?:([^@/?#]*)@)?(\[[^\]]*\]|[^:/?#]*)(?::(\d{0,5}))?(?=[/?#]|$))?([^?#]*)(?:\?([^#]*))?(?:#([\s\S]*))?$/;
const ALLOWED = /^(?:[^\s\x00-\x20\x7f-\xa0"<>\\^`{|}%]|%[0-9a-fA-F]{2})*$/;
/** Allowed elsewhere. */
const PATH_ONLY = /[[\]]/;
const LENIENT: ReadonlySet<string> = new Set(['http', 'https', 'ftp', 'file']);

/** `%XX` are bytes of UTF-8; what they don't spell becomes U+FFFD. */
function decoded(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/(?:%[0-9a-fA-F]{2})+/g, run => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'));
}
