"""One line of a recording: how it is written, and how it is read again.

Whatever reads here raises ValueError, LookupError or TypeError where a line is no line of a recording; who knows the
file and the number of the line makes words of it (`recordings`).
"""

import json
from collections.abc import Iterator, Mapping
from typing import Final

from fleetmon.decode.dialogue import Get, Reply, Request, Value, Varbind, Walk, dotted, oid
from fleetmon.lab.records.said import Exchanged, Header, Poll, Said
from fleetmon.model.messages import Json
from fleetmon.model.plan import Handshake, Parity, SerialChoice
from fleetmon.model.report import NoAnswer
from fleetmon.model.words import Silence

FORMAT: Final = 1
MAGIC: Final = "fleetmon-recording"
LONGEST: Final = 8 << 20  # characters of one line: two thousand rows are a tenth of that
_REPORT: Final = "report"
_OID: Final = 6
_OCTETS: Final = frozenset({4, 0x40, 0x44})
_LATEST: Final = 1e10  # seconds: `began` counts from 1970

Line = Mapping[str, object]


def header_line(header: Header) -> str:
    """The first line."""
    line: dict[str, Json] = {MAGIC: FORMAT, "machine": header.machine, "link": header.link}
    line |= {"began": round(header.began, 3), "interval_s": header.interval_s}
    told: dict[str, Json] = {"driver": header.driver, "device": header.device}
    told |= {"unit": header.unit, "modbus_unit": header.modbus_unit}
    told["line"] = None if header.line is None else _line(header.line)
    line |= {key: value for key, value in told.items() if value is not None}
    return json.dumps(line | {"hidden": list(header.hidden)})


def poll_lines(poll: Poll) -> Iterator[str]:
    """The lines of one poll."""
    for said in poll.said:
        line = _begun(said.at, said.took, poll.number)
        if isinstance(said.request, Get):
            line["get"] = [dotted(each) for each in said.request.oids]
        else:
            line["walk"] = dotted(said.request.root)
        if isinstance(said.heard, NoAnswer):
            line |= _failed("failed", said.heard)
        else:
            line["got"] = [[dotted(each.oid), each.tag, _written(each)] for each in said.heard]
        yield json.dumps(line)
    for spoken in poll.spoken:
        line = _begun(spoken.at, spoken.took, poll.number) | {"ask": spoken.asked.hex()}
        if spoken.failed is not None:
            line |= _failed("failed", spoken.failed)
        if spoken.came or spoken.failed is None:
            line["got"] = spoken.came.hex()
        yield json.dumps(line)
    end: dict[str, Json] = {"t": round(poll.ended, 3), "poll": poll.number}
    yield json.dumps(end | ({"heard": _REPORT} if poll.failed is None else _failed("heard", poll.failed)))


def _begun(at: float, took: float, poll: int) -> dict[str, Json]:
    return {"t": round(at, 3), "took": round(took, 3), "poll": poll}


def _failed(key: str, failed: NoAnswer) -> dict[str, Json]:
    return {key: failed.why.value, "text": failed.text}


def _line(choice: SerialChoice) -> dict[str, Json]:
    told: dict[str, Json] = {"baud": choice.baud, "data_bits": choice.data_bits, "stop_bits": choice.stop_bits}
    told |= {"parity": choice.parity and choice.parity.value, "handshake": choice.handshake and choice.handshake.value}
    return {key: value for key, value in told.items() if value is not None}


def _written(varbind: Varbind) -> Json:
    value = varbind.value
    if isinstance(value, tuple):
        return dotted(value)
    if not isinstance(value, bytes):
        return value
    return value.decode() if value.isascii() and value.decode().isprintable() else {"x": value.hex()}


def read_line(text: str) -> dict[str, object]:
    """The JSON object of a line."""
    if len(text) > LONGEST:
        raise ValueError("is longer than anything a machine says")
    if not text.isascii():
        raise ValueError("is no plain ASCII")
    try:
        found = json.loads(text)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except ValueError:
        raise ValueError("is no JSON") from None
    if not isinstance(found, dict):
        raise ValueError("is no JSON object")
    return found


def read_header(line: Line) -> Header:
    """What the first line says, whose format is known already."""
    hidden, choice = line.get("hidden"), line.get("line")
    return Header(
        machine=_text(line, "machine"),
        link=_text(line, "link"),
        began=read_number(line, "began"),
        interval_s=read_number(line, "interval_s"),
        driver=_perhaps_text(line, "driver"),
        device=_perhaps_whole(line, "device"),
        hidden=tuple(map(str, hidden)) if isinstance(hidden, list) else (),
        unit=_perhaps_text(line, "unit"),
        modbus_unit=_perhaps_whole(line, "modbus_unit"),
        line=_choice(choice) if isinstance(choice, dict) else None,
    )


def _choice(line: Line) -> SerialChoice:
    parity, handshake = _perhaps_text(line, "parity"), _perhaps_text(line, "handshake")
    return SerialChoice(
        baud=_perhaps_whole(line, "baud"),
        data_bits=_perhaps_whole(line, "data_bits"),
        parity=None if parity is None else Parity(parity),
        stop_bits=_perhaps_whole(line, "stop_bits"),
        handshake=None if handshake is None else Handshake(handshake),
    )


def read_said(line: Line) -> Said | Exchanged:
    """One exchange."""
    at, took = read_number(line, "t"), read_number(line, "took")
    if "ask" not in line:
        return Said(at, took, _request(line), _heard(line))
    failed = read_silence(line, "failed") if "failed" in line else None
    came = bytes.fromhex(_text(line, "got")) if failed is None or "got" in line else b""
    return Exchanged(at, took, bytes.fromhex(_text(line, "ask")), came, failed)


def read_end(line: Line) -> NoAnswer | None:
    """Why a poll brought nothing, from its last line; None if it brought a report."""
    return None if line["heard"] == _REPORT else read_silence(line, "heard")


def read_silence(line: Line, key: str) -> NoAnswer:
    """Why nothing came."""
    return NoAnswer(Silence(_text(line, key)), _text(line, "text"))


def read_number(line: Line, key: str) -> float:
    """Seconds, or the number of a poll."""
    found = line[key]
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not 0 <= found <= _LATEST:
        raise ValueError(f"{key} is no number of seconds")
    return float(found)


def _request(line: Line) -> Request:
    if "walk" in line:
        return Walk(oid(_text(line, "walk")))
    wanted = line["get"]
    if not isinstance(wanted, list):
        raise ValueError("get is no list")
    return Get(tuple(oid(str(each)) for each in wanted))


def _heard(line: Line) -> Reply | NoAnswer:
    if "failed" in line:
        return read_silence(line, "failed")
    rows = line["got"]
    if not isinstance(rows, list):
        raise ValueError("got is no list")
    return tuple(_varbind(*row) for row in rows)


def _varbind(name: object, tag: object, value: object) -> Varbind:
    if not isinstance(tag, int):
        raise ValueError(f"{tag!r} is no tag")
    return Varbind(oid(str(name)), tag, _value(tag, value))


def _value(tag: int, value: object) -> Value:
    if isinstance(value, dict):
        return bytes.fromhex(_text(value, "x"))
    if isinstance(value, str):
        return oid(value) if tag == _OID else value.encode("ascii")
    if value is None or (isinstance(value, int) and tag not in _OCTETS and tag != _OID):
        return value
    raise ValueError(f"{value!r} is no value of tag {tag}")


def _text(line: Line, key: str) -> str:
    found = line[key]
    if not isinstance(found, str):
        raise ValueError(f"{key} is no text")
    return found


def _perhaps_text(line: Line, key: str) -> str | None:
    found = line.get(key)
    return found if isinstance(found, str) else None


def _perhaps_whole(line: Line, key: str) -> int | None:
    found = line.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else None
