import { HOUR_MS } from '../base/time/duration.ts';
import { isoTime } from '../base/time/iso.ts';
import type { ContainersAnswer, ContainersParams, ContainerView } from '../core/api/containers.ts';
import type { StatsAnswer, StatsParams } from '../core/api/search.ts';
import { span } from './parameters.ts';
import { niceInterval } from './query/interval.ts';

/** A picture of a row of a table has about so many bars; with as many rows that is what statistics answer at most. */
const BARS = 18;
const MOST = 500;
const MOST_ENGINE_ROWS = 1000;
const ERRORS = 'level:>=ERROR';
const LATEST = 'max(@timestamp)';
const NAMELESS = 'NOT container_name:*';

type Stats = (params: StatsParams) => Promise<StatsAnswer>;

/** What each container wrote: counts, errors, when it was seen last. Throws as statistics do. */
export async function containersOf(stats: Stats, params: ContainersParams, now: number): Promise<ContainersAnswer> {
  const { timezone, client } = params;
  const asked = span({ ...params, to: params.to ?? now }, now);
  const to = asked.to ?? now;
  const from = asked.from ?? to - HOUR_MS;
  const interval = niceInterval(Math.max(1, to - from), BARS);
  const ask = (query: string, by: string, more: StatsParams): Promise<StatsAnswer> =>
    stats({ query, by, from, to, timezone, client, ...more });
  const timed = { interval: `${interval}ms`, limit: MOST };
  const latest = { metrics: `count,${LATEST}` };
  const [named, namedErrors, nameless, namelessErrors, engine] = await Promise.all([
    ask('', 'container_name', { ...timed, ...latest }),
    ask(ERRORS, 'container_name', timed),
    ask(NAMELESS, 'service', { ...timed, ...latest }),
    ask(`${ERRORS} AND ${NAMELESS}`, 'service', timed),
    ask('event.action:(die OR start)', 'container_name,event.action', { limit: MOST_ENGINE_ROWS }),
  ]);
  const answers = [named, namedErrors, nameless, namelessErrors];
  const times = [...new Set(answers.flatMap(({ rows }) => rows.map(({ at = '' }) => at)))].sort();
  const actions = actionsOf(engine);
  const views = [
    ...viewsOf(named, namedErrors, 'container_name', times),
    ...viewsOf(nameless, namelessErrors, 'service', times),
  ].map((view): ContainerView => {
    const known = view.by === 'container_name' ? actions.get(view.name) : undefined;
    return { ...view, ...known };
  });
  return {
    ...{ from: isoTime(from), to: isoTime(to), times, interval_ms: interval },
    containers: views.toSorted((a, b) => b.events - a.events),
    more: views.filter(({ by }) => by === 'container_name').length >= MOST,
  };
}

function viewsOf(
  all: StatsAnswer,
  errors: StatsAnswer,
  by: ContainerView['by'],
  times: readonly string[],
): ContainerView[] {
  const ill = countsOf(errors, by, times);
  const last = new Map<string, number>();
  for (const { by: group, values } of all.rows) {
    const name = group?.[by] ?? '';
    last.set(name, Math.max(last.get(name) ?? 0, values[LATEST] ?? 0));
  }
  return [...countsOf(all, by, times)].map(([name, counts]) => {
    const error_counts = ill.get(name) ?? times.map(() => 0);
    const quoted = `"${name.replace(/[\\"]/g, '\\$&')}"`;
    const query = by === 'service' ? `service:${quoted} AND ${NAMELESS}` : `container_name:${quoted}`;
    const last_seen = isoTime(last.get(name) ?? 0);
    return { name, by, query, last_seen, counts, error_counts, events: sum(counts), errors: sum(error_counts) };
  });
}

function countsOf({ rows }: StatsAnswer, by: string, times: readonly string[]): Map<string, number[]> {
  const places = new Map(times.map((at, i) => [at, i]));
  const found = new Map<string, number[]>();
  for (const { at = '', by: group, values } of rows) {
    const name = group?.[by];
    if (name === undefined) continue;
    let counts = found.get(name);
    if (counts === undefined) {
      counts = times.map(() => 0);
      found.set(name, counts);
    }
    counts[places.get(at)!] = values['count'] ?? 0;
  }
  return found;
}

/** What a container engine told of its containers: each new start after an end is a restart. */
function actionsOf({ rows }: StatsAnswer): Map<string, { ended: number; restarts: number }> {
  const found = new Map<string, { ended: number; restarts: number }>();
  const starts = new Map<string, number>();
  for (const { by = {}, values } of rows) {
    const { container_name: name = '', 'event.action': action } = by;
    const count = values['count'] ?? 0;
    const known = found.get(name) ?? { ended: 0, restarts: 0 };
    if (action === 'die') known.ended = count;
    else starts.set(name, count);
    found.set(name, known);
  }
  for (const [name, known] of found) known.restarts = Math.min(known.ended, starts.get(name) ?? 0);
  return found;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
