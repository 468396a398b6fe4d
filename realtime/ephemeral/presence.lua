-- Leases of "online", one for each instance that a user is connected to, on this server's clock.
--
-- KEYS     one sorted set a user: instances, scored by when their lease ends, in seconds
-- ARGV[1]  'touch', 'remove' or 'get'
-- ARGV[2]  the instance
-- ARGV[3]  seconds that a lease lasts
-- returns  for each user 1 where any instance holds a lease: before touching, else afterwards
local now = tonumber(redis.call('TIME')[1])
local online = {}
for i, key in ipairs(KEYS) do
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
    if ARGV[1] == 'remove' then
        redis.call('ZREM', key, ARGV[2])
    end
    online[i] = redis.call('EXISTS', key)
    if ARGV[1] == 'touch' then
        redis.call('ZADD', key, now + ARGV[3], ARGV[2])
        redis.call('EXPIRE', key, ARGV[3] + 1)
    end
end
return online
