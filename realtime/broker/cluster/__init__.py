"""What a Redis cluster needs beyond one server: shards, the slot map, routing."""
