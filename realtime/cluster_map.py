"""Which node of a Redis cluster owns what, as its nodes tell."""

import logging
import random

import hiredis

from realtime.redis_connection import RedisAddress, ask
from realtime.redis_link import Complaints
from realtime.shards import SLOTS, Slots, owners_of_shards, slots

NODES_ASKED = 3  # at once, before it is tried again

logger = logging.getLogger(__name__)


class ClusterMap:
    """As last heard. `seed` is any of the nodes, or a name that leads to one."""

    def __init__(self, seed: RedisAddress) -> None:
        self.slots: Slots = [None] * SLOTS
        self._seed = seed
        self._complaints = Complaints(logger)

    async def look(self, first: RedisAddress | None = None) -> bool:
        """Ask `first`, who is known to be up to date, or any other; whether one could tell."""
        for address in self._whom(first):
            try:
                answer = await ask(address, b"CLUSTER", b"SLOTS")
            except OSError as error:
                answer = error
            if isinstance(answer, list):
                self.slots = slots(answer, address)
                return True
            if isinstance(answer, hiredis.ReplyError):
                self._complaints.warn("%s does not tell of a cluster: %s", address, answer)
        return False

    def _whom(self, first: RedisAddress | None) -> list[RedisAddress]:
        owners = set(owners_of_shards(self.slots))
        nodes = [owner for owner in owners if owner is not None and owner != first]
        some = random.sample(nodes, min(len(nodes), NODES_ASKED - 1))
        return [first, *some, self._seed] if first else [*some, self._seed]
