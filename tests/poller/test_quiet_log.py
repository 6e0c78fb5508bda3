"""What the journal holds after a night: a line for each change, and none for a machine that goes on as it was.

The pollers, the monitor with its own due times and the log together, in virtual time.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from structlog.testing import capture_logs
from tests.assess.timeline import count

from fleetmon import logs
from fleetmon.decode.dialogue import Dialogue, Get
from fleetmon.decode.snmp import Met, Pace
from fleetmon.errors import LinkError
from fleetmon.model.messages import Event, Record
from fleetmon.model.plan import FleetPlan
from fleetmon.model.report import Report
from fleetmon.model.words import State
from fleetmon.monitor import Monitor
from fleetmon.publish.views import ViewTable
from fleetmon.site import Site

from .machines import REPLY, UPTIME, Answer, FakeLink, met, poller
from .virtual import VirtualClock, run

HOUR = 3600.0
ASLEEP = Report(state=State.IDLE, asleep=True)
AWAKE = Report(state=State.IDLE, asleep=False)


@dataclass
class Kept:
    """An outbox that only counts, since nothing of this is about disks."""

    records: dict[tuple[str, str], bytes | None] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    @property
    def figures(self) -> Any:
        return SimpleNamespace(head=len(self.events))

    async def commit(self, events: tuple[Event, ...], records: tuple[Record, ...]) -> int:
        self.events += events
        self.records.update({(each.kind, each.id): each.body for each in records})
        return len(self.events)


def journal(
    folder: Path, says: Callable[[float], Report | None], hours: float, before: Kept | None = None
) -> tuple[list[str], Kept]:
    """The lines of the log while a machine is asked for some hours; None is a machine that does not answer."""
    kept = Kept()

    def answer(second: float) -> Answer:
        return LinkError("no answer within 2 s") if says(second) is None else REPLY

    def behave(_known: Met | None, _pace: Pace) -> Dialogue[Met]:
        yield Get((UPTIME,))
        report = says(asyncio.get_running_loop().time())
        assert report is not None
        return met(report)

    async def whole() -> None:
        asked = poller(FakeLink(answer), behave)
        records: dict[str, dict[str, bytes]] = {}
        for (kind, id_), body in (before.records if before else {}).items():
            if body is not None:
                records.setdefault(kind, {})[id_] = body
        monitor = Monitor(FleetPlan("lab", (asked.machine,)), records)
        nobody: Any = None
        site = Site(nobody, VirtualClock(), folder, kept, monitor, ViewTable(), logs.say)  # type: ignore[arg-type]
        asked.hand_over = site.inbox.put
        await site.commit(monitor.begin(site.clock.now()))
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(asked.run()), tasks.create_task(site.consume())]
            await asyncio.sleep(hours * HOUR)
            for task in running:
                task.cancel()

    with capture_logs() as lines:
        run(whole())
    return [
        " ".join(str(line[key]) for key in ("event", "contact", "state", "asleep") if key in line) for line in lines
    ], kept


def asleep_for_a_night(second: float) -> Report | None:
    """Idle, asleep from 60 s on, deaf in its sleep for all but twelve hours, then awake."""
    if second < 60:
        return AWAKE
    if second < 120:
        return ASLEEP
    return None if second < 12 * HOUR else AWAKE


def test_a_printer_that_sleeps_for_twelve_hours_is_two_lines(tmp_path: Path) -> None:
    """It falls asleep, answers nothing all night and wakes up: two lines, two events, and it was never lost."""
    lines, kept = journal(tmp_path, asleep_for_a_night, 12.1)
    assert lines == [
        "contact.changed live",
        "state.changed idle False",
        "state.changed idle True",
        "state.changed idle False",
    ]
    assert [round(event.at.mono / HOUR) for event in kept.events] == [0, 0, 0, 12]


def test_a_machine_that_is_off_for_twelve_hours_is_two_lines_when_it_goes(tmp_path: Path) -> None:
    """Off from 60 s on and for all the night: its line is lost and its state unknown; then only its alert is told."""
    lines, kept = journal(tmp_path, lambda second: AWAKE if second < 60 else None, 12)
    assert lines[2:] == ["contact.changed lost", "state.changed unknown False"]
    assert max(event.at.mono for event in kept.events if event.type != "fleetmon.alert.v1") < 180


def test_a_machine_that_was_never_heard_is_two_lines(tmp_path: Path) -> None:
    """Off at the start and for twelve hours: "no answer yet", then that its line is lost; never once a poll."""
    lines, _ = journal(tmp_path, lambda _: None, 12)
    assert lines == ["no answer yet", "contact.changed lost"]


def test_an_hour_of_work_is_silence(tmp_path: Path) -> None:
    """A document every ten seconds: sixty counts are told in the stream, and the log has nothing to say."""
    lines, kept = journal(tmp_path, lambda second: count(1000 + int(second) // 10), 1)
    assert lines == ["contact.changed live", "state.changed processing False"]
    counted = [event for event in kept.events if event.type == "fleetmon.production.counted.v1"]
    assert 55 <= len(counted) <= 60


def test_a_daemon_restarted_in_the_night_wakes_nobody(tmp_path: Path) -> None:
    """The printer slept when the daemon was stopped: one line of the night says that it does not answer yet, none
    that it is lost; in the morning it is heard, and awake."""
    _, kept = journal(tmp_path, lambda second: AWAKE if second < 60 else ASLEEP, 0.1)
    lines, after = journal(tmp_path, lambda second: None if second < 10 * HOUR else AWAKE, 10.1, kept)
    assert lines == ["no answer yet", "contact.changed live", "state.changed idle False"]
    assert all(event.at.mono >= 10 * HOUR for event in after.events)
