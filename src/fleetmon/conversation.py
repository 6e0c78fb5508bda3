"""A dialogue driven over a link: what the poller, the probe and the tests do alike.

What a dialogue asks and what its link answers fit together where both are made (`sources`); whoever only passes them
on need not know whether a machine speaks SNMP or stands on a serial line.
"""

from collections.abc import Callable, Generator
from typing import Any, Protocol, TypeAlias, TypeVar

from fleetmon.decode import snmp
from fleetmon.decode.dialogue import Dialogue
from fleetmon.decode.snmp import Pace
from fleetmon.definition import Definition
from fleetmon.errors import LinkError
from fleetmon.links.base import Partner
from fleetmon.model.report import Report

Asked = TypeVar("Asked")
Told = TypeVar("Told")
Result = TypeVar("Result")


class Met(Protocol):
    """What a conversation brought, and what the next one starts from."""

    @property
    def definition(self) -> Definition:
        """The driver that understood it."""
        ...

    @property
    def report(self) -> Report:
        """The machine's latest truth."""
        ...

    @property
    def still(self) -> bool:
        """Whether it went as it goes when nothing but time and life counts has moved."""
        ...


Behaviour: TypeAlias = Callable[[Any, Pace], Generator[Any, Any, Met]]
SnmpBehaviour: TypeAlias = Callable[[snmp.Met | None, Pace], Dialogue[snmp.Met]]
AnyLink: TypeAlias = Partner[Any, Any]


async def converse(
    dialogue: Generator[Asked, Told, Result],
    link: Partner[Asked, Told],
    keep: Callable[[Asked, Told], object] | None = None,
    missed: Callable[[Asked, LinkError], object] | None = None,
) -> Result:
    """Drive a dialogue over a link to its result; a LinkError is raised into the dialogue, which may catch it. `keep`
    is told of each request and its reply, `missed` of each request without one."""
    try:
        request = next(dialogue)
        while True:
            try:
                reply = await link.ask(request)
            except LinkError as error:
                if missed is not None:
                    missed(request, error)
                request = dialogue.throw(error)
                continue
            if keep is not None:
                keep(request, reply)
            request = dialogue.send(reply)
    except StopIteration as end:
        result: Result = end.value
        return result
