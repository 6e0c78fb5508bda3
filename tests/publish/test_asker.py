"""Whoever asks a site one thing, against a real mosquitto: a reply, none, a broker that denies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from fleetmon.clock import Clock
from fleetmon.publish.mqtt.asker import NoReply, Question, ask
from fleetmon.publish.mqtt.reader import ReaderPlan
from fleetmon.publish.mqtt.trouble import Trouble, WireDown

from .peers import Broker

ASKED, REPLY = "fleetmon/v1/lab/down/cmd/ping", "fleetmon/v1/lab/up/reply/desk"


def question(patience_s: float = 5.0) -> Question:
    return Question(ASKED, b"{}", REPLY, b"c-1", patience_s)


def plan(broker: Broker) -> ReaderPlan:
    return ReaderPlan("127.0.0.1", broker.port, ())


@asynccontextmanager
async def a_broker(folder: Path, *settings: str) -> AsyncIterator[Broker]:
    broker = Broker(folder, ("allow_anonymous true", *settings))
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


@asynccontextmanager
async def a_site(broker: Broker, *answers: tuple[bytes, bytes]) -> AsyncIterator[list[aiomqtt.Message]]:
    """Somebody who listens to the command and answers it so: correlation and payload each."""
    heard: list[aiomqtt.Message] = []
    ready = asyncio.Event()

    async def listen() -> None:
        client = aiomqtt.Client("127.0.0.1", broker.port, protocol=aiomqtt.ProtocolVersion.V5)
        async with client:
            await client.subscribe(ASKED, qos=1)
            ready.set()
            async for message in client.messages:
                heard.append(message)
                for correlation, payload in answers:
                    properties = Properties(PacketTypes.PUBLISH)
                    properties.CorrelationData = correlation
                    await client.publish(str(message.properties.ResponseTopic), payload, 1, properties=properties)

    task = asyncio.create_task(listen())
    await asyncio.wait_for(ready.wait(), 10)
    yield heard
    task.cancel()
    await asyncio.wait([task])


async def test_the_reply_that_belongs_to_the_question_is_returned(tmp_path: Path) -> None:
    """With its topic and correlation data, wanted no longer than it is awaited; another's reply is not taken for it."""
    async with a_broker(tmp_path) as broker, a_site(broker, (b"other", b"no"), (b"c-1", b"yes")) as heard:
        assert await ask(plan(broker), question(), Clock()) == b"yes"
        (asked,) = heard
        assert (asked.payload, asked.qos, asked.retain) == (b"{}", 1, False)
        assert asked.properties.ResponseTopic == REPLY
        assert asked.properties.CorrelationData == b"c-1"
        assert asked.properties.MessageExpiryInterval <= 5


async def test_where_nobody_listens_that_is_said(tmp_path: Path) -> None:
    """The broker knows it (MQTT 5 reason code 16), so nobody waits for long."""
    async with a_broker(tmp_path) as broker:
        with pytest.raises(NoReply, match="knows nobody who listens to fleetmon/v1/lab/down/cmd/ping"):
            await ask(plan(broker), question(0.2), Clock())


async def test_no_reply_is_no_success(tmp_path: Path) -> None:
    """A site that says nothing in time."""
    async with a_broker(tmp_path) as broker, a_site(broker):
        with pytest.raises(NoReply, match=r"no reply within 0\.2 s"):
            await ask(plan(broker), question(0.2), Clock())


async def test_what_the_broker_denies_is_named(tmp_path: Path) -> None:
    """A command that nobody here may give looks like silence otherwise."""
    (tmp_path / "acl").write_text(f"topic read {REPLY}\n", encoding="utf-8")
    async with a_broker(tmp_path, f"acl_file {tmp_path / 'acl'}") as broker:
        words = "does not let us publish to fleetmon/v1/lab/down/cmd/ping: Not authorized"
        with pytest.raises(WireDown, match=words) as denied:
            await ask(plan(broker), question(0.5), Clock())
        assert denied.value.trouble is Trouble.DENIED


async def test_a_broker_that_is_not_there_is_no_silence(tmp_path: Path) -> None:
    """Refused, and at once."""
    with pytest.raises(WireDown) as down:
        await ask(plan(Broker(tmp_path)), question(), Clock())
    assert down.value.trouble is Trouble.REFUSED
