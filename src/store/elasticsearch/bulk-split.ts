/*
 * A bulk body is pairs of lines, `{"create":{"_id":ID}}` and the document, each ending in a line feed. JSON has no raw line
 * feed inside, so pairs can be told apart without parsing them.
 */

/** One action with its document: bytes `start` to `end` (exclusive) of `body`. */
export interface BulkItem {
  readonly body: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Items that follow one another in one buffer. */
export interface BulkPart {
  /** Ends in a line feed. */
  readonly body: Buffer;
  /** Where item `i` begins; one more than there are items. */
  readonly offsets: readonly number[];
}

const LINE_FEED = 10;

/** Parts of at most `maxBytes`, except that an item is never cut. Throws a RangeError when there is an action without document. */
export function splitBulk(body: Buffer, maxBytes: number): BulkPart[] {
  const whole =
    body.length > 0 && body[body.length - 1] !== LINE_FEED ? Buffer.concat([body, Buffer.from('\n')]) : body;
  const parts: BulkPart[] = [];
  let first = 0;
  let offsets = [0];
  let at = 0;
  while (at < whole.length) {
    const action = whole.indexOf(LINE_FEED, at);
    const end = action < 0 ? -1 : whole.indexOf(LINE_FEED, action + 1) + 1;
    if (end <= 0) throw new RangeError('the last action has no document');
    if (end - first > maxBytes && at > first) {
      parts.push({ body: whole.subarray(first, at), offsets });
      first = at;
      offsets = [0];
    }
    offsets.push(end - first);
    at = end;
  }
  if (offsets.length > 1) parts.push({ body: whole.subarray(first), offsets });
  return parts;
}

/**
 * The whole items at the beginning of a buffer; undefined when it is too short for the first. `isAll`: nothing comes behind it. Throws
 * a RangeError when it is all, and there is an action without document.
 */
export function wholeItems(bytes: Buffer, isAll: boolean): BulkPart | undefined {
  if (isAll) return splitBulk(bytes, Number.POSITIVE_INFINITY)[0];
  const offsets = [0];
  for (let at = 0; ; ) {
    const action = bytes.indexOf(LINE_FEED, at);
    at = action < 0 ? 0 : bytes.indexOf(LINE_FEED, action + 1) + 1;
    if (at === 0) break;
    offsets.push(at);
  }
  return offsets.length === 1 ? undefined : { body: bytes.subarray(0, offsets.at(-1)), offsets };
}

export function itemsOf(part: BulkPart): BulkItem[] {
  const items: BulkItem[] = [];
  for (let i = 0; i + 1 < part.offsets.length; i++) {
    items.push({ body: part.body, start: part.offsets[i]!, end: part.offsets[i + 1]! });
  }
  return items;
}

/** The two lines of an item, without their line feeds. */
export function linesOf(item: BulkItem): { action: string; document: string } {
  const middle = item.body.indexOf(LINE_FEED, item.start);
  return {
    action: item.body.toString('utf8', item.start, middle),
    document: item.body.toString('utf8', middle + 1, item.end - 1),
  };
}

/** `_id` out of an action line; empty when there is none. */
export function idOf(action: string): string {
  try {
    const { create } = JSON.parse(action) as { create?: { _id?: unknown } };
    return typeof create?._id === 'string' ? create._id : '';
  } catch {
    return '';
  }
}

/** Items as one part, in their order. */
export function joinItems(items: readonly BulkItem[]): BulkPart {
  const offsets = [0];
  for (const item of items) offsets.push(offsets.at(-1)! + item.end - item.start);
  return { body: Buffer.concat(items.map(item => item.body.subarray(item.start, item.end))), offsets };
}
