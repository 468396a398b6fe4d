"""What is public is read without an account; what needs one goes on after logging in."""

from dataclasses import replace

from playwright.async_api import expect

from server.config.load import Config
from tests.conftest import running
from tests.page.tabs import People
from tests.people import Instance
from tests.waiting import until


async def test_a_visitor_reads_posts_people_tags_and_what_is_new(
    people: People, instance: Instance
) -> None:
    bob = await instance.person("bob")
    post = (await instance.write(bob, "for all eyes #opened"))["id"]
    await instance.write(bob, "answered", reply_to=post)
    tab = await people.tab(await people.browser())
    for path in (f"/@{bob.username}", "/tags/opened", "/explore", "/explore?q=eyes+opened"):
        await tab.page.goto(instance.url + path)
        shown = tab.page.locator("[data-post]", has_text="for all eyes")
        await expect(shown).to_be_visible()
    await tab.page.goto(f"{instance.url}/@{bob.username}/posts/{post}")
    await expect(tab.page.locator(".post.large")).to_contain_text("for all eyes")
    await expect(tab.page.locator("[data-post]", has_text="answered")).to_be_visible()
    await expect(tab.post_box).to_have_count(0)
    await expect(tab.page.locator("#main .invitation")).to_contain_text("Log in to answer.")
    await expect(tab.page.locator("#self")).to_contain_text("Register")


async def test_an_action_of_a_visitor_is_done_once_they_have_logged_in(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = (await instance.write(bob, "likeable"))["id"]
    tab = await people.tab(await people.browser())
    await tab.page.goto(f"{instance.url}/@{bob.username}/posts/{post}")
    like = tab.page.locator(".post.large .action.like")
    await like.click()
    dialog = tab.page.get_by_role("dialog")
    await expect(dialog.locator("#login")).to_be_visible()
    await tab.send_login(ann)
    await expect(dialog).to_have_count(0)
    await expect(like).to_have_attribute("aria-pressed", "true")
    await expect(like.locator(".number")).to_have_text("1")
    assert tab.page.url.endswith(f"/@{bob.username}/posts/{post}")

    async def stored() -> bool:
        return bool((await instance.get(f"/api/posts/{post}/", ann))["liked"])

    await until(stored)


async def test_what_needs_an_account_is_shown_after_logging_in(
    people: People, instance: Instance
) -> None:
    ann = await instance.person("ann")
    tab = await people.tab(await people.browser())
    await tab.page.goto(f"{instance.url}/settings")
    await expect(tab.page.locator("#ended")).to_have_text("Log in to see this.")
    await tab.send_login(ann)
    await expect(tab.page.locator("#main h1")).to_have_text("Settings")


async def test_the_hint_for_developers_is_for_those_who_are_not_in(
    people: People, instance: Instance
) -> None:
    tab = await people.tab(await people.browser())
    await tab.page.goto(instance.url)
    await expect(tab.page.locator("#welcome .hint")).to_contain_text("See it live.")
    ann = await instance.person("ann")
    await tab.log_in(instance.url, ann)
    await expect(tab.page.locator(".hint")).to_have_count(0)


async def test_no_script_can_read_the_token_that_keeps_one_logged_in(
    people: People, instance: Instance
) -> None:
    ann = await instance.person("ann")
    tab = await people.at(instance, ann)
    cookies = await tab.page.context.cookies(f"{instance.url}/api/users/token/")
    (cookie,) = cookies
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    stored = await tab.page.evaluate(
        """async () => {
          const found = [JSON.stringify(localStorage)];
          for (const { name } of await indexedDB.databases()) {
            const db = await new Promise((resolve) => {
              indexedDB.open(name).onsuccess = (event) => resolve(event.target.result);
            });
            for (const store of db.objectStoreNames) {
              const all = db.transaction(store).objectStore(store).getAll();
              await new Promise((resolve) => (all.onsuccess = resolve));
              found.push(JSON.stringify(all.result));
            }
          }
          return found.join();
        }"""
    )
    assert "access" not in stored
    assert "refresh" not in stored
    assert str(ann.id) in stored
    await tab.reload()
    await expect(tab.page.locator("#self")).to_contain_text(ann.username)


async def test_the_settings_of_a_site_that_is_reached_by_https_work_by_http_on_ones_own_machine(
    people: People, settings: Config
) -> None:
    people.expect_outage()  # at its end
    async with running(replace(settings, public_url="https://chat.example")) as instance:
        ann = await instance.person("ann")
        tab = await people.at(instance, ann)
        assert await tab.page.context.cookies(f"{instance.url}/api/users/token/") == []
        await tab.reload()
        await expect(tab.page.locator("#self")).to_contain_text(ann.username)
        await tab.post("by http")
        await expect(tab.page.locator("[data-post]", has_text="by http")).to_be_visible()
        await tab.page.close()


async def test_an_address_where_nothing_is_says_so(people: People, instance: Instance) -> None:
    people.expect_refusal(404)
    tab = await people.tab(await people.browser())
    answer = await tab.page.goto(f"{instance.url}/nothing/here")
    assert answer is not None
    assert answer.status == 404
    await expect(tab.page.locator("#main h1")).to_have_text("Not found")
    await tab.page.get_by_role("link", name="Explore").click()
    await expect(tab.page.locator("#main h1")).to_have_text("Explore")
