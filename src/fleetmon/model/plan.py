"""What the settings ask for, as plain data: machines, their sources, lines, the office's hours, the limits of alerts.

`settings` builds these from `fleetmon.toml`; everything below it reads only these.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from fleetmon.model.alerts import AlertPlan
from fleetmon.model.words import MachineKind, WorkSign


@dataclass(frozen=True, slots=True)
class CounterChoice:
    """Which marker counts documents, and how many of its units one document takes."""

    marker: int | None = None
    per_document: int | None = None


class Parity(StrEnum):
    """The parity bit of a serial line."""

    NONE = "none"
    EVEN = "even"
    ODD = "odd"


class Handshake(StrEnum):
    """How either side of a serial line holds the other back."""

    NONE = "none"
    RTS_CTS = "rts-cts"
    DSR_DTR = "dsr-dtr"
    XON_XOFF = "xon-xoff"


@dataclass(frozen=True, slots=True)
class SerialChoice:
    """What a source says of its serial line; whatever is None, the driver's definition decides."""

    baud: int | None = None
    data_bits: int | None = None
    parity: Parity | None = None
    stop_bits: int | None = None
    handshake: Handshake | None = None
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class SourcePlan:
    """One way to hear a machine: a URL, the driver that understands it, how often to ask (seconds).

    `driver` None means: find it by probing. `profile` None means: the default profile, see Settings.profile().
    """

    name: str
    url: str
    driver: str | None = None
    profile: str | None = None
    device: int | None = None
    interval_s: float = 5.0
    counter: CounterChoice = CounterChoice()
    serial: SerialChoice = SerialChoice()
    modbus_unit: int | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class MachinePlan:
    """One machine: our id for it, what it is for, and its sources (the first is the main one)."""

    id: str
    kind: MachineKind
    sources: tuple[SourcePlan, ...]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class LinePlan:
    """A production line: stages in order, each a set of parallel machines, and the buffers between them (documents)."""

    id: str
    stages: tuple[tuple[str, ...], ...]
    buffers: tuple[int, ...] = ()
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """Working hours on some days of the week (0 = Monday), in minutes from local midnight.

    `end` is after `start`; above 1440 it lies on the next day.
    """

    days: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Break:
    """A pause on some days of the week, minutes from local midnight; it may begin or end `tolerance_s` off."""

    days: tuple[int, ...]
    start: int
    end: int
    tolerance_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Calendar:
    """When the office works. Without shifts it is never known to be closed.

    `country` (ISO 3166-1 alpha-2) and `subdivision` choose public holidays, `holidays` names those found for them;
    `closed` adds days, `open` takes them away. Of `seasons` the first that fits a day holds.
    """

    timezone: str = "UTC"
    shifts: tuple[Shift, ...] = ()
    breaks: tuple[Break, ...] = ()
    country: str | None = None
    subdivision: str | None = None
    closed: frozenset[date] = frozenset()
    open: frozenset[date] = frozenset()
    seasons: tuple["Season", ...] = ()
    holidays: Mapping[date, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Season:
    """Other hours from `first` to `last`, both included (Ramadan, a summer): they replace shifts and breaks whole."""

    name: str
    first: date
    last: date
    shifts: tuple[Shift, ...]
    breaks: tuple[Break, ...] = ()


@dataclass(frozen=True, slots=True)
class StallLimits:
    """How long a machine in work may be silent: the learned limit is kept between two ends, all in seconds.

    `false_alarms` is the budget per machine and month from which the limit is learned; `cold_start_s` holds until then:
    nine minutes, so that people hear within ten, when it was asked once more and all has settled. `signs` of waiting
    work that are believed.
    """

    false_alarms: float = 0.5
    shortest_s: float = 300.0
    longest_s: float = 1200.0
    cold_start_s: float = 540.0
    signs: frozenset[WorkSign] = frozenset(WorkSign)


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """Everything the pure middle needs to know about a site."""

    site: str
    machines: tuple[MachinePlan, ...]
    lines: tuple[LinePlan, ...] = ()
    heartbeat_s: float = 30.0
    calendar: Calendar = Calendar()
    stall: StallLimits = StallLimits()
    alerts: AlertPlan = field(default_factory=AlertPlan)
    _machines: dict[str, MachinePlan] = field(init=False, repr=False, compare=False)
    _lines: dict[str, LinePlan] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Machines and lines by id: thousands of questions are asked of a plan that never changes."""
        places = {machine: line for line in reversed(self.lines) for stage in line.stages for machine in stage}
        object.__setattr__(self, "_machines", {machine.id: machine for machine in self.machines})
        object.__setattr__(self, "_lines", places)

    def machine(self, id_: str) -> MachinePlan | None:
        """The machine of this id, if any."""
        return self._machines.get(id_)

    def line(self, id_: str) -> LinePlan | None:
        """The line of this id, if any."""
        return next((line for line in self.lines if line.id == id_), None)

    def line_of(self, machine: str) -> str | None:
        """The line a machine stands in, if any."""
        line = self._lines.get(machine)
        return line.id if line else None
