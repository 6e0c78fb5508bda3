"""How a driver proves itself: each capture decodes to exactly the expectation it carries.

A capture is a TOML file: `situation`, `provenance` (hardware, manual-example or simulated), a `walk` in snmprec or
snmpwalk form, and `expect`, the decoded part of the state payload without its nulls. What depends on when and where it
was decoded is left out, so the same file proves the driver for ever.
"""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources.abc import Traversable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from fleetmon import toml_lines
from fleetmon.catalog import Driver
from fleetmon.decode import walk_text
from fleetmon.definition import Definition, SnmpDefinition
from fleetmon.errors import DriverError
from fleetmon.links.walk_file import WalkFile
from fleetmon.model.messages import Json
from fleetmon.model.report import At
from fleetmon.probing import probe
from fleetmon.publish import contract
from fleetmon.toml_problems import problems

_ELSEWHERE = ("machine", "sources", "contact", "observed_at", "valid_for_s", "as_of_seq", "driver")
_WHEN = At(utc=0.0, mono=0.0, boot="capture")


class Provenance(StrEnum):
    """Where a capture comes from; only hardware makes a driver `verified`."""

    HARDWARE = "hardware"
    MANUAL_EXAMPLE = "manual-example"
    SIMULATED = "simulated"


class Capture(BaseModel):
    """One situation of one machine, and what a driver must make of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    situation: Annotated[str, Field(min_length=1)]
    provenance: Provenance
    note: str = ""
    device: int | None = None
    walk: str
    expect: dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Proof:
    """The outcome for one capture: no differences, no doubt."""

    file: str
    capture: Capture
    differences: tuple[str, ...]
    codes: frozenset[str]


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
    return tuple(code for code in dict.fromkeys(mapped) if code not in shown)


def decoded(capture: Capture, definition: Definition, file: str) -> dict[str, Json]:
    """The decoded part of the state payload, without nulls."""
    assert isinstance(definition, SnmpDefinition)  # XX
    link = WalkFile(walk_text.parse(capture.walk.encode(), file).varbinds)
    found = asyncio.run(probe(link, (definition,), _WHEN, definition, capture.device))
    if found.snapshot is None:
        return {"why": found.why}
    data = contract.dump(contract.state_data(found.snapshot, None))
    told = {key: value for key, value in data.items() if key not in _ELSEWHERE}
    for fault in told["faults"] if isinstance(told["faults"], list) else ():
        if isinstance(fault, dict):
            fault.pop("since")
            fault.pop("device_since")
    lean = _lean(told)
    return lean if isinstance(lean, dict) else {}


def _prove(file: Traversable, definition: Definition) -> Proof:
    capture = read(file)
    found = decoded(capture, definition, str(file))
    keys = sorted(found.keys() | capture.expect.keys())
    differences = tuple(
        f"{key}: expected {capture.expect.get(key)!r}, decoded {found.get(key)!r}"
        for key in keys
        if capture.expect.get(key) != found.get(key)
    )
    return Proof(str(file), capture, differences, frozenset(_codes(found)))


def _codes(found: dict[str, Json]) -> list[str]:
    faults = found.get("faults")
    listed = [fault.get("codes") for fault in faults if isinstance(fault, dict)] if isinstance(faults, list) else []
    return [str(code) for codes in listed if isinstance(codes, list) for code in codes]


def _lean(value: Json) -> Json:
    """Without what TOML cannot say: nulls, and the empty things that are left of them."""
    if isinstance(value, dict):
        kept = {key: _lean(item) for key, item in value.items() if item is not None}
        return {key: item for key, item in kept.items() if item not in ({}, [])}
    return [_lean(item) for item in value] if isinstance(value, list) else value
