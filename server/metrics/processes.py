"""The metrics of several processes behind one port, as if they were of one.

Each process keeps its values in files of a directory that all share: prometheus_client's
multiprocess mode. The files go by the place that a process has among the others, not by its pid:
so whoever takes the place of one that died goes on from its counts, however it died.
"""

import os
from collections.abc import Iterable
from glob import escape
from pathlib import Path

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest, values
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"  # where prometheus_client looks, too
PID_FILE = "{}.pid"


def take_place(place: int) -> None:
    """Keep this process' metrics in files, by its place; before the first metric is made."""
    (Path(os.environ[DIRECTORY]) / PID_FILE.format(place)).write_text(str(os.getpid()))
    values.ValueClass = values.MultiProcessValue(lambda: place)


def leave_place(directory: Path, place: int) -> None:
    """Drop what was true of a process only while it lived. Its counts stay."""
    (directory / PID_FILE.format(place)).unlink(missing_ok=True)
    mark_process_dead(place, str(directory))


class SharedMetrics:
    """What all the processes that share a directory have kept there. Reading it takes a while."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @classmethod
    def of_environment(cls) -> "SharedMetrics | None":
        """Return those of this process and its peers; None where it is alone."""
        directory = os.environ.get(DIRECTORY)
        return None if directory is None else cls(Path(directory))

    def merged(self) -> bytes:
        """Return the metrics of all processes as those of one, but process_* with its place."""
        places = sorted(path.stem for path in self._directory.glob(PID_FILE.format("*")))
        return self._render("*.db", places)

    def alone(self, place: str) -> bytes | None:
        """Return the metrics of the process at this place; None if there has been none."""
        if not place.isdecimal() or not any(self._directory.glob(f"*_{escape(place)}.db")):
            return None
        return self._render(f"*_{escape(place)}.db", [place])

    def _render(self, pattern: str, places: Iterable[str]) -> bytes:
        registry = CollectorRegistry()
        registry.register(_Kept([str(path) for path in self._directory.glob(pattern)]))
        registry.register(_Processes(self._directory, places))
        return generate_latest(registry)


class _Kept(Collector):
    """What stands in files."""

    def __init__(self, files: list[str]) -> None:
        self._files = files

    def collect(self) -> Iterable[Metric]:
        found: Iterable[Metric] = MultiProcessCollector.merge(self._files)
        return found


class _Processes(Collector):
    """CPU, memory and descriptors of each process that lives, with its place as a label."""

    def __init__(self, directory: Path, places: Iterable[str]) -> None:
        self._directory = directory
        self._places = places

    def collect(self) -> Iterable[Metric]:
        found: dict[str, Metric] = {}
        for place in self._places:
            for metric in self._of(place):
                whole = found.setdefault(
                    metric.name, Metric(metric.name, metric.documentation, metric.type)
                )
                for sample in metric.samples:
                    labels = {**sample.labels, "process": place}
                    whole.add_sample(sample.name, labels, sample.value)
        return found.values()

    def _of(self, place: str) -> Iterable[Metric]:
        try:
            pid = int((self._directory / PID_FILE.format(place)).read_text())
        except (OSError, ValueError):  # it has just ended, or is about to begin
            return []
        return ProcessCollector(pid=lambda: pid, registry=None).collect()
