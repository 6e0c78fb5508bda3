"""The monitor in virtual time: it is told what was heard and that time passes, and its records outlive it.

A monitor says itself when it is to be looked at again, so virtual time jumps from one such moment to the next and to
the next poll, and nothing lies between. What would have been on the disk is kept here, so that a restart of the daemon
is another monitor made from the same records.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from fleetmon.model.alerts import Order, Subject, SubjectKind
from fleetmon.model.messages import Outcome
from fleetmon.model.plan import FleetPlan
from fleetmon.model.report import At, NoAnswer, Observation, Report
from fleetmon.model.stimuli import Elapsed, Work
from fleetmon.monitor import Monitor

_BOOT = "virtual"


@dataclass(frozen=True, slots=True)
class Told:
    """What became known at a moment; `now` is that moment in seconds since the start."""

    now: float
    at: At
    outcome: Outcome


class Watching:
    """A monitor of `plan` from `start` on, in seconds since 1970. `now` is seconds since then, on a clock that nobody
    sets; `set_clock` sets the other one."""

    def __init__(self, plan: FleetPlan, start: float) -> None:
        self._plan = plan
        self._start = start
        self._ahead = 0.0
        self._records: dict[str, dict[str, bytes]] = {}
        self.monitor = Monitor(plan, self._records)

    def at(self, now: float) -> At:
        """The moment as the daemon's clocks show it."""
        return At(self._start + now + self._ahead, now, _BOOT)

    def set_clock(self, seconds: float) -> None:
        """The wall clock jumps."""
        self._ahead += seconds

    def begin(self, now: float) -> Told:
        """The daemon starts."""
        self.monitor = Monitor(self._plan, self._records)
        return self._told(now, self.monitor.begin(self.at(now)))

    def end(self, now: float) -> Told:
        """The daemon ends in good order."""
        return self._told(now, self.monitor.end(self.at(now)))

    def hear(self, machine: str, source: str, heard: Report | NoAnswer, now: float) -> Told:
        """A poll ended."""
        return self._told(now, self.monitor.step(Observation(machine, source, self.at(now), heard=heard)))

    def work(self, line: str, waiting: int, valid_for_s: float, now: float) -> Told:
        """An issuing system says how many documents of a line wait."""
        scope = Subject(SubjectKind.LINE, line)
        return self._told(now, self.monitor.step(Work(scope, waiting, valid_for_s, self.at(now))))

    def order(self, order: Order, now: float) -> Told:
        """Somebody orders something; what is refused changes nothing."""
        return self._told(now, self.monitor.order(order, self.at(now)).outcome)

    def due(self) -> float:
        """When something will happen by itself."""
        due = self.monitor.due()
        return float("inf") if due is None else due

    def wait(self, now: float) -> Iterator[Told]:
        """Let time pass until `now`, and happen what happens by itself."""
        while (due := self.due()) <= now:
            yield self._told(due, self.monitor.step(Elapsed(self.at(due))))

    def _told(self, now: float, outcome: Outcome) -> Told:
        for record in outcome.records:
            kind = self._records.setdefault(record.kind, {})
            if record.body is None:
                kind.pop(record.id, None)
            else:
                kind[record.id] = record.body
        return Told(now, self.at(now), outcome)
