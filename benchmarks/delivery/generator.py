"""The load generator (generator.c) as an object: one method for each thing that it can be told."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.delivery.machine import OTHER_CORES, cpu_seconds
from benchmarks.delivery.process import Failed, stop


@dataclass(frozen=True, slots=True)
class Clients:
    """How sockets connect: ready is how the packet begins that makes one ready."""

    port: int
    protocol: str = "socketio"
    ready: str = "40"
    tokens: Path | None = None
    counted: bool = False
    deflate: bool = False


class Generator:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @property
    def cpu_seconds(self) -> float:
        return cpu_seconds(self._process.pid)

    def connect(self, group: str, clients: Clients, count: int) -> dict[str, Any]:
        return self._tell(
            f"connect {group} {clients.port} {count} {clients.protocol} {clients.counted:d}"
            f" {clients.deflate:d} {clients.ready} {clients.tokens or '-'}"
        )

    def publish(
        self,
        group: str,
        template: str,
        *,
        burst: int,
        each: int,
        seconds: float,
        prefix: str,
        rounds: int = 10**6,
    ) -> dict[str, Any]:
        """Send bursts, each when the one before has reached `each` sockets of the audience."""
        found = self._tell(f"publish {group} {rounds} {burst} {each} {seconds} {prefix} {template}")
        if found["incomplete"]:
            raise Failed(f"not every event reached {each} sockets, once: {found}")
        return found

    def rate(
        self,
        group: str,
        template: str,
        *,
        per_second: float,
        seconds: float,
        each: int,
        prefix: str,
    ) -> dict[str, Any]:
        return self._tell(f"rate {group} {per_second} {seconds} {each} {prefix} {template}")

    def loop(self, group: str, template: str, seconds: float) -> dict[str, Any]:
        return self._tell(f"loop {group} {seconds} {template}")

    def disconnect(self, group: str) -> None:
        self._tell(f"disconnect {group}")

    def _tell(self, line: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # what it ended of stands on stderr
        answer = self._process.stdout.readline()
        if not answer:
            raise Failed(f"the generator ended while it was told: {line[:120]}")
        found: dict[str, Any] = json.loads(answer)
        return found


@contextmanager
def generator(binary: Path) -> Iterator[Generator]:
    with subprocess.Popen(
        [binary],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, OTHER_CORES),
    ) as process:
        try:
            yield Generator(process)
        finally:
            stop(process)
