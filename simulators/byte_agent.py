"""Simulated machines that speak in bytes, on the wire: `serve_bytes` for tests, offices and the command beside it."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from fleetmon.simulators.model.machine import Machine

from .snmp_agent import wall_clock
from .speakers import speaker_for
from .wires.conversation import Voice, unaltered
from .wires.delivery import Delivery, Vice
from .wires.outlet import Outlet, Reach, Wire
from .wires.pty import open_pty
from .wires.rfc2217 import ComPort
from .wires.tcp import Plain, open_tcp


@asynccontextmanager
async def serve_bytes(
    *machines: Machine,
    outlets: Sequence[Outlet] = (),
    host: str = "127.0.0.1",
    clock: Callable[[], float] | None = None,
    vices: Mapping[str, Vice] | None = None,
) -> AsyncIterator[list[Reach]]:
    """Serve the machines until the block is left; yields where each is to be reached, in the order given.

    `outlets` are those wanted, a free TCP port where there is none. `clock` gives the moment in the machines' own time,
    by default seconds since now. `vices` are looked up by the machine's name at every answer, so they may change
    meanwhile. Raises OSError when a port or link cannot be had, BadInput for a machine that has no such protocol.
    """
    clock, vices = clock or wall_clock(), vices if vices is not None else {}
    wanted = [*outlets, *[Outlet()] * len(machines)]
    async with AsyncExitStack() as stack:
        reaches = []
        for machine, outlet in zip(machines, wanted, strict=False):
            voice = voice_of(machine, clock, vices)
            reaches.append(await stack.enter_async_context(open_outlet(voice, outlet, host)))
        yield reaches


def voice_of(machine: Machine, clock: Callable[[], float], vices: Mapping[str, Vice]) -> Voice:
    """The machine with its speaker, line and whatever vice stands under its name. Raises BadInput."""
    speaker = speaker_for(machine)
    assert machine.sheet.speaks is not None

    def vice(deliveries: list[Delivery]) -> list[Delivery]:
        return vices.get(machine.name, unaltered)(deliveries)

    return Voice(speaker, machine.sheet.speaks.line, clock, vice)


@asynccontextmanager
async def open_outlet(voice: Voice, outlet: Outlet, host: str = "127.0.0.1") -> AsyncIterator[Reach]:
    """Serve one voice; also for speakers that are not in the table of protocols."""
    if outlet.wire is Wire.PTY:
        async with open_pty(voice, outlet.link) as path:
            yield Reach(Wire.PTY, "", 0, path)
        return
    remote = outlet.wire is Wire.RFC2217
    async with open_tcp(
        voice,
        host,
        outlet.port,
        second=outlet.second,
        coding=(lambda: ComPort(voice.line)) if remote else Plain,
        line=voice.line if remote else None,
    ) as port:
        yield Reach(outlet.wire, host, port, "")
