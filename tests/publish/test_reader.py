"""Whoever only listens, against a real mosquitto: what was kept and what is live, brokers that come and go."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from fleetmon.clock import Clock
from fleetmon.publish.mqtt import Tls
from fleetmon.publish.mqtt.reader import LARGEST_PACKET, Reader, ReaderPlan
from fleetmon.publish.mqtt.trouble import Trouble, WireDown
from fleetmon.secret import Secret

from .peers import Broker, until
from .test_mqtt_tls import Authority

TOPICS = ("fleetmon/v1/+/up/state/+", "fleetmon/v1/+/up/session")


def publish(broker: Broker, topic: str, payload: bytes, *more: str) -> None:
    """Somebody publishes with QoS 1."""
    command = [
        "mosquitto_pub",
        "-h",
        "127.0.0.1",
        "-p",
        str(broker.port),
        "-t",
        topic,
        "-q",
        "1",
        "-s" if payload else "-n",
        *more,
    ]
    subprocess.run(command, input=payload, check=True, timeout=20)


@dataclass
class Ear:
    """A reader and what it told."""

    plan: ReaderPlan
    heard: list[tuple[str, bytes, bool]] = field(default_factory=list)
    connected: int = 0
    lost: list[WireDown] = field(default_factory=list)

    def reader(self) -> Reader:
        return Reader(self.plan, Clock(), self._hear, self._up, self.lost.append)

    def _hear(self, topic: str, payload: bytes, retained: bool) -> None:
        self.heard.append((topic, payload, retained))

    def _up(self) -> None:
        self.connected += 1


@asynccontextmanager
async def listening(plan: ReaderPlan) -> AsyncIterator[Ear]:
    """A reader that runs."""
    ear = Ear(plan)
    task = asyncio.create_task(ear.reader().run())
    try:
        yield ear
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def plan_for(broker: Broker) -> ReaderPlan:
    return ReaderPlan("127.0.0.1", broker.port, TOPICS, backoff_cap_s=0.2)


async def test_what_was_kept_is_told_apart_from_what_is_live(broker: Broker) -> None:
    """A retained message is marked so, the same topic live is not, even if it is to be kept again."""
    broker.start()
    publish(broker, "fleetmon/v1/lhr/up/state/prn1", b"old", "-r")
    async with listening(plan_for(broker)) as ear:
        await until(lambda: ear.heard, "the retained state is heard")
        publish(broker, "fleetmon/v1/lhr/up/state/prn1", b"new", "-r")
        publish(broker, "fleetmon/v1/lhr/up/event", b"not asked for")
        publish(broker, "fleetmon/v1/lhr/up/session", b"")
        await until(lambda: len(ear.heard) == 3, "both live messages are heard")
    assert ear.heard == [
        ("fleetmon/v1/lhr/up/state/prn1", b"old", True),
        ("fleetmon/v1/lhr/up/state/prn1", b"new", False),
        ("fleetmon/v1/lhr/up/session", b"", False),
    ]


async def test_a_broker_that_goes_and_comes_back_is_heard_again(broker: Broker) -> None:
    """Its end is told at once, with the reason for each failed attempt; afterwards everything kept comes anew."""
    broker.persistent = True
    broker.start()
    publish(broker, "fleetmon/v1/lhr/up/state/prn1", b"kept", "-r")
    async with listening(plan_for(broker)) as ear:
        await until(lambda: ear.heard, "heard")
        await asyncio.to_thread(broker.stop)
        await until(lambda: any(down.trouble is Trouble.REFUSED for down in ear.lost), "the refusal is told")
        await asyncio.to_thread(broker.start)
        await until(lambda: ear.connected == 2 and len(ear.heard) == 2, "heard again")
    assert ear.heard[1] == ("fleetmon/v1/lhr/up/state/prn1", b"kept", True)


async def test_twenty_thousand_kept_messages_arrive(broker: Broker) -> None:
    """With the broker's default queue limit, at QoS 0, a fresh reader gets every retained topic."""
    broker.start()
    names = [f"m{number}" for number in range(20_000)]
    feed = "".join(f"fleetmon/v1/lhr/up/state/{name}\n" for name in names)
    await asyncio.to_thread(_publish_all, broker, feed.split())
    async with listening(plan_for(broker)) as ear:
        await until(lambda: len({topic for topic, _, _ in ear.heard}) == len(names), "all of them", 30)


def _publish_all(broker: Broker, topics: list[str]) -> None:
    """One connection, one retained message a topic."""
    import paho.mqtt.client as paho  # a reader nobody here wrote

    client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    client.max_inflight_messages_set(1000)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    last = [client.publish(topic, b"x", qos=1, retain=True) for topic in topics][-1]
    last.wait_for_publish(30)
    client.disconnect()
    client.loop_stop()


async def test_a_broker_that_wants_a_password_gets_it(broker: Broker) -> None:
    """Without it the trouble is "denied"; with it we are let in."""
    passwords = broker.folder / "passwords"
    passwords.touch(mode=0o600)
    make = ["mosquitto_passwd", "-b", str(passwords), "room", "open sesame"]
    await asyncio.to_thread(subprocess.run, make, check=True, capture_output=True)
    broker.settings = ("allow_anonymous false", f"password_file {passwords}")
    broker.start()
    async with listening(plan_for(broker)) as ear:
        await until(lambda: ear.lost, "refused")
        assert ear.lost[0].trouble is Trouble.DENIED
    plan = replace(plan_for(broker), username="room", password=Secret("a test", "open sesame"))
    async with listening(plan) as ear:
        await until(lambda: ear.connected, "let in")


async def test_what_is_larger_than_we_take_never_comes(broker: Broker) -> None:
    """We tell the broker how much we take: a message beyond it is not sent to us, and what follows is."""
    broker.start()
    async with listening(plan_for(broker)) as ear:
        await until(lambda: ear.connected, "connected")
        publish(broker, "fleetmon/v1/lhr/up/session", b"x" * (LARGEST_PACKET + 1))
        publish(broker, "fleetmon/v1/lhr/up/session", b"next")
        await until(lambda: ear.heard, "the next one is heard")
    assert [payload for _, payload, _ in ear.heard] == [b"next"]


async def test_certificates_of_our_own(broker: Broker, tmp_path: Path) -> None:
    """Over mutual TLS with the reader's own certificate; an expired one is named, and so is a file that is none."""
    authority = Authority(tmp_path)
    certificate, key = authority.issue("localhost")
    broker.tls = (f"cafile {authority.path}", f"certfile {certificate}", f"keyfile {key}", "tls_version tlsv1.3")
    broker.settings = ("require_certificate true", "use_identity_as_username true", "allow_anonymous false")
    broker.start()
    plan = replace(plan_for(broker), host="localhost", tls=Tls(authority.path, *authority.issue("room")))
    async with listening(plan) as ear:
        await until(lambda: ear.connected, "let in")
    expired = Tls(authority.path, *authority.issue("old", timedelta(days=1)))
    async with listening(replace(plan, tls=expired)) as ear:
        await until(lambda: ear.lost, "refused")
    assert ear.lost[0].trouble is Trouble.TLS
    assert "expired at 2020-01-02" in str(ear.lost[0])
    async with listening(replace(plan, tls=Tls(certificate=tmp_path / "none.pem"))) as ear:
        await until(lambda: len(ear.lost) > 1, "told, and tried again")
    assert "certificate, key or authority" in str(ear.lost[0])


async def test_what_was_kept_can_be_asked_for_again(broker: Broker) -> None:
    """The broker sends it once more, as kept; afterwards live messages come once."""
    broker.start()
    publish(broker, "fleetmon/v1/lhr/up/session", b"kept", "-r")
    ear = Ear(plan_for(broker))
    reader = ear.reader()
    task = asyncio.create_task(reader.run())
    await until(lambda: ear.heard, "heard")
    reader.again(("fleetmon/v1/lhr/up/session",))
    await until(lambda: len(ear.heard) == 2, "heard again")
    assert ear.heard[1] == ("fleetmon/v1/lhr/up/session", b"kept", True)
    await until(reader._again.empty, "asked")
    publish(broker, "fleetmon/v1/lhr/up/state/last", b"live")
    await until(lambda: len(ear.heard) == 3, "live")
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("host", ["no-such-host.invalid", "x" * 70 + ".invalid"])
async def test_a_name_that_leads_nowhere_is_told(host: str) -> None:
    """A host that no DNS knows, or could hold."""
    async with listening(ReaderPlan(host, 1883, TOPICS, backoff_cap_s=0.2)) as ear:
        await until(lambda: ear.lost, "told")
    assert ear.lost[0].trouble is Trouble.NAME
