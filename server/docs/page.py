"""What the documents that are pages of the site have in common."""

import re

from markupsafe import Markup, escape

from server.docs.about import TITLE

LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")


def page(title: str, content: str) -> bytes:
    """Return the page with this content."""
    html = (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title} - {TITLE}</title>"
        '<link rel="stylesheet" href="/web/style.css"><link rel="stylesheet" href="/web/docs.css">'
        f'<body class="document">\n{content}\n</body></html>\n'
    )
    return html.encode()


def inline(text: str) -> Markup:
    """Return a paragraph of a description as HTML: code between backticks, and links."""
    pieces = str(escape(text)).split("`")
    pieces[1::2] = [f"<code>{piece}</code>" for piece in pieces[1::2]]
    return Markup(LINK.sub(r'<a href="\2">\1</a>', "".join(pieces)))
