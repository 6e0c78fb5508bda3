"""Byte drivers heard over real sockets and pseudo-terminals: from our simulated machines, and from peers that say what
a test has built from the manual.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fleetmon.simulators.wires.outlet import Reach

from fleetmon import catalog
from fleetmon.conversation import converse
from fleetmon.decode.lines import LineMet, poll
from fleetmon.decode.snmp import Pace
from fleetmon.definition import Definition, LineDefinition
from fleetmon.definition.codes import fitting
from fleetmon.links.opening import open_line
from fleetmon.links.serial.link import SerialLink
from fleetmon.links.serial.ports import Ports
from fleetmon.model.address import Address
from fleetmon.model.plan import SerialChoice, SourcePlan
from fleetmon.model.report import Fault, Report
from fleetmon.sources import port_settings

SHIPPED = catalog.load()
PATIENCE_S = 10.0


def line_driver(name: str) -> LineDefinition:
    """A shipped driver of machines on a line of bytes."""
    found = SHIPPED.driver(name).definition
    assert isinstance(found, LineDefinition)
    return found


@dataclass
class Talk:
    """One machine and what is known of it so far."""

    definition: LineDefinition
    link: SerialLink
    unit: str | None = None
    met: LineMet | None = None

    async def poll(self, pace: Pace = Pace.FAST) -> Report:
        """One poll as the daemon makes it."""
        dialogue = poll(self.definition, self.met, pace, 0.0, unit=self.unit)
        async with asyncio.timeout(PATIENCE_S), self.link.turn():
            self.met = await converse(dialogue, self.link)
        return self.met.report


@asynccontextmanager
async def talking(name: str, url: str, unit: str | None = None, timeout_s: float | None = None) -> AsyncIterator[Talk]:
    """A driver and the link that the daemon would open to `url`; `timeout_s` is for whoever waits for silence."""
    definition, ports = line_driver(name), Ports()
    source = SourcePlan("main", url, driver=name, unit=unit, serial=SerialChoice(timeout_s=timeout_s))
    link = open_line(Address.parse(url), port_settings(definition, source), ports)
    assert isinstance(link, SerialLink)
    try:
        yield Talk(definition, link, unit)
    finally:
        await link.close()
        ports.close()


@dataclass
class Peer:
    """A machine that knows some whole questions; any other one, and an answer of b"", is met with silence."""

    answers: dict[bytes, bytes] = field(default_factory=dict)
    hangs_up: bool = False
    url: str = ""
    heard: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer until the client goes, or once."""
        come = b""
        try:
            while more := await reader.read(4096):
                come += more
                if come in self.answers:
                    self.heard.append(come)
                    writer.write(self.answers[come])
                    await writer.drain()
                    come = b""
                    if self.hangs_up:
                        break
        except (ConnectionError, asyncio.CancelledError):
            pass  # the client, or the test, has gone
        finally:
            writer.close()


@asynccontextmanager
async def peer(answers: Mapping[bytes, bytes], hangs_up: bool = False) -> AsyncIterator[Peer]:
    """Such a machine at a free port of this computer."""
    found = Peer(dict(answers), hangs_up)
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.url = f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield found
    finally:
        server.close()


def url(reach: Reach) -> str:
    """Where a simulated machine is to be reached, as settings say it."""
    return f"serial://{reach.path}" if reach.path else reach.url


def told(faults: Iterable[Fault]) -> set[tuple[str, str, str]]:
    """Each fault as (reason, severity, codes)."""
    return {(fault.reason, str(fault.severity), " ".join(fault.codes)) for fault in faults}


def unheard(definition: Definition, table: str, heard: Iterable[str]) -> set[str]:
    """The codes of one table of a driver that none of these values fits."""
    rule = definition.faults[table]  # type: ignore[attr-defined]
    return set(rule.codes) - {fitting(code, rule.codes) for code in heard}
