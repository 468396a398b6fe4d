from marshmallow import Schema

from handlers.schemas.common import SEARCH_MAX, Paged
from handlers.schemas.fields import File, Text, Website


class ListProfiles(Paged):
    search = Text(
        0,
        SEARCH_MAX,
        load_default="",
        metadata={
            "description": "The beginning of a username or display name, or what is like it."
        },
    )


class UpdateProfile(Schema):
    """Every field may be left out, and then stays as it is."""

    display_name = Text(1, 50)
    bio = Text(0, 160)
    location = Text(0, 60)
    website = Website()
    avatar = File("400 x 400 pixels out of the middle (96 x 96 the small one)")
