"""The one form in which a password is hashed and compared, whatever keyboard it was typed on.

It is that of the OpaqueString profile (RFC 8265, section 4.2): spaces of every kind are U+0020, the
text is in NFC, and every code point is of the FreeformClass (RFC 8264, section 8). In one thing we
go further: full-width and half-width characters are those that they are a width of, as RFC 8265
has it for usernames. The input methods of East Asia switch between the widths, and a field that
shows dots does not tell in which one types.

The package precis-i18n does the same but for the widths. What we need of it is this page; the rules
that ask for tables of scripts are those of IDNA, and the package idna has them.
"""

import unicodedata

import idna

# Categories of the FreeformClass: letters, marks, numbers, punctuation and symbols, and spaces.
ALLOWED = ("L", "M", "N", "P", "S", "Zs")
# Of these categories: Default_Ignorable_Code_Point (DerivedCoreProperties.txt), and Hangul that NFC
# leaves in parts (OldHangulJamo).
INVISIBLE = (
    (0x034F, 0x034F),
    (0x1100, 0x11FF),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x3164, 0x3164),
    (0xA960, 0xA97F),
    (0xD7B0, 0xD7FF),
    (0xFE00, 0xFE0F),
    (0xE0000, 0xE0FFF),
)
# The exceptions of RFC 5892, section 2.6, that RFC 8264 takes over: never allowed, ...
NEVER = frozenset("\u0640\u07fa\u302e\u302f\u3031\u3032\u3033\u3034\u3035\u303b")
# ... and allowed where the characters around them agree.
CONTEXTUAL = frozenset(
    "\u00b7\u0375\u05f3\u05f4\u30fb"
    + "".join(map(chr, (*range(0x0660, 0x066A), *range(0x06F0, 0x06FA))))
)
JOINERS = frozenset("\u200c\u200d")


class UnusablePassword(ValueError):
    """A password has a character that cannot be in one; the message is for its owner."""


def prepare(password: str) -> str:
    """Return the form in which a password is hashed; prepared again it stays the same.

    Raises:
        UnusablePassword: It has a control character, or one that is invisible, not assigned or
            kept out of identifiers.
    """
    if password.isascii() and password.isprintable():
        return password
    prepared = unicodedata.normalize("NFC", "".join(map(_mapped, password)))
    for position, character in enumerate(prepared):
        if not _is_allowed(prepared, position):
            raise UnusablePassword(
                f"The character U+{ord(character):04X} cannot be in a password: it cannot be seen, "
                "or is not typed alike on every keyboard."
            )
    return prepared


def _mapped(character: str) -> str:
    if unicodedata.category(character) == "Zs":
        return " "
    kind, _, code = unicodedata.decomposition(character).partition(" ")
    return chr(int(code, 16)) if kind in ("<wide>", "<narrow>") else character


def _is_allowed(text: str, position: int) -> bool:
    character = text[position]
    if character in JOINERS:
        return idna.valid_contextj(text, position)
    if character in CONTEXTUAL:
        return idna.valid_contexto(text, position)
    if character in NEVER or any(low <= ord(character) <= high for low, high in INVISIBLE):
        return False
    return unicodedata.category(character).startswith(ALLOWED)
