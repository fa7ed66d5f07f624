import type { NewDeadLetter } from '../core/contracts.ts';
import { isFields } from '../core/event.ts';
import { jsonFields } from './dead-letter.ts';

const ACTION = Buffer.from('{"create":');

/**
 * The events of raw bytes (NDJSON in either form), a dead letter each; the bytes as they are when they cannot be told
 * apart into as many events.
 */
export function splitRaw(raw: NewDeadLetter): NewDeadLetter[] {
  if (raw.kind !== 'raw') return [raw];
  const letters: NewDeadLetter[] = [];
  const body = Buffer.from(raw.document.buffer, raw.document.byteOffset, raw.document.length);
  let event: string | undefined;
  for (let start = 0; start < body.length; ) {
    const found = body.indexOf(10, start);
    const end = found === -1 ? body.length : found;
    const line = body.subarray(start, end);
    start = end + 1;
    if (line.length === 0) continue;
    if (event === undefined && line.subarray(0, ACTION.length).equals(ACTION)) {
      event = idOfAction(line);
      if (event === undefined) return [raw];
      continue;
    }
    const form = event === undefined ? 'embedded' : 'elasticsearch';
    const own = event ?? jsonFields(line)?.['_id'];
    if (typeof own !== 'string') return [raw];
    letters.push({ ...raw, kind: 'event', event: own, form, events: 1, document: line });
    event = undefined;
  }
  return event === undefined && letters.length > 0 && letters.length === raw.events ? letters : [raw];
}

function idOfAction(action: Buffer): string | undefined {
  const create = jsonFields(action)?.['create'];
  const id = isFields(create) ? create['_id'] : undefined;
  return typeof id === 'string' ? id : undefined;
}
