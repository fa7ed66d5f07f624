/*
 * Routed alerts that processes share; keys see `keys.ts`. Everything is one step.
 *
 *   hash of what is known   "a:<fingerprint>" an alert, "t:<key>" what was told, "d:<id>" a message: JSON each;
 *                           "#n" counts the writes, from the time of the first one on (microseconds): a Redis that lost them
 *                           begins with other numbers; "#token" is that of the lease of the last one
 *   log of the writes       stream: n number of the write, r its records (JSON list; zstd, base64), empty where it was too
 *                           large: whoever follows reads the hash anew
 *   posted                  stream: w a word (JSON) for the process that routes
 */

/** Writes that whoever follows may be behind. */
const LOG_WRITES = 500;
/** About what Redis needs for an entry beside its payload. */
const ENTRY_BYTES = 150;

/**
 * KEYS lock, hash, log, posted, bytes of posted; ARGV value of the lock, token, records for the log, id after the last posted
 * word that they come from (empty: none), bytes of these words, how many fields go, these, then fields and values. Gives
 * {number of the write, its id in the log}, or {0} to one who no longer has the lock. What goes comes first: a full Redis
 * takes a script only if its first write needs no memory.
 */
const save = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {0} end
if tonumber(redis.call('HGET', KEYS[2], '#token') or '0') > tonumber(ARGV[2]) then return {0} end
if ARGV[4] ~= '' then
  redis.call('XTRIM', KEYS[4], 'MINID', ARGV[4])
  if redis.call('XLEN', KEYS[4]) == 0 then redis.call('DEL', KEYS[5]) else redis.call('DECRBY', KEYS[5], ARGV[5]) end
end
local gone = tonumber(ARGV[6])
for i = 7, 6 + gone do redis.call('HDEL', KEYS[2], ARGV[i]) end
if redis.call('HEXISTS', KEYS[2], '#n') == 0 then
  local time = redis.call('TIME')
  redis.call('HSET', KEYS[2], '#n', time[1] .. string.format('%06d', time[2]))
end
local n = redis.call('HINCRBY', KEYS[2], '#n', 1)
redis.call('HSET', KEYS[2], '#token', ARGV[2])
for i = 7 + gone, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
return {n, redis.call('XADD', KEYS[3], 'MAXLEN', '~', ${LOG_WRITES}, '*', 'n', n, 'r', ARGV[3])}
`;

/** KEYS posted, bytes of posted; ARGV word, most bytes. Gives 1, or 0 when there is no room. */
const post = `
local size = #ARGV[1] + ${ENTRY_BYTES}
local bytes = tonumber(redis.call('GET', KEYS[2]) or '0')
if bytes > 0 and bytes + size > tonumber(ARGV[2]) then return 0 end
redis.call('XADD', KEYS[1], '*', 'w', ARGV[1])
redis.call('INCRBY', KEYS[2], size)
return 1
`;

/** What a posted word counts. */
export const postedBytes = (word: string): number => Buffer.byteLength(word) + ENTRY_BYTES;

export const ROUTING_SCRIPTS = {
  longshoreSaveRouted: { lua: save, numberOfKeys: 5 },
  longshorePostWord: { lua: post, numberOfKeys: 2 },
} as const;
