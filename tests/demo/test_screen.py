"""What the demonstration draws, on terminals of several sizes."""

import io

import pytest
from rich.console import Console

from fleetmon.assess.fleet import Snapshot, Source, Standing
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


def drawn(width: int, height: int, *machines: Snapshot, events: int = 20) -> list[str]:
    """The lines of the picture below what is printed above it."""
    out = io.StringIO()
    console = Console(file=out, width=width, height=height, force_terminal=True, color_system=None)
    screen = Screen(console, ABOVE)
    for number in range(events):
        data = {"before": "idle", "state": "processing", "headline": "a-very-long-word" * 9}
        screen.hear(Event(EventClass.STATE, "fleetmon.state.changed.v1", f"machine-{number}", NOW, data))
    console.print(screen.draw(machines, None))
    return out.getvalue().splitlines()


@pytest.mark.parametrize(("width", "height"), [(80, 24), (100, 30), (200, 50)])
def test_it_fits_below_what_is_printed_above(width: int, height: int) -> None:
    """A line for each machine, the last events, and nothing runs over the edge or pushes the rest away."""
    lines = drawn(width, height, machine("printer-1", LOW, JAM), machine("laminator-1", LOW, JAM), machine("label-1"))
    assert ABOVE + len(lines) < height
    assert max(map(len, lines)) <= width
    for name in ("printer-1", "laminator-1", "label-1"):
        assert sum(line.startswith(name) for line in lines) == 1
    assert "machine-19" in lines[-1]
    assert sum("state.changed" in line for line in lines) >= 4


def test_the_fault_that_matters_most_stands_first() -> None:
    """What is cut off in a narrow terminal is the lesser one."""
    (line,) = [line for line in drawn(80, 24, machine("printer-1", LOW, JAM)) if line.startswith("printer-1")]
    assert "media-jam" in line
    assert "marker-supply-low" not in line
