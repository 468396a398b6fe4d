"""The one spelling of a hashtag, by which it is stored and looked up."""

import unicodedata

# Before NFKC, which makes a space and a mark of the Japanese sound marks, and ~ of the wide tilde.
_ALIKE = str.maketrans({"\u309b": "\u3099", "\u309c": "\u309a", "\uff5e": "\u301c"})
# Dotted and dotless i are one letter: which is the capital of which depends on the language.
_DOTS = str.maketrans({"\u0131": "i"})
_DOTTED_I = "i\u0307"
# What a tag may be written with at its end, without being another for it.
_ENDS = "\u200c\u200d\u00b7\u30a0\u30fb\u301c\u0f0b\u0f0c\u05be"


def fold(tag: str) -> str:
    """Return the one spelling of a hashtag, given without its sign.

    Unicode's compatibility composition (NFKC) and full case folding, until neither changes it:
    `ｆｕｌｌ`, `FULL` and `full` are one tag, and so are `Straße` and `STRASSE`, and `İstanbul` and
    `istanbul`, as dotted and dotless i are one letter here.
    Spaces that NFKC puts in are left out, and so are dots, dashes and joiners at the ends. The page
    has the same in server/web/text.js.
    """
    folded = tag.translate(_ALIKE)
    for _ in range(2):
        folded = unicodedata.normalize("NFKC", folded).casefold().translate(_DOTS)
        folded = folded.replace(_DOTTED_I, "i")
    return unicodedata.normalize("NFKC", folded.replace(" ", "")).strip(_ENDS)


def tag_asked_for(text: str) -> str:
    """Return the one spelling of a hashtag that somebody asks for, with its sign or without."""
    tag = _without_sign(text, "#＃")
    return fold(tag) or tag


def name_asked_for(text: str) -> str:
    """Return the name that somebody asks for, without spaces around it and the sign before it."""
    return _without_sign(text, "@＠")


def _without_sign(text: str, signs: str) -> str:
    text = text.strip()
    return text[1:] if text[:1] and text[0] in signs else text
