"""What one is called, where mail goes, and what a login takes: changed in the settings."""

import asyncio
import secrets

from playwright.async_api import Route, expect

from tests.handlers.operations.test_second_factor import code_of
from tests.page.tabs import People
from tests.people import PASSWORD, Instance

# In which the page draws what it has heard.
FRAMES = """async () => {
  for (let n = 0; n < 5; n += 1) await new Promise(requestAnimationFrame);
}"""


async def test_who_is_called_otherwise_is_found_by_the_name_of_before(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = await instance.write(bob, f"have you met @{ann.username}?")
    new = f"anna_{secrets.token_hex(5)}"
    tab = await people.at(instance, ann)
    await tab.go("/settings")
    main, dialog = tab.page.locator("#main"), tab.page.get_by_role("dialog")
    await main.get_by_role("button", name="Change username").click()
    await dialog.get_by_label("Username").fill(bob.username)
    people.expect_refusal(409)
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_contain_text("taken")
    await dialog.get_by_label("Username").fill(new)
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)
    await expect(main).to_contain_text(f"@{new}")

    reader = await people.at(instance, bob)
    await reader.go(f"/@{bob.username}/posts/{post['id']}")
    await reader.page.locator(".post.large .content a").click()
    await expect(reader.page.locator(".profile .handle")).to_have_text(f"@{new}")
    await expect(reader.page).to_have_url(f"{instance.url}/@{new}")
    for part in ("", "/replies"):
        visitor = await people.tab(await people.browser())
        await visitor.page.goto(f"{instance.url}/@{ann.username}{part}")
        await expect(visitor.page).to_have_url(f"{instance.url}/@{new}{part}")
        await expect(visitor.page).to_have_title(f"{ann.username} (@{new}) · Mini-Twitter")


async def test_a_login_takes_a_code_that_is_turned_on_in_the_settings(
    people: People, instance: Instance
) -> None:
    ann = await instance.person("ann")
    tab = await people.at(instance, ann)
    await tab.go("/settings")
    main, dialog = tab.page.locator("#main"), tab.page.get_by_role("dialog")
    await main.get_by_role("button", name="Turn on codes").click()
    await dialog.get_by_label("Your password").fill(PASSWORD)
    await dialog.get_by_role("button", name="Continue").click()
    uri = await dialog.locator("a:has(img.qr)").get_attribute("href")
    assert uri is not None
    assert await dialog.locator("img.qr").evaluate("(image) => image.naturalWidth") > 0
    await dialog.get_by_label("Code").fill(code_of(uri))
    await dialog.get_by_role("button", name="Turn on").click()
    codes = await dialog.locator(".codes").text_content()
    assert codes is not None
    await dialog.get_by_role("button", name="Close").click()
    await expect(main).to_contain_text("10 recovery codes are left")

    other = await people.tab(await people.browser())
    await other.page.goto(instance.url)
    for status in (401, 422):
        people.expect_refusal(status)
    await other.page.locator("#register [data-form=login]").click()
    await other.page.locator("#login [name=username]").fill(ann.username)
    await other.page.locator("#login [name=password]").fill(PASSWORD)
    await other.page.locator("#login [type=submit]").click()
    asked = other.page.get_by_role("dialog")
    await asked.get_by_label("Code").fill("000000")
    await asked.get_by_role("button", name="Log in").click()
    await expect(asked).to_contain_text("Not the code of now")
    await asked.get_by_label("Code").fill(codes.split()[0])
    await asked.get_by_role("button", name="Log in").click()
    await other.is_in()


async def test_another_address_is_asked_for_with_the_password_and_can_be_left(
    people: People, instance: Instance
) -> None:
    ann = await instance.person("ann")
    tab = await people.at(instance, ann)
    await tab.go("/settings")
    main, dialog = tab.page.locator("#main"), tab.page.get_by_role("dialog")
    await main.get_by_role("button", name="Change address").click()
    await dialog.get_by_label("New address").fill(f"{ann.username}@elsewhere.example.org")
    await dialog.get_by_label("Your password").fill("is not the one")
    people.expect_refusal(422)
    await dialog.get_by_role("button", name="Send the link").click()
    await expect(dialog).to_contain_text("Not your password")
    await dialog.get_by_label("Your password").fill(PASSWORD)
    await dialog.get_by_role("button", name="Send the link").click()
    await expect(dialog).to_have_count(0)
    await expect(main).to_contain_text(f"{ann.username}@elsewhere.example.org")
    await main.get_by_role("button", name="Keep the present one").click()
    await expect(main).not_to_contain_text("elsewhere")
    assert (await instance.get("/api/users/me/", ann))["pending_email"] is None


async def test_the_bar_of_the_settings_leads_to_each_part_and_says_which_one_is_read(
    people: People, instance: Instance
) -> None:
    tab = await people.at(instance, await instance.person("ann"), reduced_motion="reduce")
    await tab.go("/settings")
    bar = tab.page.get_by_role("navigation", name="Parts of the settings")
    current = bar.locator("[aria-current]")
    await expect(current).to_have_text("Account")
    for part in ("Programs", "Security", "Privacy", "Account"):
        button = bar.get_by_role("button", name=part)
        await button.click()
        title = tab.page.get_by_role("heading", level=2, name=part, exact=True)
        await expect(title).to_be_in_viewport(ratio=1)
        await expect(title).to_be_focused()
        await expect(current).to_have_text(part)


async def test_what_is_set_stays_as_it_was_set_until_the_server_has_answered(
    people: People, instance: Instance
) -> None:
    people.expect_refusal(503)
    ann, bob = await instance.people("ann", "bob")
    tab = await people.at(instance, ann)
    answers = asyncio.Event()

    async def refuse(route: Route) -> None:
        if route.request.method == "PATCH":
            await answers.wait()
            problem = {"status": 503, "code": "unavailable", "title": "No", "detail": "Not now."}
            await route.fulfill(status=503, json=problem)
        else:
            await route.fallback()

    await tab.page.route("**/api/users/me/", refuse)
    await tab.go("/settings")
    box = tab.page.get_by_role("checkbox", name="Show others what I have read")
    await box.uncheck()
    await instance.follow(bob, ann)  # which draws all anew
    await expect(tab.page.locator("#nav .badge")).to_have_text("1 unread")
    await tab.page.evaluate(FRAMES)
    assert not await box.is_checked()
    answers.set()
    await expect(tab.page.locator(".toast")).to_be_visible()
    await expect(box).to_be_checked()
