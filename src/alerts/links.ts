import { MINUTE_MS } from '../base/time/duration.ts';
import { isoTime } from '../base/time/iso.ts';
import type { AlertLinks } from './alerters/alerter.ts';
import type { LabelSet } from './instances/labels.ts';
import { allOf, fieldText, queryText } from './query-text.ts';
import type { Rule } from './rules/rule.ts';

/** What links of an alert are made from. */
export interface Linked {
  readonly rule: Rule;
  /** Fields of the query key. */
  readonly key: LabelSet;
  /** Event time of first and last match, epoch milliseconds. */
  readonly from: number;
  /** Undefined: it lasts. */
  readonly to: number | undefined;
  /** What all messages on the alert are known by; undefined: it cannot be silenced by a link. */
  readonly instance: string | undefined;
}

export type Linker = (linked: Linked) => AlertLinks;

/** Before the first match, and after the last one, so much is shown. */
const BEFORE_MS = 5 * MINUTE_MS;
const AFTER_MS = MINUTE_MS;
/** A longer query is left out: there are programs that cut addresses. */
const MAX_QUERY_CHARS = 1500;

/** Links to the page under its public address. `tokenOf` gives what a silence is asked with; undefined while it cannot. */
export function linker(publicUrl: string, tokenOf: (instance: string) => string | undefined): Linker {
  const base = publicUrl.replace(/\/+$/, '');
  return ({ rule, key, from, to, instance }) => {
    const token = instance === undefined ? undefined : tokenOf(instance);
    const query = searchText(rule, key);
    const start = from - Math.max(rule.timeframeMs, BEFORE_MS);
    return {
      search: address(base, { query, from: isoTime(start), to: to === undefined ? 'now' : isoTime(to + AFTER_MS) }),
      rule: address(base, { query: searchText(rule), range: '24h', rule: rule.name }),
      silence: token === undefined ? undefined : silenceAddress(base, token),
    };
  };
}

/** Of the page that asks whether to silence what the token stands for. */
export const silenceAddress = (base: string, token: string): string => `${base}/silence/${token}`;

/** What finds the events of a rule, or of one of its alerts; `` for everything, and where the query is too long. */
export function searchText(rule: Rule, key: LabelSet = {}): string {
  const ofKey = Object.entries(key).map(([field, value]) => fieldText(field, value));
  return short(allOf([short(queryText(rule.query)), ...ofKey]));
}

const short = (query: string): string => (query.length > MAX_QUERY_CHARS ? '' : query);

/** The page has its search behind `#`. */
function address(base: string, parts: Record<string, string>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(parts)) if (value !== '') params.set(name, value);
  return `${base}/#${params}`;
}
