-- Checks everything that a request's holders are held to and takes it in one step.
-- ARGV: gateway, tokens, nanos, number of holders, and for each holder:
--   scope, rpm, tpm, concurrency, number of budgets, and for each budget:
--     unit (t or u), most, span's key, what the store says was spent, milliseconds to keep it
-- Returns {1}, or {0, holder, what, budget, used, reserved, milliseconds to wait}; holder and budget count from 1.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local minute = math.floor(now / 60000)
local passed = now % 60000
local me, tokens, nanos = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local at = 5

local alive = {[me] = true}
local function living(gateway)
  if alive[gateway] == nil then
    alive[gateway] = redis.call('EXISTS', 'sluice:alive:' .. gateway) == 1
  end
  return alive[gateway]
end

-- What was in the clock minute before this one, and in this one.
local function meter(key, kind)
  local row = redis.call('HMGET', key, kind .. 'm', kind .. 'b', kind .. 'n')
  local m = tonumber(row[1] or '0')
  if m == minute then return tonumber(row[2]), tonumber(row[3]) end
  if m == minute - 1 then return tonumber(row[3]), 0 end
  return 0, 0
end

local function used(before, current)
  return before * (60000 - passed) / 60000 + current
end

-- How far into a minute what was in the one before it counts no more than so much.
local function fallen(before, most)
  if before <= most then return 0 end
  return 60000 - math.floor(most * 60000 / before)
end

local function wait(before, current, aim)
  if current <= aim then return math.max(1, fallen(before, aim - current) - passed) end
  return fallen(current, aim) + 60000 - passed
end

-- What is reserved and under way at all gateways that live.
local function open(key)
  local sums = {n = 0, t = 0, u = 0}
  local all = redis.call('HGETALL', key)
  for i = 1, #all, 2 do
    local gateway, kind = string.match(all[i], '^(.*):(%a)$')
    if living(gateway) then
      sums[kind] = sums[kind] + tonumber(all[i + 1])
    else
      redis.call('HDEL', key, all[i])
    end
  end
  return sums
end

local found = {}
for h = 1, tonumber(ARGV[4]) do
  local scope = ARGV[at]
  local rpm, tpm, concurrency = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local budgets = tonumber(ARGV[at + 4])
  at = at + 5
  local rate = 'sluice:rate:' .. scope
  local held = open('sluice:open:' .. scope)
  local rb, rn = meter(rate, 'r')
  local tb, tn = meter(rate, 't')
  if concurrency > 0 and held.n >= concurrency then return {0, h, 'concurrency', 0, 0, 0, 1000} end
  if rpm > 0 and used(rb, rn) + 1 > rpm then return {0, h, 'requests', 0, 0, 0, wait(rb, rn, rpm - 1)} end
  if tpm > 0 and used(tb, tn) >= tpm then return {0, h, 'tokens', 0, 0, 0, wait(tb, tn, tpm - 1)} end
  for b = 1, budgets do
    local unit, most, span = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2]
    local stored, keep = tonumber(ARGV[at + 3]), ARGV[at + 4]
    at = at + 5
    local key = 'sluice:spent:' .. scope .. ':' .. span
    local spent = tonumber(redis.call('HGET', key, unit) or '-1')
    if stored > spent then
      spent = stored
      redis.call('HSET', key, unit, string.format('%.0f', stored))
      redis.call('PEXPIRE', key, keep)
    end
    if spent + held[unit] >= most then
      return {0, h, 'budget', b, string.format('%.0f', spent), string.format('%.0f', held[unit]), 0}
    end
  end
  found[h] = {scope = scope, rate = rate, rb = rb, rn = rn, tb = tb, tn = tn}
end

redis.call('SET', 'sluice:alive:' .. me, '1', 'PX', 15000)
for _, f in ipairs(found) do
  redis.call('HSET', f.rate, 'rm', minute, 'rb', f.rb, 'rn', f.rn + 1, 'tm', minute, 'tb', f.tb, 'tn',
    string.format('%.0f', f.tn + tokens))
  redis.call('PEXPIRE', f.rate, 150000)
  local key = 'sluice:open:' .. f.scope
  redis.call('HINCRBY', key, me .. ':n', 1)
  redis.call('HINCRBY', key, me .. ':t', ARGV[2])
  redis.call('HINCRBY', key, me .. ':u', ARGV[3])
  redis.call('PEXPIRE', key, 172800000)
end
return {1}
