"""schemathesis asks all that the OpenAPI document allows, and much that it does not.

Of the server it knows nothing but that document. It must never be answered 5xx nor what is not
documented, never get past a missing token, and never read as one user what is another's.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

import asyncpg

from handlers.edges.rest import opt_out_page
from handlers.edges.rest.routes import ROUTES
from tests.conftest import Services
from tests.people import Instance, Person
from tests.processes import PROGRAM, ROOT, environment
from tests.server.lifecycle import instances
from tests.storage.own_database import own_database

# Some 30 s of work; FUZZ_SEED=7 FUZZ_EXAMPLES=100 as variables of `make test` are other, and more.
SEED = int(os.environ.get("FUZZ_SEED", "1"))
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "10"))
QUIET = {"RATE_LIMITS": "off", "BCRYPT_ROUNDS": "4", "LOG_LEVEL": "error"}
SECONDS = 60 * EXAMPLES  # after which it has got stuck, on a busy machine, too

# Everything is checked. positive_data_acceptance would refuse each 415 and 422: which of them are
# right it leaves to refused_for_its_meaning_only, in fuzzing.py.
SETTINGS = """
seed = {seed}
continue-on-failure = true
hooks = "tests.server.docs.schemathesis_hooks"

[auth.wfc]
path = "{people}"
peers = ["ann", "bob"]

[cache]
enabled = false

[generation]
max-examples = {examples}
no-shrink = true
database = "none"

# Half of all ids are low, and there is something that has them.
[dictionaries.there]
values = [1, 2, 3, 4, 5, 6]
[parameters]
"path.id" = {{ dictionary = "there", probability = 0.5 }}
"path.conversation_id" = {{ dictionary = "there", probability = 0.5 }}

# It has no end.
[[operations]]
include-path = "/api/stream/"
enabled = false

# It is for WebSockets: tests/handlers/edges/test_plain_websockets.py
[[operations]]
include-path = "/api/ws/"
enabled = false

[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "415", "422", "429"]
"""


async def make_some_of_everything(
    instance: Instance, ann: Person, bob: Person, cem: Person
) -> None:
    """Something of every kind, under low ids; ann and bob share no conversation."""
    for person in (ann, bob, cem):
        post = await instance.write(person, f"Hello @{ann.username} #{person.username}")
        await instance.write(bob, "Hello", reply_to=post["id"])
        await instance.post(f"/api/posts/{post['id']}/like/", bob)
        await instance.follow(person, *{ann, bob, cem} - {person})
    for person in (ann, bob):
        group = await instance.chat(person, cem, await instance.person("dan"), title="Three")
        for chat in (group, await instance.chat(person, cem)):
            await instance.say(cem, chat, "Hello")
            await instance.say(person, chat, "Hello")


async def fuzz(url: str, directory: Path, people: dict[str, Person], stranger: Person) -> None:
    users = [
        {
            "name": name,
            "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {person.access}"}],
        }
        for name, person in people.items()
    ]
    (directory / "people.json").write_text(json.dumps({"auth": users}))
    config = directory / "schemathesis.toml"
    config.write_text(
        SETTINGS.format(people=directory / "people.json", seed=SEED, examples=EXAMPLES)
    )
    fuzzed = {
        "kept": [person.id for person in people.values()],
        "stranger": stranger.id,
        "token": stranger.access,
    }
    program = Path(sys.executable).with_name("st")
    process = await asyncio.create_subprocess_exec(
        program, "--config-file", config, "run", f"{url}/api/docs/openapi.json", "--checks", "all",
        cwd=directory,
        env=environment({"PYTHONPATH": str(ROOT), "FUZZED": json.dumps(fuzzed)}),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        out, _ = await asyncio.wait_for(process.communicate(), SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
    print(out.decode())  # which is shown where this fails
    assert process.returncode == 0
    assert f"Tested: {len(ROUTES) + len([opt_out_page.PATH])}" in out.decode()


async def test_all_that_is_asked_is_answered_as_documented(
    services: Services, tmp_path: Path
) -> None:
    async with own_database(services.database_url) as database_url:
        env = QUIET | {"DATABASE_URL": database_url}
        async with instances.serving(
            services, tmp_path, "--no-jobs", program=PROGRAM, **env
        ) as served:
            instance = Instance(served.url, served.client)
            ann, bob, cem, boss = [
                await instance.person(name) for name in ("ann", "bob", "cem", "boss")
            ]
            db = await asyncpg.connect(database_url)
            await db.execute("UPDATE users SET is_admin = true WHERE id = $1", boss.id)
            await db.close()
            await make_some_of_everything(instance, ann, bob, cem)
            await fuzz(served.url, tmp_path, {"ann": ann, "bob": bob, "boss": boss}, cem)
            code, _, logged = await asyncio.to_thread(ended, served)
    assert (code, logged) == (0, "")


def ended(served: instances.Instance) -> tuple[int, float, str]:
    served.process.terminate()
    return served.end()
