import type { ScannedPage, ScanRequest, SortKey } from '../../../core/contracts.ts';
import { columnsOf } from '../stored-event.ts';
import type { Source } from './catalogue.ts';
import { wholeFields } from './form.ts';
import type { QueryTurn } from './query-gate.ts';
import { identifier } from './quote.ts';
import { condition, resultTooLarge } from './search.ts';
import { Sieve } from './sieve.ts';
import { guarded, relation, rowsOf } from './sources.ts';
import { behind, textPage } from './sql.ts';

const KEY_COLUMNS = '_id, seq, "@timestamp"';

/** A page of events with some of their columns. They never become objects here: making those is what costs. */
export async function scan(
  turn: QueryTurn,
  sources: readonly Source[],
  request: ScanRequest,
  { max_result_bytes }: { readonly max_result_bytes: number },
): Promise<ScannedPage> {
  const { query, from, to, after, size, fields } = request;
  const rows: string[] = [];
  const within = query.type === 'none' ? [] : await new Sieve(query).all(sources);
  if (within.length > 0) {
    const matching = condition(query, from, to);
    const columns = columnsOf(fields);
    const read = relation(within, found => {
      const { sql, params } = matching(found);
      return {
        columns: `${KEY_COLUMNS}, ${columns.length === 0 ? '1' : columns.map(name => (name === 'fields' ? `${wholeFields(found)} AS fields` : identifier(name))).join(', ')}`,
        where: after === undefined ? sql : `${behind(after, 'asc')} AND ${sql}`,
        params: after === undefined ? params : [after[2], ...params],
      };
    });
    const sql = textPage(read.sql, columns, size);
    let bytes = 0;
    await turn.ready(rowsOf(within));
    await guarded(within, () =>
      turn.session.eachText(sql, read.params, text => {
        bytes += text.length;
        rows.push(text);
        return bytes <= max_result_bytes;
      }),
    );
    if (bytes > max_result_bytes) throw resultTooLarge(max_result_bytes);
  }
  return { form: 'embedded', events: rows.length, last: keyOf(rows.at(-1)), fields, text: `[${rows.join(',')}]` };
}

function keyOf(row: string | undefined): SortKey | undefined {
  if (row === undefined) return undefined;
  const [id, seq, time] = JSON.parse(row) as [string, number, number];
  return [time, seq, id];
}
