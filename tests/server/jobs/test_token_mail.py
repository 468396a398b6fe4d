"""Who is told of a new personal access token."""

from tests.handlers.token_helpers import make_token
from tests.inbox import mail_about, text
from tests.server.jobs.test_mails import World, address, world

__all__ = ["world"]


async def test_the_owner_is_mailed_what_the_token_is_for_and_not_what_it_is(world: World) -> None:
    ann = await world.instance.person("ann")
    made = await make_token(world.instance, ann, "messages:read", name="the weather")
    told = text(await mail_about(world.smtp, address(ann), "access token"))
    assert "the weather" in told
    assert "messages:read" in told
    assert f"{world.settings.public_url}/settings" in told
    assert made["token"] not in told
    assert made["token"][:20] not in told
