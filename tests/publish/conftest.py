"""A broker of its own for each test that wants one, and readers to see what arrives there."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from fleetmon.publish.mqtt import UplinkPlan

from .peers import Broker, Reader, until

Read = Callable[..., Awaitable[Reader]]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """Not started yet, so that a test may change its settings or begin without it."""
    if shutil.which("mosquitto") is None:
        pytest.skip("mosquitto is not installed")
    folder = tmp_path / "broker"
    folder.mkdir()
    broker = Broker(folder)
    yield broker
    broker.kill()


@pytest.fixture
async def read(broker: Broker) -> AsyncIterator[Read]:
    """`await read("fleetmon/#")`: a reader that has subscribed."""
    running: list[tuple[Reader, asyncio.Task[None]]] = []

    async def start(topic: str = "fleetmon/#", *more: str) -> Reader:
        told = ("-F", "HEARD|%r|%t|%p", "-d", "-V", "5", "-q", "1", "-h", "127.0.0.1", "-p", str(broker.port))
        process = await asyncio.create_subprocess_exec(
            "stdbuf", "-oL", "mosquitto_sub", *told, "-t", topic, *more, stdout=asyncio.subprocess.PIPE, limit=2**20
        )
        reader = Reader(process)
        running.append((reader, asyncio.create_task(reader.listen())))
        await until(reader.subscribed.is_set, "mosquitto_sub has subscribed")
        return reader

    yield start
    for reader, listening in running:
        if reader.process.returncode is None:
            reader.process.kill()
        await reader.process.wait()
        await listening


@pytest.fixture
def plan(broker: Broker) -> UplinkPlan:
    """A site `demo` that talks to the test's broker and is not patient."""
    return UplinkPlan(
        "demo", "127.0.0.1", broker.port, timeout_s=2.0, patience_s=0.5, heartbeat_s=0.2, backoff_cap_s=0.5
    )
