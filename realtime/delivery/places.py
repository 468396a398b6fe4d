"""Places of which there are so many: taken before what is to stand in them is there.

Between the look whether there is room and the arrival something is waited for. Who only looks lets
all in who come meanwhile.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable


class Places:
    """How many places each user, address or whatever else holds."""

    def __init__(self) -> None:
        self._held: Counter[Hashable] = Counter()

    def held(self, by: Hashable) -> int:
        """Return how many are held."""
        return self._held.get(by, 0)

    def __len__(self) -> int:
        """Return how many hold any."""
        return len(self._held)

    def room(self, each: Iterable[Hashable], most: int) -> int:
        """Return how many more might hold any besides these, where so many may."""
        return most - len(self._held.keys() | set(each))

    def hold(self, each: Iterable[Hashable]) -> Callable[[], None]:
        """Hold a place for each; return what gives them back, once, however often it is called."""
        taken = list(each)
        self._held.update(taken)

        def give_back() -> None:
            while taken:
                by = taken.pop()
                self._held[by] -= 1
                if not self._held[by]:
                    del self._held[by]

        return give_back
