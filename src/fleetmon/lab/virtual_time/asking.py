"""The poller of virtual time: the same dialogues, the same slots, the same memory, and nobody waits for anything.

It keeps to what `poller.SourcePoller` does over a wire: fast and slow polls, less often in a long silence, and after
three failures a machine is met as a stranger. A machine that has not moved since it was read is not asked at all: it
repeats itself with a later clock, as the pulse would tell it. A driver's bug is not contained here: it is to be seen.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from fleetmon import schedule
from fleetmon.conversation import Behaviour, Met
from fleetmon.decode import snmp
from fleetmon.decode.snmp import Pace
from fleetmon.errors import LinkError
from fleetmon.lab.virtual_time.bridge import Partner, converse
from fleetmon.lab.virtual_time.limits import TooLong
from fleetmon.model.plan import MachinePlan, SourcePlan
from fleetmon.model.report import NoAnswer, Report
from fleetmon.poller import STRANGER_AFTER_FAILURES, TOLD_AGAIN_S


@dataclass(slots=True)
class VirtualPoller:
    """Polls one source of one machine whenever it is told to; `spared` of its `polls` nobody had to be asked for.

    `phase` is its place within an interval, as `schedule.phase`.
    """

    machine: MachinePlan
    source: SourcePlan
    behave: Behaviour
    partner: Partner
    phase: Callable[[str, float], float] = schedule.phase
    met: Met | None = None
    failures: int = 0
    polls: int = 0
    spared: int = 0
    _polled_s: float = 0.0
    _silent_since_s: float | None = None
    _slow_s: float | None = None
    _read_slow: int | None = None
    _read_fast: int | None = None
    _ticks: int | None = None
    _told_s: float = -TOLD_AGAIN_S
    _phases: dict[float, float] = field(default_factory=dict)

    def next_due(self, now_s: float, interval_s: float) -> float:
        """When to poll after `now_s` (of `At.mono`), if the machine is polled every `interval_s`."""
        silent_s = 0.0 if self._silent_since_s is None else self._polled_s - self._silent_since_s
        pace_s = schedule.pace_s(interval_s, silent_s)
        phase_s = self._phases.get(pace_s)
        if phase_s is None:
            phase_s = self._phases[pace_s] = self.phase(f"{self.machine.id}/{self.source.name}", pace_s)
        return schedule.next_due(now_s, pace_s, phase_s)

    def poll(self, now: float, interval_s: float, *, urgent: bool = False) -> Report | NoAnswer | None:
        """One poll at `now` of the partner's own clock; None if nothing is worth telling so soon. An urgent one looks
        everywhere, and is always told."""
        self.partner.at(now)
        self.polls += 1
        slow = urgent or schedule.is_slow(None if self._slow_s is None else now - self._slow_s, interval_s)
        again = self._again(slow)
        self._polled_s = now
        if again is not None and not urgent and now - self._told_s < TOLD_AGAIN_S:
            self._slow_s = now if slow else self._slow_s
            return None
        self._told_s = now
        heard = self._heard(slow) if again is None else _later(again.report, self._ticks)
        if isinstance(heard, Report):
            self.failures, self._silent_since_s = 0, None
            self._slow_s = now if slow else self._slow_s
        else:
            self.failures += 1
            self._silent_since_s = now if self._silent_since_s is None else self._silent_since_s
        if self.failures >= STRANGER_AFTER_FAILURES:
            self.met = None
        return heard

    def _again(self, slow: bool) -> Met | None:
        """What is known of a machine that can say nothing else than the last time."""
        changed, ticks = self.partner.changed, self.partner.ticks
        if self.met is None or self.failures or changed is None or ticks is None:
            return None
        if changed != (self._read_slow if slow else self._read_fast):
            return None
        self.spared += 1
        self._ticks = ticks
        return self.met

    def _heard(self, slow: bool) -> Report | NoAnswer:
        before = self.met
        if isinstance(before, snmp.Met) and self._ticks is not None:
            before, self._ticks = snmp.rested(before, self._ticks), None
        try:
            self.met = met = converse(self.behave(before, Pace.SLOW if slow else Pace.FAST), self.partner.ask)
        except LinkError as error:
            self.met = None if isinstance(error, TooLong) else self.met
            return NoAnswer(error.why, str(error))
        self._read_fast = self.partner.changed
        if slow or before is None:
            self._read_slow = self._read_fast
        return met.report


def _later(report: Report, ticks: int | None) -> Report:
    """The same, told by a machine whose clock now shows `ticks`."""
    return report if report.uptime_s is None or ticks is None else report.later(ticks / 100)
