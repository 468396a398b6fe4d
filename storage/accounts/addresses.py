"""E-mail addresses: the one form in which each is kept, and those in which it may be stored.

The domain is kept as IDNA has it on the wire (A-labels, in lower case), so all ways to write it are
one address. What stands before the @ is kept as it was given, but that what is not ASCII is in NFC
and in lower case; addresses that differ in case are one account's (storage/accounts/accounts.py).
"""

import re
import unicodedata
from typing import NamedTuple

import idna

ADDRESS_MAX = 254  # octets (RFC 5321, section 4.5.3.1.3, without the angle brackets)
LOCAL_MAX = 64
DOMAIN_MAX = 253
SPACES_AROUND = " \t\u00a0\u3000"  # what keyboards put behind a word that they complete
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+")  # atext (RFC 5322, section 3.2.3)


class UnusableAddress(ValueError):
    """No mail of ours can go to an address; the message is for whoever gave it."""


def canonical(address: str) -> str:
    """Return the form in which an address is kept; that of a canonical one is itself.

    Before the @ stands a dot-atom, of letters and digits of any script (UTS #39, section 3.3);
    whether the mail server takes what is not ASCII is not known here.

    Raises:
        UnusableAddress: It is none that mail can go to: no dot-atom before the @, no name of a host
            on the Internet behind it, or too long.
    """
    local, at, domain = address.rpartition("@")
    if not at:
        raise UnusableAddress("This has no @.")
    found = f"{_local(local)}@{ascii_domain(domain)}"
    if len(found.encode()) > ADDRESS_MAX:
        raise UnusableAddress(f"This is longer than {ADDRESS_MAX} bytes.")
    return found


def _local(local: str) -> str:
    normal = local if local.isascii() else unicodedata.normalize("NFC", local).lower()
    if len(normal.encode(errors="replace")) > LOCAL_MAX:
        raise UnusableAddress(f"What stands before the @ is longer than {LOCAL_MAX} bytes.")
    # The email package reads what begins so as an encoded word (RFC 2047), wherever it stands.
    if "=?" in normal or not all(map(_is_atom, normal.split("."))):
        raise UnusableAddress(
            "Before the @ may stand letters, digits, dots between them, and !#$%&'*+/=?^_`{|}~-."
        )
    return normal


def _is_atom(text: str) -> bool:
    """Return whether this is an atom: what is not ASCII is of identifiers, and not a variant."""
    if not unicodedata.is_normalized("NFKC", text):
        return False
    plain = "".join("x" if not c.isascii() and f"x{c}".isidentifier() else c for c in text)
    return ATOM.fullmatch(plain) is not None


def ascii_domain(domain: str) -> str:
    """Return the A-label form of a domain (RFC 5891, after the mapping of UTS #46).

    Raises:
        UnusableAddress: It is no domain name, or one of a single label: no host of the Internet.
    """
    refusal = UnusableAddress("Behind the @ stands no domain name.")
    if len(domain) > DOMAIN_MAX:
        raise refusal
    try:
        labels = [_a_label(label) for label in idna.uts46_remap(domain, std3_rules=True).split(".")]
    except (idna.IDNAError, UnicodeError) as error:
        raise refusal from error
    found = ".".join(labels)
    if len(labels) < 2 or labels[-1].isdigit() or len(found) > DOMAIN_MAX:
        raise refusal
    return found


def _a_label(label: str) -> str:
    # IDNA keeps hyphens at the third and fourth place to itself; DNS has such names all the same.
    if LABEL.fullmatch(label) and not label.startswith("xn--"):
        return label
    return idna.alabel(label).decode()


class Forms(NamedTuple):
    """The forms in which an account's name or address may be stored that somebody typed.

    typed: as it is; kept: as addresses are kept now; shown: with the domain as people read it, as
    addresses used to be stored. What is no address has one form.
    """

    typed: str
    kept: str
    shown: str


# Users who have the address of these forms, $1 to $3. Of two, from before an address had one form
# only, it is the one whose address is stored as it was typed.
HAS_ADDRESS = "lower(email) IN (lower($1), lower($2), lower($3))"
CLOSEST = "lower(email) = lower($1) DESC, lower(email) = lower($2) DESC LIMIT 1"


def forms(typed: str) -> Forms:
    """Return the forms of a username or an address, without spaces around it. Raises nothing."""
    typed = typed.strip(SPACES_AROUND)
    try:
        kept = canonical(typed)
    except UnusableAddress:
        return Forms(typed, typed, typed)
    local, _, domain = kept.rpartition("@")
    labels = [idna.ulabel(x) if x.startswith("xn--") else x for x in domain.split(".")]
    return Forms(typed, kept, f"{local}@{'.'.join(labels)}")
