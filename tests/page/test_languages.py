"""The page in the language of its reader."""

from playwright.async_api import expect

from tests.page.tabs import People
from tests.people import Instance


async def test_the_browsers_language_is_spoken_and_another_can_be_chosen(
    people: People, instance: Instance
) -> None:
    ann = await instance.person("ann")
    tab = await people.at(instance, ann, locale="ar-EG", viewport={"width": 1280, "height": 900})
    html = tab.page.locator("html")
    await expect(html).to_have_attribute("lang", "ar")
    await expect(html).to_have_attribute("dir", "rtl")
    await expect(tab.page.locator("#main h1")).to_have_text("الرئيسية")
    side, main = [await tab.page.locator(one).bounding_box() for one in (".side", "#main")]
    assert side is not None
    assert main is not None
    assert side["x"] > main["x"]
    await tab.go("/settings")
    back = tab.page.locator(".heading .quiet-button .icon").first
    assert "matrix(-1" in await back.evaluate("(icon) => getComputedStyle(icon).transform")
    await tab.page.locator("select").first.select_option("en")
    await expect(html).to_have_attribute("dir", "ltr")
    await expect(tab.page.locator("#main h1")).to_have_text("Settings")
    await tab.reload()
    await expect(html).to_have_attribute("lang", "en")


async def test_arabic_counts_by_its_six_forms(people: People, instance: Instance) -> None:
    context = await people.browser(locale="ar")
    tab = await people.tab(context)
    await tab.page.goto(instance.url)
    await expect(tab.page.locator("#welcome h1")).to_be_visible()
    counted = await tab.page.evaluate(
        """async () => {
          const { t } = await import("/web/i18n.js");
          return [0, 1, 2, 3, 11, 100].map((count) => t("posts.count", { count }));
        }"""
    )
    assert len(set(counted)) == 6
    assert counted[:3] == ["لا منشورات", "منشور واحد", "منشوران"]
