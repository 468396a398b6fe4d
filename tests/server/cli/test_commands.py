"""The commands: what they print and how they end."""

import json
import os
import signal
from pathlib import Path

import pytest

from server.cli.parser import build_parser
from tests.conftest import Services
from tests.processes import printed, run, running
from tests.server.lifecycle.instances import settings


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_services_prints_exactly_one_json_line_and_ends_with_0(
    services: Services, tmp_path: Path, number: signal.Signals
) -> None:
    with running("services", "--data-dir", str(tmp_path), env=settings(services)) as process:
        assert json.loads(printed(process)) == settings(services)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "", "")


def test_services_end_with_the_process_that_holds_their_lifeline(
    services: Services, tmp_path: Path
) -> None:
    theirs, ours = os.pipe()
    arguments = ("services", "--data-dir", str(tmp_path), "--lifeline", str(theirs))
    with running(*arguments, env=settings(services), keep=(theirs,)) as process:
        os.close(theirs)
        printed(process)
        os.close(ours)
        assert process.wait(60) == 0


def test_a_bad_setting_is_told_in_one_line_and_ends_with_2_before_anything_starts(
    tmp_path: Path,
) -> None:
    for command in ("serve", "worker", "migrate"):
        done = run(command, "--data-dir", str(tmp_path / "new"), env={"LOG_LEVEL": "loud"})
        assert done.returncode == 2
        assert done.stdout == ""
        (line,) = done.stderr.splitlines()
        problem, accepted = "LOG_LEVEL='loud' is not accepted", "debug or info or warning or error"
        assert line == f"mini-twitter: {problem}: it takes {accepted}"
        assert not (tmp_path / "new").exists()


def test_a_mail_server_that_cannot_be_used_is_told_before_anything_starts(tmp_path: Path) -> None:
    for command in ("serve", "worker"):
        done = run(command, "--data-dir", str(tmp_path / "new"), env={"SMTP_URL": "smtp:///x"})
        assert done.returncode == 2
        assert done.stdout == ""
        (line,) = done.stderr.splitlines()
        assert line.startswith("mini-twitter: SMTP_URL is not accepted: ")
        assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "arguments", [[], ["fly"], ["serve", "--port", "70000"], ["serve", "--workers", "0"]]
)
def test_a_wrong_command_line_ends_with_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        build_parser().parse_args(arguments)
    assert end.value.code == 2
    assert "usage: mini-twitter" in capsys.readouterr().err


def test_serve_listens_on_the_loopback_alone_unless_told_otherwise() -> None:
    options = build_parser().parse_args(["serve"])
    assert (options.host, options.port, options.workers) == ("127.0.0.1", 8000, 1)
    assert (str(options.data_dir), options.no_jobs) == ("data", False)


def test_migrate_prints_what_it_applied_and_then_nothing(
    services: Services, tmp_path: Path
) -> None:
    first = run("migrate", "--data-dir", str(tmp_path), env=settings(services))
    assert first.returncode == 0, first.stderr
    again = run("migrate", "--data-dir", str(tmp_path), env=settings(services))
    assert (again.returncode, again.stdout) == (0, "")


def test_a_superuser_without_a_terminal_must_be_complete(
    services: Services, tmp_path: Path
) -> None:
    done = run(
        "createsuperuser", "--username", "root", "--data-dir", str(tmp_path), env=settings(services)
    )
    assert done.returncode == 2
    assert done.stderr == "mini-twitter: email is missing: give --email\n"


def test_a_superuser_is_made_once_with_the_password_of_the_environment(
    services: Services, tmp_path: Path
) -> None:
    made = ("createsuperuser", "--username", "Root", "--email", "root@example.org")
    env = settings(services) | {"SUPERUSER_PASSWORD": "correct horse"}
    first = run(*made, "--data-dir", str(tmp_path), env=env)
    assert (first.returncode, first.stdout) == (0, "Root is an administrator now\n"), first.stderr
    again = run(*made, "--data-dir", str(tmp_path), env=env | {"LOG_LEVEL": "error"})
    assert again.returncode == 2
    assert len(again.stderr.splitlines()) == 1
    assert "correct horse" not in first.stderr + again.stderr


def test_settings_prints_a_table_that_begins_with_the_database() -> None:
    done = run("settings")
    assert "| `DATABASE_URL` |" in done.stdout.splitlines()[2]
