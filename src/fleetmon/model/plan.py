"""What the settings ask for, as plain data: machines, their sources, lines, and how to speak to the broker.

`settings.py` builds these from `fleetmon.toml`; everything below it reads only these.
"""

from dataclasses import dataclass

from fleetmon.model.words import MachineKind


@dataclass(frozen=True, slots=True)
class CounterChoice:
    """Which marker counts documents, and how many of its units one document takes."""

    marker: int | None = None
    per_document: int | None = None


@dataclass(frozen=True, slots=True)
class SourcePlan:
    """One way to hear a machine: a URL, the driver that understands it, how often to ask (seconds)."""

    name: str
    url: str
    driver: str | None = None
    profile: str | None = None
    device: int | None = None
    interval_s: float = 5.0
    counter: CounterChoice = CounterChoice()


@dataclass(frozen=True, slots=True)
class MachinePlan:
    """One machine: our id for it, what it is for, and its sources (the first is the main one)."""

    id: str
    kind: MachineKind
    sources: tuple[SourcePlan, ...]


@dataclass(frozen=True, slots=True)
class LinePlan:
    """A production line: stages in order, each a set of parallel machines, and the buffers between them (documents)."""

    id: str
    stages: tuple[tuple[str, ...], ...]
    buffers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """Everything the pure middle needs to know about a site."""

    site: str
    machines: tuple[MachinePlan, ...]
    lines: tuple[LinePlan, ...] = ()
    heartbeat_s: float = 30.0

    def line_of(self, machine: str) -> str | None:
        """The line a machine stands in, if any."""
        return next((line.id for line in self.lines if any(machine in stage for stage in line.stages)), None)
