"""How tests tell a story: moments in seconds, and one machine that is heard at them."""

from dataclasses import dataclass, field, replace

from fleetmon.assess import fleet
from fleetmon.assess.fleet import Snapshot
from fleetmon.model.plan import CounterChoice, MachinePlan, SourcePlan
from fleetmon.model.report import At, Counter, Fault, Identity, NoAnswer, Observation, Report
from fleetmon.model.words import MachineKind, Severity, Silence, State, Unit

EPOCH = 1_780_000_000.0

JAM = Fault("media-jam", Severity.ERROR, ("8",))
COVER = Fault("cover-open", Severity.ERROR, ("3",))
FILM_LOW = Fault("laminator-supply-low", Severity.WARNING, ("31201",), part="laminate-upper")

IDLE = Report(state=State.IDLE)
BUSY = Report(state=State.PROCESSING)
JAMMED = Report(state=State.STOPPED, faults=(JAM,))


def at(second: float, boot: str = "boot-1", booted: float = 0.0) -> At:
    """The moment `second` of the story; `booted` is when this boot of the computer began."""
    return At(EPOCH + second, second - booted, boot)


def sources(*names: str) -> tuple[SourcePlan, ...]:
    """Sources of these names, each polled every 5 s."""
    return tuple(SourcePlan(name, f"snmp://192.0.2.{number}") for number, name in enumerate(names, start=1))


PRINTER = MachinePlan("prn1", MachineKind.PRINTER, sources("main"))
LAMINATOR = MachinePlan("lam1", MachineKind.LAMINATOR, sources("heater", "tower"))


def counting(
    machine: MachinePlan, source: str, marker: int | None = None, per_document: int | None = None
) -> MachinePlan:
    """The machine with settings that name the counter of one of its sources."""
    choice = CounterChoice(marker, per_document)
    return replace(
        machine, sources=tuple(replace(s, counter=choice) if s.name == source else s for s in machine.sources)
    )


def count(
    total: int,
    serial: str | None = None,
    uptime_s: float | None = None,
    marker: int = 1,
    unit: Unit | None = Unit.IMPRESSIONS,
) -> Report:
    """A report of a working machine that tells its life count."""
    counters = (Counter(marker, total, unit),)
    return Report(state=State.PROCESSING, counters=counters, identity=Identity(serial=serial), uptime_s=uptime_s)


@dataclass
class Machine:
    """One machine, as `fleet.hear` knows it."""

    plan: MachinePlan = PRINTER
    known: Snapshot = field(init=False)

    def __post_init__(self) -> None:
        self.known = fleet.awaited(self.plan)

    def says(self, second: float, report: Report, source: str | None = None) -> Snapshot:
        """At `second` a source answers."""
        return self._hear(second, report, source)

    def keeps_silent(
        self, second: float, why: Silence = Silence.TIMEOUT, text: str = "", source: str | None = None
    ) -> Snapshot:
        """At `second` a source is asked in vain."""
        return self._hear(second, NoAnswer(why, text), source)

    def resumes(self, plan: MachinePlan | None = None) -> Snapshot:
        """The daemon starts again, perhaps with other settings."""
        self.plan = plan or self.plan
        self.known = fleet.resumed(self.known, self.plan)
        return self.known

    def _hear(self, second: float, heard: Report | NoAnswer, source: str | None) -> Snapshot:
        name = source or self.plan.sources[0].name
        self.known = fleet.hear(self.known, self.plan, Observation(self.plan.id, name, at(second), heard=heard))
        return self.known
