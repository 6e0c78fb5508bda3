"""What a scenario says of an office takes the place of what the office says itself."""

import tomllib

from fleetmon.simulators.stories.changes import laid_over
from hypothesis import given
from hypothesis import strategies as st

OFFICE = """
operators = 2
breaks = ["12:30", "15:30"]
[demand]
mean = 25
pause = 700
[[machines]]
name = "lam-1"
sheet = "laminator"
[[machines]]
name = "prn-1"
sheet = "passport_printer"
"""
TOML = st.recursive(
    st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
TABLES = st.dictionaries(st.text(max_size=3), TOML, max_size=4)


def test_tables_are_changed_key_by_key_and_machines_by_name() -> None:
    """What is not named stays; an entry of a known name is changed in its place, a new one comes last."""
    changes = """
    breaks = []
    demand.pause = 100
    [[machines]]
    name = "prn-1"
    seconds_per_document = 20
    [[machines]]
    name = "prn-2"
    sheet = "passport_printer"
    """
    changed = laid_over(tomllib.loads(OFFICE), tomllib.loads(changes))
    assert changed == {
        "operators": 2,
        "breaks": [],
        "demand": {"mean": 25, "pause": 100},
        "machines": [
            {"name": "lam-1", "sheet": "laminator"},
            {"name": "prn-1", "sheet": "passport_printer", "seconds_per_document": 20},
            {"name": "prn-2", "sheet": "passport_printer"},
        ],
    }


@given(TABLES)
def test_nothing_changes_nothing(table: dict[str, object]) -> None:
    """No changes give the same table; a table laid over nothing is itself."""
    assert laid_over(table, {}) == table == laid_over({}, table)


@given(TABLES, TABLES)
def test_what_is_laid_over_is_there_and_a_second_time_changes_nothing(
    below: dict[str, object], above: dict[str, object]
) -> None:
    """Every key of the changes is in the outcome, every other key is untouched, and neither input is."""
    once = laid_over(below, above)
    assert set(once) == set(below) | set(above)
    assert all(once[key] == below[key] for key in set(below) - set(above))
    assert laid_over(once, above) == once
