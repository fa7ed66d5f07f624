import type { RuleWindowView } from '../core/api/alerts.ts';
import { queryText } from './query-text.ts';
import type { Rule } from './rules/rule.ts';

/** A longer query is too much for an address. */
const MAX_QUERY_CHARS = 4000;

const known = new WeakMap<Rule, RuleWindowView>();

/** What a rule looks at; undefined where it counts what other rules find. */
export function windowView(rule: Rule): RuleWindowView | undefined {
  const { kind, options } = rule;
  if (kind.isFedByRules === true) return undefined;
  let view = known.get(rule);
  if (view === undefined) {
    const key = rule.queryKey.map(name => name.replace(/\.keyword$/, ''));
    const timeframe_ms = rule.timeframeMs > 0 ? rule.timeframeMs : kind.measured === undefined ? 0 : kind.fillMs(rule);
    const query = queryText(rule.query);
    view = { ...(query.length <= MAX_QUERY_CHARS && { query }), key, timeframe_ms, ...kind.measured?.(options) };
    known.set(rule, view);
  }
  return view;
}
