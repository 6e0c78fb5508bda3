"""What a `driver.toml` may say: strict, declarative, harmless.

A definition can name objects to *read* and what their values mean; it has no way to express an SNMP SET, to execute
anything or to read a file. Regular expressions are compiled by RE2, whose time is linear in the text, so none of them
can freeze a poll. Unknown keys, unknown reasons and malformed OIDs are errors when a definition is loaded, not when a
machine answers.
"""

from functools import lru_cache
from typing import Annotated, Literal, Self, TypeAlias

import re2
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from fleetmon import vocabulary
from fleetmon.model.oid import Oid, oid
from fleetmon.model.words import MachineKind, Severity, State, SupplyKind, Unit


def _oid(value: object) -> object:
    return oid(value) if isinstance(value, str) else value


def _pattern(text: str) -> str:
    try:
        re2.compile(text)
    except re2.error as error:
        raise ValueError(f"not a regular expression that RE2 can run: {error}") from None
    return text


def _reason(text: str) -> str:
    if not vocabulary.is_reason(text):
        raise ValueError(f"{text!r} is no printer-state-reasons keyword and no extension of ours (docs/vocabulary.md)")
    return text


OidText = Annotated[Oid, BeforeValidator(_oid)]
Pattern = Annotated[str, Field(max_length=512), AfterValidator(_pattern)]
Reason = Annotated[str, AfterValidator(_reason)]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Pace: TypeAlias = Literal["fast", "slow"]
Maturity: TypeAlias = Literal["experimental", "documented", "verified"]


@lru_cache(maxsize=512)
def compiled(pattern: str) -> "re2._Regexp[str]":
    """The compiled form of a pattern that a definition's validation has already accepted."""
    return re2.compile(pattern)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Match(_Strict):
    """Which machines a driver takes when nobody named it; prefixes are of sysObjectID, patterns of sysDescr."""

    sysobjectid: tuple[OidText, ...] = ()
    sysdescr: tuple[Pattern, ...] = ()
    unless_sysobjectid: tuple[OidText, ...] = ()
    unless_sysdescr: tuple[Pattern, ...] = ()
    printer_mib: bool = False


class Maker(_Strict):
    """One manufacturer: its enterprise numbers, and the brands it answers under where several share a number."""

    name: str
    enterprises: tuple[int, ...] = ()
    sysdescr: Pattern | None = None


class IdentityRules(_Strict):
    """Where identity stands when the standard objects do not hold it; the first that answers wins."""

    model_objects: tuple[OidText, ...] = ()
    model_sysdescr: tuple[Pattern, ...] = ()
    serial_objects: tuple[OidText, ...] = ()
    serial_sysdescr: tuple[Pattern, ...] = ()
    firmware_objects: tuple[OidText, ...] = ()
    firmware_sysdescr: tuple[Pattern, ...] = ()
    ieee1284_objects: tuple[OidText, ...] = ()


class SupplyRule(_Strict):
    """What a supply is when only its description tells."""

    pattern: Pattern
    kind: SupplyKind


class TextRule(_Strict):
    """What an alert row means whose code says only other(1) or unknown(2)."""

    pattern: Pattern
    reason: Reason
    severity: Severity


class Meaning(_Strict):
    """What one value, bit or row means: a fault; or, with reason absent, deliberately nothing."""

    reason: Reason | None = None
    severity: Severity = Severity.ERROR
    text: str | None = None
    manual: str | None = None


class FaultObject(_Strict):
    """An object whose value names faults: by equal value (`codes`) or by bits of a hexadecimal word (`bits`)."""

    oid: OidText
    pace: Pace = "fast"
    pattern: Pattern | None = None
    codes: dict[str, Meaning] = {}
    bits: dict[str, Meaning] = {}

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        if bool(self.codes) == bool(self.bits):
            raise ValueError("give either codes or bits")
        for mask in self.bits:
            int(mask, 16)
        return self


class FaultTable(_Strict):
    """A table of what is wrong now: rows are named by the values of `columns` joined with a comma."""

    entry: OidText
    columns: tuple[int, ...]
    severity_column: int | None = None
    severities: dict[str, Severity | Literal["notice"]] = {}
    codes: dict[str, Meaning]


class StateObject(_Strict):
    """An object whose value is the machine's own state."""

    oid: OidText
    codes: dict[str, State]


class CounterObject(_Strict):
    """A life count outside the Printer-MIB; `pattern` picks the number out of a text."""

    oid: OidText
    unit: Unit
    pattern: Pattern | None = None


class Definition(_Strict):
    """One driver: what it is, whom it fits, what to read and what the answers mean."""

    name: Word
    title: str
    kind: MachineKind
    maturity: Maturity
    link: Literal["snmp"]
    max_varbinds: Annotated[int, Field(ge=1, le=50)] = 10
    match: Match = Match()
    makers: tuple[Maker, ...] = ()
    identity: IdentityRules = IdentityRules()
    supply_rules: tuple[SupplyRule, ...] = ()
    text_rules: tuple[TextRule, ...] = ()
    state: StateObject | None = None
    faults: dict[Word, FaultObject] = {}
    fault_tables: dict[Word, FaultTable] = {}
    counters: dict[Word, CounterObject] = {}

    @property
    def codes(self) -> int:
        """How many vendor codes this definition gives a meaning."""
        objects = sum(len(rule.codes) + len(rule.bits) for rule in self.faults.values())
        return objects + sum(len(table.codes) for table in self.fault_tables.values())
