import type { Fields } from '../../core/event.ts';
import { takeServiceOfFields, takeTime, toOurNames } from '../beats/record.ts';

/*
 * Senders that are known by their `User-Agent`, for what their documents mean and what they make of an answer.
 */
export interface Sender {
  /** Gives a document the names of other inputs, in place. Returns its time, epoch milliseconds; NaN: it stands in the record. */
  timeOf(record: Fields, receivedAt: number): number;
  /** A request of which one item was taken is done for it: it sends again what is refused as a whole. */
  readonly takesNoNotice: boolean;
  /** It reads no more than half a megabyte of an answer, and sends everything again when there is more. */
  readonly wantsShort: boolean;
}

const ANYBODY: Sender = { timeOf: namesOnly, takesNoNotice: false, wantsShort: false };
/** Their `@timestamp` is when a line was read: what the line itself says stands before it, as over their own protocols. */
const BEAT: Sender = { ...ANYBODY, timeOf: toOurNames };

/** winston's transport has all that its logger was given in `fields`. */
function namesOnly(record: Fields): number {
  takeServiceOfFields(record);
  return Number.NaN;
}
const FLUENT_BIT: Sender = { timeOf: takeTime, takesNoNotice: true, wantsShort: true };
const VECTOR: Sender = { ...ANYBODY, takesNoNotice: true };

export function senderBy(userAgent = ''): Sender {
  if (/^(?:aws-)?fluent-bit/i.test(userAgent)) return FLUENT_BIT;
  if (/^vector\//i.test(userAgent)) return VECTOR;
  return /^elastic[- ]?\w{0,30}beat/i.test(userAgent) ? BEAT : ANYBODY;
}
