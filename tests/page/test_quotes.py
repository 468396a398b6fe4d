"""Quotes and the pinned post, as they are written, seen and withdrawn in the page."""

from playwright.async_api import expect

from tests.page.tabs import People
from tests.people import Instance


async def test_a_post_is_quoted_from_the_menu_of_retweets(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    await instance.follow(ann, bob)
    post = (await instance.write(bob, "the first word"))["id"]
    tab = await people.at(instance, ann)
    shown = tab.page.locator(f"#main [data-post='{post}']")
    await shown.locator("[data-action=retweet]").click()
    await tab.page.get_by_role("menuitem", name="Quote").click()
    dialog = tab.page.get_by_role("dialog", name="Quote")
    await expect(dialog.locator(".quoted")).to_contain_text("the first word")
    await dialog.locator("textarea").fill("look at this")
    await dialog.get_by_role("button", name="Post").click()
    await expect(dialog).to_have_count(0)
    made = tab.page.locator("#main [data-post]", has_text="look at this")
    await expect(made.locator(".quoted")).to_contain_text("the first word")
    await instance.call("PATCH", f"/api/posts/{post}/", bob, json={"content": "the second word"})
    await expect(made.locator(".quoted")).to_contain_text("the second word")  # live
    await made.locator(".quoted .content").click()
    await expect(tab.page.locator(".post.large")).to_contain_text("the second word")
    await tab.page.get_by_role("link", name="1 quote").click()
    await expect(tab.page.locator("#main h1")).to_have_text("Quotes")
    await expect(tab.page.locator("#main [data-post]")).to_contain_text("look at this")
    await instance.call("DELETE", f"/api/posts/{post}/", bob)
    unavailable = tab.page.locator("#main [data-post] .quoted.hidden")
    await expect(unavailable).to_have_text("The quoted post is not available.")


async def test_a_retweet_is_done_and_undone_in_its_menu(people: People, instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    await instance.follow(ann, bob)
    await instance.call("PATCH", "/api/users/me/", bob, json={"who_may_quote_me": "nobody"})
    await instance.write(bob, "the first word")
    tab = await people.at(instance, ann)
    button = tab.page.locator("#main [data-post] [data-action=retweet]")
    await button.click()
    await expect(tab.page.get_by_role("menuitem", name="Quote")).to_have_count(0)
    await tab.page.get_by_role("menuitem", name="Retweet").click()
    await expect(button).to_have_attribute("aria-pressed", "true")
    await button.click()
    await tab.page.get_by_role("menuitem", name="Undo retweet").click()
    await expect(button).to_have_attribute("aria-pressed", "false")


async def test_the_quoted_author_is_told_and_withdraws(people: People, instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = (await instance.write(ann, "the first word"))["id"]
    tab, other = await people.at(instance, ann), await people.at(instance, bob)
    quote = (await instance.write(bob, "look at this", quote_id=post))["id"]
    await expect(other.page.locator("#main .quoted")).to_contain_text("the first word")
    await tab.go("/notifications")
    notice = tab.page.locator("a.notification", has_text="quoted your post")
    await notice.click()
    large = tab.page.locator(f".post.large[data-post='{quote}']")
    await expect(large.locator(".quoted")).to_contain_text("the first word")
    await large.locator(".more-about").click()
    await tab.page.get_by_role("menuitem", name="Withdraw my post from it").click()
    await tab.page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    words = "Its author has withdrawn the quoted post."
    for page in (tab.page, other.page):
        await expect(page.locator("#main .quoted.hidden")).to_have_text(words)


async def test_what_is_muted_is_shown_when_one_asks(people: People, instance: Instance) -> None:
    ann, bob, eve = await instance.people("ann", "bob", "eve")
    await instance.follow(eve, bob)
    post = (await instance.write(ann, "the first word"))["id"]
    await instance.write(bob, "look at this", quote_id=post)
    await instance.post(f"/api/users/{ann.id}/mute/", eve)
    tab = await people.at(instance, eve)
    hidden = tab.page.locator("#main .quoted.hidden")
    await expect(hidden).to_contain_text("A post by somebody you mute.")
    await hidden.get_by_role("link", name="Show it").click()
    await expect(tab.page.locator(".post.large")).to_contain_text("the first word")


async def test_a_post_is_pinned_to_the_profile(people: People, instance: Instance) -> None:
    ann = await instance.person("ann")
    first = (await instance.write(ann, "the first word"))["id"]
    await instance.write(ann, "the last word")
    tab = await people.at(instance, ann)
    await tab.go(f"/@{ann.username}")
    cards = tab.page.locator("#main [data-post]")
    await expect(cards.first).to_contain_text("the last word")
    await tab.page.locator(f"#main [data-post='{first}'] .more-about").click()
    await tab.page.get_by_role("menuitem", name="Pin to my profile").click()
    pinned = tab.page.locator("#main .pinned")
    await expect(pinned).to_contain_text("Pinned")
    await expect(pinned).to_contain_text("the first word")
    await expect(cards).to_have_count(2)
    await expect(cards.first).to_contain_text("the first word")
    visitor = await people.tab(await people.browser())
    await visitor.page.goto(f"{instance.url}/@{ann.username}")
    await expect(visitor.page.locator("#main .pinned")).to_contain_text("the first word")
    await pinned.locator(".more-about").click()
    await tab.page.get_by_role("menuitem", name="Unpin from my profile").click()
    await expect(pinned).to_have_count(0)
    await expect(cards.first).to_contain_text("the last word")


async def test_who_may_quote_me_is_a_setting(people: People, instance: Instance) -> None:
    ann = await instance.person("ann")
    tab = await people.at(instance, ann)
    await tab.go("/settings")
    await tab.page.get_by_label("Who may quote me").select_option(label="Only who follows me")
    await expect(tab.page.get_by_text("Saved.")).to_be_visible()
    assert (await instance.get("/api/users/me/", ann))["who_may_quote_me"] == "followers"
