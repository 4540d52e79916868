-- A request is over.
-- ARGV: gateway (empty: nothing was taken here), tokens and nanos that were reserved, tokens and nanos that it came to,
--   number of holders, and for each: scope, number of budgets, and for each: unit (t or u), span's key, milliseconds to keep it
local time = redis.call('TIME')
local minute = math.floor((time[1] * 1000 + math.floor(time[2] / 1000)) / 60000)
local me = ARGV[1]
local actual = {t = ARGV[4], u = ARGV[5]}
local more = tonumber(ARGV[4]) - tonumber(ARGV[2])
local at = 7
for _ = 1, tonumber(ARGV[6]) do
  local scope, budgets = ARGV[at], tonumber(ARGV[at + 1])
  at = at + 2
  local key = 'sluice:open:' .. scope
  if me ~= '' and redis.call('HEXISTS', key, me .. ':n') == 1 then
    if redis.call('HINCRBY', key, me .. ':n', -1) <= 0 then
      redis.call('HDEL', key, me .. ':n', me .. ':t', me .. ':u')
    else
      if ARGV[2] ~= '0' then redis.call('HINCRBY', key, me .. ':t', '-' .. ARGV[2]) end
      if ARGV[3] ~= '0' then redis.call('HINCRBY', key, me .. ':u', '-' .. ARGV[3]) end
    end
  end
  local rate = 'sluice:rate:' .. scope
  if me == '' then more = tonumber(ARGV[4]) end
  local row = redis.call('HMGET', rate, 'tm', 'tn')
  if tonumber(row[1] or '0') == minute then
    redis.call('HSET', rate, 'tn', string.format('%.0f', math.max(0, tonumber(row[2]) + more)))
  elseif row[1] and more > 0 then
    local before = 0
    if tonumber(row[1]) == minute - 1 then before = row[2] end
    redis.call('HSET', rate, 'tm', minute, 'tb', before, 'tn', string.format('%.0f', more))
    redis.call('PEXPIRE', rate, 150000)
  end
  for _ = 1, budgets do
    local spent = 'sluice:spent:' .. scope .. ':' .. ARGV[at + 1]
    redis.call('HINCRBY', spent, ARGV[at], actual[ARGV[at]])
    redis.call('PEXPIRE', spent, ARGV[at + 2])
    at = at + 3
  end
end
return 1
