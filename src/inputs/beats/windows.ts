import { ackFrame } from './lumberjack.ts';

/** What a sender sends before it waits: its events are acknowledged with the sequence of the last one. */
interface Window {
  readonly version: 1 | 2;
  /** Announced. */
  readonly events: number;
  received: number;
  /** No event of it comes any more. */
  isWhole: boolean;
  /** Sequence of the last event that came; of one that has none, that of the last event before it. */
  last: number;
  /** Sequence of the last event that is durable together with all before it; 0: none. */
  durable: number;
  /** What the sender was told of it. */
  told: number;
  /** Parts that were taken and are not durable. */
  parts: number;
}

/** Some events of one window, side by side. */
export interface WindowPart {
  readonly window: Window;
  readonly last: number;
  isDurable: boolean;
}

/**
 * The windows of one connection, in their order: which acknowledgements are due. Pure.
 *
 * An acknowledgement never tells of more than what is durable without a gap, and a window is acknowledged to its end
 * before the next one is spoken of: senders with several windows under way count on that. Senders of version 1 take any
 * acknowledgement for that of the whole window, so that they get no other.
 */
export class Windows {
  /** Those that are not acknowledged to their end; the last one is open until it is whole. */
  #windows: Window[] = [];
  #parts: WindowPart[] = [];
  #sequence = 0;

  /** Windows that came and are not acknowledged to their end. */
  get open(): number {
    return this.#windows.length;
  }

  /** The sender has announced a window. The one before ends, be it whole or not. Gives what is to be answered at once. */
  announce(version: 1 | 2, events: number): Buffer[] {
    this.#end();
    this.#windows.push({
      ...{ version, events, received: 0, isWhole: events === 0 },
      ...{ last: this.#sequence, durable: 0, told: -1, parts: 0 },
    });
    return this.#due();
  }

  /** Whether an event may come: one outside of a window is nothing that could be acknowledged. */
  get hasRoom(): boolean {
    const window = this.#windows.at(-1);
    return window !== undefined && !window.isWhole;
  }

  /** An event of the open window. True: its last one. */
  receive(sequence: number): boolean {
    const window = this.#windows.at(-1)!;
    this.#sequence = window.last = sequence;
    window.received++;
    if (window.received === window.events) window.isWhole = true;
    return window.isWhole;
  }

  /** The events that were received since the last part are on their way now. */
  part(): WindowPart {
    const window = this.#windows.at(-1)!;
    const part = { window, last: window.last, isDurable: false };
    window.parts++;
    this.#parts.push(part);
    return part;
  }

  /** The acknowledgements that are due since this part is durable. */
  durable(part: WindowPart): Buffer[] {
    part.isDurable = true;
    let done = 0;
    for (const { isDurable, window, last } of this.#parts) {
      if (!isDurable) break;
      window.durable = last;
      window.parts--;
      done++;
    }
    this.#parts.splice(0, done);
    return this.#due();
  }

  /**
   * Tells a sender that waits how far its window has come, so that it does not give up; undefined: nothing to tell.
   * `isPaused`: there may be more of it that we have not read.
   */
  progress(isPaused: boolean): Buffer | undefined {
    const window = this.#windows[0];
    if (window === undefined || window.version === 1) return undefined;
    const isOurTurn = isPaused || window.isWhole || window.parts > 0;
    if (!isOurTurn && (window.received === 0 || window.durable === window.told)) return undefined;
    window.told = window.durable;
    return ackFrame(window.version, window.durable);
  }

  /** These events go on one by one: each is a part of its own. `lasts`: the sequence of each. */
  split(part: WindowPart, lasts: readonly number[]): WindowPart[] {
    const parts = lasts.map(last => ({ window: part.window, last, isDurable: false }));
    this.#parts.splice(this.#parts.indexOf(part), 1, ...parts);
    part.window.parts += parts.length - 1;
    return parts;
  }

  /** Before the connection ends: what is durable of a window and was not told, so that only the rest is sent again. */
  lastWord(): Buffer | undefined {
    const window = this.#windows[0];
    if (window === undefined || window.version === 1 || window.durable === 0) return undefined;
    return window.durable === window.told ? undefined : ackFrame(window.version, window.durable);
  }

  /** The last acknowledgement of windows that end here. */
  #due(): Buffer[] {
    const acks: Buffer[] = [];
    let done = 0;
    for (const { isWhole, parts, version, last, received, events } of this.#windows) {
      if (!isWhole || parts > 0) break;
      done++;
      // Nothing came of a window that was announced: nobody waits for it.
      if (received > 0 || events === 0) acks.push(ackFrame(version, last));
    }
    this.#windows.splice(0, done);
    return acks;
  }

  #end(): void {
    const window = this.#windows.at(-1);
    if (window !== undefined) window.isWhole = true;
  }
}
