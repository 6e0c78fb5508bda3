"""Simulated machines put on the wire, each by every interface its sheet has, and the URLs at which they answer.

A machine has one number: with a port base the n-th machine answers there on UDP (SNMP) and on TCP (bytes, Modbus)
alike, so that a technician finds the port of a machine without looking.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from fleetmon.errors import FleetmonError, in_words
from fleetmon.simulators.machine import Machine
from fleetmon.simulators.snmp_agent import TrapsTo, serve, wall_clock
from fleetmon.simulators.wires.delivery import Vice

HOST: Final = "127.0.0.1"

Started = Callable[[int, int], None]
Urls = Mapping[str, tuple[str, ...]]


class NotServed(FleetmonError):
    """The machines cannot be put on the wire; the text says which and why."""


class OfficeClock:
    """Seconds of the office's own time since `start`, `rate` of them in one of ours; 0 before it."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._ticks = wall_clock(rate)
        self._zero: float | None = None

    def start(self) -> None:
        """Now it is the start of the run."""
        self._zero = self._ticks()

    def __call__(self) -> float:
        return 0.0 if self._zero is None else self._ticks() - self._zero


@dataclass(frozen=True, slots=True)
class Wire:
    """How machines are served: the first port (0: any), the address listened on, where traps go."""

    port_base: int = 0
    host: str = HOST
    traps: TrapsTo | None = None


@asynccontextmanager
async def on_the_wire(
    machines: Sequence[Machine],
    clock: Callable[[], float],
    vices: Mapping[str, Vice],
    wire: Wire,
    started: Started | None = None,
) -> AsyncIterator[Urls]:
    """Serve the machines while the context lasts; yields where each answers. Raises NotServed."""
    numbered = {machine.name: wire.port_base + n if wire.port_base else 0 for n, machine in enumerate(machines)}
    snmp = [machine for machine in machines if machine.sheet.snmp is not None]
    try:
        async with serve(
            *snmp,
            host=wire.host,
            ports=[numbered[machine.name] for machine in snmp],
            clock=clock,
            vices=vices,
            traps=wire.traps,
            started=started,
        ) as ports:
            urls = {machine.name: (f"snmp://{wire.host}:{port}",) for machine, port in zip(snmp, ports, strict=True)}
            yield {machine.name: urls.get(machine.name, ()) for machine in machines}
    except ModuleNotFoundError as error:
        library = (error.name or "a library").partition(".")[0]
        raise NotServed(f"{library} is not installed; it comes with fleetmon[demo]") from None
    except OSError as error:
        raise NotServed(f"a port cannot be had: {in_words(error)}; choose others with --port-base") from None
