"""Heartbeat and watchdog judge what they are given; here is who gives it, and that it is this site's own."""

import asyncio
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.poller.virtual import VirtualClock, run
from tests.publish.peers import Hands, an_event

from fleetmon.model.plan import FleetPlan
from fleetmon.monitor import Monitor
from fleetmon.publish.outbox import Outbox
from fleetmon.publish.views import ViewTable
from fleetmon.site import Site
from fleetmon.watchdog import look_at

DAY = 86_400.0


def a_site(folder: Path, clock: Any, outbox: Any) -> Site:
    """A site without machines, whose settings name a certificate and a heartbeat every 30 s."""
    settings: Any = SimpleNamespace(mqtt=SimpleNamespace(certificate=folder / "site.pem", heartbeat=30.0))
    return Site(settings, clock, folder, outbox, Monitor(FleetPlan("demo", ()), {}), ViewTable(), lambda _: None)


async def test_a_heartbeat_tells_how_this_site_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine events, four forgotten, one consumer behind; a refusal, a disk, a clock and a certificate: each its own."""
    clock = Hands()
    begun = clock.now().utc
    monkeypatch.setattr("fleetmon.site.validity", lambda _: (begun - DAY, begun + 12.5 * DAY))
    monkeypatch.setattr("fleetmon.site.synchronised", lambda: False)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1234 * 2**20))
    consumers = ("hq", "ministry")
    async with await Outbox.open(tmp_path / "site.db", site="demo", clock=clock, consumers=consumers) as outbox:
        await outbox.commit([an_event(n) for n in range(4)])
        for name in consumers:
            await outbox.acknowledge(name, 4)
        clock.pass_by(8 * DAY)
        await outbox.tidy()
        await outbox.commit([an_event(n) for n in range(5)])
        await outbox.acknowledge("hq", 9)
        await outbox.acknowledge("ministry", 6)
        clock.pass_by(40)
        site = a_site(tmp_path, clock, outbox)
        uplink: Any = SimpleNamespace(status=SimpleNamespace(refused=3))
        site.uplink, site.loop_lag_s, site.settings_refused = uplink, 0.25, clock.now()
        told = site.heartbeat()
        assert (told["head_seq"], told["first_seq"], told["acked_seq"]) == (9, 5, 6)
        assert told["oldest_unacked_s"] == 40
        assert told["holding_back"] == ["ministry"]
        assert told["refused"] == 3
        assert told["stream"] == outbox.origin.stream
        assert told["disk_free_mib"] == 1234
        assert told["clock_synchronised"] is False
        assert told["certificate_days"] == 4.5
        assert told["loop_lag_s"] == 0.25
        assert told["settings_refused_since"] is not None
        assert site.heartbeat()["loop_lag_s"] == 0, "the worst since the last heartbeat, not since the start"


def test_how_late_the_loop_is_at_worst(tmp_path: Path) -> None:
    """Every second it is looked at: 0.1 s late, then 0.7 s, then 0.2 s; the heartbeat is told 0.7."""
    late = iter((0.1, 0.7, 0.2))

    class Late(VirtualClock):
        async def sleep(self, seconds: float) -> None:
            await asyncio.sleep(seconds + next(late, 0.0))

    async def story() -> float:
        site = a_site(tmp_path, Late(), None)
        watching = asyncio.create_task(site.watch_lag())
        await asyncio.sleep(6)
        watching.cancel()
        return site.loop_lag_s

    assert run(story()) == pytest.approx(0.7)


def test_the_watchdog_sees_everybody_who_works(tmp_path: Path) -> None:
    """The monitor with its rounds and its inbox, the outbox with its own, and of the pollers the one due first."""
    outbox: Any = SimpleNamespace(rounds=7, busy=True)
    site = a_site(tmp_path, VirtualClock(), outbox)
    pollers = [SimpleNamespace(name="poll a/main", done_by=9.0), SimpleNamespace(name="poll b/main", done_by=4.0)]
    site.polling, site.rounds = SimpleNamespace(pollers=pollers), 3  # type: ignore[assignment]
    seen = look_at(site, 5.0)
    assert {(each.name, each.rounds, each.busy) for each in seen.workers} == {
        ("monitor", 3, False),
        ("outbox", 7, True),
    }
    assert seen.slowest is not None
    assert (seen.slowest.name, seen.slowest.done_by) == ("poll b/main", 4.0)
    observation: Any = None
    site.inbox.put_nowait(observation)
    assert {each.name: each.busy for each in look_at(site, 5.0).workers} == {"monitor": True, "outbox": True}
