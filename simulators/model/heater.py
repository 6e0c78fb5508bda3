"""The heated rollers of a laminator and the controller that holds them, exact in time.

A first-order body: it approaches what its surroundings and the heating power would bring it to, with one time constant.
The controller gives full power below its proportional band, none above it, and in between so much that the set point is
held; in each of the three the temperature is one exponential, known in closed form from where it began. So nothing is
integrated: a new curve begins only when something happens (a limit is crossed, a document takes heat, the reference has
drifted), and looking in between, however often, changes not a digit.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import exp, log

from fleetmon.simulators.reading import BadInput, Table

NEVER = float("inf")
_DRIFT_EVERY = 600.0


class Trouble(StrEnum):
    """What can be wrong: the thermocouple broken, the controller unable to read it, the element burnt out, its relay
    stuck closed, control stopped."""

    SENSOR_OPEN = "sensor-open"
    UNREADABLE = "unreadable"
    BURNOUT = "burnout"
    RUNAWAY = "runaway"
    STOPPED = "stopped"


class Heat(StrEnum):
    """How it stands: switched off, below what it needs, good to work, hotter than is allowed."""

    OFF = "off"
    COLD = "cold"
    READY = "ready"
    HOT = "hot"


@dataclass(frozen=True, slots=True)
class HeaterParts:
    """Temperatures in °C, times in seconds, differences in kelvin.

    `rise` is how far above `ambient` full power would bring it in the end; `band` is the controller's proportional
    band. Within `ready` of the set point it is good to work, and it stays so until twice as far below; `over` above is
    too hot. Each document takes `load`. What the controller holds drifts by `drift` an hour since power-on, at most by
    `drift_most`. `amps` is what the element draws.
    """

    set_point: float
    ambient: float
    rise: float
    time_constant: float
    band: float
    ready: float
    over: float
    load: float
    drift: float
    drift_most: float
    amps: float


def trouble_named(name: str) -> Trouble:
    """The trouble a fault brings about with `says = { heater = "burnout" }`. Raises BadInput."""
    try:
        return Trouble(name)
    except ValueError:
        raise BadInput(f"{name!r} is no trouble of a heater; there are: {', '.join(Trouble)}") from None


def read_heater(table: Table) -> HeaterParts:
    """`[heater]` of a device sheet. Raises BadInput."""
    parts = HeaterParts(
        set_point=table.number("set_point"),
        ambient=table.number("ambient", 22),
        rise=table.number("rise", least=1),
        time_constant=table.number("time_constant", least=1),
        band=table.number("band", least=0.1),
        ready=table.number("ready", least=0.1),
        over=table.number("over", least=0.1),
        load=table.number("load", 0),
        drift=table.number("drift", 0, least=-100),
        drift_most=table.number("drift_most", 0),
        amps=table.number("amps", 0),
    )
    if not parts.ambient < parts.set_point < parts.ambient + parts.rise:
        raise table.bad("set_point", f"must be between the ambient {parts.ambient:g} and what full power can reach")
    if parts.over <= parts.ready:
        raise table.bad("over", f"must be above ready, which is {parts.ready:g}")
    table.done()
    return parts


class Heater:
    """A heater, switched off and cold at `now`. Moments are seconds on the machine's own clock.

    `disturbed` is called when something went wrong with it or was put right: its next moment is another one now.
    """

    def __init__(self, parts: HeaterParts, now: float = 0.0) -> None:
        self.parts = parts
        self.heat = Heat.OFF
        self.disturbed: Callable[[], None] = lambda: None
        self._troubles: dict[str, frozenset[Trouble]] = {}
        self._on_since = NEVER
        self._drifts = 0
        self._begin(now, parts.ambient)

    # -- what can be seen of it

    @property
    def on(self) -> bool:
        return self._on_since != NEVER

    @property
    def ready(self) -> bool:
        """Whether it is good to work with."""
        return self.heat is Heat.READY

    @property
    def troubles(self) -> frozenset[Trouble]:
        """Everything that is wrong with it, whoever said so."""
        return frozenset().union(*self._troubles.values())

    def temperature(self, now: float) -> float:
        """Degrees Celsius at `now`, which must not lie before the last event."""
        return self._target + (self._from - self._target) * exp((self._at - now) / self._tau)

    def output(self, now: float) -> float:
        """What the controller asks for, 0 to 1 of full power, whether or not the element obeys."""
        if not self.on or self.troubles - {Trouble.BURNOUT, Trouble.RUNAWAY}:
            return 0.0
        return min(1.0, max(0.0, self._hold + (self._reference - self.temperature(now)) / self.parts.band))

    def amps(self, now: float) -> float:
        """The current the element draws while its relay is closed."""
        troubles = self.troubles
        closed = Trouble.RUNAWAY in troubles or self.output(now) > 0
        return self.parts.amps if closed and Trouble.BURNOUT not in troubles else 0.0

    # -- what happens to it

    def due(self) -> float:
        """The next moment at which something changes by itself; NEVER if nothing will."""
        return min(self._cross_at, self._drift_at)

    def step(self, now: float) -> None:
        """Let everything happen that is due up to `now`; a `now` in the past changes nothing."""
        while (due := self.due()) <= now:
            crossed = due == self._cross_at
            here = self._cross if crossed else self.temperature(due)
            self._drifts += due == self._drift_at
            self._begin(due, here)

    def switch(self, on: bool, now: float) -> None:
        """Switch it on or off; no change if it is so already."""
        self.step(now)
        if on != self.on:
            self._on_since = now if on else NEVER
            self._drifts = 0
            self._begin(now, self.temperature(now))

    def document(self, now: float) -> None:
        """A document went through and took its heat along."""
        self.step(now)
        if self.parts.load:
            self._begin(now, max(self.parts.ambient, self.temperature(now) - self.parts.load))

    def suffer(self, who: str, troubles: Iterable[Trouble], now: float) -> None:
        """These and no other troubles stand from now on, as far as `who` brought them about."""
        self.step(now)
        before, self._troubles[who] = self.troubles, frozenset(troubles)
        if self.troubles != before:
            self._begin(now, self.temperature(now))
            self.disturbed()

    # -- the physics

    @property
    def _hold(self) -> float:
        """The share of full power that holds the set point."""
        return (self.parts.set_point - self.parts.ambient) / self.parts.rise

    @property
    def _reference(self) -> float:
        """What the controller holds: the set point, and how far it has drifted by now."""
        parts = self.parts
        drifted = parts.drift * self._drifts * _DRIFT_EVERY / 3600
        return parts.set_point + min(parts.drift_most, max(-parts.drift_most, drifted))

    def _begin(self, now: float, here: float) -> None:
        """A new curve: at `now` it is `here` degrees."""
        self._at, self._from = now, here
        self._target, self._tau = self._curve(here)
        self._judge(here)
        self._cross, self._cross_at = self._next_crossing()
        drifted = abs(self._reference - self.parts.set_point)
        drifts = self.on and self.parts.drift != 0 and drifted < self.parts.drift_most
        self._drift_at = self._on_since + (self._drifts + 1) * _DRIFT_EVERY if drifts else NEVER

    def _curve(self, here: float) -> tuple[float, float]:
        """(where it is heading, how fast) while nothing happens and no limit is crossed."""
        parts, troubles = self.parts, self.troubles
        cold, full = parts.ambient, parts.ambient + parts.rise
        if Trouble.BURNOUT in troubles or not self.on:
            return cold, parts.time_constant
        if Trouble.RUNAWAY in troubles:
            return full, parts.time_constant
        if troubles:
            return cold, parts.time_constant
        bottom, top = self._limits()
        # on a limit the side it is moving to decides; the power is the same on both
        if here < bottom or (here == bottom and full <= here):
            return full, parts.time_constant
        if here > top or (here == top and cold >= here):
            return cold, parts.time_constant
        gain = parts.rise / parts.band
        return (parts.set_point + gain * self._reference) / (1 + gain), parts.time_constant / (1 + gain)

    def _limits(self) -> tuple[float, float]:
        """Below the first the controller gives full power, above the second none."""
        return self._reference - (1 - self._hold) * self.parts.band, self._reference + self._hold * self.parts.band

    def _judge(self, here: float) -> None:
        parts = self.parts
        if not self.on:
            self.heat = Heat.OFF
        elif here >= parts.set_point + parts.over:
            self.heat = Heat.HOT
        elif here <= parts.set_point - 2 * parts.ready:
            self.heat = Heat.COLD
        elif here < parts.set_point - parts.ready:
            self.heat = Heat.COLD if self.heat is Heat.OFF else self.heat
        elif self.heat is not Heat.HOT or here <= parts.set_point + parts.ready:
            self.heat = Heat.READY

    def _next_crossing(self) -> tuple[float, float]:
        """The nearest temperature on the way at which something changes, and when it is reached."""
        point, parts = self.parts.set_point, self.parts
        marks = (*self._limits(), point - 2 * parts.ready, point - parts.ready, point + parts.ready, point + parts.over)
        low, high = sorted((self._from, self._target))
        ahead = [mark for mark in marks if low < mark < high]
        if not ahead:
            return self._from, NEVER
        nearest = min(ahead, key=lambda mark: abs(mark - self._from))
        return nearest, self._at + self._tau * log((self._from - self._target) / (nearest - self._target))
