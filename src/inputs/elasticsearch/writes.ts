import type { Consumer } from '../../core/contracts.ts';
import { isRetryable, LongshoreError, messageOf } from '../../core/errors.ts';
import type { Fields, Frame } from '../../core/event.ts';
import { type BulkItem, type ItemFault, pipelineFault } from './bulk.ts';
import type { Sender } from './senders.ts';
import { tagOfIndex } from './tag.ts';

/** More items with ids, or more characters of them, are another frame: what is taken as one stays small. */
const MAX_MESSAGES = 1000;
const MAX_CHARS = 1024 * 1024;
/** Of more tags and pipelines in one request than these, the rest comes again. */
const MAX_FRAMES = 1000;

/** The pipelines that a sender may name. */
export interface KnownPipelines {
  has(name: string): boolean;
}

export interface Sending {
  readonly sender: string;
  /** Names all items without an id. */
  readonly idempotencyKey: string | undefined;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /** Who it is by its name. */
  readonly known: Sender;
}

/** Items of one tag and pipeline, all of them with ids or none. */
interface Group {
  readonly tag: string;
  readonly pipeline: string | undefined;
  readonly ids: string[] | undefined;
  readonly records: Fields[];
  /** Epoch milliseconds, NaN where the record says it. */
  readonly times: number[];
  /** Places of the items in the request. */
  readonly places: number[];
  chars: number;
}

/**
 * Hands items on. Resolves, when all that can be is durable, to why each item is not (undefined: it is). An item with an id
 * that came before is durable already. Throws when the sender has to send everything again.
 */
export async function takeItems(
  items: readonly BulkItem[],
  consumer: Consumer,
  pipelines: KnownPipelines,
  sending: Sending,
): Promise<(ItemFault | undefined)[]> {
  const faults: (ItemFault | undefined)[] = items.map(({ fault }) => fault);
  const groups = new Groups(sending);
  for (const [place, item] of items.entries()) {
    if (item.fault !== undefined) continue;
    if (item.pipeline !== undefined && !pipelines.has(item.pipeline)) faults[place] = pipelineFault(item.pipeline);
    else if (!groups.add(item, place)) faults[place] = TOO_MANY;
  }
  // All in one go, so that one fsync serves them all.
  const taken = groups.all.map(group => take(group, consumer, sending));
  const failures = await Promise.all(taken);
  const failed = failures.flat();
  const first = failed.find(({ error }) => isRetryable(error));
  const given = groups.all.reduce((sum, { places }) => sum + places.length, 0);
  if (first !== undefined && failed.length === given) throw first.error;
  for (const { place, error } of failed) faults[place] = faultOf(error);
  return faults;
}

class Groups {
  readonly all: Group[] = [];
  readonly #sending: Sending;
  readonly #byKey = new Map<string, Group>();
  #last: Group | undefined;

  constructor(sending: Sending) {
    this.#sending = sending;
  }

  /** False: the request has too many different ones. */
  add(item: BulkItem, place: number): boolean {
    const tag = tagOfIndex(item.index);
    const hasId = item.id !== undefined;
    let group = this.#last;
    if (
      group?.tag !== tag ||
      group.pipeline !== item.pipeline ||
      (group.ids !== undefined) !== hasId ||
      isFull(group)
    ) {
      group = this.#find(tag, item.pipeline, hasId);
      if (group === undefined) return false;
      this.#last = group;
    }
    // Ids are those of an index.
    group.ids?.push(`${item.index}\0${item.id}`);
    const record = item.record!;
    group.times.push(this.#sending.known.timeOf(record, this.#sending.receivedAt));
    group.records.push(record);
    group.places.push(place);
    group.chars += item.size;
    return true;
  }

  #find(tag: string, pipeline: string | undefined, hasId: boolean): Group | undefined {
    const key = `${hasId}\0${pipeline ?? ''}\0${tag}`;
    const known = this.#byKey.get(key);
    if (known !== undefined && !isFull(known)) return known;
    if (known === undefined && this.#byKey.size >= MAX_FRAMES) return undefined;
    const group = { tag, pipeline, ids: hasId ? [] : undefined, records: [], times: [], places: [], chars: 0 };
    this.#byKey.set(key, group);
    this.all.push(group);
    return group;
  }
}

/** One without ids stays whole: a request that is sent again must be cut in the same places. */
const isFull = ({ ids, chars }: Group): boolean =>
  ids !== undefined && (ids.length >= MAX_MESSAGES || chars >= MAX_CHARS);

interface Failure {
  readonly place: number;
  readonly error: unknown;
}

/** Resolves to what of the group is not durable. */
async function take(group: Group, consumer: Consumer, sending: Sending): Promise<Failure[]> {
  const { ids, records, times, places } = group;
  if (ids === undefined || consumer.takesMessages === true) {
    const frame = frameOf(group, records, times, group.chars, sending);
    const key =
      ids === undefined && sending.idempotencyKey !== undefined ? keyOf(group, sending.idempotencyKey) : undefined;
    const isMessages = ids !== undefined;
    const error = await failureOf(consumer, { ...frame, chunkId: key, chunkIds: ids, isMessages });
    return error === undefined ? [] : places.map(place => ({ place, error: error.cause }));
  }
  const bytes = Math.ceil(group.chars / records.length);
  const failures = await Promise.all(
    records.map((record, i) =>
      failureOf(consumer, { ...frameOf(group, [record], [times[i]!], bytes, sending), chunkId: ids[i]! }),
    ),
  );
  return failures.flatMap((error, i) => (error === undefined ? [] : [{ place: places[i]!, error: error.cause }]));
}

function frameOf(
  { tag, pipeline }: Group,
  records: Fields[],
  times: number[],
  bytes: number,
  { sender, receivedAt }: Sending,
): Frame {
  return { source: 'http', sender, tag, pipeline, receivedAt, records, times, bytes };
}

const keyOf = ({ pipeline }: Group, key: string): string => (pipeline === undefined ? key : `${key}\0${pipeline}`);

async function failureOf(consumer: Consumer, frame: Frame): Promise<{ cause: unknown } | undefined> {
  try {
    await consumer.consume(frame);
    return undefined;
  } catch (cause) {
    return { cause };
  }
}

const TOO_MANY: ItemFault = {
  status: 429,
  type: 'es_rejected_execution_exception',
  reason: `the request has items of more than ${MAX_FRAMES} tags: send this one again`,
};

function faultOf(error: unknown): ItemFault {
  const code = error instanceof LongshoreError ? ` (${error.code})` : '';
  return isRetryable(error)
    ? { status: 429, type: 'es_rejected_execution_exception', reason: `${messageOf(error)}${code}` }
    : { status: 400, type: 'illegal_argument_exception', reason: `the document could not be taken${code}` };
}
