"""Mails as they arrive at a real mail server, and what the links in them do."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args, get_type_hints
from urllib.parse import urlsplit

import asyncpg
import pytest

from handlers.jobs import SCHEDULES, JobContext
from handlers.jobs.digest_email import DID
from handlers.security.tokens import Tokens
from server.config import Config
from server.jobs.mailer import open_mailer
from storage.database.advisory_locks import AdvisoryLock
from storage.database.pool import open_database
from storage.media.store import media_store
from storage.records import Notification
from tests.conftest import Services, running
from tests.inbox import mail_about, mails_to, text, token
from tests.people import PASSWORD, Instance, Person
from tests.server.jobs.mail_server import MailServer, mail_server
from tests.server.jobs.worker_helpers import no_jobs, until, working
from tests.storage.own_database import own_database

WEB = Path(__file__).parents[3] / "server/web"


@dataclass(frozen=True, slots=True)
class World:
    """An instance, the worker beside it, the mail server, and their database."""

    instance: Instance
    smtp: MailServer
    db: asyncpg.Connection
    settings: Config

    async def settled(self) -> None:
        await until(no_jobs(self.db))


@pytest.fixture
async def world(settings: Config, services: Services) -> AsyncIterator[World]:
    async with own_database(services.database_url) as url, mail_server() as smtp:
        own = replace(
            settings, database_url=url, public_url="https://a-rather-long-name.social.example.org"
        )
        async with running(own) as instance, working(own, smtp):
            db = await asyncpg.connect(url)
            yield World(instance, smtp, db, own)
            await db.close()


def address(person: Person) -> str:
    return f"{person.username}@example.org"


async def verified(world: World, name: str) -> Person:
    person = await world.instance.person(name)
    mail = await mail_about(world.smtp, address(person), "Verify")
    await world.instance.post("/api/users/email/verify/", json={"token": token(mail)}, status=204)
    return person


async def digests(world: World) -> None:
    """What the clock starts, and all that follows from it."""
    await plan_digests(world)
    await world.settled()


async def plan_digests(world: World) -> None:
    config = world.settings
    tokens = Tokens(config.jwt_secret, config.access_token_seconds, config.refresh_token_days)
    store = media_store(config.media_store_url, config.media_dir)
    async with open_database(config.database_url, size=1) as db:
        mailer = open_mailer(config)
        context = JobContext(db, mailer, tokens, config.mail_from, config.public_url, store)
        await SCHEDULES["digests"][1](context)


async def test_address_is_verified_by_the_link_mailed_at_registration(world: World) -> None:
    ann = await world.instance.person("ann")
    assert not (await world.instance.get("/api/users/me/", ann))["email_verified"]
    mail = await mail_about(world.smtp, address(ann), "Verify")
    assert f"{world.settings.public_url}/#verify=" in text(mail)
    verify = {"token": token(mail)}
    await world.instance.post("/api/users/email/verify/", json=verify, status=204)
    assert (await world.instance.get("/api/users/me/", ann))["email_verified"]
    await world.instance.post("/api/users/email/verify/", json=verify, status=422)
    await world.instance.post("/api/users/email/verify/resend/", ann, status=204)
    await world.settled()
    assert len(mails_to(world.smtp, address(ann))) == 1


async def test_registration_that_fails_mails_nobody(world: World) -> None:
    ann = await world.instance.person("ann")
    account = {"username": ann.username, "email": "other@example.org", "password": PASSWORD}
    await world.instance.post("/api/users/", json=account, status=409)
    await world.settled()
    assert not mails_to(world.smtp, "other@example.org")


async def test_link_asked_for_again_works_as_the_first_does(world: World) -> None:
    ann = await world.instance.person("ann")
    first = token(await mail_about(world.smtp, address(ann), "Verify"))
    await world.instance.post("/api/users/email/verify/resend/", ann, status=204)
    second = token(await mail_about(world.smtp, address(ann), "Verify", number=2))
    assert first != second
    await world.instance.post("/api/users/email/verify/resend/", None, status=401)
    await world.instance.post("/api/users/email/verify/", json={"token": second}, status=204)


async def test_lost_password_is_set_anew_by_mail(world: World) -> None:
    ann = await world.instance.person("ann")
    reset = {"email": address(ann).upper()}
    await world.instance.post("/api/users/password/reset/", json=reset, status=204)
    mail = await mail_about(world.smtp, address(ann), "new password")
    assert f"{world.settings.public_url}/#reset=" in text(mail)
    given = {"token": token(mail), "password": "wrong battery"}
    await world.instance.post("/api/users/password/reset/confirm/", json=given, status=204)
    await world.instance.post("/api/users/password/reset/confirm/", json=given, status=422)
    refresh = {"refresh": ann.refresh}
    await world.instance.post("/api/users/token/refresh/", json=refresh, status=401)
    login = {"username": ann.username, "password": "wrong battery"}
    await world.instance.post("/api/users/token/", json=login)
    # Whoever could read the mail has the address.
    again = await world.instance.post("/api/users/token/", json=login)
    ann = Person(ann.id, ann.username, again["access"], again["refresh"])
    assert (await world.instance.get("/api/users/me/", ann))["email_verified"]


async def test_reset_for_an_address_that_nobody_has_mails_nobody(world: World) -> None:
    await world.instance.post(
        "/api/users/password/reset/", json={"email": "nobody@example.org"}, status=204
    )
    await world.settled()
    assert world.smtp.tries == 0


async def test_mail_put_off_for_long_has_the_link_it_had(world: World) -> None:
    ann = await world.instance.person("ann")
    await mail_about(world.smtp, address(ann), "Verify")
    world.smtp.replies = ["451 later"] * 6  # more often than links may be asked for
    reset = {"email": address(ann)}
    await world.instance.post("/api/users/password/reset/", json=reset, status=204)
    mail = await mail_about(world.smtp, address(ann), "new password")
    assert await world.db.fetchval(
        "SELECT count(*) = 1 FROM mail_tokens WHERE purpose = 'password_reset'"
    )
    given = {"token": token(mail), "password": "wrong battery"}
    await world.instance.post("/api/users/password/reset/confirm/", json=given, status=204)


async def test_following_again_and_again_is_told_once(world: World) -> None:
    ann, bob = await world.instance.people("ann", "bob")
    for _ in range(3):
        await world.instance.post(f"/api/users/{ann.id}/follow/", bob)
        await mail_about(world.smtp, address(ann), "follows you")
        await world.instance.post(f"/api/users/{ann.id}/unfollow/", bob)
        await world.db.execute("DELETE FROM notifications")  # as a block does
    await world.settled()
    mails = mails_to(world.smtp, address(ann))
    assert sum("follows you" in mail["Subject"] for mail in mails) == 1


async def test_digest_tells_once_what_is_unread(world: World) -> None:
    ann = await verified(world, "ann")
    bob, eve = await world.instance.people("bob", "eve")
    await world.instance.follow(bob, ann)
    await world.instance.write(eve, f"hello @{ann.username}")
    await digests(world)
    mail = await mail_about(world.smtp, address(ann), "2 unread notifications")
    for body in (text(mail), text(mail, "html")):
        assert bob.username in body
        assert "follows you" in body
        assert "has mentioned you" in body
    await digests(world)  # another plan of the same morning
    await world.db.execute("UPDATE mails SET created_at = now() - interval '1 day'")
    await digests(world)  # a day later, and nothing new
    assert len(mails_to(world.smtp, address(ann))) == 3  # with the link and the follower
    await world.instance.write(bob, f"goodbye @{ann.username}")
    await digests(world)
    mail = await mail_about(world.smtp, address(ann), "1 unread notification on")
    assert "follows you" not in text(mail)


async def test_a_digest_tells_of_quotes_and_of_mentions_in_groups(world: World) -> None:
    ann = await verified(world, "ann")
    bob = await world.instance.person("bob")
    post = await world.instance.write(ann, "quote me")
    await world.instance.write(bob, "look", quote_id=post["id"])
    group = await world.instance.chat(bob, ann, title="all")
    await world.instance.say(bob, group, f"a secret for @{ann.username}")
    await digests(world)
    mail = await mail_about(world.smtp, address(ann), "2 unread notifications")
    assert "has quoted your post" in text(mail)
    assert "has mentioned you in a group" in text(mail)
    assert "secret" not in mail.as_string()


def test_mails_and_pushes_have_words_for_every_kind_of_notification() -> None:
    kinds = set(get_args(get_type_hints(Notification)["kind"]))
    assert set(DID) == kinds
    pushed = (WEB / "push.js").read_text("utf-8")
    assert {kind for kind in kinds if f'{kind}: t("pushed.{kind}"' not in pushed} == set()


async def test_digest_goes_to_nobody_who_has_read_all_opted_out_or_is_not_verified(
    world: World,
) -> None:
    read, out = [await verified(world, name) for name in ("read", "out")]
    (unverified, bob) = await world.instance.people("unverified", "bob")
    await world.settled()
    before = len(world.smtp.mails)
    names = " ".join(f"@{person.username}" for person in (read, out, unverified))
    await world.instance.write(bob, f"hello {names}")
    await world.instance.post("/api/notifications/mark_all_as_read/", read)
    changed = await world.instance.call(
        "PATCH", "/api/users/me/", out, json={"digest_mails": False}
    )
    assert changed["digest_mails"] is False
    await world.instance.follow(bob, out)  # not told of it by mail, either
    await digests(world)
    assert len(world.smtp.mails) == before


async def test_one_click_ends_mails_without_a_login(world: World) -> None:
    ann = await verified(world, "ann")
    bob = await world.instance.person("bob")
    await world.instance.follow(bob, ann)
    mail = await mail_about(world.smtp, address(ann), "follows you")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    header = mail["List-Unsubscribe"]
    assert header.startswith(f"<{world.settings.public_url}/api/users/unsubscribe/?token=")
    target = urlsplit(header.strip("<>"))
    assert target.query.removeprefix("token=") == token(mail)
    async with world.instance.http.post(
        f"{world.instance.url}{target.path}?{target.query}",
        data={"List-Unsubscribe": "One-Click"},
        allow_redirects=False,
    ) as response:
        assert response.status == 200
    assert not (await world.instance.get("/api/users/me/", ann))["digest_mails"]
    await world.instance.write(bob, f"hello @{ann.username}")
    await digests(world)
    assert len(mails_to(world.smtp, address(ann))) == 2


async def test_no_link_in_any_mail_does_anything_when_it_is_opened(world: World) -> None:
    """Link checkers open them all: those of the text, of the HTML and of the headers."""
    ann = await world.instance.person("ann")
    bob = await world.instance.person("bob")
    await world.instance.follow(bob, ann)
    reset = {"email": address(ann)}
    await world.instance.post("/api/users/password/reset/", json=reset, status=204)
    await world.settled()
    before = await account_of(world, ann)
    for mail in mails_to(world.smtp, address(ann)):
        where = f"{text(mail)} {text(mail, 'html')} {mail['List-Unsubscribe']}"
        links = set(re.findall(rf"{world.settings.public_url}[^\s\"<>]*", where))
        assert links
        for link in links:
            opened = link.rstrip(".,").removeprefix(world.settings.public_url) or "/"
            for method in ("GET", "HEAD"):
                await world.instance.call(method, opened.partition("#")[0])
    assert await account_of(world, ann) == before
    verify = token(await mail_about(world.smtp, address(ann), "Verify"))
    await world.instance.post("/api/users/email/verify/", json={"token": verify}, status=204)


async def account_of(world: World, person: Person) -> object:
    """The account and its links, as they are stored."""
    row = await world.db.fetchrow("SELECT * FROM users WHERE id = $1", person.id)
    links = await world.db.fetch("SELECT * FROM mail_tokens ORDER BY hash")
    return row, links


async def test_nobody_is_opted_out_by_a_forged_token(world: World) -> None:
    ann = await world.instance.person("ann")
    rest = Tokens(world.settings.jwt_secret, 900, 30).unsubscribing(ann.id + 1).partition(".")[2]
    for forged in (f"{ann.id}", f"{ann.id}.", f"{ann.id}.x", f"{ann.id}.{rest}", f"é.{rest}"):
        await world.instance.post(f"/api/users/unsubscribe/?token={forged}", status=422)
    assert (await world.instance.get("/api/users/me/", ann))["digest_mails"]


async def test_names_in_a_digest_cannot_write_html_or_headers(world: World) -> None:
    ann = await verified(world, "ann")
    bob = await world.instance.person("bob")
    name = "<img src=x>\u2028Bcc: a@b.c"
    await world.instance.call(
        "PATCH", "/api/users/profiles/update_my_profile/", bob, json={"display_name": name}
    )
    await world.instance.write(bob, f"hello @{ann.username}")
    await digests(world)
    mail = await mail_about(world.smtp, address(ann), "1 unread")
    assert "<img" not in text(mail, "html")
    assert mail["Bcc"] is None


async def test_all_of_many_digests_are_sent(world: World) -> None:
    bob = await world.instance.person("bob")
    await world.settled()
    await world.db.execute(
        """WITH people AS (
               INSERT INTO users (username, email, password_hash, display_name, email_verified_at)
               SELECT 'u' || n, 'u' || n || '@example.org', '', 'U', now()
                 FROM generate_series(100, 111) n RETURNING id),
           counted AS (
               INSERT INTO user_seq (user_id, unread_notifications) SELECT id, 1 FROM people)
           INSERT INTO notifications (user_id, kind, actor_id)
           SELECT id, 'follow', $1 FROM people""",
        bob.id,
    )
    await asyncio.gather(plan_digests(world), plan_digests(world))
    await world.settled()
    sent = [mail for n in range(100, 112) for mail in mails_to(world.smtp, f"u{n}@example.org")]
    assert len(sent) == 12


async def test_followed_again_before_the_first_mail_went_out_it_is_sent(world: World) -> None:
    ann = await verified(world, "ann")
    bob = await world.instance.person("bob")
    await world.db.execute("SELECT pg_advisory_lock($1)", AdvisoryLock.JOB_CLAIMS)  # no job begins
    for verb in ("follow", "unfollow", "follow"):
        await world.instance.post(f"/api/users/{ann.id}/{verb}/", bob)
    await world.db.execute("SELECT pg_advisory_unlock($1)", AdvisoryLock.JOB_CLAIMS)
    await mail_about(world.smtp, address(ann), bob.username)
