"""The page of events and commands tells all that the AsyncAPI document does, without a script."""

import re

from handlers.edges.socketio import COMMANDS
from server.docs import asyncapi, openapi, reference
from storage.events.types import EVENTS
from tests.people import Instance


def anchors(page: str) -> set[str]:
    return set(re.findall(r' id="([^"]+)"', page))


async def test_page_has_every_event_and_command_and_loads_nothing_from_elsewhere(
    instance: Instance,
) -> None:
    reply = await instance.get("/docs/events/")
    assert reply.headers["Content-Type"].startswith("text/html")
    assert "default-src 'self'" in reply.headers["Content-Security-Policy"]
    page = reply.body.decode()
    assert anchors(page) >= {*COMMANDS, *(event.name for event in EVENTS)}
    assert anchors(page) >= asyncapi.document()["components"]["schemas"].keys()
    loaded = re.findall(r'<(?:link|img)[^>]* (?:href|src)="([^"]+)"', page)
    assert loaded
    for path in loaded:
        assert (await instance.get(path)).status == 200
    assert "<script" not in page


async def test_page_begins_with_links_to_all_that_is_on_it(instance: Instance) -> None:
    page = (await instance.get("/docs/events/")).body.decode()
    contents, _, rest = page.partition("</nav>")
    headings = re.findall(r'<h[23] id="([^"]+)"', rest)
    assert len(headings) > 100
    assert set(re.findall(r'href="#([^"]+)"', contents)) == set(headings)


def test_every_link_within_the_pages_leads_somewhere() -> None:
    for page in (reference.events(), reference.rest()):
        links = set(re.findall(r'href="#([^"]+)"', page))
        assert links
        assert links <= anchors(page)


def test_rest_page_has_every_operation_with_its_inputs() -> None:
    page = reference.rest()
    for path, item in openapi.document().to_dict()["paths"].items():
        for method, operation in item.items():
            assert f">{method.upper()} {path}</h3>" in page
            assert operation["operationId"] in anchors(page)
    assert "<td><code>Idempotency-Key?</code></td>" in page
    assert '<code>results</code></td><td><code>[<a href="#Post">Post</a>]</code>' in page
