"""The judge of the matrix is judged: one wrong word in a true report, and it says so."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.simulators.contract.hearing import heard_in_memory

from fleetmon.model.report import Fault, Report
from fleetmon.model.words import Severity, State

from .truth import Witnessed, lies
from .watched import machine_of

WRONG: dict[str, Callable[[Report], Report]] = {
    "serial": lambda report: replace(report, identity=replace(report.identity, serial="SIM-9")),
    "counter": lambda report: replace(report, counters=(replace(report.counters[0], total=7),)),
    "no counter": lambda report: replace(report, counters=()),
    "level": lambda report: replace(report, supplies=(_less(report.supplies[0]), *report.supplies[1:])),
    "state": lambda report: replace(report, state=State.IDLE),
    "a fault too many": lambda report: replace(report, faults=(*report.faults, Fault("x", Severity.ERROR, ("1102",)))),
    "a fault too few": lambda report: replace(report, faults=report.faults[1:]),
    "uptime": lambda report: replace(report, uptime_s=(report.uptime_s or 0) - 1),
}


def _less(supply):
    return replace(supply, level=replace(supply.level, level=supply.level.level - 1))


@pytest.fixture
def jammed() -> tuple[Witnessed, Report]:
    """A passport printer in which a booklet jams at 50 s, and what is understood of it at 60 s."""
    machine = machine_of("passport_printer", "m")
    machine.step(60.0)
    return machine, heard_in_memory(machine)


def test_a_true_report_is_believed(jammed: tuple[Witnessed, Report]) -> None:
    """Within its time; at 49 s nothing had jammed yet."""
    machine, report = jammed
    assert lies(report, machine, 60.0, 60.0) == []
    assert report.faults


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_one_is_not(jammed: tuple[Witnessed, Report], what: str) -> None:
    """Whichever of its words is wrong."""
    machine, report = jammed
    assert lies(WRONG[what](report), machine, 60.0, 60.0) != []


def test_an_old_one_is_not(jammed: tuple[Witnessed, Report]) -> None:
    """What was true a while ago is no longer, when the machine has moved on."""
    machine, report = jammed
    machine.step(100.0)
    machine.step(101.0)
    assert lies(report, machine, 101.0, 102.0) != []
