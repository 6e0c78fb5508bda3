"""The one seam between machines and everything above: ask, and be answered or raise."""

from typing import Protocol, runtime_checkable

from fleetmon.decode.dialogue import Reply, Request
from fleetmon.links.host import Host


class Link(Protocol):
    """A conversation partner: one machine over one transport."""

    async def ask(self, request: Request) -> Reply:
        """The answer to `request`. Raises LinkError when there is none, GarbledReply when it is no answer."""
        ...

    async def close(self) -> None:
        """Give back what the link holds; asking afterwards is an error."""
        ...


@runtime_checkable
class Located(Protocol):
    """A link to somewhere on the network."""

    @property
    def host(self) -> Host:
        """Where the machine is."""
        ...


@runtime_checkable
class Sparing(Protocol):
    """A link that can be told what its machine bears; a driver knows it, and only once the machine is recognised."""

    def spare(self, objects: int) -> None:
        """Ask for at most so many objects a message from now on, and in a walk for at most twice as many rows."""
        ...
