"""Real PostgreSQL and Redis for every test, started as a stranger would start them."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

STOP_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Services:
    """Where this test process's own servers listen, on Unix sockets, and keep their data."""

    database_url: str
    redis_url: str
    data_dir: Path


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    """One pair of servers per test process (so one per xdist worker), gone at the end.

    In CI, DATABASE_URL and REDIS_URL may name servers of the system instead. Only one test
    process may then use them.
    """
    # Straight under the system's temporary directory: Unix socket paths end at 104 bytes.
    data_dir = Path(tempfile.mkdtemp(prefix="mini-twitter-"))
    command = [sys.executable, "-m", "server", "services", "--data-dir", str(data_dir)]
    # The pipe is a lifeline: should this process be killed, the servers end with it.
    lifeline, ours = os.pipe()
    with subprocess.Popen(
        [*command, "--lifeline", str(lifeline)],
        stdout=subprocess.PIPE,
        text=True,
        pass_fds=[lifeline],
    ) as process:
        os.close(lifeline)
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, f"`services` ended with {process.wait()}; its reason stands above"
            urls = json.loads(line)
            yield Services(urls["DATABASE_URL"], urls["REDIS_URL"], data_dir)
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)
            os.close(ours)
            shutil.rmtree(data_dir, ignore_errors=True)
