"""Every vice against every engine of bytes and Modbus, through fleetmon's own link, dialogue and poller.

The law. Whatever a report says (state, faults and their codes, counts, levels, serial number), its machine held at the
moment of the poll that brought it; machine time stands still while a poll goes on and moves between two, and in each
poll another fault stands, so that no answer of an earlier question can pass for one of this.

To whom it applies. Most lines have neither numbers nor checksums, so two things cannot be asked of anybody. Octets that
*change* on the way (garbage, noise, wrong checksums) are found out only where there is a check: in Modbus RTU. An
answer that *leaves* one question late, for the machine's side holds it back (late, glued), comes when the next question
is open and is the answer to it, for all that can be known; there the law allows what was held since the poll before.
Answers that are late on the way are another matter: the link knows what is owed.

Excused are, each for a reason of its own: a printer whose answers are single octets that all look alike, where answers
are late or come again a moment later (ESC/POS); the state of one whose silence is a statement and half of whose
questions older models do not know (Zebra: a lost ~HS says that it stands still, and one that is met anew without ~HQES
is thought to have none); and what is concluded from temperatures over time, which is nothing that the controller says
(E5CC).
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from fleetmon.simulators.bad_line import BadLine, read_vice
from fleetmon.simulators.byte_agent import open_outlet
from fleetmon.simulators.modbus.bus import RtuBus
from fleetmon.simulators.modbus.unit import Unit
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import MACHINES, load_sheet
from fleetmon.simulators.vices import Carriage, Vice
from fleetmon.simulators.wires.conversation import Voice
from fleetmon.simulators.wires.delivery import Speaker
from fleetmon.simulators.wires.outlet import Outlet
from tests.simulators.contract.hearing_lines import driver_of, source_of

from fleetmon import catalog
from fleetmon.clock import Clock
from fleetmon.decode.snmp import Pace
from fleetmon.lab.virtual_time.bridge import converse
from fleetmon.lab.virtual_time.lines import SpokenTo, voice_of
from fleetmon.links.opening import Community
from fleetmon.links.serial.ports import Ports
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.model.plan import MachinePlan, SerialChoice
from fleetmon.model.report import At, Observation, Report
from fleetmon.model.words import MachineKind
from fleetmon.poller import SourcePoller
from fleetmon.sources import Recipe, behaviour, deadlines, line_behaviour, link

DRIVERS = catalog.load()
POLLS = 7
BETWEEN_S = 60.0
TIMEOUT_S = 0.4
PATIENCE_S = 300.0
AT_ONCE = 80  # more would make a small computer late, which is another vice
LATE_FOR_US = 2  # polls of a line that is in order, on a computer that has much else to do
HELD_BACK = ("late", "glued")
CHANGING = ("garbage", "noise", "wrong-checksum")
WORDS = {
    "honest": "off",
    "truncated": "truncated",
    "truncated-now-and-then": "truncated share=0.4",
    "late": "late",
    "glued": "glued",
    "duplicate": "duplicate",
    "two-in-one": "duplicate joined=1",
    "loss": "loss share=0.3",
    "hang-up": "hang-up share=0.5",
    "slow": "slow seconds=0.1",
    "too-slow": "slow seconds=0.6",
    "jitter": "jitter seconds=0.6",
    "one-byte": "one-byte seconds=0.001",
    "flapping": "flapping up=120 down=120",
    "busy": "busy",
    "hung-up-on": "busy refuses=1",
    "mute": "mute",
    "doubled-and-late": "duplicate share=0.5, jitter seconds=0.5",
}
CHANGED = {"garbage": "garbage share=0.5", "noise": "noise share=0.05", "wrong-checksum": "wrong-checksum share=0.5"}
SHEETS = sorted(path.stem for path in MACHINES.glob("*.toml") if load_sheet(path.stem).snmp is None)
RTU = "rtu:"
ENGINES = (*SHEETS, *(f"{RTU}{sheet}" for sheet in SHEETS if load_sheet(sheet).modbus))
SPEAKS_SLOWLY = "pjl_laser"  # while it works
SILENCE_SPEAKS = "zebra_label_printer"
HEATS = "omron_heater"
ALL_ALIKE = "escpos_slip_printer"
TAKES_ALL = "evolis_personaliser"  # whatever comes until the talk ends: two answers are none


class Hand(Clock):
    """Set by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.shows = 0.0

    def now(self) -> At:
        return At(1_771_000_000.0 + self.shows, self.shows, "hand")


@dataclass
class Suffering:
    """A machine with a vice on its line, what it truly said in each poll and what was heard of it."""

    engine: str
    words: str
    clock: Hand = field(default_factory=Hand)
    honest: list[Report] = field(default_factory=list)
    heard: list[Observation] = field(default_factory=list)
    met_in: int = 1

    def __post_init__(self) -> None:
        self.sheet = load_sheet(self.engine.removeprefix(RTU))
        backlog = 0 if self.sheet.name == SPEAKS_SLOWLY else 1e9
        self.machine = Machine(self.sheet, name="m", seed=3, backlog=backlog)
        self.line = BadLine("m", Carriage.STREAM, lambda: self.clock.shows, seed=3)

    @property
    def speaker(self) -> Speaker:
        return RtuBus(Unit(self.machine)) if self.engine.startswith(RTU) else voice_of(self.machine)

    def recipe(self, port: int) -> Recipe:
        """As settings would have it."""
        source = source_of(self.sheet, port)
        url = f"tcp://127.0.0.1:{port}" if self.engine.startswith(RTU) else source.url
        source = replace(source, url=url, serial=SerialChoice(timeout_s=TIMEOUT_S))
        plan = MachinePlan(f"{self.engine} {self.words}", MachineKind.PRINTER, (source,))
        return Recipe(plan, source, plan.kind, Community(), driver_of(self.sheet))

    async def suffer(self) -> "Suffering":
        """Be met on an honest line, be polled on a bad one, answer again when it is mended."""
        interface = self.sheet.modbus or self.sheet.speaks
        assert interface is not None
        voice = Voice(self.speaker, interface.line, lambda: self.clock.shows, self.line)
        async with open_outlet(voice, Outlet()) as reach:
            recipe, ports, socket = self.recipe(reach.port), Ports(), SnmpSocket()
            to = link(recipe, socket, ports)
            poller = SourcePoller(
                recipe.machine,
                recipe.source,
                to,
                behaviour(recipe, DRIVERS, self.clock, to),
                self.clock,
                _to_nobody,
                deadlines=deadlines(recipe.driver, recipe.source),
            )
            await self.until_heard(poller)
            self.met_in = len(self.heard)
            self.line.spoil(read_vice(self.words))
            for number in range(POLLS):
                await self.poll(poller, number)
            self.line.spoil(read_vice("off"))
            await self.until_heard(poller)
            await to.close()
            ports.close()
            await socket.close()
        return self

    async def until_heard(self, poller: SourcePoller) -> None:
        """On an honest line it is heard, after some polls at most: what is late is still to come."""
        for _ in range(4):
            await self.poll(poller, None)
            if isinstance(self.heard[-1].heard, Report):
                return
        raise AssertionError(f"{self.engine} {self.words}: not heard: {self.heard[-1]}")

    async def poll(self, poller: SourcePoller, number: int | None) -> None:
        """One poll, in which another fault stands than before."""
        self.clock.shows += BETWEEN_S
        self.machine.obey(Command(Do.CLEAR), self.clock.shows)
        if number is not None:
            faults = list(self.sheet.faults)
            self.machine.obey(Command(Do.RAISE, fault=faults[number % len(faults)]), self.clock.shows)
        self.machine.step(self.clock.shows)
        self.honest.append(self.truth())
        self.heard.append(await poller.poll(urgent=True))

    def truth(self) -> Report:
        """What it says at this moment to whoever asks on a line that is in order."""
        partner = SpokenTo(self.machine, voice_of(self.machine), (), lambda: False, lasts_s=600.0)
        partner.at(self.clock.shows)
        source = source_of(self.sheet)
        dialogue = line_behaviour(driver_of(self.sheet), source, self.clock)(None, Pace.SLOW)
        report: Report = converse(dialogue, partner.ask).report
        return report

    @property
    def on_the_bad_line(self) -> list[Observation]:
        """What became of the polls while it was bad."""
        return self.heard[self.met_in : self.met_in + POLLS]

    @property
    def reports(self) -> list[Report]:
        """What was heard then."""
        return [each.heard for each in self.on_the_bad_line if isinstance(each.heard, Report)]

    def lies(self) -> Iterator[str]:
        """What was said and not held, poll by poll."""
        for number, each in enumerate(self.heard):
            if isinstance(each.heard, Report):
                since = number - 1 if any(word in self.words for word in HELD_BACK) else number
                held = self.honest[max(0, since) : number + 1]
                yield from (f"poll {number}: {said}" for said in self._lies(each.heard, held))

    def _lies(self, report: Report, held: list[Report]) -> Iterator[str]:
        excused = self.sheet.name in (SILENCE_SPEAKS, HEATS)
        if not excused and report.state not in {each.state for each in held}:
            yield f"state {report.state}, it was {held[-1].state}"
        codes = {(fault.reason, code) for each in held for fault in each.faults for code in fault.codes}
        reasons = {fault.reason for each in held for fault in each.faults}
        for fault in report.faults:
            told = {(fault.reason, code) for code in fault.codes}
            if not told <= codes or (not told and fault.reason not in reasons and not excused):
                yield f"fault {fault}, there were {held[-1].faults}"
        totals = {counter.total for each in held for counter in each.counters}
        yield from (f"{counter}" for counter in report.counters if counter.total not in totals)
        serials = {None, *(each.identity.serial for each in held)}
        if report.identity.serial not in serials:
            yield f"serial number {report.identity.serial}"
        levels = {part for each in held for part in (*each.supplies, *each.inputs)}
        yield from (f"{part}" for part in (*report.supplies, *report.inputs) if part not in levels)


async def _to_nobody(_: Observation) -> None:
    raise AssertionError("only run hands over")


def _asked() -> list[Suffering]:
    """Each engine with each vice that can be asked of it, and those that change octets where there is a check."""
    checked = [Suffering(engine, words) for engine in ENGINES if engine.startswith(RTU) for words in CHANGED.values()]
    others = [Suffering(engine, words) for engine in ENGINES for words in WORDS.values()]
    alike = [WORDS[words] for words in ("late", "duplicate", "doubled-and-late")]
    return [each for each in others if each.engine != ALL_ALIKE or each.words not in alike] + checked


PLAYED: list[Suffering] = []


@pytest.fixture(scope="module")
def played() -> list[Suffering]:
    """All of them at once, played once."""
    if not PLAYED:

        async def play() -> list[Suffering]:
            async with asyncio.timeout(PATIENCE_S):
                few = asyncio.Semaphore(AT_ONCE)

                async def suffer(each: Suffering) -> Suffering:
                    async with few:
                        return await each.suffer()

                return list(await asyncio.gather(*map(suffer, _asked())))

        PLAYED.extend(asyncio.run(play()))
    return PLAYED


def test_no_vice_is_left_out() -> None:
    """Every one there is, and every sheet without SNMP."""
    words = " ".join((*WORDS.values(), *CHANGED.values()))
    assert [vice for vice in Vice if vice not in words] == []
    assert len(SHEETS) == 7


def test_nothing_is_said_that_the_machine_did_not_hold(played: list[Suffering]) -> None:
    """Every report of every machine, before, during and after its vice."""
    found = {f"{each.engine} {each.words}": said for each in played if (said := list(each.lies()))}
    assert found == {}


def test_much_was_said_all_the_same(played: list[Suffering]) -> None:
    """On honest lines, on slow ones and octet by octet polls bring reports; twice is as good as once."""
    heard = {(each.engine, each.words): len(each.reports) for each in played}
    for engine in ENGINES:
        twice = {TAKES_ALL: (), ALL_ALIKE: ("two-in-one",)}.get(engine, ("duplicate", "two-in-one"))
        for words in ("honest", "one-byte", *twice, "slow"):
            assert heard[engine, WORDS[words]] >= POLLS - LATE_FOR_US, (engine, words, heard[engine, WORDS[words]])
        if engine != SILENCE_SPEAKS:
            assert heard[engine, "mute"] == 0, engine


def test_a_refusal_is_told_apart_from_silence(played: list[Suffering]) -> None:
    """Who is hung up on without a word has somebody else on the line; who gets nothing, nothing."""
    why = {
        (each.engine, each.words): [getattr(heard.heard, "why", None) for heard in each.on_the_bad_line]
        for each in played
    }
    for engine in ENGINES:
        hung_up_on = why[engine, "busy refuses=1"]
        assert sum(word in ("busy", "port-gone") for word in hung_up_on) >= POLLS - LATE_FOR_US, (engine, hung_up_on)
        assert "garbled" not in hung_up_on, engine
        assert "garbled" not in why[engine, "mute"], engine


@pytest.mark.parametrize(
    "words", ["garbage", "truncated", "late", "duplicate", "slow seconds=0.6", "mute", "noise share=0.1"]
)
async def test_a_neighbour_on_the_same_bus_is_not_moved(words: str) -> None:
    """Two units on one RTU line; what is wrong with one never becomes a value of the other, nor keeps it from one."""
    clock = Hand()
    heater, tower = (Machine(load_sheet(sheet), name=sheet, seed=3) for sheet in ("omron_heater", "signal_tower"))
    sick, well = Unit(heater), Unit(tower)
    line = BadLine("m", Carriage.STREAM, lambda: clock.shows, seed=3)
    sick.vice = line
    voice = Voice(RtuBus(sick, well), load_sheet("signal_tower").modbus.line, lambda: clock.shows)  # type: ignore[union-attr]
    async with open_outlet(voice, Outlet()) as reach:
        ports, socket = Ports(), SnmpSocket()
        pollers = []
        for machine in (heater, tower):
            source = replace(source_of(machine.sheet, reach.port), url=f"tcp://127.0.0.1:{reach.port}")
            source = replace(source, serial=SerialChoice(timeout_s=TIMEOUT_S))
            plan = MachinePlan(machine.name, MachineKind.LAMINATOR, (source,))
            recipe = Recipe(plan, source, plan.kind, Community(), driver_of(machine.sheet))
            to = link(recipe, socket, ports)
            talk = behaviour(recipe, DRIVERS, clock, to)
            pollers.append(SourcePoller(plan, source, to, talk, clock, _to_nobody))
        line.spoil(read_vice(words))
        for _ in range(5):
            clock.shows += BETWEEN_S
            _, heard = await asyncio.gather(*(poller.poll(urgent=True) for poller in pollers))
            assert isinstance(heard.heard, Report), heard
            assert (heard.heard.state, heard.heard.faults) == ("processing", ())
        for poller in pollers:
            await poller.link.close()
        ports.close()
        await socket.close()
