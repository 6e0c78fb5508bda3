"""Drivers of SNMP machines: objects and tables to read beside the standard ones, and what their values mean."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from fleetmon.definition.base import Definition, Maker, Mapped
from fleetmon.definition.meanings import TextRule, bit_code
from fleetmon.definition.snmp_objects import (
    CounterObject,
    FaultObject,
    FaultTable,
    LevelObject,
    LevelTable,
    ObjectRule,
    StateObject,
    SupplyObject,
    SupplyTable,
    number_code,
)
from fleetmon.definition.words import OidText, Pattern, Picker, Strict, Whole, Word
from fleetmon.model.oid import Oid, dotted
from fleetmon.model.words import SupplyKind


class Match(Strict):
    """Which machines a driver takes when nobody named it; prefixes are of sysObjectID, patterns of sysDescr."""

    sysobjectid: tuple[OidText, ...] = ()
    sysdescr: tuple[Pattern, ...] = ()
    unless_sysobjectid: tuple[OidText, ...] = ()
    unless_sysdescr: tuple[Pattern, ...] = ()
    printer_mib: bool = False


class IdentityRules(Strict):
    """Where identity stands when the standard objects do not hold it; the first that answers wins."""

    model_objects: tuple[OidText, ...] = ()
    model_sysdescr: tuple[Picker, ...] = ()
    serial_objects: tuple[OidText, ...] = ()
    serial_sysdescr: tuple[Picker, ...] = ()
    firmware_objects: tuple[OidText, ...] = ()
    firmware_sysdescr: tuple[Picker, ...] = ()
    name_objects: tuple[OidText, ...] = ()
    ieee1284_objects: tuple[OidText, ...] = ()

    @property
    def objects(self) -> tuple[Oid, ...]:
        """All of them."""
        told = (self.model_objects, self.serial_objects, self.firmware_objects, self.name_objects)
        return tuple(name for group in (*told, self.ieee1284_objects) for name in group)


def _one_or_many(value: object) -> object:
    """`[state]` is one rule, `[[state]]` several: the first that says something wins."""
    return [value] if isinstance(value, dict) else value


class SupplyRule(Strict):
    """What a supply is when only its description tells."""

    pattern: Pattern
    kind: SupplyKind


class SnmpDefinition(Definition):
    """A driver of SNMP machines: whom it fits, what to read and what the answers mean."""

    link: Literal["snmp"]
    max_varbinds: Annotated[Whole, Field(ge=1, le=50)] = 10  # a message; a walk asks for twice as many rows at most
    match: Match = Match()
    makers: tuple[Maker, ...] = ()
    identity: IdentityRules = IdentityRules()
    supply_rules: tuple[SupplyRule, ...] = ()
    text_rules: tuple[TextRule, ...] = ()
    state: Annotated[tuple[StateObject, ...], BeforeValidator(_one_or_many)] = ()
    faults: dict[Word, FaultObject] = Field({})
    fault_tables: dict[Word, FaultTable] = Field({})
    counters: dict[Word, CounterObject] = Field({})
    supplies: dict[Word, SupplyObject] = Field({})
    supply_tables: dict[Word, SupplyTable] = Field({})
    inputs: dict[Word, LevelObject] = Field({})
    input_tables: dict[Word, LevelTable] = Field({})
    console: tuple[OidText, ...] = ()

    def mapped(self) -> Iterator[Mapped]:
        """As Definition."""
        for word, rule in self.faults.items():
            place, table = dotted(rule.oid), f"faults.{word}"
            for code, meaning in rule.codes.items():
                yield Mapped(code, table, f"value {code} of {place}", meaning)
            for each, meaning in rule.bits.items():
                yield Mapped(bit_code(each), table, f"bit {bit_code(each)} of {place}", meaning)
            for each, meaning in rule.bit_string.items():
                yield Mapped(number_code(each), table, f"{number_code(each)} of {place}", meaning)
        for word, rows in self.fault_tables.items():
            for code, meaning in rows.codes.items():
                yield Mapped(code, f"fault_tables.{word}", f"row {code} of {dotted(rows.entry)}", meaning)

    @property
    def objects(self) -> tuple[tuple[str, ObjectRule], ...]:
        """Every rule for one object, beside the table of the definition that says it."""
        named: tuple[tuple[str, Mapping[str, ObjectRule]], ...] = (
            ("faults", self.faults),
            ("counters", self.counters),
            ("supplies", self.supplies),
            ("inputs", self.inputs),
        )
        found = [(f"{table}.{word}", rule) for table, rules in named for word, rule in rules.items()]
        return (*(("state", rule) for rule in self.state), *found)

    @property
    def tables(self) -> tuple[tuple[str, FaultTable | LevelTable], ...]:
        """Every rule for a table, likewise."""
        named: tuple[tuple[str, Mapping[str, FaultTable | LevelTable]], ...] = (
            ("fault_tables", self.fault_tables),
            ("supply_tables", self.supply_tables),
            ("input_tables", self.input_tables),
        )
        return tuple((f"{table}.{word}", rule) for table, rules in named for word, rule in rules.items())
