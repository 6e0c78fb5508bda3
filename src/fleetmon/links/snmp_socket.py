"""Requests matched with answers; one pair of sockets (IPv4, IPv6) is enough for all SNMP v1 and v2c machines.

An answer counts if it comes from the address that was asked and carries the id of a request still open; ids are drawn
afresh from the system's randomness, so a stranger who cannot see the requests cannot answer them. All else is ignored
and counted. What cannot be decoded, but comes from a machine that was asked, is remembered: if nothing better comes
before the time is up, the machine is garbled, not silent.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeAlias, TypeVar

from fleetmon.decode import ber
from fleetmon.errors import GarbledReply, LinkError
from fleetmon.links.datagrams import Datagrams, peer
from fleetmon.links.host import Endpoint, SocketAddress

Encode: TypeAlias = Callable[[int], bytes]  # a request, once its id is known

_FIRST_ID, _IDS = ber.REQUEST_IDS[0], len(ber.REQUEST_IDS)


class Identified(Protocol):
    """What a datagram is read as: it says which request it answers."""

    @property
    def request_id(self) -> int:
        """The number that the request carried."""
        ...


Answer = TypeVar("Answer", bound=Identified)


class _Open(Generic[Answer]):
    """One request that waits for its answer."""

    __slots__ = ("future", "garbled", "read")

    def __init__(self, future: asyncio.Future[Answer | None], read: Callable[[bytes], Answer]) -> None:
        self.future = future
        self.read = read
        self.garbled = ""  # what was wrong with the last rubbish from the machine

    def settle(self, answer: Answer | None) -> None:
        """The first answer counts, be it that there is none."""
        if not self.future.done():
            self.future.set_result(answer)


class _Deadlines(Generic[Answer]):
    """Waits that are all equally long end in the order in which they began, so one timer is enough for all of them."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waiting: deque[tuple[float, asyncio.Future[Answer | None]]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, future: asyncio.Future[Answer | None], loop: asyncio.AbstractEventLoop) -> None:
        """Give the future None when its time is up."""
        waiting = self._waiting
        while waiting and waiting[0][1].done():
            waiting.popleft()
        due = loop.time() + self._seconds
        waiting.append((due, future))
        if self._timer is None:
            self._timer = loop.call_at(due, self._due, loop)

    def cancel(self) -> None:
        """Let nobody's time be up any more."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()

    def _due(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer, waiting, now = None, self._waiting, loop.time()
        while waiting and (waiting[0][0] <= now or waiting[0][1].done()):
            _, future = waiting.popleft()
            if not future.done():
                future.set_result(None)
        if waiting:
            self._timer = loop.call_at(waiting[0][0], self._due, loop)


class Exchanges(Generic[Answer]):
    """Sends, waits, matches; what an answer means is for others. Needs a running loop from the first request on.

    `read` makes an answer of a datagram or raises GarbledReply for one that is not to be believed.
    """

    def __init__(self, read: Callable[[bytes], Answer]) -> None:
        self._read = read
        self._datagrams = Datagrams(self._arrived)
        self._open: dict[SocketAddress, dict[int, _Open[Answer]]] = {}
        self._deadlines: dict[float, _Deadlines[Answer]] = {}
        self.ignored = 0  # datagrams from strangers, and answers nobody waits for (any more)
        self.undecodable = 0  # datagrams from machines that were being asked, which are not to be believed

    @property
    def waiting(self) -> int:
        """How many requests are open."""
        return sum(map(len, self._open.values()))

    async def exchange(
        self,
        to: Endpoint,
        attempts: Sequence[Sequence[Encode]],
        timeout_s: float,
        request_id: int | None = None,
        read: Callable[[bytes], Answer] | None = None,
    ) -> tuple[Answer | None, int]:
        """The first answer to any of the messages, and how many attempts had gone before.

        The messages of one attempt are sent at once and waited for `timeout_s` seconds. All carry the same request id
        (drawn here from `ber.REQUEST_IDS` unless given), so an answer to an earlier attempt is never too late. None if
        nothing came, GarbledReply if only rubbish came, LinkError if nothing could be sent. `read` is a quicker way to
        read answers to this very request, with the same results.
        """
        sender = peer(to.address)
        loop = asyncio.get_running_loop()
        deadlines = self._deadlines.get(timeout_s) or self._deadlines.setdefault(timeout_s, _Deadlines(timeout_s))
        request_id, request = self._register(sender, request_id, _Open(loop.create_future(), read or self._read))
        try:
            for number, messages in enumerate(attempts):
                if number:
                    request.future = loop.create_future()
                deadlines.add(request.future, loop)
                for encode in messages:
                    self._datagrams.send(to, encode(request_id))
                answer = await request.future
                if answer is not None:
                    return answer, number
                if self._datagrams.closed:
                    raise LinkError("fleetmon stopped listening for SNMP answers")
        finally:
            self._forget(sender, request_id)
        if request.garbled:
            raise GarbledReply(request.garbled)
        return None, len(attempts)

    async def close(self) -> None:
        """Stop listening; whoever still waits gets a LinkError."""
        self._datagrams.close()
        for deadlines in self._deadlines.values():
            deadlines.cancel()
        for request in [request for requests in self._open.values() for request in requests.values()]:
            request.settle(None)

    def _register(
        self, peer: SocketAddress, request_id: int | None, request: _Open[Answer]
    ) -> tuple[int, _Open[Answer]]:
        requests = self._open.setdefault(peer, {})
        while request_id is None or request_id in requests:
            request_id = _FIRST_ID + secrets.randbelow(_IDS)
        requests[request_id] = request
        return request_id, request

    def _forget(self, peer: SocketAddress, request_id: int) -> None:
        requests = self._open[peer]
        del requests[request_id]
        if not requests:
            del self._open[peer]

    def _arrived(self, datagram: bytes, sender: SocketAddress) -> None:
        requests = self._open.get(sender)
        if requests is None:
            self.ignored += 1
            return
        try:
            answer = next(iter(requests.values())).read(datagram)
        except GarbledReply as error:
            self.undecodable += 1
            for request in requests.values():
                request.garbled = str(error)
            return
        asked = requests.get(answer.request_id)
        if asked is None or asked.future.done():
            self.ignored += 1
        else:
            asked.settle(answer)


class SnmpSocket(Exchanges[ber.Response]):
    """The socket that all v1 and v2c machines share."""

    def __init__(self) -> None:
        super().__init__(ber.decode)
