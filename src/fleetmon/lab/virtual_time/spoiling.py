"""What is wrong with a line, where there are no datagrams: whether a request of a dialogue gets its answer, and when.

The vices are those of the wire, the very same functions. Each answer is stood for by a datagram of its own that goes
through the machine's line; what arrives of it, and when, is judged as the link would: it asks twice, two seconds apart,
believes the first whole answer to this request, lets pass what answers another one, and remembers what it cannot read.
A walk counts as one datagram here, whereas a small agent answers it row by row.
"""

from collections.abc import Callable, Sequence
from typing import Final

from fleetmon.decode.dialogue import Get, Reply, Request
from fleetmon.decode.printer_mib import mib
from fleetmon.errors import GarbledReply, LinkError
from fleetmon.lab.virtual_time.bridge import Partner
from fleetmon.lab.virtual_time.limits import TooLong
from fleetmon.model.words import Silence
from fleetmon.poller import MEETING_DEADLINE_S, POLL_DEADLINE_S
from fleetmon.simulators.bad_line import BadLine, Vices, vice_of
from fleetmon.simulators.stories.scenario import ALL, LinkHappening
from fleetmon.simulators.vices import Carriage
from fleetmon.simulators.wires.delivery import Delivery

_TRIES: Final = 2
_TRY_S: Final = 2.0  # as SnmpLink waits
_NUMBER, _TIMES = 8, 8  # an answer is its number in eight octets, eight times


class Spoilt:
    """A Partner behind a line that is not always in order. `cut` says whether the network of the site is gone."""

    def __init__(
        self, partner: Partner, machine: str, links: Sequence[LinkHappening], cut: Callable[[], bool], seed: int
    ) -> None:
        self._partner = partner
        self._links = [(link, _vices(link)) for link in links if link.machine in (ALL, machine)]
        self._active: list[tuple[LinkHappening, Vices]] = []
        self._line = BadLine(machine, Carriage.DATAGRAMS, lambda: self._now, seed)
        self._cut = cut
        self._now = 0.0
        self._asked = 0
        self._taken, self._may_take = 0.0, 0.0

    def at(self, now: float) -> None:
        """As Partner."""
        self._partner.at(now)
        active = [(link, vices) for link, vices in self._links if link.begins <= now < link.ends]
        if active != self._active:
            self._spoil(active)
        self._now, self._taken, self._may_take = now, 0.0, 0.0

    def _spoil(self, active: list[tuple[LinkHappening, Vices]]) -> None:
        """What begins now began when it was to begin, and not when somebody looked."""
        together = Vices()
        for _, vices in active:
            together |= vices
        self._now = max((link.begins for link, _ in active), default=self._now)
        self._active = active
        self._line.spoil(together)

    def ask(self, request: Request) -> Reply:
        """As Partner. Raises TooLong when the poll took more time than it may."""
        if self._cut():
            raise _silent("the network of the site is gone")
        reply: Reply = self._partner.ask(request)
        if self._active:
            self._may_take = self._may_take or _may_take(request)
            self._taken += self._arrives()
            if self._taken > self._may_take:
                raise TooLong(f"no complete answer within {self._may_take:g} s", Silence.TIMEOUT)
        return reply

    def _arrives(self) -> float:
        """Seconds until the answer is there. Raises LinkError if it does not come in time, or not whole."""
        self._asked += 1
        answer = self._asked.to_bytes(_NUMBER, "big") * _TIMES
        arrivals: list[tuple[float, bytes]] = []
        for number in range(_TRIES):
            asked_s = number * _TRY_S
            arrivals += [(asked_s + each.after_s, each.octets) for each in self._line([Delivery(0.0, answer)])]
            whole = [at for at, octets in arrivals if octets.startswith(answer)]
            if whole and min(whole) < asked_s + _TRY_S:
                return min(whole)
        if any(at < _TRIES * _TRY_S and not _is_answer(octets) for at, octets in arrivals):
            raise GarbledReply("what it says is no answer")
        raise _silent(f"its line is bad: {self._line.vices}")

    @property
    def changed(self) -> int | None:
        """As Partner; on a line that is not in order every question has to be asked."""
        return None if self._active or self._cut() else self._partner.changed

    @property
    def ticks(self) -> int | None:
        """As Partner."""
        return self._partner.ticks


def _vices(link: LinkHappening) -> Vices:
    return vice_of(link.vice, link.numbers).over(Carriage.DATAGRAMS)


def _may_take(request: Request) -> float:
    """How long a poll may take that begins with this: only at a first meeting is a machine asked what it is."""
    is_meeting = isinstance(request, Get) and mib.SYS_DESCR in request.oids
    return MEETING_DEADLINE_S if is_meeting else POLL_DEADLINE_S


def _is_answer(octets: bytes) -> bool:
    """Whether it could be read, be it as an answer to something else."""
    return len(octets) >= _NUMBER * _TIMES and octets.startswith(octets[:_NUMBER] * _TIMES)


def _silent(text: str) -> LinkError:
    return LinkError(f"no answer: {text}", Silence.TIMEOUT)
