"""Inputs about profiles."""

from marshmallow import Schema

from handlers.media.purposes import AVATAR, BANNER
from handlers.schemas.fields import SEARCH_MAX, File, Prose, Text, Website
from handlers.schemas.paging import Paged
from handlers.text.limits import BIO, DISPLAY_NAME, LOCATION


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


class LookupProfile(Schema):
    """Whose profile, by username."""

    username = Text(1, 100, required=True)


class UpdateProfile(Schema):
    """Changes to one's profile; what is left out stays as it is."""

    display_name = Prose(DISPLAY_NAME)
    bio = Prose(BIO, minimum=0)
    location = Prose(LOCATION, minimum=0)
    website = Website()
    avatar = File(AVATAR)
    banner = File(BANNER)
