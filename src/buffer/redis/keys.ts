/*
 * All keys of one queue have the same hash tag, so that a Redis Cluster keeps them on one node and scripts may use them
 * together:
 *
 *   {<queue>}:chunks:*          BullMQ's
 *   {<queue>}:buffer:sizes      hash: job id -> "<bytes>:<epoch ms>:<ledger>", what counts against the budget; <ledger>:
 *                               nothing, or JSON [source, container, events, container, events, ...]
 *   {<queue>}:buffer:bytes      the sum of those bytes
 *   {<queue>}:buffer:done:<id>  this chunk has its final verdict; expires after an hour
 *   {<queue>}:buffer:claim:<id> somebody makes a dead letter of this job now; expires
 *   {<queue>}:buffer:recount    somebody has checked the sum lately; expires
 *   {<queue>}:buffer:fence      written before WAITAOF and WAIT
 *
 *   {<queue>}:ledger:moved      hash: "<source>\n<container>" -> events of jobs ever put in
 *   {<queue>}:ledger:taken      the same of those that have their final verdict
 *   {<queue>}:ledger:in_flight  the same of those that are here
 *   {<queue>}:ledger:reports    hash: source -> JSON, what its process last said of itself
 *
 *   {<queue>}:hits              stream: hits and watermarks of all sources; entries see `hits-scripts.ts`
 *   {<queue>}:hits:sizes        hash: the bytes in it
 *   {<queue>}:hits:sources      hash: source -> its last position in the stream
 *   {<queue>}:alerts:lock       "<token>:<name>" of the active evaluator; expires
 *   {<queue>}:alerts:token      counter behind the tokens
 *   {<queue>}:alerts:state      hash: the state of the evaluation, with the place in the stream that it belongs to
 *   {<queue>}:alerts:silences   hash: id -> JSON, the silences that people made; `#version` counts the changes
 *   {<queue>}:alerts:routed     hash: routed alerts, and what was told of them; see `routing-scripts.ts`
 *   {<queue>}:alerts:routed:log stream: the latest writes of that hash
 *   {<queue>}:alerts:posted     stream: what other processes were given for the one that routes
 *   {<queue>}:alerts:posted:bytes  the bytes in it
 */
export const BULL_QUEUE = 'chunks';

export interface RedisKeys {
  readonly prefix: string;
  readonly sizes: string;
  readonly bytes: string;
  readonly recount: string;
  readonly fence: string;
  readonly moved: string;
  readonly taken: string;
  readonly inFlight: string;
  readonly reports: string;
  readonly hits: string;
  readonly hitSizes: string;
  readonly hitSources: string;
  readonly alertsLock: string;
  readonly alertsToken: string;
  readonly alertsState: string;
  readonly alertsSilences: string;
  readonly alertsRouted: string;
  readonly alertsRoutedLog: string;
  readonly alertsPosted: string;
  readonly alertsPostedBytes: string;
  done(id: string): string;
  claim(id: string): string;
  job(id: string): string;
}

export function keysOf(queue: string): RedisKeys {
  const prefix = `{${queue}}`;
  const own = `${prefix}:buffer:`;
  return {
    prefix,
    sizes: `${own}sizes`,
    bytes: `${own}bytes`,
    recount: `${own}recount`,
    fence: `${own}fence`,
    moved: `${prefix}:ledger:moved`,
    taken: `${prefix}:ledger:taken`,
    inFlight: `${prefix}:ledger:in_flight`,
    reports: `${prefix}:ledger:reports`,
    hits: `${prefix}:hits`,
    hitSizes: `${prefix}:hits:sizes`,
    hitSources: `${prefix}:hits:sources`,
    alertsLock: `${prefix}:alerts:lock`,
    alertsToken: `${prefix}:alerts:token`,
    alertsState: `${prefix}:alerts:state`,
    alertsSilences: `${prefix}:alerts:silences`,
    alertsRouted: `${prefix}:alerts:routed`,
    alertsRoutedLog: `${prefix}:alerts:routed:log`,
    alertsPosted: `${prefix}:alerts:posted`,
    alertsPostedBytes: `${prefix}:alerts:posted:bytes`,
    done: id => `${own}done:${id}`,
    claim: id => `${own}claim:${id}`,
    job: id => `${prefix}:${BULL_QUEUE}:${id}`,
  };
}
