"""What a `driver.toml` may say: strict, declarative, harmless.

A definition can name what to *read* and what the answers mean; it has no way to express an SNMP SET or a Modbus write,
to execute anything or to read a file. Unknown keys, unknown reasons and malformed OIDs are errors when a definition is
loaded, not when a machine answers. There is one kind of definition for each kind of line.
"""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import ConfigDict

from fleetmon.definition.base import Definition, Maker
from fleetmon.definition.line import LineDefinition
from fleetmon.definition.meanings import Meaning
from fleetmon.definition.modbus import ModbusDefinition
from fleetmon.definition.snmp import IdentityRules, Match, SnmpDefinition
from fleetmon.definition.words import compiled

__all__ = [
    "Definition",
    "IdentityRules",
    "LineDefinition",
    "Maker",
    "Match",
    "Meaning",
    "ModbusDefinition",
    "SnmpDefinition",
    "compiled",
    "kind_of",
]

_KINDS: Final[dict[str, type[Definition]]] = {
    "snmp": SnmpDefinition,
    "serial": LineDefinition,
    "modbus": ModbusDefinition,
}


class _Unknown(Definition):
    """A definition whose `link` is not known: only that, and what all have in common, can be judged."""

    model_config = ConfigDict(extra="allow")
    link: Literal["snmp", "serial", "modbus"]


def kind_of(data: Mapping[str, object]) -> type[Definition]:
    """The model for a definition: by its `link`, or where that is missing, the one that knows most of its keys."""
    link = data.get("link")
    if link is None:
        return max(_KINDS.values(), key=lambda kind: len(data.keys() & kind.model_fields.keys()))
    return _KINDS.get(link, _Unknown) if isinstance(link, str) else _Unknown
