"""What is seen on the wire, the same way for every product: a tap on the loopback of the bench's own network.

A poll is a request that asks sysUpTime, whoever sends it; the kernel stamps its time. How late a poll is, is told
against the asker's own rhythm: by how much more than at its most punctual it is off a beat of the interval.
"""

import socket
import struct
import threading
from collections import defaultdict
from collections.abc import Iterable

_ETH_P_IP = 0x0800
_SO_TIMESTAMPNS = 35  # socket(7), asm-generic
_UPTIME = bytes.fromhex("06082b06010201010300")  # 1.3.6.1.2.1.1.3.0 in BER
_TIMESPEC = struct.Struct("qq")
_BUFFER = 16 * 1024 * 1024


class Tap:
    """Polls by machine address, and writes to `control`; times in seconds since 1970."""

    def __init__(self, port: int, control: str) -> None:
        self.polls: dict[str, list[float]] = defaultdict(list)
        self.writes: list[float] = []
        self._port, self._control = struct.pack("!H", port), socket.inet_aton(control)
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_IP))
        self._socket.bind(("lo", _ETH_P_IP))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        threading.Thread(target=self._listen, daemon=True).start()

    def forget(self) -> None:
        """Start anew."""
        self.polls = defaultdict(list)
        self.writes = []

    def between(self, start: float, end: float) -> dict[str, list[float]]:
        """The polls of each address within that time."""
        return {who: [at for at in times if start <= at < end] for who, times in list(self.polls.items())}

    def _listen(self) -> None:
        while True:
            packet, ancillary, _, sender = self._socket.recvmsg(2048, 64)
            if sender[2] == socket.PACKET_OUTGOING or packet[9] != socket.IPPROTO_UDP:
                continue  # on loopback each packet is seen twice
            header = (packet[0] & 0x0F) * 4
            if packet[header + 2 : header + 4] != self._port:
                continue
            seconds, nanoseconds = _TIMESPEC.unpack(ancillary[0][2])
            at = seconds + nanoseconds / 1e9
            if packet[16:20] == self._control:
                self.writes.append(at)
            elif _UPTIME in packet:
                self.polls[socket.inet_ntoa(packet[16:20])].append(at)


def lateness(polls: Iterable[list[float]], interval: float) -> list[float]:
    """By how many seconds each poll was later than the same machine's most punctual one."""
    found = []
    for times in polls:
        if not times:
            continue
        phases = [(at - times[0] + interval / 2) % interval - interval / 2 for at in times]
        found += [phase - min(phases) for phase in phases]
    return found


def percentile(values: Iterable[float], share: float) -> float:
    """The value that this share of all does not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
