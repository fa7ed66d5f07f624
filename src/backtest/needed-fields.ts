import { showsFirstLine } from '../alerts/first-lines.ts';
import { firstOwnOptions } from '../alerts/rules/alerters.ts';
import type { Rule } from '../alerts/rules/rule.ts';
import type { QueryNode } from '../core/contracts.ts';

/**
 * The fields of events by which these rules find what they find; what their messages show is fetched for the few events that
 * made an alert. Undefined: all of them.
 */
export function neededFields(rules: readonly Rule[]): string[] | undefined {
  const fields = new Set<string>();
  for (const rule of rules) {
    if (!isNarrow(rule)) return undefined;
    for (const name of [...rule.fields, ...rule.queryKey, ...rule.topCountKeys, rule.timestampField]) fields.add(name);
    if (showsFirstLine(rule)) fields.add('message');
  }
  return [...fields];
}

function isNarrow({ kind, type, query, options, aggregation, attachRelated, filters }: Rule): boolean {
  // They keep whole events, or the documents of many.
  if (kind.isFedByRules === true || type === 'new_pattern' || attachRelated || aggregation !== undefined) return false;
  // The title of each alert is made when it is found, and a template may name anything.
  const { alert_subject: subject, alert_subject_args: named, alert_text_type: form } = options;
  if (subject === undefined && firstOwnOptions(options)['alert_subject'] !== undefined) return false;
  if (subject !== undefined && named === undefined && form === 'alert_text_jinja') return false;
  return Object.keys(filters).length === 0 && namesFields(query);
}

/** A part without a field is looked for in many. */
function namesFields(node: QueryNode): boolean {
  switch (node.type) {
    case 'and':
    case 'or':
      return node.nodes.every(namesFields);
    case 'not':
      return namesFields(node.node);
    case 'all':
    case 'none':
      return true;
    default:
      // A name with a wildcard means several.
      return node.field !== undefined && !node.field.includes('*');
  }
}
