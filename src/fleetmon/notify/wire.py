"""A connection to a target, without a thread that anybody else waits for.

The event loop looks names up in threads that it shares with everybody: a name server that does not answer would have a
target's look-ups keep the machines' waiting, for half a minute each. So the ways out have two threads of their own, for
names and for reading certificates; if both are stuck, only they are late.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")
Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_APART: Final = ThreadPoolExecutor(2, thread_name_prefix="notify")


async def apart(work: Callable[[], T]) -> T:
    """Do something that may block, where it is in nobody's way."""
    return await asyncio.get_running_loop().run_in_executor(_APART, work)


async def connected(host: str, port: int, context: ssl.SSLContext | None) -> Wire:
    """A connection to the first address that takes it; `context` for TLS from the first octet. Raises OSError."""
    trouble: OSError | None = None
    for address in await _addresses(host, port):
        try:
            return await asyncio.open_connection(address, port, ssl=context, server_hostname=host if context else None)
        except OSError as error:
            trouble = trouble or error
    raise trouble or OSError(f"the name {host} has no address")


async def _addresses(host: str, port: int) -> list[str]:
    """Without a look-up where the host is an address already."""

    def look_up(flags: int) -> list[str]:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
        return list(dict.fromkeys(str(address[0]) for *_, address in found))

    try:
        return look_up(socket.AI_NUMERICHOST)
    except socket.gaierror:
        return await apart(lambda: look_up(0))
