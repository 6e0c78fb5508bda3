"""One exchange on a line of bytes as `explain` tells it: what came, octet by octet, and what each field of it says."""

from collections.abc import Iterator

from fleetmon.decode import lines
from fleetmon.decode.dialogue import Spoken
from fleetmon.definition import Definition, LineDefinition, ModbusDefinition
from fleetmon.definition.words import written
from fleetmon.errors import DriverError, LinkError
from fleetmon.model.address import Address, Scheme
from fleetmon.model.messages import Json
from fleetmon.model.plan import SourcePlan

_SHOWN_OCTETS = 512
_SHOWN_FIELDS = 100


def spoken(exchange: Spoken, definition: Definition | None, source: SourcePlan) -> dict[str, Json]:
    """`asked`, the `answers` (what came, then its fields), and how many `values` those are."""
    fields = list(_fields(exchange, definition, source))
    answers: list[Json] = [_came(exchange.came), *fields[:_SHOWN_FIELDS]]
    return {"asked": written(exchange.asked), "values": 1 + len(fields), "answers": answers}


def _came(octets: bytes) -> str:
    if not octets:
        return "silence"
    more = f"... ({len(octets)} octets)" if len(octets) > _SHOWN_OCTETS else ""
    return written(octets[:_SHOWN_OCTETS]) + more


def _fields(exchange: Spoken, definition: Definition | None, source: SourcePlan) -> Iterator[str]:
    if not isinstance(definition, LineDefinition | ModbusDefinition) or not exchange.came:
        return
    unit = source.unit or (None if source.modbus_unit is None else str(source.modbus_unit))
    tcp = Address.parse(source.url).scheme is Scheme.MODBUS_TCP
    skipped = 2 if tcp else 0  # the number of the request
    try:
        for name, ask in lines.asks(definition, unit, tcp=tcp):
            if ask.octets[skipped:] == exchange.asked[skipped:]:
                told = lines.described(definition, name, exchange.asked, exchange.came, unit=unit, tcp=tcp)
                yield from (f"{each.field} = {each.value}{f': {each.meaning}' * bool(each.meaning)}" for each in told)
    except (DriverError, LinkError) as unclear:
        yield str(unclear)
