"""Ask one machine now and explain: what `fleetmon probe` shows and what a driver's captures are proven with."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from fleetmon.assess import fleet
from fleetmon.assess.fleet import Snapshot
from fleetmon.conversation import Met, converse
from fleetmon.decode import snmp
from fleetmon.decode.dialogue import Exchange, Reply, Request
from fleetmon.decode.printer_mib.heard import PrinterRow, printers
from fleetmon.decode.recognise import Evidence, evidence, recognise
from fleetmon.definition import SnmpDefinition
from fleetmon.errors import GarbledReply
from fleetmon.links.base import Link, Sparing
from fleetmon.model.plan import MachinePlan, SourcePlan
from fleetmon.model.report import At, Observation
from fleetmon.model.words import MachineKind
from fleetmon.poller import MEETING_DEADLINE_S

SOURCE = "main"


@dataclass(frozen=True, slots=True)
class Probe:
    """What one conversation brought. `snapshot` is None where no driver fits; `why` gives the reason either way."""

    evidence: Evidence
    printers: tuple[PrinterRow, ...]
    definition: SnmpDefinition | None
    why: str
    snapshot: Snapshot | None
    exchanges: tuple[Exchange, ...]


async def probe(
    link: Link,
    definitions: Sequence[SnmpDefinition],
    at: At,
    driver: SnmpDefinition | None = None,
    device: int | None = None,
) -> Probe:
    """Ask the machine everything once. `driver` None lets the catalogue choose among `definitions`.

    Raises LinkError when it does not answer. What it says, but nobody understands, is in `why`.
    """
    exchanges: list[Exchange] = []

    def keep(request: Request, reply: Reply) -> None:
        exchanges.append(Exchange(request, reply))

    async with asyncio.timeout(MEETING_DEADLINE_S):
        if driver is not None and isinstance(link, Sparing):
            link.spare(driver.max_varbinds)
        objects = await converse(snmp.interview(), link, keep)
        told, rows = evidence(objects), printers(objects)
        found = recognise(objects, definitions)
        chosen = driver or found.definition
        if chosen is None:
            return Probe(told, rows, None, found.why, None, tuple(exchanges))
        if isinstance(link, Sparing):
            link.spare(chosen.max_varbinds)
        try:
            met = await converse(snmp.get_to_know(objects, chosen, device), link, keep)
        except GarbledReply as unclear:
            return Probe(told, rows, chosen, str(unclear), None, tuple(exchanges))
    why = "named by you" if driver else found.why
    return Probe(told, rows, chosen, why, snapshot_of(met, at), tuple(exchanges))


def snapshot_of(met: Met, at: At) -> Snapshot:
    """The report as the snapshot of a machine that nobody configured."""
    plan = MachinePlan("probe", met.report.kind or MachineKind.OTHER, (SourcePlan(SOURCE, ""),))
    return fleet.hear(fleet.awaited(plan), plan, Observation(plan.id, SOURCE, at, heard=met.report))
