import type { ContextAnswer, ContextParams, SearchAnswer, SearchParams } from '../core/api/search.ts';
import type { StoredEvent } from '../core/contracts.ts';
import { LongshoreError } from '../core/errors.ts';
import { fieldAt } from '../core/event.ts';
import { parameterError } from './parameters.ts';
import { encodeCursor } from './query/cursor.ts';

const MAX_AROUND = 500;
const DEFAULT_AROUND = 10;
/** What says that events come from the same place, the surest first. */
const PLACES = ['container_id', 'container_name', 'service', 'tag'] as const;

type Search = (params: SearchParams) => Promise<SearchAnswer>;

/**
 * The events around one, as they were written: of its container, or of all. Throws LS_SEARCH_PARAMETER, LS_SEARCH_NO_EVENT, else
 * what `search` throws.
 */
export async function contextOf(search: Search, params: ContextParams, now: number): Promise<ContextAnswer> {
  const { id, time, client } = params;
  if (id === undefined || id === '')
    throw parameterError('id', 'the id of the event is missing.', 'Write id=, the _id of a hit of a search.');
  const before = around('before', params.before);
  const after = around('after', params.after);
  const scope = params.scope ?? 'container';
  if (scope !== 'container' && scope !== 'all')
    throw parameterError('scope', `${JSON.stringify(scope.slice(0, 50))} is not known.`, 'Write container or all.');
  const found = await search({ query: `_id:${quoted(id)}`, from: time, to: time, size: 1, total: 'false', client });
  const [event] = found.hits;
  if (event === undefined)
    throw new LongshoreError('LS_SEARCH_NO_EVENT', 'there is no event with this id.', {
      where: 'id',
      fix:
        time === undefined
          ? 'It may be older than what is kept.'
          : 'Leave time out, or give the @timestamp of the event.',
    });
  const place = scope === 'all' ? undefined : PLACES.find(name => typeof fieldAt(event, name) === 'string');
  const same = place === undefined ? {} : { [place]: String(fieldAt(event, place)) };
  const query = place === undefined ? '' : `${place}:${quoted(same[place]!)}`;
  const from = (order: 'asc' | 'desc', size: number): Promise<readonly StoredEvent[]> => {
    if (size === 0) return Promise.resolve([]);
    const cursor = encodeCursor({ after: [Date.parse(event['@timestamp']), event.seq, event._id], order, now });
    return search({ query, size, cursor, total: 'false', client }).then(({ hits }) => hits);
  };
  const [earlier, later] = [await from('desc', before), await from('asc', after)];
  return { same, before: earlier.toReversed(), event, after: [...later] };
}

function around(name: 'before' | 'after', given: string | undefined): number {
  if (given === undefined || given === '') return DEFAULT_AROUND;
  if (/^\d{1,6}$/.test(given) && Number(given) <= MAX_AROUND) return Number(given);
  throw parameterError(name, 'the number of events is not 0 to 500.', `Write ${name}=${DEFAULT_AROUND}.`);
}

const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`;
