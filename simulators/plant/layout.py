"""What an office consists of, as `offices/*.toml` says it: machines, lines, hours, people, stock. Plain data.

A line is a chain of stages, a stage one machine or several side by side, and between two stages is a buffer. A machine
that is in no line stands alone, with a backlog and a timeline of its own. An inspection desk is a station without a
wire: nobody can ask it anything, but documents wait for it, pass it, or are rejected there.
"""

from dataclasses import dataclass
from datetime import datetime

from fleetmon.simulators.stories.office import Place

from .calendar import Plan
from .parameters import Parameters


@dataclass(frozen=True, slots=True)
class Desk:
    """A stage without a wire: people who look at every document for about `cycle` seconds."""

    name: str
    cycle: float


@dataclass(frozen=True, slots=True)
class Line:
    """`stages` are names of machines or desks in order, `buffers` how many documents fit behind each but the last.

    Work of `demand` times the usual comes; `figures` are the line's own parameters.
    """

    name: str
    title: str
    stages: tuple[tuple[str, ...], ...]
    buffers: tuple[int, ...]
    demand: float
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class Item:
    """Units of a machine's store that lie at the site; `delivered` more come every `every` seconds."""

    name: str
    sheet: str
    store: str
    units: float
    delivered: float
    every: float


@dataclass(frozen=True, slots=True)
class Office:
    """A virtual site. `start` is when a run begins unless somebody says otherwise, in the office's zone.

    `crew` is how many people look after all machines. What `stock` does not name never runs out.
    """

    title: str
    start: datetime
    plan: Plan
    crew: int
    places: tuple[Place, ...]
    desks: tuple[Desk, ...]
    lines: tuple[Line, ...]
    stock: tuple[Item, ...]
    parameters: Parameters
