"""How a driver proves itself: each capture decodes to exactly the expectation it carries.

A capture is a TOML file: `situation`, `provenance` (hardware, manual-example or simulated), what was heard, and
`expect`, the decoded part of the state payload without its nulls. What was heard is a `walk` in snmprec or snmpwalk
form, or `exchanges` on a line, `{ ask = "<ENQ>", reply = "<STX>S1<ETX>" }`; an answer left out is silence. What depends
on when and where it was decoded is left out, so the same file proves the driver for ever.
"""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from importlib.resources.abc import Traversable
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, ValidationError, model_validator

from fleetmon import toml_lines
from fleetmon.assess.fleet import Snapshot
from fleetmon.catalog import Driver
from fleetmon.decode import walk_text
from fleetmon.definition import Definition, LineDefinition, ModbusDefinition, SnmpDefinition
from fleetmon.definition.words import Octets, SomeOctets
from fleetmon.errors import DriverError
from fleetmon.links.spoken_file import SpokenFile
from fleetmon.links.transcript import Turn
from fleetmon.links.walk_file import WalkFile
from fleetmon.model.messages import Json
from fleetmon.model.report import At
from fleetmon.probing import probe
from fleetmon.probing_line import talk
from fleetmon.publish import contract
from fleetmon.toml_problems import problems

_ELSEWHERE = ("machine", "sources", "contact", "observed_at", "valid_for_s", "as_of_seq", "driver")
_WHEN = At(utc=0.0, mono=0.0, boot="capture")


class Provenance(StrEnum):
    """Where a capture comes from; only hardware makes a driver `verified`."""

    HARDWARE = "hardware"
    MANUAL_EXAMPLE = "manual-example"
    SIMULATED = "simulated"


def _joined(value: object) -> object:
    """A long answer may be written as several texts."""
    return "".join(value) if isinstance(value, list) and all(isinstance(each, str) for each in value) else value


class Exchanged(BaseModel):
    """One question on a line, and its answer; None is silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ask: SomeOctets
    reply: Annotated[Octets, BeforeValidator(_joined)] | None = None


class Capture(BaseModel):
    """One situation of one machine, and what a driver must make of it.

    `device` and `unit` are as in the settings; `tcp` exchanges are frames of Modbus TCP.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    situation: Annotated[str, Field(min_length=1)]
    provenance: Provenance
    note: str = ""
    device: int | None = None
    unit: str | None = None
    tcp: bool = False
    walk: str | None = None
    exchanges: tuple[Exchanged, ...] | None = None
    expect: dict[str, JsonValue]

    @model_validator(mode="after")
    def _heard_one_way(self) -> Self:
        if (self.walk is None) == (self.exchanges is None):
            raise ValueError("give what was heard: either walk (SNMP) or exchanges (machines on a line)")
        return self


@dataclass(frozen=True, slots=True)
class Proof:
    """The outcome for one capture: no differences, no doubt."""

    file: str
    capture: Capture
    differences: tuple[str, ...]
    codes: frozenset[str]
    decoded: dict[str, Json]


def read(file: Traversable) -> Capture:
    """One capture file; DriverError lists what is wrong with it as `file:line: key: what; hint`."""
    document = toml_lines.load(file.read_text("utf-8"), str(file), DriverError)
    try:
        return Capture.model_validate(document.data)
    except ValidationError as error:
        found = problems(error, Capture, document.data, lambda path: (document.file, document.line_of(path)))
        raise DriverError("\n".join(map(str, found))) from None


def prove(driver: Driver) -> list[Proof]:
    """Decode all captures of a driver with it."""
    return [_prove(file, driver.definition) for file in driver.captures()]


def unproven(driver: Driver, proofs: list[Proof]) -> tuple[str, ...]:
    """The mapped codes that no capture shows."""
    shown = {code for proof in proofs for code in proof.codes}
    mapped = [each.code for each in driver.definition.mapped() if each.meaning.reason is not None]
    return tuple(code for code in dict.fromkeys(mapped) if not any(_fits(each, code) for each in shown))


def unmapped(driver: Driver, proofs: list[Proof]) -> tuple[str, ...]:
    """The codes that captures show and that the driver has no word for. SNMP drivers share the standard's tables, where
    every code has one."""
    if isinstance(driver.definition, SnmpDefinition):
        return ()
    mapped = [each.code for each in driver.definition.mapped()]
    shown = dict.fromkeys(code for proof in proofs for code in sorted(proof.codes))
    return tuple(code for code in shown if not any(_fits(code, each) for each in mapped))


def _fits(code: str, mapped: str) -> bool:
    return code == mapped or fnmatchcase(code, mapped.replace("[", "[[]"))


def decoded(capture: Capture, definition: Definition, file: str) -> dict[str, Json]:
    """The decoded part of the state payload, without nulls; `why` where there is none."""
    snapshot, why = _heard(capture, definition, file)
    if snapshot is None:
        return {"why": why}
    data = contract.dump(contract.state_data(snapshot, None))
    told = {key: value for key, value in data.items() if key not in _ELSEWHERE}
    for fault in told["faults"] if isinstance(told["faults"], list) else ():
        if isinstance(fault, dict):
            fault.pop("since")
            fault.pop("device_since")
    lean = _lean(told)
    return lean if isinstance(lean, dict) else {}


def _heard(capture: Capture, definition: Definition, file: str) -> tuple[Snapshot | None, str]:
    if isinstance(definition, SnmpDefinition) and capture.walk is not None:
        walk = WalkFile(walk_text.parse(capture.walk.encode(), file).varbinds)
        found = asyncio.run(probe(walk, (definition,), _WHEN, definition, capture.device))
        return found.snapshot, found.why
    if isinstance(definition, LineDefinition | ModbusDefinition) and capture.exchanges is not None:
        spoken = SpokenFile(Turn(each.ask, each.reply) for each in capture.exchanges)
        said = asyncio.run(talk(spoken, definition, _WHEN, lambda: 0.0, capture.unit, capture.tcp))
        return said.snapshot, str(said.failed or "")
    heard = "a walk" if capture.walk is not None else "exchanges"
    raise DriverError(f"{file}:1: holds {heard}, but the driver is for machines on a {definition.link} line")


def _prove(file: Traversable, definition: Definition) -> Proof:
    capture = read(file)
    found = decoded(capture, definition, str(file))
    keys = sorted(found.keys() | capture.expect.keys())
    differences = tuple(
        f"{key}: expected {capture.expect.get(key)!r}, decoded {found.get(key)!r}"
        for key in keys
        if capture.expect.get(key) != found.get(key)
    )
    return Proof(str(file), capture, differences, frozenset(_codes(found)), found)


def _codes(found: dict[str, Json]) -> list[str]:
    faults = found.get("faults")
    listed = [fault.get("codes") for fault in faults if isinstance(fault, dict)] if isinstance(faults, list) else []
    noticed = found.get("notices")
    said = [each.get("code") for each in noticed if isinstance(each, dict)] if isinstance(noticed, list) else []
    return [str(code) for codes in (*listed, said) if isinstance(codes, list) for code in codes]


def _lean(value: Json) -> Json:
    """Without what TOML cannot say: nulls, and the empty things that are left of them."""
    if isinstance(value, dict):
        kept = {key: _lean(item) for key, item in value.items() if item is not None}
        return {key: item for key, item in kept.items() if item not in ({}, [])}
    return [_lean(item) for item in value] if isinstance(value, list) else value
