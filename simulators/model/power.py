"""Whether a machine is up: starting, warming up, awake or asleep, and since when.

What is heated is switched on with the machine and off when it sleeps or is unplugged, and the machine is ready for work
when the heat is. A machine without a heater warms up for as long as its sheet says.
"""

from fleetmon.simulators.model.heater import Heater, Trouble
from fleetmon.simulators.sheets.parts import Sheet

_NEVER = float("inf")


class Power:
    """Moments are in the machine's own time. `boots` counts how often it was switched on."""

    def __init__(self, sheet: Sheet, now: float) -> None:
        on_since = now - sheet.uptime
        self.on_since = on_since
        self.boots = 1
        self.asleep = False
        self._warm_up, self._boot_time, self._sleep_after = sheet.warm_up, sheet.boot_time, sheet.sleep_after
        self._warm_at = self._up_at = self._sleep_at = _NEVER
        self.heater = Heater(sheet.heater, on_since) if sheet.heater else None
        self._own = self.heater
        if self._own:
            self._own.switch(True, on_since)
            self._own.step(now)

    @property
    def starting(self) -> bool:
        """Nobody is there yet to answer."""
        return self._up_at != _NEVER

    @property
    def warming(self) -> bool:
        """It starts or warms up."""
        cold = self.heater is not None and self.heater.on and not self.heater.ready
        return cold or self._warm_at != _NEVER or self._up_at != _NEVER

    @property
    def ready(self) -> bool:
        """It is awake and warm."""
        awake = not self.asleep and self._warm_at == _NEVER and self._up_at == _NEVER
        return awake and (self.heater is None or self.heater.ready)

    def due(self) -> float:
        """When something will happen next by itself."""
        soonest = min(self._warm_at, self._up_at, self._sleep_at)
        return min(soonest, self._own.due()) if self._own else soonest

    def go_on(self, now: float) -> None:
        """What is due by now."""
        if self._own:
            self._own.step(now)
        if self._up_at <= now:
            self._up_at = _NEVER
            self._warm(now)
        if self._warm_at <= now:
            self._warm_at = _NEVER
        if self._sleep_at <= now:
            self.fall_asleep(now)

    def rest(self, now: float, idle: bool) -> None:
        """It falls asleep when it has been idle for long enough."""
        if not idle or not self._sleep_after:
            self._sleep_at = _NEVER
        elif self._sleep_at == _NEVER:
            self._sleep_at = now + self._sleep_after

    def fall_asleep(self, now: float) -> None:
        """It saves power from now on."""
        self._heat(False, now)
        self.asleep = True
        self._sleep_at = self._warm_at = _NEVER

    def wake(self, now: float) -> None:
        """It gets up and warms up."""
        if self.asleep:
            self.asleep = False
            self._warm(now)

    def cut(self, now: float) -> None:
        """It is unplugged."""
        self._heat(False, now)
        self.asleep = False
        self._warm_at = self._up_at = self._sleep_at = _NEVER

    def reboot(self, now: float) -> None:
        """Silence for a while, then small uptime."""
        self.cut(now)
        self.boots += 1
        self.on_since = now
        self._up_at = now + self._boot_time

    def sit_on(self, heater: Heater) -> None:
        """A controller looks after the heater of another machine, which switches it on and works with it."""
        self.heater, self._own = heater, None

    def cool(self, now: float) -> None:
        """A document took heat along."""
        if self._own:
            self._own.document(now)

    def suffer(self, who: str, troubles: frozenset[Trouble], now: float) -> None:
        """What `who` knows to be wrong with the heater, all of it."""
        if self.heater:
            self.heater.suffer(who, troubles, now)

    def _heat(self, on: bool, now: float) -> None:
        if self._own:
            self._own.switch(on, now)

    def _warm(self, now: float) -> None:
        self._heat(True, now)
        self._warm_at = now + self._warm_up if self._warm_up else _NEVER
