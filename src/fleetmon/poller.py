"""One task per source: wait for the slot, converse, hand the observation over.

The only retry loop for machines. A link's failure becomes a NoAnswer and the next slot tries again, less often while
the silence lasts. A dialogue that raises anything else is a bug of that driver: this source alone is suspended for ten
minutes, the traceback is kept once, and every other machine goes on.

Somebody who knows better (the machine itself, by a trap) may hasten a poll. Such a poll looks everywhere a fault can
be, and leaves the slots of the others as they are.

As long as a machine only repeats itself, the pulse asks it in this poller's place and slots, and tells of it here; the
poller takes over as soon as anything is otherwise.

Where several machines share a line, a poll waits for its turn first. The wait is not the machine's silence: the poll's
deadline begins with the turn. But it is lateness, so that a line with too many machines can be seen.
"""

import asyncio
import math
import traceback
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field

import structlog

from fleetmon import schedule
from fleetmon.clock import Clock, Nap
from fleetmon.conversation import AnyLink, Behaviour, Met, converse
from fleetmon.decode import snmp
from fleetmon.decode.dialogue import Answer, Ask, Request
from fleetmon.decode.kept import Kept
from fleetmon.decode.snmp import Pace
from fleetmon.errors import LinkError
from fleetmon.links.base import Sharing
from fleetmon.links.pulse import Pulse, Script, Scripted
from fleetmon.model.plan import MachinePlan, SourcePlan
from fleetmon.model.report import At, NoAnswer, Observation, Report
from fleetmon.model.words import Silence

POLL_DEADLINE_S = 5.0
MEETING_DEADLINE_S = 30.0
EXCHANGES_KEPT = 20
STRANGER_AFTER_FAILURES = 3
_TEXT_KEPT = 256
_OCTETS_KEPT = 4096
_REST_S = 60.0
# How often it is told of a machine at rest that it was heard: a line is thought silent after a minute without a word,
# and no view is told anew for it.
TOLD_AGAIN_S = 15.0

log = structlog.get_logger("poller")


@dataclass(frozen=True, slots=True)
class Deadlines:
    """For a whole poll of a machine that is known, and for the first one, which asks everything."""

    poll_s: float = POLL_DEADLINE_S
    meeting_s: float = MEETING_DEADLINE_S


@dataclass(slots=True)
class SourcePoller:
    """Polls one source of one machine for ever; `hand_over` takes each observation, but `hear_again` those that `pulse`
    makes, where there is one.

    `due_s` is the moment (`At.mono`) for which the last or the next poll is set, `late_s` how much later one began at
    worst so far. `done_by` is when, on the event loop's own clock, the waiting or the polling that goes on must have
    ended; infinite while others hold it up.
    """

    machine: MachinePlan
    source: SourcePlan
    link: AnyLink
    behave: Behaviour
    clock: Clock
    hand_over: Callable[[Observation], Awaitable[None]]
    hear_again: Callable[[Observation], None] | None = None
    pulse: Pulse | None = None
    deadlines: Deadlines = Deadlines()
    met: Met | None = None
    failures: int = 0
    polled_at: At | None = None
    due_s: float = 0.0
    late_s: float = 0.0
    done_by: float = math.inf
    exchanges: Kept = field(default_factory=lambda: Kept(EXCHANGES_KEPT))
    _nap: Nap = field(init=False)
    _turn: Callable[[], AbstractAsyncContextManager[None]] = field(init=False)
    _silent_since: At | None = None
    _slow_at: At | None = None
    _hastened: bool = False
    _hastened_s: float = -math.inf
    _suspended: bool = False
    _last_bug: str | None = None
    _scripts: dict[Pace, Script] = field(default_factory=dict)
    _pace: Pace = Pace.FAST
    _phase_s: float = 0.0
    _every_s: float = 0.0
    _told_at: At | None = None
    _stirred: bool = False

    def __post_init__(self) -> None:
        self._nap = Nap(self.clock)
        self._turn = self.link.turn if isinstance(self.link, Sharing) else nullcontext

    @property
    def name(self) -> str:
        """The task's name, for whoever debugs the event loop."""
        return f"poll {self.machine.id}/{self.source.name}"

    async def run(self) -> None:
        """Poll until cancelled."""
        try:
            while True:
                urgent = await self._wait()
                await self.hand_over(await self.poll(urgent))
        finally:
            await self.link.close()

    def hasten(self) -> None:
        """Poll at once, or right after the poll that goes on; but only once a second, then when the second is over.

        What was suspended for a bug stays so.
        """
        if not (self._hastened or self._suspended):
            self._hastened = True
            self._nap.end()

    async def poll(self, urgent: bool = False) -> Observation:
        """One poll: a report, or why there is none. An urgent one sees every fault there is."""
        self.done_by = math.inf
        async with self._turn():
            if self._turn is not nullcontext and self.due_s:
                self.late_s = max(self.late_s, self.clock.now().mono - self.due_s)
            heard = await self._heard(urgent)
        self.done_by = math.inf
        self.polled_at = self.clock.now()
        if isinstance(heard, Report):
            self.failures, self._silent_since = 0, None
        else:
            self._scripts.clear()
            self.failures, self._silent_since = self.failures + 1, self._silent_since or self.polled_at
        if self.failures >= STRANGER_AFTER_FAILURES:
            self.met = None  # another machine may answer next, with a counter and a serial number of its own
        return Observation(self.machine.id, self.source.name, self.polled_at, heard=heard)

    def script(self, now_s: float) -> Script | None:
        """As a Sleeper: what the pulse is to ask in this slot."""
        self.late_s = max(self.late_s, now_s - self.due_s)
        self.done_by = asyncio.get_running_loop().time() + POLL_DEADLINE_S
        passed_s = None if self._slow_at is None else now_s - self._slow_at.mono
        self._pace = Pace.SLOW if schedule.is_slow(passed_s, self.source.interval_s) else Pace.FAST
        script = self._scripts.get(self._pace)
        if script is None:
            self.stirred()
        return script

    def repeated(self, ticks: int, at: At) -> float:
        """As a Sleeper: the machine said the same again."""
        self.polled_at = at
        if self._pace is Pace.SLOW:
            self._slow_at = at
        if self._told_at is None or at.mono - self._told_at.mono >= TOLD_AGAIN_S:
            self._tell_again(ticks, at)
        self.due_s += self._every_s
        if self.due_s <= at.mono:
            self.due_s = schedule.next_due(at.mono, self.source.interval_s, self._phase_s)
        self.done_by = asyncio.get_running_loop().time() + (self.due_s - at.mono) / self.clock.rate
        return self.due_s

    def _tell_again(self, ticks: int, at: At) -> None:
        self._told_at = at
        if self.met is not None and self.hear_again is not None:
            report = self.met.report
            again = report if report.uptime_s is None else report.later(ticks / 100)
            self.hear_again(Observation(self.machine.id, self.source.name, at, heard=again))

    def stirred(self) -> None:
        """As a Sleeper: it did not."""
        self._stirred = True
        self._nap.end()

    async def _rest(self) -> bool:
        """Let the pulse ask as long as it may; whether it found something that is otherwise."""
        if self.pulse is None or self.met is None or Pace.FAST not in self._scripts:
            return False
        now_s = self.clock.now().mono
        self.due_s, self._stirred = self._slot(now_s), False
        self._phase_s = schedule.phase(f"{self.machine.id}/{self.source.name}", self.source.interval_s)
        self._every_s = schedule.next_due(self.due_s, self.source.interval_s, self._phase_s) - self.due_s
        self._told_at = self.polled_at
        self.done_by = asyncio.get_running_loop().time() + (self.due_s - now_s) / self.clock.rate
        watch = self.pulse.watch(self, self.due_s, round((self.met.report.uptime_s or 0.0) * 100))
        try:
            while not self._stirred:
                await self._nap.sleep(_REST_S)
                if self._hastened:
                    watch.leave()
        finally:
            watch.end()
        if isinstance(self.met, snmp.Met):
            self.met = snmp.rested(self.met, watch.ticks)
        return not self._hastened

    def _learn(self, before: Met | None, met: Met, pace: Pace) -> None:
        """Keep the conversation as a script, if it would go the same way again."""
        if self.pulse is None or not isinstance(self.link, Scripted):
            return
        script = self.link.script()
        if before is None or not met.still or met.report.counters is not before.report.counters:
            self._scripts.clear()
        if met.still and script is not None:
            self._scripts[pace] = script

    async def _wait(self) -> bool:
        """Until the next slot, or until hastened; whether it was."""
        if not self._hastened and await self._rest():
            return False
        now_s = self.clock.now().mono
        slot_s = self._slot(now_s)
        while (left_s := self._due(slot_s, now_s) - now_s) > 0:
            self.done_by = asyncio.get_running_loop().time() + left_s / self.clock.rate
            await self._nap.sleep(left_s)
            now_s = self.clock.now().mono
        self.late_s = max(self.late_s, now_s - self.due_s)
        urgent, self._hastened, self._suspended = self._hastened, False, False
        if urgent:
            self._hastened_s = now_s
        return urgent

    def _slot(self, now_s: float) -> float:
        silent_s = self.polled_at.since(self._silent_since) if self.polled_at and self._silent_since else 0.0
        interval_s = schedule.pace_s(self.source.interval_s, silent_s)
        phase_s = schedule.phase(f"{self.machine.id}/{self.source.name}", interval_s)
        return schedule.next_due(now_s + schedule.SUSPENDED_S * self._suspended, interval_s, phase_s)

    def _due(self, slot_s: float, now_s: float) -> float:
        earliest_s = max(now_s, self._hastened_s + schedule.HASTENED_EVERY_S)
        self.due_s = min(slot_s, earliest_s) if self._hastened else slot_s
        return self.due_s

    async def _heard(self, urgent: bool) -> Report | NoAnswer:
        now = self.clock.now()
        passed_s = None if self._slow_at is None else now.since(self._slow_at)
        slow = urgent or schedule.is_slow(passed_s, self.source.interval_s)
        before, pace = self.met, Pace.SLOW if slow else Pace.FAST
        deadline_s = self.deadlines.meeting_s if before is None else self.deadlines.poll_s
        try:
            async with asyncio.timeout(deadline_s) as limit:
                self.done_by = limit.when() or math.inf
                if isinstance(self.link, Scripted):
                    self.link.begin()
                self.met = await converse(self.behave(before, pace), self.link, self.exchanges.keep, self._missed)
                self._learn(before, self.met, pace)
        except LinkError as error:
            return NoAnswer(error.why, str(error))
        except TimeoutError:
            self.met = None  # whatever was too long for a poll is given the time of a first meeting
            return NoAnswer(Silence.TIMEOUT, f"no complete answer within {deadline_s:g} s")
        except Exception as bug:  # noqa: BLE001 - the one place where a driver's bug is contained
            return self._suspend(bug)
        if slow:
            self._slow_at = now
        return self.met.report

    def _missed(self, request: Request | Ask, error: LinkError) -> None:
        """What came on a line although it was no answer tells more than the good answer before it."""
        if isinstance(request, Ask):
            self.exchanges.keep(request, Answer(error.came[:_OCTETS_KEPT], ()))

    def _suspend(self, bug: Exception) -> NoAnswer:
        """A driver's bug must not cost more than its own machine, nor repeat its traceback every ten minutes."""
        words = f"{type(bug).__name__}: {bug}"[:_TEXT_KEPT]
        log.error(
            "driver suspended",
            machine=self.machine.id,
            source=self.source.name,
            driver=self.met.definition.name if self.met else self.source.driver,
            retry_after_s=schedule.SUSPENDED_S,
            bug=words,
            traceback=None if words == self._last_bug else "".join(traceback.format_exception(bug)),
        )
        self.met, self._suspended, self._hastened, self._last_bug = None, True, False, words
        return NoAnswer(Silence.DRIVER_BUG, words)
