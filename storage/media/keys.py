"""What the two files of an image are called."""

SUFFIX = ".webp"
THUMBNAIL_SUFFIX = ".thumb.webp"


def thumbnail(key: str) -> str:
    """Return the key (or URL) of the small version of the image with this key (or URL)."""
    return key.removesuffix(SUFFIX) + THUMBNAIL_SUFFIX
