"""Where features meet: what each one promises holds in what the others do, too."""

from typing import Any, get_args, get_type_hints

import pytest

from handlers.operation import Access
from handlers.operations import REGISTRY
from storage.database.pool import Database
from storage.records import Conversation, Me, Message, MutedWord, Notification
from storage.scopes import Scope
from tests.handlers.edges.test_event_streams import events
from tests.handlers.operations.test_bots import make_bot, suspend
from tests.handlers.operations.test_incoming_webhooks import made
from tests.handlers.operations.test_muted_words import kinds, mute
from tests.handlers.token_helpers import ALL_SCOPES, by_token
from tests.people import Instance, Person
from tests.realtime.plain_socket import plain_socket

BUT_MESSAGES = [scope for scope in ALL_SCOPES if scope != "messages:read"]
HIDDEN = {"action": "hide", "contexts": ["notifications"]}


async def group_of(instance: Instance, *names: str) -> tuple[list[Person], int]:
    """People, and their group."""
    people = await instance.people(*names)
    return people, await instance.chat(*people, title="all")


async def test_a_mention_in_a_message_is_kept_from_a_token_that_reads_no_messages_everywhere(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    (ann, bob), group = await group_of(here, "ann", "bob")
    program = await by_token(here, bob, *BUT_MESSAGES)
    async with (
        there.socket(program) as socket,
        plain_socket(there, program) as plain,
        events(there, program) as stream,
    ):
        begin = (await socket.ready())["seq"]
        await plain.next("session.ready")
        await stream.next("session.ready")
        await here.say(ann, group, f"secret for @{bob.username}")
        await here.follow(ann, bob)
        for each in (socket, plain, stream):
            assert (await each.next("notification.created"))["notification"]["kind"] == "follow"
        numbers = [one["seq"] for one in plain.received if one.get("seq")]
        assert numbers == list(range(begin + 1, begin + 1 + len(numbers)))
        assert "secret" not in str((socket.received, plain.received, stream.received))
        listed = await plain.do("notification.list", {})
        assert [one["kind"] for one in listed["results"]] == ["follow"]
    async with here.socket(program, since=begin) as socket, plain_socket(here) as plain:
        await plain.connect(program, since=begin)
        await socket.next("notification.created")
        await plain.next("notification.created")
        assert [one["seq"] for one in plain.received if one.get("seq")] == numbers
        assert "secret" not in str((socket.received, plain.received))
    assert await kinds(here, program) == ["follow"]
    webhook = {"url": "https://example.org/", "events": ["notification.created"]}
    refused = await here.post("/api/webhooks/", program, webhook, status=403)
    assert refused["scope"] == "messages:read"


async def test_a_plain_socket_does_what_its_token_is_for_and_ends_with_it(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    (_, bob), group = await group_of(here, "ann", "bob")
    program = await by_token(here, bob, *BUT_MESSAGES)
    async with plain_socket(here, program) as one, plain_socket(there, program) as other:
        await one.next("session.ready")
        await other.next("session.ready")
        refused = await one.call("message.search", {"q": "hello"})
        assert refused["problem"]["code"] == "insufficient_scope"
        said = await one.do("message.send", {"conversation_id": group, "content": "hello"})
        assert said["content"] == "hello"
        [token] = (await here.get("/api/users/tokens/", bob))["results"]
        await here.call("DELETE", f"/api/users/tokens/{token['id']}/", bob)
        assert await one.ended() == await other.ended()
        for each in (one, other):
            closing = [frame for frame in each.received if frame.get("event") == "session.closing"]
            assert closing[0]["data"]["code"] == "session_ended"


async def test_a_token_that_reads_no_messages_is_not_told_one_by_marking_it_as_read(
    instance: Instance,
) -> None:
    (ann, bob), group = await group_of(instance, "ann", "bob")
    await instance.say(ann, group, f"secret for @{bob.username}")
    [noted] = await instance.walk("/api/notifications/", bob)
    program = await by_token(instance, bob, "notifications:read", "notifications:write")
    path = f"/api/notifications/{noted['id']}/mark_as_read/"
    await instance.call("POST", path, program, status=404)
    assert (await instance.post(path, bob))["message"]["content"].startswith("secret")


async def test_answers_to_writes_tell_no_message_to_a_token_that_reads_none(
    instance: Instance,
) -> None:
    (ann, bob), group = await group_of(instance, "ann", "bob")
    said = (await instance.say(ann, group, "secret")).body
    direct = await instance.chat(ann, bob)
    await instance.say(ann, direct, "secret, too")
    program = await by_token(instance, bob, "messages:write")
    which = f"/api/messages/{group}/messages/{said['id']}"
    answers: list[Any] = []
    for verb, body in (
        ("react", {"emoji": "👍"}),
        ("unreact", {"emoji": "👍"}),
        ("pin", None),
        ("unpin", None),
    ):
        answers.append((await instance.post(f"{which}/{verb}/", program, body)).body)
        assert (answers[-1]["id"], answers[-1]["content"]) == (said["id"], "")
    reply = {"content": "mine", "reply_to_id": said["id"], "client_id": "one"}
    send = f"/api/messages/{group}/send_message/"
    for _ in range(2):  # a retry is answered the same
        answers.append((await instance.post(send, program, reply)).body)
        assert (answers[-1]["content"], answers[-1]["reply_to"]) == ("mine", None)
    opened = {"participants": [ann.id], "title": None}
    answers.append((await instance.post("/api/messages/", program, opened)).body)
    assert (answers[-1]["id"], answers[-1]["last_message"]) == (direct, None)
    async with instance.socket(program) as socket:
        await socket.ready()
        answers.append(await socket.do("message.react", {"id": said["id"], "emoji": "👍"}))
    assert "secret" not in str(answers)
    seen = await instance.post(f"{which}/react/", bob, {"emoji": "👋"})
    assert seen["content"] == "secret"


async def test_the_answer_to_a_change_of_the_account_has_no_address_for_who_may_not_read_it(
    instance: Instance,
) -> None:
    ann = await instance.person("ann")
    program = await by_token(instance, ann, "account:write")
    changed = await instance.call("PATCH", "/api/users/me/", program, json={"digest_mails": False})
    assert (changed["id"], changed["email"]) == (ann.id, "")


async def test_a_token_that_only_marks_notifications_as_read_is_not_told_what_they_say(
    instance: Instance,
) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = await instance.write(bob, "a secret")
    await instance.post(f"/api/posts/{post['id']}/like/", ann)
    [noted] = await instance.walk("/api/notifications/", bob)
    program = await by_token(instance, bob, "notifications:write")
    path = f"/api/notifications/{noted['id']}/mark_as_read/"
    answer = (await instance.post(path, program)).body
    assert (answer["id"], answer["read"]) == (noted["id"], True)
    assert (answer["actor"]["id"], answer["post_id"], answer["post"]) == (0, None, None)
    assert "secret" not in str(answer)
    assert ann.username not in str(answer)
    assert (await instance.post(path, bob))["post"]["content"] == "a secret"


async def test_a_token_that_only_changes_muted_words_is_not_told_them(instance: Instance) -> None:
    ann = await instance.person("ann")
    word = await mute(instance, ann, "#secret")
    program = await by_token(instance, ann, "relationships:write")
    path = f"/api/users/me/muted_words/{word['id']}/"
    changed = await instance.call("PATCH", path, program, json={"action": "hide"})
    assert (changed["id"], changed["text"], changed["tag"]) == (word["id"], "", None)
    assert (await instance.call("PATCH", path, ann, json={"action": "warn"}))["text"] == "#secret"


def test_every_record_that_is_read_by_a_scope_and_answered_to_writes_is_cut_down_or_no_secret() -> (
    None
):
    asked_alone: dict[Any, bool] = {}
    for each in REGISTRY.values():
        if each.scope and each.scope.value.endswith(":read"):
            for record in _records_in(each.response):
                open_to_all = each.access is Access.VISITOR
                asked_alone[record] = asked_alone.get(record, True) and not open_to_all
    answered = {
        record
        for each in REGISTRY.values()
        if each.scope and each.scope in WRITING
        for record in _records_in(each.response)
        if asked_alone.get(record, False)
    }
    cut_down = {Conversation, Me, Message, MutedWord, Notification}
    assert {one.__name__ for one in answered - cut_down} == {"GroupLink", "UnreadCount"}
    assert cut_down <= answered


WRITING = [scope for scope in Scope if scope.value.endswith(":write")]


def _records_in(response: Any) -> set[Any]:
    """The record of an answer, and those of a list that it is or has."""
    [record] = response if isinstance(response, list) else [response]
    if record is None:
        return set()
    listed = get_type_hints(record).get("results") if isinstance(record, type) else None
    return {record, *get_args(listed)}


async def test_a_muted_word_keeps_mentions_in_messages_away_however_they_come(
    instance: Instance,
) -> None:
    (ann, bob), group = await group_of(instance, "ann", "bob")
    await mute(instance, bob, "spoiler", **HIDDEN)
    await mute(instance, bob, "#end", **HIDDEN)
    await instance.say(ann, group, f"@{bob.username} a Spoiler!")
    await instance.say(ann, group, f"@{bob.username} #End")
    path = await made(instance, ann, conversation_id=group)
    await instance.post(path, json={"text": f"spoiler @{bob.username}"})
    said = await instance.say(ann, group, "nothing yet")
    edited = f"/api/messages/{group}/messages/{said['id']}/"
    for text in ("spoiler", "#END"):
        body = {"content": f"@{bob.username} {text}"}
        await instance.call("PATCH", edited, ann, json=body)
    assert await kinds(instance, bob) == []
    await instance.post(path, json={"text": f"hello @{bob.username}"})
    assert await kinds(instance, bob) == ["message_mention"]


async def test_incoming_webhooks_end_with_what_their_maker_may(
    instance: Instance, db: Database
) -> None:
    (ann, bob), group = await group_of(instance, "ann", "bob")
    bot = await make_bot(instance, ann)
    into = await made(instance, bob, conversation_id=group)
    await instance.call("PATCH", f"/api/messages/{group}/", bob, json={"leave": True})
    await instance.post(into, json={"text": "x"}, status=404)
    of_bot, own = await made(instance, bot), await made(instance, ann)
    await suspend(instance, db, ann)
    for path in (of_bot, own):
        await instance.post(path, json={"text": "x"}, status=404)
    await suspend(instance, db, ann, "restore")
    for path in (of_bot, own):
        await instance.post(path, json={"text": "x"})


LONG = "9" * 5_000


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/posts/", {"content": "a", "poll": {"options": [["a"], {}]}}),
        ("POST", "/api/posts/", {"content": "a", "poll": {"options": ["a"] * 50_000}}),
        ("POST", "/api/posts/", {"content": "a", "poll": {"expires_in": 1e300}}),
        ("POST", "/api/posts/", {"content": "a", "quote_id": 10**30}),
        ("POST", "/api/webhooks/", {"url": "https://a.example/", "events": ["x"] * 50_000}),
        ("POST", "/api/webhooks/", {"url": "https://a.example/", "events": [{}, []]}),
        ("POST", "/api/webhooks/", {"url": "https://[::1", "events": ["message.created"]}),
        ("POST", "/api/webhooks/incoming/", {"name": "\x00"}),
        ("POST", "/api/webhooks/incoming/%00/", {"text": "a"}),
        ("GET", f"/api/webhooks/{LONG}/", None),
        ("POST", f"/api/webhooks/1/deliveries/{LONG}/redeliver/", None),
        ("POST", f"/api/posts/{LONG}/vote/", {"choices": [0]}),
        ("POST", "/api/posts/1/vote/", {"choices": list(range(20_000))}),
        ("POST", "/api/posts/1/vote/", {"choices": [True, 1.5, None, "0", {}]}),
        ("DELETE", f"/api/users/me/muted_words/{LONG}/", None),
        ("POST", "/api/users/me/muted_words/", {"text": "a", "contexts": ["feed"] * 50_000}),
        ("POST", "/api/users/me/muted_words/", {"text": "a", "contexts": [[]]}),
        ("POST", "/api/users/tokens/", {"name": "a", "scopes": [{}], "password": "x"}),
        ("DELETE", f"/api/users/tokens/{LONG}/", None),
        ("DELETE", f"/api/users/bots/{LONG}/", {"password": "x"}),
    ],
)
async def test_what_is_out_of_all_measure_is_refused_in_few_words(
    instance: Instance, method: str, path: str, body: Any
) -> None:
    ann = await instance.person("ann")
    reply = await instance.ask(method, path, ann, json=body)
    assert reply.status in (400, 404, 422)
    assert len(str(reply.body)) < 2_000


async def test_what_a_blocked_author_said_or_asked_is_in_no_quote_by_whatever_it_comes(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    ann, bob, cat = await here.people("ann", "bob", "cat")
    await here.follow(cat, bob)
    asked = {"options": ["secret", "other"], "expires_in": 300}
    post = await here.write(ann, "a secret", poll=asked)
    await here.post(f"/api/users/{cat.id}/block/", ann)
    async with (
        there.socket(cat) as socket,
        plain_socket(there, cat) as plain,
        events(there, cat) as stream,
    ):
        for each in (socket, plain, stream):
            await each.next("session.ready")
        quote = await here.write(bob, "look", quote_id=post["id"])
        for each in (socket, plain, stream):
            assert (await each.next("post.created"))["post"]["quoted"]["post"] is None
        path = f"/api/posts/{quote['id']}/"
        await here.call("PATCH", path, bob, json={"content": "looked"})
        for each in (socket, plain, stream):
            await each.next("post.updated")
        assert "secret" not in str((socket.received, plain.received, stream.received))
    await here.post(f"{path}pin/", bob)
    again = await here.write(cat, "again", quote_id=quote["id"])
    pinned = await here.get(f"/api/users/{bob.id}/posts/?kind=pinned", cat)
    assert [one["id"] for one in pinned["results"]] == [quote["id"]]
    assert "secret" not in str((pinned.body, again.body))
    await here.call("DELETE", path, bob)
    assert not await here.walk(f"/api/users/{bob.id}/posts/?kind=pinned", cat)
