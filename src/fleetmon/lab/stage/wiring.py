"""Simulated machines put on the wire, each by every interface its sheet has, and the URLs at which they answer.

A machine has one number: with a port base the n-th machine answers there on UDP (SNMP) and on TCP (bytes, Modbus)
alike, so that a technician finds the port of a machine without looking.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from fleetmon.errors import FleetmonError, in_words
from fleetmon.simulators.byte_agent import open_outlet, serve_bytes
from fleetmon.simulators.modbus.bus import TcpBus
from fleetmon.simulators.modbus.unit import Unit
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.snmp_agent import TrapsTo, serve, wall_clock
from fleetmon.simulators.wires.conversation import Voice, unaltered
from fleetmon.simulators.wires.delivery import Delivery, Vice
from fleetmon.simulators.wires.outlet import Outlet
from fleetmon.simulators.wires.outlet import Wire as OutletWire
from fleetmon.simulators.wires.tcp import Second

HOST: Final = "127.0.0.1"
_SERVICES: Final = frozenset({"evolis"})

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
    """How machines are served: the first port (0: any), the address listened on, where traps go, what carries the bytes
    of those that have a serial port.

    `follows` names, for heater controllers and signal towers, the machine each of them sits on.
    """

    port_base: int = 0
    host: str = HOST
    traps: TrapsTo | None = None
    on: OutletWire = OutletWire.TCP
    follows: Mapping[str, str] = field(default_factory=dict)


def carrier(word: str) -> OutletWire:
    """What carries the bytes, by its name. Raises NotServed."""
    if word not in list(OutletWire):
        raise NotServed(f"--on: {word!r} carries no bytes; {', '.join(OutletWire)} do")
    return OutletWire(word)


@asynccontextmanager
async def on_the_wire(
    machines: Mapping[str, Machine],
    clock: Callable[[], float],
    vices: Mapping[str, Vice],
    wire: Wire,
    started: Started | None = None,
) -> AsyncIterator[Urls]:
    """Serve the machines while the context lasts; yields where each answers. Raises NotServed."""
    async with AsyncExitStack() as stack:
        wiring = _Wiring(stack, machines, clock, vices, wire)
        try:
            await wiring.snmp(started)
            await wiring.bytes()
            await wiring.modbus()
        except ModuleNotFoundError as error:
            library = (error.name or "a library").partition(".")[0]
            raise NotServed(f"{library} is not installed; it comes with fleetmon[demo]") from None
        except BadInput as error:
            raise NotServed(str(error)) from None
        except OSError as error:
            raise NotServed(f"{in_words(error)}; choose others with --host and --port-base") from None
        yield wiring.urls


class _Wiring:
    """Each kind of engine, for the machines that have such an interface."""

    def __init__(
        self,
        stack: AsyncExitStack,
        machines: Mapping[str, Machine],
        clock: Callable[[], float],
        vices: Mapping[str, Vice],
        wire: Wire,
    ) -> None:
        self.urls: dict[str, tuple[str, ...]] = dict.fromkeys(machines, ())
        self._stack = stack
        self._machines = machines
        self._clock = clock
        self._vices = vices
        self._wire = wire
        self._ports = {name: wire.port_base + n if wire.port_base else 0 for n, name in enumerate(machines)}

    async def snmp(self, started: Started | None) -> None:
        """UDP, all agents at once."""
        agents = [machine for machine in self._machines.values() if machine.sheet.snmp is not None]
        ports = await self._stack.enter_async_context(
            serve(
                *agents,
                host=self._wire.host,
                ports=[self._ports[agent.name] for agent in agents],
                clock=self._clock,
                vices=self._vices,
                traps=self._wire.traps,
                started=started,
            )
        )
        for agent, port in zip(agents, ports, strict=True):
            self._answers(agent.name, "snmp", self._wire.host, port)

    async def bytes(self) -> None:
        """TCP, as a device server would carry a serial line, or what else is wished for; a service of the network has
        no serial port."""
        speaking = [machine for machine in self._machines.values() if machine.sheet.speaks is not None]
        outlets = [Outlet(self._carrier(machine), self._ports[machine.name]) for machine in speaking]
        reaches = await self._stack.enter_async_context(
            serve_bytes(*speaking, outlets=outlets, host=self._wire.host, clock=self._clock, vices=self._vices)
        )
        for machine, reach in zip(speaking, reaches, strict=True):
            if reach.path:
                self.urls[machine.name] += (f"serial://{reach.path}",)
            else:
                self._answers(machine.name, reach.wire.value, reach.host, reach.port)

    def _carrier(self, machine: Machine) -> OutletWire:
        speaks = machine.sheet.speaks
        return OutletWire.TCP if speaks and speaks.protocol in _SERVICES else self._wire.on

    async def modbus(self) -> None:
        """Modbus TCP, a gateway for each unit."""
        for name, machine in self._machines.items():
            if machine.sheet.modbus is None:
                continue
            bus = TcpBus(Unit(machine, wired=self._machines.get(self._wire.follows.get(name, ""))))
            voice = Voice(bus, machine.sheet.modbus.line, self._clock, partial(self._viced, name))
            outlet = Outlet(port=self._ports[name] if machine.sheet.speaks is None else 0, second=Second.SHARED)
            reach = await self._stack.enter_async_context(open_outlet(voice, outlet, self._wire.host))
            self._answers(name, "modbus+tcp", reach.host, reach.port)

    def _answers(self, machine: str, scheme: str, host: str, port: int) -> None:
        self.urls[machine] += (f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}",)

    def _viced(self, machine: str, deliveries: list[Delivery]) -> list[Delivery]:
        return self._vices.get(machine, unaltered)(deliveries)
