import { isUtf8 } from 'node:buffer';
import type { Zone } from '../../base/time/zone.ts';
import type { Fields } from '../../core/event.ts';
import type { Decoded } from '../stream/protocol.ts';
import { parseSyslog } from './message.ts';
import { syslogRecord } from './record.ts';

/**
 * Messages -> records. Pure: the same messages give new, equal records again. Faults: `broken`: a header that does not keep
 * what it promised; `no_header`: neither priority nor time; `invalid_utf8`; `cut`: above the limit by `cutBytes`.
 */
export function decodeSyslog(
  messages: readonly Buffer[],
  cutBytes: number,
  peer: string,
  receivedAt: number,
  zone: Zone,
): Decoded {
  const records: Fields[] = [];
  const times: number[] = [];
  const faults: string[] = [];
  for (const bytes of messages) {
    const text = bytes.toString('utf8');
    if (text.includes('\uFFFD') && !isUtf8(bytes)) faults.push('invalid_utf8');
    const found = parseSyslog(text, receivedAt, zone);
    const record = syslogRecord(found, peer);
    if (found.isBroken) faults.push('broken');
    else if (found.priority === -1 && Number.isNaN(found.time)) faults.push('no_header');
    if (cutBytes > 0) {
      record['truncated_bytes'] = cutBytes;
      faults.push('cut');
    }
    records.push(record);
    times.push(found.time);
  }
  return { records, times, faults };
}
