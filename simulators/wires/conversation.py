"""One client's talk with a machine, whatever carries it: who is owed which octets, and when.

Octets leave in the order they were answered and never sooner than the line could carry them: a reply of a hundred
octets at 9600 baud takes a tenth of a second and arrives in pieces, on a simulated line too. What a client does not
fetch is bounded: like a machine's send buffer, ours is full at some point and the rest is lost.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from fleetmon.simulators.sheets.interfaces import Line

from .delivery import Delivery, Meeting, Speaker, Vice

MOST_WAITING = 65536
_PIECE = 16  # what an ordinary UART hands over at once
_TICK_S = 1.0


def unaltered(deliveries: list[Delivery]) -> list[Delivery]:
    """The vice of an honest line: none."""
    return deliveries


@dataclass(frozen=True, slots=True)
class Voice:
    """A machine as its clients find it: its speaker, its line, the clock of its own time, what its line does wrong."""

    speaker: Speaker
    line: Line
    clock: Callable[[], float]
    vice: Vice = unaltered


class Conversation:
    """What goes to and fro between a voice and one client. Must be made inside the running loop.

    `send` is given octets when they are due, `hang_up` is called when the machine ends the talk. `line` is given where
    the octets go over a serial line, and None where a network carries them all the way.
    """

    def __init__(
        self, voice: Voice, send: Callable[[bytes], None], hang_up: Callable[[], None], line: Line | None = None
    ) -> None:
        self._voice = voice
        self._speaker = voice.speaker.meet() if isinstance(voice.speaker, Meeting) else voice.speaker
        self._send, self._hang_up = send, hang_up
        self._octet_s = line.octet_s if line else 0.0
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[float, bytes, bool]] = deque()
        self._octets_waiting = 0
        self._free_at = self._loop.time()
        self._leaving = False
        self._timer: asyncio.TimerHandle | None = None
        self._ticks = self._loop.call_later(_TICK_S, self._tick)

    def hear(self, octets: bytes) -> None:
        """Octets arrived from the client."""
        voice = self._voice
        for delivery in voice.vice(self._speaker.hear(octets, voice.clock())):
            self._owe(delivery)
        self._send_due()

    def forget(self) -> None:
        """What is still owed will not be sent: the client purged the line."""
        self._waiting.clear()
        self._octets_waiting = 0
        self._free_at = self._loop.time()

    def leave(self) -> None:
        """The client will say no more: hang up when it has got what it is owed."""
        self._leaving = True
        self._ticks.cancel()
        self._send_due()

    def end(self) -> None:
        """The client is gone; nothing happens any more."""
        self.forget()
        self._ticks.cancel()
        if self._timer is not None:
            self._timer.cancel()

    def _tick(self) -> None:
        self._ticks = self._loop.call_later(_TICK_S, self._tick)
        self.hear(b"")

    def _owe(self, delivery: Delivery) -> None:
        octets = delivery.octets
        if self._octets_waiting + len(octets) > MOST_WAITING:
            return
        self._octets_waiting += len(octets)
        at = max(self._loop.time() + delivery.after_s, self._free_at)
        piece = _PIECE if self._octet_s else max(1, len(octets))
        for start in range(0, len(octets), piece):
            part = octets[start : start + piece]
            at += len(part) * self._octet_s
            self._waiting.append((at, part, False))
        if delivery.hang_up:
            self._waiting.append((at, b"", True))
        self._free_at = at

    def _send_due(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting and self._waiting[0][0] <= self._loop.time():
            _, octets, hang_up = self._waiting.popleft()
            self._octets_waiting -= len(octets)
            if octets:
                self._send(octets)
            if hang_up:
                self.forget()
                self._hang_up()
        if self._leaving and not self._waiting:
            self._hang_up()
        if self._waiting:
            self._timer = self._loop.call_at(self._waiting[0][0], self._send_due)
