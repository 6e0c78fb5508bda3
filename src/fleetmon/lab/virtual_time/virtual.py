"""An office and its monitor in virtual time: a month in a minute, with every answer decoded as on the wire.

Nothing waits here. Time goes from one moment to the next at which something is due: a poll, a word that the monitor
wants to say by itself, a trouble of the daemon's. The plant is moved by whoever asks one of its machines, as on the
wire, so that looking changes nothing. The office's own clock and the daemon's monotonic one are the same.
"""

from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from heapq import heapify, heapreplace
from random import Random
from typing import Final

from fleetmon import schedule
from fleetmon.catalog import Catalog
from fleetmon.conversation import Behaviour
from fleetmon.definition import LineDefinition, ModbusDefinition
from fleetmon.lab.virtual_time.asking import VirtualPoller
from fleetmon.lab.virtual_time.bridge import Partner, Simulated
from fleetmon.lab.virtual_time.desk import Desk
from fleetmon.lab.virtual_time.issuing import BELIEVED_S, Issuing
from fleetmon.lab.virtual_time.lines import SpokenTo, voice_of
from fleetmon.lab.virtual_time.moment import Moment
from fleetmon.lab.virtual_time.site_plan import OFF_SHIFT_S, USUAL_PACE, USUAL_STALL, Pace, plan_of
from fleetmon.lab.virtual_time.spoiling import Spoilt
from fleetmon.lab.virtual_time.watching import Told, Watching
from fleetmon.model.messages import Outcome
from fleetmon.model.plan import MachinePlan, SourcePlan, StallLimits
from fleetmon.simulators.plant import Plant
from fleetmon.simulators.plant.calendar import HOLIDAY, OFF_SHIFT
from fleetmon.simulators.stories.scenario import DaemonHappening, LinkHappening, Scenario, Trouble
from fleetmon.sources import Manner, deadlines, line_behaviour

_NEVER: Final = float("inf")
_NOTHING: Final = Outcome()


class Turns(StrEnum):
    """In which order machines are asked. Spread over the interval, as the daemon does; or all at the same moments, in
    the order of the plan, in the reverse of it, or in another order every time: nothing that is told may hang on it.
    """

    SPREAD = "spread"
    TOGETHER = "together"
    REVERSED = "reversed"
    SHUFFLED = "shuffled"


class VirtualSite:
    """A plant watched by fleetmon; machines that no shipped driver understands are not watched.

    `scenario` is asked for troubles of links and daemon, and for maintenance, which its people announce: whatever else
    happens in the office is the plant's already. With `people`, somebody at work acknowledges what is told; with
    `issuing`, an issuing system says how much work waits for each line. `stall` is as in the settings.
    """

    def __init__(
        self,
        plant: Plant,
        drivers: Catalog,
        scenario: Scenario | None = None,
        *,
        seed: int = 0,
        pace: Pace = USUAL_PACE,
        turns: Turns = Turns.SPREAD,
        people: bool = False,
        issuing: bool = False,
        stall: StallLimits = USUAL_STALL,
    ) -> None:
        self.plant = plant
        self.plan = plan_of(plant, pace, drivers=drivers, stall=stall)
        self._drivers = drivers
        self._links: tuple[LinkHappening, ...] = scenario.links if scenario else ()
        self._troubles = sorted(scenario.daemon if scenario else (), key=lambda each: each.at)
        self._seed = seed
        self._pace = pace
        self._desk = Desk(plant, scenario.happenings if scenario else (), acknowledges=people)
        self._issuing = Issuing(plant, {line.id for line in self.plan.lines}) if issuing else None
        self._watching = Watching(self.plan, plant.calendar.utc(0.0).timestamp())
        self._clock = Moment()
        self._partners = {machine.id: self._partner(machine) for machine in self.plan.machines}
        self._pollers: list[VirtualPoller] = []
        self._slots: list[tuple[float, float, int]] = []
        self._urgent: set[int] = set()
        self._turns = turns
        self._dice = Random(f"{seed}/turns")
        self._down_until = _NEVER
        self._cut_until = 0.0
        self._now = 0.0
        self._usual_s = pace.in_shift_s
        self._hours_until = 0.0
        self.polls = self.spared = 0

    def run(self, until: float) -> Iterator[Told]:
        """From the start until so many seconds after it: whatever the monitor tells, in order."""
        yield from self._start(0.0)
        while (now := self._next()) <= until:
            self._now = now
            while self._troubles and self._troubles[0].at <= now:
                yield from self._suffer(self._troubles.pop(0), now)
            if self._down_until <= now:
                yield from self._start(now)
            while self._slots and self._slots[0][0] <= now:
                yield from self._heard(self._poll(self._slots[0][2], now))
            if self._slots and self._watching.due() <= now:
                yield from self._heard(self._watching.wait(now))
            yield from self._issued(now)
            while self._slots and (order := self._desk.wish(now)) is not None:
                yield self._watching.order(order, now)
        self._now = until
        self.plant.step(until)

    def _next(self) -> float:
        """When something is due next."""
        trouble = self._troubles[0].at if self._troubles else _NEVER
        if not self._slots:  # the daemon is down
            return min(trouble, self._down_until)
        issues = self._issuing.due() if self._issuing else _NEVER
        return min(self._slots[0][0], self._watching.due(), self._desk.due(), issues, trouble)

    def _heard(self, told: Iterable[Told]) -> Iterator[Told]:
        """What is told is read at the desk, too; machines that are worth a second look are asked at once."""
        for each in told:
            self._desk.read(each)
            self._hasten(each.outcome.ask, each.now)
            yield each

    def _issued(self, now: float) -> Iterator[Told]:
        """The issuing system speaks; nobody hears it while the daemon is down."""
        if self._slots and self._issuing and self._issuing.due() <= now:
            for line, waiting in self._issuing.words(now):
                yield from self._heard([self._watching.work(line, waiting, BELIEVED_S, now)])

    def _hasten(self, machines: Collection[str], now: float) -> None:
        if machines:
            hastened = {number for number, each in enumerate(self._pollers) if each.machine.id in machines}
            self._urgent |= hastened
            soon = max(now, self._now) + schedule.SLOT_S
            self._slots = [(min(d, soon) if n in hastened else d, turn, n) for d, turn, n in self._slots]
            heapify(self._slots)

    def _poll(self, number: int, now: float) -> Iterator[Told]:
        """What a poll brings that is worth telling."""
        poller = self._pollers[number]
        self._clock.mono = now
        interval_s = self._interval_s(now)
        spared = poller.spared
        heard = poller.poll(now, interval_s, urgent=number in self._urgent)
        self._urgent.discard(number)
        self.polls += 1
        self.spared += poller.spared - spared
        heapreplace(self._slots, (poller.next_due(now, interval_s), self._turn(number), number))
        if heard is None:
            return
        told = self._watching.hear(poller.machine.id, poller.source.name, heard, now)
        if told.outcome != _NOTHING:
            yield told

    def _turn(self, number: int) -> float:
        """Who of those that are due together comes first: the least."""
        match self._turns:
            case Turns.REVERSED:
                return -number
            case Turns.SHUFFLED:
                return self._dice.random()
            case _:
                return number

    def _interval_s(self, now: float) -> float:
        """As often as the hours of this moment ask for; they are looked up every minute, for orders may change them."""
        if now >= self._hours_until:
            away, until = self.plant.calendar.at(now)
            self._usual_s = self._pace.off_shift_s if away in (OFF_SHIFT, HOLIDAY) else self._pace.in_shift_s
            self._hours_until = min(until, now + OFF_SHIFT_S)
        return self._usual_s

    def _start(self, now: float) -> Iterator[Told]:
        """The daemon starts: nobody has been met, and the records are all that is left."""
        self._down_until = _NEVER
        phase = schedule.phase if self._turns is Turns.SPREAD else _no_phase
        self._pollers = [
            VirtualPoller(machine, source, self._behaviour(source), self._partners[machine.id], phase)
            for machine in self.plan.machines
            for source in machine.sources
        ]
        interval_s = self._interval_s(now)
        dues = [poller.next_due(now, interval_s) for poller in self._pollers]
        self._slots = [(due, self._turn(number), number) for number, due in enumerate(dues)]
        heapify(self._slots)
        yield self._watching.begin(now)

    def _suffer(self, trouble: DaemonHappening, now: float) -> Iterator[Told]:
        match trouble.trouble:
            case Trouble.RESTART:
                yield self._watching.end(now)
                self._slots, self._down_until = [], now + trouble.seconds
            case Trouble.CLOCK_JUMP:
                self._watching.set_clock(trouble.seconds)
            case Trouble.SITE_NETWORK_LOST:
                self._cut_until = now + trouble.seconds

    def _behaviour(self, source: SourcePlan) -> Behaviour:
        definition = self._definition(source)
        if definition is None:
            return Manner(self._drivers, source)
        return line_behaviour(definition, source, self._clock)

    def _definition(self, source: SourcePlan) -> LineDefinition | ModbusDefinition | None:
        """The driver of a machine on a line of bytes."""
        found = self._drivers.driver(source.driver).definition if source.driver else None
        return found if isinstance(found, LineDefinition | ModbusDefinition) else None

    def _partner(self, plan: MachinePlan) -> Partner:
        machine, source = self.plant.machines[plan.id], plan.sources[0]
        if definition := self._definition(source):
            follows = {place.name: place.follows for place in self.plant.office.places}
            speaker = voice_of(machine, self.plant.machines.get(follows.get(plan.id, "")))
            return SpokenTo(
                machine,
                speaker,
                self._links,
                self._is_cut,
                seed=self._seed,
                lasts_s=poll_lasts_s(definition, source),
                keeps=definition.line.connect == "keep",
            )
        found = Simulated(machine)
        if not self._links and not any(each.trouble is Trouble.SITE_NETWORK_LOST for each in self._troubles):
            return found
        return Spoilt(found, plan.id, self._links, self._is_cut, self._seed)

    def _is_cut(self) -> bool:
        """Whether the network of the site is gone."""
        return self._now < self._cut_until


def _no_phase(key: str, interval_s: float) -> float:
    return 0.0


def poll_lasts_s(definition: LineDefinition | ModbusDefinition, source: SourcePlan) -> float:
    """How long a poll of such a machine may take."""
    return deadlines(definition, source).poll_s
