import type { QueryNode, StoredEvent } from '../core/contracts.ts';
import { messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import { lookup } from './lookup.ts';
import type { Rule } from './rules/rule.ts';

const log = logger('alerts');

/** Events that are read at a time: as many as Elasticsearch gives. */
export const FILL_PAGE = 10_000;
/** Values of one field that a question may leave out, and questions about one field. */
const MAX_LEFT_OUT = 1000;
const MAX_ROUNDS = 20;

/** The newest `FILL_PAGE` events of the past that a query matches; `from` and `to` are epoch milliseconds, both in. */
export type ReadPast = (rule: Rule, query: QueryNode, from: number, to: number) => Promise<StoredEvent[]>;

/** What a rule's window needs of the past: all of its events, or one of each value of some fields. Newest first, bounded. */
export async function readPast(
  read: ReadPast,
  rule: Rule,
  from: number,
  to: number,
  maxEvents: number,
): Promise<StoredEvent[]> {
  const fields = rule.kind.pastFields?.(rule);
  if (fields === undefined) return [...(await eventsOf(read, rule, from, to, maxEvents)).values()];
  const ask = (query: QueryNode): Promise<StoredEvent[]> => read(rule, query, from, to);
  return readPastValues(ask, { rule: rule.name, query: rule.query, fields }, maxEvents);
}

export interface PastValues {
  /** Its name. */
  readonly rule: string;
  readonly query: QueryNode;
  readonly fields: readonly string[];
}

/** One event of each value of each field. `ask` gives the newest `FILL_PAGE` events of the time in question. */
export async function readPastValues(
  ask: (query: QueryNode) => Promise<StoredEvent[]>,
  { rule, query, fields }: PastValues,
  maxEvents: number,
): Promise<StoredEvent[]> {
  const events = new Map<string, StoredEvent>();
  for (const field of fields)
    for (const [id, event] of await valuesOf(ask, rule, query, field, maxEvents)) events.set(id, event);
  return [...events.values()];
}

/** Page by page, until there are enough. */
async function eventsOf(
  read: ReadPast,
  rule: Rule,
  from: number,
  to: number,
  maxEvents: number,
): Promise<Map<string, StoredEvent>> {
  const events = new Map<string, StoredEvent>();
  for (let end = to; ; ) {
    const before = events.size;
    const page = await read(rule, rule.query, from, end);
    for (const event of page) events.set(event._id, event);
    if (page.length < FILL_PAGE || events.size === before) return events;
    end = page.reduce((least, event) => Math.min(least, Date.parse(event['@timestamp'])), end);
    if (events.size < maxEvents) continue;
    log.warn(
      { rule: rule.name, events: events.size, since: new Date(end).toISOString() },
      'a rule has a longer past than is read of it; what was before that is unknown to it',
    );
    return events;
  }
}

type Value = string | number | boolean;

/**
 * The newest event of each value of a field: each question leaves out the values that most of the events so far had, so
 * that a few questions find what is rare among millions.
 */
async function valuesOf(
  ask: (query: QueryNode) => Promise<StoredEvent[]>,
  rule: string,
  query: QueryNode,
  field: string,
  maxEvents: number,
): Promise<Map<string, StoredEvent>> {
  const counts = new Map<Value, number>();
  const newest = new Map<string, StoredEvent>();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const page = await ask(without(query, field, mostOf(counts))).catch((error: unknown) => {
      // What the questions before have found is better than nothing.
      if (round === 0) throw error;
      log.warn({ rule, field, error: messageOf(error) }, 'not all values of the past can be read');
      return [];
    });
    const before = counts.size;
    for (const event of page.toSorted((a, b) => b['@timestamp'].localeCompare(a['@timestamp']))) {
      for (const value of [lookup(event, field)].flat().filter(isValue)) {
        if (!counts.has(value)) newest.set(event._id, event);
        counts.set(value, (counts.get(value) ?? 0) + 1);
      }
    }
    if (page.length < FILL_PAGE) return newest;
    if (counts.size === before || newest.size >= maxEvents) break;
  }
  log.warn(
    { rule, field, values: counts.size },
    'a field has more values in the past than are read; the others are unknown to the rule',
  );
  return newest;
}

const isValue = (value: unknown): value is Value =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

const mostOf = (counts: ReadonlyMap<Value, number>): Value[] =>
  [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, MAX_LEFT_OUT)
    .map(([value]) => value);

function without(query: QueryNode, field: string, values: Value[]): QueryNode {
  const nodes: QueryNode[] = [query, { type: 'exists', field }];
  if (values.length > 0) nodes.push({ type: 'not', node: { type: 'terms', field, values } });
  return { type: 'and', nodes };
}
