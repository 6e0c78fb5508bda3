"""How the daemon ends: in order when it is asked to, at once when it has a bug, and never with half of what it knew."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fleetmon import daemon, settings
from fleetmon.clock import Clock
from fleetmon.model.messages import Outcome
from fleetmon.model.report import Observation, Report
from fleetmon.model.stimuli import Stimulus
from fleetmon.model.words import State
from fleetmon.monitor import Monitor
from fleetmon.publish.outbox import Outbox
from fleetmon.site import INBOX_SIZE, Site
from fleetmon.systemd import Signals

MACHINES = 50
HEAD = '[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1:9"\n'  # nobody listens on the discard port


async def ran(folder: Path, ready: Callable[[Site, Signals], None]) -> None:
    """A daemon of fifty machines that never answer, told what to do as soon as it is ready."""
    machines = "".join(f'[[machine]]\nid = "m{n}"\nsource = "snmp://127.0.0.1:9"\n' for n in range(MACHINES))
    (folder / "fleetmon.toml").write_text(HEAD + machines, encoding="utf-8")
    found, signals = settings.load(folder / "fleetmon.toml", environ={}), Signals()
    await daemon.run(found, folder, Clock(), signals, lambda site: ready(site, signals), lambda _: None)


async def left_behind(folder: Path) -> tuple[list[str], dict[str, bytes], dict[str, bytes]]:
    """Types of events and records of snapshots and answers, as the next start finds them."""
    async with await Outbox.open(folder / "site.db", site="lab", clock=Clock()) as outbox:
        told = []
        after = 0
        while page := await outbox.pending(after):
            told += [json.loads(row.body)["type"] for row in page]
            after = page[-1].seq
        return told, await outbox.records("snapshot"), await outbox.records("heard")


async def test_what_was_heard_before_the_end_is_kept(tmp_path: Path) -> None:
    """Fifty answers wait in the inbox when the end is asked for: all are told, recorded, and dated."""

    def fill(site: Site, signals: Signals) -> None:
        for n in range(MACHINES):
            heard = Observation(f"m{n}", "main", site.clock.now(), heard=Report(state=State.IDLE))
            site.inbox.put_nowait(heard)
        signals.stop.set()

    await ran(tmp_path, fill)
    told, snapshots, heard = await left_behind(tmp_path)
    assert told.count("fleetmon.state.changed.v1") == MACHINES
    assert set(snapshots) == {f"m{n}" for n in range(MACHINES)}
    assert set(json.loads(heard["all"])["machines"]) == set(snapshots)


async def test_a_bug_ends_the_daemon_and_is_never_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The monitor stumbles over one observation: the run ends with that error, and the next start is not locked out."""
    stumbled: list[Stimulus] = []

    def step(_self: Monitor, stimulus: Stimulus) -> Outcome:
        stumbled.append(stimulus)
        raise KeyError("a bug of ours")

    def one(site: Site, _: Signals) -> None:
        site.inbox.put_nowait(Observation("m0", "main", site.clock.now(), heard=Report(state=State.IDLE)))

    monkeypatch.setattr(Monitor, "step", step)
    with pytest.raises(ExceptionGroup) as ended:
        async with asyncio.timeout(20):
            await ran(tmp_path, one)
    assert ended.value.subgroup(KeyError) is not None
    assert len(stumbled) == 1
    monkeypatch.undo()
    told, _, _ = await left_behind(tmp_path)
    assert told == []


async def test_the_inbox_is_bounded() -> None:
    """A monitor that stands still holds pollers back instead of filling memory."""
    assert 0 < INBOX_SIZE <= 10_000
