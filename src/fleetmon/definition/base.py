"""What every driver says of itself, whatever line its machines are on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from fleetmon.definition.meanings import Meaning
from fleetmon.definition.words import Maturity, Pattern, Strict, Whole, Word
from fleetmon.model.words import MachineKind


class Maker(Strict):
    """One manufacturer: its enterprise numbers, and the brands it answers under where several share a number."""

    name: str
    enterprises: tuple[Whole, ...] = ()
    sysdescr: Pattern | None = None


class Definition(Strict):
    """One driver: what it is. What to read and what the answers mean is said by the kinds of definitions."""

    name: Word
    title: Annotated[str, Field(min_length=1, max_length=80)]
    kind: MachineKind
    maturity: Maturity
    link: str

    def mapped(self) -> "Iterator[Mapped]":
        """Every vendor code that has a meaning, in the order of the definition."""
        yield from ()

    @property
    def codes(self) -> int:
        """How many vendor codes this definition gives a meaning."""
        return sum(1 for _ in self.mapped())


@dataclass(frozen=True, slots=True)
class Mapped:
    """One vendor code: as it appears in a fault's `codes`, the rule that names it, where it was read, its meaning."""

    code: str
    rule: str
    place: str
    meaning: Meaning
