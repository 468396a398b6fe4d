"""Notifications are read by looking at them; whom I keep away is listed."""

from playwright.async_api import expect

from tests.page.tabs import People
from tests.people import Instance
from tests.waiting import until


async def test_looking_at_notifications_reads_them_and_asks_for_no_post(
    people: People, instance: Instance
) -> None:
    ann, *others = await instance.people("ann", "bob", "cleo", "dave")
    post = (await instance.write(ann, "a fine post"))["id"]
    for other in others:
        await instance.post(f"/api/posts/{post}/like/", other)
    tab = await people.at(instance, ann)
    await expect(tab.page.locator("#nav .badge")).to_have_text("3 unread")
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(request.url))
    tab.page.on(
        "websocket", lambda socket: socket.on("framesent", lambda frame: asked.append(str(frame)))
    )
    await tab.page.goto("about:blank")
    await tab.page.goto(f"{instance.url}/#/notifications")
    line = tab.page.locator(".notification")
    await expect(line.locator(".excerpt")).to_have_text(["a fine post"])
    names = [others[2].username, others[1].username]
    await expect(line).to_contain_text(
        f"\u2068{names[0]}\u2069, \u2068{names[1]}\u2069, and \u20681 other\u2069 liked your post"
    )
    await expect(tab.page.locator("#nav .badge")).to_have_count(0)
    gets = [one for one in asked if '"post.get"' in one or one.endswith(f"/api/posts/{post}/")]
    assert gets == []

    async def all_read() -> bool:
        return bool(
            (await instance.get("/api/notifications/unread_count/", ann))["unread_count"] == 0
        )

    await until(all_read)
    await instance.post(f"/api/users/{ann.id}/follow/", others[0])
    await expect(tab.page.locator(".notification")).to_have_count(2)
    await until(all_read)


async def test_a_long_unbroken_name_stays_within_the_page(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    path = "/api/users/profiles/update_my_profile/"
    await instance.call("PATCH", path, bob, json={"display_name": "W" * 50})
    await instance.post(f"/api/users/{ann.id}/follow/", bob)
    tab = await people.at(instance, ann, viewport={"width": 390, "height": 800})
    await tab.go("/notifications")
    said, time = tab.page.locator(".notification .said"), tab.page.locator(".notification time")
    await expect(said).to_contain_text("W" * 50)
    left, right = await said.bounding_box(), await time.bounding_box()
    assert left is not None
    assert right is not None
    assert left["x"] + left["width"] <= right["x"]
    assert right["x"] + right["width"] <= 390
    assert await said.evaluate("(one) => one.scrollWidth <= one.clientWidth")


async def test_whom_i_block_and_mute_is_listed_and_let_in_again(
    people: People, instance: Instance
) -> None:
    ann, bob, cleo = await instance.people("ann", "bob", "cleo")
    await instance.post(f"/api/users/{bob.id}/block/", ann)
    await instance.post(f"/api/users/{cleo.id}/mute/", ann)
    tab = await people.at(instance, ann)
    await tab.go("/settings")
    for title, user, verb in (("Blocked people", bob, "Unblock"), ("Muted people", cleo, "Unmute")):
        part = tab.page.locator(".setting", has=tab.page.get_by_role("heading", name=title))
        await expect(part.locator(".entry")).to_have_count(1)
        await part.get_by_role("button", name=f"{verb} @{user.username}").click()
        await expect(part.locator(".entry")).to_have_count(0)
        await expect(part).to_contain_text("Nobody.")
    for user in (bob, cleo):
        found = await instance.get(f"/api/users/{user.id}/", ann)
        assert not found["blocked"]
        assert not found["muted"]
