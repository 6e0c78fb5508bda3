"""Simulated SNMP machines on the wire: `serve` for tests and the demo, `python -m fleetmon.simulators.snmp_agent` for
people.

Any number of machines live in one process, each on a UDP port of its own, moved on by whoever looks at them. Where
traps are wanted somebody has to look unasked: then every machine is looked at ten times a second.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial

from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.parts import User

from .snmp.rows import Source
from .snmp.tables import LiveTables
from .snmp.traps import Calls, TrapsTo
from .snmp.wire import Endpoint
from .wires.delivery import Delivery, Vice

__all__ = ["Started", "TrapsTo", "User", "serve", "wall_clock"]

_LOOK_EVERY_S = 0.1

Started = Callable[[int, int], None]
"""Told after every machine that answers: how many of how many."""


def wall_clock(rate: float = 1.0) -> Callable[[], float]:
    """Seconds since this call, `rate` times as fast as the wall's."""
    start = time.monotonic()
    return lambda: (time.monotonic() - start) * rate


@asynccontextmanager
async def serve(
    *machines: Machine | Source,
    host: str = "127.0.0.1",
    ports: Sequence[int] = (),
    users: Sequence[User] = (),
    clock: Callable[[], float] | None = None,
    vices: Mapping[str, Vice] | None = None,
    traps: TrapsTo | None = None,
    started: Started | None = None,
) -> AsyncIterator[list[int]]:
    """Serve the machines until the block is left; yields their ports in the order given.

    `ports` are the ports wanted, 0 or none for any free one. `clock` gives the moment in the machines' own time, by
    default seconds since now. `vices` are those of the lines by the names of machines; it is looked at whenever
    something is sent, so it may change meanwhile. Raises OSError when a port cannot be had, ModuleNotFoundError for
    users without pysnmp.
    """
    clock = clock or wall_clock()
    endpoints = [_endpoint(machine, users, clock, vices, traps) for machine in machines]
    wanted = [*ports, *[0] * len(machines)]
    transports: list[asyncio.DatagramTransport] = []
    calling = asyncio.create_task(_call(endpoints)) if traps else None
    try:
        for endpoint, port in zip(endpoints, wanted, strict=False):
            transports.append(await _open(endpoint, host, port))
            if started is not None:
                started(len(transports), len(machines))
        yield [transport.get_extra_info("sockname")[1] for transport in transports]
    finally:
        if calling is not None:
            calling.cancel()
            with suppress(asyncio.CancelledError):
                await calling
        for transport in transports:
            transport.close()
        await asyncio.sleep(0)  # the sockets are closed in the loop's next turn; whoever leaves may want the ports


def _endpoint(
    machine: Machine | Source,
    users: Sequence[User],
    clock: Callable[[], float],
    vices: Mapping[str, Vice] | None,
    traps: TrapsTo | None,
) -> Endpoint:
    vice = partial(_viced, vices, machine.name) if vices is not None else None
    if not isinstance(machine, Machine):
        return Endpoint(machine, users, clock, vice=vice)
    return Endpoint(LiveTables(machine), users, clock, vice=vice, calls=Calls(machine, traps) if traps else None)


def _viced(vices: Mapping[str, Vice], name: str, deliveries: list[Delivery]) -> list[Delivery]:
    vice = vices.get(name)
    return deliveries if vice is None else vice(deliveries)


async def _call(endpoints: Iterable[Endpoint]) -> None:
    """Have the traps sent that are due."""
    while True:
        for endpoint in endpoints:
            endpoint.call()
        await asyncio.sleep(_LOOK_EVERY_S)


async def _open(endpoint: Endpoint, host: str, port: int) -> asyncio.DatagramTransport:
    loop = asyncio.get_running_loop()
    try:
        transport, _ = await loop.create_datagram_endpoint(lambda: endpoint, local_addr=(host, port))
    except OSError as error:
        raise OSError(error.errno, f"{host} port {port}: {error.strerror}") from error
    return transport


if __name__ == "__main__":
    from .command_line import main

    sys.exit(main())
