"""Those who listen to streams without login: how many, from where, and what they search for."""

from collections.abc import Callable, Iterable

from handlers.error_codes import ErrorCode
from handlers.errors import OperationError
from realtime.delivery.places import Places
from storage.posts.streams import StreamName

# Of one address, to this process.
CONNECTIONS_MAX = 100
SEARCHES_MAX = 20  # different ones
# Of all addresses together, to this process.
ALL_SEARCHES_MAX = 2_000

CROWDED_RETRY_SECONDS = 30


class Visitors:
    """Lets those in for whom there is room."""

    def __init__(self) -> None:
        self._by_address = Places()
        self._searches = Places()  # by what is searched for
        self._searches_of: dict[str, Places] = {}

    def admit(self, address: str, names: Iterable[StreamName]) -> Callable[[], None]:
        """Count a connection from an address; return what counts it no longer.

        Raises:
            OperationError: There is no room for it.
        """
        searches = [name for name in names if name.kind == "search"]
        if self._by_address.held(address) >= CONNECTIONS_MAX:
            raise OperationError(
                ErrorCode.TOO_MANY_CONNECTIONS,
                "Too many connections without login from this address.",
                retry_after=CROWDED_RETRY_SECONDS,
            )
        of_address = self._searches_of.get(address) or Places()
        if (
            of_address.room(searches, SEARCHES_MAX) < 0
            or self._searches.room(searches, ALL_SEARCHES_MAX) < 0
        ):
            raise OperationError(
                ErrorCode.STREAM_LIMIT, "Too many different searches are listened to without login."
            )
        if searches:
            self._searches_of[address] = of_address
        held = (
            self._by_address.hold([address]),
            self._searches.hold(searches),
            of_address.hold(searches),
        )

        def leave() -> None:
            for give_back in held:
                give_back()
            if not of_address and self._searches_of.get(address) is of_address:
                del self._searches_of[address]

        return leave
