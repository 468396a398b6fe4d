"""Pictures at the page: chosen, described, ordered, covered, opened large, sent as messages."""

import asyncio
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import FilePayload, Route, expect

from tests.clients.node import needs_node
from tests.handlers.media.image_helpers import form, send
from tests.page.tabs import People, Tab, send_picture
from tests.page.test_accessibility import axe, faults  # noqa: F401 - axe is a fixture
from tests.people import Instance, Person


def file(name: str, colour: str, width: int = 600, height: int = 300) -> FilePayload:
    data = BytesIO()
    Image.new("RGB", (width, height), colour).save(data, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": data.getvalue()}


async def choose(tab: Tab, box: str, *files: FilePayload) -> None:
    await tab.page.locator(f"{box} [type=file]").set_input_files(list(files))


async def describe(tab: Tab, name: str, alt: str) -> None:
    await tab.page.get_by_role("button", name=f"Describe {name}").click()
    await tab.page.locator("dialog [name=alt]").fill(alt)
    await tab.page.locator("dialog [type=submit]").click()
    await expect(tab.page.locator("dialog")).to_have_count(0)


async def sent(instance: Instance, by: Person, picture: FilePayload, alt: str = "") -> Any:
    data = form("file", picture["buffer"], alt=alt)
    return (await send(instance, "POST", "/api/media/", by, data, 201)).body


async def test_pictures_are_described_put_in_order_and_covered(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    await instance.follow(bob, ann)
    tab = await people.at(instance, ann)
    other = await people.at(instance, bob)
    red, blue, lime = (file(f"{name}.png", name) for name in ("red", "blue", "lime"))
    await choose(tab, ".composer", red, blue, lime)
    await expect(tab.page.locator(".picked li")).to_have_count(3)
    await tab.page.get_by_role("button", name="Remove lime.png").click()
    await describe(tab, "blue.png", "the sea")
    await tab.page.get_by_role("button", name="Move blue.png forward").click()
    await tab.page.get_by_role("button", name="Sensitive").click()
    await tab.page.locator(".composer [type=submit]").click()
    await expect(tab.page.locator(".picked")).to_be_hidden()
    post = other.page.locator("[data-post]").first
    await expect(post.locator(".gallery.of-2.covered")).to_be_visible()
    await expect(post.locator(".picture").first).not_to_be_visible()
    await post.locator(".uncover").click()
    shown = post.locator(".picture")
    await expect(shown.first).to_be_visible()
    await expect(shown.first).to_have_attribute("alt", "the sea")
    await expect(shown.nth(1)).to_have_attribute("alt", f"Image posted by {ann.username}")
    await shown.first.click()
    await expect(other.page.locator(".lightbox .alt")).to_have_text("the sea")
    posts = await instance.walk(f"/api/users/{ann.id}/posts/", ann)
    assert [one["alt"] for one in posts[0]["media"]] == ["the sea", ""]
    assert (posts[0]["sensitive"], posts[0]["content"]) == (True, "")


async def test_no_more_than_four_are_taken(people: People, instance: Instance) -> None:
    tab = await people.at(instance, await instance.person("ann"))
    await choose(tab, ".composer", *(file(f"{n}.png", "red", 8, 8) for n in range(5)))
    await expect(tab.page.locator(".picked li")).to_have_count(4)
    await expect(tab.page.locator(".toast")).to_have_text("4 pictures at most")


async def test_a_picture_that_is_pasted_or_dropped_is_taken(
    people: People, instance: Instance
) -> None:
    tab = await people.at(instance, await instance.person("ann"))
    for kind, name in (("paste", "clipboardData"), ("drop", "dataTransfer")):
        await tab.post_box.evaluate(
            """(box, [kind, name]) => {
              const data = new DataTransfer();
              data.items.add(new File([new Uint8Array(8)], `${kind}.png`, { type: "image/png" }));
              const Kind = kind === "paste" ? ClipboardEvent : DragEvent;
              box.dispatchEvent(new Kind(kind, { [name]: data, bubbles: true, cancelable: true }));
            }""",
            [kind, name],
        )
    await expect(tab.page.locator(".picked li")).to_have_count(2)


async def test_the_place_of_a_picture_is_taken_before_it_is_loaded(
    people: People, instance: Instance
) -> None:
    ann = await instance.person("ann")
    wide = await sent(instance, ann, file("wide.png", "red", 900, 300), "wide")
    four = [(await sent(instance, ann, file("x.png", "blue")))["id"] for _ in range(4)]
    await instance.post("/api/posts/", ann, {"media_ids": [wide["id"]]})
    await instance.post("/api/posts/", ann, {"media_ids": four})
    context = await people.browser()
    may_load = asyncio.Event()

    async def hold(route: Route) -> None:
        await may_load.wait()
        await send_picture(route)

    await context.route("http://127.0.0.1:8000/media/**", hold)
    tab = await people.tab(context)
    await tab.log_in(instance.url, ann)
    places = tab.page.locator("[data-post] .gallery")
    await expect(places).to_have_count(2)
    boxes = [await places.nth(n).bounding_box() for n in range(2)]
    assert all(box is not None and box["height"] > 100 for box in boxes)
    await expect(places.first.locator(".hash")).to_have_count(4)
    may_load.set()
    loaded = "(image) => image.complete && image.naturalWidth > 100"
    await tab.page.wait_for_function(
        f"() => [...document.querySelectorAll('[data-post] .picture')].every({loaded})"
    )
    assert [await places.nth(n).bounding_box() for n in range(2)] == boxes


async def test_a_message_has_pictures_and_needs_no_words(
    people: People, instance: Instance
) -> None:
    tab, talk, _, bob = await people.in_talk(instance)
    other = await people.at(instance, bob)
    await other.open_talk(talk)
    await choose(tab, ".writer", file("red.png", "red"))
    await describe(tab, "red.png", "a red wall")
    await tab.page.get_by_role("button", name="Send", exact=True).click()
    for one in (tab, other):
        picture = one.page.locator(".bubble:not(.waiting) .picture")
        await expect(picture).to_have_attribute("alt", "a red wall")
    await expect(other.page.locator(".conversation .excerpt")).to_have_text("A picture")


@needs_node
@pytest.mark.parametrize("language", ["en", "ar"])
async def test_pictures_have_no_fault(
    people: People,
    instance: Instance,
    axe: str,  # noqa: F811
    language: str,
) -> None:
    ann = await instance.person("ann")
    pictures = [(await sent(instance, ann, file("x.png", "blue"), "blue"))["id"] for _ in range(3)]
    bob = await instance.person("bob")
    await instance.follow(bob, ann)
    await instance.post("/api/posts/", ann, {"media_ids": pictures[:2], "sensitive": True})
    await instance.post("/api/posts/", ann, {"media_ids": pictures[2:], "content": "one"})
    tab = await people.at(instance, bob, locale=language, reduced_motion="reduce")
    await choose(tab, ".composer", file("red.png", "red"), file("lime.png", "lime"))
    await expect(tab.page.locator(".picked li")).to_have_count(2)
    await expect(tab.page.locator(".gallery.covered")).to_be_visible()
    assert await faults(tab, axe) == []
    await tab.page.locator(".picked .describe").first.click()
    await expect(tab.page.locator("dialog [name=alt]")).to_be_visible()
    assert await faults(tab, axe) == []
    await tab.page.keyboard.press("Escape")
    await tab.page.locator(".gallery:not(.covered) .picture-button").first.click()
    await expect(tab.page.locator(".lightbox .alt")).to_have_text("blue")
    assert await faults(tab, axe) == []
