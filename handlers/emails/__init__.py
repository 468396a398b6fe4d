"""Mails: each a folder of templates for its subject, its text and its HTML."""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import Policy

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from storage.accounts.addresses import UnusableAddress, canonical

# Invisible characters that turn the direction of the text around them.
BIDI = dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))

TEMPLATES = Environment(
    loader=PackageLoader(__name__),
    autoescape=select_autoescape(enabled_extensions=["html.jinja"], default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
)


Value = str | Sequence[Mapping[str, str]]


def render(
    name: str,
    *,
    to: str,
    sender: str,
    cause: str,
    values: Mapping[str, Value],
    unsubscribe: str | None = None,
) -> EmailMessage:
    """Return a message that is ready to send, with a text and an HTML part.

    `to` is a bare address: a display name there would be user text among addresses. The Message-ID
    depends only on `cause` (letters, digits, hyphens) and the domain of `sender`, so a mail that is
    delivered twice is known by it. Line breaks and what could end a header are taken out of
    `values`. `unsubscribe` is a URL that a mail program may POST to (RFC 8058).

    Raises:
        BadAddress: `to` is more or less than one address, or would be read as another.
    """
    plain = {key: _plain(value) for key, value in values.items()}
    message = EmailMessage()
    message["Subject"] = unencoded(one_line(_fill(name, "subject.txt", plain)))
    message["From"] = sender
    message["To"] = _address(to)
    message["Date"] = datetime.now(UTC)
    message["Message-ID"] = f"<{cause}@{message['From'].addresses[0].domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if unsubscribe is not None:
        message["List-Unsubscribe"] = Unfolded("List-Unsubscribe", f"<{unsubscribe}>")
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(_fill(name, "body.txt", plain))
    message.add_alternative(_fill(name, "body.html", plain), subtype="html")
    return message


class BadAddress(ValueError):
    """What should be an address is none."""


def _address(text: str) -> Address:
    try:
        username, _, domain = canonical(text).rpartition("@")
        return Address(
            username=username, domain=domain
        )  # not parsed again, which is for ASCII only
    except UnusableAddress:
        pass  # it is from before such were refused, and may be good for all that
    try:
        address = Address(addr_spec=text)
    except (ValueError, IndexError, HeaderParseError) as error:
        raise BadAddress(str(error)) from error
    if "=?" in text or address.addr_spec != text:
        raise BadAddress("it would be read as another")
    return address


class Unfolded(str):
    """A header of ASCII that is sent as it stands.

    The email package makes encoded words of a URL that is longer than a line, and mail programs do
    not decode them there.
    """

    name: str

    def __new__(cls, name: str, value: str) -> "Unfolded":
        """Return the value as a header of this name."""
        header = super().__new__(cls, value)
        header.name = name
        return header

    def fold(self, *, policy: Policy) -> str:
        """Return the header line; the email package calls this instead of folding itself."""
        return f"{self.name}: {self}{policy.linesep}"


def _plain(value: Value) -> Value:
    if isinstance(value, str):
        return one_line(value)
    return [{key: one_line(text) for key, text in row.items()} for row in value]


def one_line(text: str) -> str:
    """Return the text without control characters, line breaks and marks that turn text around."""
    spaced = "".join(
        " " if unicodedata.category(character) in ("Cc", "Zl", "Zp") else character
        for character in text.translate(BIDI)
    )
    return " ".join(spaced.split())


def unencoded(text: str) -> str:
    """Return the text so that nothing in it reads as an RFC 2047 encoded word.

    The email package decodes such words even when they are assigned to a header, and up to Python
    3.12.4 writes a line break that it found in one as it stands: the rest becomes a header.
    """
    return text.replace("=?", "= ?")


def _fill(name: str, part: str, values: Mapping[str, Value]) -> str:
    return TEMPLATES.get_template(f"{name}/{part}.jinja").render(values)
