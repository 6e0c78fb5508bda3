"""What a heater's two temperatures mean as time goes by: each story is a table of moments."""

import pytest

from fleetmon.decode.lines import LineMet
from fleetmon.model.words import Severity, State

from .talking import again, line, meet, table

ROLLER = line(
    """
[read]
pv = { ask = "P", read_only = "p. 1", reply = '(?P<pv>.*)' }
sv = { ask = "S", read_only = "p. 1", reply = '(?P<sv>.*)' }
mv = { ask = "M", read_only = "p. 1", reply = '(?P<mv>.*)', optional = true }
[values.pv]
absent = ["----"]
[state]
from = "sv"
otherwise = "idle"
[heaters.upper_roller]
measured = "pv"
set_point = "sv"
output = "mv"
band = 5.0
hold = "60s"
warm_up = "20m"
"""
)

WARMING = ("laminator-warming-up", Severity.REPORT)
COLD = ("laminator-under-temperature", Severity.WARNING)
BURNT = ("laminator-under-temperature", Severity.ERROR)
HOT = ("laminator-over-temperature", Severity.ERROR)
BROKEN = ("laminator-thermistor-failure", Severity.ERROR)
OK = None

# (seconds, measured, set point, output in percent, what is said)
STORIES = {
    "met at its temperature, it is ready at once": [(0, 150, 150, 30, OK), (5, 150, 150, 30, OK)],
    "cold at first, it warms up, and is ready when it has held its temperature": [
        (0, 22, 150, 100, WARMING),
        (600, 140, 150, 100, WARMING),
        (900, 146, 150, 60, WARMING),
        (959, 150, 150, 40, WARMING),
        (960, 150, 150, 30, OK),
    ],
    "the edges of the band are within it": [(0, 145, 150, 50, OK), (500, 155, 150, 50, OK), (999, 145, 150, 50, OK)],
    "cold for longer than it may warm up": [
        (0, 22, 150, 80, WARMING),
        (1199, 130, 150, 80, WARMING),
        (1200, 130, 150, 80, COLD),
        (1300, 130, 150, 100, BURNT),
        (1400, 147, 150, 60, WARMING),
        (1460, 148, 150, 40, OK),
    ],
    "a document takes its warmth for a moment": [
        (0, 150, 150, 30, OK),
        (5, 143, 150, 90, OK),
        (60, 144, 150, 90, OK),
        (64, 146, 150, 60, OK),
        (70, 144, 150, 60, OK),
        (129, 144, 150, 60, OK),
    ],
    "it cannot hold its temperature": [
        (0, 150, 150, 30, OK),
        (5, 144, 150, 90, OK),
        (65, 140, 150, 90, COLD),
        (70, 138, 150, 100, BURNT),
        (75, 151, 150, 100, WARMING),
        (135, 150, 150, 40, OK),
    ],
    "switched off for a while, it comes back cold and warms up": [
        (0, 150, 150, 30, OK),
        (20, 60, 150, 100, OK),
        (40, 70, 150, 100, WARMING),
        (200, 140, 150, 100, WARMING),
        (220, 149, 150, 40, WARMING),
        (280, 150, 150, 40, OK),
    ],
    "too hot, and no longer": [
        (0, 150, 150, 30, OK),
        (5, 156, 150, 0, OK),
        (64, 158, 150, 0, OK),
        (65, 158, 150, 0, HOT),
        (70, 154, 150, 0, OK),
    ],
    "met too hot": [(0, 180, 150, 0, OK), (59, 180, 150, 0, OK), (60, 180, 150, 0, HOT)],
    "it overshoots while it warms up": [
        (0, 100, 150, 100, WARMING),
        (10, 156, 150, 0, OK),
        (69, 158, 150, 0, OK),
        (70, 158, 150, 0, HOT),
    ],
    "the set point is raised: it warms up again": [
        (0, 120, 120, 30, OK),
        (5, 120, 150, 100, WARMING),
        (100, 149, 150, 50, WARMING),
        (160, 150, 150, 30, OK),
    ],
    "the set point is lowered: it cools down to it, as long as it may take": [
        (0, 150, 150, 30, OK),
        (5, 150, 120, 0, OK),
        (600, 130, 120, 0, OK),
        (1204, 130, 120, 0, OK),
        (1205, 130, 120, 0, HOT),
    ],
    "a set point moved within the band is the same": [(0, 150, 150, 30, OK), (5, 150, 153, 40, OK)],
    "the sensor breaks and is mended": [
        (0, 150, 150, 30, OK),
        (5, "----", 150, 0, BROKEN),
        (10, "?", 150, 0, BROKEN),
        (15, 149, 150, 30, OK),
    ],
    "nothing is wanted of it": [(0, 22, 0, 0, OK), (5, 22, 0, 0, OK), (10, 22, 150, 100, WARMING)],
    "without its output nobody knows that the element is burnt": [
        (0, 100, 150, None, WARMING),
        (1200, 100, 150, None, COLD),
    ],
}


def step(met: LineMet | None, moment: tuple[object, ...]) -> LineMet:
    """One poll of the story."""
    now_s, measured, wanted, output, _ = moment
    said = {b"P": measured, b"S": wanted, b"M": output}
    machine = table({ask: None if value is None else f"{value}\r".encode() for ask, value in said.items()})
    assert isinstance(now_s, int)
    return meet(ROLLER, machine, now_s) if met is None else again(met, machine, now_s=now_s)


@pytest.mark.parametrize("story", STORIES)
def test_a_heater_as_time_goes_by(story: str) -> None:
    """At each moment exactly this is said of it; an error stops the machine, and warming up to work is work."""
    met: LineMet | None = None
    for moment in STORIES[story]:
        met = step(met, moment)
        told = [(fault.reason, fault.severity) for fault in met.report.faults]
        assert told == ([moment[4]] if moment[4] else []), moment
        assert all(fault.part == "upper-roller" for fault in met.report.faults)
        stands = any(severity is Severity.ERROR for _, severity in told)
        warms = told == [WARMING]
        assert met.report.state is (State.STOPPED if stands else State.PROCESSING if warms else State.IDLE), moment


def test_a_heater_that_is_switched_off_is_not_cold() -> None:
    """A machine in standby keeps its set point: while its mode says that it is off, only its sensor can fail."""
    driver = line("""
[read.s]
ask = "S"
read_only = "p. 1"
fields = ["mode", "pv", "sv"]
[heaters.roller]
measured = "pv"
set_point = "sv"
mode = "mode"
off = ["0", "6"]
""")
    met = meet(driver, table({b"S": b"2,150,150\r"}))
    stories: list[tuple[int, bytes, list[str]]] = [
        (5, b"0,149,150", []),
        (4000, b"0,30,150", []),
        (4005, b"6,?,150", ["laminator-thermistor-failure"]),
        (4010, b"1,30,150", ["laminator-warming-up"]),
        (5809, b"1,30,150", ["laminator-warming-up"]),
        (5810, b"1,30,150", ["laminator-under-temperature"]),
    ]
    for now_s, said, reasons in stories:
        met = again(met, table({b"S": said + b"\r"}), now_s=now_s)
        assert [fault.reason for fault in met.report.faults] == reasons, now_s


def test_a_controller_without_a_word_of_its_own_is_idle_at_its_temperature() -> None:
    """Two temperatures are all that some controllers tell: ready is able to work, and cold is not known to be."""
    driver = line("""
[read.s]
ask = "S"
read_only = "p. 1"
fields = ["pv", "sv"]
[heaters.roller]
measured = "pv"
set_point = "sv"
warm_up = "10s"
""")
    met = meet(driver, table({b"S": b"150,150\r"}))
    assert met.report.state is State.IDLE
    states = [(5, b"20,180", State.PROCESSING), (15, b"20,180", State.UNKNOWN), (20, b"?,180", State.STOPPED)]
    for now_s, said, state in states:
        met = again(met, table({b"S": said + b"\r"}), now_s=now_s)
        assert met.report.state is state, now_s


def test_temperatures_alone_are_no_news() -> None:
    """While nothing else is to be said of a heater than before, the report repeats the last one."""
    met = step(None, (0, 150, 150, 30, OK))
    met = step(met, (5, 149, 150, 35, OK))
    assert met.still


def test_a_temperature_that_was_not_heard_is_no_broken_sensor() -> None:
    """An optional reading that a machine does not have is not known, and says nothing of its sensor."""
    text = """
[read]
sv = { ask = "S", read_only = "p. 1", reply = '(?P<sv>.*)' }
pv = { ask = "P", read_only = "p. 1", reply = '(?P<raw>.*)', optional = true }
[values.pv]
from = "raw"
[heaters.roller]
measured = "pv"
set_point = "sv"
"""
    met = meet(line(text), table({b"P": None, b"S": b"150\r"}))
    assert met.report.faults == ()
    met = meet(line(text), table({b"P": b"---\r", b"S": b"150\r"}))
    assert [fault.reason for fault in met.report.faults] == ["laminator-thermistor-failure"]
