"""The page that the `type` of every problem leads to, and docs/errors.md: made of ErrorCode.

`python -m server.docs.error_reference` prints the latter.
"""

from collections.abc import Mapping
from html import escape

from aiohttp import web

from handlers.error_codes import ERRORS_PATH, ErrorCode
from server.docs.page import inline, page
from server.docs.problems import by_status
from server.web.assets import constant

HEADING = "Errors"
ABOUT = """
Whatever goes wrong is answered as problem details (RFC 9457): the body of an HTTP answer, the
`error` of an ack, the `data` of a `connect_error`. Its `code` says what it was, for programs;
`type` leads to the code's paragraph here. `title` is the same for all of a code, `detail` is for
developers and its wording may change, `errors` says what is wrong with which field of the input.
Codes are never renamed or given another meaning; new ones may come, so take one that you do not
know by its `status`.
"""


def markdown() -> str:
    """Return docs/errors.md."""
    parts = [f"# {HEADING}", _joined(ABOUT), "Made by `python -m server.docs.error_reference`."]
    for status, codes in by_status(ErrorCode).items():
        parts.append(f"## {status.value} {status.phrase}")
        for code in codes:
            parts.append(f"### `{code.value}`")
            parts.append(f"{code.title}. {code.description}")
            parts.append(f"When to retry: {_lowered(code.retry)}")
    return "\n\n".join(parts) + "\n"


def html() -> bytes:
    """Return the page at ERRORS_PATH."""
    parts = [f"<h1>{HEADING}</h1>", f"<p>{inline(_joined(ABOUT))}</p>"]
    for status, codes in by_status(ErrorCode).items():
        parts.append(f"<h2>{status.value} {escape(status.phrase)}</h2>")
        parts.extend(map(_section, codes))
    return page(HEADING, "\n".join(parts))


def add_error_page(app: web.Application, headers: Mapping[str, str]) -> None:
    """Serve the page, under the same policy as the rest of the site."""
    app.router.add_get(ERRORS_PATH, constant(html(), "text/html", headers))


def _section(code: ErrorCode) -> str:
    return (
        f'<section id="{code.value}"><h3><code>{code.value}</code></h3>'
        f"<p>{escape(code.title)}. {inline(code.description)}</p>"
        f"<p>When to retry: {inline(_lowered(code.retry))}</p></section>"
    )


def _joined(text: str) -> str:
    return " ".join(text.split())


def _lowered(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


if __name__ == "__main__":
    print(markdown(), end="")
