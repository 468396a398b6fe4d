"""Writing: completion, shortcuts, what was refused and is mended."""

from playwright.async_api import expect

from tests.page.tabs import People
from tests.people import Instance


async def test_names_and_hashtags_are_completed_while_one_writes(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "completed")
    await instance.write(ann, "on #unmistakable")
    tab = await people.at(instance, ann)
    box = tab.post_box
    options = tab.page.get_by_role("option")
    await box.press_sequentially("Hello @complet")
    await expect(options).to_have_count(1)
    await expect(tab.page.locator("#announcer")).to_have_text("1 suggestion")
    assert await box.get_attribute("aria-activedescendant") == await options.get_attribute("id")
    await box.press("Enter")
    await expect(box).to_have_value(f"Hello @{bob.username} ")
    await expect(options).to_have_count(0)
    await box.press_sequentially("#unmist")
    await expect(options).to_contain_text(["#unmistakable"])
    await box.press("Escape")
    await expect(options).to_have_count(0)
    await box.press_sequentially("a")
    await options.first.click()
    await expect(box).to_have_value(f"Hello @{bob.username} #unmistakable ")
    await expect(box).to_be_focused()
    await box.press("Control+Enter")
    await expect(tab.page.locator("[data-post] .content a", has_text="@")).to_have_count(1)


async def test_names_are_completed_in_messages_which_enter_sends_afterwards(
    people: People, instance: Instance
) -> None:
    tab, _, _, bob = await people.in_talk(instance)
    box = tab.message_box
    options = tab.page.get_by_role("option")
    await box.press_sequentially(f"ask @{bob.username[:-1]}")
    await expect(options.filter(has_text=bob.username)).to_have_count(1)
    await expect(options.first).to_be_in_viewport(ratio=1)
    await box.press_sequentially(bob.username[-1:])
    await expect(options.filter(has_text=bob.username)).to_have_count(0)
    await box.fill("")
    await box.press_sequentially(f"ask @{bob.username[:-1]}")
    await options.filter(has_text=bob.username).click()
    await expect(box).to_have_value(f"ask @{bob.username} ")
    await expect(tab.bubbles).to_have_count(0)
    await box.press("Enter")
    await expect(tab.bubble(f"ask @{bob.username}")).to_be_visible()


async def test_a_name_that_is_written_whole_is_sent_though_longer_ones_are_offered(
    people: People, instance: Instance
) -> None:
    tab, _, _, bob = await people.in_talk(instance)
    longer = await instance.person(bob.username)
    box = tab.message_box
    options = tab.page.get_by_role("option")
    await box.press_sequentially(f"ask @{bob.username}")
    await expect(options.filter(has_text=longer.username)).to_have_count(1)
    await expect(options.and_(tab.page.locator("[aria-selected=true]"))).to_have_count(0)
    await box.press("Enter")
    await expect(tab.bubble(f"ask @{bob.username}")).to_be_visible()
    await expect(options).to_have_count(0)
    await box.press_sequentially(f"ask @{bob.username}")
    await expect(options.filter(has_text=longer.username)).to_have_count(1)
    await box.press("ArrowUp")
    await box.press("Tab")
    await expect(box).not_to_have_value(f"ask @{bob.username}")
    await expect(box).to_be_focused()


async def test_keys_lead_through_the_page_unless_one_is_typing(
    people: People, instance: Instance
) -> None:
    ann = await instance.person("ann")
    for number in range(3):
        await instance.write(ann, f"post {number}")
    tab = await people.at(instance, ann)
    keys = tab.page.keyboard
    cards = tab.page.locator("[data-post]")
    await expect(cards).to_have_count(3)
    await keys.press("j")
    await expect(cards.first).to_be_focused()
    await keys.press("j")
    await keys.press("k")
    await expect(cards.first).to_be_focused()
    await keys.press("l")
    await expect(cards.first.locator(".like")).to_have_attribute("aria-pressed", "true")
    await keys.press("?")
    await expect(tab.page.get_by_role("dialog")).to_contain_text("Keyboard shortcuts")
    await keys.press("Escape")
    await expect(tab.page.get_by_role("dialog")).to_have_count(0)
    await keys.press("n")
    await expect(tab.post_box).to_be_focused()
    await keys.type("jkl?/")
    await expect(tab.post_box).to_have_value("jkl?/")
    await tab.post_box.fill("")
    await tab.post_box.blur()
    await keys.press("g")
    await keys.press("n")
    await expect(tab.page.locator("#main h1")).to_have_text("Notifications")
    await keys.press("/")
    await expect(tab.page.get_by_role("searchbox")).to_be_focused()
    await tab.page.get_by_role("searchbox").blur()
    await keys.press("g")
    await keys.press("h")
    await keys.press("j")
    await keys.press("r")
    await expect(tab.post_box).to_be_focused()
    await expect(tab.page.locator(".post.large")).to_contain_text("post 2")


async def test_what_was_refused_can_be_mended_before_it_is_sent_again(
    people: People, instance: Instance
) -> None:
    tab, post, ann, bob = await people.answering_whom_blocks(instance, "a rash answer")
    await tab.go("/")
    refused = tab.page.locator(".post.waiting")
    await expect(refused.locator(".fate.refused")).to_be_visible()
    await instance.post(f"/api/users/{ann.id}/unblock/", bob)
    await refused.get_by_role("button", name="Edit").click()
    dialog = tab.page.get_by_role("dialog")
    await dialog.locator("textarea").fill("a kind answer")
    await dialog.get_by_role("button", name="Send").click()
    await expect(refused).to_have_count(0)
    replies = await instance.walk(f"/api/posts/{post}/replies/", bob)
    assert [reply["content"] for reply in replies] == ["a kind answer"]


async def test_whoever_asks_for_less_motion_gets_none(people: People, instance: Instance) -> None:
    ann = await instance.person("ann")
    for number in range(15):
        await instance.write(ann, f"post {number}")
    tab = await people.at(instance, ann, reduced_motion="reduce")
    await expect(tab.page.locator("[data-post]")).to_have_count(15)
    await tab.page.evaluate("scrollTo(0, 900)")
    at = await tab.page.evaluate(
        "document.querySelector('#nav a').click() ?? new Promise((r) => requestAnimationFrame("
        "() => requestAnimationFrame(() => r(scrollY))))"
    )
    assert at == 0
    running = "document.getAnimations().filter((one) => one.playState === 'running').length"
    assert await tab.page.evaluate(running) == 0
