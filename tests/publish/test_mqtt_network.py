"""Networks as they are: silent, cut, thin, far away; and somebody else who goes by our name."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from bench.proxy import Proxy, Weather
from structlog.testing import capture_logs

from fleetmon.clock import Clock
from fleetmon.model.messages import Json
from fleetmon.publish.mqtt import Trouble, UplinkPlan
from fleetmon.publish.mqtt.backoff import Backoff
from fleetmon.publish.outbox import Outbox

from .conftest import Read
from .peers import Broker, an_event, until
from .sites import a_site

FAR = Weather(delay_s=0.15)  # a mission abroad: 300 ms there and back


@asynccontextmanager
async def between(broker: Broker, weather: Weather = FAR) -> AsyncIterator[Proxy]:
    """A started broker, and a network before it."""
    broker.settings = ("allow_anonymous true", "max_inflight_messages 200")
    broker.start()
    async with Proxy(broker.port, weather) as network:
        yield network


async def test_a_line_that_falls_silent_is_left_within_twice_the_keepalive(
    broker: Broker, plan: UplinkPlan, tmp_path: Path
) -> None:
    """A black hole at 300 ms of round trip, keepalive 2 s, nothing to send: left within 4 s, and back once it ends."""
    async with between(broker) as network:
        far = replace(plan, port=network.port, keepalive_s=2, patience_s=60.0, heartbeat_s=60.0)
        async with a_site(tmp_path, far) as site:
            await site.connected()
            network.weather = replace(FAR, hole=True)
            fell = time.monotonic()
            await site.connected(False)
            assert time.monotonic() - fell <= 2 * 2 + 0.5
            await site.commit(*range(100))
            network.weather = FAR
            await site.connected()
            await site.confirmed(100)


@pytest.mark.parametrize("how", ["reset", "half-open"])
async def test_a_connection_that_is_cut_is_made_anew_and_loses_nothing(
    how: str, broker: Broker, plan: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """RST to both ends, or a far end that is gone without a word: all 500 events arrive, over a second connection."""
    async with between(broker) as network:
        reader = await read()
        far = replace(plan, port=network.port, keepalive_s=2, patience_s=2.0)
        async with a_site(tmp_path, far) as site:
            await site.commit(*range(500))
            await until(lambda: len(reader.under("/up/event")) >= 100, "amid the events")
            if how == "reset":
                network.reset()
            else:
                network.cut()
            await site.confirmed(500)
            assert network.accepted == 2
        assert {int(str(each.envelope["seq"])) for each in reader.under("/up/event")} == set(range(1, 501))


async def test_a_broker_that_hangs_up_at_once_is_not_asked_more_than_once_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It accepts and resets every connection: within 4 s at most four attempts, with the mean pauses of a real site."""
    monkeypatch.setattr("random.uniform", lambda low, high: (low + high) / 2)
    attempts: list[float] = []

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        attempts.append(time.monotonic())
        writer.transport.abort()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, a_site(tmp_path, UplinkPlan("demo", "127.0.0.1", port)):
        with suppress(AssertionError):
            await until(lambda: len(attempts) > 4, "a fifth attempt", 4.0)
    assert 2 <= len(attempts) <= 4


def test_pauses_grow_to_their_cap_and_a_taker_over_is_avoided() -> None:
    """Up to 1, 2, 4 s and no more; after a stable minute from the start; thrown off: half a minute at least."""
    backoff = Backoff(UplinkPlan("demo", "broker.example"))
    for most in (1.0, 2.0, 4.0, 4.0):
        assert backoff.pause_s(Trouble.REFUSED, 0.0) <= most
    assert backoff.pause_s(Trouble.CLOSED, 61.0) <= 1.0
    for least in (30.0, 60.0, 120.0, 120.0):
        assert least <= backoff.pause_s(Trouble.TAKEN_OVER, 5.0) <= 1.5 * least
    assert backoff.taken_over == 4
    backoff.pause_s(Trouble.CLOSED, 1000.0)
    assert backoff.taken_over == 0


async def test_two_of_one_name_do_not_throw_each_other_off_as_fast_as_they_can(
    broker: Broker, plan: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """mosquitto hangs up on the first without a word: noticed after a few times, said by name; one alone is stable."""
    broker.start()
    reader = await read("fleetmon/v1/demo/up/session")
    plan = replace(plan, takeover_s=1.0)
    with capture_logs() as logs:
        async with a_site(tmp_path / "one", plan) as one:
            await one.connected()
            async with a_site(tmp_path / "two", plan) as two:
                await until(lambda: one.uplink.status.taken_over + two.uplink.status.taken_over >= 2, "noticed, twice")
                assert two.outbox.origin.stream != one.outbox.origin.stream
            await one.connected()
            await one.commit(1)
            await one.confirmed(1)
    assert len(reader.heard) <= 30
    named = [line for line in logs if line["event"].startswith("another client with our name")]
    assert named
    assert {line["client_id"] for line in named} == {"demo"}


async def test_over_a_thin_line_a_change_does_not_wait_behind_the_backlog(
    broker: Broker, plan: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """64 kbit/s, 1 500 events wait, which alone take more than a minute: a change is seen within three seconds."""
    clock = Clock()
    async with await Outbox.open(tmp_path / "site.db", site="demo", clock=clock) as outbox:
        await outbox.commit([an_event(n) for n in range(1500)])
    async with between(broker, Weather(delay_s=0.05, bytes_per_s=8000)) as network:
        reader = await read()
        thin = replace(plan, port=network.port, patience_s=10.0, heartbeat_s=5.0)
        shown: dict[str, dict[str, Json]] = {f"state/prn-{n}": {"state": "idle"} for n in range(20)}
        async with a_site(tmp_path, thin, shown) as site:
            await until(lambda: len(reader.under("/up/event")) >= 20, "the backlog drains", 20.0)
            for n in range(3):
                site.show("state/prn-1", {"n": n})
                took = await until(lambda n=n: reader.under("prn-1")[-1].data.get("n") == n, "seen")  # type: ignore[misc]
                assert took < 3.0
            assert site.outbox.figures.acked < 1500
            site.running.cancel()


async def test_the_end_does_not_wait_for_a_connection_that_is_not_there(plan: UplinkPlan, tmp_path: Path) -> None:
    """Somebody accepts and says nothing, for half a minute: the end comes at once, and the event waits on disk."""
    accepted = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set()
        while await reader.read(4096):
            pass
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", plan.port)
    async with server, a_site(tmp_path, replace(plan, timeout_s=30.0)) as site:
        await site.commit(1)
        await asyncio.wait_for(accepted.wait(), 10)
        begun = time.monotonic()
        await site.uplink.close(5.0)
        assert time.monotonic() - begun < 1.0
        assert (site.outbox.figures.acked, site.outbox.figures.head) == (0, 1)


async def test_the_end_keeps_to_its_deadline_when_the_line_is_dead(
    broker: Broker, plan: UplinkPlan, tmp_path: Path
) -> None:
    """Connected into a black hole: a second to flush, one to say goodbye, one to close, and not a minute more."""
    async with between(broker) as network:
        far = replace(plan, port=network.port, patience_s=60.0)
        async with a_site(tmp_path, far) as site:
            await site.connected()
            network.weather = replace(FAR, hole=True)
            await site.commit(1)
            begun = time.monotonic()
            await site.uplink.close(1.0)
            assert time.monotonic() - begun < 1.0 + 1.0 + 1.0 + 0.5
            network.weather = FAR


async def test_a_broker_with_a_small_limit_is_named_when_there_is_a_backlog(
    broker: Broker, plan: UplinkPlan, tmp_path: Path
) -> None:
    """mosquitto's own limit of 20 in flight and 1 200 events waiting: one line says why it will take long."""
    async with await Outbox.open(tmp_path / "site.db", site="demo", clock=Clock()) as outbox:
        await outbox.commit([an_event(n) for n in range(1200)])
    broker.start()
    with capture_logs() as logs:
        async with a_site(tmp_path, plan) as site:
            await site.confirmed(1200)
    assert [line["most"] for line in logs if "few messages in flight" in line["event"]] == [20]
