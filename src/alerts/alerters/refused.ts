import type { SendResult } from './alerter.ts';

/** A request that was not taken, for whoever waits for its answer. */
export class Refused extends Error {
  readonly result: SendResult & { ok: false };
  constructor(result: SendResult & { ok: false }) {
    super(result.reason);
    this.result = result;
  }
}
