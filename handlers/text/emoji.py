"""Emoji: what is one (UTS #51), and its one spelling."""

import regex

BYTES_MAX = 64  # as in the table; the longest that keyboards have is 41

_VS16 = "\ufe0f"  # asks for the picture of a character that is text by itself
_MARK = rf"(?:\p{{Emoji_Modifier}}|{_VS16})?"
_TAGS = r"(?:[\U000e0020-\U000e007e]+\U000e007f)?"
_ELEMENT = rf"[\p{{Extended_Pictographic}}&&\p{{Emoji}}]{_MARK}{_TAGS}"
_FLAG = r"\p{Regional_Indicator}{2}"
_KEYCAP = rf"[0-9#*]{_VS16}?\u20e3"
_EMOJI = regex.compile(rf"{_ELEMENT}(?:\u200d{_ELEMENT})*|{_FLAG}|{_KEYCAP}", regex.V1)
_TEXT_BY_ITSELF = regex.compile(
    r"([\p{Extended_Pictographic}--\p{Emoji_Presentation}])(?!\p{Emoji_Modifier})", regex.V1
)
_KEY = regex.compile(r"([0-9#*])(?=\u20e3)")


def spelled(text: str) -> str | None:
    """Return the one spelling of an emoji, fully qualified; None for what is not exactly one."""
    if len(text.encode(errors="replace")) > BYTES_MAX or not _EMOJI.fullmatch(text):
        return None
    bare = text.replace(_VS16, "")
    found = _KEY.sub(rf"\1{_VS16}", _TEXT_BY_ITSELF.sub(rf"\1{_VS16}", bare))
    return found if len(found.encode()) <= BYTES_MAX and regex.fullmatch(r"\X", found) else None
