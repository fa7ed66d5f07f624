import { HITS_SCRIPTS } from './hits-scripts.ts';
import { ROUTING_SCRIPTS } from './routing-scripts.ts';

/*
 * The byte budget, one step each: a job is counted once however often it is offered, and uncounted once however often
 * it is settled. Only DEL-like commands come first in `settle`, because a full Redis refuses a script whose first write
 * needs memory.
 */

/*
 * The ledger goes with the budget: what a job holds is counted in the same step in which the job is, so each job once,
 * and at any instant moved = taken + in flight.
 */

/** KEYS sizes, bytes, done, moved, in flight; ARGV id, bytes, limit, now, ledger. Gives 1 counted (or was), 0 over the limit, 2 done before. */
const reserve = `
if redis.call('EXISTS', KEYS[3]) == 1 then return 2 end
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 1 end
local total = tonumber(redis.call('GET', KEYS[2]) or '0')
local size = tonumber(ARGV[2])
if total > 0 and total + size > tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ':' .. ARGV[4] .. ':' .. ARGV[5])
redis.call('INCRBY', KEYS[2], size)
if ARGV[5] ~= '' then
  local ledger = cjson.decode(ARGV[5])
  for i = 2, #ledger - 1, 2 do
    redis.call('HINCRBY', KEYS[4], ledger[1] .. '\\n' .. ledger[i], ledger[i + 1])
    redis.call('HINCRBY', KEYS[5], ledger[1] .. '\\n' .. ledger[i], ledger[i + 1])
  end
end
return 1
`;

/** KEYS sizes, bytes, -, in flight, and `hash`, whose counts change by `sign` times what the job holds. */
const uncount = (hash: string, sign: string): string => `
local entry = redis.call('HGET', KEYS[1], ARGV[1])
if entry then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('DECRBY', KEYS[2], tonumber(string.match(entry, '^(%d+)')))
  local text = string.match(entry, '^%d+:%d+:(.+)$')
  local ledger = text and cjson.decode(text) or {}
  for i = 2, #ledger - 1, 2 do
    local field = ledger[1] .. '\\n' .. ledger[i]
    if redis.call('HINCRBY', KEYS[4], field, -ledger[i + 1]) == 0 then redis.call('HDEL', KEYS[4], field) end
    redis.call('HINCRBY', ${hash}, field, ${sign}ledger[i + 1])
  end
end
`;

/**
 * KEYS sizes, bytes, done, in flight, taken; ARGV id, remember ms, ledger. The mark is only a help, so a full Redis may
 * refuse it. A Redis that lost its memory hears from the job itself what was taken.
 */
const settle = `
local isKnown = redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 or redis.call('EXISTS', KEYS[3]) == 1
${uncount('KEYS[5]', '')}
if not isKnown and ARGV[3] ~= '' then
  local ledger = cjson.decode(ARGV[3])
  for i = 2, #ledger - 1, 2 do redis.call('HINCRBY', KEYS[5], ledger[1] .. '\\n' .. ledger[i], ledger[i + 1]) end
end
redis.pcall('SET', KEYS[3], '1', 'PX', ARGV[2])
return 1
`;

/**
 * KEYS sizes, bytes, job, in flight, moved; ARGV id. Uncounts what no job stands for, as if it had never been put in: if
 * it had been for good, its source says so.
 */
const forget = `
if redis.call('EXISTS', KEYS[3]) == 1 then return 0 end
${uncount('KEYS[5]', '-')}
return 1
`;

/** KEYS sizes, bytes. Gives by how much the sum was wrong. */
const recount = `
local sum = 0
for _, entry in ipairs(redis.call('HVALS', KEYS[1])) do
  sum = sum + tonumber(string.match(entry, '^(%d+)'))
end
local was = tonumber(redis.call('GET', KEYS[2]) or '0')
if was ~= sum then redis.call('SET', KEYS[2], sum) end
return was - sum
`;

/**
 * KEYS reports, taken, in flight; ARGV source, report, JSON [container, events, ...]: what the source last saw as taken.
 * Gives the same as it is now. A Redis that lost its memory lost the count of what was stored, too: it gets it back, but
 * for what may be counted again because its job is here again.
 */
const publish = `
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
local seen = cjson.decode(ARGV[3])
local taken = {}
for i = 1, #seen - 1, 2 do
  local field = ARGV[1] .. '\\n' .. seen[i]
  local count = tonumber(redis.call('HGET', KEYS[2], field) or '0')
  if count < seen[i + 1] then
    local known = seen[i + 1] - tonumber(redis.call('HGET', KEYS[3], field) or '0')
    if known > count then
      count = known
      redis.call('HSET', KEYS[2], field, count)
    end
  end
  taken[#taken + 1] = seen[i]
  taken[#taken + 1] = count
end
return taken
`;

/** KEYS reports, moved, taken, in flight. All of them, of one instant. */
const readLedger = `
local all = {}
for i = 1, 4 do all[i] = redis.call('HGETALL', KEYS[i]) end
return all
`;

export const SCRIPTS = {
  ...HITS_SCRIPTS,
  ...ROUTING_SCRIPTS,
  longshoreReserve: { lua: reserve, numberOfKeys: 5 },
  longshoreSettle: { lua: settle, numberOfKeys: 5 },
  longshoreForget: { lua: forget, numberOfKeys: 5 },
  longshorePublish: { lua: publish, numberOfKeys: 3 },
  longshoreReadLedger: { lua: readLedger, numberOfKeys: 4 },
  longshoreRecount: { lua: recount, numberOfKeys: 2 },
} as const;

export type ScriptName = keyof typeof SCRIPTS;
