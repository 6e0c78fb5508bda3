"""What can be wrong with the line to a machine, or with how it answers there: one small function for each vice.

A vice is done to what the machine sends, never to what it hears: for whoever asks, an unheard question and an unheard
answer are the same. It acts on deliveries, so that one table serves datagrams and streams. Several at once act in the
order of the table, from the machine outwards: rubbish is said first, then lost, then late.

What a network does not do is not done here either. Octets of a datagram that change on the way are no other answer:
the receiver's UDP finds a wrong checksum (RFC 768) and throws it away, so there `noise` and `wrong-checksum` lose it.
On a serial line there is nobody to do that, and they arrive. A machine that itself says rubbish is `garbage`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Final

from fleetmon.simulators.model.commands import Do

from .wires.delivery import Delivery

Deliveries = list[Delivery]


class Vice(StrEnum):
    """The vices of a line, in the order in which they act."""

    GARBAGE = "garbage"
    CHECKSUM = "wrong-checksum"
    TRUNCATED = "truncated"
    LATE = "late"
    GLUED = "glued"
    DUPLICATE = "duplicate"
    NOISE = "noise"
    LOSS = "loss"
    HANG_UP = "hang-up"
    SLOW = "slow"
    JITTER = "jitter"
    ONE_BYTE = "one-byte"
    FLAPPING = "flapping"
    BUSY = "busy"
    MUTE = "mute"


class Carriage(StrEnum):
    """What carries the octets: single datagrams, or a stream, on a serial line or through TCP."""

    DATAGRAMS = "datagrams"
    STREAM = "streams"


@dataclass(frozen=True, slots=True)
class Number:
    """A number that a vice is given: what it is if nothing is said, and from where to where it may go."""

    name: str
    usual: float
    most: float
    says: str
    least: float = 0.0


@dataclass(slots=True)
class Occasion:
    """A vice at work on one line: its numbers and dice, since when it acts, and what it has kept back.

    `now` is the moment in the machine's own time, and so is `began`; delays are in the client's.
    """

    carriage: Carriage
    numbers: Mapping[str, float]
    dice: Random
    began: float
    now: float = 0.0
    kept: Deliveries = field(default_factory=list)

    @property
    def strikes(self) -> bool:
        """Whether it happens this time, which it does in `share` of the cases."""
        return self.dice.random() < self.numbers["share"]


Act = Callable[[Deliveries, Occasion], Deliveries]


@dataclass(frozen=True, slots=True)
class Kind:
    """What the table holds of a vice: what it does in words, how it is done, its numbers, and what it can befall."""

    does: str
    act: Act
    numbers: tuple[Number, ...] = ()
    over: tuple[Carriage, ...] = tuple(Carriage)


def _each(change: Callable[[bytes, Occasion], bytes]) -> Act:
    """Change the octets of `share` of the deliveries."""

    def act(deliveries: Deliveries, on: Occasion) -> Deliveries:
        return [each._replace(octets=change(each.octets, on)) if on.strikes else each for each in deliveries]

    return act


def _garbage(octets: bytes, on: Occasion) -> bytes:
    return on.dice.randbytes(len(octets))


def _cut(octets: bytes, on: Occasion) -> bytes:
    return octets[: on.dice.randrange(max(1, len(octets)))]


def _checksum(deliveries: Deliveries, on: Occasion) -> Deliveries:
    if on.carriage is Carriage.DATAGRAMS:
        return _loss(deliveries, on)
    return _each(_other_end)(deliveries, on)


def _other_end(octets: bytes, on: Occasion) -> bytes:
    start = max(0, len(octets) - round(on.numbers["octets"]))
    return octets[:start] + bytes(octet ^ on.dice.randint(1, 255) for octet in octets[start:])


def _noise(deliveries: Deliveries, on: Occasion) -> Deliveries:
    heard = [each._replace(octets=_flipped(each.octets, on)) for each in deliveries]
    if on.carriage is Carriage.STREAM:
        return heard
    return [each for each, sent in zip(heard, deliveries, strict=True) if each.octets == sent.octets]


def _flipped(octets: bytes, on: Occasion) -> bytes:
    return bytes(octet ^ 1 << on.dice.randrange(8) if on.strikes else octet for octet in octets)


def _late(deliveries: Deliveries, on: Occasion) -> Deliveries:
    if not deliveries:
        return []
    on.kept, before = deliveries, on.kept
    return before


def _glued(deliveries: Deliveries, on: Occasion) -> Deliveries:
    on.kept = [*on.kept, *deliveries]
    if len(on.kept) < 2:
        return []
    *_, last = both = on.kept
    on.kept = []
    return [last._replace(octets=b"".join(each.octets for each in both))]


def _duplicate(deliveries: Deliveries, on: Occasion) -> Deliveries:
    return [each for answer in deliveries for each in (_twice(answer, on) if on.strikes else [answer])]


def _twice(answer: Delivery, on: Occasion) -> Deliveries:
    return [answer._replace(octets=2 * answer.octets)] if on.numbers["joined"] else [answer, answer]


def _loss(deliveries: Deliveries, on: Occasion) -> Deliveries:
    return [each for each in deliveries if not on.strikes]


def _hang_up(deliveries: Deliveries, on: Occasion) -> Deliveries:
    for number, each in enumerate(deliveries):
        if on.strikes:
            return [*deliveries[:number], each._replace(octets=_cut(each.octets, on), hang_up=True)]
    return deliveries


def _slow(deliveries: Deliveries, on: Occasion) -> Deliveries:
    return [each._replace(after_s=each.after_s + on.numbers["seconds"]) for each in deliveries]


def _jitter(deliveries: Deliveries, on: Occasion) -> Deliveries:
    most = on.numbers["seconds"]
    return [each._replace(after_s=each.after_s + on.dice.uniform(0, most)) for each in deliveries]


def _one_byte(deliveries: Deliveries, on: Occasion) -> Deliveries:
    return [piece for each in deliveries for piece in _pieces(each, on.numbers["seconds"])]


def _pieces(whole: Delivery, seconds: float) -> Deliveries:
    pieces = [
        Delivery(whole.after_s + number * seconds, bytes((octet,))) for number, octet in enumerate(whole.octets)
    ] or [whole]
    return [*pieces[:-1], pieces[-1]._replace(hang_up=whole.hang_up)]


def _flapping(deliveries: Deliveries, on: Occasion) -> Deliveries:
    up, down = on.numbers["up"], on.numbers["down"]
    return deliveries if (on.now - on.began) % (up + down) < up else []


def _busy(deliveries: Deliveries, on: Occasion) -> Deliveries:
    return [Delivery(0.0, b"", hang_up=True)] if on.numbers["refuses"] else []


def _mute(deliveries: Deliveries, on: Occasion) -> Deliveries:
    return []


_SHARE = Number("share", 1, 1, "of the answers it happens to")
_STREAM = (Carriage.STREAM,)

VICES: Final[Mapping[Vice, Kind]] = {
    Vice.GARBAGE: Kind("the machine says as many random octets instead", _each(_garbage), (_SHARE,)),
    Vice.CHECKSUM: Kind(
        "the last octets, where checksums stand, are others; a datagram is lost by that",
        _checksum,
        (_SHARE, Number("octets", 2, 4, "how many of them", least=1)),
    ),
    Vice.TRUNCATED: Kind("the machine breaks off in the middle of an answer", _each(_cut), (_SHARE,)),
    Vice.LATE: Kind("each question is given the answer to the one before", _late),
    Vice.GLUED: Kind("every other answer waits for the next one and leaves with it, in one piece", _glued),
    Vice.DUPLICATE: Kind("an answer comes twice", _duplicate, (_SHARE, Number("joined", 0, 1, "1: both in one piece"))),
    Vice.NOISE: Kind(
        "bits are flipped on the way; a datagram is lost by that",
        _noise,
        (Number("share", 0.01, 1, "of the octets that are hit, one bit in each"),),
    ),
    Vice.LOSS: Kind("answers are lost", _loss, (Number("share", 0.05, 1, "of the answers it happens to"),)),
    Vice.HANG_UP: Kind("the talk is ended in the middle of an answer", _hang_up, (_SHARE,), _STREAM),
    Vice.SLOW: Kind("every answer comes later", _slow, (Number("seconds", 4.9, 600, "later, by the client's clock"),)),
    Vice.JITTER: Kind(
        "every answer comes later, by another while each time; datagrams overtake each other",
        _jitter,
        (Number("seconds", 1, 600, "later at most, by the client's clock"),),
    ),
    Vice.ONE_BYTE: Kind(
        "an answer comes one octet at a time",
        _one_byte,
        (Number("seconds", 0.01, 10, "between octets, by the client's clock"),),
        _STREAM,
    ),
    Vice.FLAPPING: Kind(
        "the line is there for a while and gone for a while",
        _flapping,
        (
            Number("up", 10, 86400, "seconds there, by the machine's clock", least=0.001),
            Number("down", 10, 86400, "seconds gone, by the machine's clock"),
        ),
    ),
    Vice.BUSY: Kind(
        "somebody else has the port of a machine that serves one: connected, and not answered",
        _busy,
        (Number("refuses", 0, 1, "1: hung up on instead"),),
        _STREAM,
    ),
    Vice.MUTE: Kind("nothing comes; so does an agent answer a wrong community", _mute),
}

AT_THE_MACHINE: Final[Mapping[Do, str]] = {
    Do.REBOOT: "it starts anew: silence, then a clock that fell back, row numbers and counters of the run from nought",
    Do.HANG: "its firmware goes on saying what it said and makes nothing",
    Do.REPLACE: "another one of its kind answers at its address",
    Do.RESET_COUNTER: "its life counter begins again",
    Do.WRAP_COUNTER: "its life counter stands `documents` before 2^32",
    Do.BATCH_COUNTER: "its counter moves by `documents` at once",
    Do.STICK_COUNTER: "its counter stands although documents are made",
}
"""Orders to the machine that look like vices to whoever asks: they are obeyed by it, not done to its line."""
