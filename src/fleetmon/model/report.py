"""What one poll of one source said, decoded, and how it reached us.

Nothing here is invented: a number that a machine did not give is None, never 0, and what a vendor said is kept verbatim
beside our word for it. A report knows no clock: ages are what the machine itself told; `Observation` says when.
"""

from dataclasses import field

from fleetmon.model.frozen import dataclass
from fleetmon.model.words import (
    Actor,
    MachineKind,
    Quality,
    Severity,
    Silence,
    State,
    SupplyClass,
    SupplyKind,
    Unit,
)


@dataclass(frozen=True, slots=True)
class At:
    """A moment: `utc` in seconds since 1970 may jump, `mono` in seconds counts on within one boot `boot`."""

    utc: float
    mono: float
    boot: str

    def since(self, earlier: "At") -> float:
        """Seconds from `earlier` to here, never negative: by the monotonic clock within one boot, else by UTC."""
        elapsed = self.mono - earlier.mono if self.boot == earlier.boot else self.utc - earlier.utc
        return max(0.0, elapsed)

    def is_after(self, earlier: "At") -> bool:
        """Whether this moment came later than the other, by the clock that `since` uses."""
        return self.since(earlier) > 0


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the machine says it is. The machine's *id* comes only from our settings, never from here."""

    maker: str | None = None
    model: str | None = None
    serial: str | None = None
    firmware: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong; its identity is (reason, part).

    `reason` is a printer-state-reasons keyword without severity suffix. `codes` are the vendor's own, verbatim. `age_s`
    is how long the machine says the fault has stood, in seconds, where it says so believably.
    """

    reason: str
    severity: Severity
    codes: tuple[str, ...] = ()
    text: str | None = None
    part: str | None = None
    actor: Actor | None = None
    age_s: float | None = None

    @property
    def key(self) -> tuple[str, str | None]:
        """What makes two faults the same one."""
        return (self.reason, self.part)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the machine said that is no fault: a state text, a positive edge, a unary event."""

    code: str
    keyword: str
    severity: Severity
    text: str | None = None


@dataclass(frozen=True, slots=True)
class RawLevel:
    """The two numbers exactly as the machine gave them."""

    level: int | None = None
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """How full something is: `level` and `capacity` in `unit`, `percent` 0..100; each None unless known."""

    unit: Unit | None = None
    capacity: int | None = None
    level: int | None = None
    percent: float | None = None
    quality: Quality = Quality.UNKNOWN
    raw: RawLevel = RawLevel()


@dataclass(frozen=True, slots=True)
class Supply:
    """Something consumed or filled by production. For class `filled` the level is the room left."""

    part: str
    kind: SupplyKind
    level: Level
    supply_class: SupplyClass | None = None
    description: str | None = None
    colour: str | None = None


@dataclass(frozen=True, slots=True)
class Input:
    """Where blank media wait: a tray, a magazine, a roll."""

    part: str
    level: Level
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Counter:
    """A life count as the machine tells it now, in `unit`; it may go back at a reset. `marker` names its source."""

    marker: int
    total: int
    unit: Unit | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One poll of one source, decoded; `driver` is the one that understood it. `jobs` are documents that wait in the
    machine, where it tells how many."""

    driver: str | None = None
    state: State = State.UNKNOWN
    asleep: bool = False
    kind: MachineKind | None = None
    identity: Identity = Identity()
    faults: tuple[Fault, ...] = ()
    notices: tuple[Notice, ...] = ()
    supplies: tuple[Supply, ...] = ()
    inputs: tuple[Input, ...] = ()
    counters: tuple[Counter, ...] = ()
    console: tuple[str, ...] = ()
    uptime_s: float | None = None
    jobs: int | None = None

    def later(self, uptime_s: float) -> "Report":
        """The same at another time."""
        return Report(
            self.driver,
            self.state,
            self.asleep,
            self.kind,
            self.identity,
            self.faults,
            self.notices,
            self.supplies,
            self.inputs,
            self.counters,
            self.console,
            uptime_s,
            self.jobs,
        )

    def repeats(self, earlier: "Report") -> bool:
        """Whether nothing is said but another uptime and, maybe, other counts: by identity, since decoders hand on the
        very objects of what stands."""
        return (
            self.faults is earlier.faults
            and self.supplies is earlier.supplies
            and self.inputs is earlier.inputs
            and self.notices is earlier.notices
            and self.console is earlier.console
            and self.identity is earlier.identity
            and self.state is earlier.state
            and self.asleep is earlier.asleep
            and self.kind is earlier.kind
            and self.driver is earlier.driver
            and self.jobs == earlier.jobs
        )


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Why there is no report."""

    why: Silence
    text: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """What one poll of one source of one machine brought, and when."""

    machine: str
    source: str
    at: At
    heard: Report | NoAnswer = field(kw_only=True)
