import { half, Keys } from '../buffer/spool/accepted.ts';
import type { Spool } from '../buffer/spool/spool.ts';
import type { Fields, Frame } from '../core/event.ts';
import type { Draft } from './draft.ts';
import { digestIn, digestScope } from './frame-key.ts';
import { KeyMap } from './key-map.ts';

/** A draft of messages on its way to the disk. */
interface Way {
  durable: Promise<void> | undefined;
}

/** What is to be done for messages with ids that came together. */
export interface Sorted {
  /** Those that nobody knows yet; undefined: none. */
  readonly fresh: Frame | undefined;
  /** What those are in that are on their way already. */
  readonly others: ReadonlySet<Promise<void>>;
  /** How many are known. */
  readonly known: number;
  readonly way: Way;
}

/** Messages with ids, on their way to the disk. */
export class Messages {
  readonly #inFlight = new KeyMap<Way>();

  /** Undefined: nothing of that key is on its way. */
  find(hi: number, lo: number): Promise<void> | undefined {
    return this.#inFlight.get(hi, lo)?.durable;
  }

  /**
   * Tells those that are known from the others, which are on their way from now on, with `draft`, until `settled`. `framesInFlight`:
   * others, by their digests.
   */
  sort(
    frame: Frame,
    draft: Draft,
    spool: Pick<Spool, 'isAccepted'>,
    framesInFlight: ReadonlyMap<string, Promise<void>>,
  ): Sorted {
    const { chunkIds = [], tags } = frame;
    let { tag } = frame;
    let scope = digestScope(frame, tag);
    const keys = new Keys();
    const bases: string[] = [];
    const way: Way = { durable: undefined };
    let left: { records: Fields[]; times: number[]; tags: string[] | undefined } | undefined;
    const others = new Set<Promise<void>>();
    for (let i = 0; i < chunkIds.length; i++) {
      if (tags !== undefined && tags[i] !== tag) {
        tag = tags[i]!;
        scope = digestScope(frame, tag);
      }
      const digest = digestIn(scope, chunkIds[i]!);
      const hi = half(digest, 0);
      const lo = half(digest, 8);
      const before = this.#inFlight.get(hi, lo);
      const other = before?.durable ?? framesInFlight.get(digest);
      if (before === undefined && other === undefined && !spool.isAccepted({ hi, lo })) {
        this.#inFlight.set(hi, lo, way);
        keys.add(hi, lo, digest.slice(0, 16));
        bases.push(digest.slice(0, 24));
        left?.records.push(frame.records[i]!);
        left?.times.push(frame.times[i]!);
        left?.tags?.push(tag);
        continue;
      }
      left ??= { records: frame.records.slice(0, i), times: frame.times.slice(0, i), tags: tags?.slice(0, i) };
      if (other !== undefined) others.add(other);
    }
    draft.keys = keys;
    draft.idBases = bases;
    draft.frames = bases.length;
    const fresh = bases.length === 0 ? undefined : left === undefined ? frame : { ...frame, ...left };
    return { fresh, others, known: chunkIds.length - bases.length, way };
  }

  settled(keys: Keys): void {
    for (let i = 0; i < keys.length; i++) this.#inFlight.delete(keys.hi(i), keys.lo(i));
  }
}
