"""The service manager's side of the daemon: the signals it sends, what it is told, and what it hands over.

Telling follows sd_notify(3), the watchdog sd_watchdog_enabled(3), sockets that were opened for us sd_listen_fds(3);
each is a few lines, and without a service manager all of them do nothing.
"""

import asyncio
import os
import signal
import socket as sockets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import structlog

_FIRST_HANDED_OVER = 3

log = structlog.get_logger("daemon")


@dataclass(frozen=True, slots=True)
class Signals:
    """What we are asked for: to end, or to read the settings again."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    reload: asyncio.Event = field(default_factory=asyncio.Event)


@contextmanager
def signals() -> Iterator[Signals]:
    """SIGTERM and SIGINT ask to stop, SIGHUP to reload."""
    asked, loop = Signals(), asyncio.get_running_loop()
    sets = {signal.SIGTERM: asked.stop, signal.SIGINT: asked.stop, signal.SIGHUP: asked.reload}
    for number, event in sets.items():
        loop.add_signal_handler(number, event.set)
    try:
        yield asked
    finally:
        for number in sets:
            loop.remove_signal_handler(number)


def listens() -> bool:
    """Whether a service manager wants to be told anything."""
    return bool(os.environ.get("NOTIFY_SOCKET"))


def notify(*lines: str) -> None:
    """Tell the service manager, if one listens: "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=words for people"."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    path = "\0" + address[1:] if address.startswith("@") else address
    with sockets.socket(sockets.AF_UNIX, sockets.SOCK_DGRAM) as channel, suppress(OSError):
        channel.setblocking(False)  # a manager that does not read must not hold up the event loop
        channel.sendto("\n".join(lines).encode(), path)


def notify_reloading() -> None:
    """The settings are being read again from this moment of CLOCK_MONOTONIC on; "READY=1" says when that is over."""
    mono_s = asyncio.get_running_loop().time()  # that very clock, whatever the site's own shows
    notify("RELOADING=1", f"MONOTONIC_USEC={round(mono_s * 1_000_000)}")


def watchdog_s() -> float | None:
    """Within how many seconds the service manager wants a sign of life from this very process; None for never."""
    asked, of = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not (asked.isascii() and asked.isdecimal() and int(asked)) or of not in ("", str(os.getpid())):
        return None
    return int(asked) / 1_000_000


def datagram_sockets() -> list[sockets.socket]:
    """The UDP sockets of a socket unit, which may stand on ports that we could not open; taken once, then ours."""
    count, of = os.environ.pop("LISTEN_FDS", ""), os.environ.pop("LISTEN_PID", "")
    if of != str(os.getpid()) or not (count.isascii() and count.isdecimal()):
        return []
    found = []
    for descriptor in range(_FIRST_HANDED_OVER, _FIRST_HANDED_OVER + int(count)):
        os.set_inheritable(descriptor, False)
        handed = sockets.socket(fileno=descriptor)
        if handed.type == sockets.SOCK_DGRAM and handed.family in (sockets.AF_INET, sockets.AF_INET6):
            found.append(handed)
        else:
            log.warning("a socket of the service manager is of no use: only UDP is taken, for traps", fd=descriptor)
            handed.close()
    return found
