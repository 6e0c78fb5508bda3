"""Object identifiers as tuples of arcs, so that they sort and compare as SNMP orders them (RFC 3416 section 4.2.2)."""

from typing import TypeAlias

Oid: TypeAlias = tuple[int, ...]


def oid(text: str) -> Oid:
    """A dotted OID, with or without a leading dot, as a tuple; ValueError if it is none."""
    arcs = tuple(int(arc) for arc in text.strip().lstrip(".").split("."))
    if any(arc < 0 for arc in arcs):
        raise ValueError(f"negative arc in OID {text!r}")
    return arcs


def dotted(oid: Oid) -> str:
    """The OID as people write it."""
    return ".".join(map(str, oid))
