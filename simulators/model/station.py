"""What a machine asks of the place where it stands in a plant: may I take a document, is there room, I finished one."""

from typing import Protocol

from fleetmon.simulators.model.commands import Command
from fleetmon.simulators.sheets.parts import Fill, Store


class Owner(Protocol):
    """The plant a machine belongs to: time is the plant's, and so are orders."""

    def step(self, now: float) -> None:
        """Move the whole plant to `now`, in the order of events."""

    def obey(self, machine: str, command: Command, now: float) -> None:
        """Move the plant to `now`, then do it to this machine. Raises BadInput."""


class Station(Protocol):
    """Where a machine stands in a line; none of its questions moves time."""

    @property
    def waiting(self) -> int:
        """How many documents wait for the machine."""

    def has_work(self) -> bool:
        """Whether a document waits, and behind the machine there is room for one."""

    def take(self) -> float:
        """Take a document; returns how many seconds it will take."""

    def take_again(self) -> float:
        """How many seconds the document will take that is still inside after a stop."""

    def finish(self) -> None:
        """The document has left the machine."""

    def ran(self, store: Store, fill: Fill) -> None:
        """A store came to stand differently."""
