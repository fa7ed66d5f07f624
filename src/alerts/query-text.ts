import type { QueryNode } from '../core/contracts.ts';

/** The query as one would type it into the page; `` for everything. */
export function queryText(node: QueryNode): string {
  return node.type === 'all' ? '' : written(node);
}

/** Of parts that must all hold; those that ask for everything are left out. */
export function allOf(parts: readonly string[]): string {
  const wanted = parts.filter(part => part !== '');
  return wanted.length === 1 ? wanted[0]! : wanted.map(part => (/ OR /.test(part) ? `(${part})` : part)).join(' AND ');
}

/** `service:"api"`. */
export const fieldText = (field: string, value: string | number | boolean): string =>
  `${nameText(field)}:${valueText(value)}`;

function written(node: QueryNode): string {
  switch (node.type) {
    case 'all':
      return '*';
    case 'none':
      return 'NOT *';
    case 'and':
    case 'or':
      return joined(node);
    case 'not':
      return `NOT ${inBrackets(node.node)}`;
    case 'exists':
      return `${nameText(node.field)}:*`;
    case 'match':
      return before(node.field) + valueText(node.value);
    case 'phrase':
      return before(node.field) + valueText(node.value);
    case 'wildcard':
      return before(node.field) + patternText(node.pattern);
    case 'regexp':
      return `${before(node.field)}/${node.pattern.replaceAll('/', '\\/').replaceAll('\\\\/', '\\/')}/`;
    case 'range':
      return rangeText(node);
    case 'terms': {
      const values = node.values.map(valueText);
      return `${nameText(node.field)}:${values.length === 1 ? values[0] : `(${values.join(' OR ')})`}`;
    }
  }
}

function joined({ type, nodes }: Extract<QueryNode, { type: 'and' | 'or' }>): string {
  if (nodes.length === 0) return type === 'and' ? '*' : 'NOT *';
  if (nodes.length === 1) return written(nodes[0]!);
  return nodes.map(inBrackets).join(type === 'and' ? ' AND ' : ' OR ');
}

const inBrackets = (node: QueryNode): string =>
  (node.type === 'and' || node.type === 'or') && node.nodes.length !== 1 ? `(${written(node)})` : written(node);

function rangeText({ field, gt, gte, lt, lte }: Extract<QueryNode, { type: 'range' }>): string {
  const from = gte ?? gt;
  const to = lte ?? lt;
  const open = gt === undefined ? '[' : '{';
  const close = lt === undefined ? ']' : '}';
  const bound = (value: string | number | undefined): string => (value === undefined ? '*' : valueText(value));
  return `${nameText(field)}:${open}${bound(from)} TO ${bound(to)}${close}`;
}

const before = (field: string | undefined): string => (field === undefined ? '' : `${nameText(field)}:`);

const nameText = (field: string): string => (/^[\w@.-]+$/.test(field) ? field : quoted(field));

const valueText = (value: string | number | boolean): string =>
  typeof value === 'string' ? quoted(value) : String(value);

const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`;

/** `*` and `?` stay what they are; what steers the query is escaped. */
const patternText = (pattern: string): string =>
  pattern.replace(/(\\.)|[\s"():[\]{}^~/!+&|<>=,-]/g, (char, escaped) => escaped ?? `\\${char}`);
