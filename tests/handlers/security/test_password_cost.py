"""What a log-in costs does not tell whether there is an account."""

import time
from collections.abc import Awaitable, Callable
from statistics import median

from handlers.security.passwords import Match, open_passwords
from tests.people import Instance

ROUNDS = 9  # some 50 ms: far more than all else that a check does
TURNS = 5
HOME = "127.0.0.1"


async def cpu(run: Callable[[], Awaitable[Match]]) -> float:
    """Seconds of this process for a check that finds no match."""
    before = time.process_time()
    assert await run() is Match.NONE
    return time.process_time() - before


async def test_a_name_that_nobody_has_costs_as_much_as_a_wrong_password() -> None:
    with open_passwords(ROUNDS) as passwords:
        hashed = await passwords.hash("correct horse")
        known, unknown = [], []
        for _ in range(TURNS):
            known.append(await cpu(lambda: passwords.check("wrong horse", hashed, HOME)))
            unknown.append(await cpu(lambda: passwords.check("wrong horse", None, HOME)))
    assert 0.5 < median(unknown) / median(known) < 2
    assert median(unknown) > 0.005  # it was hashed


async def test_a_name_that_nobody_has_is_answered_as_a_wrong_password_is(
    instance: Instance,
) -> None:
    ann = await instance.person("ann")
    answers = [
        await instance.post(
            "/api/users/token/", json={"username": name, "password": "wrong horse"}, status=401
        )
        for name in (ann.username, "nobody_has_this")
    ]
    assert answers[0].problem == answers[1].problem
    assert set(answers[0].headers) == set(answers[1].headers)
