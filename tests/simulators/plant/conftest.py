"""A small office in a hurry, so that a few hours of it hold what a month of a real one does."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from fleetmon.simulators.model.commands import Happening
from fleetmon.simulators.plant import Plant, read_office
from fleetmon.simulators.reading import Table
from fleetmon.simulators.stories.office import OFFICES

SMALL: dict[str, object] = {
    "title": "Small office",
    "zone": "Asia/Karachi",
    "start": "2026-03-30 07:00",
    "crew": 1,
    "hours": [{"name": "usual", "shifts": ["08:00-12:00"], "breaks": [{"name": "prayer", "at": "10:00-10:20"}]}],
    "machines": [
        {"name": "prn-1", "sheet": "passport_printer", "seconds_per_document": 40, "serial": "SIM-1"},
        {"name": "prn-2", "sheet": "passport_printer", "seconds_per_document": 40, "serial": "SIM-2"},
        {"name": "lam-1", "sheet": "laminator", "seconds_per_document": 18, "serial": "SIM-3"},
    ],
    "desks": [{"name": "qc-1", "seconds_per_document": 15}],
    "lines": [{"name": "line-1", "stages": [["prn-1", "prn-2"], ["lam-1"], ["qc-1"]], "buffers": [5, 4]}],
    "stock": [{"sheet": "laminator", "store": "upper-film", "units": 1, "delivered": 1, "every_days": 0.1}],
    "parameters": {
        "pause_median": 200,
        "fault_per_1000": 25,
        "hang_per_1000": 4,
        "minor_per_1000": 20,
        "clean_every": 60,
        "hang_noticed": 900,
        "technician_comes": 1200,
        "technical_share": 0.2,
        "cover_forgotten": 0.2,
    },
}
CALM: dict[str, object] = {
    "batch_mean": 400,
    "pause_median": 10,
    "cycle_spread": 0,
    "fault_per_1000": 0,
    "hang_per_1000": 0,
    "minor_per_1000": 0,
    "clean_every": 1e9,
    "rejected": 0,
    "shift_jitter": 0,
    "break_jitter": 0,
}

_USED = {
    "passport_printer": ["cyan", "magenta", "yellow", "black", "waste-ink", "Magazine"],
    "laminator": ["upper-film", "lower-film", "hologram", "cleaning-roller"],
}


def _plenty(machine: dict[str, object]) -> dict[str, object]:
    stores = {store: {"capacity": 1e6, "start": 1e6} for store in _USED[str(machine["sheet"])]}
    return machine | {"stores": stores}


Build = Callable[..., Plant]


def build(seed: int = 0, happenings: Sequence[Happening] = (), **changes: object) -> Plant:
    """The small office with some keys of its file set anew."""
    table = Table(SMALL | changes, "small.toml")
    return Plant(read_office(table, OFFICES / "small.toml"), seed=seed, happenings=happenings)


@pytest.fixture
def small() -> Build:
    """`small(seed, happenings, **keys)`: the small office, in which much goes wrong."""
    return build


@pytest.fixture
def calm() -> Build:
    """The same office where nothing goes wrong by itself, nothing runs out, nothing varies and work never ends."""
    machines = SMALL["machines"]
    assert isinstance(machines, list)
    usual = {"parameters": CALM, "stock": [], "machines": [_plenty(machine) for machine in machines]}

    def calmly(seed: int = 0, happenings: Sequence[Happening] = (), **changes: object) -> Plant:
        return build(seed, happenings, **usual | changes)

    return calmly


@pytest.fixture
def offices(root: Path) -> Path:
    """The folder of shipped offices."""
    return root / "simulators" / "offices"
