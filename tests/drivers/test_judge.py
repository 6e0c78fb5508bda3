"""Who judges the judge: a comparison that cannot fail proves nothing."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest

from fleetmon.links.walk_file import open_walk

from . import judge, mib_again
from .hearing import Json, met_now, published
from .test_captures import FOLDER, PRINTERS, expectations

# What the expectation says nothing about: the conversation itself, and what follows from the rest by rule.
SILENT = "as_of_seq contact driver headline kind machine observed_at sources valid_for_s".split()
SILENT_KEYS = "class extension firmware since".split()
# The fragment of a DesignJet lacks severity, group and actor, and was taken at its words; its state follows from them.
VAGUE = "fragment_hp-designjet-z5200ps_alerts.snmprec"

OUT_OF_NOTHING = {"percent": 50.0, "level": 0, "capacity": 100, "uptime_s": 0.0, "produced": {"total": 0, "unit": None}}


def leaves(value: Json, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    """Every leaf with the keys that lead to it."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if pairs is None:
        yield path, value
    else:
        for key, inner in pairs:
            yield from leaves(inner, (*path, key))


def tampered(told: Json, path: tuple[str | int, ...], value: Json) -> Json:
    """A copy in which one leaf says something else."""
    other = inner = deepcopy(told)
    for key in path[:-1]:
        inner = inner[key]
    if isinstance(value, bool):
        inner[path[-1]] = not value
    elif value is None:
        inner[path[-1]] = OUT_OF_NOTHING.get(str(path[-1]), "a lie")
    else:
        inner[path[-1]] = "a lie" if isinstance(value, str) else value + 1
    return other


@pytest.mark.usefixtures("captures")
@pytest.mark.parametrize("name", [name for name in PRINTERS if name != VAGUE])
def test_any_single_lie_is_noticed(name: str) -> None:
    """Each published leaf that the expectation speaks of is changed in turn: some fact then disagrees."""
    path, entry = Path(FOLDER / "visible" / name), expectations()[name]
    told = published(met_now(open_walk(path)).report)
    said = mib_again.recorded(path.read_text("latin-1"))
    for keys, value in leaves(told):
        if keys[0] in SILENT or keys[-1] in SILENT_KEYS:
            continue
        other = tampered(told, keys, value)
        assert judge.invented(entry, other) or not all(fact.agrees for fact in judge.facts(entry, other, said)), keys


@pytest.mark.usefixtures("captures")
@pytest.mark.parametrize("name", PRINTERS)
@pytest.mark.parametrize("key", ["faults", "notices", "supplies", "inputs", "console"])
def test_whatever_is_left_out_is_noticed(name: str, key: str) -> None:
    """Each published fault, notice, supply, input and line is taken away in turn."""
    path, entry = Path(FOLDER / "visible" / name), expectations()[name]
    told = published(met_now(open_walk(path)).report)
    for at in range(len(told[key])):
        other = {**told, key: told[key][:at] + told[key][at + 1 :]}
        assert not all(fact.agrees for fact in judge.facts(entry, other, "")), told[key][at]
