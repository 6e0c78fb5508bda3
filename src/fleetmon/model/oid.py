"""Object identifiers as tuples of arcs, so that they sort and compare as SNMP orders them (RFC 3416 section 4.2.2)."""

import re
from typing import TypeAlias

Oid: TypeAlias = tuple[int, ...]

_DOTTED = re.compile(r"\.?\d{1,10}(\.\d{1,10}){0,127}", re.ASCII)
_ARC_MAX = (1 << 32) - 1


def oid(text: str) -> Oid:
    """A dotted OID, with or without a leading dot, as a tuple; ValueError if it is none (RFC 2578 section 3.5)."""
    arcs = tuple(int(arc) for arc in text.strip().lstrip(".").split(".")) if _DOTTED.fullmatch(text.strip()) else ()
    if not arcs or max(arcs) > _ARC_MAX:
        raise ValueError("is no OID; write numbers with dots: 1.3.6.1.2.1.1.1.0")
    return arcs


def dotted(oid: Oid) -> str:
    """The OID as people write it."""
    return ".".join(map(str, oid))
