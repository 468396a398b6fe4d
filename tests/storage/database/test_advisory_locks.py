"""No two things wait for each other by taking the same number."""

import re
from pathlib import Path

from storage.database.advisory_locks import AdvisoryLock

ROOT = Path(__file__).parents[3]
PACKAGES = ("server", "handlers", "storage", "realtime", "demo")
IN_SQL = re.compile(r"advisory_(?:xact_)?lock(?:_shared)?\(\s*([^)\s]+)")


def test_every_advisory_lock_is_named_in_one_place() -> None:
    taken = {
        (path.name, key)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.suffix in (".py", ".sql")
        for key in IN_SQL.findall(path.read_text())
        if key != "$1"
    }
    assert taken == {("0023_log_in_partitions.sql", str(int(AdvisoryLock.LOG_PARTITIONS)))}
    numbers = {
        path.name
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"7_?304_?516_?22\d", path.read_text())
    }
    assert numbers == {"advisory_locks.py"}
