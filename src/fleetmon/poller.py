"""One task per source: wait for the slot, converse, hand the observation over.

The only retry loop for machines. A link's failure becomes a NoAnswer and the next slot tries again, less often while
the silence lasts. A dialogue that raises anything else is a bug of that driver: this source alone is suspended for ten
minutes, the traceback is kept once, and every other machine goes on.
"""

import asyncio
import traceback
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

import structlog

from fleetmon import schedule
from fleetmon.clock import Clock
from fleetmon.decode.dialogue import Dialogue, Exchange
from fleetmon.decode.snmp import Met, Pace
from fleetmon.errors import LinkError
from fleetmon.links.base import Link
from fleetmon.model.plan import MachinePlan, SourcePlan
from fleetmon.model.report import At, NoAnswer, Observation, Report
from fleetmon.model.words import Silence

Result = TypeVar("Result")
Behaviour = Callable[[Met | None, Pace], Dialogue[Met]]

POLL_DEADLINE_S = 5.0
MEETING_DEADLINE_S = 30.0
EXCHANGES_KEPT = 20
STRANGER_AFTER_FAILURES = 3
_TEXT_KEPT = 256

log = structlog.get_logger("poller")


async def converse(dialogue: Dialogue[Result], link: Link, exchanges: deque[Exchange] | None = None) -> Result:
    """Drive a dialogue over a link to its result; a LinkError is raised into the dialogue, which may catch it."""
    try:
        request = next(dialogue)
        while True:
            try:
                reply = await link.ask(request)
            except LinkError as error:
                request = dialogue.throw(error)
                continue
            if exchanges is not None:
                exchanges.append(Exchange(request, reply))
            request = dialogue.send(reply)
    except StopIteration as end:
        result: Result = end.value
        return result


@dataclass(slots=True)
class SourcePoller:
    """Polls one source of one machine for ever; `hand_over` takes each observation."""

    machine: MachinePlan
    source: SourcePlan
    link: Link
    behave: Behaviour
    clock: Clock
    hand_over: Callable[[Observation], Awaitable[None]]
    met: Met | None = None
    failures: int = 0
    polled_at: At | None = None
    exchanges: deque[Exchange] = field(default_factory=lambda: deque(maxlen=EXCHANGES_KEPT))
    _slow_at: At | None = None
    _suspended: bool = False
    _last_bug: str | None = None

    @property
    def name(self) -> str:
        """The task's name, for whoever debugs the event loop."""
        return f"poll {self.machine.id}/{self.source.name}"

    async def run(self) -> None:
        """Poll until cancelled."""
        try:
            while True:
                await self._wait()
                await self.hand_over(await self.poll())
        finally:
            await self.link.close()

    async def poll(self) -> Observation:
        """One poll: a report, or why there is none."""
        heard = await self._heard()
        self.polled_at = self.clock.now()
        self.failures = 0 if isinstance(heard, Report) else self.failures + 1
        if self.failures >= STRANGER_AFTER_FAILURES:
            self.met = None  # another machine may answer next, with a counter and a serial number of its own
        return Observation(self.machine.id, self.source.name, self.polled_at, heard=heard)

    async def _wait(self) -> None:
        if self._suspended:
            await self.clock.sleep(schedule.SUSPENDED_S)
            self._suspended = False
        now = self.clock.now()
        interval_s = schedule.pace_s(self.source.interval_s, self.failures)
        phase_s = schedule.phase(f"{self.machine.id}/{self.source.name}", interval_s)
        due = schedule.next_due(now.mono, interval_s, phase_s)
        await self.clock.sleep_until(replace(now, mono=due, utc=now.utc + due - now.mono))

    async def _heard(self) -> Report | NoAnswer:
        now = self.clock.now()
        passed_s = None if self._slow_at is None else now.since(self._slow_at)
        slow = schedule.is_slow(passed_s, self.source.interval_s)
        deadline_s = MEETING_DEADLINE_S if self.met is None else POLL_DEADLINE_S
        try:
            async with asyncio.timeout(deadline_s):
                dialogue = self.behave(self.met, Pace.SLOW if slow else Pace.FAST)
                self.met = await converse(dialogue, self.link, self.exchanges)
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
        self.met, self._suspended, self._last_bug = None, True, words
        return NoAnswer(Silence.DRIVER_BUG, words)
