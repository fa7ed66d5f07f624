import type { PastAnswer, PastCounts } from '../alerts/comparison/comparison.ts';
import type { Searcher } from '../store/search.ts';

/** What the store knows of the time that a rule compares with. */
export async function pastCounts(searcher: Searcher, question: PastCounts): Promise<PastAnswer> {
  const { rule: _, ...request } = question;
  const rows = await searcher.counts(request);
  const any = { query: { type: 'all' as const }, by: [], of: undefined, maxRows: request.stretches };
  const all = await searcher.counts({ ...request, ...any });
  const oldest = await searcher.oldest({ type: 'all' }, request.from + request.stretchMs * request.stretches - 1);
  return { rows, lit: all.map(({ stretch }) => stretch), oldest: oldest ?? (await searcher.oldest()) };
}
