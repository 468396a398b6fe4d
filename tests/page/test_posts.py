"""Posts and threads on the page, and drafts of what is being written anywhere on it."""

import asyncio

from playwright.async_api import expect

from tests.page.tabs import People
from tests.people import Instance


async def test_a_thread_of_more_replies_than_the_server_sends_at_once_can_be_read_whole(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = (await instance.write(bob, "much discussed"))["id"]
    replies = 230
    for start in range(0, replies, 23):
        await asyncio.gather(
            *(instance.write(bob, f"reply {n}", reply_to=post) for n in range(start, start + 23))
        )
    tab = await people.at(instance, ann)
    await tab.go(f"/posts/{post}")
    cards = tab.replies
    await expect(cards).to_have_count(200)
    await tab.post("my own word")
    await expect(cards.last).to_contain_text("my own word")
    more = tab.page.get_by_role("button", name="More replies")
    await more.click()
    await expect(cards).to_have_count(replies + 1)
    await expect(more).to_be_hidden()
    ids = await cards.evaluate_all("cards => cards.map((card) => card.dataset.post)")
    assert len(set(ids)) == replies + 1
    await instance.write(bob, "later", reply_to=post)
    await more.click()
    await expect(cards.last).to_contain_text("later")
    await expect(more).to_be_hidden()


async def test_a_short_thread_has_no_button_for_more_and_grows_by_itself(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = (await instance.write(bob, "little discussed"))["id"]
    tab = await people.at(instance, ann)
    await tab.go(f"/posts/{post}")
    await expect(tab.post_box).to_be_visible()
    await instance.write(bob, "first", reply_to=post)
    cards = tab.replies
    await expect(cards).to_contain_text(["first"])
    await tab.post("second")
    await expect(cards).to_have_count(2)
    await expect(tab.page.get_by_role("button", name="More replies")).to_be_hidden()


async def test_drafts_outlive_their_views_and_a_reload(people: People, instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    post = (await instance.write(bob, "a post"))["id"]
    tab = await people.at(instance, ann)
    await tab.post_box.fill("half a post")
    await tab.go(f"/posts/{post}")
    await tab.post_box.fill("half a reply")
    await tab.open_talk(talk)
    await tab.message_box.fill("half a message")
    for reloads in (False, True):
        await tab.go("/")
        if reloads:
            await tab.reload()
        await expect(tab.post_box).to_have_value("half a post")
        await tab.go(f"/posts/{post}")
        await expect(tab.post_box).to_have_value("half a reply")
        await tab.open_talk(talk)
        await expect(tab.message_box).to_have_value("half a message")


async def test_a_draft_ends_when_it_is_sent_or_emptied_and_is_its_authors_alone(
    people: People, instance: Instance
) -> None:
    people.expect_refusal(401)  # of the next token, where the page is left while it is logging out
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    tab = await people.at(instance, ann)
    await tab.post_box.fill("to be sent")
    await tab.post_box.press("Control+Enter")
    await expect(tab.page.locator("[data-post]", has_text="to be sent")).to_have_count(1)
    await tab.open_talk(talk)
    await tab.message_box.fill("to be emptied")
    await tab.message_box.fill("")
    await tab.reload()
    await expect(tab.message_box).to_have_value("")
    await tab.go("/")
    await expect(tab.post_box).to_have_value("")

    await tab.post_box.fill("private")
    await tab.page.get_by_role("button", name="Log out").click()
    await tab.page.get_by_role("button", name="Log out and keep it").click()
    await tab.log_in(instance.url, bob)
    await expect(tab.post_box).to_have_value("")
    await tab.page.get_by_role("button", name="Log out").click()
    await tab.log_in(instance.url, ann)
    await expect(tab.post_box).to_have_value("private")


async def test_a_post_that_is_deleted_while_it_is_open_says_so_and_keeps_what_was_being_written(
    people: People, two_instances: tuple[Instance, Instance]
) -> None:
    people.expect_refusal(404)  # where it is looked for
    here, there = two_instances
    ann, bob = await here.people("ann", "bob")
    post = (await here.write(bob, "soon gone"))["id"]
    tab = await people.at(here, ann)
    await tab.go(f"/posts/{post}")
    await tab.post_box.fill("a long answer")
    async with there.socket(bob) as socket:
        await socket.ready()
        await socket.do("post.delete", {"id": post})
    await expect(tab.page.locator(".notice.gone")).to_contain_text("This post has been deleted.")
    await expect(tab.post_box).to_have_value("a long answer")
    await expect(tab.post_box).not_to_be_editable()
    await expect(tab.page.get_by_role("button", name="Reply", exact=True)).to_be_hidden()


async def test_a_post_that_is_gone_does_not_keep_the_counts_of_others_from_moving(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    posts = [(await instance.write(ann, f"post {n}"))["id"] for n in range(5)]
    tab = await people.at(instance, ann)
    await expect(tab.page.locator("[data-post]")).to_have_count(5)
    await tab.go("/settings")
    await expect(tab.page.get_by_role("heading", name="Muted people")).to_be_visible()
    await tab.page.evaluate("dispatchEvent(new Event('offline'))")
    await instance.call("DELETE", f"/api/posts/{posts[2]}/", ann)
    await tab.go("/")
    await tab.page.evaluate("dispatchEvent(new Event('online'))")
    await expect(tab.page.locator("#connection")).to_be_empty()
    likes = tab.page.locator(f"[data-post='{posts[0]}'] .like .number")
    await instance.post(f"/api/posts/{posts[0]}/like/", bob)
    await expect(likes).to_have_text("1", timeout=20_000)
