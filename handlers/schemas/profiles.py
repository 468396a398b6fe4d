from marshmallow import Schema

from handlers.schemas.fields import Text, Website


class UpdateProfile(Schema):
    """Every field may be left out, and then stays as it is."""

    display_name = Text(1, 50)
    bio = Text(0, 160)
    location = Text(0, 60)
    website = Website()
