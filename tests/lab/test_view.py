"""What a technician sees of a running office, on terminals of several sizes and where none is."""

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from fleetmon.lab.stage.picture import Box, Buffer, LinePicture, Picture, Standstill, really
from fleetmon.lab.stage.view import changes, draw

AT = datetime(2026, 3, 2, 8, 12, 40, tzinfo=UTC)


def box(name: str, does: str = "working", *faults: str, waiting: int = 0) -> Box:
    return Box(name, does, faults, does == "stopped", 41, waiting, ("upper-film", 0.12), ("snmp://127.0.0.1:16161",))


def standstill(machine: str, word: str, cause: str, since: float = 42, waiting: int = 0) -> Standstill:
    reason = "upper-film-empty" if machine == cause else word
    return Standstill(machine, word, reason, cause, since, waiting, planned=False)


STOPPED = standstill("lam-1", "stopped", "lam-1", waiting=14)
BLOCKED = standstill("prn-1", "blocked", "lam-1", 12)
STARVED = standstill("qc-1", "starved", "lam-1", 30)


def office(machines: int = 3, stops: tuple[Standstill, ...] = (STOPPED, BLOCKED, STARVED)) -> Picture:
    boxes = (box("prn-1"), box("lam-1", "stopped", "upper-film-empty", "cover-open", waiting=14), box("qc-1", "idle"))
    more = tuple(box(f"label-{number}") for number in range(machines - 3))
    line = LinePicture(
        "line-1", (("prn-1",), ("lam-1",), ("qc-1",)), (Buffer(120, None), Buffer(14, 20), Buffer(0, 20)), 41
    )
    people = ("op-1: on the way to lam-1", "op-2: on a break until 8:30")
    return Picture("regional", AT, 10.0, (line, line), (*boxes, *more), people, stops)


def drawn(picture: Picture, width: int, height: int, *notes: str) -> list[str]:
    out = io.StringIO()
    console = Console(file=out, width=width, height=height, force_terminal=True, color_system=None)
    console.print(draw(picture, width, height, "a hint", notes))
    return out.getvalue().splitlines()


@pytest.mark.parametrize("machines", [3, 6, 12, 200])
@pytest.mark.parametrize(("width", "height"), [(80, 24), (80, 30), (200, 60)])
def test_it_fits_and_the_worst_is_always_there(width: int, height: int, machines: int) -> None:
    """Nothing runs over the edge; lines, the machine that stopped and the truth are seen whatever else must go."""
    lines = drawn(office(machines), width, height, "now restart the daemon", "older", "newest")
    assert len(lines) < height
    assert max(map(len, lines)) <= width
    page = "\n".join(lines)
    assert "prn-1 > [####..] 14/20 > lam-1 > [......] 0/20 > qc-1 > 41 made" in page
    assert any(line.startswith("lam-1") and "stopped: upper-film" in line for line in lines)
    assert "lam-1 stopped 0:42: upper-film-empty, 14 waiting; qc-1 starved; prn-1 blocked" in page
    assert "newest" in page
    assert lines[-1] == "a hint"
    if machines == 200:
        assert "more" in page


@pytest.mark.parametrize("height", [24, 40])
def test_of_a_hundred_lines_the_one_that_stopped_is_seen(height: int) -> None:
    """Lines and machines that do not fit are counted; the truth and the people stay."""
    boxes = tuple(box(f"m-{n}", "stopped" if n == 77 else "working") for n in range(100))
    lines = tuple(LinePicture(f"l-{n}", ((f"m-{n}",),), (Buffer(3, None),), n) for n in range(100))
    picture = Picture("big", AT, 1.0, lines, boxes, ("op-1: busy",), (standstill("m-77", "stopped", "m-77"),))
    page = drawn(picture, 80, height)
    assert len(page) < height
    assert any(line.startswith("l-77 ") for line in page)
    assert any(line.startswith("m-77 ") for line in page)
    assert sum(" more" in line for line in page) == 2
    assert "people   op-1: busy" in page


def test_a_bad_line_is_shown_for_what_it_is() -> None:
    """The machine behind it works: nothing stands still, and the line stands in a row of its own."""
    picture = Picture("bench", AT, 1.0, (), (box("printer"),), (), (), ("printer: mute",))
    page = drawn(picture, 80, 24)
    assert "bad lines   printer: mute" in page
    assert "  nothing stands still" in page


def test_a_long_line_gives_up_its_bars_first() -> None:
    """How full each buffer is, and what was made, is still read."""
    stages = (("prn-1", "prn-2"), ("lam-1", "lam-2"), ("qc-1",))
    line = LinePicture("line-1", stages, (Buffer(120, None), Buffer(14, 20), Buffer(0, 20)), 41)
    picture = Picture("regional", AT, 1.0, (line,), (), (), ())
    assert "prn-1, prn-2 > 14/20 > lam-1, lam-2 > 0/20 > qc-1 > 41 made" in "\n".join(drawn(picture, 80, 24))


def test_the_truth_names_the_cause_once_and_the_victims_with_it() -> None:
    """Who starves or is blocked is told with the machine at whose door it lies; two causes are two sentences."""
    other = standstill("prn-2", "silent", "prn-2", 3725)
    planned = Standstill("lam-2", "planned", "maintenance", "lam-2", 90, 0, planned=True)
    assert list(really(office(stops=(BLOCKED, planned, STOPPED, other)))) == [
        "prn-2 silent 1:02:05: upper-film-empty",
        "lam-1 stopped 0:42: upper-film-empty, 14 waiting; prn-1 blocked",
        "lam-2 planned 1:30: maintenance",
    ]
    assert list(really(office(stops=(BLOCKED,)))) == ["prn-1 blocked by lam-1 0:12"]
    assert list(really(office(stops=()))) == []
    idle = [Standstill(name, "no-work", "no-work", "", 250, 0, planned=False) for name in ("prn-1", "lam-1")]
    assert list(really(office(stops=(*idle, STOPPED)))) == [
        "lam-1 stopped 0:42: upper-film-empty, 14 waiting",
        "no-work 4:10: prn-1, lam-1",
    ]


def test_without_a_terminal_only_what_changed_is_told() -> None:
    """The first picture says what stands; the next ones only what began and what ended."""
    quiet = Picture("regional", AT, 1.0, (), (box("lam-1"),), (), ())
    bad = Picture("regional", AT, 1.0, (), (box("lam-1", "stopped", "jam"),), (), (STOPPED,))
    assert list(changes(None, quiet)) == []
    assert list(changes(quiet, bad)) == [
        "08:12:40  lam-1          stopped: jam",
        "08:12:40  lam-1          truth: stopped, upper-film-empty; 14 waiting",
    ]
    assert list(changes(bad, bad)) == []
    assert list(changes(bad, quiet)) == [
        "08:12:40  lam-1          working",
        "08:12:40  lam-1          truth: stopped is over, upper-film-empty",
    ]
