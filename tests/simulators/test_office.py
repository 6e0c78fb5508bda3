"""Offices: what is promised of the demonstration, and how chance and timelines become scripts."""

from pathlib import Path

import pytest
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.sheets.parts import Activity
from fleetmon.simulators.stories.office import Place, load_office

TEXTS = {"power-up", "power-on", "ready", "sleep", "warming-up"}


def _watched(machines: list[Machine], seconds: int) -> list[list[tuple[int, set[str], Activity]]]:
    """For each machine, every second: documents, faults that are no mere state texts, activity."""
    seen: list[list[tuple[int, set[str], Activity]]] = [[] for _ in machines]
    for second in range(seconds):
        for machine, moments in zip(machines, seen, strict=True):
            machine.step(second)
            faults = {fault.name for fault in machine.faults} - TEXTS
            moments.append((machine.documents, faults, machine.activity))
    return seen


def test_the_demonstration_keeps_its_promises() -> None:
    """In each of ten minutes a fault comes and one goes and counters rise; supplies run low, then out, then return."""
    places = load_office("demo")
    assert [place.sheet.name for place in places] == ["passport_printer", "laminator", "label_printer_vendor"]
    seen = _watched([place.machine(0) for place in places], 600)
    for minute in range(10):
        span = range(60 * minute, 60 * minute + 60)
        ends = [moments[span[-1]][0] - moments[span[0]][0] for moments in seen]
        assert sum(ends) >= 20, f"only {ends} documents in minute {minute}"
        came = gone = 0
        for moments in seen:
            for second in span[1:]:
                came += bool(moments[second][1] - moments[second - 1][1])
                gone += bool(moments[second - 1][1] - moments[second][1])
        assert came, f"no fault appeared in minute {minute}"
        assert gone, f"no fault cleared in minute {minute}"
    for which, supply in ((0, "black"), (1, "upper-film")):
        words = [("low" * (f"{supply}-low" in f) + "empty" * (f"{supply}-empty" in f)) for _, f, _ in seen[which]]
        turns = [word for word, before in zip(words, [None, *words], strict=False) if word != before]
        assert turns[:4] == ["", "low", "empty", ""]
        assert words.index("", words.index("empty")) < 240
    assert all(any(activity is Activity.STOPPED for *_, activity in moments) for moments in seen)


def test_the_demonstration_goes_on_for_a_day() -> None:
    """No supply, hopper or bay brings it to a halt for good: in the last ten minutes of a day everybody still works."""
    machines = [place.machine(0) for place in load_office("demo")]
    for machine in machines:
        machine.step(86_400 - 600)
    before = [machine.documents for machine in machines]
    for machine in machines:
        machine.step(86_400)
    assert all(machine.documents > earlier for machine, earlier in zip(machines, before, strict=True))


OFFICE = """
title = "t"
[[machines]]
name = "lam-1"
sheet = "laminator"
batches = { documents = [5, 10], every = [300, 600] }
chance = { per_hour = 60, lasts = [5, 20] }
[[machines.events]]
at = 100
every = 50
do = "raise"
fault = "cutter-jam"
seconds = 1
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A laminator with batches, chance and a repeated event."""
    (tmp_path / "office.toml").write_text(OFFICE)
    [place] = load_office(str(tmp_path / "office.toml"))
    return place


def test_chance_has_a_seed(place: Place) -> None:
    """The same seed gives the same hour, another one another; faults happen that no event asked for."""
    hours = [_watched([place.machine(seed)], 3600)[0] for seed in (1, 1, 2)]
    assert hours[0] == hours[1] != hours[2]
    faults = set().union(*(faults for _, faults, _ in hours[0]))
    assert len(faults - {"cutter-jam"}) >= 3


def test_batches_leave_pauses(place: Place) -> None:
    """Work that comes in batches is done, and between batches the machine has nothing to do."""
    hour = _watched([place.machine(3)], 3600)[0]
    activities = {activity for *_, activity in hour}
    assert {Activity.IDLE, Activity.WORKING, Activity.STOPPED} <= activities
    assert 30 <= hour[-1][0] <= 130


def test_an_event_repeats(place: Place) -> None:
    """The cutter jams at 100 s and every 50 s after that."""
    seen = _watched([place.machine(1)], 300)[0]
    starts = [second for second in range(1, 300) if "cutter-jam" in seen[second][1] - seen[second - 1][1]]
    assert {100, 150, 200, 250} <= set(starts)


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ('sheet = "laminator"', 'sheet = "oven"', "oven: no such machine sheet"),
        (
            'fault = "cutter-jam"',
            'fault = "jam"',
            "machines[1].events[1].do: laminator has no fault 'jam'; it has: power-up",
        ),
        ('do = "raise"', 'do = "hit"', "machines[1].events[1].do: 'hit' is not allowed; allowed: raise, clear"),
        ("every = 50", "every = 0.5", "every: must be 0 (once) or at least 1 seconds"),
        ("[5, 10]", "[10, 5]", "batches.documents: two numbers [least, most] are needed"),
        ("seconds = 1", "second = 1", "machines[1].events[1].second: no such key"),
        ('title = "t"', "", "title: is missing"),
    ],
)
def test_a_mistake_in_an_office_is_named(tmp_path: Path, right: str, wrong: str, complaint: str) -> None:
    """Before anything runs, with the place in the file."""
    assert right in OFFICE
    (tmp_path / "office.toml").write_text(OFFICE.replace(right, wrong))
    with pytest.raises(BadInput) as caught:
        load_office(str(tmp_path / "office.toml"))
    assert complaint in str(caught.value)


def test_names_are_unique(tmp_path: Path) -> None:
    """Two machines of one name could not be told apart in a command."""
    (tmp_path / "office.toml").write_text(OFFICE + '[[machines]]\nname = "lam-1"\nsheet = "laminator"\n')
    with pytest.raises(BadInput, match="two machines are named 'lam-1'"):
        load_office(str(tmp_path / "office.toml"))
