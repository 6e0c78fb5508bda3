"""An office in a test: machines that are polled in turn, what is true of each, and what people are told of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.assess.timeline import at

from fleetmon.assess.alerting.rules import RULES
from fleetmon.model.alerts import Alert, Condition
from fleetmon.model.messages import Event, Outcome
from fleetmon.model.orders import Acknowledge, Order
from fleetmon.model.plan import Calendar, FleetPlan, LinePlan, MachinePlan, SourcePlan
from fleetmon.model.report import At, Counter, Fault, NoAnswer, Observation, Report
from fleetmon.model.stimuli import Elapsed, Reload, Work
from fleetmon.model.words import MachineKind, Severity, Silence, State, Unit
from fleetmon.monitor import Monitor
from fleetmon.publish import contract

POLL_S = 5.0
ALWAYS = Calendar()
SETTLED_S = 2 * POLL_S + 5.0


def fault(reason: str, part: str | None = None, severity: Severity = Severity.ERROR) -> Fault:
    """A fault with a code of the vendor's that no text for people may show."""
    return Fault(reason, severity, ("QX7731",), part=part)


JAM, COVER = fault("media-jam"), fault("cover-open")
NO_MEDIA, NO_ROOM = fault("media-empty"), fault("output-area-full")
FILM_OUT, FILM_LOW = (
    fault("laminator-supply-empty", "film"),
    fault("laminator-supply-low", "film", Severity.WARNING),
)
TOO_HOT = fault("fuser-over-temp")


@dataclass
class Machine:
    """What is true of one machine; it makes a document every `pace_s` seconds unless it stops or is silent."""

    name: str
    faults: tuple[Fault, ...] = ()
    silent: Silence | None = None
    asleep: bool = False
    pace_s: float | None = 30.0
    made: float = 0.0
    state: State | None = None
    unit: Unit = Unit.IMPRESSIONS

    @property
    def says(self) -> State:
        if self.state is not None:
            return self.state
        if any(each.severity is Severity.ERROR for each in self.faults):
            return State.STOPPED
        return State.IDLE if self.pace_s is None or self.asleep else State.PROCESSING

    def passes(self, seconds: float) -> None:
        if self.pace_s is not None and self.says is State.PROCESSING and self.silent is None:
            self.made += seconds / self.pace_s

    def answer(self) -> Report | NoAnswer:
        if self.silent is not None:
            return NoAnswer(self.silent)
        counters = (Counter(1, int(self.made + 1e-9), self.unit),)
        return Report(state=self.says, faults=self.faults, asleep=self.asleep, counters=counters)


@dataclass(frozen=True)
class Told:
    """One event of an alert: when, what happened, whether people hear of it, and the alert as it then was."""

    second: float
    move: str
    tell: bool
    text: str
    alert: dict[str, Any]

    @property
    def key(self) -> str:
        return str(self.alert["key"])


@dataclass
class Office:
    """Polls every machine every 5 s, in the order of `order`, a tenth of a second apart; `line` are stages by name.

    `coming` is what happens at moments of the story, in order, also between two polls.
    """

    names: Sequence[str]
    line: Sequence[Sequence[str]] = ()
    calendar: Calendar = ALWAYS
    order: Sequence[str] = ()
    now: float = 0.0
    booted: float = 0.0
    boot: str = "boot-1"
    set_off: float = 0.0
    told: list[Told] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    coming: list[tuple[float, Callable[[], object]]] = field(default_factory=list)
    summaries: list[Event] = field(default_factory=list)
    records: dict[tuple[str, str], bytes] = field(default_factory=dict)
    machines: dict[str, Machine] = field(init=False)
    plan: FleetPlan = field(init=False)
    monitor: Monitor = field(init=False)

    def __post_init__(self) -> None:
        self.machines = {name: Machine(name) for name in self.names}
        plans = tuple(MachinePlan(name, _kind(name), (SourcePlan("main", "snmp://192.0.2.1"),)) for name in self.names)
        lines = (LinePlan("l1", tuple(map(tuple, self.line))),) if self.line else ()
        self.plan = FleetPlan("office", plans, lines, calendar=self.calendar)
        self.order = self.order or self.names
        self.starts()

    def at(self, second: float) -> At:
        """The moment `second` of the story, by a wall clock that may have been set."""
        moment = at(second, self.boot, self.booted)
        return replace(moment, utc=moment.utc + self.set_off)

    def starts(self, plan: FleetPlan | None = None) -> None:
        """A process begins with what was recorded."""
        found: dict[str, dict[str, bytes]] = {}
        for (kind, id_), body in self.records.items():
            found.setdefault(kind, {})[id_] = body
        self.plan = plan or self.plan
        self.monitor = Monitor(self.plan, found)
        self._keep(self.monitor.begin(self.at(self.now)))

    def reboots(self) -> None:
        """The computer starts anew, and the process with it."""
        self.boot, self.booted = f"boot-{self.now}", self.now
        self.starts()

    def reloads(self, plan: FleetPlan) -> None:
        """Other settings from now on."""
        self.catches_up()
        self.plan = plan
        self._keep(self.monitor.step(Reload(plan, self.at(self.now))))

    def works(self, work: Work) -> None:
        """The issuing system tells how much work waits."""
        self.catches_up()
        self._keep(self.monitor.step(work))

    def settings_are_refused(self, why: str) -> None:
        """Somebody saved settings that cannot be used."""
        self._keep(self.monitor.settings_read(why, self.at(self.now)))

    def until(self, second: float) -> "Office":
        """Poll on until `second` of the story, and do what comes due between polls."""
        while self.now < second:
            for number, name in enumerate(self.order):
                moment = self.now + number * 0.1
                while self.coming and self.coming[0][0] <= moment:
                    self.coming.pop(0)[1]()
                self._poll(self.machines[name], moment)
            self.now += POLL_S
            for machine in self.machines.values():
                machine.passes(POLL_S)
        return self

    def then(self, seconds: float) -> "Office":
        """Poll on for so many seconds."""
        return self.until(self.now + seconds)

    def orders(self, order: Order) -> str | None:
        """Somebody orders something; why it is refused."""
        self._comes_due(self.now)
        done = self.monitor.order(order, self.at(self.now))
        if isinstance(order, Acknowledge) and done.refused is None:
            self.acknowledged.add(order.id)
        self._keep(done.outcome)
        return done.refused

    def catches_up(self) -> None:
        """Whatever came due until now happens."""
        self._comes_due(self.now)

    def alert(self, key: str) -> Alert:
        """The alert of a key as it is now."""
        return next(each for each in self.monitor.production.alerts() if each.key == key)

    def announced(self) -> list[str]:
        """The keys of what people were told of for the first time, in order."""
        return [each.key for each in self.told if each.tell and each.move in ("raised", "announced")]

    def moves(self, key: str) -> list[str]:
        """What happened to the alerts of a key, in order."""
        return [each.move for each in self.told if each.key == key]

    def _poll(self, machine: Machine, second: float) -> None:
        self._comes_due(second)
        observation = Observation(machine.name, "main", self.at(second), heard=machine.answer())
        outcome = self._keep(self.monitor.step(observation))
        for name in outcome.ask:  # what the poller does when a second look is wanted
            again = self.machines.get(name)
            if again is not None:
                look = Observation(name, "main", self.at(second + 0.01), heard=again.answer())
                self._keep(self.monitor.step(look))

    def _comes_due(self, second: float) -> None:
        now, looks, last = self.at(second), 0, -1.0
        while (due := self.monitor.due()) is not None and due < now.mono:
            looks, last = looks + 1 if due <= last else 0, due
            assert looks < 10, "the monitor asks to be looked at again and again at one moment"
            early = now.mono - due
            self._keep(self.monitor.step(Elapsed(replace(now, utc=now.utc - early, mono=due))))

    def _keep(self, outcome: Outcome) -> Outcome:
        for event in outcome.events:
            if event.type == contract.ALERT:
                self.told.append(_told(event, event.at.mono + self.booted))
            elif event.type == contract.ALERTS_SUMMARY:
                self.summaries.append(event)
        for record in outcome.records:
            self.records.pop((record.kind, record.id), None)
            if record.body is not None:
                self.records[record.kind, record.id] = record.body
        return outcome


def _told(event: Event, second: float) -> Told:
    data: dict[str, Any] = event.data
    return Told(second, data["move"], data["tell"], data["text"], data["alert"])


def _kind(name: str) -> MachineKind:
    return MachineKind.LAMINATOR if name.startswith("lam") else MachineKind.PRINTER


def key(machine: str, condition: Condition, part: str | None = None) -> str:
    """The key of an alert of a machine."""
    return f"machine:{machine}:{condition}{f':{part}' if part else ''}"


def soon_enough(condition: Condition) -> float:
    """How many seconds after a fault began people know of it at the latest: its delay and one and a half polls."""
    return max(RULES[condition].raise_after_s, SETTLED_S) + 1.5 * POLL_S


def read(office: Office) -> None:
    """What holds for every stream of events of alerts. Raises AssertionError."""
    raised: dict[str, str] = {}
    revisions: dict[str, int] = {}
    active: dict[str, str] = {}
    for each in office.told:
        id_, alert = str(each.alert["id"]), each.alert
        if each.move == "raised":
            assert id_ not in raised, "an occurrence is raised once"
            assert active.get(each.key) is None, "one occurrence a key"
            assert alert["rev"] >= 1
        assert id_ in raised or each.move == "raised", f"{each.move} of what was never raised"
        raised[id_] = each.key
        active[each.key] = id_
        assert alert["rev"] >= revisions.get(id_, 0), "revisions only grow"
        revisions[id_] = alert["rev"]
        assert alert["acknowledged"] is None or id_ in office.acknowledged, "nobody acknowledged this occurrence"
        if alert["state"] == "closed":
            del active[each.key]
        assert each.text
        assert "QX7731" not in each.text, "a code is evidence and no word for people"


HOUR, DAY = 3600.0, 86_400.0
