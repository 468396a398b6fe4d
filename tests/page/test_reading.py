"""Threads, pictures, profiles and menus as they are read, and what does not move meanwhile."""

import io

import aiohttp
from PIL import Image
from playwright.async_api import expect

from tests.page.tabs import People
from tests.people import Instance, Person


async def picture(instance: Instance, author: Person, width: int, height: int) -> int:
    data = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(data, "PNG")
    data.seek(0)
    form = aiohttp.FormData({"content": f"{width} by {height}"})
    form.add_field("image", data, filename="picture.png", content_type="image/png")
    post = await instance.call("POST", "/api/posts/", author, data=form, status=201)
    return int(post["id"])


async def test_a_thread_has_the_shape_of_its_conversation(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    root = (await instance.write(bob, "the root"))["id"]
    post = (await instance.write(bob, "the post", reply_to=root))["id"]
    first = (await instance.write(ann, "first", reply_to=post))["id"]
    second = (await instance.write(ann, "second", reply_to=post))["id"]
    below = (await instance.write(bob, "below the first", reply_to=first))["id"]
    tab = await people.at(instance, ann)
    await tab.go(f"/@{bob.username}/posts/{post}")
    replies = tab.replies
    await expect(replies).to_have_count(3)
    shown = await replies.evaluate_all("cards => cards.map((card) => Number(card.dataset.post))")
    assert shown == [first, below, second]
    ancestor = tab.page.locator(f".ancestors [data-post='{root}']")
    assert "line" in str(await ancestor.get_attribute("class")).split()
    deeper = tab.page.locator(f"[data-post='{below}']")
    await expect(deeper.locator(".context")).to_have_text(f"Replying to @{ann.username}")
    left = [
        await tab.page.locator(f"[data-post='{one}'] > .face").evaluate(
            "(face) => face.getBoundingClientRect().left"
        )
        for one in (first, below, second)
    ]
    assert left[1] > left[0] == left[2]
    late = (await instance.write(ann, "late answer to the first", reply_to=first))["id"]
    await instance.write(bob, "third", reply_to=post)
    await expect(replies).to_have_count(5)
    shown = await replies.evaluate_all("cards => cards.map((card) => Number(card.dataset.post))")
    assert shown[:4] == [first, below, late, second]
    large = tab.page.locator(".post.large .details time")
    assert ":" in str(await large.text_content())


async def test_a_reply_shown_alone_says_whom_it_answers_and_leads_there(
    people: People, instance: Instance
) -> None:
    ann, bob, cleo = await instance.people("ann", "bob", "cleo")
    post = (await instance.write(bob, "a question"))["id"]
    await instance.write(cleo, "an answer", reply_to=post)
    tab = await people.at(instance, ann)
    await tab.go(f"/@{cleo.username}/replies")
    context = tab.page.locator("[data-post] .context")
    await expect(context).to_have_text(f"Replying to @{bob.username}")
    await context.get_by_role("link").click()
    await expect(tab.page.locator(".post.large")).to_contain_text("a question")
    await expect(tab.page).to_have_url(f"{instance.url}/@{bob.username}/posts/{post}")


async def test_what_stands_there_stays_when_counts_move(people: People, instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = (await instance.write(ann, "select these words"))["id"]
    tab = await people.at(instance, ann)
    card = tab.page.locator(f"[data-post='{post}']")
    await card.evaluate("(one) => getSelection().selectAllChildren(one.querySelector('.content'))")
    await card.locator(".action.bookmark").focus()
    await card.evaluate("(one) => (one.dataset.stood = '1')")
    await tab.page.wait_for_timeout(500)  # in which it comes to be watched
    await instance.post(f"/api/posts/{post}/like/", bob)
    await expect(card.locator(".like .number")).to_have_text("1")
    assert await card.get_attribute("data-stood") == "1"
    assert await tab.page.evaluate("String(getSelection())") == "select these words"
    assert await tab.page.evaluate("document.activeElement.dataset.action") == "bookmark"


async def test_history_likers_and_retweeters_of_a_post_are_listed(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = (await instance.write(bob, "as it was"))["id"]
    await instance.call("PATCH", f"/api/posts/{post}/", bob, json={"content": "as it is"})
    await instance.post(f"/api/posts/{post}/like/", ann)
    await instance.post(f"/api/posts/{post}/retweet/", ann)
    tab = await people.at(instance, ann)
    await tab.go(f"/@{bob.username}/posts/{post}")
    details = tab.page.locator(".details")
    await details.get_by_role("link", name="edited").click()
    await expect(tab.page.locator(".version .content")).to_have_text(["as it is", "as it was"])
    for name in ("1 like", "1 retweet"):
        await tab.page.go_back()
        await details.get_by_role("link", name=name).click()
        await expect(tab.page.locator("#main .person")).to_contain_text(ann.username)


async def test_a_picture_is_shown_whole_and_opened_large(
    people: People, instance: Instance
) -> None:
    ann = await instance.person("ann")
    await picture(instance, ann, 400, 900)
    await picture(instance, ann, 900, 300)
    tab = await people.at(instance, ann)
    shown = tab.page.locator("img.picture")
    await expect(shown).to_have_count(2)
    for image, ratio in ((shown.first, 3), (shown.last, 400 / 900)):
        await expect(image).not_to_have_class("picture unknown")
        box = await image.bounding_box()
        assert box is not None
        assert abs(box["width"] / box["height"] - ratio) < 0.05 * ratio
    await shown.first.click()
    large = tab.page.locator(".lightbox img")
    await expect(large).to_be_visible()
    address = await large.get_attribute("src")
    await tab.page.keyboard.press("ArrowRight")
    await expect(large).not_to_have_attribute("src", str(address))
    await tab.page.keyboard.press("Escape")
    await expect(tab.page.locator(".lightbox")).to_have_count(0)
    assert await tab.page.evaluate("Boolean(document.activeElement.dataset.picture)")


async def test_a_profile_has_parts_and_a_banner(people: People, instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    other = (await instance.write(bob, "by bob"))["id"]
    await instance.write(ann, "a plain post")
    await instance.write(ann, "a reply", reply_to=other)
    await picture(instance, ann, 40, 30)
    await instance.post(f"/api/posts/{other}/like/", ann)
    tab = await people.at(instance, ann)
    await tab.go(f"/@{ann.username}")
    cards = tab.page.locator("#main [data-post] .content")
    await expect(cards).to_have_text(["40 by 30", "a plain post"])
    tabs = tab.page.get_by_role("navigation", name="Parts of this profile")
    for part, texts in (
        ("Replies", ["a reply"]),
        ("Media", ["40 by 30"]),
        ("Likes", ["by bob"]),
    ):
        await tabs.get_by_role("link", name=part).click()
        await expect(cards).to_have_text(texts)
        assert tab.page.url.endswith(f"/@{ann.username}/{part.lower()}")
    await tab.page.reload()
    await expect(cards).to_have_text(["by bob"])
    await tab.page.get_by_role("button", name="Edit", exact=True).click()
    data = io.BytesIO()
    Image.new("RGB", (600, 200), "navy").save(data, "PNG")
    await tab.page.locator("[name=banner]").set_input_files(
        {"name": "banner.png", "mimeType": "image/png", "buffer": data.getvalue()}
    )
    await tab.page.get_by_role("dialog").get_by_role("button", name="Save").click()
    banner = tab.page.locator(".banner img")
    await expect(banner).to_be_visible()
    assert (await instance.get(f"/api/users/profiles/{ann.id}/"))["banner"] is not None


async def test_every_card_has_a_menu_in_every_list(people: People, instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    await instance.follow(ann, bob)
    mine = (await instance.write(ann, "mine #both"))["id"]
    theirs = (await instance.write(bob, "theirs #both"))["id"]
    tab = await people.at(instance, ann)
    menu = tab.page.get_by_role("menu")
    for path in ("/", "/tags/both", "/explore"):
        await tab.go(path)
        for post, offered in ((mine, "Edit"), (theirs, f"Mute {bob.username}")):
            card = tab.page.locator(f"#main [data-post='{post}']")
            await card.get_by_role("button", name="More about this post").click()
            await expect(menu.get_by_role("menuitem", name=offered)).to_be_visible()
            await tab.page.keyboard.press("Escape")
            await expect(menu).to_have_count(0)
    await card.get_by_role("button", name="More about this post").press("Enter")
    await expect(menu.get_by_role("menuitem").first).to_be_focused()
    await tab.page.keyboard.press("ArrowUp")
    await expect(menu.get_by_role("menuitem").last).to_be_focused()
    await tab.page.keyboard.press("Escape")
    await card.get_by_role("button", name="More about this post").click()
    block = menu.get_by_role("menuitem", name=f"Block {bob.username}")
    await block.click()
    dialog = tab.page.get_by_role("dialog", name=f"Block {bob.username}?")
    await expect(dialog).to_contain_text("Neither of you can follow, answer or write to the other")
    await dialog.get_by_role("button", name="Cancel").click()
    assert not (await instance.get(f"/api/users/{bob.id}/", ann))["blocked"]
    await card.get_by_role("button", name="More about this post").click()
    await block.click()
    await dialog.get_by_role("button", name="Block").click()
    await expect(tab.page.locator(".toast")).to_contain_text("is blocked")
    assert (await instance.get(f"/api/users/{bob.id}/", ann))["blocked"]


async def test_hashtags_are_found_beside_people_and_posts(
    people: People, instance: Instance
) -> None:
    ann = await instance.person("ann")
    await instance.write(ann, "on #quixotry")
    tab = await people.at(instance, ann)
    await tab.go("/explore")
    await tab.page.get_by_role("searchbox").fill("#quixo")
    await tab.page.locator(".tag-list .trend", has_text="#quixotry").click()
    await expect(tab.page.locator("#main h1")).to_have_text("#quixotry")
    await expect(tab.page.locator("#main [data-post]")).to_have_count(1)
