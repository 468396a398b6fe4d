"""The servers that are measured, each with how its clients connect and how events are published.

"over Redis" stands for two instances: the audience is on the one that is measured, and another one
publishes. "alone" stands for one instance that does both.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.delivery.community import STRANGERS, Community
from benchmarks.delivery.generator import Clients
from benchmarks.delivery.machine import OTHER_CORES, SERVER_CORE
from benchmarks.delivery.process import Server, server

HERE = Path(__file__).parent
PEERS = HERE / "peers"

POSTED = '42["post.created"'
OUR_READY = '42["session.ready"'
CONTENT = "%s the quick brown fox jumps over the lazy dog"
POST = f'["post.create",{{"content":"{CONTENT}"}}]'
STREAMED = POST.replace("fox", "#fox")
# What the peers send is what ours looks like on the wire, byte for byte but for the values.
EVENT = (
    '{"seq":null,"ts":"2026-11-23T08:00:00.000000Z","data":{"post":{"id":1234,"author":{"id":10001,'
    f'"username":"author_1","display_name":"Author_1","avatar":null}},"content":"{CONTENT}",'
    '"image":null,"reply_to":null,"hashtags":[],"mentions":[],"likes_count":0,"retweets_count":0,'
    '"replies_count":0,"liked":null,"retweeted":null,"bookmarked":null,'
    '"stored_at":"2026-11-23T08:00:00.000000Z","edited_at":null,"retweeted_by":null},'
    '"cursor":"12345"}}'
)


@dataclass(frozen=True, slots=True)
class Setting:
    """What all that is measured in one run shares. tree is where our server stands."""

    tree: Path
    python: Path
    environment: dict[str, str]  # of our instances: URLs, secret, settings
    community: Community
    directory: Path
    binaries: dict[str, Path]

    @property
    def log(self) -> Path:
        return self.directory / "servers.log"


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes: `count` sockets, of which each sends the template in turn."""

    label: str
    clients: Clients
    count: int
    template: str
    prefix: str = field(default=POSTED, kw_only=True)
    instance: Server | None = None  # that it publishes through, if that is not the measured one


@dataclass(frozen=True, slots=True)
class Site:
    """bystanders are clients of the measured instance who are to receive nothing."""

    measured: Server
    audience: Clients
    publishers: list[Publisher]
    other: Server | None = None
    bystanders: Clients | None = None
    commands: dict[str, str] = field(default_factory=dict)  # label -> template


Open = Callable[[Setting], AbstractContextManager[Site]]


def instance(
    setting: Setting, *, measured: bool = False, **env: str
) -> AbstractContextManager[Server]:
    """One of ours, as `python -m server serve` starts it, with a command that does nothing."""
    data_dir = setting.directory / "data"
    return server(
        [setting.python, PEERS / "ours.py", "serve", "--port", "0", "--data-dir", data_dir],
        {SERVER_CORE} if measured else OTHER_CORES,
        setting.log,
        cwd=setting.tree,
        env=setting.environment | {"PYTHONPATH": str(setting.tree)} | env,
    )


@contextmanager
def us_streaming(setting: Setting) -> Iterator[Site]:
    """Listeners of a hashtag's stream, who follow nobody of those who post."""
    community = setting.community
    with (
        instance(setting, measured=True, BENCH_STREAM="hashtag:fox") as here,
        instance(setting) as there,
    ):
        strangers = Clients(there.port, ready=OUR_READY, tokens=community.strangers)
        label = "us over Redis: a stream"
        yield Site(
            here,
            Clients(here.port, ready=OUR_READY, tokens=community.readers, counted=True),
            [Publisher(label, strangers, 10, STREAMED, there, prefix='42["stream.post"')],
            there,
        )


@contextmanager
def us(setting: Setting) -> Iterator[Site]:
    community = setting.community
    with (
        instance(setting, measured=True) as here,
        instance(setting) as there,
        server(
            [setting.python, PEERS / "hinter.py"],
            OTHER_CORES,
            setting.log,
            env=setting.environment | {"PYTHONPATH": str(setting.tree)},
        ) as hinter,
    ):
        authors = Clients(there.port, ready=OUR_READY, tokens=community.authors)
        yield Site(
            here,
            Clients(here.port, ready=OUR_READY, tokens=community.readers, counted=True),
            [
                Publisher("us over Redis", authors, 10, POST, there),
                Publisher(
                    "us over Redis: hints", Clients(hinter.port, "plain"), 1, CONTENT, hinter
                ),
                Publisher("us alone", replace(authors, port=here.port), 10, POST),
            ],
            there,
            Clients(here.port, ready=OUR_READY, tokens=community.strangers),
            {
                "us": '["nothing",{}]',
                "us: post.unwatch": '["post.unwatch",{"ids":[1]}]',
            },
        )


def _peer(name: str, command: Callable[[Setting], list[str | Path]], *, redis: bool) -> Open:
    @contextmanager
    def opened(setting: Setting) -> Iterator[Site]:
        run = [*command(setting), *([setting.environment["REDIS_URL"]] if redis else [])]
        tokens = setting.directory / "publisher.tokens"
        tokens.write_text("publisher\n" * STRANGERS)
        with ExitStack() as stack:
            here = stack.enter_context(server(run, {SERVER_CORE}, setting.log))
            there = stack.enter_context(server(run, OTHER_CORES, setting.log)) if redis else None
            clients = Clients((there or here).port, tokens=tokens)
            label = f"{name} over Redis" if redis else f"{name} alone"
            yield Site(
                here,
                Clients(here.port, counted=True),
                [Publisher(label, clients, 1, f'["publish",{EVENT}]', there)],
                there,
                Clients(here.port, tokens=tokens),
                {name: '["noop",{}]'} if redis else {},
            )

    return opened


def _raw(name: str, command: Callable[[Setting], list[str | Path]]) -> Open:
    @contextmanager
    def opened(setting: Setting) -> Iterator[Site]:
        with server(command(setting), {SERVER_CORE}, setting.log) as here:
            clients = Clients(here.port, "plain")
            yield Site(
                here,
                replace(clients, counted=True),
                [Publisher(name, clients, 1, f"{POSTED},{EVENT}]")],
            )

    return opened


def _stock(setting: Setting) -> list[str | Path]:
    return [setting.python, PEERS / "stock.py"]


def _node(setting: Setting) -> list[str | Path]:
    return ["node", PEERS / "node.js"]


# By family: --only takes these names.
FAMILIES: dict[str, dict[str, Open]] = {
    "us": {"us": us},
    "stock": {"stock": _peer("stock", _stock, redis=True)},
    "node": {"node": _peer("node", _node, redis=True)},
    "raw": {
        "raw aiohttp": _raw("raw aiohttp", lambda setting: [setting.python, PEERS / "raw.py"]),
        "raw C": _raw("raw C", lambda setting: [setting.binaries["raw"]]),
    },
}
# The same peers without Redis: only how they publish differs.
ALONE: dict[str, Open] = {
    "stock": _peer("stock", _stock, redis=False),
    "node": _peer("node", _node, redis=False),
}
