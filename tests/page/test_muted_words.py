"""Muted words in the page: chosen in the settings, and what has them is covered or not there."""

from playwright.async_api import expect

from tests.page.tabs import People
from tests.people import Instance

WORDS = "/api/users/me/muted_words/"


async def test_a_word_is_muted_in_the_settings_and_what_has_it_is_covered(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    await instance.follow(ann, bob)
    tab = await people.tab(await people.browser())
    await tab.log_in(instance.url, ann)
    page = tab.page
    await page.goto(f"{instance.url}/settings")
    await page.get_by_label("Word, phrase or hashtag").fill("the ending")
    await page.get_by_role("button", name="Mute", exact=True).click()
    entry = page.locator("[data-muted]", has_text="the ending")
    await expect(entry).to_contain_text("Cover")
    seen = (await instance.write(bob, "hello"))["id"]
    covered = (await instance.write(bob, "so The Ending is sad"))["id"]
    mine = (await instance.write(ann, "I liked the ending"))["id"]
    await page.goto(instance.url)
    for post in (seen, mine):
        card = page.locator(f'#main [data-post="{post}"]:not(.veiled)')
        await expect(card).to_be_visible()
    veil = page.locator(f'#main [data-post="{covered}"]')
    await expect(veil).to_contain_text("Hidden:")
    await expect(veil).not_to_contain_text("sad")
    live = (await instance.write(bob, "live: THE ENDING!"))["id"]
    await expect(page.locator(f'#main [data-post="{live}"].veiled')).to_be_visible()
    await veil.get_by_role("button", name="Show").click()
    await expect(veil).to_contain_text("so The Ending is sad")
    await page.goto(f"{instance.url}/settings")
    await entry.get_by_role("button", name="Remove the ending").click()
    await expect(entry).to_have_count(0)


async def test_what_is_to_be_hidden_is_not_there_but_on_the_page_of_who_wrote_it(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    await instance.follow(ann, bob)
    hidden = (await instance.write(bob, "a spoiler"))["id"]
    seen = (await instance.write(bob, "hello"))["id"]
    tab = await people.tab(await people.browser())
    await tab.log_in(instance.url, ann)
    page = tab.page
    card = page.locator(f'#main [data-post="{hidden}"]')
    await expect(card).to_be_visible()
    # Muted elsewhere, it goes from here at once.
    await instance.post(WORDS, ann, {"text": "spoiler", "action": "hide"})
    await expect(card).to_have_count(0)
    await expect(page.locator(f'#main [data-post="{seen}"]')).to_be_visible()
    await page.goto(f"{instance.url}/@{bob.username}")
    await expect(card).to_be_visible()
    await page.goto(f"{instance.url}/posts/{hidden}")
    await expect(card).to_contain_text("a spoiler")


async def test_a_notification_of_a_covered_word_does_not_say_it(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    await instance.post(WORDS, ann, {"text": "spoiler"})
    await instance.write(bob, f"a spoiler, @{ann.username}: he dies")
    tab = await people.tab(await people.browser())
    await tab.log_in(instance.url, ann)
    await tab.page.goto(f"{instance.url}/notifications")
    line = tab.page.locator(".notification")
    await expect(line).to_contain_text("Hidden:")
    await expect(line).not_to_contain_text("dies")


async def test_who_mutes_words_still_sees_a_notification_of_a_message(
    people: People, instance: Instance
) -> None:
    ann, bob, eve = await instance.people("ann", "bob", "eve")
    await instance.post(WORDS, ann, {"text": "spoiler"})
    group = await instance.chat(bob, ann, eve, title="builders")
    await instance.say(bob, group, f"@{ann.username} the address is 5 High Street")
    await instance.write(bob, f"hello, @{ann.username}")
    await instance.write(bob, f"a spoiler, @{ann.username}: he dies")
    tab = await people.at(instance, ann)
    await tab.go("/notifications")
    lines = tab.page.locator(".notification")
    await expect(lines).to_have_count(3)
    excerpts = lines.locator(".excerpt")
    await expect(excerpts.nth(0)).to_contain_text("Hidden:")
    await expect(excerpts.nth(1)).to_contain_text("hello,")
    await expect(excerpts.nth(2)).to_contain_text("5 High Street")
