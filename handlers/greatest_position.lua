-- Keeps the greatest of the positions that it is given.
--
-- KEYS[1]  whose
-- ARGV[1]  a position in 16 hexadecimal digits, so that texts compare as numbers do
-- ARGV[2]  seconds to keep it for
local known = redis.call('GET', KEYS[1])
local greatest = ARGV[1]
if known and known > greatest then
    greatest = known
end
redis.call('SET', KEYS[1], greatest, 'EX', ARGV[2])
return greatest
