import { isUtf8 } from 'node:buffer';
import { senderTime } from '../../base/time/sender-time.ts';
import { type Fields, newFields } from '../../core/event.ts';
import { fromGelf } from '../json/gelf.ts';
import {
  faultOf,
  type JsonFault,
  MAX_NESTING_DEPTH,
  needsCare,
  parse,
  textRecord,
  toPlainRecord,
} from '../json/record.ts';
import { splitStream } from '../json/stream.ts';
import type { Decoded } from '../stream/protocol.ts';

/**
 * GELF messages (not compressed) -> records. Pure: the same messages give new, equal records again. An object without a
 * `short_message` or a `version` is taken as well. Faults: `not_json`, `not_an_object`, `too_deep`: kept as text; `invalid_utf8`;
 * `cut`: above the limit by `cutBytes`, kept as text.
 */
export function decodeGelf(messages: readonly Buffer[], cutBytes: number): Decoded {
  const records: Fields[] = [];
  const times: number[] = [];
  const faults: string[] = [];
  for (const bytes of messages) {
    const text = bytes.toString('utf8');
    if (text.includes('\uFFFD') && !isUtf8(bytes)) faults.push('invalid_utf8');
    if (cutBytes > 0) {
      faults.push('cut');
      records.push(Object.assign(newFields(), { message: text, truncated_bytes: cutBytes }));
      times.push(Number.NaN);
      continue;
    }
    for (const one of textsOf(text)) {
      const record = recordOf(one);
      if (typeof record === 'string') faults.push(record);
      const own = typeof record === 'string' ? textRecord(one) : record;
      times.push(takeTime(own));
      records.push(own);
    }
  }
  return { records, times, faults };
}

/** One message, or several objects one behind the other. */
function textsOf(text: string): readonly string[] {
  const plain = text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
  if (!plain.includes('}{') && !plain.includes('}\n')) return [plain];
  return splitStream(plain) ?? [plain];
}

function recordOf(text: string): Fields | JsonFault {
  const careful = needsCare(text);
  let value: unknown;
  try {
    value = parse(text, careful);
  } catch (error) {
    return faultOf(error);
  }
  const record = toPlainRecord(value, MAX_NESTING_DEPTH, careful);
  return typeof record === 'string' ? record : fromGelf(record);
}

/** Seconds since 1970, with a fraction; what is none stays where it is. */
function takeTime(record: Fields): number {
  const time = senderTime(record['timestamp']);
  if (!Number.isNaN(time)) record['timestamp'] = undefined;
  return time;
}

const BYTE_ORDER_MARK = 0xfeff;
