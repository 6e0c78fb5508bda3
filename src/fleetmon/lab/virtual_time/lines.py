"""A simulated machine on a line of bytes, asked in memory: what it sends, and when, is gathered as the link would.

Nothing that stands in octets may get lost when the line is left out: the same speaker, the same framing, the same
vices on the same deliveries. Time within a poll is counted, not waited for: an octet that comes after the answer was
due is not heard, silence is a LinkError, and a poll may take as long as it may over a wire. What comes late is thrown
away, as the link throws it away before it asks again.
"""

from collections.abc import Callable, Iterator, Sequence

from fleetmon.decode.dialogue import Answer, Ask
from fleetmon.decode.framing.gathering import Gathering
from fleetmon.errors import GarbledReply, LinkError
from fleetmon.lab.virtual_time.limits import TooLong
from fleetmon.model.words import Silence
from fleetmon.simulators.bad_line import BadLine, Vices, vice_of
from fleetmon.simulators.modbus.bus import TcpBus
from fleetmon.simulators.modbus.unit import Unit
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.speakers import speaker_for
from fleetmon.simulators.stories.scenario import ALL, LinkHappening
from fleetmon.simulators.vices import Carriage
from fleetmon.simulators.wires.delivery import Delivery, Meeting, Speaker


def voice_of(machine: Machine, wired: Machine | None = None) -> Speaker:
    """Whatever it speaks: bytes, or Modbus TCP, where `wired` is the machine that it sits on."""
    return speaker_for(machine) if machine.sheet.modbus is None else TcpBus(Unit(machine, wired=wired))


class SpokenTo:
    """A simulated machine on its line as a Partner; `cut` says whether the network of the site is gone, `lasts_s` how
    long a poll may take, `keeps` whether the same talk goes on from poll to poll."""

    def __init__(
        self,
        machine: Machine,
        speaker: Speaker,
        links: Sequence[LinkHappening],
        cut: Callable[[], bool],
        *,
        seed: int = 0,
        lasts_s: float,
        keeps: bool = True,
    ) -> None:
        self._machine = machine
        self._speaker = speaker
        self._keeps = keeps
        self._begin()
        self._links = [(link, _vices(link)) for link in links if link.machine in (ALL, machine.name)]
        self._active: list[tuple[LinkHappening, Vices]] = []
        self._line = BadLine(machine.name, Carriage.STREAM, lambda: self._now, seed)
        self._cut = cut
        self._lasts_s = lasts_s
        self._now = self._taken_s = 0.0

    def at(self, now: float) -> None:
        """As Partner."""
        self._machine.step(now)
        active = [(link, vices) for link, vices in self._links if link.begins <= now < link.ends]
        if active != self._active:
            self._spoil(active)
        self._now, self._taken_s = now, 0.0
        if not self._keeps:
            self._begin()

    @property
    def changed(self) -> int | None:
        """As Partner; temperatures and lamps move without anything happening, so who tells of them is always asked."""
        moves = self._machine.sheet.modbus is not None or self._machine.power.heater is not None
        return None if moves or self._active or self._cut() else self._machine.changed

    @property
    def ticks(self) -> int | None:
        """As Partner."""
        return round(self._machine.uptime * 100) if self._machine.answers else None

    def _begin(self) -> None:
        """A new talk, in which nothing was said yet."""
        self._talk = self._speaker.meet() if isinstance(self._speaker, Meeting) else self._speaker
        self._heard = False

    def _spoil(self, active: list[tuple[LinkHappening, Vices]]) -> None:
        """What begins now began when it was to begin, and not when somebody looked."""
        together = Vices()
        for _, vices in active:
            together |= vices
        self._now = max((link.begins for link, _ in active), default=self._now)
        self._active = active
        self._line.spoil(together)

    def ask(self, request: Ask) -> Answer:
        """As Partner. Raises TooLong when the poll took more time than it may."""
        if self._cut():
            raise LinkError("no answer: the network of the site is gone")
        try:
            answer, took_s = gathered(
                request, self._line(self._talk.hear(request.octets, self._now)), heard=self._heard
            )
        except LinkError:
            self._take(request.timeout_s)
            self._begin()  # a link hangs up after that
            raise
        self._take(took_s)
        self._heard |= bool(answer.octets)
        return answer

    def _take(self, seconds: float) -> None:
        self._taken_s += seconds
        if self._taken_s > self._lasts_s:
            raise TooLong(f"no complete answer within {self._lasts_s:g} s", Silence.TIMEOUT)


def gathered(request: Ask, deliveries: Sequence[Delivery], *, heard: bool = True) -> tuple[Answer, float]:
    """The answer in what is sent, and how many seconds it took. Raises LinkError and GarbledReply as a link does; who
    hangs up on somebody of whom nothing was `heard` yet has somebody else on the line."""
    gathering, last_s = Gathering(request), 0.0
    for at_s, octets, hangs_up in _arrivals(deliveries):
        if at_s > request.timeout_s or (gathering.quiet_s is not None and at_s - last_s > gathering.quiet_s):
            break
        last_s = at_s
        if octets and (answer := gathering.feed(octets)) is not None:
            return answer, at_s
        if hangs_up:
            if not gathering.octets:
                raise LinkError("hung up instead of answering", Silence.PORT_GONE if heard else Silence.BUSY)
            return gathering.end(), at_s
    return _ended(request, gathering), request.timeout_s


def _arrivals(deliveries: Sequence[Delivery]) -> Iterator[tuple[float, bytes, bool]]:
    """In the order in which they are sent, none before the one before it."""
    at_s = 0.0
    for each in deliveries:
        at_s = max(at_s, each.after_s)
        yield at_s, each.octets, each.hang_up
        if each.hang_up:
            return


def _ended(request: Ask, gathering: Gathering) -> Answer:
    """What it is when nothing more comes in time."""
    if not gathering.octets:
        if request.silence_ok:
            return Answer(b"", ())
        raise gathering.overdue()
    if request.cut.half_closes or gathering.quiet_s is not None:
        return gathering.end()
    raise GarbledReply(str(gathering.overdue()), gathering.octets)


def _vices(link: LinkHappening) -> Vices:
    return vice_of(link.vice, link.numbers).over(Carriage.STREAM)
