import { type MessageBatch, MessageFraming } from '../stream/message-framing.ts';
import type { Framing } from '../stream/protocol.ts';
import { LineSplitter, type Lines } from './lines.ts';

/**
 * Cuts the bytes of one connection into lines, or into counted messages where it begins with one: syslog-ng's `syslog()`
 * and others count octets by themselves (RFC 6587, 3.4.1), and write no newline between messages.
 */
export class TcpFraming implements Framing<Lines> {
  readonly #maxBytes: number;
  /** What came so far, while it may be either. */
  #first: Buffer = NOTHING;
  #inner: Framing<Lines> | undefined;
  readonly #isJson: boolean;

  constructor(maxBytes: number, isJson = true) {
    this.#maxBytes = maxBytes;
    this.#isJson = isJson;
  }

  get heldBytes(): number {
    return this.#inner?.heldBytes ?? this.#first.length;
  }

  push(read: Buffer): Lines[] {
    if (this.#inner !== undefined) return this.#inner.push(read);
    const first = Buffer.concat([this.#first, read]);
    const begins = beginsCounted(first);
    this.#first = begins === undefined ? first : NOTHING;
    if (begins === undefined) return [];
    this.#inner = begins ? new CountedLines(this.#maxBytes) : new LineSplitter(this.#maxBytes, this.#isJson);
    return this.#inner.push(first);
  }

  end(): Lines | undefined {
    if (this.#inner !== undefined) return this.#inner.end();
    const bytes = this.#first;
    this.#first = NOTHING;
    return bytes.length === 0 ? undefined : { size: bytes.length, bytes, cutBytes: 0 };
  }

  freeze(): void {
    this.#inner?.freeze();
  }
}

/** Whether a connection with these first bytes counts octets; undefined: more of them will tell. */
export function beginsCounted(first: Buffer): boolean | undefined {
  const text = first.toString('latin1', 0, 16);
  if (/^\d{1,7} <\d{1,3}>/.test(text)) return true;
  return /^\d{0,7}$|^\d{1,7} (?:<\d{0,3})?$/.test(text) ? undefined : false;
}

class CountedLines implements Framing<Lines> {
  readonly #messages: MessageFraming;

  constructor(maxBytes: number) {
    this.#messages = new MessageFraming(maxBytes, true);
  }

  get heldBytes(): number {
    return this.#messages.heldBytes;
  }

  push(read: Buffer): Lines[] {
    return this.#messages.push(read).flatMap(linesOf);
  }

  end(): Lines | undefined {
    const last = this.#messages.end();
    return last === undefined ? undefined : linesOf(last)[0];
  }

  freeze(): void {
    this.#messages.freeze();
  }
}

/** Messages of one line each go together. */
function linesOf({ messages, cutBytes }: MessageBatch): Lines[] {
  if (cutBytes > 0) return messages.map(bytes => ({ size: bytes.length, bytes, cutBytes }));
  const done: Lines[] = [];
  let plain: Buffer[] = [];
  const give = (): void => {
    if (plain.length === 0) return;
    const bytes = Buffer.concat(plain.flatMap((message, i) => (i === 0 ? [message] : [NEWLINE, message])));
    done.push({ size: bytes.length, bytes, cutBytes: 0 });
    plain = [];
  };
  for (const message of messages) {
    if (!message.includes(LF)) {
      plain.push(message);
      continue;
    }
    give();
    done.push({ size: message.length, bytes: message, cutBytes: 0, isOne: true });
  }
  give();
  return done;
}

const NOTHING = Buffer.alloc(0);
const LF = 0x0a;
const NEWLINE = Buffer.of(LF);
