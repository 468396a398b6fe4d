"""New posts of a stream, above its list, over lost connections."""

from typing import Any

import pytest
from playwright.async_api import expect

from realtime.delivery import post_streams
from realtime.delivery.post_streams import PostStreams
from tests.page.tabs import People
from tests.people import Instance
from tests.waiting import until


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How each subscription to a stream began."""
    statuses: list[str] = []
    subscribe = PostStreams.subscribe

    async def noting(*asked: Any) -> Any:
        answer = await subscribe(*asked)
        statuses.append(answer.status)
        return answer

    monkeypatch.setattr(PostStreams, "subscribe", noting)
    return statuses


async def test_posts_that_a_stream_leaves_out_after_a_lost_connection_come_by_its_list(
    people: People, instance: Instance, monkeypatch: pytest.MonkeyPatch, begun: list[str]
) -> None:
    people.expect_outage()
    ann, bob = await instance.people("ann", "bob")
    await instance.write(ann, "the first #glaciers")
    tab = await people.at(instance, bob)
    await tab.go("/tags/Glaciers")
    cards = tab.page.locator("#main [data-post]")
    await expect(cards).to_have_count(1)
    await until(lambda: begun == ["fresh"])
    monkeypatch.setattr(post_streams, "MISSED_MAX", 1)
    await tab.page.context.set_offline(True)
    for number in range(3):
        await instance.write(ann, f"missed #glaciers {number}")
    await tab.page.context.set_offline(False)
    await expect(cards).to_have_count(4)
    await expect(tab.page.locator("#main .pill")).to_have_count(0)


async def test_list_that_one_comes_back_to_without_a_connection_is_told_of_new_posts_again(
    people: People, instance: Instance, begun: list[str]
) -> None:
    people.expect_outage()
    ann, bob = await instance.people("ann", "bob")
    await instance.write(ann, "the first #lakes")
    tab = await people.at(instance, bob)
    await tab.go("/tags/Lakes")
    await expect(tab.page.locator("#main [data-post]")).to_have_count(1)
    await until(lambda: begun == ["fresh"])
    await tab.go("/explore")
    await expect(tab.page.get_by_role("heading", name="#Lakes")).to_have_count(0)
    await tab.page.context.set_offline(True)
    await tab.page.go_back()
    await expect(tab.page.locator("#main [data-post]")).to_have_count(1)
    await instance.write(ann, "missed #lakes")
    await tab.page.context.set_offline(False)
    await expect(tab.page.locator("#main .pill")).to_have_text("1 new post")
