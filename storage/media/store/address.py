"""The address of a bucket."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

ACCEPTED = "s3://BUCKET or s3://BUCKET/PREFIX, with ?endpoint=URL and &region=NAME where needed"


@dataclass(frozen=True, slots=True)
class S3Address:
    """A bucket, and what the keys in it begin with.

    Without an endpoint it is one of AWS; without a region, in that of AWS_REGION.
    """

    bucket: str
    prefix: str | None
    endpoint: str | None
    region: str | None


def parse(text: str) -> S3Address | None:
    """Return the address that a URL has; None for an empty text.

    Raises:
        ValueError: It is none; the message says what is accepted.
    """
    if not text:
        return None
    parts = urlsplit(text)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    endpoint = urlsplit(options.get("endpoint", "https://aws"))
    if (
        parts.scheme != "s3"
        or not parts.netloc
        or "@" in parts.netloc  # credentials: they come from the environment
        or not options.keys() <= {"endpoint", "region"}
        or endpoint.scheme not in ("http", "https")
        or not endpoint.netloc
    ):
        raise ValueError(ACCEPTED)
    prefix = parts.path.strip("/") or None
    return S3Address(parts.netloc, prefix, options.get("endpoint"), options.get("region"))
