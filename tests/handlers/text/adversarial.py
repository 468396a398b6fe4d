"""Texts that would keep a careless grammar busy: of each piece as many as there is room for."""

from collections.abc import Iterator

_PIECES = (
    *("a", "a.", "a-", "a_.", "-.", "_", "1.", "1.1.1.1", "xn--", "xn--a.", "日", "日.", "a.日"),
    *("#", "#a", "#·", "·", "&#a", "@", "@a", "@ann", "@ann.", "a@", "の@a.", "の@ann-", "RT@ann"),
    *("http://", "http://a", "http://1.", "://", "://a", "a.com", "a.com/", "http://a.com?", "("),
    *("http://a.com/(", "http://a.com/)", "http://a.com/!", "http://a.com/日", "http://a.com/日("),
    *("\u0301", "e\u0301", "@\u0301", "\u200d", "👩\u200d", "🇩🇪", "क\u094d", "\r\n", "한국.", "ﷺ"),
)
_AROUND = (("", ""), ("http://a.com/", ""), ("#", ""), ("a.com", "!"), ("@ann", "@"))


def adversarial(size: int) -> Iterator[str]:
    """Texts of about `size` bytes."""
    for piece in _PIECES:
        for before, after in _AROUND:
            yield before + piece * (size // len(piece.encode())) + after
