"""Which node of a Redis cluster owns what, as its nodes tell."""

import logging
import random

import hiredis

from realtime.broker.cluster.shards import SLOTS, Slots, owners_of_shards, slots
from realtime.broker.redis.connection import RedisAddress, ask
from realtime.broker.redis.link import ThrottledLogger

NODES_ASKED = 3  # at once, before it is tried again

logger = logging.getLogger(__name__)


class SlotMap:
    """As last heard. `seed` is any of the nodes, or a name that leads to one."""

    def __init__(self, seed: RedisAddress) -> None:
        self.slots: Slots = [None] * SLOTS
        self._seed = seed
        self._complaints = ThrottledLogger(logger)

    async def refresh(self, first: RedisAddress | None = None) -> bool:
        """Ask `first`, who is known to be up to date, or any other; whether one could tell."""
        reason = ""
        for address in self._whom(first):
            try:
                answer = await ask(address, b"CLUSTER", b"SLOTS")
                if isinstance(answer, hiredis.ReplyError):
                    raise ValueError(str(answer))
                self.slots = slots(answer, address)
            except (OSError, ValueError, TypeError) as error:
                reason = f"{address}: {str(error) or 'no answer in time'}"
            else:
                if None in owners_of_shards(self.slots):
                    self._complaints.warn("parts of the Redis cluster have no node")
                return True
        self._complaints.warn("no node tells of a Redis cluster: %s", reason)
        return False

    def _whom(self, first: RedisAddress | None) -> list[RedisAddress]:
        owners = set(owners_of_shards(self.slots))
        nodes = [owner for owner in owners if owner is not None and owner != first]
        some = random.sample(nodes, min(len(nodes), NODES_ASKED - 1))
        return [first, *some, self._seed] if first else [*some, self._seed]
