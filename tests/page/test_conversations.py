"""Conversations on the page: what is written is not lost, what comes does not disturb what is there."""

from playwright.async_api import expect

from tests.page.tabs import People
from tests.people import Instance


async def test_two_people_on_two_instances_write_to_each_other(
    people: People, two_instances: tuple[Instance, Instance]
) -> None:
    here, there = two_instances
    ann, bob = await here.people("ann", "bob")
    talk = await here.chat(ann, bob)
    hers, his = await people.at(here, ann), await people.at(there, bob)
    await hers.open_talk(talk)
    await his.open_talk(talk)
    await hers.say("hello")
    await expect(his.bubble("hello")).to_be_visible()
    await expect(hers.page.locator(".receipt")).to_have_text("Read")
    await his.say("hello yourself")
    await expect(hers.bubble("hello yourself")).to_be_visible()
    await expect(hers.bubbles).to_have_count(2)
