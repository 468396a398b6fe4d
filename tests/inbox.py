"""What people find in their mail."""

import email
import email.policy
import re
from email.message import EmailMessage

from tests.server.jobs.mail_server import MailServer
from tests.waiting import until


def mails_to(smtp: MailServer, address: str) -> list[EmailMessage]:
    """All so far, the oldest first."""
    found = []
    for content in smtp.mails:
        mail = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        if mail["To"] == address:
            found.append(mail)
    return found


async def mail_about(smtp: MailServer, address: str, subject: str, number: int = 1) -> EmailMessage:
    """The mail to this address whose subject has this in it, once there are so many of them."""

    def found() -> list[EmailMessage]:
        return [mail for mail in mails_to(smtp, address) if subject in mail["Subject"]]

    await until(lambda: len(found()) >= number)
    return found()[number - 1]


def text(mail: EmailMessage, kind: str = "plain") -> str:
    body = mail.get_body((kind,))
    assert body is not None
    content = body.get_content()
    assert isinstance(content, str)
    return content


def token(mail: EmailMessage) -> str:
    """Out of the only link in the mail that has one; its HTML has the same."""
    (secret,) = set(re.findall(r"#(?:verify|reset|change|unsubscribe)=([\w.-]+)", text(mail)))
    assert f"={secret}" in text(mail, "html")
    return str(secret)
