"""The line to one machine and what is wrong with it at the moment; engines send through it, anybody may change it.

What is wished for is checked before anything is done, so that a misspelt word fails when a scenario is loaded or a
line is typed. Everything random comes from the line's seed, separately for each vice: one more of them does not change
what the others do.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from fleetmon.simulators.sheets.parts import Sheet

from .orders import near
from .reading import BadInput
from .vices import AT_THE_MACHINE, VICES, Carriage, Deliveries, Number, Occasion, Vice

OFF: Final = "off"


@dataclass(frozen=True, slots=True)
class Vices:
    """Vices with all their numbers, in the order in which they act; none is an honest line."""

    each: Mapping[Vice, Mapping[str, float]] = field(default_factory=dict)

    def __or__(self, others: "Vices") -> "Vices":
        """These and the others; of a vice that is in both, with the others' numbers."""
        both = {**self.each, **others.each}
        return Vices({vice: both[vice] for vice in Vice if vice in both})

    def over(self, carriage: Carriage) -> "Vices":
        """Those that can befall such a line."""
        return Vices({vice: numbers for vice, numbers in self.each.items() if carriage in VICES[vice].over})

    def fit(self, name: str, carriage: Carriage) -> None:
        """Raise BadInput if one of them cannot befall the line of the machine of that name."""
        for vice in self.each.keys() - self.over(carriage).each.keys():
            over = " and ".join(VICES[vice].over)
            raise BadInput(f"{vice} does not apply to {name}, which answers in {carriage}; it is for {over}")

    def __str__(self) -> str:
        """As read_vice reads them."""
        words = (
            " ".join((vice, *(f"{name}={number:g}" for name, number in numbers.items())))
            for vice, numbers in self.each.items()
        )
        return ", ".join(words) or OFF


def read_vice(words: str) -> Vices:
    """`loss share=0.05`, `slow seconds=4.9, mute`, `off` for none; what is not said is as usual.

    Raises BadInput naming what is allowed.
    """
    wished = read_words(words)
    if wished == [(OFF, {})]:
        return Vices()
    vices = Vices()
    for name, numbers in wished:
        vices |= vice_of(name, numbers)
    return vices


def read_words(words: str) -> list[tuple[str, dict[str, float]]]:
    """`loss share=0.05, mute` -> [("loss", {"share": 0.05}), ("mute", {})]; nothing is known here of what there is."""
    found: list[tuple[str, dict[str, float]]] = []
    for word in re.split(r"[\s,]+", words.strip()):
        name, equals, text = word.partition("=")
        if not equals:
            found.append((name, {}))
        elif not found:
            raise BadInput(f"{word!r}: a number belongs behind its vice, as in: loss share=0.05")
        else:
            found[-1][1][name] = _number(name, text)
    return found


def vice_of(word: str, numbers: Mapping[str, float]) -> Vices:
    """One vice with some of its numbers, the others as usual. Raises BadInput naming what is allowed."""
    if word in list(AT_THE_MACHINE):
        raise BadInput(f"{word} befalls the machine, not its line: it is an order, not a vice")
    if word == OFF:
        raise BadInput(f"{OFF} takes all vices from a line; it stands alone")
    if word not in list(Vice):
        raise BadInput(f"no vice is named {word!r}; {near(word, (*Vice, OFF))}")
    vice = Vice(word)
    known = {number.name: number for number in VICES[vice].numbers}
    for name, value in numbers.items():
        if name not in known:
            raise BadInput(f"{vice} has no number {name!r}; allowed: {', '.join(known) or 'none'}")
        _check(vice, known[name], value)
    return Vices({vice: {name: numbers.get(name, number.usual) for name, number in known.items()}})


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadInput(f"{name}: {text!r} is no number") from None


def _check(vice: Vice, number: Number, value: float) -> None:
    if not (math.isfinite(value) and number.least <= value <= number.most):
        raise BadInput(f"{vice}: {number.name} must be from {number.least:g} to {number.most:g}, it is {value:g}")


def carriage_of(sheet: Sheet) -> Carriage:
    """How a machine of this model answers."""
    return Carriage.DATAGRAMS if sheet.snmp is not None else Carriage.STREAM


class BadLine:
    """One machine's line. It is itself what engines take as a vice: called with deliveries, it gives what arrives."""

    def __init__(self, name: str, carriage: Carriage, clock: Callable[[], float], seed: int = 0) -> None:
        self.carriage = carriage
        self._name = name
        self._clock = clock
        self._seed = seed
        self._acting: dict[Vice, Occasion] = {}

    @property
    def vices(self) -> Vices:
        """What is wrong with it."""
        return Vices({vice: on.numbers for vice, on in self._acting.items()})

    def spoil(self, vices: Vices) -> None:
        """Let this be wrong with it, and nothing else; a vice that goes on with the same numbers is not begun anew.

        Raises BadInput, and changes nothing, for a vice that cannot befall such a line.
        """
        vices.fit(self._name, self.carriage)
        self._acting = {vice: self._occasion(vice, numbers) for vice, numbers in vices.each.items()}

    def _occasion(self, vice: Vice, numbers: Mapping[str, float]) -> Occasion:
        acting = self._acting.get(vice)
        if acting is not None and acting.numbers == numbers:
            return acting
        return Occasion(self.carriage, numbers, Random(f"{self._seed}/{self._name}/{vice}"), self._clock())

    def __call__(self, deliveries: Deliveries) -> Deliveries:
        """What arrives of these, and when."""
        if self._acting:
            now = self._clock()
            for vice, on in self._acting.items():
                on.now = now
                deliveries = VICES[vice].act(deliveries, on)
        return deliveries


def as_table() -> str:
    """All vices as the tables of the documentation: those of lines, and what befalls a machine itself."""
    lines = ["| vice | what it does | numbers | over |", "| --- | --- | --- | --- |"]
    for vice, kind in VICES.items():
        numbers = "; ".join(_described(number) for number in kind.numbers)
        lines.append(f"| `{vice}` | {kind.does} | {numbers} | {', '.join(kind.over)} |")
    lines += ["", "| at the machine itself | what it does |", "| --- | --- |"]
    return "\n".join([*lines, *_rows(AT_THE_MACHINE.items())]) + "\n"


def _described(number: Number) -> str:
    return f"`{number.name}={number.usual:g}` ({number.least:g}..{number.most:g}) {number.says}"


def _rows(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [f"| `{name}` | {does} |" for name, does in pairs]


if __name__ == "__main__":
    print(as_table(), end="")
