"""Troubles with one cause are one incident, for which one alert should be told.

One cause is: the same reason on the same machine, though it comes and goes (but a roll that ends after another was
threaded is another); all machines that fall silent together, since they share a switch or a fuse; a controller and the
machine it sits on. Who starves or is blocked because of one of these belongs to the incident, too: whoever tells of him
tells of the symptom.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from fleetmon.lab.evaluate.facts import Facts, Kind, Span, Trouble, Wait

COMES_AND_GOES_S: Final = 600.0  # the same again within ten minutes is the same trouble
REFILLED_S: Final = 60.0  # but a roll that ends after another was threaded is another
TOGETHER_S: Final = 90.0
_MANY: Final = 3
_A_WAIT_LATER_S: Final = 60.0  # a wait may outlast its cause until the next document has come through
_SILENCE: Final = (Kind.OFF, Kind.CONTACT)


@dataclass(frozen=True, slots=True)
class Incident:
    """Its troubles, by beginning, and the waits that come of them; `together`: many machines fell silent at once."""

    troubles: tuple[Trouble, ...]
    waits: tuple[Wait, ...]
    together: bool = False

    @property
    def machines(self) -> frozenset[str]:
        """Where the cause lies."""
        return frozenset(each.machine for each in self.troubles)

    @property
    def kind(self) -> Kind:
        """Of the first that the machine tells of, if it tells of any."""
        return next((each.kind for each in self.troubles if each.kind is not Kind.SILENT), self.troubles[0].kind)

    @property
    def span(self) -> Span:
        """From the first beginning to the last end."""
        return Span(self.troubles[0].begins, max(each.ends for each in self.troubles))


def incidents(facts: Facts) -> tuple[Incident, ...]:
    """All incidents of a run, by beginning."""
    groups: list[list[Trouble]] = []
    for trouble in sorted(facts.troubles, key=_order):
        group = next((each for each in reversed(groups) if _goes_on(each, trouble, facts)), None)
        if group is None:
            groups.append([trouble])
        else:
            group.append(trouble)
    together = _together(groups, facts)
    waits = _attributed(groups, facts.waits)
    return tuple(
        Incident(tuple(group), tuple(waits.get(number, ())), number in together) for number, group in enumerate(groups)
    )


def _order(trouble: Trouble) -> tuple[float, str, float, str, str, list[str]]:
    """By beginning; no two different troubles are equal."""
    said = sorted(trouble.conditions)
    return trouble.begins, trouble.machine, trouble.ends, trouble.kind, trouble.reason, list(map(str, said))


def _goes_on(group: Sequence[Trouble], trouble: Trouble, facts: Facts) -> bool:
    """Whether a trouble is the same as those before it, or shares their cause."""
    return any(_is_one(each, trouble, facts) for each in group)


def _is_one(earlier: Trouble, later: Trouble, facts: Facts) -> bool:
    if earlier.machine == later.machine:
        pause_s = REFILLED_S if later.kind is Kind.SUPPLY else COMES_AND_GOES_S
        again = later.begins <= earlier.ends + pause_s
        silence = earlier.kind in _SILENCE and later.kind in _SILENCE
        return again and (silence or (earlier.reason == later.reason and earlier.kind is later.kind))
    if _sits(earlier, later, facts) and Kind.SILENT in (earlier.kind, later.kind):
        return later.begins <= earlier.ends and earlier.reason == later.reason
    return False


def _sits(one: Trouble, other: Trouble, facts: Facts) -> bool:
    return facts.sits_on.get(one.machine) == other.machine or facts.sits_on.get(other.machine) == one.machine


def _together(groups: list[list[Trouble]], facts: Facts) -> set[int]:
    """Make one of what fell silent together; the numbers of the groups that arose so."""
    found: set[int] = set()
    silent = [each for each in groups if each[0].kind in _SILENCE]
    while silent:
        first = silent.pop(0)
        others = [each for each in silent if each[0].begins - first[0].begins <= TOGETHER_S]
        machines = {each[0].machine for each in (first, *others)}
        if len(machines) < max(_MANY, -(-len(facts.machines) // 2)):
            continue
        for other in others:
            first += other
            groups.remove(other)
            silent.remove(other)
        first.sort(key=_order)
        found.add(id(first))
    return {number for number, group in enumerate(groups) if id(group) in found}


def _attributed(groups: Sequence[Sequence[Trouble]], waits: Iterable[Wait]) -> dict[int, list[Wait]]:
    """Each wait with the trouble of its cause that began last before it ended."""
    found: dict[int, list[Wait]] = {}
    for wait in waits:
        causes = [
            (trouble.begins, number)
            for number, group in enumerate(groups)
            for trouble in group
            if trouble.machine in wait.causes and trouble.meets(wait.begins, wait.ends, _A_WAIT_LATER_S)
        ]
        if causes:
            found.setdefault(max(causes)[1], []).append(wait)
    return found
