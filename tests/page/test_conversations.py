"""Conversations on the page: what comes does not disturb what stands there."""

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


# Counts bubbles that are made from now on, and marks those that stand there.
COUNT = """() => {
  window.made = 0;
  for (const bubble of document.querySelectorAll(".bubble")) bubble.dataset.stood = "1";
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes) window.made += node.classList?.contains("bubble") ? 1 : 0;
  }).observe(document.querySelector(".log"), { childList: true, subtree: true });
}"""

SELECT = """(text) => {
  const walker = document.createTreeWalker(document.querySelector(".log"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode().data !== text);
  getSelection().selectAllChildren(walker.currentNode.parentNode);
}"""


async def test_a_burst_is_added_to_what_stands_there(people: People, instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    for number in range(150):
        await instance.say(bob if number % 3 else ann, talk, f"before {number:03}")
    tab = await people.at(instance, ann)
    reads: list[str] = []
    tab.page.on(
        "websocket",
        lambda socket: socket.on(
            "framesent",
            lambda frame: reads.append(str(frame)) if "conversation.read" in str(frame) else None,
        ),
    )
    await tab.reload()
    await tab.open_talk(talk)
    await tab.load_all(150)
    await tab.to_end()
    await tab.page.evaluate(COUNT)
    await tab.page.evaluate(SELECT, "before 149")
    reads.clear()
    people.expect_outage()
    await tab.page.context.set_offline(True)  # so that all come at once
    for number in range(100):
        await instance.say(bob, talk, f"burst {number:03}")
    await tab.page.context.set_offline(False)
    await expect(tab.bubbles).to_have_count(250, timeout=30_000)
    assert await tab.page.evaluate("window.made") == 100
    assert await tab.page.locator("[data-stood]").count() == 150
    assert await tab.page.evaluate("String(getSelection())") == "before 149"
    texts = await tab.page.locator(".bubble .content").all_text_contents()
    assert texts == [f"before {n:03}" for n in range(150)] + [f"burst {n:03}" for n in range(100)]
    await expect(tab.page.locator("#nav .badge")).to_have_count(0)
    assert 1 <= len(reads) <= 20


async def test_messages_are_grouped_by_sender_and_day_wherever_they_come_in(
    people: People, instance: Instance
) -> None:
    ann, bob, cleo = await instance.people("ann", "bob", "cleo")
    talk = await instance.chat(ann, bob, cleo, title="three")
    for number in range(142):
        await instance.say(bob, talk, f"by bob {number:03}")
    tab = await people.at(instance, ann)
    await tab.open_talk(talk)
    await expect(tab.bubbles).to_have_count(100)
    names = tab.page.locator(".bubble .name")
    await expect(names).to_have_count(1)
    await expect(tab.page.locator(".day")).to_have_count(1)
    await tab.load_all(142)
    await expect(names).to_have_count(1)
    await expect(tab.page.locator(".day")).to_have_count(1)
    await expect(tab.page.locator(".log .day + .bubble .content")).to_have_text("by bob 000")
    await instance.say(cleo, talk, "by cleo")
    last = (await instance.say(bob, talk, "by bob again"))["id"]
    await expect(names).to_have_count(3)
    await instance.call(
        "PATCH", f"/api/messages/{talk}/messages/{last}/", bob, json={"content": "changed"}
    )
    await expect(tab.bubble("changed")).to_contain_text("edited")
    await instance.call("DELETE", f"/api/messages/{talk}/messages/{last}/", bob)
    await expect(tab.bubbles.last).to_contain_text("Message deleted")
    await expect(tab.bubbles).to_have_count(144)


async def test_what_was_read_is_known_after_a_reload(people: People, instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    message = (await instance.say(ann, talk, "read me"))["id"]
    await instance.post(f"/api/messages/{talk}/read/", bob, {"up_to": message})
    tab = await people.at(instance, ann)
    await tab.open_talk(talk)
    await expect(tab.page.locator(".receipt")).to_have_text("Read")
    await tab.say("and me")
    await expect(tab.page.locator(".receipt")).to_have_text("Sent")
    await tab.reload()
    await expect(tab.page.locator(".receipt")).to_have_text("Sent")


async def test_presence_of_somebody_who_writes_for_the_first_time_is_shown(
    people: People, two_instances: tuple[Instance, Instance]
) -> None:
    here, there = two_instances
    ann, bob = await here.people("ann", "bob")
    hers = await people.at(here, ann)
    await hers.go("/messages")
    await expect(hers.page.locator(".conversations .empty")).to_be_visible()
    async with there.socket(bob) as socket:
        await socket.ready()
        await there.say(bob, await there.chat(bob, ann), "hello")
        await expect(hers.page.locator(".conversation .face.online")).to_be_visible()


async def test_a_toast_does_not_lie_over_what_is_being_written(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    tab = await people.at(instance, ann, viewport={"width": 390, "height": 800})
    await tab.open_talk(talk)
    await tab.message_box.fill("x" * 5000)
    await tab.message_box.press("Enter")
    toast = tab.page.locator(".toast")
    await expect(toast).to_be_visible()
    above, below = await toast.bounding_box(), await tab.page.locator(".writer").bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] + above["height"] <= below["y"]
