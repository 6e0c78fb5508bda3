"""The one seam between machines and everything above: ask, and be answered or raise."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeAlias, TypeVar, runtime_checkable

from fleetmon.decode.dialogue import Answer, Ask, Reply, Request
from fleetmon.links.host import Host

Asked_contra = TypeVar("Asked_contra", contravariant=True)
Told_co = TypeVar("Told_co", covariant=True)


class Partner(Protocol[Asked_contra, Told_co]):
    """A conversation partner: one machine over one transport."""

    async def ask(self, request: Asked_contra) -> Told_co:
        """The answer to `request`. Raises LinkError when there is none, GarbledReply when it is no answer."""
        ...

    async def close(self) -> None:
        """Give back what the link holds; asking afterwards is an error."""
        ...


Link: TypeAlias = Partner[Request, Reply]
"""A partner that speaks SNMP."""
LineLink: TypeAlias = Partner[Ask, Answer]
"""A partner on a line of bytes."""


@runtime_checkable
class Located(Protocol):
    """A link to somewhere on the network."""

    @property
    def host(self) -> Host:
        """Where the machine is."""
        ...


@runtime_checkable
class Sharing(Protocol):
    """A link over something that only one machine can be asked over at a time."""

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Wait until it is ours, and keep it for a whole conversation. The wait is nobody's silence."""
        ...


@runtime_checkable
class Sparing(Protocol):
    """A link that can be told what its machine bears; a driver knows it, and only once the machine is recognised."""

    def spare(self, objects: int) -> None:
        """Ask for at most so many objects a message from now on, and in a walk for at most twice as many rows."""
        ...
