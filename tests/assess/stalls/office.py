"""A line in a test: what its machines say and make, second by second, and which of them stall."""

from dataclasses import dataclass, field
from datetime import date

from tests.assess.timeline import at

from fleetmon.assess.activity import Doing
from fleetmon.assess.calendar import Hours
from fleetmon.assess.fleet import Produced, Snapshot, Source
from fleetmon.assess.stalls.silences import Silences
from fleetmon.model.alerts import Certainty, Subject, SubjectKind
from fleetmon.model.plan import FleetPlan, LinePlan, MachinePlan, SourcePlan, StallLimits
from fleetmon.model.report import Report
from fleetmon.model.stimuli import Work
from fleetmon.model.words import Activity, Contact, MachineKind, State, Unit

LINE = (("prn1", "prn2"), ("lam1",), ("qc1",))
SLOWEST_S = 600.0
SHIPPED = StallLimits()
DAY = date(2026, 6, 1)


@dataclass
class Office:
    """Looks at every machine every 10 s; `pace` is how often a machine makes a document, `says` its state."""

    limits: StallLimits = SHIPPED
    buffers: tuple[int, ...] = (20, 12)
    now: int = 0
    hours: Hours = Hours.WORK
    pace: dict[str, int] = field(default_factory=dict)
    says: dict[str, State] = field(default_factory=dict)
    jobs: dict[str, int] = field(default_factory=dict)
    contact: dict[str, Contact] = field(default_factory=dict)
    waits: set[str] = field(default_factory=set)
    found: list[tuple[int, str, Certainty]] = field(default_factory=list)
    stalling: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        names = [name for stage in LINE for name in stage]
        machines = tuple(
            MachinePlan(name, MachineKind.PRINTER, (SourcePlan("main", "snmp://192.0.2.1"),)) for name in names
        )
        line = LinePlan("l1", LINE, self.buffers)
        self.names = names
        self.silences = Silences(FleetPlan("office", machines, (line,), stall=self.limits))

    def queue(self, waiting: int, valid_for_s: float = 900.0) -> None:
        """The issuing system tells how much waits for the line."""
        self.silences.demand.told(Work(Subject(SubjectKind.LINE, "l1"), waiting, valid_for_s, at(self.now)))

    def made(self, name: str) -> None:
        """One document more is seen."""
        self.silences.made(name, 1, DAY, at(self.now))

    def then(self, seconds: int) -> "Office":
        """So much time passes."""
        for _ in range(seconds // 10):
            self.now += 10
            for name in self.names:
                if self.pace.get(name) and self.now % self.pace[name] == 0:
                    self.made(name)
                self._look(name)
        return self

    def snapshot(self, name: str) -> Snapshot:
        """What the machine says now."""
        state = self.says.get(name, State.PROCESSING if self.pace.get(name) else State.IDLE)
        contact = self.contact.get(name, Contact.LIVE)
        source = Source("main", Report(state=state, jobs=self.jobs.get(name)), at(self.now), contact)
        return Snapshot(name, (source,), (), Produced(5, 5, Unit.DOCUMENTS, "main", 1, at(0)))

    def _look(self, name: str) -> None:
        snapshot = self.snapshot(name)
        busy = snapshot.state is State.PROCESSING
        away = Activity.PLANNED_OFF if self.hours is not Hours.WORK else Activity.IDLE
        doing = Doing(Activity.PRODUCING if busy else away, at(0))
        self.silences.look(snapshot, doing, name in self.waits, False, self.hours, SLOWEST_S, at(self.now))
        stall = self.silences.stall(name)
        if stall is not None and name not in self.stalling:
            self.found.append((self.now, name, stall.certainty))
            self.stalling.add(name)
        if stall is None:
            self.stalling.discard(name)
