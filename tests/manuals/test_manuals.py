"""Drivers that were written from a manual alone, against machines that were made from the same manual alone.

`NN-name/manual.md` is a vendor's manual, `peers/name.py` a machine as it describes one, `NN-name/expected.toml` what it
says of each situation. A folder `NN-name/DRIVER/` is a driver by somebody who had the manual, the documents and the
tools, and no Python. Neither machine nor expectation shares anything with fleetmon but the words of its vocabulary.
"""

import asyncio
import tomllib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.manuals.conftest import community
from tests.manuals.peers.serving import on_a_pty, on_tcp

from fleetmon import catalog, proof, sources, vocabulary
from fleetmon.assess.fleet import Snapshot
from fleetmon.clock import Clock
from fleetmon.definition import LineDefinition, ModbusDefinition, SnmpDefinition
from fleetmon.links.opening import Community, open_line, open_link
from fleetmon.links.serial.ports import Ports
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.model.address import Address
from fleetmon.model.plan import SourcePlan
from fleetmon.model.report import Counter, Fault, Level, Report, Supply
from fleetmon.model.words import Severity, State, SupplyKind
from fleetmon.probing import probe
from fleetmon.probing_line import talk

MANUALS = sorted(path.parent for path in Path(__file__).parent.glob("*/manual.md"))
ON_SERIAL = ("orvandel", "halvrein")
Expected = dict[str, Any]  # what tomllib gives


def peer(manual: Path) -> ModuleType:
    """The module of its machine."""
    return import_module(f"tests.manuals.peers.{manual.name.split('-')[1]}")


def expectations(manual: Path) -> dict[str, Expected]:
    """What the manual says of each situation; what all share is said once."""
    told = tomllib.loads((manual / "expected.toml").read_text())
    shared = {key: value for key, value in told.items() if key != "situations"}
    return {name: shared | said for name, said in told["situations"].items()}


def drivers() -> Iterator[Any]:
    """Every driver that was written from a manual, with each situation of it."""
    for manual in MANUALS:
        for definition in sorted(manual.glob("*/driver.toml")):
            for situation in expectations(manual):
                yield pytest.param(manual, definition.parent, situation, id=f"{definition.parent.name}: {situation}")


@pytest.mark.parametrize("manual", MANUALS, ids=lambda manual: manual.name)
def test_a_machine_can_be_in_every_situation_that_is_expected_of_it(manual: Path) -> None:
    """Peer and expectation know the same situations: idle, processing, and a stop among them."""
    told = expectations(manual)
    assert set(peer(manual).SITUATIONS) == set(told)
    assert {"idle", "processing", "stopped"} <= {said["state"] for said in told.values()}


@pytest.mark.parametrize("manual", MANUALS, ids=lambda manual: manual.name)
def test_expectations_use_the_words_of_the_vocabulary(manual: Path) -> None:
    """No state or class is misspelt: such an expectation could never come true."""
    classes = {reason.reason_class.value for reason in vocabulary.REASONS.values()}
    for said in expectations(manual).values():
        named = [*said.get("faults", []), *said.get("warnings", []), *said.get("may", [])]
        assert {word for each in named for word in each.split("|")} <= classes
        assert {State(word) for word in said["state"].split("|")}


GOOD = Report(
    state=State.STOPPED,
    faults=(Fault("cover-open", Severity.ERROR, ("21",)), Fault("media-low", Severity.WARNING)),
    counters=(Counter(1, 7),),
    supplies=(Supply("film", SupplyKind.LAMINATE, Level(percent=41.0)),),
)
SAID: Expected = {"state": "idle|stopped", "faults": ["cover|jam"], "warnings": ["media-low"], "code": "21"}
SAID |= {"counter": 7, "supplies": [["laminate|other", 41]]}


def test_a_report_that_says_what_is_expected_has_no_mistakes() -> None:
    """The comparison lets the truth through."""
    assert not list(mistakes(GOOD, SAID))


@pytest.mark.parametrize(
    "wrong",
    [
        replace(GOOD, state=State.IDLE, faults=()),
        replace(GOOD, state=State.PROCESSING),
        replace(GOOD, faults=GOOD.faults[:1]),
        replace(GOOD, faults=(*GOOD.faults, Fault("media-jam", Severity.WARNING))),
        replace(GOOD, faults=(Fault("cover-open", Severity.WARNING, ("21",)), GOOD.faults[1])),
        replace(GOOD, faults=(Fault("cover-open", Severity.ERROR, ("12",)), GOOD.faults[1])),
        replace(GOOD, counters=()),
        replace(GOOD, counters=(Counter(1, 8),)),
        replace(GOOD, supplies=()),
        replace(GOOD, supplies=(Supply("film", SupplyKind.LAMINATE, Level(percent=14.0)),)),
        replace(GOOD, supplies=(Supply("film", SupplyKind.INK, Level(percent=41.0)),)),
        replace(GOOD, supplies=(*GOOD.supplies, Supply("ink", SupplyKind.INK, Level(percent=0.0)))),
    ],
)
def test_each_wrong_word_is_a_mistake(wrong: Report) -> None:
    """A state, fault, severity, code, count or level that the manual does not tell is seen."""
    assert list(mistakes(wrong, SAID))


def test_an_unknown_level_may_be_no_number() -> None:
    """Where the machine does not know, a percentage is a mistake and silence is none."""
    unknown = SAID | {"supplies": [["laminate", -1]]}
    assert list(mistakes(GOOD, unknown))
    assert not list(mistakes(replace(GOOD, supplies=()), unknown))
    assert not list(mistakes(replace(GOOD, supplies=(Supply("film", SupplyKind.LAMINATE, Level()),)), unknown))


@pytest.mark.parametrize(("manual", "folder", "situation"), list(drivers()))
def test_a_driver_tells_what_the_manual_says(
    manual: Path, folder: Path, situation: str, request: pytest.FixtureRequest
) -> None:
    """State, reasons, counter and supplies are those of the manual, and nothing was sent that is no question."""
    machine, definition = peer(manual).SITUATIONS[situation], catalog.read(folder).definition
    machine.harmed.clear()
    if isinstance(definition, SnmpDefinition):
        report = asyncio.run(over_snmp(definition, request.getfixturevalue("snmp_port"), community(situation)))
    else:
        assert isinstance(definition, LineDefinition | ModbusDefinition)
        with served(manual, machine) as url:
            report = asyncio.run(over_a_line(definition, url))
    assert not machine.harmed
    assert not list(mistakes(report, expectations(manual)[situation])), report


@pytest.mark.parametrize("folder", sorted(path.parent for manual in MANUALS for path in manual.glob("*/driver.toml")))
def test_a_driver_of_a_manual_is_whole(folder: Path) -> None:
    """It has a page, captures that decode to what they expect, and no line of code."""
    driver = catalog.read(folder)
    proofs = proof.prove(driver)
    assert driver.readme()
    assert proofs
    assert not [difference for each in proofs for difference in each.differences]
    assert not list(folder.rglob("*.py"))


@contextmanager
def served(manual: Path, machine: Any) -> Iterator[str]:
    """The machine where it can be reached: on a pseudo-terminal where its manual knows nothing but serial lines."""
    if manual.name.split("-")[1] in ON_SERIAL:
        serial: AbstractContextManager[str] = on_a_pty(machine)
        with serial as path:
            yield f"serial://{path}"
    else:
        with on_tcp(machine) as (host, port):
            yield f"tcp://{host}:{port}"


async def over_a_line(definition: LineDefinition | ModbusDefinition, url: str) -> Report:
    """What one conversation over a real line brings."""
    ports, clock = Ports(), Clock()
    try:
        link = open_line(Address.parse(url), sources.port_settings(definition, SourcePlan("main", url)), ports)
        found = await talk(link, definition, clock.now(), lambda: clock.now().mono)
    finally:
        ports.close()
    return said_by(found.snapshot, str(found.failed))


async def over_snmp(definition: SnmpDefinition, port: int, community: str) -> Report:
    """What one conversation over SNMP brings, with a machine that is recognised by what it says."""
    socket = SnmpSocket()
    link = open_link(Address.parse(f"snmp://127.0.0.1:{port}"), Community(community), socket)
    try:
        found = await probe(link, (definition,), Clock().now())
    finally:
        await link.close()
        await socket.close()
    return said_by(found.snapshot, found.why)


def said_by(snapshot: Snapshot | None, why: str) -> Report:
    """The report of the only source."""
    assert snapshot is not None, why
    report = snapshot.sources[0].report
    assert report is not None
    return report


def mistakes(report: Report, expected: Expected) -> Iterator[str]:
    """Everything that the report says otherwise than the manual."""
    if report.state.value not in expected["state"].split("|"):
        yield f"state {report.state.value}, not {expected['state']}"
    errors = {_class(fault.reason) for fault in report.faults if fault.severity is Severity.ERROR}
    milder = {_class(fault.reason) for fault in report.faults if fault.severity is not Severity.ERROR}
    yield from _compared("faults", errors, expected)
    yield from _compared("warnings", milder, expected)
    codes = [code for fault in report.faults for code in fault.codes]
    if "code" in expected and not any(word in code for word in expected["code"].split("|") for code in codes):
        yield f"codes {codes} without {expected['code']}"
    totals = [counter.total for counter in report.counters]
    if totals != ([] if expected["counter"] == -1 else [expected["counter"]]):
        yield f"counters {totals}, not {expected['counter']}"
    yield from _levels(report, expected["supplies"])


def _class(reason: str) -> str:
    return vocabulary.REASONS[reason].reason_class.value


def _compared(key: str, told: set[str], expected: Expected) -> Iterator[str]:
    wanted = [set(each.split("|")) for each in expected.get(key, [])]
    may = {word for each in expected.get("may", []) for word in each.split("|")}
    if missed := [words for words in wanted if not words & told]:
        yield f"{key} {told} without {missed}"
    if too_much := told - set().union(*wanted) - may:
        yield f"{key} {too_much} of which the manual says nothing"


def _levels(report: Report, wanted: list[list[Any]]) -> Iterator[str]:
    left = list(report.supplies)
    for kind, percent in wanted:
        fitting = [
            supply
            for supply in left
            if supply.kind.value in kind.split("|")
            and (
                supply.level.percent is None
                if percent == -1
                else supply.level.percent == pytest.approx(percent, abs=0.5)
            )
        ]
        if fitting:
            left.remove(fitting[0])
        elif percent != -1:
            yield f"no {kind} of {percent} percent"
    yield from (f"{supply.part} of {supply.level.percent} percent, not in the manual" for supply in left)
