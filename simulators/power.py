"""Whether a machine is up: starting, warming up, awake or asleep, and since when."""

from .parts import Sheet

_NEVER = float("inf")


class Power:
    """Moments are in the machine's own time. `boots` counts how often it was switched on."""

    def __init__(self, sheet: Sheet, on_since: float) -> None:
        self.on_since = on_since
        self.boots = 1
        self.asleep = False
        self._warm_up, self._boot_time, self._sleep_after = sheet.warm_up, sheet.boot_time, sheet.sleep_after
        self._warm_at = self._up_at = self._sleep_at = _NEVER

    @property
    def starting(self) -> bool:
        """Nobody is there yet to answer."""
        return self._up_at != _NEVER

    @property
    def warming(self) -> bool:
        """It starts or warms up."""
        return self._warm_at != _NEVER or self._up_at != _NEVER

    @property
    def ready(self) -> bool:
        """It is awake and warm."""
        return not self.asleep and self._warm_at == _NEVER and self._up_at == _NEVER

    def due(self) -> float:
        """When something will happen next by itself."""
        return min(self._warm_at, self._up_at, self._sleep_at)

    def go_on(self, now: float) -> None:
        """What is due by now."""
        if self._up_at <= now:
            self._up_at = _NEVER
            self._warm(now)
        if self._warm_at <= now:
            self._warm_at = _NEVER
        if self._sleep_at <= now:
            self.fall_asleep()

    def rest(self, now: float, idle: bool) -> None:
        """It falls asleep when it has been idle for long enough."""
        if not idle or not self._sleep_after:
            self._sleep_at = _NEVER
        elif self._sleep_at == _NEVER:
            self._sleep_at = now + self._sleep_after

    def fall_asleep(self) -> None:
        """It saves power from now on."""
        self.asleep = True
        self._sleep_at = self._warm_at = _NEVER

    def wake(self, now: float) -> None:
        """It gets up and warms up."""
        if self.asleep:
            self.asleep = False
            self._warm(now)

    def cut(self) -> None:
        """It is unplugged."""
        self.asleep = False
        self._warm_at = self._up_at = self._sleep_at = _NEVER

    def reboot(self, now: float) -> None:
        """Silence for a while, then small uptime."""
        self.cut()
        self.boots += 1
        self.on_since = now
        self._up_at = now + self._boot_time

    def _warm(self, now: float) -> None:
        self._warm_at = now + self._warm_up if self._warm_up else _NEVER
