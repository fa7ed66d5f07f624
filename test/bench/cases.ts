import type { Case } from './measure.ts';

const BASE = { kind: 'access', store: 'bulk', connections: 4, rate: 0, searches: false } as const;
/** A forwarder: frames of a thousand, each with an answer. */
const big = (connections: number, window: number, events: number) =>
  ({ ...BASE, connections, window, per_frame: 1000, events }) as const;
/** Docker's driver: an event a frame. */
const small = (connections: number, window: number, events: number) =>
  ({ ...BASE, connections, window, per_frame: 1, events: events / 2 }) as const;

/** Those in which a peer can do the same. `events`: in frames of a thousand; half as many in single ones. */
export function besideCases(events: number): Case[] {
  const cases: Omit<Case, 'name'>[] = [];
  for (const kind of ['access', 'json', 'logfmt', 'java', 'free'] as const) {
    cases.push({ ...big(4, 4, events), kind }, { ...small(4, 0, events), kind });
  }
  cases.push(big(1, 8, events), big(50, 1, events), big(1, 0, events), big(4, 0, events), big(50, 0, events));
  cases.push(
    small(1, 200, events),
    small(4, 50, events),
    small(50, 4, events),
    small(1, 0, events),
    small(50, 0, events),
  );
  return cases.map(one => ({ ...one, name: nameOf(one) }));
}

/** A few of them, for a look between two changes. */
export function quickCases(events: number): Case[] {
  return besideCases(events).filter(({ name }) => QUICK.includes(name));
}
const QUICK = [
  'access frames of 1000 acked 4 connections',
  'access frames of 1 4 connections',
  'access frames of 1 acked 50 connections',
  'json frames of 1000 acked 4 connections',
  'free frames of 1 4 connections',
];

/** What only a whole service does: its own store, searches meanwhile, a store that stands still, latencies. */
export function serviceCases(events: number): Case[] {
  return [
    { ...big(1, 8, events), name: 'frames of 1000 embedded', store: 'embedded' },
    { ...big(1, 8, events), name: 'frames of 1000 embedded while searching', store: 'embedded', searches: true },
    { ...big(1, 8, events), name: 'frames of 1000 while the store is stopped', store: 'stopped' },
    { ...small(1, 200, events), name: 'frames of 1 embedded', store: 'embedded' },
    { ...small(50, 1, events), name: '50 containers with 1 in flight each', store: 'embedded' },
    { ...small(1, 1, events), name: 'idle with 1 in flight', store: 'embedded', events: 3000 },
    { ...small(10, 200, events), name: '20000 events/s in frames of 1', store: 'embedded', rate: 20_000 },
  ];
}

/** Through engines in containers. */
export function engineCases(events: number): Case[] {
  const one = big(1, 8, events);
  return [
    { ...one, name: 'frames of 1000 to bulk gzip', store: 'bulk_gzip' },
    { ...one, name: 'frames of 1000 through redis to bulk', buffer: 'redis' },
    { ...one, name: 'plain bulk replay to elasticsearch', store: 'elasticsearch' },
    { ...one, name: 'frames of 1000 to elasticsearch', store: 'elasticsearch' },
    { ...one, name: 'frames of 1000 through redis to elasticsearch', store: 'elasticsearch', buffer: 'redis' },
  ];
}

/** One case with growing numbers of events. */
export function growingCases(sizes: string): Case[] {
  return sizes.split(',').map(size => ({
    ...big(1, 8, Number(size)),
    name: `${size} events embedded`,
    store: 'embedded',
  }));
}

/** The store takes nothing until so many events wait. */
export function waitingCases(events: number): Case[] {
  return [
    { ...big(1, 8, events), name: 'a backlog in the spool' },
    { ...big(1, 8, events), name: 'a backlog in redis', buffer: 'redis' },
  ];
}

function nameOf({ kind, per_frame, window, connections }: Omit<Case, 'name'>): string {
  const acked = window > 0 ? ' acked' : '';
  return `${kind} frames of ${per_frame}${acked} ${connections} connection${connections === 1 ? '' : 's'}`;
}
