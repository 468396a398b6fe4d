"""Servers as processes of their own, each on its cores, ended with the block that started them."""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

STOP_S = 15


class Failed(Exception):
    """Something that the benchmark needs does not work: told to the user as it is."""


@dataclass(frozen=True, slots=True)
class Server:
    pid: int
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def server(
    command: Sequence[str | Path],
    cores: Iterable[int],
    log: Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """One that prints `ready on http://HOST:PORT`. What it says on stderr is added to `log`."""
    with (
        log.open("a") as errors,
        subprocess.Popen(
            list(map(str, command)),
            cwd=cwd,
            env=os.environ | (env or {}),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        ) as process,
    ):
        try:
            assert process.stdout is not None
            ready = re.search(r"ready on http://\S+:(\d+)", process.stdout.readline())
            if ready is None:
                raise Failed(f"{command[0]} did not start: {_tail(log)}")
            yield Server(process.pid, int(ready[1]))
        finally:
            stop(process)


def stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()


def _tail(log: Path) -> str:
    return "\n".join(log.read_text().splitlines()[-15:])
