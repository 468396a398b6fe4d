"""The OpenAPI document tells what the server does, and Swagger UI shows it."""

import re
from io import BytesIO
from typing import Any

import pytest
from jsonschema import ValidationError
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import validate

from handlers.edges.rest import opt_out_page
from server.app import create_app
from server.config.load import Config
from server.docs import openapi
from tests.documented import check_reply
from tests.people import Instance, Person, Reply


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = openapi.document().to_dict()
    return found


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


@pytest.mark.parametrize("openapi_version", [openapi.OPENAPI_VERSION, openapi.OPENAPI_3_0])
def test_document_is_valid_openapi(openapi_version: str) -> None:
    validate(openapi.document(openapi_version).to_dict())


def test_swagger_ui_shows_the_same_operations_as_the_document(document: dict[str, Any]) -> None:
    shown = openapi.document(openapi.OPENAPI_3_0).to_dict()
    assert operations(shown).keys() == operations(document).keys()
    assert shown["components"]["schemas"].keys() == document["components"]["schemas"].keys()
    assert "nullable" not in str(document)


def test_every_tag_is_described_and_every_page_of_a_list_has_a_name(
    document: dict[str, Any],
) -> None:
    described = {one["name"] for one in document["tags"] if one["description"]}
    used = {tag for operation in operations(document).values() for tag in operation["tags"]}
    assert used == described
    lists = [
        operation["responses"]["200"]["content"]["application/json"]["schema"]
        for operation in operations(document).values()
        if any(one["name"] == "cursor" for one in operation.get("parameters", []))
    ]
    assert len(lists) > 10
    assert all(one["$ref"].endswith("Page") for one in lists)


async def test_document_has_every_route_and_nothing_else(
    document: dict[str, Any], settings: Config
) -> None:
    served = {
        (route.method, route.resource.canonical)
        for route in create_app(settings).router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    routes = {(method, path) for method, path in served if path.startswith("/api/")}
    documents = {("GET", "/api/docs/openapi.json"), ("GET", "/api/docs/asyncapi.json")}
    assert routes - documents == set(operations(document))
    assert routes >= documents


def test_every_operation_says_what_it_does_under_a_name_of_its_own(
    document: dict[str, Any],
) -> None:
    found = operations(document)
    names = [operation["operationId"] for operation in found.values()]
    assert len(set(names)) == len(names)
    assert found["PUT", "/api/posts/{id}/"]["operationId"] == "post.update"
    assert found["PATCH", "/api/posts/{id}/"]["operationId"] == "post.update.patch"
    assert [key for key, operation in found.items() if not operation.get("summary")] == []
    assert found["POST", "/api/posts/{id}/like/"]["tags"] == ["posts"]


def test_ids_in_paths_are_integers_that_javascript_keeps(document: dict[str, Any]) -> None:
    for (_, path), operation in operations(document).items():
        ids = [one for one in operation.get("parameters", []) if one["in"] == "path"]
        assert [one["name"] for one in ids] == re.findall(r"\{(\w+)\}", path)
        for one in ids:
            assert one["required"]
            if one["name"] == "token":
                continue
            assert one["schema"] == {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}


def test_tokens_are_asked_for_where_they_are_looked_at(document: dict[str, Any]) -> None:
    found = operations(document)
    assert found["POST", "/api/users/"]["security"] == []
    assert found["GET", "/api/posts/"]["security"] == [
        {},
        {"access_token": []},
        {"personal_access_token": ["posts:read"]},
    ]
    assert found["POST", "/api/posts/"]["security"] == [
        {"access_token": []},
        {"personal_access_token": ["posts:write"]},
    ]
    assert found["POST", "/api/users/tokens/"]["security"] == [{"access_token": []}]
    for operation in found.values():
        assert not operation["security"] or "401" in operation["responses"]


def test_what_can_go_wrong_is_told_of_every_operation(document: dict[str, Any]) -> None:
    page = {("GET", opt_out_page.PATH)}  # which asks nobody anything
    for method, path in operations(document).keys() - page:
        operation = operations(document)[method, path]
        told = set(operation["responses"])
        assert {"429", "503", "default"} <= told, (method, path)
        assert ("requestBody" in operation) == ({"400", "413", "415"} <= told), (method, path)


def test_a_retry_is_known_by_a_header_wherever_it_is_by_a_field(document: dict[str, Any]) -> None:
    with_header = {
        key
        for key, operation in operations(document).items()
        if any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", []))
    }
    assert with_header >= {
        ("POST", "/api/posts/"),
        ("POST", "/api/messages/{conversation_id}/send_message/"),
    }
    for key in with_header:
        assert {"200", "201"} <= set(operations(document)[key]["responses"])


def test_examples_of_bodies_are_acceptable(document: dict[str, Any]) -> None:
    """Swagger UI sends them when nothing is changed."""
    looked_at = set()
    for key, operation in operations(document).items():
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        if "example" in schema:
            validator = OAS31Validator(schema, format_checker=oas31_format_checker)
            assert validator.is_valid(schema["example"]), key
            looked_at.add(key)
    assert {("POST", "/api/users/"), ("POST", "/api/posts/")} <= looked_at


def test_what_is_not_documented_is_noticed() -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    path = "/api/notifications/unread_count/"
    check_reply("GET", path, Reply(200, headers, {"unread_count": 0}))
    for wrong in ({}, {"unread_count": "0"}, {"unread_count": 0, "secret": 1}):
        with pytest.raises(ValidationError):
            check_reply("GET", path, Reply(200, headers, wrong))


async def documented(
    instance: Instance, by: Person | None, method: str, path: str, json: Any = None, **ids: int
) -> Reply:
    """A call that succeeds as the document says."""
    reply = await instance.call(method, path.format(**ids), by, json=json)
    check_reply(method, path, reply)
    return reply


async def test_answers_about_people_are_as_documented(instance: Instance) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    await documented(instance, ann, "POST", "/api/users/{id}/follow/", id=bob.id)
    for path in ("/api/users/{id}/", "/api/users/{id}/followers/", "/api/users/profiles/{id}/"):
        await documented(instance, None, "GET", path, id=bob.id)
    await documented(instance, bob, "GET", "/api/users/me/")
    await documented(instance, bob, "GET", "/api/users/profiles/")
    change = {"bio": "Hello", "website": "https://example.org/"}
    await documented(instance, bob, "PATCH", "/api/users/profiles/update_my_profile/", change)
    await documented(instance, bob, "GET", "/api/notifications/")
    await documented(instance, bob, "GET", "/api/notifications/unread_count/")
    revoke = {"refresh": bob.refresh}
    await documented(instance, bob, "POST", "/api/users/token/revoke/", revoke)


async def test_answers_about_posts_are_as_documented(instance: Instance) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    written = {"content": f"#hello @{bob.username}", "client_id": "first"}
    post = await documented(instance, ann, "POST", "/api/posts/", written)
    again = await documented(instance, ann, "POST", "/api/posts/", written)
    assert (post.status, again.status) == (201, 200)
    id = post["id"]
    await documented(instance, bob, "POST", "/api/posts/", {"content": "hi", "reply_to": id})
    for verb in ("like", "retweet"):
        await documented(instance, bob, "POST", f"/api/posts/{{id}}/{verb}/", id=id)
    await documented(instance, ann, "PUT", "/api/posts/{id}/", {"content": "Bye"}, id=id)
    await documented(instance, None, "GET", "/api/posts/{id}/replies/", id=id)
    for path in ("/api/posts/", "/api/posts/feed/", "/api/users/{id}/posts/"):
        await documented(instance, bob, "GET", path, id=bob.id)
    await documented(instance, ann, "DELETE", "/api/posts/{id}/", id=id)


async def test_answers_about_messages_are_as_documented(instance: Instance) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    opened = {"participants": [bob.id]}
    conversation = await documented(instance, ann, "POST", "/api/messages/", opened)
    again = await documented(instance, ann, "POST", "/api/messages/", opened)
    assert (conversation.status, again.status) == (201, 200)
    id = conversation["id"]
    send = "/api/messages/{conversation_id}/send_message/"
    sent = await documented(instance, ann, "POST", send, {"content": "Hi"}, conversation_id=id)
    for section in ("", "{conversation_id}/", "{conversation_id}/messages/", "unread_count/"):
        path = f"/api/messages/{section}"
        await documented(instance, bob, "GET", path, conversation_id=id)
    read, up_to = "/api/messages/{conversation_id}/read/", {"up_to": sent["id"]}
    await documented(instance, bob, "POST", read, up_to, conversation_id=id)


async def test_problems_are_as_documented(instance: Instance) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    post = await instance.post("/api/posts/", ann, {"content": "mine"})
    own = f"/api/posts/{post['id']}/"
    taken = {"username": ann.username, "email": "other@example.org", "password": "long enough"}

    async def refused(
        status: int, method: str, path: str, url: str, by: Person | None, json: Any = None
    ) -> Reply:
        reply = await instance.call(method, url, by, json=json, status=status)
        assert reply.headers["Content-Type"].startswith("application/problem+json")
        assert reply["status"] == status
        check_reply(method, path, reply)
        return reply

    reply = await refused(401, "GET", "/api/posts/feed/", "/api/posts/feed/", None)
    assert reply.headers["WWW-Authenticate"] == "Bearer"
    await refused(403, "PUT", "/api/posts/{id}/", own, bob, {"content": "stolen"})
    await refused(404, "GET", "/api/posts/{id}/", f"/api/posts/{2**53 - 1}/", None)
    await refused(404, "GET", "/api/nothing/", "/api/nothing/", None)
    reply = await refused(405, "DELETE", "/api/posts/", "/api/posts/", ann)
    assert reply.headers["Allow"] == "GET, HEAD, POST"
    await refused(409, "POST", "/api/users/", "/api/users/", None, taken)
    reply = await refused(422, "POST", "/api/posts/", "/api/posts/", ann, {"content": ""})
    assert list(reply["errors"]) == ["content"]
    await refused(400, "POST", "/api/posts/", "/api/posts/", ann, ["no object"])


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b" " * 2**20 + b"{}", "application/json", 413),
    ],
)
async def test_a_body_that_cannot_be_read_is_a_documented_problem(
    instance: Instance, body: bytes, media_type: str, status: int
) -> None:
    ann = await instance.person("ann")
    headers = {"Authorization": f"Bearer {ann.access}", "Content-Type": media_type}
    async with instance.http.post(
        instance.url + "/api/posts/", data=BytesIO(body), headers=headers
    ) as response:
        reply = Reply(response.status, response.headers, await response.json(content_type=None))
    assert reply.status == status
    check_reply("POST", "/api/posts/", reply)


async def test_document_is_served_as_it_is(instance: Instance, document: dict[str, Any]) -> None:
    reply = await instance.get("/api/docs/openapi.json")
    assert reply.body == document


async def test_swagger_page_and_all_that_it_loads_are_there(instance: Instance) -> None:
    page = (await instance.get("/swagger/")).body.decode()
    linked = re.findall(r'(?:src|href|url)\s*[:=]\s*"([^"]+)"', page)
    assert "/swagger/openapi-3.0.json" in linked
    assert len(linked) == 6
    for path in linked:
        assert path.startswith("/"), "nothing comes from elsewhere"
        assert (await instance.get(path)).status == 200


async def test_swagger_page_sends_nobody_elsewhere_our_document(instance: Instance) -> None:
    page = (await instance.get("/swagger/")).body.decode()
    assert "validatorUrl: null" in page


async def test_swagger_page_is_found_without_its_slash(instance: Instance) -> None:
    reply = await instance.get("/swagger", status=308)
    assert reply.headers["Location"] == "/swagger/"
