"""A line whose figures are known exactly: what one machine does reaches the others when the buffers say so."""

from pathlib import Path

import pytest
from fleetmon.simulators.model.commands import NEVER, Command, Do, Happening
from fleetmon.simulators.plant import Plant, Stop
from fleetmon.simulators.plant.states import Klass
from fleetmon.simulators.sheets.parts import Activity
from fleetmon.simulators.sheets.sheet import MACHINES

from .conftest import Build

NINE = 2 * 3600.0  # the office opens at eight, an hour after the start
OPEN = 3600.0


def _stops(plant: Plant, until: float, *klasses: Klass) -> list[Stop]:
    return [stop for stop in plant.close(until) if stop.klass in klasses]


def _at_nine(machine: str, do: Do, **words: object) -> Happening:
    return Happening(NINE, machine, Command(do, **words))  # type: ignore[arg-type]


def test_documents_take_their_time_through_the_line(calm: Build) -> None:
    """Opened at eight: printers warm up 15 s and take 40 s; once the laminator is hot it takes 18 s, the desk 15 s."""
    plant = calm()
    printer, lam, qc = plant.machines["prn-1"], plant.machines["lam-1"], plant.posts["qc-1"].machine
    plant.step(OPEN + 55 - 0.01)
    assert printer.made == 0
    plant.step(OPEN + 55 + 0.01)
    assert printer.made == 1
    assert lam.activity is Activity.WARMING
    now = plant.now
    while lam.made == 0:
        now = plant.due()
        plant.step(now)
    assert now < OPEN + 300
    plant.step(now + 14.99)
    assert qc.made == 0
    plant.step(now + 15.01)
    assert qc.made == 1
    plant.step(now + 18.01)
    assert lam.made == 2


def test_a_jam_blocks_the_stage_before_and_starves_the_stage_after(calm: Build) -> None:
    """The laminator jams for 20 min: printers block once the buffer of 5 is full, the desk starves when it is empty."""
    plant = calm(happenings=[_at_nine("lam-1", Do.RAISE, fault="document-jam", seconds=1200)])
    stops = _stops(plant, NINE + 3000, Klass.FAULT, Klass.BLOCKED, Klass.STARVED)
    stops = [stop for stop in stops if stop.start >= NINE - 60]
    jam = next(stop for stop in stops if stop.machine == "lam-1")
    assert (jam.start, jam.end, jam.cause, jam.reason) == (NINE, NINE + 1200, "lam-1", "document-jam")
    others = {stop.machine: stop for stop in stops if stop is not jam}
    assert set(others) == {"prn-1", "prn-2", "qc-1"}
    assert {(stop.cause, stop.reason) for stop in others.values()} == {("lam-1", "document-jam")}
    assert [others[name].klass for name in ("prn-1", "prn-2", "qc-1")] == [Klass.BLOCKED, Klass.BLOCKED, Klass.STARVED]
    for name in ("prn-1", "prn-2"):
        assert NINE + 40 < others[name].start < NINE + 160, "five places for two printers of 40 s"
        assert NINE + 1200 <= others[name].end <= NINE + 1260
    assert jam.waiting_end >= 5
    assert plant.posts["lam-1"].waiting < 5


def test_parallel_printers_starve_nobody_until_the_last_one_stops(calm: Build) -> None:
    """One of two printers jams: the laminator goes on; when the other stops too, both are to blame."""
    jams = [
        _at_nine("prn-1", Do.RAISE, fault="booklet-jam", seconds=3600),
        Happening(NINE + 1200, "prn-2", Command(Do.RAISE, fault="booklet-jam", seconds=600)),
    ]
    plant = calm(happenings=jams)
    starved = [stop for stop in _stops(plant, NINE + 3000, Klass.STARVED) if stop.start > NINE - 100]
    lam = [stop for stop in starved if stop.machine == "lam-1"]
    assert [(stop.cause, stop.also, stop.reason) for stop in lam] == [("prn-2", ("prn-1",), "booklet-jam")]
    assert NINE + 1200 < lam[0].start < NINE + 1300
    assert NINE + 1800 < lam[0].end < NINE + 1900


def test_the_empty_roll_is_seen_after_a_while_and_loaded(calm: Build) -> None:
    """A roll that ends stops the laminator; somebody comes, opens the cover, loads a new one, and work goes on."""
    plant = calm(happenings=[_at_nine("lam-1", Do.LEVEL, store="upper-film", left=0)])
    (empty,) = [stop for stop in _stops(plant, NINE + 3000, Klass.SUPPLY) if stop.machine == "lam-1"]
    assert (empty.start, empty.reason) == (NINE, "upper-film-empty")
    assert 30 < empty.end - empty.start < 900
    assert plant.machines["lam-1"].left("upper-film") > 200


def test_nobody_loads_what_is_not_on_the_shelf(calm: Build) -> None:
    """A shortage keeps the laminator stopped until something is delivered; the printers are blocked by it."""
    happenings = [
        Happening(OPEN, "", Command(Do.SHORTAGE, store="upper-film", left=0)),
        _at_nine("lam-1", Do.LEVEL, store="upper-film", left=0),
        Happening(NINE + 5000, "", Command(Do.DELIVER, store="upper-film", left=1)),
    ]
    plant = calm(happenings=happenings)
    (empty,) = [stop for stop in _stops(plant, NINE + 7000, Klass.SUPPLY) if stop.machine == "lam-1"]
    assert NINE + 5000 < empty.end < NINE + 5100
    blocked = [stop for stop in _stops(plant, NINE + 7000, Klass.BLOCKED) if stop.end - stop.start > 1000]
    assert {(stop.machine, stop.cause) for stop in blocked} == {("prn-1", "lam-1"), ("prn-2", "lam-1")}
    assert plant.stock.units("laminator", "upper-film") == 0


def test_absent_people_leave_the_roll_empty_and_the_desk_alone(calm: Build) -> None:
    """While the crew is away nobody loads anything and nobody inspects; machines that need nobody go on."""
    happenings = [
        _at_nine("", Do.ABSENT, seconds=2400),
        Happening(NINE + 60, "prn-1", Command(Do.LEVEL, store="Magazine", left=0)),
    ]
    plant = calm(happenings=happenings)
    stops = _stops(plant, NINE + 3600, Klass.OPERATOR, Klass.SUPPLY)
    desk = next(stop for stop in stops if stop.machine == "qc-1")
    assert (desk.reason, desk.end) == ("absent", NINE + 2400)
    magazine = next(stop for stop in stops if stop.machine == "prn-1")
    assert NINE + 2400 < magazine.end < NINE + 2600
    assert not any(stop.machine == "prn-2" and stop.start > NINE for stop in stops if stop.reason != "stacker-full")


def test_a_hung_machine_says_what_it_said_until_somebody_wonders(calm: Build) -> None:
    """Firmware hangs by order for half an hour: nothing it says moves, nothing is made, the truth calls it silent."""
    plant = calm(happenings=[_at_nine("lam-1", Do.HANG, seconds=1800)])
    machine = plant.machines["lam-1"]
    machine.step(NINE)
    changed, made = machine.changed, machine.documents
    levels = {name: machine.left(name) for name in machine.sheet.stores}
    plant.obey("lam-1", Command(Do.LEVEL, store="upper-film", left=1), NINE + 60)
    plant.obey("lam-1", Command(Do.RAISE, fault="cutter-jam", seconds=60), NINE + 70)
    machine.step(NINE + 1799)
    assert machine.answers
    assert machine.activity is Activity.WORKING
    assert (machine.documents, machine.faults) == (made, machine.faults)
    assert {name: machine.left(name) for name in machine.sheet.stores} == levels
    assert machine.uptime > 1799
    assert machine.changed <= changed + 1, "one order changed a level nobody can see"
    machine.step(NINE + 2400)
    assert machine.documents > made
    (hung,) = [stop for stop in _stops(plant, NINE + 2400, Klass.SILENT) if stop.machine == "lam-1"]
    assert (hung.start, hung.end, hung.reason, hung.planned) == (NINE, NINE + 1800, "hung", False)


def test_hangs_by_chance_end_when_somebody_restarts_the_machine(calm: Build) -> None:
    """Every machine that hangs by itself is found and switched off and on, some ten minutes or an hour later."""
    figures = {"hang_per_1000": 4, "fault_per_1000": 0, "minor_per_1000": 0, "hang_noticed": 900}
    plant = calm(seed=1, parameters=figures, hours=[])
    hung = [stop for stop in _stops(plant, 2 * 86_400, Klass.SILENT) if stop.reason == "hung"]
    assert len(hung) > 10
    lengths = sorted(stop.end - stop.start for stop in hung)
    assert 600 < lengths[len(lengths) // 2] < 1400
    assert all(machine.boots > 1 for machine in plant.machines.values())


def test_slow_is_told_beside_the_stops(calm: Build) -> None:
    """A laminator at 1.5 times its cycle makes a third less for an hour; that is listed, and no stop of it."""
    plant = calm(happenings=[_at_nine("lam-1", Do.SLOW, factor=3.0, seconds=3600)])
    plant.step(NINE)
    before = plant.machines["lam-1"].made
    plant.step(NINE + 3600)
    assert plant.machines["lam-1"].made - before == pytest.approx(3600 / 54, abs=2)
    (slow,) = _stops(plant, NINE + 4000, Klass.SLOW)
    assert (slow.machine, slow.start, slow.end) == ("lam-1", NINE, NINE + 3600)


def test_an_unplugged_machine_is_silent_and_starts_anew(calm: Build) -> None:
    """Unplugged for ten minutes it does not answer; then it boots, its counter since power-on is small."""
    plant = calm(happenings=[_at_nine("prn-1", Do.OFF, seconds=600)])
    printer = plant.machines["prn-1"]
    printer.step(NINE + 300)
    assert not printer.answers
    printer.step(NINE + 700)
    assert printer.answers
    assert printer.boots == 2
    assert printer.documents_since_boot < 5 < printer.documents
    off = [stop for stop in _stops(plant, NINE + 900, Klass.OFF) if stop.machine == "prn-1"]
    assert [(stop.reason, stop.start) for stop in off] == [("unplugged", NINE), ("starting", NINE + 600)]


def test_another_machine_counts_from_nought_and_the_line_does_not(calm: Build) -> None:
    """A replaced printer has another serial and a young counter; what the line made before is not lost."""
    plant = calm()
    printer = plant.machines["prn-1"]
    plant.step(NINE)
    made, serial, done = printer.made, printer.serial, plant.lines[0].buffers[-1].documents
    plant.obey("prn-1", Command(Do.REPLACE, serial="SIM-9"), NINE)
    plant.step(NINE + 300)
    assert (serial, printer.serial) == ("SIM-1", "SIM-9")
    assert printer.documents < 10 < printer.made
    assert printer.made > made
    assert printer.sheet.markers[0].life == 0
    assert plant.lines[0].buffers[-1].documents > done


def test_no_new_work_ends_in_no_work_and_not_in_starving(calm: Build) -> None:
    """Demand pauses: when the line has run empty, every station is without work, and the demand is to blame."""
    plant = calm(parameters={"rejected": 0, "fault_per_1000": 0, "hang_per_1000": 0, "minor_per_1000": 0})
    plant.obey("line-1", Command(Do.PAUSE, seconds=9000), OPEN + 60)
    idle = _stops(plant, OPEN + 7000, Klass.NO_WORK)
    assert {stop.machine for stop in idle if stop.end == OPEN + 7000} == set(plant.posts)
    assert {stop.cause for stop in idle} == {"demand"}
    assert plant.lines[0].entered == plant.lines[0].buffers[-1].documents
    plant.step(OPEN + 9200)
    assert plant.lines[0].entered > plant.lines[0].buffers[-1].documents


def test_a_holiday_declared_at_nine_sends_everybody_home(calm: Build) -> None:
    """What is inside the machines is finished; then the day is a planned stop for all, and tomorrow they work."""
    plant = calm(happenings=[_at_nine("", Do.HOLIDAY)])
    planned = [stop for stop in _stops(plant, 86_400 + NINE, Klass.PLANNED) if stop.reason == "holiday"]
    assert {stop.machine for stop in planned} == set(plant.posts)
    assert all(NINE <= stop.start < NINE + 60 for stop in planned)
    assert all(stop.end == 86_400 + OPEN for stop in planned)


def test_work_stays_where_it_is_during_a_break(calm: Build) -> None:
    """In the prayer break nothing moves and nothing is lost; afterwards the line goes on with what it held."""
    plant = calm()
    plant.step(OPEN + 7200 + 120)
    held = [buffer.documents for buffer in plant.lines[0].buffers]
    plant.step(OPEN + 7200 + 1199)
    assert [buffer.documents for buffer in plant.lines[0].buffers] == held
    assert sum(held[1:-1]) > 0
    plant.step(OPEN + 7200 + 1500)
    assert plant.lines[0].buffers[-1].documents > held[-1]


def test_a_fault_by_order_is_left_to_who_ordered_it(calm: Build) -> None:
    """Nobody mends a jam that was ordered without an end; the order to clear it does."""
    plant = calm(happenings=[_at_nine("lam-1", Do.RAISE, fault="document-jam")])
    plant.step(NINE + 6000)
    assert [fault.name for fault in plant.machines["lam-1"].faults if fault.stops] == ["document-jam"]
    plant.obey("lam-1", Command(Do.CLEAR, fault="document-jam"), NINE + 6000)
    assert plant.machines["lam-1"].activity is not Activity.STOPPED


def test_a_machine_outside_the_lines_stands_alone(calm: Build) -> None:
    """A machine in no line makes its own backlog, with no truth of the plant's; orders and time come from the plant."""
    machines = [
        {"name": name, "sheet": "label_printer_vendor", "seconds_per_document": 10} for name in ("lbl-1", "lbl-2")
    ]
    plant = calm(machines=machines, lines=[], desks=[], happenings=[Happening(500, "lbl-2", Command(Do.STARVE))])
    first, second = plant.machines.values()
    first.step(1000)
    assert plant.now == 1000
    assert first.documents == pytest.approx(100, abs=10)
    assert second.documents == pytest.approx(50, abs=5)
    second.obey(Command(Do.PRODUCE, documents=5), 1000)
    plant.obey("lbl-1", Command(Do.RAISE, fault="head-open", seconds=NEVER), 1000)
    plant.step(1100)
    assert first.activity is Activity.STOPPED
    assert second.documents == pytest.approx(55, abs=5)
    assert plant.close(2000) == []


def test_what_runs_out_without_a_word_is_the_store_s_stop(calm: Build, tmp_path: Path) -> None:
    """A machine that has no fault for an empty store stops all the same; the truth names the store."""
    sheet = MACHINES / "lapis_laminator.toml"
    silent = sheet.read_text().replace('when = { store = "upper-film", is = "empty" }', "")
    (tmp_path / "mute.toml").write_text(silent)
    machines = [{"name": "lam-1", "sheet": str(tmp_path / "mute.toml"), "seconds_per_document": 20}]
    line = {"name": "line-1", "stages": [["lam-1"]]}
    empty = Happening(NINE, "lam-1", Command(Do.LEVEL, store="upper-film", left=0))
    plant = calm(machines=machines, lines=[line], desks=[], crew=0, happenings=[empty])
    (stop,) = [stop for stop in plant.close(NINE + 600) if stop.klass is Klass.SUPPLY]
    assert (stop.reason, stop.start, stop.cause) == ("upper-film", NINE, "lam-1")
