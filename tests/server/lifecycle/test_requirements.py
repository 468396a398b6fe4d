"""Which versions of the libraries the server starts with, and what it says of others."""

import re
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from server.lifecycle import requirements
from server.lifecycle.requirements import check_requirements, fulfils, parse_requirement
from server.lifecycle.startup import StartError
from tests.processes import run

BOUNDED = {
    "aiohttp", "aiohttp-apispec", "asyncpg", "hiredis", "python-engineio", "python-socketio",
    "redis",
}  # fmt: skip


def install(site: Path, name: str, version: str, *requires: str) -> None:
    """Put what says that a distribution is installed into a directory."""
    directory = site / f"{name.replace('-', '_')}-{version}.dist-info"
    directory.mkdir(parents=True)
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {one}" for one in requires]
    (directory / "METADATA").write_text("\n".join(lines) + "\n")


def pretend(monkeypatch: pytest.MonkeyPatch, **versions: str) -> None:
    real = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: versions.get(name) or real(name))


def test_what_is_installed_here_is_accepted() -> None:
    check_requirements()


def test_every_library_whose_internals_are_used_has_an_upper_bound() -> None:
    bounded = set()
    for line in requirements.own_requirements():
        name, bounds = parse_requirement(line)
        if any(operator in ("<", "==") for operator, _ in bounds):
            bounded.add(name)
    assert bounded == BOUNDED


def test_bounds_are_read_as_pip_reads_them() -> None:
    versions = ["3.14", "3.14.4", "3.14.5", "3.14.10", "3.15.0", "4.11.2", "4.16", "9.0.0", "10"]
    for line in requirements.own_requirements():
        ours, theirs = parse_requirement(line), Requirement(line)
        assert ours[0] == theirs.name
        for version in versions:
            accepted = all(fulfils(version, *bound) for bound in ours[1])
            assert accepted == theirs.specifier.contains(version), (line, version)


def test_a_requirement_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ValueError, match="aiohttp~=3"):
        parse_requirement("aiohttp~=3.14")


def test_a_pre_release_of_what_is_too_new_is_too_new() -> None:
    assert not fulfils("3.15.0b1", "<", "3.15")
    assert fulfils("3.14.5.post1", ">=", "3.14.5")


@pytest.mark.parametrize(
    ("version", "accepted"),
    [("3.12.15", False), ("3.14.4", True), ("3.14.99", True), ("3.15.0", False), ("4.0", False)],
)
def test_a_version_outside_the_bounds_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, version: str, accepted: bool
) -> None:
    pretend(monkeypatch, aiohttp=version)
    if accepted:
        check_requirements()
        return
    with pytest.raises(StartError) as refused:
        check_requirements()
    assert str(refused.value).startswith(
        f"aiohttp {version} is installed, 3.14.4 or later below 3.15 is needed: "
    )
    assert "\n" not in str(refused.value)


def test_a_library_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    with pytest.raises(
        StartError, match=r"^aiohttp is not installed for .*3\.14.* is needed: run `"
    ):
        check_requirements()


@pytest.mark.parametrize("line", [*requirements.own_requirements()])
def test_each_library_that_is_not_there_is_named_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    gone, _ = parse_requirement(line)
    real = metadata.version

    def version(name: str) -> str:
        if name == gone:
            raise metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(metadata, "version", version)
    if ";" in line:
        check_requirements()
        return
    with pytest.raises(StartError, match=rf"^{re.escape(gone)} is not installed for .*: run `"):
        check_requirements()


def test_without_a_checkout_the_bounds_are_those_of_the_installed_distribution(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install(tmp_path, "mini-twitter", "1", "aiohttp<3", 'moto<1; extra == "test"', "orjson>=99")
    monkeypatch.setattr(requirements, "SETUP_CFG", tmp_path / "setup.cfg")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(StartError, match=r"^aiohttp .* is installed, below 3 is needed"):
        check_requirements()


def test_a_copy_that_was_never_installed_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def unknown(name: str) -> list[str]:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(requirements, "SETUP_CFG", tmp_path / "setup.cfg")
    monkeypatch.setattr(metadata, "requires", unknown)
    check_requirements()


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_the_program_refuses_before_anything_starts(tmp_path: Path, command: str) -> None:
    install(tmp_path / "site", "python-engineio", "4.11.2")
    done = run(
        command, "--data-dir", str(tmp_path / "new"), env={"PYTHONPATH": str(tmp_path / "site")}
    )
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(
        "mini-twitter: python-engineio 4.11.2 is installed, 4.15.1 or later below 4.16 is needed: "
    )
    assert not (tmp_path / "new").exists()
