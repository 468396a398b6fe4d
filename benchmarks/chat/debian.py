"""Debian's packages, by the script that runs tests on them: .ci/debian.py, in no package."""

import importlib.util
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType

SCRIPT = Path(__file__).parents[2] / ".ci/debian.py"


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ci_debian", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def installed_packages(*names: str) -> str:
    """Install these, of which no service is started; return why they cannot be, or nothing."""
    return str(_script().installed_packages(*names))


def missing_postgresql() -> str:
    """Install PostgreSQL; return why it cannot be, or nothing when it is there."""
    return str(_script().installed())


def postgresql(directory: Path) -> AbstractContextManager[str]:
    """Run a server of its own on TCP; yield the URL of its superuser."""
    server: AbstractContextManager[str] = _script().postgres_server(directory)
    return server
