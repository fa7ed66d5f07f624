import type { CountRow, CountsRequest } from '../../../core/contracts.ts';
import { CountTable } from '../../counts.ts';
import { kindOf } from '../../query/fields.ts';
import type { FoundColumns } from '../../query/found-columns.ts';
import type { Source } from './catalogue.ts';
import { fieldText } from './field-text.ts';
import type { QueryTurn } from './query-gate.ts';
import { condition } from './search.ts';
import { Sieve } from './sieve.ts';
import { batches, guarded, relation, rowsOf, type Wanted } from './sources.ts';

const FIRST_ROWS = 200_000;

/** Stretches without an event are left out. */
export async function counts(turn: QueryTurn, sources: readonly Source[], request: CountsRequest): Promise<CountRow[]> {
  const { query, from, stretchMs, stretches, by, of } = request;
  if (query.type === 'none') return [];
  const matching = condition(query, from, from + stretchMs * stretches - 1);
  const number = 'TRY_CAST(value AS DOUBLE)';
  const names = by.map((_, i) => `by${i}`);
  const stretch = `floor((epoch_ms("@timestamp") - ${Math.trunc(from)})::DOUBLE / ${Math.trunc(stretchMs)}) AS stretch`;
  const wanted = (found: FoundColumns): Wanted => {
    const value = of === undefined ? { sql: 'NULL::VARCHAR', params: [] } : fieldText(of.field, found);
    const fields = by.map(field => fieldText(field, found));
    const where = matching(found);
    return {
      columns: [stretch, `${value.sql} AS value`, ...fields.map(({ sql }, i) => `${sql} AS by${i}`)].join(', '),
      where: where.sql,
      params: [...value.params, ...fields.flatMap(field => field.params), ...where.params],
    };
  };
  const sums = [
    'count(*)',
    of?.as === 'values' ? 'count(value)' : `count(${number})`,
    `sum(${number})`,
    `min(${number})`,
    `max(${number})`,
  ];
  const known = names.map(name => `${name} IS NOT NULL`);
  const table = new CountTable(request);
  for await (const batch of batches(new Sieve(query).of(sources), FIRST_ROWS, () => turn.mostRows)) {
    await turn.ready(rowsOf(batch));
    const { sql: inner, params } = relation(batch, wanted);
    const where = known.length === 0 ? '' : ` WHERE ${known.join(' AND ')}`;
    const groups = ['stretch', ...names].join(', ');
    // One more than allowed says that there are too many.
    const limit = `LIMIT ${Math.trunc(request.maxRows) + 1}`;
    const sql = `SELECT ${groups}, ${sums.join(', ')} FROM ${inner}${where} GROUP BY ${groups} ${limit}`;
    const rows = await guarded(batch, () => turn.session.rows(sql, params));
    for (const row of rows) {
      const [events, values, sum, min, max] = row.slice(1 + by.length) as [number, number, ...(number | null)[]];
      table.add({
        stretch: Number(row[0]),
        by: by.map((field, i) => textOf(field, row[i + 1] as string)),
        ...{ events, values, sum: sum ?? null, min: min ?? null, max: max ?? null },
      });
    }
  }
  return table.rows();
}

/** As it stands in the event: a column of numbers writes 12 as 12.0. */
const textOf = (field: string, text: string): string => (kindOf(field) === 'number' ? String(Number(text)) : text);
