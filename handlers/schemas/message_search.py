"""Input of the search in messages."""

from handlers.schemas.fields import SEARCH_MAX, Text
from handlers.schemas.paging import Paged


class SearchMessages(Paged):
    """What to search for."""

    q = Text(
        1,
        SEARCH_MAX,
        required=True,
        metadata={
            "description": "Words, as `GET /api/search/` has them, and `from:`, `in:`, `before:`, "
            "`after:`.",
            "example": "plans from:me",
        },
    )
