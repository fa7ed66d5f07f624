/*
 * Hits on their way to the evaluator; keys see `keys.ts`. Everything is one step, so that a process that is killed in
 * between leaves nothing half done. Positions and ids are kept as the texts they came as: Lua prints large numbers
 * rounded (comparing them is exact).
 *
 *   entry of the stream   s source, p last position, z hits (zstd, base64), h number of hits, w watermark (epoch ms),
 *                         b "1" when the source says goodbye, n bytes it counts, c bytes counted ever, with it
 *   hash of sizes         written: c of the newest entry; base: c of the newest one that is gone; gone: its id
 *   hash of sources       source -> "<last position>:<id of its entry>"
 *
 * What is in the stream are `written - base` bytes.
 */

/** About what Redis needs for an entry beside its payload. */
const ENTRY_BYTES = 150;
/** How many old entries one new one may push out. */
const MAX_PUSHED_OUT = 1000;

/**
 * KEYS stream, sizes, sources; ARGV source, first position, last position, position sent before it, payload, hits,
 * watermark, goodbye, max bytes. An empty text means "none".
 * Gives {1, id, entries let go, hits let go}; {2, id of an entry that had it}; {3, position that Redis has} when
 * something sent before is not there; {4} for a bare watermark that was left out, nobody reading.
 */
const add = `
local known = redis.call('HGET', KEYS[3], ARGV[1])
local knownPosition, knownId
if known then knownPosition, knownId = string.match(known, '^(%d+):(.*)$') end
local hasHits = ARGV[3] ~= ''
if hasHits then
  if known and tonumber(knownPosition) >= tonumber(ARGV[3]) then return {2, knownId} end
  if ARGV[4] ~= '' and tonumber(ARGV[4]) > tonumber(knownPosition or '0') then return {3, knownPosition or '0'} end
end
local written, base = unpack(redis.call('HMGET', KEYS[2], 'written', 'base'))
written, base = tonumber(written or '0'), tonumber(base or '0')
local max = tonumber(ARGV[9])
if not hasHits and ARGV[8] == '' and (written - base) * 2 > max then return {4} end
local size = #ARGV[5] + ${ENTRY_BYTES}
written = written + size
local fields = {'s', ARGV[1], 'n', size, 'c', string.format('%.0f', written)}
local function put(name, value)
  if value ~= '' then
    fields[#fields + 1] = name
    fields[#fields + 1] = value
  end
end
put('p', ARGV[3])
put('z', ARGV[5])
put('h', ARGV[6])
put('w', ARGV[7])
put('b', ARGV[8])
local id = redis.call('XADD', KEYS[1], '*', unpack(fields))
redis.call('HSET', KEYS[2], 'written', string.format('%.0f', written))
if hasHits then redis.call('HSET', KEYS[3], ARGV[1], ARGV[3] .. ':' .. id) end
local entries, hits = 0, 0
while written - base > max and entries < ${MAX_PUSHED_OUT} do
  local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
  if not first or first[1] == id then break end
  for i = 1, #first[2], 2 do
    if first[2][i] == 'c' then base = tonumber(first[2][i + 1]) end
    if first[2][i] == 'h' then hits = hits + tonumber(first[2][i + 1]) end
  end
  redis.call('XDEL', KEYS[1], first[1])
  redis.call('HSET', KEYS[2], 'base', string.format('%.0f', base), 'gone', first[1])
  entries = entries + 1
end
return {1, id, entries, hits}
`;

/** KEYS stream, sizes; ARGV ids. Of each: 1 when it is there or was there and went as it should, else 0. */
const known = `
local gone = redis.call('HGET', KEYS[2], 'gone') or '0-0'
local goneMs, goneSeq = string.match(gone, '^(%d+)-(%d+)$')
goneMs, goneSeq = tonumber(goneMs), tonumber(goneSeq)
local answers = {}
for i, id in ipairs(ARGV) do
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  ms, seq = tonumber(ms), tonumber(seq)
  if ms < goneMs or (ms == goneMs and seq <= goneSeq) then
    answers[i] = 1
  else
    answers[i] = #redis.call('XRANGE', KEYS[1], id, id)
  end
end
return answers
`;

/**
 * KEYS lock, token, state; ARGV name, time to live in ms. Gives {token, ""} to the one who has the lock now, else
 * {0, value of the lock}. Tokens grow for ever, also when the counter was lost.
 */
const acquire = `
local holder = redis.call('GET', KEYS[1])
if holder then return {0, holder} end
local last = tonumber(redis.call('HGET', KEYS[3], 'token') or '0')
local token = redis.call('INCR', KEYS[2])
if token <= last then
  token = last + 1
  redis.call('SET', KEYS[2], token)
end
redis.call('SET', KEYS[1], token .. ':' .. ARGV[1], 'PX', ARGV[2])
return {token, ''}
`;

/** KEYS lock; ARGV value, time to live in ms. Gives 1 while it is still ours. */
const renew = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`;

/** KEYS lock; ARGV value. */
const release = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`;

/**
 * KEYS lock, state, stream, sizes; ARGV value of the lock, token, state (zstd, base64), cursor, c of its entry (empty:
 * unchanged), the id after the cursor, bytes of the state, how many parts go, their fields, then fields and values of
 * the parts that changed. Gives 1, or 0 to one who no longer has the lock.
 * The stream is trimmed first: a full Redis takes a script only if its first write needs no memory.
 */
const saveState = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if tonumber(redis.call('HGET', KEYS[2], 'token') or '0') > tonumber(ARGV[2]) then return 0 end
if ARGV[5] ~= '' then
  redis.call('XTRIM', KEYS[3], 'MINID', ARGV[6])
  if tonumber(redis.call('HGET', KEYS[4], 'base') or '0') < tonumber(ARGV[5]) then
    redis.call('HSET', KEYS[4], 'base', ARGV[5], 'gone', ARGV[4])
  end
end
redis.call('HSET', KEYS[2], 'token', ARGV[2], 'z', ARGV[3], 'bytes', ARGV[7], 'cursor', ARGV[4])
local gone = tonumber(ARGV[8])
for i = 9, 8 + gone do redis.call('HDEL', KEYS[2], ARGV[i]) end
for i = 9 + gone, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
return 1
`;

export const HITS_SCRIPTS = {
  longshoreHitsAdd: { lua: add, numberOfKeys: 3 },
  longshoreHitsKnown: { lua: known, numberOfKeys: 2 },
  longshoreLockAcquire: { lua: acquire, numberOfKeys: 3 },
  longshoreLockRenew: { lua: renew, numberOfKeys: 1 },
  longshoreLockRelease: { lua: release, numberOfKeys: 1 },
  longshoreSaveState: { lua: saveState, numberOfKeys: 4 },
} as const;
