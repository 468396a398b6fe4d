"""Files as they were sent, before anybody has looked into them."""

from dataclasses import dataclass
from typing import IO


@dataclass(frozen=True, slots=True)
class Upload:
    """A file out of the input's field of this name.

    file is a temporary one without a path, open for the time of the request; size is in bytes,
    sha256 in hexadecimal digits.
    """

    field: str
    file: IO[bytes]
    size: int
    sha256: str
