"""The one seam between machines and everything above: ask, and be answered or raise."""

from typing import Protocol

from fleetmon.decode.dialogue import Reply, Request


class Link(Protocol):
    """A conversation partner: one machine over one transport."""

    async def ask(self, request: Request) -> Reply:
        """The answer to `request`. Raises LinkError when there is none, GarbledReply when it is no answer."""
        ...

    async def close(self) -> None:
        """Give back what the link holds; asking afterwards is an error."""
        ...
