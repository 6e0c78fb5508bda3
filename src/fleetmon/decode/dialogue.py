"""How a driver's behaviour is written once: as a generator.

A dialogue yields a request, is sent the reply and returns what it understood. The poller, the tests, recordings and
virtual time all drive the same generator, so what is tested is what runs. A link that fails raises its LinkError
*into* the dialogue, which may catch it (silence can mean something) or let it end the poll.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, TypeVar

from fleetmon.decode.framing import Cut
from fleetmon.model.oid import Oid, dotted, oid

__all__ = [
    "Answer",
    "Ask",
    "Dialogue",
    "Exchange",
    "Get",
    "LineDialogue",
    "Oid",
    "Reply",
    "Request",
    "Spoken",
    "Value",
    "Varbind",
    "Walk",
    "dotted",
    "oid",
]

Value: TypeAlias = int | bytes | Oid | None


class Varbind(NamedTuple):
    """One SNMP variable binding; `tag` is the BER tag of the value: 2 INTEGER, 4 OCTET STRING, 6 OID, 0x40.. the
    application types (RFC 2578 section 7.1). None stands for noSuchObject, noSuchInstance, endOfMibView and NULL."""

    oid: Oid
    tag: int
    value: Value


@dataclass(frozen=True, slots=True)
class Get:
    """Read these instances. The reply holds only those that exist, in the order asked."""

    oids: tuple[Oid, ...]


@dataclass(frozen=True, slots=True)
class Walk:
    """Read everything below `root`. The reply is in strictly increasing order, at most 2 000 rows."""

    root: Oid


Request: TypeAlias = Get | Walk
Reply: TypeAlias = tuple[Varbind, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """Send these octets and cut the reply out of what comes, at most `frames` of them; with `until` fewer may answer,
    the last of which fits that pattern. `timeout_s` is for the whole reply.

    With `silence_ok` a line on which no octet came answers with no frames; else that is a LinkError. `close` says that
    a network connection is given up afterwards.
    """

    octets: bytes
    cut: Cut
    timeout_s: float
    frames: int = 1
    until: str | None = None
    silence_ok: bool = False
    close: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: `octets` as they arrived, and the `frames` in them, each cut out whole and proven by its check.

    `nack` is the code of a refusal that came in place of a reply, where the framing knows refusals.
    """

    octets: bytes
    frames: tuple[bytes, ...]
    nack: bytes | None = None


Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its reply, kept for `probe --raw` and `explain`."""

    request: Request
    reply: Reply


@dataclass(frozen=True, slots=True)
class Spoken:
    """What went over a line of bytes in one exchange."""

    asked: bytes
    came: bytes


Dialogue: TypeAlias = Generator[Request, Reply, Result]
"""A conversation with an SNMP machine."""
LineDialogue: TypeAlias = Generator[Ask, Answer, Result]
"""A conversation on a line of bytes."""
