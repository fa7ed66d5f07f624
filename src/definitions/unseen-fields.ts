import type { Rule } from '../alerts/rules/rule.ts';
import { nearest } from '../base/text/did-you-mean.ts';
import { canonicalField, storedField } from '../store/query/fields.ts';
import type { UserFile } from './user-files.ts';

export interface UnseenField {
  rule: string;
  field: string;
  /** `file:line` where the rule's file names it first. */
  where: string;
  near: string | undefined;
}

/** What an alert knows beside the fields of events, and what every stored event has. */
const ALWAYS = new Set(['@timestamp', '_id', '_index', '_type', 'seq', 'num_hits', 'num_matches', '*']);
/** Deeper paths are not listed by the store. */
const MAX_LISTED_PARTS = 5;

/** Fields that enabled rules read and that no stored event has: mostly names that were misspelt. Pure. */
export function unseenFields(
  rules: readonly Pick<Rule, 'name' | 'where' | 'enabled' | 'fields'>[],
  files: readonly UserFile[],
  seen: readonly string[],
): UnseenField[] {
  const known = new Set(seen);
  const prefixes = new Set<string>();
  for (const name of seen) {
    for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) prefixes.add(name.slice(0, dot));
  }
  const isSeen = (name: string): boolean =>
    ALWAYS.has(name) ||
    ALWAYS.has(storedField(name)) ||
    known.has(storedField(name)) ||
    known.has(name) ||
    prefixes.has(name) ||
    name.startsWith('top_events_') ||
    name.split('.').length > MAX_LISTED_PARTS ||
    (name.includes('*') && seen.some(other => globOf(name).test(other)));
  return rules
    .filter(rule => rule.enabled)
    .flatMap(rule =>
      [...new Set(rule.fields.map(canonicalField))]
        .filter(field => !isSeen(field))
        .map(field => ({
          rule: rule.name,
          field,
          where: placeOf(field, rule.where, files),
          near: nearest(field, seen),
        })),
    );
}

function globOf(name: string): RegExp {
  return new RegExp(`^${name.split('*').map(RegExp.escape).join('.*')}$`);
}

/** The first line that names the field, below the start of the rule's file; else where the rule is. */
function placeOf(field: string, where: string, files: readonly UserFile[]): string {
  const path = where.replace(/:\d+$/, '');
  const lines = files.find(file => file.path === path)?.text.split('\n') ?? [];
  const word = new RegExp(`(?<![\\w.])${RegExp.escape(field)}(?![\\w])`);
  const line = lines.findIndex(text => word.test(text.replace(/(^|\s)#.*/, '')));
  return line < 0 ? where : `${path}:${line + 1}`;
}
