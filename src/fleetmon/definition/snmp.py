"""Drivers of SNMP machines: objects and tables to read beside the standard ones, and what their values mean."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fleetmon.definition.base import Definition, Maker, Mapped
from fleetmon.definition.meanings import Meaning, MeaningBits, Meanings, TextRule, mask
from fleetmon.definition.words import OidText, Pattern, Picker, Strict, Whole, Word
from fleetmon.model.oid import dotted
from fleetmon.model.words import Severity, State, SupplyKind, Unit


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
    ieee1284_objects: tuple[OidText, ...] = ()


class SupplyRule(Strict):
    """What a supply is when only its description tells."""

    pattern: Pattern
    kind: SupplyKind


class FaultObject(Strict):
    """An object whose value names faults: by equal value (`codes`) or by bits of a hexadecimal word (`bits`)."""

    oid: OidText
    pace: Literal["fast", "slow"] = "fast"
    pattern: Picker | None = None
    codes: Meanings = Field({})
    bits: MeaningBits = Field({})

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        if bool(self.codes) == bool(self.bits):
            raise ValueError("give either codes or bits")
        return self


class FaultTable(Strict):
    """A table of what is wrong now: rows are named by the values of `columns` joined with a comma."""

    entry: OidText
    columns: Annotated[tuple[Annotated[Whole, Field(ge=1)], ...], Field(min_length=1)]
    severity_column: Annotated[Whole, Field(ge=1)] | None = None
    severities: dict[str, Severity | Literal["notice"]] = Field({})
    codes: dict[str, Meaning]

    @model_validator(mode="after")
    def _rows_can_be_named_so(self) -> Self:
        if odd := next((code for code in self.codes if code.count(",") + 1 != len(self.columns)), None):
            raise ValueError(f'the code "{odd}" has not one value for each of the {len(self.columns)} columns')
        if self.severities and self.severity_column is None:
            raise ValueError("severities need a severity_column")
        return self


class StateObject(Strict):
    """An object whose value is the machine's own state."""

    oid: OidText
    codes: dict[str, State]


class CounterObject(Strict):
    """A life count outside the Printer-MIB; `pattern` picks the number out of a text."""

    oid: OidText
    unit: Unit
    pattern: Picker | None = None


class SnmpDefinition(Definition):
    """A driver of SNMP machines: whom it fits, what to read and what the answers mean."""

    link: Literal["snmp"]
    max_varbinds: Annotated[Whole, Field(ge=1, le=50)] = 10  # a message; a walk asks for twice as many rows at most
    match: Match = Match()
    makers: tuple[Maker, ...] = ()
    identity: IdentityRules = IdentityRules()
    supply_rules: tuple[SupplyRule, ...] = ()
    text_rules: tuple[TextRule, ...] = ()
    state: StateObject | None = None
    faults: dict[Word, FaultObject] = Field({})
    fault_tables: dict[Word, FaultTable] = Field({})
    counters: dict[Word, CounterObject] = Field({})

    def mapped(self) -> Iterator[Mapped]:
        """As Definition."""
        for word, rule in self.faults.items():
            place = dotted(rule.oid)
            for code, meaning in rule.codes.items():
                yield Mapped(code, f"faults.{word}", f"value {code} of {place}", meaning)
            for each, meaning in rule.bits.items():
                code = f"{mask(each):#x}"
                yield Mapped(code, f"faults.{word}", f"bit {code} of {place}", meaning)
        for word, table in self.fault_tables.items():
            for code, meaning in table.codes.items():
                yield Mapped(code, f"fault_tables.{word}", f"row {code} of {dotted(table.entry)}", meaning)
