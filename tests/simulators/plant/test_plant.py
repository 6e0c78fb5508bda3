"""The plant as a whole: laws that hold whatever happens, whoever looks and however often."""

import os
import subprocess
import sys
from collections import defaultdict
from itertools import pairwise

import pytest
from fleetmon.simulators.model.commands import OFFICE_ORDERS, Command, Do, Happening
from fleetmon.simulators.plant import Plant, Stop, load_plant_office, read_office
from fleetmon.simulators.plant.floor import Line
from fleetmon.simulators.plant.states import WAITING, Klass
from fleetmon.simulators.reading import Table
from fleetmon.simulators.sheets.sheet import MACHINES
from hypothesis import given, settings
from hypothesis import strategies as st

from .conftest import build

HOURS = 3600.0
NAMES = ["prn-1", "prn-2", "lam-1"]
FAULTS = {"prn-1": "booklet-jam", "prn-2": "front-cover-open", "lam-1": "document-jam"}
STORES = {"prn-1": "black", "prn-2": "Magazine", "lam-1": "upper-film"}
SPANS = st.sampled_from([5.0, 300.0, 2000.0])


def _orders(machine: str) -> st.SearchStrategy[Happening]:
    commands = st.one_of(
        st.builds(Command, st.just(Do.RAISE), fault=st.just(FAULTS[machine]), seconds=SPANS),
        st.builds(Command, st.just(Do.CLEAR)),
        st.builds(Command, st.just(Do.LEVEL), store=st.just(STORES[machine]), left=st.sampled_from([0.0, 3.0])),
        st.builds(Command, st.sampled_from([Do.HANG, Do.STALL, Do.OFF, Do.MAINTAIN, Do.CLEAN]), seconds=SPANS),
        st.builds(Command, st.just(Do.SLOW), factor=st.sampled_from([1.2, 3.0]), seconds=SPANS),
        st.builds(
            Command, st.sampled_from([Do.REBOOT, Do.REPLACE, Do.SLEEP, Do.RESET_COUNTER, Do.UNHANG, Do.ON, Do.GO])
        ),
    )
    return st.builds(Happening, st.floats(0, 6 * HOURS), st.just(machine), commands)


def _office_orders() -> st.SearchStrategy[Happening]:
    commands = st.one_of(
        st.builds(Command, st.sampled_from([Do.ABSENT, Do.PAUSE]), seconds=SPANS),
        st.builds(Command, st.sampled_from([Do.PRESENT, Do.HOLIDAY, Do.WORKDAY, Do.RESUME])),
        st.builds(Command, st.just(Do.DEMAND), factor=st.sampled_from([0.3, 4.0])),
        st.builds(Command, st.just(Do.SHORTAGE), store=st.just("upper-film"), seconds=SPANS),
        st.builds(Command, st.just(Do.DELIVER), store=st.just("upper-film"), left=st.just(2.0)),
    )
    return st.builds(Happening, st.floats(0, 6 * HOURS), st.just(""), commands)


HAPPENINGS = st.lists(st.one_of(*map(_orders, NAMES), _office_orders()), max_size=10)


def _in_hand(line: Line) -> int:
    return sum(buffer.documents for buffer in line.buffers) + sum(post.machine.inside for post in line.posts)


def _seen(plant: Plant) -> list[object]:
    """Everything anybody could ask of the machines, and the truth."""
    told: list[object] = []
    for machine in plant.machines.values():
        levels = [machine.left(store) for store in machine.sheet.stores]
        told += [machine.documents, machine.made, machine.activity, machine.alerts, levels, machine.serial]
        told += [machine.answers, machine.boots, machine.changed]
    return [*told, *plant.truth_lines(plant.now)]


@settings(max_examples=25)
@given(st.integers(0, 50), HAPPENINGS, st.booleans())
def test_no_document_is_lost_or_made_of_nothing(seed: int, happenings: list[Happening], closes: bool) -> None:
    """After every event: what came is what was made, waits, is inside machines, or was rejected; nothing overflows.

    Room is promised behind a machine exactly as long as a document is inside.
    """
    plant = build(seed, happenings) if closes else build(seed, happenings, hours=[])
    (line,) = plant.lines
    while plant.due() < 5 * HOURS:
        plant.step(plant.due())
        assert line.entered == _in_hand(line) + line.rejected
        for stage, buffer in enumerate(line.buffers[1:]):
            assert buffer.promised == sum(post.machine.inside for post in line.stages[stage])
            assert buffer.documents + buffer.promised <= buffer.capacity
    assert line.posts[-1].machine.made <= sum(post.machine.made for post in line.stages[1])


@settings(max_examples=25)
@given(st.integers(0, 50), HAPPENINGS, st.lists(st.floats(0, 6 * HOURS), max_size=60))
def test_looking_changes_nothing(seed: int, happenings: list[Happening], looks: list[float]) -> None:
    """A plant polled through any machine at any moments has the same history as one that nobody looked at."""
    unseen, seen = build(seed, happenings), build(seed, happenings)
    machines = list(seen.machines.values())
    for turn, look in enumerate(sorted(looks)):
        machines[turn % len(machines)].step(look)
    for plant in (unseen, seen):
        plant.step(6 * HOURS)
    assert _seen(seen) == _seen(unseen)


@settings(max_examples=25)
@given(st.integers(0, 50), HAPPENINGS)
def test_happenings_are_the_same_as_orders(seed: int, happenings: list[Happening]) -> None:
    """What is planned to happen acts at its moment exactly as when somebody orders it then, through any machine."""
    happenings.sort(key=lambda happening: happening.at)
    planned, ordered = build(seed, happenings), build(seed)
    for happening in happenings:
        if happening.command.do in OFFICE_ORDERS:
            ordered.obey(happening.machine, happening.command, happening.at)
        else:
            ordered.machines[happening.machine].obey(happening.command, happening.at)
    for plant in (planned, ordered):
        plant.step(6 * HOURS)
    assert _seen(planned) == _seen(ordered)


def _by_machine(stops: list[Stop]) -> dict[str, list[Stop]]:
    found: dict[str, list[Stop]] = defaultdict(list)
    for stop in stops:
        if stop.klass is not Klass.SLOW:
            found[stop.machine].append(stop)
    return found


@settings(max_examples=25)
@given(st.integers(0, 50), HAPPENINGS)
def test_stops_do_not_overlap_and_states_are_all_the_time_there_is(seed: int, happenings: list[Happening]) -> None:
    """On one machine a stop ends before the next begins; the states of each machine add up to the time that passed."""
    plant = build(seed, happenings)
    stops = plant.close(6 * HOURS)
    for own in _by_machine(stops).values():
        assert all(stop.start < stop.end and 0 <= stop.scheduled <= stop.end - stop.start + 0.0011 for stop in own)
        assert all(before.end <= after.start for before, after in pairwise(own))
    for classes in plant.spent().values():
        assert sum(classes.values()) == pytest.approx(6 * HOURS)
    for machine, classes in plant.spent().items():
        for klass, seconds in classes.items():
            listed = sum(stop.end - stop.start for stop in stops if (stop.machine, stop.klass) == (machine, klass))
            assert klass in WAITING or klass is Klass.RUNNING or listed == pytest.approx(seconds, abs=0.1)


@settings(max_examples=25)
@given(st.integers(0, 50), HAPPENINGS)
def test_who_waits_waits_for_somebody_who_stands_still(seed: int, happenings: list[Happening]) -> None:
    """The cause of a wait lies upstream (starved) or downstream (blocked) and stood still itself at that time."""
    plant = build(seed, happenings)
    stops = plant.close(6 * HOURS)
    own = _by_machine([stop for stop in stops if stop.klass not in WAITING])
    stages = {post.name: post.stage for post in plant.posts.values()}
    for stop in stops:
        if stop.klass is Klass.NO_WORK:
            assert stop.cause == "demand"
        elif stop.klass in WAITING:
            upstream = stop.klass is Klass.STARVED
            assert (stages[stop.cause] < stages[stop.machine]) is upstream
            if stop.reason != "working":
                blamed = [each for each in own[stop.cause] if each.reason == stop.reason]
                assert any(each.start <= stop.end and stop.start <= each.end for each in blamed), stop
        elif stop.klass not in (Klass.PLANNED, Klass.SLOW):
            assert stop.cause == stop.machine


@settings(max_examples=10)
@given(st.integers(0, 50), HAPPENINGS)
def test_the_truth_is_what_a_bystander_sees(seed: int, happenings: list[Happening]) -> None:
    """Somebody who looks at every station every few seconds sees no work in a stop, and no idleness outside of one.

    Outside of stops a station may wait a minute at a time, which is the line's rhythm.
    """
    plant = build(seed, happenings)
    looks: list[tuple[float, set[str]]] = []
    for moment in range(0, 5 * 3600, 11):
        plant.step(moment)
        looks.append((moment, {post.name for post in plant.posts.values() if post.machine.working}))
    stops = _by_machine(plant.close(plant.now))
    for name in plant.posts:
        idle_since = 0.0
        for moment, working in looks:
            stopped = any(stop.start < moment < stop.end for stop in stops[name])
            assert not (stopped and name in working)
            idle_since = moment if stopped or name in working else idle_since
            assert moment - idle_since < 60 + 2 * 11


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_what_others_could_notice_is_counted(seed: int) -> None:
    """As long as `changed` stands still, nothing that a machine says of itself changes, but its uptime."""
    plant = build(seed)
    machine = plant.machines["lam-1"]
    before: tuple[int, object] | None = None
    for moment in range(3600, 3 * 3600, 7):
        machine.step(moment)
        levels = tuple(machine.left(store) for store in machine.sheet.stores)
        said = (machine.documents, machine.activity, tuple(machine.alerts), levels, machine.answers, machine.boots)
        assert before is None or before[0] != machine.changed or before[1] == said
        before = machine.changed, said


SCRIPT = """
from fleetmon.simulators.plant import Plant, load_plant_office
print("\\n".join(Plant(load_plant_office("two_lines"), seed=3).truth_lines(86400)))
"""


def test_a_seed_gives_the_same_bytes_in_every_process() -> None:
    """The truth of a day is the same to the byte whatever order a process happens to keep its sets in."""
    runs = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT], env=os.environ | {"PYTHONHASHSEED": number}, capture_output=True, check=True
        ).stdout
        for number in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert runs[0].count(b"\n") > 50


def test_other_seeds_give_other_days() -> None:
    """Two seeds do not have one stop in common but nights and breaks."""
    days = [Plant(load_plant_office("two_lines"), seed=seed).close(86_400) for seed in (1, 2)]
    first, second = ({(stop.machine, stop.start) for stop in day if stop.klass is not Klass.PLANNED} for day in days)
    assert first
    assert not first & second


@pytest.mark.parametrize("sheet", sorted(path.stem for path in MACHINES.glob("*.toml")))
def test_every_machine_can_stand_in_a_line(sheet: str) -> None:
    """Whatever model it is, it takes documents, runs out, breaks and is mended; nearly all that comes is made."""
    office = {
        "title": "One machine",
        "machines": [{"name": "m", "sheet": sheet, "seconds_per_document": 30}],
        "desks": [{"name": "desk"}],
        "lines": [{"name": "line", "stages": [["m"], ["desk"]], "buffers": [5], "demand": 0.5}],
    }
    plant = Plant(read_office(Table(office, "one.toml"), MACHINES / "one.toml"), seed=1)
    plant.step(3 * 86_400)
    (line,) = plant.lines
    assert line.buffers[-1].documents > 0.9 * line.entered > 1000


@pytest.mark.parametrize("name", ["two_lines", "six_machines"])
def test_a_fortnight_of_a_shipped_office_holds_what_it_is_for(name: str) -> None:
    """In two weeks every class of stop arises by itself, and the office makes most of what comes."""
    plant = Plant(load_plant_office(name), seed=1)
    stops = plant.close(14 * 86_400)
    assert {stop.klass for stop in stops} >= set(Klass) - {Klass.RUNNING, Klass.SLOW}
    for line in plant.lines:
        assert line.buffers[-1].documents > 0.7 * line.entered
    assert all(stop.scheduled < 0.01 for stop in stops if stop.klass is Klass.PLANNED)
