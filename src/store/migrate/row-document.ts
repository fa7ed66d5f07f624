import { isoTime } from '../../base/time/iso.ts';
import { DECLARED_FIELDS, type DeclaredField } from '../../core/schema/fields.ts';
import type { WireRow } from '../embedded/protocol.ts';

const declared = (Object.keys(DECLARED_FIELDS) as DeclaredField[]).map(name => ({
  key: `,${JSON.stringify(name)}:`,
  name,
  isJson: DECLARED_FIELDS[name] === 'object',
}));
const REST = 3 + declared.length;

/**
 * A row of the embedded store as the two lines of a bulk body, the document as intake would have written it. JSON text
 * of the row is taken as it is: what JavaScript cannot hold (numbers beyond 2^53) goes on unchanged.
 */
export function bulkLinesOf(row: WireRow): string {
  let document = `{"seq":${row[1]},"@timestamp":"${isoTime(row[2] as number)}"`;
  for (let i = 0; i < declared.length; i++) {
    const value = row[i + 3];
    if (value === null || value === undefined) continue;
    const { key, isJson } = declared[i]!;
    document += key + (isJson ? value : JSON.stringify(value));
  }
  return `${JSON.stringify({ create: { _id: row[0] } })}\n${document}${restOf(row)}}\n`;
}

/** The undeclared fields, each with a comma in front. */
function restOf(row: WireRow): string {
  const text = row[REST];
  if (typeof text !== 'string') return '';
  const inside = text.trim().slice(1, -1).trim();
  if (inside === '') return '';
  // A name that was declared later stands in both; the declared one wins, as it does in a search.
  if (!declared.some(({ key }, i) => hasValue(row[i + 3]) && inside.includes(key.slice(1)))) return `,${inside}`;
  const rest = JSON.parse(text) as { [name: string]: unknown };
  declared.forEach(({ name }, i) => {
    if (hasValue(row[i + 3])) delete rest[name];
  });
  const kept = JSON.stringify(rest).slice(1, -1);
  return kept === '' ? '' : `,${kept}`;
}

const hasValue = (value: unknown): boolean => value !== null && value !== undefined;
