"""Many who come at once are let through a few in each pass of the loop, and nobody is forgotten."""

import asyncio
from itertools import pairwise

from realtime.transport.pacer import Pacer


async def test_so_many_pass_at_a_time_in_the_order_in_which_they_came() -> None:
    pacer, passed, passes = Pacer(3), list[int](), list[int]()

    async def come(number: int) -> None:
        await pacer.turn()
        passed.append(number)

    herd = [asyncio.create_task(come(number)) for number in range(20)]
    while len(passed) < 20:
        await asyncio.sleep(0)
        passes.append(len(passed))
    await asyncio.gather(*herd)
    assert passed == list(range(20))
    assert max(after - before for before, after in pairwise([0, *passes])) <= 3


async def test_who_gives_up_waiting_leaves_the_turn_to_the_next() -> None:
    pacer = Pacer(1)
    herd = [asyncio.create_task(pacer.turn()) for _ in range(6)]
    await asyncio.sleep(0)
    for task in herd[1:5]:
        task.cancel()
    async with asyncio.timeout(20):
        await herd[5]
        await pacer.turn()
