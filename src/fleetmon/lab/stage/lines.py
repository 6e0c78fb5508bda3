"""The lines between fleetmon and the simulated machines, and what is wrong with each at the moment.

The engines send through the lines, so putting a vice on one and taking it off again needs nothing of them. Who asks for
it may say for how long; that is counted in seconds of the office's own time, like everything that happens in an office.
Several vices may be on a line, each for as long as it was asked for.
"""

from collections.abc import Callable, Iterator, Mapping

from fleetmon.simulators.bad_line import BadLine, Vices, carriage_of
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.orders import near
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.vices import Vice

ALL = "all"


class Lines:
    """The lines to all machines; engines hold `vices`. `clock` tells the office's own time."""

    def __init__(self, machines: Mapping[str, Machine], clock: Callable[[], float], seed: int = 0) -> None:
        self.vices = {
            name: BadLine(name, carriage_of(machine.sheet), clock, seed) for name, machine in machines.items()
        }
        self._wished: dict[str, dict[Vice, tuple[Vices, float]]] = {name: {} for name in machines}

    @staticmethod
    def known() -> tuple[str, ...]:
        """The vices there are, by name."""
        return tuple(Vice)

    def spoil(self, machine: str, vices: Vices, until: float) -> None:
        """Put vices on a machine's line until a moment, beside those that are on it; none at all mends it.

        On `all` lines it befalls those that it can befall. Raises BadInput.
        """
        if machine != ALL and machine not in self.vices:
            raise BadInput(f"no machine is named {machine!r}; {near(machine, (*self.vices, ALL))}")
        for name in self.vices if machine == ALL else (machine,):
            here = vices.over(self.vices[name].carriage) if machine == ALL else vices
            added = {vice: (Vices({vice: numbers}), until) for vice, numbers in here.each.items()}
            self._set(name, {**self._wished[name], **added} if vices.each else {})

    def spoilt(self) -> Iterator[tuple[str, str]]:
        """The lines that are bad now, and with which vices."""
        for name, wished in self._wished.items():
            if wished:
                yield name, ", ".join(str(vices) for vices, _ in wished.values())

    def step(self, now: float) -> None:
        """Mend the lines whose time is over."""
        for name, wished in self._wished.items():
            if any(until <= now for _, until in wished.values()):
                self._set(name, {vice: wish for vice, wish in wished.items() if wish[1] > now})

    def _set(self, name: str, wished: dict[Vice, tuple[Vices, float]]) -> None:
        together = Vices()
        for vices, _ in wished.values():
            together |= vices
        self.vices[name].spoil(together)
        self._wished[name] = wished
