"""The commands and their flags."""

import argparse
from importlib.metadata import version
from pathlib import Path

from server.cli import commands

PROGRAM = "mini-twitter"  # the command and the distribution that it comes with

# Of the demo: fewer have nothing to say to each other, for more it would take minutes.
PEOPLE_MIN = 20
PEOPLE_MAX = 5_000


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands.

    Every command sets `run`, a function of the parsed options that returns the exit code, and
    `interrupted`, the exit code after a signal: 0 for commands that run until one comes.
    """
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="A realtime chat and feed server.",
        epilog="Settings are environment variables: see README.md. Without DATABASE_URL or "
        "REDIS_URL an embedded server in the data directory stands in.",
    )
    parser.add_argument("--version", action=_PrintVersion, nargs=0, help="print the version")
    parser.set_defaults(interrupted=130)
    names = parser.add_subparsers(metavar="COMMAND", required=True)

    serve = names.add_parser("serve", help="API, Socket.IO and page; migrates first")
    serve.add_argument(
        "--workers", type=_positive, default=1, help="processes that share the port (%(default)s)"
    )
    serve.add_argument("--no-jobs", action="store_true", help="leave background jobs to `worker`")
    serve.add_argument("--member", type=int, metavar="PLACE", help=argparse.SUPPRESS)
    serve.set_defaults(run=commands.serve, interrupted=0)

    services = names.add_parser(
        "services", help="only embedded PostgreSQL and Redis; prints their URLs as a JSON line"
    )
    services.set_defaults(run=commands.services, interrupted=0)

    worker = names.add_parser("worker", help="background jobs, apart from the web process")
    worker.set_defaults(run=commands.worker, interrupted=0)

    migrate = names.add_parser("migrate", help="bring the schema up to date")
    migrate.set_defaults(run=commands.migrate)

    superuser = names.add_parser("createsuperuser", help="make an account with is_admin")
    superuser.add_argument("--username", help="asked for when missing")
    superuser.add_argument("--email", help="asked for when missing")
    superuser.add_argument(
        "--password", help="asked for when missing; better in the variable SUPERUSER_PASSWORD"
    )
    superuser.set_defaults(run=commands.create_superuser)

    demo = names.add_parser("demo", help="fill a community to try the server with")
    demo.add_argument("--users", type=_people, default=300, help="how many people (%(default)s)")
    demo.add_argument("--posts", type=_positive, default=5_000, help="how many (%(default)s)")
    demo.add_argument("--seed", type=int, default=1, help="another community (%(default)s)")
    demo.add_argument(
        "--more", action="store_true", help="add people beside a community that is there already"
    )
    demo.add_argument(
        "--live",
        action="store_true",
        help="add nothing, but have some of them talk on a running server until Ctrl-C",
    )
    demo.add_argument("--url", default="http://127.0.0.1:8000", help="of that server (%(default)s)")
    demo.add_argument(
        "--serve", action="store_true", help="then serve it, unless that is done already"
    )
    demo.set_defaults(run=_demo, workers=1, no_jobs=False, member=None, lifeline=None)

    settings = names.add_parser("settings", help="print the table of settings for README.md")
    settings.set_defaults(run=commands.settings)

    doctor = names.add_parser(
        "doctor", help="look at all that the server needs, and say what to do"
    )
    doctor.set_defaults(run=_doctor)

    # Flags without help are for processes that start others: --lifeline is an inherited pipe or
    # socket whose closing means that the parent is gone, --member N makes the one at place N,
    # from 0, of several processes.
    for command in (serve, demo):
        command.add_argument(
            "--host", default="127.0.0.1", help="address to listen on (%(default)s)"
        )
        command.add_argument(
            "--port", type=_port, default=8000, help="0 for any free one (%(default)s)"
        )
    for command in (serve, services, worker):
        command.add_argument("--lifeline", type=int, help=argparse.SUPPRESS)
    jobs = names.add_parser("jobs", help="background jobs: list, show, retry, drop")
    for command in (
        serve,
        services,
        worker,
        migrate,
        superuser,
        demo,
        settings,
        doctor,
        *_add_jobs(jobs),
    ):
        command.add_argument(
            "--data-dir",
            type=Path,
            default=None if command is demo else Path("data"),  # which asks whether that is meant
            help="where data is kept (./data)",
        )
    return parser


def _add_jobs(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """Add what `jobs` does, and return the parser of each."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    found = actions.add_parser("list", help="jobs that are not done, the oldest first")
    found.add_argument("--limit", type=_positive, default=100, help="at most (%(default)s)")
    show = actions.add_parser("show", help="all about some, with what they failed with")
    show.add_argument("ids", metavar="ID", type=_positive, nargs="+")
    retry = actions.add_parser("retry", help="begin some now, as if they were new")
    drop = actions.add_parser("drop", help="delete some, undone")
    for action in (retry, drop):
        action.add_argument("ids", metavar="ID", type=_positive, nargs="*")
        action.add_argument("--all", action="store_true", help="of all kinds")
    for action in (found, retry, drop):
        action.add_argument("--kind", help="only of this kind, such as email.verify")
        action.add_argument(
            "--state",
            choices=("waiting", "running", "held") if action is found else ("waiting", "held"),
            help="only in this state" + ("" if action is found else "; without IDs: held"),
        )
    for name, action in actions.choices.items():
        action.add_argument("--json", action="store_true", help="print JSON")
        action.set_defaults(run=_jobs, action=name)
    return list(actions.choices.values())


def _jobs(options: argparse.Namespace) -> int:
    from server.cli import jobs

    actions = {
        "list": jobs.list_jobs,
        "show": jobs.show_jobs,
        "retry": jobs.retry_jobs,
        "drop": jobs.drop_jobs,
    }
    return actions[options.action](options)


def _doctor(options: argparse.Namespace) -> int:
    from server.cli.doctor import doctor

    return doctor(options)


def _demo(options: argparse.Namespace) -> int:
    from server.cli.demo import demo

    return demo(options)


class _PrintVersion(argparse.Action):
    """Prints the version, which takes a look at what is installed only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"{PROGRAM} {version(PROGRAM)}")
        parser.exit()


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError(f"{text} is not a port from 0 to 65535")
    return port


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 up")
    return number


def _people(text: str) -> int:
    number = int(text)
    if not PEOPLE_MIN <= number <= PEOPLE_MAX:
        raise argparse.ArgumentTypeError(f"{text} is not from {PEOPLE_MIN} to {PEOPLE_MAX}")
    return number
