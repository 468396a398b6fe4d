"""Mails: what stands in them, and how they leave."""

import asyncio
import email
import email.policy
import socket
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from handlers import emails
from handlers.jobs import Refused, TryLater
from server.config import load_config
from server.jobs.mailer import FileMailer, SmtpMailer, open_mailer
from tests.server.jobs.mail_server import MailServer, mail_server

VALUES = {
    "name": "Bob",
    "username": "bob",
    "follower_name": "Alice",
    "follower_username": "alice",
    "public_url": "https://example.org",
    "opt_out": "https://example.org/#unsubscribe=1.a",
}


def follow_mail(*, to: str = "bob@example.org", **changed: str) -> EmailMessage:
    return emails.render(
        "follow",
        to=to,
        sender="Mini-Twitter <no-reply@example.org>",
        cause="follow-17",
        values=VALUES | changed,
    )


def as_received(message: EmailMessage) -> EmailMessage:
    """After a journey as bytes, read by a parser that knows nothing of how it was made."""
    received = email.message_from_bytes(
        message.as_bytes(policy=email.policy.SMTP), policy=email.policy.default
    )
    assert isinstance(received, EmailMessage)
    return received


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    content = body.get_content()
    assert isinstance(content, str)
    return content


@pytest.fixture
async def smtp() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


def test_mail_names_both_users_and_can_be_told_from_a_persons() -> None:
    received = as_received(follow_mail())
    assert received["Subject"] == "Alice (@alice) follows you"
    assert received["To"] == "bob@example.org"
    assert received["From"].addresses[0].addr_spec == "no-reply@example.org"
    assert received["Auto-Submitted"] == "auto-generated"
    assert received["Date"].datetime is not None
    assert "Hello Bob," in part(received, "plain")
    assert '<a href="https://example.org/">' in part(received, "html")


def test_mail_rendered_again_has_the_same_message_id() -> None:
    assert follow_mail()["Message-ID"] == "<follow-17@example.org>"
    assert follow_mail()["Message-ID"] == follow_mail()["Message-ID"]


@pytest.mark.parametrize(
    "name",
    [
        "Eve\r\nBcc: victim@example.org",
        "Eve\nBcc: victim@example.org",
        "Eve\u2028Bcc: victim@example.org",
        "Eve\x85Bcc: victim@example.org",
        # The email package decodes these, line break and all.
        "=?utf-8?q?Eve=0D=0ABcc:_victim@example.org?=",
        "=?utf-8?b?RXZlCkJjYzogdmljdGltQGV4YW1wbGUub3Jn?=",
        "x =\n?utf-8?q?Eve=0ABcc:_victim@example.org?=",
        "=\u200e?utf-8?q?Eve=0ABcc:_victim@example.org?=",
        "Eve\r\n\r\nbody",
    ],
)
def test_display_name_cannot_add_a_header_or_a_body(name: str) -> None:
    plain = as_received(follow_mail())
    received = as_received(follow_mail(follower_name=name))
    assert received.keys() == plain.keys()
    assert received["Bcc"] is None
    assert received["Subject"].endswith("(@alice) follows you")
    assert received["To"] == "bob@example.org"
    assert len(part(received, "plain").splitlines()) == len(part(plain, "plain").splitlines())


@pytest.mark.parametrize(
    "address",
    [
        "a@b\r\nBcc: c@d", "a@b, c@d", "a@b\nc", "nobody", "=?utf-8?q?a?=@example.org",
        "a@b (c)",
    ],
)  # fmt: skip
def test_address_that_is_more_or_less_than_one_is_refused(address: str) -> None:
    with pytest.raises(emails.BadAddress):
        emails.render("follow", to=address, sender="x@y.org", cause="f-1", values=VALUES)


def test_markup_in_a_display_name_is_text_in_both_parts() -> None:
    received = as_received(follow_mail(follower_name="<script>alert('&')</script>"))
    assert "<script>" not in part(received, "html")
    assert "&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;" in part(received, "html")
    assert "<script>alert('&')</script>" in part(received, "plain")


def test_names_in_every_script_arrive_as_they_are() -> None:
    name = "Žluťoučký 猫 👨‍👩‍👧 مرحبا " + "long " * 20
    received = as_received(follow_mail(follower_name=name))
    assert received["Subject"] == f"{name.strip()} (@alice) follows you"
    assert name.strip() in part(received, "plain")


def test_marks_that_turn_text_around_are_dropped() -> None:
    assert emails.one_line("a\u202egnp.exe\u2066") == "agnp.exe"


async def test_mail_reaches_a_mail_server(smtp: MailServer) -> None:
    await SmtpMailer(f"smtp://127.0.0.1:{smtp.port}").send(follow_mail())
    (content,) = smtp.mails
    received = email.message_from_bytes(content, policy=email.policy.default)
    assert received["Message-ID"] == "<follow-17@example.org>"
    assert received["Subject"] == "Alice (@alice) follows you"


async def test_login_is_decoded_from_the_url(smtp: MailServer) -> None:
    mailer = SmtpMailer(f"smtp://us%40er:p%3Ass%2Fword@127.0.0.1:{smtp.port}")
    await mailer.send(follow_mail())
    assert len(smtp.mails) == 1


async def test_wrong_password_is_not_the_mails_fault(smtp: MailServer) -> None:
    with pytest.raises(TryLater):
        await SmtpMailer(f"smtp://user:wrong@127.0.0.1:{smtp.port}").send(follow_mail())


async def test_4xx_is_for_later_and_5xx_for_good(smtp: MailServer) -> None:
    mailer = SmtpMailer(f"smtp://127.0.0.1:{smtp.port}")
    smtp.replies = ["451 greylisted", "552 too big"]
    with pytest.raises(TryLater, match="greylisted"):
        await mailer.send(follow_mail())
    with pytest.raises(Refused, match="too big"):
        await mailer.send(follow_mail())
    smtp.refused = {"bob@example.org": "450 busy"}
    with pytest.raises(TryLater):
        await mailer.send(follow_mail())
    smtp.refused = {"bob@example.org": "550 no such user"}
    with pytest.raises(Refused, match="no such user"):
        await mailer.send(follow_mail())
    assert smtp.mails == []


async def test_mail_server_that_does_not_listen_is_for_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(TryLater):
        await SmtpMailer(f"smtp://127.0.0.1:{port}").send(follow_mail())


async def test_mail_server_that_never_answers_is_for_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.jobs.mailer.SMTP_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        mailer = SmtpMailer(f"smtp://127.0.0.1:{mute.getsockname()[1]}")
        async with asyncio.timeout(20):
            with pytest.raises(TryLater):
                await mailer.send(follow_mail())


async def test_password_does_not_travel_in_the_clear_to_another_host(
    smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.jobs.mailer.LOOPBACK", ())
    url = f"smtp://us%40er:p%3Ass%2Fword@127.0.0.1:{smtp.port}"
    with pytest.raises(aiosmtplib.SMTPException, match="STARTTLS"):
        await SmtpMailer(url).send(follow_mail())
    await SmtpMailer(f"{url}?starttls=never").send(follow_mail())
    assert len(smtp.mails) == 1


async def test_without_a_mail_server_mails_are_files_in_the_order_sent(tmp_path: Path) -> None:
    mailer = open_mailer(load_config({}, tmp_path))
    for name in ("first", "second", "third"):
        await mailer.send(follow_mail(follower_name=name))
    files = sorted((tmp_path / "mail").iterdir())
    assert [file.suffix for file in files] == [".eml"] * 3
    read = [
        email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files
    ]
    assert [mail["Subject"].split()[0] for mail in read] == ["first", "second", "third"]
    assert "second" in part(read[1], "plain")
    assert files[0].stat().st_mode & 0o077 == 0


async def test_many_mails_at_once_are_as_many_files(tmp_path: Path) -> None:
    mailer = FileMailer(tmp_path)
    await asyncio.gather(*(mailer.send(follow_mail()) for _ in range(50)))
    assert len(list(tmp_path.glob("*.eml"))) == len(list(tmp_path.iterdir())) == 50


JOERG = "jörg@bücher.example"
SENT_TO = "jörg@xn--bcher-kva.example"


async def test_a_file_has_the_address_as_it_is_and_never_an_encoded_word(tmp_path: Path) -> None:
    mailer = FileMailer(tmp_path)
    assert await mailer.takes_utf8()
    for address, written in ((JOERG, SENT_TO), ("bob@BÜCHER.example", "bob@xn--bcher-kva.example")):
        await mailer.send(follow_mail(to=address, follower_name="Ærøskøbing"))
        (file,) = tmp_path.glob("*.eml")
        (line,) = [one for one in file.read_text().splitlines() if one.startswith("To:")]
        assert line == f"To: {written}"
        assert (
            "Ærøskøbing"
            in email.message_from_string(file.read_text(), policy=email.policy.default)["Subject"]
        )
        file.unlink()


async def test_other_letters_before_the_at_go_to_a_server_that_announces_smtputf8() -> None:
    async with mail_server(utf8=True) as smtp:
        mailer = SmtpMailer(f"smtp://127.0.0.1:{smtp.port}")
        assert await mailer.takes_utf8()
        await mailer.send(follow_mail(to=JOERG))
    assert smtp.recipients == [SENT_TO]
    assert f"\r\nTo: {SENT_TO}\r\n".encode() in smtp.mails[0]


async def test_where_it_is_not_announced_they_are_refused_for_good(smtp: MailServer) -> None:
    mailer = SmtpMailer(f"smtp://127.0.0.1:{smtp.port}")
    assert not await mailer.takes_utf8()
    with pytest.raises(Refused, match="SMTPUTF8"):
        await mailer.send(follow_mail(to=JOERG))
    await mailer.send(follow_mail(to="bob@bücher.example"))
    assert smtp.recipients == ["bob@xn--bcher-kva.example"]


async def test_a_server_that_does_not_say_takes_none_and_is_not_asked_for_every_address() -> None:
    asked = 0

    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(hang, "127.0.0.1", 0) as server:
        mailer = SmtpMailer(f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        assert await asyncio.gather(*(mailer.takes_utf8() for _ in range(20))) == [False] * 20
    assert asked == 1


@pytest.mark.parametrize("reply", ["530 5.7.0 Authentication required", "538 encrypt first"])
async def test_a_5xx_about_us_is_not_the_mails_fault(smtp: MailServer, reply: str) -> None:
    smtp.refused = {"bob@example.org": reply}
    with pytest.raises(TryLater):
        await SmtpMailer(f"smtp://127.0.0.1:{smtp.port}").send(follow_mail())
