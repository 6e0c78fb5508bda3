"""Between pysnmp's PDUs, in which version 3 is spoken, and our rows. pysnmp ships no types: here its objects stop."""

from typing import Any

from fleetmon.simulators.reading import Oid
from pyasn1.type import univ
from pysnmp.proto import rfc1902, rfc1905
from pysnmp.proto.api import v2c

from .rows import Absence, Answer, Ask, Rows, Tag, Version, answer

Varbinds = list[tuple[Oid, Any]]

ASKS = {
    rfc1905.GetRequestPDU.tagSet: Ask.GET,
    rfc1905.GetNextRequestPDU.tagSet: Ask.NEXT,
    rfc1905.GetBulkRequestPDU.tagSet: Ask.BULK,
    rfc1905.SetRequestPDU.tagSet: Ask.SET,
}
_TYPES = {
    Tag.INTEGER: rfc1902.Integer32,
    Tag.STRING: rfc1902.OctetString,
    Tag.NULL: univ.Null,
    Tag.OID: rfc1902.ObjectIdentifier,
    Tag.ADDRESS: rfc1902.IpAddress,
    Tag.COUNTER: rfc1902.Counter32,
    Tag.GAUGE: rfc1902.Gauge32,
    Tag.TICKS: rfc1902.TimeTicks,
    Tag.OPAQUE: rfc1902.Opaque,
    Tag.COUNTER64: rfc1902.Counter64,
}
_ABSENCES = {
    Absence.NO_SUCH_OBJECT: rfc1905.noSuchObject,
    Absence.NO_SUCH_INSTANCE: rfc1905.noSuchInstance,
    Absence.END_OF_VIEW: rfc1905.endOfMibView,
}


def respond(request: Any, rows: Rows) -> tuple[int, int, Varbinds]:
    """(error-status, error-index, variables) to put into the response to a request PDU whose tag is in ASKS."""
    ask = ASKS[request.tagSet]
    asked = v2c.apiPDU.get_varbinds(request)
    bulk = (0, 0)
    if ask is Ask.BULK:
        bulk = (int(v2c.apiBulkPDU.get_non_repeaters(request)), int(v2c.apiBulkPDU.get_max_repetitions(request)))
    said = answer(rows, ask, [tuple(name) for name, _ in asked], Version.V3, bulk)
    return int(said.status), said.index, asked if said.cells is None else _varbinds(said)


def _varbinds(said: Answer) -> Varbinds:
    varbinds: Varbinds = []
    for name, value in said.cells or ():
        if isinstance(value, Absence):
            varbinds.append((name, _ABSENCES[value]))
        else:
            varbinds.append((name, _TYPES[value.tag]("" if value.content is None else value.content)))
    return varbinds
