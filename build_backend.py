"""PEP 517 backend: setuptools, but for wheels, which hold one importable name.

The repository has five packages at its top, `server`, `handlers` and so on: names that collide with
anybody's once they are in a site-packages. So what setuptools puts at the top of a wheel is moved
below `mini_twitter`, and imports between the packages are rewritten to `mini_twitter.server...`.
Lines keep their numbers, so tracebacks point into the repository's files, too. Source distributions
and editable installations are setuptools' own: there the packages keep their names. The metadata
have no hook of their own, as they must be those of the wheel: they are read from one.
"""

import ast
import base64
import csv
import hashlib
import io
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from setuptools import build_meta
from setuptools.build_meta import (
    build_editable,
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
]

NAME = "mini_twitter"
MOVED = frozenset({"demo", "handlers", "realtime", "server", "storage"})

FROM = re.compile(rb"from[ \t]+")  # what an ImportFrom begins with


class UnclearImportError(Exception):
    """An import that would bind another name once its package has moved."""


def build_wheel(
    wheel_directory: str,
    config_settings: Mapping[str, Any] | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Build setuptools' wheel, move its packages and return the name of the file."""
    shutil.rmtree("build/lib", ignore_errors=True)  # setuptools would pack what was removed since
    with TemporaryDirectory() as made:
        name = build_meta.build_wheel(made, config_settings, metadata_directory)
        move_packages(Path(made, name), Path(wheel_directory, name))
    return str(name)


def move_packages(source: Path, target: Path) -> None:
    """Copy a wheel with all its packages below NAME and a RECORD of what is in it then."""
    record: list[tuple[str, str, int | str]] = []
    with ZipFile(source) as given, ZipFile(target, "w", ZIP_DEFLATED) as moved:
        for entry in given.infolist():
            info, data = _moved(entry, given.read(entry))
            if info.filename.endswith(".dist-info/RECORD"):
                record.append((info.filename, "", ""))
                data = _csv(record)
            else:
                digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=")
                record.append((info.filename, f"sha256={digest.decode()}", len(data)))
            moved.writestr(info, data, ZIP_DEFLATED)


def _moved(entry: ZipInfo, data: bytes) -> tuple[ZipInfo, bytes]:
    """Return the entry under its new name, with its date and its rights, and what it holds."""
    name = entry.filename
    if name.partition("/")[0] in MOVED:
        name = f"{NAME}/{name}"
    if name.endswith(".py"):
        data = rewrite_imports(data, name)
    elif name.endswith(".dist-info/top_level.txt"):
        data = f"{NAME}\n".encode()
    info = ZipInfo(name, entry.date_time)
    info.external_attr = entry.external_attr
    return info, data


def _csv(rows: list[tuple[str, str, int | str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def rewrite_imports(source: bytes, name: str) -> bytes:
    """Put NAME before every module of ours that is imported; nothing else changes.

    Raises:
        UnclearImportError: for `import server.app`, which binds `server`: give it an `as`.
    """
    lines = source.splitlines(keepends=True)
    # From the end of a line to its beginning, so that places before an insertion stay true.
    for line, column in sorted(_imported(source, name), reverse=True):
        text = lines[line - 1]
        keyword = FROM.match(text, column)
        place = keyword.end() if keyword else column
        lines[line - 1] = text[:place] + f"{NAME}.".encode() + text[place:]
    return b"".join(lines)


def _imported(source: bytes, name: str) -> Iterator[tuple[int, int]]:
    """Yield where modules of ours are imported: the line from 1, and the byte in it from 0."""
    for node in ast.walk(ast.parse(source, name)):
        if isinstance(node, ast.ImportFrom) and not node.level and _is_moved(node.module):
            yield node.lineno, node.col_offset
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if _is_moved(alias.name):
                    if alias.asname is None:
                        raise UnclearImportError(f"{name}:{node.lineno}: import {alias.name}")
                    yield alias.lineno, alias.col_offset


def _is_moved(module: str | None) -> bool:
    return module is not None and module.partition(".")[0] in MOVED
