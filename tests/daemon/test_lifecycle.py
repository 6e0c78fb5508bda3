"""How the daemon ends: in order when it is asked to, at once when it has a bug, and never with half of what it knew."""

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fleetmon import daemon, settings
from fleetmon.clock import Clock
from fleetmon.model.messages import Event, EventClass, Outcome, Record, View
from fleetmon.model.report import Fault, Observation, Report
from fleetmon.model.stimuli import Stimulus
from fleetmon.model.words import Severity, State
from fleetmon.monitor import Monitor
from fleetmon.publish.mqtt import Uplink
from fleetmon.publish.outbox import Limits, Outbox
from fleetmon.site import INBOX_SIZE, Site
from fleetmon.systemd import Signals

MACHINES = 50
HEAD = '[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1:9"\n'  # nobody listens on the discard port


async def ran(folder: Path, ready: Callable[[Site, Signals], None], more: str = "") -> None:
    """A daemon of fifty machines that never answer, told what to do as soon as it is ready."""
    machines = "".join(f'[[machine]]\nid = "m{n}"\nsource = "snmp://127.0.0.1:9"\n' for n in range(MACHINES))
    (folder / "fleetmon.toml").write_text(HEAD + more + machines, encoding="utf-8")
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


async def test_what_was_heard_before_the_end_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is slow and fifty answers wait when the end is asked for: all are told, recorded, and dated."""
    commit = Outbox.commit

    async def slowly(self: Outbox, events: Iterable[Event] = (), records: Iterable[Record] = ()) -> int:
        writing.set()
        for _ in range(200):
            await asyncio.sleep(0)
        return await commit(self, events, records)

    def fill(site: Site, signals: Signals) -> None:
        def hear(*machines: int) -> None:
            for n in machines:
                site.inbox.put_nowait(Observation(f"m{n}", "main", site.clock.now(), heard=Report(state=State.IDLE)))

        async def in_two_portions() -> None:
            writing.clear()
            hear(*range(25))
            await writing.wait()
            hear(*range(25, MACHINES))
            signals.stop.set()

        filling.append(asyncio.create_task(in_two_portions()))

    async def close(self: Uplink, flush_s: float = 0.0) -> None:
        closed.append((flush_s, self._outbox.figures.head))
        await closing(self, flush_s)

    closed: list[tuple[float, int]] = []
    closing = Uplink.close
    monkeypatch.setattr(Uplink, "close", close)
    filling: list[asyncio.Task[None]] = []
    writing = asyncio.Event()
    monkeypatch.setattr(Outbox, "commit", slowly)
    await ran(tmp_path, fill)
    await asyncio.gather(*filling)
    told, snapshots, heard = await left_behind(tmp_path)
    assert closed == [(daemon.FLUSH_S, len(told))], "the broker is to be handed everything, and that takes a while"
    assert told.count("fleetmon.state.changed.v1") == MACHINES
    assert set(snapshots) == {f"m{n}" for n in range(MACHINES)}
    assert set(json.loads(heard["all"])["machines"]) == set(snapshots)


async def test_the_outbox_keeps_what_the_settings_say(tmp_path: Path) -> None:
    """Ceiling, days and bytes of `[outbox]`, and the consumers of `[mqtt]`, not what an outbox would do by itself."""
    found: list[object] = []

    def look(site: Site, signals: Signals) -> None:
        found.append(site.outbox._database._space._limits)
        found.append(sorted(site.outbox.figures.acked_by))
        signals.stop.set()

    await ran(tmp_path, look, 'ack = ["hq", "ministry"]\n[outbox]\ncap = "3MiB"\nkeep = "2d"\nkeep_size = "1MiB"\n')
    assert found == [Limits(3 * 2**20, 2 * 86_400.0, 2**20), ["hq", "ministry"]]


async def test_nothing_is_shown_or_said_before_it_is_kept(tmp_path: Path) -> None:
    """Events and records first; then the view, stamped with their sequence; then whoever else wants to know."""
    order: list[object] = []
    at = Clock().now()

    class Kept:
        figures = SimpleNamespace(head=6)

        async def commit(self, events: Sequence[Event], records: Sequence[Record]) -> int:
            order.append(("kept", len(events), len(records)))
            await asyncio.sleep(0)
            return 8

    class Shown:
        def put(self, view: View, as_of_seq: int) -> None:
            order.append((view.topic, as_of_seq))

    nobody: Any = None
    site = Site(nobody, Clock(), tmp_path, Kept(), nobody, Shown(), lambda event: order.append(event.type))  # type: ignore[arg-type]
    event = Event(EventClass.STATE, "fleetmon.state.changed.v1", "m1", at, {})
    view = View("state/m1", "fleetmon.state.v1", "m1", at, {})
    await site.commit(Outcome((event, event), (view,), (Record("snapshot", "m1", b""),)))
    assert order == [("kept", 2, 1), ("state/m1", 8), event.type, event.type]
    order.clear()
    await site.commit(Outcome((), (view,)))
    assert order == [("state/m1", 6)], "a view alone needs no commit"


async def test_a_restart_knows_what_the_last_run_knew(tmp_path: Path) -> None:
    """A jam that stood at the end stands at the start, with its onset: nothing is raised twice, and it can clear."""
    jam = Report(state=State.STOPPED, faults=(Fault("media-jam", Severity.ERROR, ("8",)),))
    known: list[Any] = []

    def jammed(site: Site, signals: Signals) -> None:
        site.inbox.put_nowait(Observation("m0", "main", site.clock.now(), heard=jam))
        signals.stop.set()

    def again(site: Site, signals: Signals) -> None:
        known.append(site.monitor.snapshots()[0])
        jammed(site, signals)

    await ran(tmp_path, jammed)
    (before,) = [each for each in (await left_behind(tmp_path))[0] if "raised" in each]
    await ran(tmp_path, again)
    told, _, _ = await left_behind(tmp_path)
    assert [standing.fault.reason for standing in known[0].faults] == ["media-jam"]
    assert told.count(before) == 1


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
