"""What the demonstration draws, on terminals of several sizes."""

import io

import pytest
from rich.console import Console

from fleetmon.assess.fleet import Snapshot, Source, Standing
from fleetmon.demo.office import Now
from fleetmon.demo.screen import Screen
from fleetmon.model.messages import Event, EventClass
from fleetmon.model.report import At, Fault
from fleetmon.model.words import Severity

NOW = At(1_800_000_000.0, 1000.0, "boot-1")
JAM = Fault("media-jam", Severity.ERROR, part="media-path-1")
LOW = Fault("marker-supply-low", Severity.WARNING, part="supply-1")
ABOVE = 9


def machine(name: str, *faults: Fault) -> Snapshot:
    return Snapshot(name, (Source("main"),), tuple(Standing(fault, NOW) for fault in faults))


STOPPED = "laminator-1 stopped 2:23: upper-film-empty, 5 waiting; printer-1 blocked"
OTHER = "printer-2 stopped 0:05: booklet-jam, 25 waiting"


def drawn(width: int, height: int, *machines: Snapshot, events: int = 20, really: tuple[str, ...] = ()) -> list[str]:
    """The lines of the picture below what is printed above it."""
    out = io.StringIO()
    console = Console(file=out, width=width, height=height, force_terminal=True, color_system=None)
    screen = Screen(console, ABOVE)
    for number in range(events):
        data = {"before": "idle", "state": "processing", "headline": "a-very-long-word" * 9}
        screen.hear(Event(EventClass.STATE, "fleetmon.state.changed.v1", f"machine-{number}", NOW, data))
    screen.know(Now(NOW.utc, really))
    console.print(screen.draw(machines, None))
    return out.getvalue().splitlines()


@pytest.mark.parametrize(("width", "height"), [(80, 24), (100, 30), (200, 50)])
def test_it_fits_below_what_is_printed_above(width: int, height: int) -> None:
    """A line for each machine, what is really so, the last events; nothing runs over the edge or pushes others away."""
    names = ("printer-1", "laminator-1", "printer-2", "laminator-2")
    lines = drawn(width, height, *(machine(name, LOW, JAM) for name in names), really=(STOPPED, OTHER, OTHER))
    assert ABOVE + len(lines) < height
    assert max(map(len, lines)) <= width
    assert f"really: {STOPPED}"[:width] in lines
    for name in names:
        assert sum(line.startswith(name) for line in lines) == 1
    assert "machine-19" in lines[-1]
    assert sum("state.changed" in line for line in lines) >= 4


def test_the_fault_that_matters_most_stands_first() -> None:
    """What is cut off in a narrow terminal is the lesser one."""
    (line,) = [line for line in drawn(80, 24, machine("printer-1", LOW, JAM)) if line.startswith("printer-1")]
    assert "media-jam" in line
    assert "marker-supply-low" not in line


def test_without_a_terminal_a_truth_is_printed_once() -> None:
    """It is told when it begins, not each time it is asked; a new one is told although the old one stands."""
    out = io.StringIO()
    screen = Screen(Console(file=out, width=200), ABOVE)
    for really in ((STOPPED,), (STOPPED.replace("2:23", "2:24"),), (STOPPED, OTHER)):
        screen.know(Now(NOW.utc, really))
    assert out.getvalue().splitlines() == [f"08:00:00  really: {STOPPED}", f"08:00:00  really: {OTHER}"]


def test_an_office_where_all_is_well_says_so() -> None:
    """Nothing that stands still is a sentence, too: nobody needs to wonder whether the truth is known."""
    assert any(line.startswith("really: every machine works") for line in drawn(80, 24, machine("printer-1")))
