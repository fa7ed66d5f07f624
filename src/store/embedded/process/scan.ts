import type { ScannedPage, ScanRequest, SortKey } from '../../../core/contracts.ts';
import { columnsOf } from '../stored-event.ts';
import type { Source } from './catalogue.ts';
import type { QueryTurn } from './query-gate.ts';
import { condition, resultTooLarge } from './search.ts';
import { guarded, relation } from './sources.ts';
import { behind, textPage } from './sql.ts';

/** A page of events with some of their columns. They never become objects here: making those is what costs. */
export async function scan(
  turn: QueryTurn,
  sources: readonly Source[],
  request: ScanRequest,
  { max_result_bytes }: { readonly max_result_bytes: number },
): Promise<ScannedPage> {
  const { query, from, to, after, size, fields } = request;
  const rows: string[] = [];
  if (query.type !== 'none' && sources.length > 0) {
    const matching = condition(query, from, to);
    const where = after === undefined ? matching.sql : `${behind(after, 'asc')} AND ${matching.sql}`;
    const params = after === undefined ? matching.params : [after[2], ...matching.params];
    const sql = textPage(relation(sources), where, columnsOf(fields), size);
    let bytes = 0;
    turn.check();
    await guarded(sources, () =>
      turn.session.eachText(sql, params, text => {
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
