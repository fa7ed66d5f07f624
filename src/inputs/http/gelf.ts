import { LongshoreError } from '../../core/errors.ts';
import { decodeGelf } from '../gelf/decode.ts';
import { unpack } from '../gelf/unpack.ts';
import type { JsonFault } from '../json/record.ts';
import { tooLarge } from './encoding.ts';
import { type BodyLimits, type DecodedBody, tooManyEvents } from './events.ts';

/** A body of `POST /gelf` without its compression, whatever its header says. Throws as `decompress` does. */
export function unpacked(body: Buffer, maxBytes: number): Buffer {
  const text = unpack(body, maxBytes);
  if (text === 'too_large') throw tooLarge(maxBytes);
  if (text === 'broken_compression')
    throw new LongshoreError('LS_INPUTS_ENCODING_BROKEN', 'The body is not valid gzip or zlib.');
  return text;
}

/** One message, or several: in a list, one a line or one behind the other. Throws for what is no JSON, as senders hear of it here. */
export function decodeGelfBody(body: Buffer, limits: BodyLimits): DecodedBody {
  const { records, times, faults } = decodeGelf(messagesOf(body), 0);
  if (records.length > limits.max_events_per_request) throw tooManyEvents(limits);
  if (faults.includes('not_json') && records.length === 1)
    throw new LongshoreError('LS_INPUTS_JSON_INVALID', 'The body is not valid JSON.', {
      fix: 'Send one GELF message as a JSON object, or one a line.',
    });
  const bad = faults.flatMap((reason, i) =>
    reason === 'invalid_utf8' ? [] : [{ at: i + 1, reason: reason as JsonFault }],
  );
  return { records, bad, times, invalidUtf8: faults.includes('invalid_utf8') };
}

function messagesOf(body: Buffer): readonly Buffer[] {
  if (body[body.findIndex(byte => byte > 0x20)] !== OPEN_LIST) return [body];
  try {
    const list: unknown = JSON.parse(body.toString());
    return Array.isArray(list) ? list.map(message => Buffer.from(JSON.stringify(message))) : [body];
  } catch {
    return [body];
  }
}
const OPEN_LIST = 0x5b;
