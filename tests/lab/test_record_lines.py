"""Record, serve, record a machine on a line of bytes: the same octets to the same questions, whatever happened.

Machine time is set by hand, so a poll takes none of it; the link waits a short while, for silence is part of the story.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from fleetmon.simulators.bad_line import BadLine, read_vice
from fleetmon.simulators.byte_agent import open_outlet
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.recordings.recording import load
from fleetmon.simulators.recordings.spoken import Repeating, Talk
from fleetmon.simulators.sheets.interfaces import Line
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.vices import Carriage
from fleetmon.simulators.wires.conversation import Voice, unaltered
from fleetmon.simulators.wires.delivery import Speaker, Vice
from fleetmon.simulators.wires.outlet import Outlet, Wire

from fleetmon import catalog
from fleetmon.cli.recording import header_of, hiding_for
from fleetmon.clock import Clock
from fleetmon.lab.records.recorder import Recorder, open_recording
from fleetmon.lab.records.recording_link import RecordingLine
from fleetmon.lab.records.recordings import Recording, read
from fleetmon.lab.records.redaction import Redactor, Secret
from fleetmon.lab.records.replaying import Replay, plan_of
from fleetmon.lab.stage.asked import asked
from fleetmon.lab.virtual_time.lines import voice_of
from fleetmon.links.opening import Community
from fleetmon.links.serial.ports import Ports
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.model.plan import MachinePlan, SerialChoice, SourcePlan
from fleetmon.model.report import At, NoAnswer, Observation, Report
from fleetmon.model.words import MachineKind, Silence
from fleetmon.poller import SourcePoller
from fleetmon.sources import Recipe, behaviour, deadlines, link

DRIVERS = catalog.load()
EVERYTHING = tuple(Secret)
EVERY_S, UNTIL_S = 5.0, 60.0
SLOW_AT_WORK = "pjl_laser"  # its formatter answers when it has time: not while anybody here waits


class Hand(Clock):
    """A clock that is set by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.shows = 0.0

    def now(self) -> At:
        return At(1_771_000_000.0 + self.shows, self.shows, "hand")


@dataclass
class Story:
    """A machine on the wire at moments set by hand, how it is asked, and what happens to it."""

    speaker: Speaker
    line: Line
    source: SourcePlan
    clock: Hand
    vice: Vice = unaltered
    happens: Callable[[float], None] = lambda now: None
    on: Wire = Wire.TCP
    heard: list[Observation] = field(default_factory=list)

    async def record(self, file: Path, keep: tuple[Secret, ...]) -> Recording:
        """Poll every 5 s and store it."""
        self.clock.shows = 0.0
        voice = Voice(self.speaker, self.line, lambda: self.clock.shows, self.vice)
        async with open_outlet(voice, Outlet(self.on)) as reach:
            recipe, ports, socket = self.recipe(reach.port, reach.path), Ports(), SnmpSocket()
            line = RecordingLine(link(recipe, socket, ports), self.clock, self.clock.now())
            redactor = Redactor(b"key", DRIVERS.definitions, keep)
            header = header_of(recipe, redactor, 1_771_000_000.0)
            recorder = Recorder(file, open_recording(file), header, line, hiding_for(recipe, redactor))
            behave = behaviour(recipe, DRIVERS, self.clock, line)
            poller = SourcePoller(
                recipe.machine,
                recipe.source,
                line,
                behave,
                self.clock,
                recorder.hear,
                deadlines=deadlines(recipe.driver, recipe.source),
            )
            while self.clock.shows < UNTIL_S:
                self.clock.shows += EVERY_S
                self.happens(self.clock.shows)
                self.heard.append(await poller.poll())
                await recorder.hear(self.heard[-1])
            recorder.close()
            await line.close()
            ports.close()
            await socket.close()
        return read(file)

    def recipe(self, port: int, path: str) -> Recipe:
        scheme = "rfc2217" if self.on is Wire.RFC2217 else self.source.url.partition(":")[0]
        url = f"serial://{path}" if path else f"{scheme}://127.0.0.1:{port}"
        source = SourcePlan(
            "main",
            url,
            self.source.driver,
            interval_s=EVERY_S,
            serial=SerialChoice(timeout_s=0.25),
            unit=self.source.unit,
            modbus_unit=self.source.modbus_unit,
        )
        definition = DRIVERS.driver(source.driver or "").definition
        return Recipe(
            MachinePlan("m1", MachineKind.PRINTER, (source,)), source, MachineKind.PRINTER, Community(), definition
        )


def troubled(sheet: str) -> Story:
    """A machine that works, has a fault, is switched off and on, and whose line is bad for some polls."""
    machine = Machine(
        load_sheet(sheet), name="m1", serial="LL-48213-07", seed=3, backlog=0 if sheet == SLOW_AT_WORK else 1e9
    )
    fault = next(iter(machine.sheet.faults))
    clock = Hand()
    line = BadLine("m1", Carriage.STREAM, lambda: clock.shows, seed=3)
    orders = {10.0: Command(Do.RAISE, fault=fault, seconds=12.0), 40.0: Command(Do.REBOOT)}
    vices = {25.0: "truncated", 30.0: "garbage", 35.0: "off"}

    def happens(now: float) -> None:
        if now in orders:
            machine.obey(orders[now], now)
        if now in vices:
            line.spoil(read_vice(vices[now]))

    how, interface = asked(machine.sheet), machine.sheet.modbus or machine.sheet.speaks
    assert how is not None
    assert interface is not None
    source = SourcePlan("main", f"{how.scheme.value}:", how.driver, unit=how.unit, modbus_unit=how.modbus_unit)
    return Story(voice_of(machine), interface.line, source, clock, line, happens)


def exchanges(recording: Recording) -> list[object]:
    """What was asked and came in each poll, and how it ended; of a silence only its kind. The numbers of Modbus TCP's
    transactions are the asker's own."""
    skip = 2 if recording.header.link == "modbus+tcp" else 0
    return [
        (
            poll.failed and poll.failed.why,
            [(each.at, each.asked[skip:], each.came[skip:], each.failed and each.failed.why) for each in poll.spoken],
        )
        for poll in recording.polls
    ]


SHEETS = {
    "lapis_laminator": Wire.PTY,
    "zebra_label_printer": Wire.TCP,
    "pjl_laser": Wire.TCP,
    "escpos_slip_printer": Wire.RFC2217,
    "evolis_personaliser": Wire.TCP,
    "omron_heater": Wire.TCP,
    "signal_tower": Wire.TCP,
}


@pytest.mark.parametrize("sheet", SHEETS)
async def test_a_recording_served_is_recorded_again(tmp_path: Path, sheet: str) -> None:
    """Every exchange is equal in time, question, octets that came and silence, also where it was garbled."""
    story = troubled(sheet)
    story.on = SHEETS[sheet]
    first = await story.record(tmp_path / "first.jsonl", ())
    served = load(tmp_path / "first.jsonl")
    assert isinstance(served, Talk)
    source = replace(story.source, unit=first.header.unit)  # which is a name, and hidden
    again = Story(Repeating(served), served.line, source, story.clock, on=SHEETS[sheet])
    second = await again.record(tmp_path / "second.jsonl", EVERYTHING)
    assert len(first.polls) == UNTIL_S / EVERY_S
    assert {poll.failed and poll.failed.why for poll in first.polls} >= {None, Silence.GARBLED}
    assert exchanges(second) == exchanges(first)


@pytest.mark.parametrize("sheet", SHEETS)
async def test_a_replay_understands_what_the_poller_understood(tmp_path: Path, sheet: str) -> None:
    """Today's drivers make the same of the octets as when they came; a failure is the same failure."""
    story = troubled(sheet)
    recording = await story.record(tmp_path / "it.jsonl", EVERYTHING)
    replay = Replay(recording, plan_of(recording), DRIVERS)
    told = list(replay.run())
    assert replay.snapshot.state == next(
        each.heard.state for each in reversed(story.heard) if isinstance(each.heard, Report)
    )
    raised = {
        event.data["fault"]["reason"] for each in told for event in each.outcome.events if "fault.raised" in event.type
    }  # type: ignore[index, call-overload]
    heard = {fault.reason for each in story.heard if isinstance(each.heard, Report) for fault in each.heard.faults}
    assert raised <= heard


async def test_what_was_silent_is_told_apart_from_what_was_garbled(tmp_path: Path) -> None:
    """A machine that is off does not answer; one that breaks off is garbled, and what came of it is kept."""
    recording = await troubled("zebra_label_printer").record(tmp_path / "it.jsonl", EVERYTHING)
    broken = [each for poll in recording.polls for each in poll.spoken if each.failed]
    assert any(each.came and each.failed and each.failed.why is Silence.GARBLED for each in broken)
    assert any(not each.came and isinstance(each.failed, NoAnswer) for each in broken)


async def test_the_header_tells_how_to_reach_it_again(tmp_path: Path) -> None:
    """Driver, name on the line and line settings are in the file."""
    header = (await troubled("signal_tower").record(tmp_path / "it.jsonl", EVERYTHING)).header
    assert (header.link, header.driver, header.modbus_unit) == ("modbus+tcp", "stack_light", 2)
    header = (await troubled("evolis_personaliser").record(tmp_path / "other.jsonl", EVERYTHING)).header
    assert (header.driver, header.unit, header.line and header.line.baud) == ("evolis_rpc", "Evolis Primacy", 9600)
