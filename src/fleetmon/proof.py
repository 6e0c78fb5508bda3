"""How a driver proves itself: each capture decodes to exactly the expectation it carries.

A capture is a TOML file: `situation`, `provenance` (hardware, manual-example or simulated), what was heard, and
`expect`, the decoded part of the state payload without its nulls. What was heard is a `walk` in snmprec or snmpwalk
form, `exchanges` on a line, `{ ask = "<ENQ>", reply = "<STX>S1<ETX>" }`, where an answer left out is silence, or the
`registers` of a Modbus machine. What depends on when and where it was decoded is left out, so the same file proves the
driver for ever.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from fleetmon.assess.fleet import Snapshot
from fleetmon.catalog import Driver
from fleetmon.decode import walk_text
from fleetmon.decode.framing.framed import wrap
from fleetmon.decode.lines.questions import questions
from fleetmon.definition import Definition, LineDefinition, ModbusDefinition, SnmpDefinition
from fleetmon.definition.codes import fitting
from fleetmon.definition.framing import AnyFraming
from fleetmon.definition.words import octets, written
from fleetmon.errors import DriverError, LinkError
from fleetmon.links.base import LineLink
from fleetmon.links.register_file import RegisterFile
from fleetmon.links.spoken_file import NotRecorded, SpokenFile
from fleetmon.links.transcript import Turn
from fleetmon.links.walk_file import WalkFile
from fleetmon.model.messages import Json
from fleetmon.model.report import At
from fleetmon.probing import probe
from fleetmon.probing_line import talk
from fleetmon.proof_capture import Capture, Exchanged, Provenance, read
from fleetmon.publish import contract

__all__ = ["Capture", "Exchanged", "Proof", "Provenance", "decoded", "prove", "proven", "read", "unmapped", "unproven"]
_ELSEWHERE = ("machine", "sources", "contact", "observed_at", "valid_for_s", "as_of_seq", "driver")
_WHEN = At(utc=0.0, mono=0.0, boot="capture")


@dataclass(frozen=True, slots=True)
class Proof:
    """The outcome for one capture: no differences, no doubt."""

    file: str
    capture: Capture
    differences: tuple[str, ...]
    codes: frozenset[str]
    decoded: dict[str, Json]


def prove(driver: Driver) -> list[Proof]:
    """Decode all captures of a driver with it."""
    return [proven(file, driver.definition) for file in driver.captures()]


def unproven(driver: Driver, proofs: list[Proof]) -> tuple[str, ...]:
    """The mapped codes that no capture shows; a code that fits a pattern shows it if nothing more exact is mapped."""
    meanings = {each.code: each.meaning for each in driver.definition.mapped()}
    shown = {fitting(code, meanings) for proof in proofs for code in proof.codes}
    return tuple(code for code, meaning in meanings.items() if meaning.reason is not None and code not in shown)


def unmapped(driver: Driver, proofs: list[Proof]) -> tuple[str, ...]:
    """The codes that captures show and that the driver has no word for. SNMP drivers share the standard's tables, where
    every code has one."""
    if isinstance(driver.definition, SnmpDefinition):
        return ()
    meanings = {each.code: each.meaning for each in driver.definition.mapped()}
    shown = dict.fromkeys(code for proof in proofs for code in sorted(proof.codes))
    return tuple(code for code in shown if fitting(code, meanings) is None)


def decoded(capture: Capture, definition: Definition, file: str) -> dict[str, Json]:
    """The decoded part of the state payload, without nulls. Where there is none, `why` says what the machine said
    instead, or `incomplete` that the capture does not hold all that is asked."""
    snapshot, why = _heard(capture, definition, file)
    if snapshot is None:
        return {"incomplete" if isinstance(why, NotRecorded) else "why": str(why)}
    data = contract.dump(contract.state_data(snapshot, None))
    told = {key: value for key, value in data.items() if key not in _ELSEWHERE}
    for fault in told["faults"] if isinstance(told["faults"], list) else ():
        if isinstance(fault, dict):
            fault.pop("since")
            fault.pop("device_since")
    lean = _lean(told)
    return lean if isinstance(lean, dict) else {}


def _heard(capture: Capture, definition: Definition, file: str) -> tuple[Snapshot | None, str | LinkError]:
    if isinstance(definition, SnmpDefinition) and capture.walk is not None:
        walk = WalkFile(walk_text.parse(capture.walk.encode(), file).varbinds)
        found = asyncio.run(probe(walk, (definition,), _WHEN, definition, capture.device))
        return found.snapshot, found.why
    if isinstance(definition, LineDefinition | ModbusDefinition) and (link := line(capture, definition, file)):
        said = asyncio.run(talk(link, definition, _WHEN, lambda: 0.0, capture.unit, capture.tcp))
        return said.snapshot, said.failed or ""
    heard = next(each for each in ("walk", "exchanges", "registers") if getattr(capture, each) is not None)
    raise DriverError(f"{file}: holds {heard}, but the driver is for machines on a {definition.link} line")


def line(capture: Capture, definition: LineDefinition | ModbusDefinition, file: str) -> LineLink | None:
    """The machine of a capture, for whoever wants to ask it; None where it holds something else. Where a definition
    cannot say what the capture holds, a DriverError names `file` and the exchange."""
    if capture.exchanges is not None:
        requests = _requests(definition, capture.unit) if isinstance(definition, LineDefinition) else {}
        return SpokenFile(_turn(each, requests, f"{file}: exchange {n}") for n, each in enumerate(capture.exchanges, 1))
    if capture.registers is not None and isinstance(definition, ModbusDefinition):
        return RegisterFile(capture.registers)
    return None


def _turn(each: Exchanged, requests: dict[bytes, tuple[bytes, AnyFraming]], place: str) -> Turn:
    """The octets that went over the line, where the capture says only what stands in them."""
    asked, framing = requests.get(each.ask, (each.ask, None))
    if not each.says:
        return Turn(asked, each.reply)
    if framing is None:
        raise DriverError(f"{place}: the driver does not ask {written(each.ask)}, so nobody knows how it is answered")
    try:
        return Turn(asked, b"".join(wrap(framing, content) for content in each.says))
    except ValueError as error:
        raise DriverError(f"{place}: says: {error}") from None


def _requests(definition: LineDefinition, unit: str | None) -> dict[bytes, tuple[bytes, AnyFraming]]:
    """The octets and the framing of answers for each request, as it is sent and as the driver writes it."""
    found = {}
    for each in questions(definition, unit):
        sent = each.request.octets
        framing = each.exchange.framing or definition.line.framing
        for spelt in (octets(definition.read[each.name].ask), octets(each.exchange.ask), sent):
            found[spelt] = (sent, framing)
    return found


def proven(file: Traversable, definition: Definition) -> Proof:
    """Decode one capture. DriverError where the file cannot be used."""
    capture = read(file)
    found = decoded(capture, definition, str(file))
    if "incomplete" in found:  # whatever it expects
        differences: tuple[str, ...] = (str(found["incomplete"]),)
    elif "why" in found and "why" not in capture.expect:
        differences = (f"no report: {found['why']}",)
    elif not capture.expect:
        differences = ("nothing is expected yet: --print shows what is decoded, --fill writes it into the file",)
    else:
        differences = tuple(_differences("", capture.expect, found))
    return Proof(str(file), capture, differences, frozenset(_codes(found)), found)


def _differences(path: str, expected: object, found: object) -> Iterator[str]:
    """Each place where two values part, and both of them there."""
    if expected == found:
        return
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in sorted(expected.keys() | found.keys()):
            yield from _differences(f"{path}.{key}" if path else key, expected.get(key), found.get(key))
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for index, (one, other) in enumerate(zip(expected, found, strict=True), start=1):
            yield from _differences(f"{path} {index}", one, other)
    else:
        yield f"{path}: expected {_or_nothing(expected)}, decoded {_or_nothing(found)}"


def _or_nothing(value: object) -> str:
    return "nothing" if value is None else repr(value)


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
