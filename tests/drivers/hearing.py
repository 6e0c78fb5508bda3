"""One machine heard the way the daemon hears it, up to the JSON that subscribers see."""

from collections.abc import Coroutine, Mapping
from typing import Any, TypeAlias, TypeVar

from fleetmon import catalog
from fleetmon.assess import fleet
from fleetmon.conversation import converse
from fleetmon.decode import recognise
from fleetmon.decode.dialogue import Value
from fleetmon.decode.snmp import Met, meet
from fleetmon.definition import SnmpDefinition
from fleetmon.links.base import Link
from fleetmon.model.oid import Oid
from fleetmon.model.plan import MachinePlan, SourcePlan
from fleetmon.model.report import At, Observation, Report
from fleetmon.model.words import MachineKind
from fleetmon.publish import contract

Json: TypeAlias = Any  # what json.loads gives
Result = TypeVar("Result")

DEFINITIONS: tuple[SnmpDefinition, ...] = catalog.load().recognisable
HEARD_AT = At(utc=1_800_000_000.0, mono=1_000.0, boot="boot")
PLAN = MachinePlan("machine-1", MachineKind.PRINTER, (SourcePlan("main", "walk:somewhere"),))


def choose_driver(objects: Mapping[Oid, Value]) -> SnmpDefinition:
    """The shipped driver that fits, as `probe` chooses it; GarbledReply with the reason if none does."""
    return recognise.required(objects, DEFINITIONS)


async def met(link: Link, device: int | None = None) -> Met:
    """What is known after the first conversation."""
    return await converse(meet(choose_driver, device), link)


def at_once(conversation: Coroutine[None, None, Result]) -> Result:
    """The result of a conversation over a link that never waits, without an event loop."""
    try:
        conversation.send(None)
    except StopIteration as end:
        result: Result = end.value
        return result
    raise AssertionError("the link waited")


def met_now(link: Link, device: int | None = None) -> Met:
    """`met` over a link that never waits."""
    return at_once(met(link, device))


def published(report: Report, at: At = HEARD_AT) -> dict[str, Json]:
    """The state payload of a machine of which this report is all that is known."""
    known = fleet.hear(fleet.awaited(PLAN), PLAN, Observation("machine-1", "main", at, heard=report))
    return dict(contract.dump(contract.state_data(known, PLAN)))
