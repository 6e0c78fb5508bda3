"""Simulated SNMP machines on the wire: `serve` for tests and the demo, `python -m fleetmon.simulators.snmp_agent` for
people.

Any number of machines live in one process, each on a UDP port of its own, moved on by whoever looks at them.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from .machine import Machine
from .parts import User
from .recording import Recording
from .snmp.tables import LiveTables

if TYPE_CHECKING:
    from .snmp.wire import Endpoint

__all__ = ["User", "serve", "wall_clock"]


def wall_clock(rate: float = 1.0) -> Callable[[], float]:
    """Seconds since this call, `rate` times as fast as the wall's."""
    start = time.monotonic()
    return lambda: (time.monotonic() - start) * rate


@asynccontextmanager
async def serve(
    *machines: Machine | Recording,
    host: str = "127.0.0.1",
    ports: Sequence[int] = (),
    users: Sequence[User] = (),
    clock: Callable[[], float] | None = None,
) -> AsyncIterator[list[int]]:
    """Serve the machines until the block is left; yields their ports in the order given.

    `ports` are the ports wanted, 0 or none for any free one. `clock` gives the moment in the machines' own time, by
    default seconds since now. Raises OSError when a port cannot be had.
    """
    from .snmp.wire import Endpoint  # pysnmp is an extra: only whoever serves needs it

    clock = clock or wall_clock()
    wanted = [*ports, *[0] * len(machines)]
    transports: list[asyncio.DatagramTransport] = []
    try:
        for machine, port in zip(machines, wanted, strict=False):
            source = LiveTables(machine) if isinstance(machine, Machine) else machine
            endpoint = Endpoint(source, users, clock)
            transports.append(await _open(endpoint, host, port))
        yield [transport.get_extra_info("sockname")[1] for transport in transports]
    finally:
        for transport in transports:
            transport.close()
        await asyncio.sleep(0)  # the sockets are closed in the loop's next turn; whoever leaves may want the ports


async def _open(endpoint: "Endpoint", host: str, port: int) -> asyncio.DatagramTransport:
    loop = asyncio.get_running_loop()
    try:
        transport, _ = await loop.create_datagram_endpoint(lambda: endpoint, local_addr=(host, port))
    except OSError as error:
        raise OSError(error.errno, f"{host} port {port}: {error.strerror}") from error
    return transport


if __name__ == "__main__":
    from .command_line import main

    sys.exit(main())
