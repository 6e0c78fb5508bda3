"""What machines and people do wrong: each scenario's sentence, held against the truth of two seeds."""

import pytest
from fleetmon.simulators.model.commands import Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.plant.states import Klass
from fleetmon.simulators.sheets.parts import Activity

from .played import HOUR, MINUTE, OWN, Played

DOCUMENT = 2 * MINUTE  # longer than any machine here needs for one


def test_jam_with_bit(told: Played) -> None:
    """The laminator is jammed and says so; the printer before it has no trouble of its own and stops when full."""
    for jam in told.ordered(Do.RAISE, "lam-2"):
        assert told.share("lam-2", jam.begins, jam.ends, Klass.FAULT, reason="document-jam", cause="lam-2") == 1
        assert not told.share("prn-3", jam.begins, jam.ends, Klass.FAULT)
        assert "document-jam" in [fault.name for fault in told.at(jam.middle).machines["lam-2"].faults]
    blocked = told.of("prn-3", Klass.BLOCKED, cause="lam-2", reason="document-jam")
    assert blocked
    assert all(
        any(jam.begins + 15 * MINUTE < stop.start < jam.ends for jam in told.ordered(Do.RAISE, "lam-2"))
        for stop in blocked
    )


def test_jam_without_bit(told: Played) -> None:
    """The laminator says that it works, lists no fault, and makes nothing, while documents pile up before it."""
    for stall in told.ordered(Do.STALL, "lam-2"):
        assert told.share("lam-2", stall.begins, stall.ends, Klass.SILENT, cause="lam-2") == 1
        assert not told.made("lam-2", stall.begins, stall.ends)
    first = told.ordered(Do.STALL, "lam-2")[0]
    seen = list(told.watched("lam-2", first.begins + DOCUMENT, first.ends - 10, every=MINUTE))
    assert {machine.activity for machine in seen} == {Activity.WORKING}
    assert not [fault for machine in seen for fault in machine.faults if fault.stops]
    assert all(stop.waiting_end >= 10 for stop in told.of("lam-2", Klass.SILENT) if stop.scheduled > 30 * MINUTE)


def test_cover_left_open(told: Played) -> None:
    """The printer stands for want of a hand, says so, and the laminator behind it starves."""
    for cover in told.ordered(Do.RAISE, "prn-3"):
        assert told.share("prn-3", cover.begins, cover.ends, Klass.OPERATOR, reason="front-cover-open") > 0.9
        assert told.share("lam-2", cover.begins + DOCUMENT, cover.ends, Klass.STARVED, cause="prn-3") > 0.9
        machine = told.at(cover.middle).machines["prn-3"]
        assert "front-cover-open" in [fault.name for fault in machine.faults]
        assert machine.activity is Activity.STOPPED


def test_film_end(told: Played) -> None:
    """Low first, then empty in the middle of work, then refilled by somebody, which takes minutes and no more."""
    plant = told.at(0)
    for end in told.ordered(Do.LEVEL, "lam-2"):
        plant.step(end.begins + MINUTE)
        machine = plant.machines["lam-2"]
        empty = next(s for s in told.of("lam-2", Klass.SUPPLY, reason="upper-film-empty") if s.start > end.begins)
        assert empty.start < end.begins + 6 * HOUR
        assert empty.scheduled < 30 * MINUTE
        plant.step(empty.start - 1)
        assert [f.name for f in machine.faults if f.name.startswith("upper-film")] == ["upper-film-low"]
        assert machine.made
        plant.step(empty.end + 10 * MINUTE)
        assert machine.left("upper-film") > 250


def test_ribbon_out(told: Played) -> None:
    """The label printer stops for want of ribbon with labels waiting, and goes on when somebody has exchanged it."""
    for end in told.ordered(Do.LEVEL, "lbl-1"):
        stop = next(s for s in told.of("lbl-1", Klass.SUPPLY, reason="ribbon-out") if s.start > end.begins)
        assert stop.start < end.begins + 4 * HOUR
        assert stop.scheduled < 30 * MINUTE
    assert any(stop.waiting for stop in told.of("lbl-1", Klass.SUPPLY, reason="ribbon-out"))


def test_sensor_open(told: Played) -> None:
    """Two hours and a half, told by the machine, and its line stands on both sides."""
    [failure] = told.ordered(Do.RAISE, "lam-1")
    assert told.share("lam-1", failure.begins, failure.ends, Klass.FAULT, reason="roller-sensor-failed") == 1
    assert failure.ends - failure.begins == 2.5 * HOUR
    for printer in ("prn-1", "prn-2"):
        assert told.share(printer, failure.begins + HOUR, failure.ends, Klass.BLOCKED, cause="lam-1") == 1
    assert told.share("qc-1", failure.begins + HOUR, failure.ends, Klass.STARVED, cause="lam-1") == 1


def test_too_hot(told: Played) -> None:
    """The machine says that its roller is too hot, and makes nothing until it is not."""
    for heat in told.ordered(Do.RAISE, "lam-2"):
        assert told.share("lam-2", heat.begins, heat.ends, Klass.FAULT, reason="roller-too-hot") == 1
        assert not told.made("lam-2", heat.begins, heat.ends)


def test_heater_burnt_out(told: Played) -> None:
    """The laminator answers, lists no fault and warms up for an hour; its controller names the trouble."""
    for burnt in told.ordered(Do.RAISE, "heat-2"):
        assert told.share("lam-2", burnt.begins, burnt.ends, Klass.SILENT, reason="burnout", cause="lam-2") > 0.99
        assert told.share("prn-3", burnt.begins + 45 * MINUTE, burnt.ends, Klass.BLOCKED, cause="lam-2") > 0.9
        machines = told.at(burnt.begins + 15 * MINUTE).machines
        assert machines["lam-2"].answers
        assert machines["lam-2"].activity is Activity.WARMING
        assert not [fault for fault in machines["lam-2"].faults if fault.stops]
        assert [fault.name for fault in machines["heat-2"].faults] == ["burnout"]
        assert machines["heat-2"].power.heater is machines["lam-2"].power.heater


def test_hung_firmware(told: Played) -> None:
    """It answers all the while, with the same status and the same counter; the laminator behind it starves."""
    hangs = told.ordered(Do.HANG, "prn-3")
    for hang in hangs:
        assert told.share("prn-3", hang.begins, hang.ends, Klass.SILENT, reason="hung", cause="prn-3") == 1
        assert told.share("lam-2", hang.begins + DOCUMENT, hang.ends, Klass.STARVED, cause="prn-3") > 0.9
    for hang in hangs[:2]:
        seen = [
            (machine.answers, machine.activity, machine.documents, len(machine.alerts))
            for machine in told.watched("prn-3", hang.begins, hang.ends - 1, every=MINUTE)
        ]
        assert seen[0][0]
        assert len(set(seen)) == 1


def test_parallel_hang(told: Played) -> None:
    """The printer stands without a word while the one beside it goes on, and the laminator never stands for long."""
    hangs = told.ordered(Do.HANG, "prn-1")
    for hang in hangs:
        assert told.share("prn-1", hang.begins, hang.ends, Klass.SILENT, reason="hung", cause="prn-1") == 1
        assert not [s for s in told.long_unplanned("lam-1") if hang.begins < s.start < hang.ends]
    assert sum(told.made("prn-2", hang.begins, hang.ends) for hang in hangs) > 30


def test_two_stalls(told: Played) -> None:
    """In both hours two machines stand at once, each at its own door, and work waits for each of them."""
    for hang, other in zip(told.ordered(Do.HANG, "prn-3"), ("lam-1", "lam-2"), strict=True):
        [stall] = told.ordered(Do.STALL, other)
        begins, ends = max(hang.begins, stall.begins), min(hang.ends, stall.ends)
        assert ends - begins > 25 * MINUTE
        for machine in ("prn-3", other):
            assert told.share(machine, begins, ends, Klass.SILENT, cause=machine) == 1
            assert [s for s in told.of(machine, Klass.SILENT) if s.start <= begins < s.end and s.waiting_end]


def test_stall_over_lunch(told: Played) -> None:
    """It begins before the break and goes on after it, for longer than an alert needs; documents wait all the while."""
    for stall in told.ordered(Do.STALL, "lam-2"):
        [stop] = [s for s in told.of("lam-2", Klass.SILENT) if s.start <= stall.middle < s.end]
        assert stop.scheduled < stop.end - stop.start - 40 * MINUTE
        assert stop.scheduled > 30 * MINUTE
        assert told.plant.calendar.at(stop.start)[0] == ""
        assert stop.waiting_end > 0


def test_operator_absent(told: Played) -> None:
    """The film ends and stays at its end until somebody is back, an hour and more later."""
    absences = told.ordered(Do.ABSENT)
    for absence in absences:
        assert told.share("lam-2", absence.begins + 30 * MINUTE, absence.ends, Klass.SUPPLY, Klass.OPERATOR) > 0.9
        mended = [s for s in told.stops if absence.begins < s.end < absence.ends and s.klass is Klass.SUPPLY]
        assert all(s.end - absence.begins < 2 * MINUTE for s in mended), "only what was begun before is finished"
    ends = told.of("lam-2", Klass.SUPPLY, reason="upper-film-empty")
    waits = [(s, a) for s in ends for a in absences if a.begins < s.start < a.begins + 30 * MINUTE]
    assert len(waits) >= 2
    assert all(a.ends < s.end < a.ends + 30 * MINUTE and s.waiting_end > 5 for s, a in waits)


def test_starved(told: Played) -> None:
    """The laminator's wait has the printer as its cause, and begins when the buffer between them is empty."""
    for jam in told.ordered(Do.RAISE, "prn-3"):
        assert told.share("prn-3", jam.begins, jam.ends, Klass.FAULT, reason="booklet-jam") == 1
        assert not told.share("lam-2", jam.begins, jam.ends, *OWN)
        [wait] = [s for s in told.of("lam-2", Klass.STARVED, cause="prn-3") if s.start <= jam.middle < s.end]
        assert wait.start > jam.begins - DOCUMENT
        assert wait.waiting == 0
        assert wait.reason == "booklet-jam"
        assert told.at(jam.middle).posts["lam-2"].before.documents == 0


def test_blocked(told: Played) -> None:
    """The printer's wait has the laminator as its cause, and begins when the buffer between them is full."""
    waits = told.of("prn-3", Klass.BLOCKED, cause="lam-2")
    for stall in told.ordered(Do.STALL, "lam-2"):
        assert told.share("lam-2", stall.begins, stall.ends, Klass.SILENT) == 1
        assert told.share("prn-3", stall.begins, stall.ends, *OWN) < 0.1, "minor stops at most"
        [wait] = [stop for stop in waits if stall.begins < stop.start < stall.ends]
        assert wait.start > stall.begins + 15 * MINUTE
        assert wait.waiting > 0
        buffer = told.at(wait.start + MINUTE).posts["prn-3"].after
        assert buffer.documents == buffer.capacity


def test_two_faults(told: Played) -> None:
    """Each machine's stop lies at its own door, and whoever waits, waits for the machine of his own line."""
    for machine in ("prn-3", "lam-1", "lam-2"):
        for trouble in told.ordered(Do.RAISE, machine):
            assert told.share(machine, trouble.begins, trouble.ends, Klass.FAULT, cause=machine) > 0.95
    one, other = told.ordered(Do.RAISE, "prn-3")[0], told.ordered(Do.RAISE, "lam-1")[0]
    assert one.begins == other.begins
    assert told.share("lam-2", one.begins + DOCUMENT, one.ends, Klass.STARVED, cause="prn-3") > 0.9
    assert told.share("qc-1", other.begins + DOCUMENT, other.ends, Klass.STARVED, cause="lam-1") > 0.9
    lines = {"prn-3": "line-2", "lam-2": "line-2", "lam-1": "line-1", "prn-1": "line-1", "prn-2": "line-1"}
    for stop in told.stops:
        if stop.klass in (Klass.STARVED, Klass.BLOCKED):
            assert lines.get(stop.cause, stop.line) == stop.line


def test_parallel_printers(told: Played) -> None:
    """With one of two printers the laminator goes on; with none it starves, and both printers are to blame."""
    for first, second in zip(told.ordered(Do.RAISE, "prn-1"), told.ordered(Do.RAISE, "prn-2"), strict=True):
        assert told.share("prn-1", first.begins + 5 * MINUTE, first.ends, Klass.FAULT, reason="feed-jam") == 1
        assert told.share("prn-2", second.begins + 5 * MINUTE, second.ends, Klass.FAULT, reason="head-too-hot") == 1
        assert told.made("lam-1", first.begins + 5 * MINUTE, second.begins) >= 12
        alone = [s for s in told.of("lam-1", Klass.STARVED) if first.begins < s.start < second.begins - 5 * MINUTE]
        assert all(s.scheduled < 10 * MINUTE for s in alone)
        [wait] = [s for s in told.of("lam-1", Klass.STARVED) if s.start <= second.middle < s.end]
        assert {wait.cause, *wait.also} == {"prn-1", "prn-2"}


def test_slow_down(told: Played) -> None:
    """A printer takes a fifth longer from then on; it never stops for it, and its line makes less."""
    [slower] = told.ordered(Do.SLOW, "prn-3")
    [slow] = told.of("prn-3", Klass.SLOW)
    assert (slow.start, slow.end) == (slower.begins, told.scenario.lasts)
    assert told.plant.machines["prn-3"].factor == 1.2
    usual = told.without(Do.SLOW)
    assert told.plant.machines["prn-3"].made < 0.95 * usual.plant.machines["prn-3"].made
    assert not told.long_unplanned("prn-3")


def test_cleaning(told: Played) -> None:
    """Printers clean themselves often, for three to five minutes, planned; nothing else takes fifteen."""
    for printer in ("prn-1", "prn-2", "prn-3"):
        cleaned = told.of(printer, Klass.CLEANING)
        assert len(cleaned) >= 5
        assert all(3 * MINUTE <= s.end - s.start <= 5 * MINUTE and s.planned for s in cleaned)
    assert not [stop for name in told.plant.machines for stop in told.long_unplanned(name)]


def test_planned_maintenance(told: Played) -> None:
    """Two hours, planned, for the machine itself and for whoever waits for it."""
    [service] = told.ordered(Do.MAINTAIN, "lam-2")
    [stop] = told.of("lam-2", Klass.PLANNED, reason="maintenance")
    assert (stop.start, stop.end, stop.planned) == (service.begins, service.ends, True)
    [wait] = [s for s in told.of("prn-3", Klass.BLOCKED) if s.start <= service.ends - MINUTE < s.end]
    assert wait.planned
    assert wait.cause == "lam-2"


def test_first_week(told: Played) -> None:
    """Another printer stands there from the first moment, and has a silent stall on Monday and a jam on Wednesday."""
    assert told.at(MINUTE).machines["prn-3"].serial == "SIM-9001"
    [stall], [jam] = told.ordered(Do.STALL, "prn-3"), told.ordered(Do.RAISE, "prn-3")
    assert told.share("prn-3", stall.begins, stall.ends, *OWN) == 1
    assert told.share("prn-3", stall.begins, stall.ends, Klass.SILENT, Klass.FAULT) > 0.9
    assert told.share("prn-3", jam.begins, jam.ends, Klass.FAULT, reason="booklet-jam") > 0.9
    assert told.plant.calendar.local(stall.begins).date() == told.scenario.start.date()


def test_machine_replaced(told: Played) -> None:
    """It fails, is switched off, and another one with a serial number and a counter of its own goes on."""
    failed, gone = told.ordered(Do.RAISE, "prn-3")[0], told.ordered(Do.OFF, "prn-3")[0]
    [comes] = told.ordered(Do.REPLACE, "prn-3")
    assert told.share("prn-3", failed.begins, gone.begins, Klass.FAULT, reason="head-failed") == 1
    assert told.share("prn-3", gone.begins, comes.begins, Klass.OFF) == 1
    plant = told.at(failed.begins)
    machine = plant.machines["prn-3"]
    assert machine.serial == "SIM-1201"
    counted = _counted(machine)
    plant.step(gone.begins + MINUTE)
    assert not machine.answers
    plant.step(comes.begins + HOUR)
    assert machine.serial == "SIM-9002"
    assert _counted(machine) < counted
    assert machine.answers
    assert not [fault for fault in machine.faults if fault.stops]
    assert told.made("prn-3", comes.begins, comes.begins + HOUR) > 10


def test_unplugged(told: Played) -> None:
    """Nobody answers and nothing is made until it is plugged in again; then it starts and goes on."""
    for pulled in told.ordered(Do.OFF, "prn-3"):
        assert told.share("prn-3", pulled.begins, pulled.ends, Klass.OFF, cause="prn-3") == 1
        assert not told.made("prn-3", pulled.begins, pulled.ends)
        assert told.at(pulled.ends + 2 * MINUTE).machines["prn-3"].answers
    first = told.ordered(Do.OFF, "prn-3")[0]
    plant = told.at(first.middle)
    assert not plant.machines["prn-3"].answers
    assert plant.posts["prn-3"].waiting > 0


def test_power_cut(told: Played) -> None:
    """All machines are silent at once; a minute after the power is back all answer, with a small uptime."""
    cut = told.ordered(Do.OFF, "prn-1")[0]
    plant = told.at(cut.middle)
    before = {name: machine.boots for name, machine in plant.machines.items()}
    assert not any(machine.answers for machine in plant.machines.values())
    plant.step(cut.ends + 2 * MINUTE)
    for name, machine in plant.machines.items():
        assert machine.answers
        assert machine.uptime < 3 * MINUTE
        assert machine.boots == before[name] + 1
        assert told.made(name, cut.ends, cut.ends + 4 * HOUR) > 20


def test_chattering_cover(told: Played) -> None:
    """Many openings within ten minutes, none of them longer than seconds."""
    orders = told.ordered(Do.RAISE, "lam-2")
    openings = told.of("lam-2", Klass.OPERATOR, reason="cover-open")
    assert len(orders) == 16 + 25
    assert sum(stop.scheduled < 10 for stop in openings) >= 30
    assert not told.long_unplanned("lam-2")


def test_jam_in_a_break(told: Played) -> None:
    """The jam begins in working time, goes on through lunch, and ends only after it."""
    for jam in told.ordered(Do.RAISE, "lam-2"):
        reason, _ = told.plant.calendar.at(jam.middle)
        assert reason == "lunch"
        assert not told.plant.calendar.at(jam.begins)[0]
        [stop] = [s for s in told.of("lam-2", Klass.FAULT) if s.start <= jam.middle < s.end]
        assert stop.end == pytest.approx(jam.ends)
        assert stop.scheduled < stop.end - stop.start - 30 * MINUTE


def _counted(machine: Machine) -> int:
    """What the life counter says, in its own unit."""
    marker = machine.sheet.markers[0]
    return marker.life + marker.counts * machine.documents
