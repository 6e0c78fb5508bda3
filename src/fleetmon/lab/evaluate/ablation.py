"""What each sign of waiting work is worth: the same runs with one of them not believed, and with one alone.

A sign that can be taken away without harm is not needed; one that is harmless only beside others is not to be trusted
alone. The plant knows nothing of it: all runs have the same fate, whatever the monitor believes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fleetmon.lab.evaluate.figures import Figures
from fleetmon.model.words import WorkSign
from fleetmon.simulators.model.commands import Do
from fleetmon.simulators.stories.scenario import load_scenario, shipped

_STANDS: Final = (Do.HANG, Do.STALL)
_EVERY: Final = frozenset(WorkSign)
HEAD: Final = (
    "| signs believed | false alarms in a machine-month | missed | delay, median | 90 of 100 within | false notices |\n"
    "| --- | --- | --- | --- | --- | --- |"
)


@dataclass(frozen=True, slots=True)
class Variant:
    """Some of the signs, and what to call them."""

    name: str
    signs: frozenset[WorkSign]


def variants() -> Iterator[Variant]:
    """All signs; all but one, for each; each alone."""
    yield Variant("all", _EVERY)
    for sign in WorkSign:
        yield Variant(f"without {sign}", _EVERY - {sign})
    for sign in WorkSign:
        yield Variant(f"{sign} alone", frozenset({sign}))


def with_stalls() -> list[str]:
    """The shipped scenarios in which machines are made to stand without a word."""
    return [
        name
        for name in shipped()
        if any(happening.command.do in _STANDS for happening in load_scenario(name).happenings)
    ]


def row(variant: Variant, found: Figures) -> str:
    """A row of the table, in Markdown."""
    stalls = found.stalls
    missed = "-" if stalls.missed.value is None else f"{stalls.missed.value:.0%} of {stalls.due}"
    cells = (
        variant.name,
        f"{found.false_alarms.value or 0:.2f} ({found.false_alarms.low:.2f} .. {found.false_alarms.high:.2f})",
        missed,
        _minutes(stalls.median.value),
        _minutes(stalls.p90.value),
        str(found.false_notices),
    )
    return f"| {' | '.join(cells)} |"


def _minutes(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds / 60:.1f} min"
