import type { Fields } from '../../core/event.ts';
import type { BulkItem, ItemFault } from './bulk.ts';

/** Gives items what Elasticsearch would have given them: an id where they have none, and a number each. */
export class Numbers {
  #next = 0;
  readonly #base: string;

  /** `base`: unique for this start. */
  constructor(base: string) {
    this.#base = base;
  }

  next(): number {
    return this.#next++;
  }

  idOf(number: number): string {
    return `${this.#base}${number.toString(36)}`;
  }
}

const SHARDS = { total: 1, successful: 1, failed: 0 };

/** What became of one item, as the answer to `_doc` has it. */
export function verdict({ index, id }: BulkItem, fault: ItemFault | undefined, numbers: Numbers): Fields {
  if (fault !== undefined) {
    const { status, type, reason } = fault;
    return { _index: index, _id: id ?? null, status, error: { type, reason } };
  }
  const number = numbers.next();
  return {
    _index: index,
    _id: id ?? numbers.idOf(number),
    _version: 1,
    result: 'created',
    _shards: SHARDS,
    _seq_no: number,
    _primary_term: 1,
    status: 201,
  };
}

/**
 * The answer to `_bulk`: a verdict an item, in their order. `tookMs`: milliseconds. Some look for `"errors":false,"items":[` in an
 * answer that was too long for them.
 */
export function bulkAnswer(
  items: readonly BulkItem[],
  faults: readonly (ItemFault | undefined)[],
  numbers: Numbers,
  tookMs: number,
): Fields {
  return {
    took: tookMs,
    errors: hasFault(faults),
    items: items.map((item, i) => ({ [item.action]: verdict(item, faults[i], numbers) })),
  };
}

/**
 * The same for Fluent Bit, which reads no more than half a megabyte of an answer and sends everything again when there is more:
 * no items while all of them were taken, else their status.
 */
export function shortAnswer(
  items: readonly BulkItem[],
  faults: readonly (ItemFault | undefined)[],
  tookMs: number,
): Fields {
  const errors = hasFault(faults);
  const verdictOf = ({ action }: BulkItem, i: number): Fields => {
    const fault = faults[i];
    if (fault === undefined) return { [action]: { status: 201 } };
    const { status, type, reason } = fault;
    return { [action]: { status, error: { type, reason } } };
  };
  return { took: tookMs, errors, items: errors ? items.map(verdictOf) : [] };
}

const hasFault = (faults: readonly (ItemFault | undefined)[]): boolean => faults.some(fault => fault !== undefined);

/** Why a whole request was refused. */
export function errorAnswer(status: number, type: string, reason: string): Fields {
  return { error: { root_cause: [{ type, reason }], type, reason }, status };
}

/** The type that clients look for. */
export function typeOfStatus(status: number): string {
  if (status === 429) return 'es_rejected_execution_exception';
  if (status === 401 || status === 403) return 'security_exception';
  if (status === 404) return 'resource_not_found_exception';
  return status >= 500 ? 'exception' : 'illegal_argument_exception';
}
