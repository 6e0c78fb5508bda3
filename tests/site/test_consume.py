"""What went through the monitor is on the disk, whenever somebody says stop."""

import asyncio
import random
from pathlib import Path

import pytest

from fleetmon import settings
from fleetmon.clock import Clock
from fleetmon.memory import KINDS
from fleetmon.model.report import Counter, Observation, Report
from fleetmon.model.words import State
from fleetmon.monitor import Monitor
from fleetmon.publish.outbox import Outbox
from fleetmon.publish.views import ViewTable
from fleetmon.site import Site

MACHINES = 5
HEAD = '[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1:9"\n'


async def opened(folder: Path) -> Site:
    """A site of five machines with nobody who polls them, begun."""
    machines = "".join(f'[[machine]]\nid = "m{n}"\nsource = "snmp://127.0.0.1:9"\n' for n in range(MACHINES))
    (folder / "fleetmon.toml").write_text(HEAD + machines, encoding="utf-8")
    found, clock = settings.load(folder / "fleetmon.toml", environ={}), Clock()
    outbox = await Outbox.open(folder / "site.db", site="lab", clock=clock)
    monitor = Monitor(found.plan(), {kind: await outbox.records(kind) for kind in KINDS})
    site = Site(found, clock, folder, outbox, monitor, ViewTable(), lambda _: None)
    await site.commit(monitor.begin(clock.now()))
    return site


@pytest.mark.parametrize("seed", range(20))
async def test_whatever_the_monitor_knows_is_committed_when_the_consumer_is_stopped(tmp_path: Path, seed: int) -> None:
    """Stopped in the middle of anything: the next start knows states and counts exactly as the monitor did."""
    chance, site = random.Random(seed), await opened(tmp_path)
    consuming = asyncio.create_task(site.consume())
    for number in range(chance.randrange(1, 200)):
        state, name = chance.choice((State.IDLE, State.STOPPED)), f"m{chance.randrange(MACHINES)}"
        report = Report(state=state, counters=(Counter(1, number),))
        await site.inbox.put(Observation(name, "main", site.clock.now(), heard=report))
        for _ in range(chance.randrange(3)):
            await asyncio.sleep(0)
    consuming.cancel()
    await site.commit(site.monitor.end(site.clock.now()))
    await site.outbox.close()
    known = {each.machine: (each.state, each.produced) for each in site.monitor.snapshots()}
    again = await opened(tmp_path)
    assert {each.machine: (each.state, each.produced) for each in again.monitor.snapshots()} == known
    await again.outbox.close()
