"""Who only repeats itself is asked in passing: all machines of a slot at once, without a task or a dialogue for each.

Nearly all machines are at rest nearly all the time: the answers to a poll are those to the last one, octet by octet but
for the request id and the clock. A script is such a conversation, written down: what was asked and what was answered.
The pulse asks it again, one request at a time, and only compares. Whatever is not the same (another value, an error, a
clock that fell back, silence) is not judged here: the sleeper is stirred and holds the conversation itself. So nothing
is known here of what answers mean, and everything that can go wrong stays where it is dealt with.

Answers are not read as they come, which would wake the daemon for each of them, but all together a moment later.
"""

import asyncio
import math
import secrets
from collections import deque
from typing import Final, NamedTuple, Protocol, runtime_checkable

from fleetmon.clock import Clock
from fleetmon.decode.again import Repeat
from fleetmon.decode.ber import Message
from fleetmon.errors import LinkError
from fleetmon.links.datagrams import Datagrams, peer
from fleetmon.links.host import Endpoint, SocketAddress
from fleetmon.model.report import At

SLOTS_PER_S: Final = 10
_PATIENCE_S: Final = 2.0  # of the world; the sleeper then asks by itself, and twice
_READ_AFTER_S: Final = 0.01  # of the world
_FIRST_ID: Final = 1 << 30  # in the midst of ber.REQUEST_IDS


class Line(NamedTuple):
    """One request, and the answer that would say nothing new."""

    message: Message
    repeat: Repeat


class Script(NamedTuple):
    """A conversation with one machine that is expected to go as it went before."""

    endpoint: Endpoint
    lines: tuple[Line, ...]


@runtime_checkable
class Scripted(Protocol):
    """A link whose conversations can be written down."""

    def begin(self) -> None:
        """A conversation begins, which may be asked for as a script."""
        ...

    def script(self) -> Script | None:
        """What was asked since it began and answered, fit to be asked again; None if it went otherwise than usual."""
        ...


class Sleeper(Protocol):
    """Somebody who lets the pulse ask for him."""

    def script(self, now_s: float) -> Script | None:
        """What to ask in this slot; None if he has to do it himself, and then he knows it from having been asked."""
        ...

    def repeated(self, ticks: int, at: At) -> float:
        """The machine said the same again, and its clock shows so many ticks. Returns when to ask next (At.mono)."""
        ...

    def stirred(self) -> None:
        """It did not, or did not answer: called once, and then nothing any more."""
        ...


class Watch:
    """One sleeper, for as long as the pulse asks for him."""

    __slots__ = ("_sleeper", "asked_at", "ended", "is_waiting", "leaves", "lines", "request_id", "ticks", "to")

    def __init__(self, sleeper: Sleeper, ticks: int) -> None:
        self._sleeper = sleeper
        self.ticks = ticks
        self.ended = False
        self.leaves = False
        self.is_waiting = False  # for an answer
        self.lines: list[Line] = []  # still to be asked in this slot, the first one on its way
        self.to: Endpoint | None = None
        self.request_id = b""
        self.asked_at = 0.0

    def begin(self, now_s: float) -> bool:
        """Whether there is something to ask."""
        script = None if self.ended else self._sleeper.script(now_s)
        if script is not None:
            self.to, self.lines = script.endpoint, list(script.lines)
        return script is not None

    def end(self) -> None:
        """Nothing is asked and nobody is called any more."""
        self.ended = True

    def leave(self) -> None:
        """Stir the sleeper, who wants to ask himself, as soon as nobody else asks his machine: at once, or when the
        request on its way is answered or given up."""
        self.leaves = True
        if not self.is_waiting:
            self.stir()

    def stir(self) -> None:
        """Leave it to the sleeper."""
        if not self.ended:
            self.ended = True
            self._sleeper.stirred()

    def repeated(self, at: At) -> float:
        """When the sleeper wants to be asked for next."""
        return self._sleeper.repeated(self.ticks, at)


class Pulse:
    """Asks for all sleepers of a site, on sockets of its own. Needs a running loop from the first `watch` on."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._datagrams = Datagrams(self._arrived, at_once=False)
        self._slots: dict[int, list[Watch]] = {}
        self._open: dict[SocketAddress, Watch] = {}
        self._patience: deque[tuple[float, Watch]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = math.inf
        self._now = clock.now()  # when the last turn began

    def watch(self, sleeper: Sleeper, due_s: float, ticks: int) -> Watch:
        """Ask for a sleeper from `due_s` (as in At.mono) on; `ticks` is what the machine's clock showed last."""
        watch = Watch(sleeper, ticks)
        self._at(due_s, watch)
        return watch

    def close(self) -> None:
        """Ask nobody any more."""
        self._datagrams.close()
        self._slots.clear()
        self._open.clear()
        if self._timer is not None:
            self._timer.cancel()

    def _at(self, due_s: float, watch: Watch) -> None:
        slot = math.ceil(round(due_s * SLOTS_PER_S, 6))
        watches = self._slots.get(slot)
        if watches is None:
            self._slots[slot] = watches = []
            self._set_timer(self._clock.until(slot / SLOTS_PER_S))
        watches.append(watch)

    def _set_timer(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        at = loop.time() + seconds
        if at < self._timer_at:
            if self._timer is not None:
                self._timer.cancel()
            self._timer, self._timer_at = loop.call_at(at, self._wake), at

    def _wake(self) -> None:
        self._timer, self._timer_at = None, math.inf
        self._now = self._clock.now()
        self._datagrams.read()
        self._lose_patience(asyncio.get_running_loop().time())
        now_s = self._now.mono
        for slot in [slot for slot in self._slots if slot <= now_s * SLOTS_PER_S]:
            for watch in self._slots.pop(slot):
                self._begin(watch, now_s)
        if self._slots:
            self._set_timer(self._clock.until(min(self._slots) / SLOTS_PER_S))
        if self._patience:
            self._set_timer(self._reading_in_s(asyncio.get_running_loop().time()))

    def _reading_in_s(self, now: float) -> float:
        """Soon after something was asked, then less and less often, until nobody is waited for any more."""
        if not self._open:
            return self._patience[0][0] - now
        asked_last = self._patience[-1][0] - _PATIENCE_S
        return max(_READ_AFTER_S, min((now - asked_last) / 2, self._patience[0][0] - now))

    def _lose_patience(self, now: float) -> None:
        while self._patience and self._patience[0][0] <= now:
            _, watch = self._patience.popleft()
            to = watch.to
            if to is not None and watch.asked_at + _PATIENCE_S <= now and self._open.get(peer(to.address)) is watch:
                self._close(watch, peer(to.address))
                watch.stir()

    def _begin(self, watch: Watch, now_s: float) -> None:
        if not watch.begin(now_s):
            watch.end()
        elif watch.to is not None and peer(watch.to.address) in self._open:
            self._at(now_s + 1 / SLOTS_PER_S, watch)  # one request at a time, also where one host speaks for several
        else:
            self._ask(watch)

    def _ask(self, watch: Watch) -> None:
        to = watch.to
        if to is None:
            return
        message = watch.lines[0].message
        watch.request_id = request_id = (_FIRST_ID | secrets.randbits(30)).to_bytes(4, "big")
        try:
            self._datagrams.send(to, message.head + request_id + message.tail)
        except LinkError:
            watch.stir()  # he will say what is wrong
            return
        watch.asked_at = asked_at = asyncio.get_running_loop().time()
        self._open[peer(to.address)], watch.is_waiting = watch, True
        self._patience.append((asked_at + _PATIENCE_S, watch))

    def _arrived(self, datagram: bytes, sender: SocketAddress) -> None:
        watch = self._open.get(sender)
        if watch is None:
            return
        repeat = watch.lines[0].repeat
        if repeat.is_late(datagram, watch.request_id):
            return
        self._close(watch, sender)
        ticks = repeat.read(datagram)
        if watch.ended:
            return
        if watch.leaves or ticks is None or (repeat.ticks is not None and ticks < watch.ticks):
            watch.stir()
            return
        watch.ticks = max(watch.ticks, ticks)
        del watch.lines[0]
        if watch.lines:
            self._ask(watch)
        else:
            self._at(watch.repeated(self._now), watch)

    def _close(self, watch: Watch, sender: SocketAddress) -> None:
        del self._open[sender]
        watch.is_waiting = False
