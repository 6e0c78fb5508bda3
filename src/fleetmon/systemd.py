"""The service manager's side of the daemon: the signals it sends, and what it is told (sd_notify(3))."""

import asyncio
import os
import signal
import socket as sockets
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog

log = structlog.get_logger("daemon")


@contextmanager
def stopped_by_signals(stop: asyncio.Event) -> Iterator[None]:
    """SIGTERM and SIGINT set `stop`. SIGHUP, which would end the process, only says that a restart is needed."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, log.warning, "settings are read at the start only: restart to change them")
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.remove_signal_handler(number)


def notify(text: str) -> None:
    """Tell the service manager, if one listens (sd_notify(3)); "READY=1" when started."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    path = "\0" + address[1:] if address.startswith("@") else address
    with sockets.socket(sockets.AF_UNIX, sockets.SOCK_DGRAM) as channel, suppress(OSError):
        channel.sendto(text.encode(), path)
