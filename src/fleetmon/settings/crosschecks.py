"""What no table can know by itself: ids that are given twice, names that nothing answers to.

These checks read the raw values, not the validated models, so that one mistake elsewhere in the file does not hide
them: an engineer gets the whole list at once.
"""

from collections.abc import Iterator
from typing import Any

from fleetmon.toml_lines import Path
from fleetmon.toml_problems import Locate, Problem, did_you_mean, problem

EACH = None
Pattern = tuple[str | None, ...]


def crosschecks(data: dict[str, Any], locate: Locate) -> list[Problem]:
    """The faults between tables; `data` is the merged, unvalidated file."""
    return [
        *_given_twice(data, ("machine", EACH, "id"), locate),
        *_given_twice(data, ("line", EACH, "id"), locate),
        *_machines_of_lines(data, locate),
        *_profiles(data, locate),
    ]


def words(data: object, pattern: Pattern, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text that stands where the pattern says; EACH stands for any element of a list, or of a table."""
    if not pattern:
        if isinstance(data, str):
            yield path, data
        return
    step, *rest = pattern
    if isinstance(data, list) and step is EACH:
        below: list[tuple[str | int, object]] = list(enumerate(data))
    elif isinstance(data, dict):
        below = [(key, value) for key, value in data.items() if step in {key, EACH}]
    else:
        return
    for key, value in below:
        yield from words(value, tuple(rest), (*path, key))


def _given_twice(data: dict[str, Any], pattern: Pattern, locate: Locate) -> Iterator[Problem]:
    first: dict[str, Path] = {}
    for path, word in words(data, pattern):
        if word in first:
            file, line = locate(first[word])
            yield problem(locate, path, f'"{word[:64]}" is given twice; first at {file}:{line}')
        first.setdefault(word, path)


def _machines_of_lines(data: dict[str, Any], locate: Locate) -> Iterator[Problem]:
    known = [word for _, word in words(data, ("machine", EACH, "id"))]
    seen: dict[str, Path] = {}
    for path, word in words(data, ("line", EACH, "stages", EACH, EACH)):
        if word not in known:
            yield problem(locate, path, f'no machine has the id "{word[:64]}"{did_you_mean(word[:64], known)}')
        elif word in seen:
            file, line = locate(seen[word])
            yield problem(locate, path, f'machine "{word[:64]}" already stands in a line, at {file}:{line}')
        seen.setdefault(word, path)


def _profiles(data: dict[str, Any], locate: Locate) -> Iterator[Problem]:
    snmp = data.get("snmp")
    profiles = snmp.get("profile") if isinstance(snmp, dict) else None
    known = list(profiles) if isinstance(profiles, dict) else []
    used = [
        *words(data, ("machine", EACH, "source", "profile")),
        *words(data, ("machine", EACH, "source", EACH, "profile")),
    ]
    for path, word in used:
        if word not in known:
            hint = did_you_mean(word[:64], known) or f"; add [snmp.profile.{word[:48]}]"
            yield problem(locate, path, f'there is no profile "{word[:64]}"{hint}')
