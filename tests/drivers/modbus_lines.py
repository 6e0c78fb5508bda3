"""Modbus machines heard over real sockets and pseudo-terminals, as the daemon hears them."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from fleetmon.simulators.wires.outlet import Reach

from fleetmon.conversation import Behaviour, Met, converse
from fleetmon.decode.snmp import Pace
from fleetmon.definition import ModbusDefinition
from fleetmon.links.opening import open_line
from fleetmon.links.serial.link import SerialLink
from fleetmon.links.serial.ports import Ports
from fleetmon.model.address import Address
from fleetmon.model.plan import Parity, SerialChoice, SourcePlan
from fleetmon.model.report import At, Fault, Report
from fleetmon.sources import line_behaviour, port_settings

from .lines import SHIPPED

PATIENCE_S = 20.0
HEAD = {"name": "acme", "title": "Acme", "kind": "laminator", "maturity": "experimental", "link": "modbus"}


def shipped(name: str) -> ModbusDefinition:
    """A shipped driver of Modbus machines."""
    found = SHIPPED.driver(name).definition
    assert isinstance(found, ModbusDefinition)
    return found


def registers(line: dict[str, Any] | None = None, **read: dict[str, Any]) -> ModbusDefinition:
    """A driver that reads these registers and shows all of them as lines of its console."""
    return ModbusDefinition.model_validate(HEAD | {"line": line or {}, "read": read, "console": list(read)})


@dataclass
class Hand:
    """A clock that stands until somebody turns it."""

    mono: float = 1_000.0

    def now(self) -> At:
        """The moment it shows."""
        return At(utc=self.mono, mono=self.mono, boot="boot")


@dataclass
class Hearing:
    """One machine, and what is known of it so far."""

    link: SerialLink
    behaviour: Behaviour
    clock: Hand = field(default_factory=Hand)
    met: Met | None = None

    async def poll(self, pace: Pace = Pace.FAST, after_s: float = 0.0) -> Report:
        """One poll as the daemon makes it, so much later than the last one."""
        self.clock.mono += after_s
        async with asyncio.timeout(PATIENCE_S), self.link.turn():
            self.met = await converse(self.behaviour(self.met, pace), self.link)
        return self.met.report

    async def says(self) -> dict[str, str]:
        """What each register of `registers()` holds, as it is shown; those that hold nothing are left out."""
        await self.poll(Pace.SLOW)
        told: dict[str, Any] = {}
        for fields in self.met.told.values():  # type: ignore[union-attr]
            told |= fields
        return told


@asynccontextmanager
async def hearing(
    definition: ModbusDefinition, url: str, unit: int | None = None, ports: Ports | None = None, timeout_s: float = 5.0
) -> AsyncIterator[Hearing]:
    """A driver and the link that the daemon would open to `url`; a pseudo-terminal knows no parity."""
    choice = SerialChoice(parity=Parity.NONE if url.startswith("serial:") else None, timeout_s=timeout_s)
    source = SourcePlan("main", url, driver=definition.name, modbus_unit=unit, serial=choice)
    own, clock = ports or Ports(), Hand()
    link = open_line(Address.parse(url), port_settings(definition, source), own)
    assert isinstance(link, SerialLink)
    try:
        yield Hearing(link, line_behaviour(definition, source, clock), clock)  # type: ignore[arg-type]
    finally:
        await link.close()
        if ports is None:
            own.close()


def urls(reaches: Iterable[Reach], tcp_last: bool = True) -> list[str]:
    """Where a simulated bus is to be reached, as settings say it; the last of them speaks Modbus TCP."""
    found = [f"serial://{each.path}" if each.path else each.url for each in reaches]
    if tcp_last:
        found[-1] = found[-1].replace("tcp://", "modbus+tcp://").replace("socket://", "modbus+tcp://")
    return found


def told(faults: Iterable[Fault]) -> set[tuple[str, str, str]]:
    """Each fault as (reason, part, codes)."""
    return {(fault.reason, fault.part or "", " ".join(fault.codes)) for fault in faults}
