import type { Fields } from '../../core/event.ts';
import type { LineSource } from '../../parse/join/line.ts';
import type { LineWriter } from './line-writer.ts';
import type { Varied } from './varied.ts';

/** What all lines of one output of a container, or of another source, share. */
export interface Stream extends LineSource {
  readonly name: string;
  readonly source: string;
  readonly tag: string;
  /** Undefined: it has none, and is counted by its service. */
  readonly containerName: string | undefined;
  readonly serviceName: string;
  /** See `Constants`. */
  readonly rawLevel: string | undefined;
  readonly ownLevel: string | undefined;
  readonly mappedLevel: string | undefined;
  /** Names of what its records have beside a container's id and name: no pipeline that touches one writes its lines. */
  readonly names: readonly string[];
  /** Those fields. */
  readonly others: Fields | undefined;
  /** `,"service":...`; `,"container_id":...`; `,"container_name":...` to `,"hostname":...`; trace id, labels and pod; its undeclared fields, each with a comma. */
  readonly service: Uint8Array;
  readonly container: Uint8Array;
  readonly tail: Uint8Array;
  readonly objects: Uint8Array;
  readonly rest: Uint8Array;
  /** In the place of `objects` and `rest` where they are not the same in all records. */
  readonly varied: Varied | undefined;
  /** The time that the record at hand has itself, epoch milliseconds; undefined: none. */
  time: number | undefined;
  /** A writer that touches none of `names`: the last one that was asked for. */
  allowed: LineWriter | undefined;
}

export const NO_BYTES = new Uint8Array(0);
