"""A Redis cluster of the test's own: three nodes on TCP ports, without replicas."""

import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import redis

from realtime.broker.cluster.shards import SLOTS, TAGS, shard_of, slot_of
from tests.faults.own_redis import server_program

NODES = 3
START_SECONDS = 20  # a new cluster serves after 2 s


class OwnNode:
    def __init__(self, directory: Path, port: int, bus_port: int) -> None:
        self.port = port
        self.bus_port = bus_port
        self.client = redis.Redis(port=port, protocol=2)
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """On what it knew of the cluster before, if anything."""
        options = {
            "port": str(self.port),
            "cluster-port": str(self.bus_port),
            "bind": "127.0.0.1",
            "dir": str(self._directory),
            "save": "",
            "cluster-enabled": "yes",
            "cluster-node-timeout": "2000",
            # The others go on when one is away.
            "cluster-require-full-coverage": "no",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        self._process = subprocess.Popen([server_program(), *arguments], stdout=subprocess.DEVNULL)
        wait_for(self._answers)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def suspend(self) -> None:
        """It reads nothing and answers nothing from now on, and its connections stay open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def ask(self, *command: str | int) -> Any:
        client: Any = self.client  # its commands are not typed
        return client.execute_command(*command)

    @property
    def id(self) -> str:
        return str(self.ask("CLUSTER MYID").decode())

    def serves(self) -> bool:
        info = self.ask("CLUSTER INFO")
        state: tuple[str, str] = (info["cluster_state"], info["cluster_known_nodes"])
        return state == ("ok", str(NODES))

    def channels(self) -> set[bytes]:
        """Without their tags."""
        found = self.ask("PUBSUB SHARDCHANNELS")
        return {re.sub(rb"{\d+}", b"", name) for name in found}

    def serves_nobody_called(self, name: str) -> bool:
        """Whether no connection has this name."""
        return name not in [client["name"] for client in self.client.client_list()]

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False


class OwnCluster:
    """`nodes` own a third of the slots each, in ascending order."""

    def __init__(self, nodes: list[OwnNode]) -> None:
        self.nodes = nodes
        self._moved: dict[int, OwnNode] = {}
        self.url = f"redis://127.0.0.1:{nodes[0].port}"

    def start(self) -> None:
        """Returns when all nodes serve."""
        for node in self.nodes:
            node.start()
        for index, node in enumerate(self.nodes):
            first, end = SLOTS * index // NODES, SLOTS * (index + 1) // NODES
            node.ask("CLUSTER ADDSLOTSRANGE", first, end - 1)
            node.ask("CLUSTER SET-CONFIG-EPOCH", index + 1)
            if index:
                self.nodes[0].ask("CLUSTER MEET", "127.0.0.1", node.port, node.bus_port)
        self.wait_until_it_serves()

    def wait_until_it_serves(self) -> None:
        wait_for(lambda: all(node.serves() for node in self.nodes))

    def owner(self, name: bytes) -> OwnNode:
        """The node that has the channel of this name."""
        return self._owner(_slot(name))

    def move(self, name: bytes, to: OwnNode) -> None:
        """The slot of the channel of this name."""
        self.move_slot(_slot(name), to)

    def move_slot(self, slot: int, to: OwnNode) -> None:
        """As resharding does it; nodes not concerned learn of it by gossip."""
        former = self._owner(slot)
        to.ask("CLUSTER SETSLOT", slot, "IMPORTING", former.id)
        former.ask("CLUSTER SETSLOT", slot, "MIGRATING", to.id)
        while keys := former.ask("CLUSTER GETKEYSINSLOT", slot, 100):
            former.ask("MIGRATE", "127.0.0.1", to.port, "", 0, 1000, "KEYS", *keys)
        for node in (to, former):
            node.ask("CLUSTER SETSLOT", slot, "NODE", to.id)
        self._moved[slot] = to

    def _owner(self, slot: int) -> OwnNode:
        return self._moved.get(slot, self.nodes[slot * NODES // SLOTS])

    def channels(self) -> list[set[bytes]]:
        return [node.channels() for node in self.nodes]


def _slot(name: bytes) -> int:
    return slot_of(TAGS[shard_of(name)][1:-1])


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _free_ports(count: int) -> list[int]:
    """Below those that the system gives to clients: one may be needed again after a restart."""
    found: list[int] = []
    with ExitStack() as stack:
        while len(found) < count:
            holder = stack.enter_context(socket.socket())
            port = random.randrange(10_000, 30_000)
            try:
                holder.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
    return found


@contextmanager
def own_cluster_servers() -> Iterator[OwnCluster]:
    """Not started yet; killed at the end."""
    directory = Path(tempfile.mkdtemp(prefix="own-cluster-"))
    ports = _free_ports(2 * NODES)
    nodes = []
    for index in range(NODES):
        own = directory / str(index)
        own.mkdir()
        nodes.append(OwnNode(own, ports[2 * index], ports[2 * index + 1]))
    try:
        yield OwnCluster(nodes)
    finally:
        for node in nodes:
            node.client.close()
            node.kill()
        shutil.rmtree(directory)
