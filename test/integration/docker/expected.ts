// What Docker's options promise: a table in docs/guides/docker-options.md, compared with it by test/docs/blocks.test.ts, and
// measured with the real engine by options.test.ts. When a fact changes with a newer engine, that test fails, and this and
// the table want to be written again.

export type Tail = 'whole' | 'cut' | 'a race';

export interface Facts {
  options: Record<string, string>;
  /** Whether a container starts while nothing listens. */
  starts: boolean;
  /** Whether 3 MB can be written while longshore is gone. */
  blocks: boolean;
  /** What arrives of the last 50 KB when longshore stalls while the container ends. */
  stalled: Tail;
  /** The same when longshore was killed before, and comes back after the engine has stopped waiting (10 s). */
  down: Tail;
}

const ack = { 'fluentd-request-ack': 'true' };
const async_ = { 'fluentd-async': 'true' };
const nonBlocking = { mode: 'non-blocking', 'max-buffer-size': '4m' };

export const expected: Record<string, Facts> = {
  default: { options: {}, starts: false, blocks: true, stalled: 'whole', down: 'cut' },
  'default, ack': { options: ack, starts: false, blocks: true, stalled: 'whole', down: 'cut' },
  // Without acknowledgements the socket's buffers may or may not take all there is before the engine drops the rest.
  async: { options: async_, starts: true, blocks: false, stalled: 'a race', down: 'cut' },
  'async, ack': { options: { ...async_, ...ack }, starts: true, blocks: false, stalled: 'cut', down: 'cut' },
  // Cut by what was written to the dead connection before the driver noticed.
  'non-blocking': { options: nonBlocking, starts: false, blocks: false, stalled: 'whole', down: 'cut' },
  'non-blocking, ack': {
    options: { ...nonBlocking, ...ack },
    starts: false,
    blocks: false,
    stalled: 'whole',
    down: 'whole',
  },
};
