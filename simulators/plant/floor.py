"""The shop floor: stations with buffers between them, and the documents that move along a line.

Documents are counted, not told apart. A station takes one only when there is room for it behind, and that room is its
own from then on, so nothing waits half outside a machine; a full buffer blocks the station before it, an empty one
starves the station after it, and neither is decided anywhere.
"""

from collections import deque
from random import Random
from typing import Protocol

from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.model.obeying import carry_out
from fleetmon.simulators.sheets.parts import Fill, Store

from .agenda import NEVER, Actor, Agenda
from .parameters import Parameters
from .wear import Wear

_QUICKEST, _SLOWEST = 0.6, 1.6


class Keepers(Protocol):
    """People who look after machines, as the machines know them."""

    def ran(self, post: "Post", store: Store, fill: Fill) -> None:
        """A store ran low or out, or was filled."""

    def broke(self, post: "Post", fault: str) -> None:
        """A fault stands that somebody has to mend."""

    def hangs(self, post: "Post") -> None:
        """A machine hangs, and does not show it."""


class Buffer:
    """Documents between two stages; `promised` is room that machines at work will need."""

    __slots__ = ("capacity", "documents", "promised")

    def __init__(self, capacity: float = NEVER) -> None:
        self.capacity = capacity
        self.documents = 0
        self.promised = 0

    @property
    def room(self) -> bool:
        """Whether one more fits."""
        return self.documents + self.promised < self.capacity


class Line:
    """The stages of one line in order. `buffers[0]` holds the documents that wait to be made, the last those made."""

    def __init__(self, name: str, parameters: Parameters, buffers: list[Buffer]) -> None:
        self.name = name
        self.parameters = parameters
        self.buffers = buffers
        self.stages: list[list[Post]] = []
        self.posts: list[Post] = []
        self.entered = self.rejected = 0

    def enter(self, documents: int) -> None:
        """So many more are to be made."""
        self.entered += documents
        self.buffers[0].documents += documents
        self.look(0)

    def reject(self) -> None:
        """One is spoilt and has to be made again."""
        self.rejected += 1
        self.enter(1)

    def look(self, stage: int) -> None:
        """The stations of a stage that do nothing may have something to do now."""
        if 0 <= stage < len(self.stages):
            for post in self.stages[stage]:
                if not post.machine.working:
                    post.look()


class Floor:
    """What all stations share: the moment, what comes next, and who looks again before time goes on.

    `absence` is why nobody should be at work, empty while they should; `alone`: nobody is, all the same. `stirred` are
    the lines where something has happened.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.absence = ""
        self.alone = False
        self.agenda = Agenda()
        self.lines: list[Line] = []
        self.stirred: dict[str, Line] = {}
        self._looking: deque[Post] = deque()

    def look(self, post: "Post") -> None:
        """The station looks again, once everything before has been looked at."""
        self._looking.append(post)
        self.stirred[post.line.name] = post.line

    def settle(self) -> None:
        """Until nothing moves any more at this moment."""
        while self._looking:
            self._looking.popleft().settle()

    def open(self, absence: str) -> None:
        """People come to work, or leave it for a reason."""
        self.absence = absence
        self._look_everywhere()

    def leave_alone(self, alone: bool) -> None:
        """People who should be at work are not, or are again."""
        self.alone = alone
        self._look_everywhere()

    def _look_everywhere(self) -> None:
        for line in self.lines:
            for post in line.posts:
                post.look()


class Post:
    """A station: one machine of a stage. Nobody can ask one that is not `wired`; one that `inspects` rejects some."""

    def __init__(
        self,
        floor: Floor,
        keepers: Keepers,
        line: Line,
        stage: int,
        machine: Machine,
        seed: int,
        *,
        wired: bool,
        inspects: bool,
    ) -> None:
        self.floor = floor
        self.line = line
        self.stage = stage
        self.machine = machine
        self.wired = wired
        self.inspects = inspects
        self.before, self.after = line.buffers[stage], line.buffers[stage + 1]
        self._keepers = keepers
        self._dice = Random(f"{seed}/{machine.name}/work")
        self.wear = Wear(line.parameters, machine.sheet, Random(f"{seed}/{machine.name}/wear"))
        self._actor = Actor(self.look)
        self._mishap = Actor(self._suffer)
        self._befalls: Do | None = None
        self._noted = False

    @property
    def name(self) -> str:
        """The machine's name."""
        return self.machine.name

    @property
    def waiting(self) -> int:
        """Documents that wait for this station, and the one that is stuck inside."""
        return self.before.documents + (self.machine.inside and not self.machine.working)

    def look(self) -> None:
        """Look again before time goes on."""
        if not self._noted:
            self._noted = True
            self.floor.look(self)

    def settle(self) -> None:
        """Let everything happen that is due or possible now."""
        self._noted = False
        self.machine.advance(self.floor.now)
        self.machine.settle()
        self.floor.agenda.set(self._actor, self.machine.due())

    def do(self, command: Command) -> None:
        """Somebody does it to the machine now."""
        self.machine.advance(self.floor.now)
        carry_out(self.machine, command)
        self.look()

    # -- what the machine asks and says

    def has_work(self) -> bool:
        """A document waits, there is room behind, and it is time to work; a desk needs its people."""
        if self.floor.absence or (self.floor.alone and not self.wired):
            return False
        return self.before.documents > 0 and self.after.room

    def take(self) -> float:
        """Take a document; returns how many seconds it will take."""
        self.before.documents -= 1
        self.after.promised += 1
        self.line.look(self.stage - 1)
        return self.take_again()

    def take_again(self) -> float:
        """How many seconds the document will take, unless a mishap comes before."""
        spread = self.line.parameters.cycle_spread
        seconds = self.machine.sheet.cycle * min(_SLOWEST, max(_QUICKEST, self._dice.gauss(1, spread)))
        self._befalls = self.wear.mishap() if self.wired else None
        if self._befalls is not None:
            done = seconds * self.machine.factor
            self.floor.agenda.set(self._mishap, self.floor.now + done * self._dice.uniform(0.1, 0.9))
        return seconds

    def finish(self) -> None:
        """The document goes on, or is rejected."""
        self.after.promised -= 1
        if self.inspects and self._dice.random() < self.line.parameters.rejected:
            self.line.reject()
            self.line.look(self.stage)
        else:
            self.after.documents += 1
            self.line.look(self.stage + 1)
        happens = self.wear.after_document() if self.wired else None
        if happens is not None:
            carry_out(self.machine, happens)
            if happens.do is Do.HANG:
                self._keepers.hangs(self)

    def ran(self, store: Store, fill: Fill) -> None:
        """Somebody may notice."""
        self._keepers.ran(self, store, fill)

    def _suffer(self) -> None:
        """A mishap in the middle of a document."""
        if not self.machine.working:
            return
        self.machine.advance(self.floor.now)
        if self._befalls is Do.HANG:
            self.do(Command(Do.HANG))
            self._keepers.hangs(self)
        else:
            self._break(self.wear.fault())

    def _break(self, fault: str) -> None:
        """It may cost the document."""
        if self._dice.random() < self.line.parameters.spoilt_by_fault:
            self.machine.eject()
            self.after.promised -= 1
            self.line.reject()
        self.do(Command(Do.RAISE, fault=fault))
        self._keepers.broke(self, fault)
