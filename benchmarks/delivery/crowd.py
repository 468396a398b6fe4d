"""A site with its audience connected: what most measures are taken on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from benchmarks.delivery.generator import Generator, generator
from benchmarks.delivery.machine import cpu_seconds, memory_bytes, rest
from benchmarks.delivery.sites import Open, Publisher, Setting, Site

AUDIENCE, PUBLISHERS = "a", "p"
FIRST_SOCKETS = 50  # that come and go before anything is counted: first times cost more


@dataclass(slots=True)
class Crowd:
    """seconds: for how long a measure may go on."""

    name: str
    site: Site
    generator: Generator
    sockets: int
    seconds: float
    connect_cpu_s: float = 0.0
    connect_s: float = 0.0
    memory_bytes: int = 0
    gone: bool = False

    @property
    def pid(self) -> int:
        return self.site.measured.pid

    @contextmanager
    def publishing(self, publisher: Publisher) -> Iterator[None]:
        self.generator.connect(PUBLISHERS, publisher.clients, publisher.count)
        try:
            yield
        finally:
            self.generator.disconnect(PUBLISHERS)

    def disconnect(self) -> float:
        """CPU seconds that it took the server to see all sockets off, which went at once."""
        before = cpu_seconds(self.pid)
        self.generator.disconnect(AUDIENCE)
        self.gone = True
        rest(self.pid)
        return cpu_seconds(self.pid) - before


@contextmanager
def crowd(
    name: str,
    opened: Open,
    setting: Setting,
    sockets: int,
    seconds: float,
    *,
    deflate: bool = False,
) -> Iterator[Crowd]:
    """deflate: its clients offer permessage-deflate, as browsers do."""
    with opened(setting) as site, generator(setting.binaries["generator"]) as crowd_of:
        found = Crowd(name, site, crowd_of, sockets, seconds)
        audience = replace(site.audience, deflate=deflate)
        crowd_of.connect(AUDIENCE, audience, FIRST_SOCKETS)
        crowd_of.disconnect(AUDIENCE)
        rest(found.pid)
        cpu, memory = cpu_seconds(found.pid), memory_bytes(found.pid)
        found.connect_s = crowd_of.connect(AUDIENCE, audience, sockets)["seconds"]
        rest(found.pid)
        found.connect_cpu_s = cpu_seconds(found.pid) - cpu
        found.memory_bytes = memory_bytes(found.pid) - memory
        yield found
