"""Machines as a poller meets them: links that answer, hang, garble and come back, and a driver that asks one thing."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from fleetmon.conversation import Behaviour
from fleetmon.decode.dialogue import Dialogue, Get, Reply, Request, Varbind
from fleetmon.decode.objects import Said
from fleetmon.decode.snmp import Met, Pace
from fleetmon.definition import SnmpDefinition
from fleetmon.model.plan import MachinePlan, SourcePlan
from fleetmon.model.report import Observation, Report
from fleetmon.model.words import MachineKind, State
from fleetmon.poller import SourcePoller

from .virtual import EPOCH, VirtualClock

UPTIME = (1, 3, 6, 1, 2, 1, 1, 3, 0)
REPLY: Reply = (Varbind(UPTIME, 0x43, 100),)
DEFINITION = SnmpDefinition(name="acme", title="Acme", kind=MachineKind.PRINTER, maturity="experimental", link="snmp")

Answer = Reply | Exception | float


@dataclass
class FakeLink:
    """Answers as `behave` says for each second of the story: a reply, an error, or how long it hangs before one."""

    behave: Callable[[float], Answer] = lambda second: REPLY
    asked: list[float] = field(default_factory=list)
    closed: int = 0

    async def ask(self, request: Request) -> Reply:
        assert not self.closed, "asked after it was closed"
        loop = asyncio.get_running_loop()
        self.asked.append(loop.time())
        answer = self.behave(loop.time())
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            return REPLY
        return answer

    async def close(self) -> None:
        self.closed += 1


def met(report: Report) -> Met:
    """What a dialogue returns."""
    return Met(definition=DEFINITION, device=None, said=Said({}), fast=(UPTIME,), slow=(), report=report)


@dataclass
class Driver:
    """A behaviour that asks `requests` times and reports idle; notes what each poll was told to be."""

    requests: int = 1
    polls: list[tuple[float, bool, Pace]] = field(default_factory=list)
    bug: Callable[[float], Exception | None] = lambda second: None

    def behave(self, known: Met | None, pace: Pace) -> Dialogue[Met]:
        """One poll; `bug` may raise in the midst of it."""
        now = asyncio.get_running_loop().time()
        self.polls.append((now, known is not None, pace))
        for _ in range(self.requests):
            yield Get((UPTIME,))
        if (bug := self.bug(now)) is not None:
            raise bug
        return met(Report(state=State.IDLE))


def poller(
    link: FakeLink,
    behave: Behaviour | None = None,
    interval_s: float = 5.0,
    machine: str = "m1",
    heard: list[Observation] | None = None,
) -> SourcePoller:
    """A poller of one source; its observations are appended to `heard`."""
    source = SourcePlan("main", "snmp://192.0.2.1", driver="acme", interval_s=interval_s)
    plan = MachinePlan(machine, MachineKind.PRINTER, (source,))
    kept = [] if heard is None else heard

    async def hand_over(observation: Observation) -> None:
        kept.append(observation)

    return SourcePoller(plan, source, link, behave or Driver().behave, VirtualClock(), hand_over)


async def for_seconds(seconds: float, *pollers: SourcePoller) -> None:
    """Let pollers run that long, then cancel them."""
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(each.run()) for each in pollers]
        await asyncio.sleep(seconds)
        for task in running:
            task.cancel()


def second(observation: Observation) -> float:
    """When it was observed, in seconds of the story."""
    return observation.at.utc - EPOCH
