/*
 * The byte budget, one step each: a job is counted once however often it is offered, and uncounted once however often
 * it is settled. Only DEL-like commands come first in `settle`, because a full Redis refuses a script whose first write
 * needs memory.
 */

/** KEYS sizes, bytes, done; ARGV id, bytes, limit, now. Gives 1 counted (or was), 0 over the limit, 2 done before. */
const reserve = `
if redis.call('EXISTS', KEYS[3]) == 1 then return 2 end
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 1 end
local total = tonumber(redis.call('GET', KEYS[2]) or '0')
local size = tonumber(ARGV[2])
if total > 0 and total + size > tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ':' .. ARGV[4])
redis.call('INCRBY', KEYS[2], size)
return 1
`;

const uncount = `
local entry = redis.call('HGET', KEYS[1], ARGV[1])
if entry then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('DECRBY', KEYS[2], tonumber(string.match(entry, '^(%d+)')))
end
`;

/** KEYS sizes, bytes, done; ARGV id, remember ms. The mark is only a help, so a full Redis may refuse it. */
const settle = `
${uncount}
redis.pcall('SET', KEYS[3], '1', 'PX', ARGV[2])
return 1
`;

/** KEYS sizes, bytes, job; ARGV id. Uncounts what no job stands for. */
const forget = `
if redis.call('EXISTS', KEYS[3]) == 1 then return 0 end
${uncount}
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

export const SCRIPTS = {
  longshoreReserve: { lua: reserve, numberOfKeys: 3 },
  longshoreSettle: { lua: settle, numberOfKeys: 3 },
  longshoreForget: { lua: forget, numberOfKeys: 3 },
  longshoreRecount: { lua: recount, numberOfKeys: 2 },
} as const;

export type ScriptName = keyof typeof SCRIPTS;
