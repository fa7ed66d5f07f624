import { isUtf8 } from 'node:buffer';
import type { Zone } from '../../base/time/zone.ts';
import { textRecord } from '../json/record.ts';
import type { Decoded } from '../stream/protocol.ts';
import { decodeSyslog } from '../syslog/decode.ts';
import { decodeLines, type Lines } from './lines.ts';

/** Lines of which a setting says that they are text. Pure. */
export function decodeText(lines: Lines): Decoded {
  // A line that was cut is text in any case.
  if (lines.cutBytes > 0) return decodeLines(lines, 1);
  const text = lines.bytes.toString('utf8');
  const faults = text.includes('\uFFFD') && !isUtf8(lines.bytes) ? ['invalid_utf8'] : [];
  const all = lines.isOne === true ? [text] : text.split('\n');
  return { records: all.filter(line => line.trim() !== '').map(textRecord), faults };
}

/** Lines of which a setting says that they are syslog. Pure. */
export function decodeSyslogLines(lines: Lines, peer: string, receivedAt: number, zone: Zone): Decoded {
  return decodeSyslog(messagesOf(lines), lines.cutBytes, peer, receivedAt, zone);
}

function messagesOf({ bytes, isOne }: Lines): Buffer[] {
  if (isOne === true) return [bytes];
  const messages: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(LF, start);
    const end = found === -1 ? bytes.length : found;
    const trimmed = end > start && bytes[end - 1] === CR ? end - 1 : end;
    if (trimmed > start) messages.push(bytes.subarray(start, trimmed));
    start = end + 1;
  }
  return messages;
}

const LF = 0x0a;
const CR = 0x0d;
