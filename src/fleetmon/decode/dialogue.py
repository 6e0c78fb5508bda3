"""How a driver's behaviour is written once: as a generator.

A dialogue yields a request, is sent the reply and returns what it understood. The poller, the tests, recordings and
virtual time all drive the same generator, so what is tested is what runs. A link that fails raises its LinkError
*into* the dialogue, which may catch it (silence can mean something) or let it end the poll.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, TypeVar

from fleetmon.model.oid import Oid, dotted, oid

__all__ = ["Dialogue", "Exchange", "Get", "Oid", "Reply", "Request", "Value", "Varbind", "Walk", "dotted", "oid"]

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

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its reply, kept for `probe --raw` and `explain`."""

    request: Request
    reply: Reply


Dialogue: TypeAlias = Generator[Request, Reply, Result]
