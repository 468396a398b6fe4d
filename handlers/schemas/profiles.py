"""Inputs about profiles."""

from marshmallow import Schema

from handlers.media.purposes import AVATAR
from handlers.schemas.fields import SEARCH_MAX, File, Text, Website
from handlers.schemas.paging import Paged


class ListProfiles(Paged):
    """A filter over all profiles."""

    search = Text(
        0,
        SEARCH_MAX,
        load_default="",
        metadata={
            "description": "The beginning of a username or display name, or what is like it."
        },
    )


class UpdateProfile(Schema):
    """Changes to one's profile; what is left out stays as it is."""

    display_name = Text(1, 50)
    bio = Text(0, 160)
    location = Text(0, 60)
    website = Website()
    avatar = File(AVATAR)
