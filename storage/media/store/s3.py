"""A media store in a bucket.

By obstore, because it is one small wheel without dependencies: the clients made of botocore hold
back versions of what the server needs, and copy every byte through Python.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from storage.errors import Unavailable
from storage.media.store import Remote
from storage.media.store.address import S3Address

# What a bucket that people are sent to by itself (MEDIA_URL) says about a file.
HEADERS = {"Cache-Control": "public, max-age=31536000, immutable", "Content-Disposition": "inline"}

CONNECT = timedelta(seconds=2)
REQUEST = timedelta(seconds=10)
ATTEMPTS = timedelta(seconds=8)  # after which a failed request is not tried again


class S3:
    """A media store in a bucket.

    Its credentials are those of the environment, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or
    those that a machine or container has by its role.
    """

    def __init__(self, address: S3Address) -> None:
        endpoint = address.endpoint
        config = {"endpoint": endpoint, "region": address.region}
        self._store = S3Store(
            address.bucket,
            prefix=address.prefix,
            config={name: value for name, value in config.items() if value is not None},  # type: ignore[arg-type]
            # Stores that are not Amazon's rarely have a host name for each bucket.
            virtual_hosted_style_request=endpoint is None,
            client_options={
                "allow_http": endpoint is not None and endpoint.startswith("http://"),
                "connect_timeout": CONNECT,
                "timeout": REQUEST,
            },
            retry_config={"max_retries": 3, "retry_timeout": ATTEMPTS},
        )

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        """Store the file, with the headers that it is served with."""
        with _translate_errors():
            await obstore.put_async(
                self._store,
                key,
                data,
                attributes={"Content-Type": content_type, **HEADERS},
                use_multipart=False,
            )

    async def delete(self, keys: Sequence[str]) -> None:
        """Delete these files: S3 takes up to 1000 keys a request, the client sees to more."""
        with _translate_errors():
            await obstore.delete_async(self._store, list(keys))

    async def open(self, key: str) -> Remote | None:
        """Return the file; None when there is none."""
        with _translate_errors():
            try:
                found = await obstore.get_async(self._store, key)
            except FileNotFoundError:
                return None
            return Remote(found.meta["size"], _chunks(found))


async def _chunks(found: "obstore.GetResult") -> AsyncIterator[bytes]:
    with _translate_errors():
        async for chunk in found.stream():
            yield bytes(chunk)


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        raise Unavailable(f"The media store does not answer ({type(error).__name__}).") from error
