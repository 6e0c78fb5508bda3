"""The lines between fleetmon and the simulated machines, and what is wrong with each at the moment.

The engines look a line's vice up whenever they send something, so putting one in and taking it out again is a change of
one table. Who asks for it may say for how long; that is counted in seconds of the office's own time, like everything
that happens in an office.
"""

from collections.abc import Iterable, Mapping

from fleetmon.simulators.orders import near
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.wires.delivery import Vice

ALL = "all"
OFF = "off"


class Lines:
    """The vices of all lines. Engines hold `vices`, which changes while they run."""

    def __init__(self, machines: Iterable[str], seed: int = 0) -> None:
        self.vices: dict[str, Vice] = {}
        self.named: dict[str, str] = {}
        self._machines = tuple(machines)
        self._seed = seed
        self._until: dict[str, float] = {}

    @staticmethod
    def known() -> tuple[str, ...]:
        """The vices there are, by name."""
        return ()

    def spoil(self, machine: str, vice: str, numbers: Mapping[str, float], until: float) -> None:
        """Put a vice on a machine's line, or on all of them, until a moment; `off` takes it out. Raises BadInput."""
        if machine != ALL and machine not in self._machines:
            raise BadInput(f"no machine is named {machine!r}; {near(machine, (*self._machines, ALL))}")
        if vice != OFF and vice not in self.known():
            raise BadInput(f"no vice is named {vice!r}; {near(vice, (*self.known(), OFF))}")
        for name in self._machines if machine == ALL else (machine,):
            self._mend(name)
            if vice != OFF:
                self._until[name] = until

    def step(self, now: float) -> None:
        """Mend the lines whose time is over."""
        for machine, until in list(self._until.items()):
            if until <= now:
                self._mend(machine)

    def _mend(self, machine: str) -> None:
        self.vices.pop(machine, None)
        self.named.pop(machine, None)
        self._until.pop(machine, None)
