"""Long-polling clients of several processes behind one port."""

import asyncio
import sys
from pathlib import Path

from tests.conftest import Services
from tests.people import Instance
from tests.server.lifecycle.instances import serving

PROGRAM = (sys.executable, "-m", "server")


async def test_long_polling_and_upgrading_clients_keep_their_session_whichever_process_answers(
    services: Services, tmp_path: Path
) -> None:
    flags = {"BCRYPT_ROUNDS": "4", "RATE_LIMITS": "off"}
    async with serving(
        services, tmp_path, "--workers", "3", program=PROGRAM[1:], **flags
    ) as processes:
        instance = Instance(processes.url, processes.client)
        person = await instance.person()

        async def use(transports: list[str]) -> None:
            async with instance.socket(person, transports=transports) as client:
                await client.ready()
                await client.do("post.create", {"content": "by whichever process"})
                await client.next("post.created")

        # Each on connections of its own, so that the kernel deals them out anew.
        await asyncio.gather(*(use(["polling"]) for _ in range(6)))
        await asyncio.gather(*(use(["polling", "websocket"]) for _ in range(6)))
