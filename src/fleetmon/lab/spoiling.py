"""What the vices of a link come to where there are no datagrams: whether a request of a dialogue gets its answer.

On the wire a vice is done to single deliveries, and the link has its ways with them: it asks twice, within four
seconds, and a poll has five. Here the outcome of that is drawn: a request fails if both tries fail. What datagrams
bear without harm (a duplicate, a byte at a time, a hang-up) does nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Final

from fleetmon.decode.dialogue import Reply, Request
from fleetmon.errors import GarbledReply, LinkError
from fleetmon.lab.bridge import Partner
from fleetmon.model.words import Silence
from fleetmon.simulators.scenario import ALL, LinkHappening, Vice

_TRIES_S: Final = 4.0
_POLL_S: Final = 5.0

Numbers = Mapping[str, float]
Spoil = Callable[[Numbers, Random, float, float], LinkError | None]
"""From the vice's numbers, dice, seconds since it began, and seconds that this poll has taken: how a request fails."""


def _lose(numbers: Numbers, dice: Random, since: float, taken: float) -> LinkError | None:
    """Either of the question and the answer may be lost, in both tries."""
    lost = 1 - (1 - numbers.get("share", 1.0)) ** 2
    return _silent("datagrams are lost") if dice.random() < lost**2 else None


def _mute(numbers: Numbers, dice: Random, since: float, taken: float) -> LinkError | None:
    return _silent("it is mute")


def _slow(numbers: Numbers, dice: Random, since: float, taken: float) -> LinkError | None:
    seconds = numbers.get("seconds", 0.0)
    return _silent("it is slow") if seconds >= _TRIES_S or taken + seconds > _POLL_S else None


def _garble(numbers: Numbers, dice: Random, since: float, taken: float) -> LinkError | None:
    return GarbledReply("what it says is garbage") if dice.random() < numbers.get("share", 1.0) ** 2 else None


def _flap(numbers: Numbers, dice: Random, since: float, taken: float) -> LinkError | None:
    up, down = numbers.get("up", 10.0), numbers.get("down", 10.0)
    return _silent("its line flaps") if since % (up + down) >= up else None


_SPOILS: Final[dict[Vice, Spoil]] = {
    Vice.LOSS: _lose,
    Vice.MUTE: _mute,
    Vice.SLOW: _slow,
    Vice.GARBAGE: _garble,
    Vice.TRUNCATED: _garble,
    Vice.CHECKSUM: _garble,
    Vice.FLAPPING: _flap,
}


class Spoilt:
    """A Partner behind a line that is not always in order. `cut` says whether the network of the site is gone."""

    def __init__(
        self, partner: Partner, machine: str, links: Sequence[LinkHappening], cut: Callable[[], bool], seed: int
    ) -> None:
        self._partner = partner
        self._links = [link for link in links if link.machine in (ALL, machine) and link.vice in _SPOILS]
        self._active: list[LinkHappening] = []
        self._cut = cut
        self._dice = Random(f"{seed}/{machine}/line")
        self._now = 0.0
        self._taken = 0.0

    def at(self, now: float) -> None:
        """As Partner."""
        self._partner.at(now)
        self._now, self._taken = now, 0.0
        self._active = [link for link in self._links if link.begins <= now < link.ends]

    def ask(self, request: Request) -> Reply:
        """As Partner."""
        if self._cut():
            raise _silent("the network of the site is gone")
        for link in self._active:
            failed = _SPOILS[link.vice](link.numbers, self._dice, self._now - link.begins, self._taken)
            if failed is not None:
                raise failed
            self._taken += link.numbers.get("seconds", 0.0)
        return self._partner.ask(request)

    @property
    def changed(self) -> int | None:
        """As Partner; on a line that is not in order every question has to be asked."""
        return None if self._active or self._cut() else self._partner.changed

    @property
    def ticks(self) -> int | None:
        """As Partner."""
        return self._partner.ticks


def _silent(text: str) -> LinkError:
    return LinkError(f"no answer: {text}", Silence.TIMEOUT)
