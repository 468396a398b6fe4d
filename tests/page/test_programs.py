"""Tokens and bots in the settings: made, shown once, and ended."""

from dataclasses import replace

from playwright.async_api import expect

from tests.page.tabs import People
from tests.people import PASSWORD, Instance


async def test_a_token_is_made_in_the_settings_shown_once_and_revoked(
    people: People, instance: Instance
) -> None:
    ann = await instance.person("ann")
    tab = await people.at(instance, ann)
    await tab.go("/settings")
    main, dialog = tab.page.locator("#main"), tab.page.get_by_role("dialog")
    tokens = main.locator("section.setting", has=tab.page.get_by_role("heading", name="Access"))
    await tokens.get_by_role("button", name="New token").click()
    await dialog.get_by_label("What it is for").fill("the weather")
    await dialog.get_by_label("Your password").fill(PASSWORD)
    people.expect_refusal(422)
    await dialog.get_by_role("button", name="New token").click()
    await expect(dialog.get_by_role("alert")).not_to_be_empty()
    await dialog.get_by_label("account:read").check()
    await dialog.get_by_label("posts:write").check()
    await dialog.get_by_label("Days").fill("30")
    await dialog.get_by_role("button", name="New token").click()
    token = await dialog.locator("pre").text_content()
    assert token is not None
    program = replace(ann, access=token)
    post = await instance.write(program, "it rains")
    assert post["author"]["id"] == ann.id
    await dialog.get_by_role("button", name="Close").click()
    await expect(tokens).to_contain_text("the weather")
    await expect(tokens).to_contain_text(f"…{token[-4:]} · account:read, posts:write")
    await expect(main).not_to_contain_text(token)
    await tokens.get_by_role("button", name="Revoke the token the weather").click()
    await expect(tokens).not_to_contain_text("the weather")
    assert (await instance.ask("GET", "/api/users/me/", program)).status == 401


async def test_a_bot_is_made_has_a_token_and_a_mark_and_is_deleted(
    people: People, instance: Instance
) -> None:
    ann = await instance.person("ann")
    name = f"bot_{ann.username[4:]}"
    tab = await people.at(instance, ann)
    await tab.go("/settings")
    main, dialog = tab.page.locator("#main"), tab.page.get_by_role("dialog")
    bots = main.locator(
        "section.setting", has=tab.page.get_by_role("heading", name="Bots", exact=True)
    )
    await bots.get_by_role("button", name="New bot").click()
    await dialog.get_by_label("Username").fill(name)
    await dialog.get_by_role("button", name="New bot").click()
    await expect(bots).to_contain_text(f"@{name}")
    await bots.get_by_role("button", name=f"New token for @{name}").click()
    await dialog.get_by_label("What it is for").fill("rain")
    await dialog.get_by_label("Your password").fill(PASSWORD)
    await dialog.get_by_label("posts:write").check()
    await dialog.get_by_role("button", name="New token").click()
    token = await dialog.locator("pre").text_content()
    assert token is not None
    post = await instance.write(replace(ann, access=token), "rain")
    assert post["author"]["username"] == name
    await dialog.get_by_role("button", name="Close").click()

    await tab.go(f"/@{name}")
    await expect(tab.page.locator(".profile .handle .tag")).to_have_text("Bot")

    await tab.go("/settings")
    await bots.get_by_role("button", name=f"Delete the bot @{name}").click()
    await dialog.get_by_label("Your password").fill(PASSWORD)
    await dialog.get_by_role("button", name="Delete for good").click()
    await expect(bots).not_to_contain_text(name)
    assert (await instance.ask("GET", f"/api/users/{post['author']['id']}/")).status == 404
