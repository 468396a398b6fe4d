"""Cores, and what a process costs."""

import os
import time
from pathlib import Path

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE = CORES[-1]  # of the one process that is measured
OTHER_CORES = set(CORES[:-1])

QUIET_S = 0.15
QUIET_SHARE = 0.03  # of a core, below which a process counts as at rest


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads that the process has and had, from its CPU clock.

    The clock's id is what clock_getcpuclockid(3) makes of a pid. It counts nanoseconds, where
    /proc/PID/stat counts ticks of 10 ms.
    """
    return time.clock_gettime((~pid << 3) | 2)


def memory_bytes(pid: int) -> int:
    """The process's own memory (USS): what would be free if it ended."""
    own = 0
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(("Private_Clean", "Private_Dirty")):
            own += int(line.split()[1]) * 1024
    return own


def rest(pid: int, patience_s: float = 60.0) -> None:
    """Wait until the process has done what it had to do."""
    deadline = time.monotonic() + patience_s
    quiet = 0
    while quiet < 2 and time.monotonic() < deadline:
        before = cpu_seconds(pid)
        time.sleep(QUIET_S)
        quiet = quiet + 1 if cpu_seconds(pid) - before < QUIET_S * QUIET_SHARE else 0


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown processor"
