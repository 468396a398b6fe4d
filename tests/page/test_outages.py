"""A network or a server that goes away is told of, and what is not known any more is not shown."""

from playwright.async_api import expect

from tests.page.servers import Server
from tests.page.tabs import People
from tests.people import Instance

# Sooner than the server's pings would show it: after 45 s.
SILENCE = 30_000


async def test_the_browsers_word_that_there_is_no_network_is_told(
    people: People, instance: Instance
) -> None:
    people.expect_outage()
    tab, *_ = await people.in_talk(instance)
    notice = tab.page.locator("#connection")
    await tab.page.context.set_offline(True)
    await expect(notice).to_have_text("You are offline. What you write is sent later.")
    await tab.say("from the tunnel")
    await expect(tab.bubble("from the tunnel")).to_contain_text("Waiting for the connection…")
    await tab.page.context.set_offline(False)
    await expect(notice).to_be_empty()
    await expect(tab.page.locator(".receipt")).to_have_text("Sent")
    await expect(tab.page.locator(".fate")).to_have_count(0)


async def test_a_server_that_has_fallen_silent_is_told_of_long_before_its_ping_is_missed(
    people: People, server: Server
) -> None:
    people.expect_outage()
    ann, bob = await server.people("ann", "bob")
    talk = await server.chat(ann, bob)
    hers, his = await people.at(server, ann), await people.at(server, bob)
    await hers.open_talk(talk)
    status = hers.page.locator(".talk-head .presence")
    await expect(status).to_have_text("Online")
    server.freeze()
    try:
        await hers.say("anybody there?")
        await expect(hers.page.locator("#connection")).to_have_text(
            "Connecting again…", timeout=SILENCE
        )
        await expect(hers.bubble("anybody")).to_contain_text("Waiting for the connection…")
        await expect(status).to_have_text(f"@{bob.username}")
    finally:
        server.thaw()
    await expect(hers.page.locator("#connection")).to_be_empty(timeout=SILENCE)
    await his.open_talk(talk)
    await expect(his.bubble("anybody there?")).to_have_count(1, timeout=SILENCE)
    await expect(status).to_have_text("Online", timeout=SILENCE)


async def test_where_websockets_do_not_get_through_the_page_is_live_all_the_same(
    people: People, instance: Instance
) -> None:
    people.expect_outage()
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    context = await people.browser()
    await context.add_init_script(
        "window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.()); }"
        " close() {} }"
    )
    tab = await people.tab(context)
    await tab.log_in(instance.url, ann)
    await tab.open_talk(talk)
    await instance.say(bob, talk, "by polling")
    await expect(tab.bubble("by polling")).to_be_visible(timeout=SILENCE)
