import { encodeJsonAck } from '../../base/forward/ack.ts';
import { FrameError } from '../../base/forward/errors.ts';
import type { ForwardFrame, FrameLimits } from '../../base/forward/frame.ts';
import { type RecordFault, RecordsSetAside } from '../../base/forward/records-set-aside.ts';
import { senderTime } from '../../base/time/sender-time.ts';
import { type Fields, isFields } from '../../core/event.ts';
import { jsonText } from '../../core/json-text.ts';
import { needsCare, parse, toRecord } from '../json/record.ts';

/**
 * A frame written as JSON: `[tag, time, record, option?]` or `[tag, [[time, record]...], option?]`, times in seconds.
 * As with msgpack, a record that cannot be taken is set aside.
 */
export function decodeJsonFrame(bytes: Buffer, start: number, end: number, limits: FrameLimits): ForwardFrame {
  const text = bytes.toString('utf8', start, end);
  const careful = needsCare(text);
  const frame = parsed(text, careful);
  if (!Array.isArray(frame)) throw new FrameError('bad_frame');
  const [tag, second] = frame;
  if (typeof tag !== 'string') throw new FrameError('bad_tag');
  const hasHeader = frame.length > 2 && isHeader(second);
  const isForward = Array.isArray(second) && !hasHeader;
  if (!isForward && frame.length < 3) throw new FrameError('bad_frame');
  const entries: unknown[] = isForward ? second : [[hasHeader ? second[0] : second, frame[2]]];
  if (entries.length > limits.max_records_per_frame) throw new FrameError('too_many_records');
  const records: Fields[] = [];
  const times: number[] = [];
  let setAside: RecordsSetAside | undefined;
  for (const [i, entry] of entries.entries()) {
    const record = recordOf(entry, limits, careful);
    if (typeof record === 'string') {
      if (setAside === undefined)
        setAside = new RecordsSetAside(i + 1, record, jsonText(entry).slice(0, 100).toWellFormed());
      else setAside.add(record);
      continue;
    }
    records.push(record);
    const [time] = entry as unknown[];
    times.push(senderTime(Array.isArray(time) ? time[0] : time));
  }
  const option: unknown = frame[isForward ? 2 : 3];
  const chunk = isFields(option) ? option['chunk'] : undefined;
  if (chunk !== undefined && chunk !== null && typeof chunk !== 'string') throw new FrameError('bad_option');
  return {
    tag: tag.toWellFormed(),
    records,
    times,
    chunk: chunk ? chunk.toWellFormed() : undefined,
    ack: typeof chunk === 'string' ? encodeJsonAck(chunk) : undefined,
    bytes: end - start,
    isMarked: false,
    setAside,
  };
}

/** `[time, metadata]`, and not two entries. */
function isHeader(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'number' && isFields(value[1]);
}

function recordOf(entry: unknown, limits: FrameLimits, careful: boolean): Fields | RecordFault {
  if (!Array.isArray(entry) || entry.length < 2) return 'bad_entry';
  const record = toRecord(entry[1], limits.max_nesting_depth, careful);
  if (typeof record !== 'string') return record;
  return record === 'too_deep' ? 'too_deep' : 'bad_record';
}

function parsed(text: string, careful: boolean): unknown {
  try {
    return parse(text, careful);
  } catch (error) {
    throw new FrameError(error instanceof RangeError ? 'too_deep' : 'bad_json');
  }
}
