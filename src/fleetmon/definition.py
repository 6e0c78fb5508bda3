"""What a `driver.toml` may say: strict, declarative, harmless.

A definition can name objects to *read* and what their values mean; it has no way to express an SNMP SET, to execute
anything or to read a file. Regular expressions are compiled by RE2, whose time is linear in the text, so none of them
can freeze a poll. Unknown keys, unknown reasons and malformed OIDs are errors when a definition is loaded, not when a
machine answers.
"""

import difflib
import re
from functools import lru_cache
from typing import Annotated, Literal, Self, TypeAlias

import re2
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, model_validator

from fleetmon import vocabulary
from fleetmon.model.oid import Oid, oid
from fleetmon.model.words import MachineKind, Severity, State, SupplyKind, Unit

_options = re2.Options()
_options.log_errors = False  # what is wrong is told with its line, not by RE2 on stderr


def _oid(value: object) -> Oid:
    """Text from a file, or the tuple itself from code; a list of numbers, which TOML could give, is a mistake."""
    found = oid(value) if isinstance(value, str) else value
    if not isinstance(found, tuple) or len(found) < 2:
        raise ValueError('is no OID; write it in quotes, numbers with dots: "1.3.6.1.2.1.1.1.0"')
    return found


def _pattern(text: str) -> str:
    try:
        compiled(text)
    except re2.error as error:
        words = error.args[0] if error.args else b""
        said = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
        raise ValueError(f"not a regular expression that RE2 can run: {said}") from None
    return text


def _picks(text: str) -> str:
    if "value" not in compiled(text).groupindex:
        raise ValueError("picks nothing; name the part that is meant: (?P<value>...)")
    return text


def _reason(text: str) -> str:
    if vocabulary.is_reason(text):
        return text
    keyword, _ = vocabulary.split_suffix(text)
    # Only a slip of the pen is guessed at: a word that is merely alike would be believed and map a code wrongly.
    meant = [keyword] if keyword != text else difflib.get_close_matches(text, vocabulary.REASONS, n=1, cutoff=0.85)
    hint = f'; did you mean "{meant[0]}"?' if meant else ""
    raise ValueError(
        f'"{text}" is no printer-state-reasons keyword and no extension of ours (docs/vocabulary.md){hint}'
    )


def _bits(bits: dict[str, "Meaning"]) -> dict[str, "Meaning"]:
    """Masks are hexadecimal, name at least one bit, and each stands once, however it is spelt."""
    words = set()
    for mask in bits:
        word = int(mask, 16) if _MASK.fullmatch(mask) else 0
        if not word:
            raise ValueError(f'"{mask}" names no bit; write a hexadecimal number: 0x00000004')
        if word in words:
            raise ValueError(f'"{mask}" stands twice')
        words.add(word)
    return bits


_MASK = re.compile(r"(0x)?[0-9a-fA-F]{1,16}")

OidText = Annotated[Oid, PlainValidator(_oid)]
Pattern = Annotated[str, Field(max_length=512), AfterValidator(_pattern)]
Picker = Annotated[Pattern, AfterValidator(_picks)]
Reason = Annotated[str, AfterValidator(_reason)]
Whole = Annotated[int, Field(strict=True)]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Pace: TypeAlias = Literal["fast", "slow"]
Maturity: TypeAlias = Literal["experimental", "documented", "verified"]


@lru_cache(maxsize=512)
def compiled(pattern: str) -> "re2._Regexp[str]":
    """The compiled form of a pattern; re2.error unless a definition's validation has already accepted it."""
    return re2.compile(pattern, _options)


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
    enterprises: tuple[Whole, ...] = ()
    sysdescr: Pattern | None = None


class IdentityRules(_Strict):
    """Where identity stands when the standard objects do not hold it; the first that answers wins."""

    model_objects: tuple[OidText, ...] = ()
    model_sysdescr: tuple[Picker, ...] = ()
    serial_objects: tuple[OidText, ...] = ()
    serial_sysdescr: tuple[Picker, ...] = ()
    firmware_objects: tuple[OidText, ...] = ()
    firmware_sysdescr: tuple[Picker, ...] = ()
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
    pattern: Picker | None = None
    codes: dict[str, Meaning] = {}
    bits: Annotated[dict[str, Meaning], AfterValidator(_bits)] = {}

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        if bool(self.codes) == bool(self.bits):
            raise ValueError("give either codes or bits")
        return self


class FaultTable(_Strict):
    """A table of what is wrong now: rows are named by the values of `columns` joined with a comma."""

    entry: OidText
    columns: Annotated[tuple[Annotated[Whole, Field(ge=1)], ...], Field(min_length=1)]
    severity_column: Annotated[Whole, Field(ge=1)] | None = None
    severities: dict[str, Severity | Literal["notice"]] = {}
    codes: dict[str, Meaning]

    @model_validator(mode="after")
    def _rows_can_be_named_so(self) -> Self:
        if odd := next((code for code in self.codes if code.count(",") + 1 != len(self.columns)), None):
            raise ValueError(f'the code "{odd}" has not one value for each of the {len(self.columns)} columns')
        if self.severities and self.severity_column is None:
            raise ValueError("severities need a severity_column")
        return self


class StateObject(_Strict):
    """An object whose value is the machine's own state."""

    oid: OidText
    codes: dict[str, State]


class CounterObject(_Strict):
    """A life count outside the Printer-MIB; `pattern` picks the number out of a text."""

    oid: OidText
    unit: Unit
    pattern: Picker | None = None


class Definition(_Strict):
    """One driver: what it is, whom it fits, what to read and what the answers mean."""

    name: Word
    title: str
    kind: MachineKind
    maturity: Maturity
    link: Literal["snmp"]
    max_varbinds: Annotated[Whole, Field(ge=1, le=50)] = 10  # a message; a walk asks for twice as many rows at most
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
