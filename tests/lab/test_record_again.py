"""Record, serve, record: the second recording holds the exchanges of the first, whatever happened in between."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.recordings import recording as simulated
from fleetmon.simulators.sheets.parts import User
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.snmp_agent import serve

from fleetmon import catalog
from fleetmon.clock import Clock
from fleetmon.decode.dialogue import Get, Reply, Request, Varbind
from fleetmon.errors import LinkError
from fleetmon.lab.records.hiding import InSnmp
from fleetmon.lab.records.recorder import Recorder, open_recording
from fleetmon.lab.records.recording_link import RecordingLink
from fleetmon.lab.records.recordings import Recording, RecordingError, read
from fleetmon.lab.records.redaction import Redactor, Secret
from fleetmon.lab.records.replaying import Replay, plan_of
from fleetmon.lab.records.said import Header
from fleetmon.links.base import Link
from fleetmon.links.snmp import SnmpLink
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.links.snmp_v3 import SnmpV3Link
from fleetmon.links.usm import V3Credentials
from fleetmon.model.oid import Oid
from fleetmon.model.plan import MachinePlan, SourcePlan
from fleetmon.model.report import At, NoAnswer, Observation, Report
from fleetmon.model.words import MachineKind, Silence
from fleetmon.poller import SourcePoller
from fleetmon.sources import Manner

DRIVERS = catalog.load()
SOURCE = SourcePlan("main", "snmp://127.0.0.1")
PLAN = MachinePlan("lam1", MachineKind.LAMINATOR, (SOURCE,))
EVERYTHING = tuple(Secret)
TECH = User("technician", "auth-secret", "priv-secret")


class Hand(Clock):
    """A clock that is set by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.shows = 0.0

    def now(self) -> At:
        return At(1_771_000_000.0 + self.shows, self.shows, "hand")


@dataclass
class Story:
    """A machine on the wire at moments set by hand, and what happens to it."""

    served: Machine | simulated.Recording
    happens: Callable[[float], None] = lambda now: None
    version: str = "2c"

    async def record(self, file: Path, keep: tuple[Secret, ...], until: float = 120.0) -> Recording:
        """Poll every 5 s and store it."""
        clock, socket = Hand(), SnmpSocket()
        async with serve(self.served, users=[TECH], clock=lambda: clock.shows) as (port,):
            link = RecordingLink(self.link(socket, port), clock, clock.now())
            recorder = recorder_of(file, link, keep)
            poller = SourcePoller(PLAN, SOURCE, link, Manner(DRIVERS, SOURCE, link), clock, recorder.hear)
            while clock.shows < until:
                clock.shows += 5.0
                self.happens(clock.shows)
                await recorder.hear(await poller.poll())
            recorder.close()
        await link.close()
        await socket.close()
        return read(file)

    def link(self, socket: SnmpSocket, port: int) -> Link:
        """One that gives up quickly: silence is part of the story."""
        if self.version == "3":
            user = V3Credentials(TECH.name, "sha1", TECH.auth_key, "aes128", TECH.priv_key)
            return SnmpV3Link("127.0.0.1", port, user, timeout_s=0.5, max_varbinds=20)
        version: Literal["1", "2c"] = "1" if self.version == "1" else "2c"
        return SnmpLink(socket, "127.0.0.1", port, timeout_s=0.1, max_varbinds=20, version=version)


def recorder_of(file: Path, link: RecordingLink, keep: tuple[Secret, ...] = ()) -> Recorder:
    redactor = Redactor(b"key", DRIVERS.definitions, keep)
    return Recorder(file, open_recording(file), Header("lam1", "snmp", 1_771_000_000.0, 5.0), link, InSnmp(redactor))


def exchanges(recording: Recording) -> list[object]:
    """What was asked and answered in each poll, and how it ended; of a silence only its kind."""
    return [
        (
            poll.failed and poll.failed.why,
            [
                (each.at, each.request, each.heard.why if isinstance(each.heard, NoAnswer) else each.heard)
                for each in poll.said
            ],
        )
        for poll in recording.polls
    ]


def troubled(sheet: str) -> Story:
    """A machine that works, jams, is refilled and rebooted."""
    machine = Machine(load_sheet(sheet), name="lam1", serial="LL-48213-07", seed=3, backlog=1e9)
    fault = next(name for name, fault in machine.sheet.faults.items() if fault.when is None and fault.stops)
    orders = {
        20.0: Command(Do.RAISE, fault=fault, seconds=22.0),
        60.0: Command(Do.REFILL),
        75.0: Command(Do.REBOOT),
    }

    def happens(now: float) -> None:
        if now in orders:
            machine.obey(orders[now], now)

    return Story(machine, happens)


@pytest.mark.parametrize("sheet", ["laminator", "passport_printer", "label_printer_vendor"])
@pytest.mark.parametrize("keep", [(), EVERYTHING], ids=["hidden", "kept"])
async def test_a_recording_served_is_recorded_again(tmp_path: Path, sheet: str, keep: tuple[Secret, ...]) -> None:
    """Every exchange is equal in time, question, answer and silence, also that of a recording with pseudonyms."""
    first = await troubled(sheet).record(tmp_path / "first.jsonl", keep)
    served = simulated.load_recording(tmp_path / "first.jsonl")
    second = await Story(served).record(tmp_path / "second.jsonl", EVERYTHING)
    assert len(first.polls) == 24
    assert any(poll.failed for poll in first.polls)
    assert exchanges(second) == exchanges(first)


@pytest.mark.parametrize("version", ["1", "3"])
async def test_it_is_the_same_in_other_versions(tmp_path: Path, version: str) -> None:
    """SNMPv1 and SNMPv3 ask in other ways; what was recorded over them is recorded over them again."""
    story = troubled("passport_printer")
    first = await Story(story.served, story.happens, version).record(tmp_path / "first.jsonl", (), until=40.0)
    served = simulated.load_recording(tmp_path / "first.jsonl")
    second = await Story(served, version=version).record(tmp_path / "second.jsonl", EVERYTHING, until=40.0)
    assert len(first.polls) == 8
    assert any(poll.failed is None for poll in first.polls)
    assert exchanges(second) == exchanges(first)
    assert TECH.name not in (tmp_path / "first.jsonl").read_text()


async def test_the_secrets_of_the_machine_are_not_in_the_file(tmp_path: Path) -> None:
    """Neither the serial number nor the names; but everything that a driver decides by is."""
    machine = troubled("laminator")
    hidden = await machine.record(tmp_path / "hidden.jsonl", ())
    assert "LL-48213-07" not in (tmp_path / "hidden.jsonl").read_text()
    kept = await troubled("laminator").record(tmp_path / "kept.jsonl", EVERYTHING)
    assert "LL-48213-07" in (tmp_path / "kept.jsonl").read_text()
    assert events(hidden) == events(kept)
    assert [kind for _, kind, _ in events(kept)].count("fleetmon.fault.raised.v1") >= 1


def events(recording: Recording) -> list[tuple[float, str, object]]:
    """What a replay tells: when, what, and which fault or state."""
    plan = plan_of(recording)
    replay = Replay(recording, plan, DRIVERS)
    told = [(told.now, event) for told in replay.run() for event in told.outcome.events]
    return [(now, event.type, (reason(event.data.get("fault")), event.data.get("state"))) for now, event in told]


def reason(fault: object) -> object:
    return fault.get("reason") if isinstance(fault, dict) else None


class Mute(Link):
    """Answers what it is told to, `times` as often."""

    def __init__(self, reply: Reply = (), times: int = 99) -> None:
        self.reply = reply
        self.times = times

    async def ask(self, request: Request) -> Reply:
        self.times -= 1
        if self.times < 0:
            raise LinkError("no answer")
        return self.reply

    async def close(self) -> None: ...


def heard(number: int, failed: NoAnswer | None = None) -> Observation:
    at = At(1_771_000_000.0 + number, float(number), "hand")
    return Observation("lam1", "main", at, heard=failed or Report())


def recording(file: Path) -> Recorder:
    return recorder_of(file, RecordingLink(Mute(), Hand(), Hand().now()))


async def test_each_poll_is_in_the_file_when_it_is_over(tmp_path: Path) -> None:
    """Whatever ends the process costs the poll that goes on."""
    file = tmp_path / "it.jsonl"
    recorder = recording(file)
    for number in (1, 2, 3):
        await recorder.hear(heard(number))
        assert len(read(file).polls) == number
    recorder.close()


async def test_a_full_disk_is_told_in_words(tmp_path: Path) -> None:
    """What was recorded until then stays and can be read."""
    file = tmp_path / "it.jsonl"
    recorder = recording(file)
    await recorder.hear(heard(1))
    with open("/dev/full", "w", encoding="ascii") as full:  # noqa: ASYNC230, PTH123 - a device, not a file
        recorder.file.close()
        recorder.file = full
        with pytest.raises(RecordingError, match=r"No space left on device; 1 polls were recorded"):
            await recorder.hear(heard(2))
        recorder.close()
    assert len(read(file).polls) == 1


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A file that exists stays as it is; a folder that does not exist is told."""
    file = tmp_path / "it.jsonl"
    file.write_text("mine")
    with pytest.raises(RecordingError, match="exists already"):
        open_recording(file)
    assert file.read_text() == "mine"
    with pytest.raises(RecordingError, match="cannot be made: No such file or directory"):
        open_recording(tmp_path / "nowhere" / "it.jsonl")


def test_a_recording_without_a_poll_leaves_no_file(tmp_path: Path) -> None:
    """Somebody pressed Ctrl-C at once."""
    file = tmp_path / "it.jsonl"
    recording(file).close()
    assert not file.exists()


NAME: Oid = (1, 3, 6, 1, 2, 1, 1, 5, 0)


async def test_what_was_heard_of_a_stranger_waits_until_its_secrets_are_known(tmp_path: Path) -> None:
    """Half a first conversation tells a name, but not yet whose: it is written when the machine was asked, or at the
    end."""
    file = tmp_path / "it.jsonl"
    recorder = recording(file)
    recorder.link.link = Mute((Varbind(NAME, 4, b"somebody"),), times=1)
    await recorder.link.ask(Get((NAME,)))
    await recorder.hear(heard(1, NoAnswer(Silence.TIMEOUT, "it fell silent")))
    assert file.read_text() == ""
    recorder.close()
    assert len(read(file).polls) == 1


async def test_a_machine_that_nobody_understands_is_asked_for_its_secrets_too(tmp_path: Path) -> None:
    """It answers, but no poll ever succeeds: each is in the file when it is over, and its names are not."""
    file = tmp_path / "it.jsonl"
    recorder = recording(file)
    recorder.link.link = Mute((Varbind(NAME, 4, b"somebody"),))
    for number in (1, 2):
        await recorder.link.ask(Get((NAME,)))
        await recorder.hear(heard(number, NoAnswer(Silence.GARBLED, "it says somebody")))
        assert len(read(file).polls) == number
    assert "somebody" not in file.read_text()
    recorder.close()


async def test_what_waits_does_not_wait_for_ever(tmp_path: Path) -> None:
    """A machine that always falls silent when it is asked for more is recorded all the same."""
    file = tmp_path / "it.jsonl"
    recorder = recording(file)
    for number in range(1, 11):
        recorder.link.link = Mute((Varbind(NAME, 4, b"somebody"),), times=1)
        await recorder.link.ask(Get((NAME,)))
        await recorder.hear(heard(number, NoAnswer(Silence.TIMEOUT, "it fell silent")))
    assert len(read(file).polls) == 10
    assert "somebody" not in file.read_text()
    recorder.close()


def test_silence_is_recorded_at_once(tmp_path: Path) -> None:
    """A machine that never answers has no secrets that could be told."""
    file = tmp_path / "it.jsonl"
    recorder = recording(file)
    asyncio.run(recorder.hear(heard(1, NoAnswer(Silence.TIMEOUT, "nobody"))))
    (poll,) = read(file).polls
    assert poll.failed == NoAnswer(Silence.TIMEOUT, "nobody")
    recorder.close()
