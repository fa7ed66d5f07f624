import type { ForwardFrame, FrameDecoder } from '../../base/forward/frame.ts';
import { MessageRun } from '../../base/forward/message-run.ts';

/** What one read brought, in its order; messages side by side are one. */
export class Takings {
  readonly all: (ForwardFrame | MessageRun)[] = [];
  bytes = 0;
  /** Of those that want no answer. */
  bytesWithoutChunk = 0;
  #run: MessageRun | undefined;

  /** False, and nothing is added: the frame in `bytes[start, end)` is no message. */
  addMessage(decoder: FrameDecoder, bytes: Buffer, start: number, end: number): boolean {
    let run = this.#run;
    if (run === undefined || run.isFull || !decoder.addMessage(run, bytes, start, end)) {
      run = new MessageRun();
      if (!decoder.addMessage(run, bytes, start, end)) return false;
      this.all.push(run);
      this.#run = run;
    }
    this.#count(end - start, run.hasIds);
    return true;
  }

  add(frame: ForwardFrame): void {
    this.all.push(frame);
    this.#run = undefined;
    this.#count(frame.bytes, frame.ack !== undefined);
  }

  #count(bytes: number, hasChunk: boolean): void {
    this.bytes += bytes;
    if (!hasChunk) this.bytesWithoutChunk += bytes;
  }
}
