"""Consumers that must have every event: quick ones, slow ones, absent ones, liars, and one with a hole to fill."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from fleetmon.model.messages import EventClass
from fleetmon.publish.acknowledgement import Verdict
from fleetmon.publish.mqtt import UplinkPlan
from fleetmon.publish.outbox import Limits

from .conftest import Read
from .peers import Broker, Reader, an_event, until
from .sites import Site, a_site

ACK = "fleetmon/v1/demo/down/ack/"
Say = Callable[[str, str], Awaitable[None]]


@asynccontextmanager
async def voice(broker: Broker, consumer: str) -> AsyncIterator[Callable[[str], None]]:
    """What a consumer says from now on: each text becomes a retained message where it confirms."""
    told = ("-h", "127.0.0.1", "-p", str(broker.port), "-V", "5", "-q", "1", "-r", "-l", "-t", ACK + consumer)
    process = await asyncio.create_subprocess_exec("mosquitto_pub", *told, stdin=asyncio.subprocess.PIPE)
    assert process.stdin is not None
    stdin = process.stdin
    try:
        yield lambda text: stdin.write(f"{text}\n".encode())
    finally:
        stdin.close()
        await process.wait()


def ack(stream: str, upto: int) -> str:
    return json.dumps({"stream": stream, "upto": upto})


def numbers(reader: Reader) -> list[int]:
    return [int(str(each.envelope["seq"])) for each in reader.under("/up/event")]


def named_in_gaps(reader: Reader) -> set[int]:
    """The sequences that will never come."""
    gaps = [each.data["ranges"] for each in reader.under("/up/event") if "gap" in each.payload[:200]]
    return {seq for ranges in gaps for first, last in ranges for seq in range(first, last + 1)}  # type: ignore[attr-defined]


async def collect(reader: Reader, say: Callable[[str], None], stream: str) -> None:
    """The smallest possible collector: what it has without a hole it confirms, ten times a second."""
    upto, before = 0, 0
    while True:
        have = set(numbers(reader)) | named_in_gaps(reader)
        while upto + 1 in have:
            upto += 1
        if upto > before:
            say(ack(stream, upto))
            before = upto
        await asyncio.sleep(0.1)


@pytest.fixture
def named(plan: UplinkPlan) -> UplinkPlan:
    """A site that hears confirmations and commands."""
    return replace(plan, subscriptions=("ack/+", "cmd/+"))


async def test_who_is_away_holds_nobody_up_and_gets_everything_later(
    broker: Broker, named: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """Two are named; the ministry is away for 1 000 events. The other one has them all, and then the ministry too."""
    broker.start()
    hq = await read("fleetmon/#")
    async with a_site(tmp_path, named, consumers=("hq", "ministry")) as site, voice(broker, "hq") as say:
        stream = site.outbox.origin.stream
        collecting = asyncio.create_task(collect(hq, say, stream))
        for n in range(0, 1000, 50):
            await site.commit(*range(n, n + 50))
        await until(lambda: site.outbox.figures.acked_by["hq"] == 1000, "hq has confirmed everything")
        assert site.outbox.figures.acked == 0
        assert [each.name for each in site.outbox.figures.holding_back] == ["ministry"]
        ministry = await read("fleetmon/#")
        async with voice(broker, "ministry") as say_too:
            also = asyncio.create_task(collect(ministry, say_too, stream))
            await site.confirmed(1000)
            also.cancel()
        collecting.cancel()
    assert sorted(set(numbers(ministry))) == list(range(1, 1001))


async def test_a_full_outbox_and_a_consumer_that_comes_back_agree_on_every_sequence(
    broker: Broker, named: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """Connected, nobody confirms, the file is full: two classes are dropped in turn. Then the consumer comes.

    It counts what gaps name as received; in the end it and the site agree on the last sequence, and there is no hole.
    """
    broker.start()
    patient = replace(named, patience_s=0.2)
    kinds = [EventClass.COUNT, EventClass.STATE, EventClass.FAULT]
    async with a_site(tmp_path, patient, consumers=("hq",), limits=Limits(cap_bytes=1024 * 1024)) as site:
        await site.connected()
        for n in range(0, 3000, 50):
            await site.outbox.commit([an_event(k, kinds[k % 7 % 3], size=900) for k in range(n, n + 50)])
        figures = site.outbox.figures
        assert figures.evicted > 500
        hq = await read("fleetmon/#")
        async with voice(broker, "hq") as say:
            collecting = asyncio.create_task(collect(hq, say, site.outbox.origin.stream))
            await site.confirmed(figures.head)
            collecting.cancel()
        stored, gone = set(numbers(hq)), named_in_gaps(hq)
        assert stored | gone == set(range(1, figures.head + 1))
        assert len(gone) >= figures.evicted


async def test_an_absent_consumer_is_not_sent_the_same_for_ever(
    broker: Broker, named: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """Patience 0.1 s, nobody confirms: within two seconds not twenty times the same, but five or six, and new ones."""
    broker.start()
    reader = await read("fleetmon/#")
    async with a_site(tmp_path, replace(named, patience_s=0.1), consumers=("hq",)) as site:
        await site.commit(*range(10))
        begun = asyncio.get_running_loop().time()
        await until(lambda: len(numbers(reader)) >= 50, "sent five times")
        assert asyncio.get_running_loop().time() - begun > 0.1 + 0.2 + 0.4 + 0.8
        await site.commit(11)
        await until(lambda: 11 in numbers(reader), "a new one is sent at once", 1.0)
        assert site.outbox.figures.acked == 0


async def test_only_true_confirmations_count(broker: Broker, named: UplinkPlan, read: Read, tmp_path: Path) -> None:
    """A retained one of a former stream, one beyond the head, an older one, a stranger's, rubbish: counted, ignored."""
    broker.start()
    async with voice(broker, "hq") as say:
        say(ack("a former stream", 500))
        with capture_logs() as logs:
            async with a_site(tmp_path, named, consumers=("hq",)) as site, voice(broker, "nobody") as stranger:
                stream = site.outbox.origin.stream
                await site.commit(*range(10))
                heard: Callable[[], dict[Verdict, int]] = lambda: dict(site.uplink.status.confirmations)  # noqa: E731
                await until(lambda: heard().get(Verdict.OTHER_STREAM), "the former stream")
                say(ack(stream, 999))
                await until(lambda: heard().get(Verdict.BEYOND), "beyond")
                assert site.outbox.figures.acked == 0
                say(ack(stream, 7))
                await site.confirmed(7)
                say(ack(stream, 3))
                say("rubbish")
                stranger(ack(stream, 10))
                await until(lambda: len(heard()) == 6, "every kind")
                assert site.outbox.figures.acked == 7
                say(ack(stream, 10))
                await site.confirmed(10)
    said = {(line["consumer"], line["why"]) for line in logs if line["event"] == "a confirmation is ignored"}
    assert said == {("hq", "beyond"), ("hq", "back"), ("hq", "garbled"), ("nobody", "stranger")}
    assert not site.inbound


async def confirmed_by_hq(site: Site, count: int, say: Callable[[str], None], reader: Reader) -> None:
    await site.commit(*range(count))
    await until(lambda: len(numbers(reader)) >= count, "all read")
    say(ack(site.outbox.origin.stream, count))
    await site.confirmed(count)


async def test_what_is_asked_for_is_sent_once_more_with_the_same_bytes(
    broker: Broker, named: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """300 confirmed events, 100 to 150 asked for again: exactly these, byte for byte; what nobody kept is refused."""
    broker.start()
    first, again = await read("fleetmon/#"), None
    with capture_logs() as logs:
        async with a_site(tmp_path, named, consumers=("hq",)) as site, voice(broker, "hq") as say:
            await confirmed_by_hq(site, 300, say, first)
            again = await read("fleetmon/v1/demo/up/event")
            replay = site.uplink.replay(100, 150)
            assert (replay.first, replay.last, replay.available_from, replay.refused) == (100, 150, 1, None)
            await until(lambda: site.uplink.status.replays == 0, "finished")
            await until(lambda: len(numbers(again)) >= 51, "all again")
            assert site.uplink.replay(301, 400).refused == "nothing of it is kept"
    events = [each.payload for each in first.under("/up/event")]
    assert [each.payload for each in again.under("/up/event")] == events[99:150]
    told = [(line["first"], line["last"]) for line in logs if "once more" in line["event"]]
    assert told == [(100, 150)]


async def test_a_replay_yields_to_what_is_new_and_survives_the_connection(
    broker: Broker, named: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """3 000 events asked for again; amid them the connection breaks, and later an event is new: it does not wait."""
    broker.start()
    async with a_site(tmp_path, named, consumers=("hq",)) as site, voice(broker, "hq") as say:
        await site.commit(*range(3000))
        say(ack(site.outbox.origin.stream, 3000))
        await site.confirmed(3000)
        again = await read("fleetmon/#")
        site.uplink.replay(1, 3000)
        await until(lambda: len(numbers(again)) >= 200, "it has begun")
        site.uplink._sender._wire.abandon()  # type: ignore[union-attr]
        await until(lambda: len(numbers(again)) >= 400, "it goes on")
        await site.commit(3001)
        site.show("state/prn-1", {"state": "idle"})
        await until(lambda: 3001 in numbers(again), "the new one")
        await until(lambda: again.under("prn-1"), "the view")
        assert len(set(numbers(again))) < 3001
        await until(lambda: len(set(numbers(again))) == 3001, "all of them, in the end")


async def test_resync_shows_everything_retained_again(
    broker: Broker, named: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """Session, heartbeat, inventory and states are published again over the same connection."""
    broker.start()
    shown = {f"state/prn-{n}": {"state": "idle"} for n in range(50)} | {"inventory": {}}
    async with a_site(tmp_path, replace(named, heartbeat_s=600), shown) as site:
        reader = await read("fleetmon/#")
        await until(lambda: len(reader.latest()) == 53, "everything")
        before = len(reader.heard)
        site.uplink.resync()
        await until(lambda: len(reader.heard) == before + 53, "everything once more")
        assert site.uplink.session == 1


async def test_events_say_when_they_were_sent_and_a_heartbeat_expires(
    broker: Broker, named: UplinkPlan, tmp_path: Path
) -> None:
    """MQTT 5: `sent` in ms beside an event, expiry after four intervals on a heartbeat; neither without properties."""
    broker.start()
    for properties in (True, False):
        told = ("-h", "127.0.0.1", "-p", str(broker.port), "-V", "5", "-q", "1", "-t", "fleetmon/#", "-R")
        process = await asyncio.create_subprocess_exec(
            "stdbuf", "-oL", "mosquitto_sub", *told, "-d", "-F", "HEARD %t %E|%P|%C", stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        while not (await process.stdout.readline()).startswith(b"Subscribed"):
            pass
        plan = replace(named, properties=properties, heartbeat_s=2.0)
        lines: dict[str, str] = {}
        async with a_site(tmp_path / str(properties), plan) as site:
            await site.commit(1)
            while not {"event", "heartbeat"} <= lines.keys():
                line = (await asyncio.wait_for(process.stdout.readline(), 15)).decode().strip()
                if line.startswith("HEARD"):
                    _, topic, stamps = line.split(" ", 2)
                    lines[topic.rpartition("/")[2]] = stamps
            sent_ms = site.clock.now().utc * 1000
        process.kill()
        await process.communicate()
        if properties:
            expiry, sent, kind = lines["event"].split("|")
            assert (expiry, kind) == ("", "application/cloudevents+json")
            assert sent_ms - 20_000 < float(sent.removeprefix("sent:")) <= sent_ms
            assert lines["heartbeat"] == "8||application/cloudevents+json"
        else:
            assert (lines["event"], lines["heartbeat"]) == ("||", "||")
