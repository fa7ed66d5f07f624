/*
 * All keys of one queue have the same hash tag, so that a Redis Cluster keeps them on one node and scripts may use them
 * together:
 *
 *   {<queue>}:chunks:*          BullMQ's
 *   {<queue>}:buffer:sizes      hash: job id -> "<bytes>:<epoch ms>", what counts against the budget
 *   {<queue>}:buffer:bytes      the sum of those bytes
 *   {<queue>}:buffer:done:<id>  this chunk has its final verdict; expires after remember_ms
 *   {<queue>}:buffer:claim:<id> somebody makes a dead letter of this job now; expires
 *   {<queue>}:buffer:recount    somebody has checked the sum lately; expires
 *   {<queue>}:buffer:fence      written before WAITAOF and WAIT
 */
export const BULL_QUEUE = 'chunks';

export interface Keys {
  readonly prefix: string;
  readonly sizes: string;
  readonly bytes: string;
  readonly recount: string;
  readonly fence: string;
  done(id: string): string;
  claim(id: string): string;
  job(id: string): string;
}

export function keysOf(queue: string): Keys {
  const prefix = `{${queue}}`;
  const own = `${prefix}:buffer:`;
  return {
    prefix,
    sizes: `${own}sizes`,
    bytes: `${own}bytes`,
    recount: `${own}recount`,
    fence: `${own}fence`,
    done: id => `${own}done:${id}`,
    claim: id => `${own}claim:${id}`,
    job: id => `${prefix}:${BULL_QUEUE}:${id}`,
  };
}
