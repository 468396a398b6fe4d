"""Which node of a Redis cluster owns which slot, as its nodes say."""

import logging
import random

import hiredis

from realtime.broker.cluster.shards import SLOTS, SlotOwners, owners_of_shards, parse_slots
from realtime.broker.redis.connection import RedisAddress, execute_once
from realtime.throttled_logger import ThrottledLogger

NODES_TRIED = 3  # one after another, before it is given up for this time

logger = logging.getLogger(__name__)


class SlotMap:
    """Who owns each slot, as last read. `seed` is any of the nodes, or a name that leads to one."""

    def __init__(self, seed: RedisAddress) -> None:
        self.slots: SlotOwners = [None] * SLOTS
        self._seed = seed
        self._logger = ThrottledLogger(logger)

    async def refresh(self, first: RedisAddress | None = None) -> bool:
        """Read the map from `first`, who is up to date, or any other; False if none replied."""
        reason = ""
        for address in self._candidates(first):
            try:
                answer = await execute_once(address, b"CLUSTER", b"SLOTS")
                if isinstance(answer, hiredis.ReplyError):
                    raise ValueError(str(answer))
                self.slots = parse_slots(answer, address)
            except (OSError, ValueError, TypeError) as error:
                reason = f"{address}: {str(error) or 'no answer in time'}"
            else:
                if None in owners_of_shards(self.slots):
                    self._logger.warning("parts of the Redis cluster have no node")
                return True
        self._logger.warning("no node tells of a Redis cluster: %s", reason)
        return False

    def _candidates(self, first: RedisAddress | None) -> list[RedisAddress]:
        owners = set(owners_of_shards(self.slots))
        nodes = [owner for owner in owners if owner is not None and owner != first]
        some = random.sample(nodes, min(len(nodes), NODES_TRIED - 1))
        return [first, *some, self._seed] if first else [*some, self._seed]
