"""Recordings: the real exchange with one machine in a plain text file, for tests, exercises and bug reports.

One JSON object a line, so that a file that was cut short is lost from its last line on and no further, and so that a
person can read it before it is given away. The first line says what it is; after it come the exchanges in the order in
which they were begun, each with the poll it belongs to, and the end of each poll with what was made of it:

    {"fleetmon-recording": 1, "machine": "lam1", "link": "snmp", "began": 1771000000.0, "interval_s": 5.0, ...}
    {"t": 0.412, "took": 0.018, "poll": 1, "get": ["1.3.6.1.2.1.1.1.0"], "got": [["1.3.6.1.2.1.1.1.0", 4, "Acme"]]}
    {"t": 0.431, "took": 0.022, "poll": 1, "walk": "1.3.6.1.2.1.43.18.1.1", "got": []}
    {"t": 0.501, "poll": 1, "heard": "report"}
    {"t": 5.400, "took": 4.0, "poll": 2, "get": [...], "failed": "timeout", "text": "no answer ..."}
    {"t": 9.401, "poll": 2, "heard": "timeout", "text": "no answer ..."}
    {"t": 9.7, "sent": "1b3f0d"}
    {"t": 9.8, "came": "1b3f410d"}

`t` and `took` are seconds, `t` since the recording began (`began`, seconds since 1970). A value stands behind its BER
tag: a number, a dotted name for tag 6, a text for octets that are printable ASCII, else {"x": "00ff"}. `sent` and
`came` are bytes of a serial line, in hexadecimal.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from fleetmon.decode.dialogue import Get, Reply, Request, Value, Varbind, Walk, dotted, oid
from fleetmon.errors import FleetmonError
from fleetmon.model.messages import Json
from fleetmon.model.report import NoAnswer
from fleetmon.model.words import Silence

FORMAT: Final = 1
MAGIC: Final = "fleetmon-recording"
_REPORT: Final = "report"
_OID: Final = 6
_OCTETS: Final = frozenset({4, 0x40, 0x44})
_LONGEST: Final = 8 << 20  # characters of one line: two thousand rows are a tenth of that
_LONGEST_TIME: Final = 366 * 86_400.0
_LATEST: Final = 1e10  # seconds: `began` counts from 1970


class RecordingError(FleetmonError):
    """A recording that cannot be read or written; the text begins with the file, and the line where one is at fault."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a recording says of itself. `machine` is the settings' id, `hidden` the kinds of secrets that were replaced,
    `driver` and `device` as in the settings, None if the machine was recognised by itself."""

    machine: str
    link: str
    began: float
    interval_s: float
    driver: str | None = None
    device: int | None = None
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """One exchange: asked `at` seconds after the beginning, answered or not `took` seconds later."""

    at: float
    took: float
    request: Request
    heard: Reply | NoAnswer


@dataclass(frozen=True, slots=True)
class Poll:
    """One poll: what was said, when it ended, and why it brought nothing if so."""

    number: int
    said: tuple[Said, ...]
    ended: float
    failed: NoAnswer | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes on a serial line, `sent` by us or not."""

    at: float
    sent: bool
    octets: bytes


@dataclass(slots=True)
class Recording:
    """A whole recording. `remark` says what was wrong with its end, if it was cut short."""

    header: Header
    polls: list[Poll] = field(default_factory=list)
    chunks: list[Chunk] = field(default_factory=list)
    remark: str | None = None


def header_line(header: Header) -> str:
    """The first line."""
    line: dict[str, Json] = {MAGIC: FORMAT, "machine": header.machine, "link": header.link}
    line |= {"began": round(header.began, 3), "interval_s": header.interval_s}
    line |= {key: value for key, value in (("driver", header.driver), ("device", header.device)) if value is not None}
    return json.dumps(line | {"hidden": list(header.hidden)})


def poll_lines(poll: Poll) -> Iterator[str]:
    """The lines of one poll."""
    for said in poll.said:
        line: dict[str, Json] = {"t": round(said.at, 3), "took": round(said.took, 3), "poll": poll.number}
        if isinstance(said.request, Get):
            line["get"] = [dotted(each) for each in said.request.oids]
        else:
            line["walk"] = dotted(said.request.root)
        if isinstance(said.heard, NoAnswer):
            line |= {"failed": said.heard.why.value, "text": said.heard.text}
        else:
            line["got"] = [[dotted(each.oid), each.tag, _written(each)] for each in said.heard]
        yield json.dumps(line)
    end: dict[str, Json] = {"t": round(poll.ended, 3), "poll": poll.number, "heard": _REPORT}
    if poll.failed is not None:
        end |= {"heard": poll.failed.why.value, "text": poll.failed.text}
    yield json.dumps(end)


def chunk_line(chunk: Chunk) -> str:
    """The line of some bytes."""
    return json.dumps({"t": round(chunk.at, 3), "sent" if chunk.sent else "came": chunk.octets.hex()})


def read(path: Path, most: int | None = None) -> Recording:
    """A whole recording, or its first `most` polls. RecordingError unless it is one; a last line that was cut off is
    remarked upon."""
    try:
        with path.open("rb") as file:
            return parse(_lines(file), str(path), most)
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read: {error.strerror}") from None


def _lines(file: BinaryIO) -> Iterator[str]:
    """Line by line, and no more of a line than can be one."""
    while line := file.readline(_LONGEST + 1):
        yield line.decode("latin-1")


def parse(lines: Iterable[str], file: str, most: int | None = None) -> Recording:
    """The recording in these lines; `file` is how it is called in errors."""
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    number, first = next(numbered, (1, ""))
    if not first:
        raise RecordingError(f"{file}:1: is empty; nothing was recorded")
    recording, said = Recording(_header(first, f"{file}:{number}")), dict[int, list[Said]]()
    broken: str | None = None
    for number, line in numbered:
        if broken is not None:
            raise RecordingError(broken)
        try:
            _take(_object(line), recording, said)
        except (ValueError, LookupError, TypeError) as error:
            broken = f"{file}:{number}: {_why(error)}"
        if most is not None and len(recording.polls) >= most:
            return recording
    if broken is not None:
        recording.remark = f"{file}:{number}: the last line was cut off and is left out"
    elif said:
        recording.remark = f"{file}:{number}: the last poll has no end and is left out"
    return recording


def _take(line: Mapping[str, object], recording: Recording, said: dict[int, list[Said]]) -> None:
    at = _number(line, "t")
    if at > _LONGEST_TIME:
        raise ValueError("t is later than any recording lasts")
    if "sent" in line or "came" in line:
        key = "sent" if "sent" in line else "came"
        recording.chunks.append(Chunk(at, key == "sent", bytes.fromhex(_text(line, key))))
        return
    poll = int(_number(line, "poll"))
    if "heard" in line:
        failed = None if line["heard"] == _REPORT else NoAnswer(Silence(_text(line, "heard")), _text(line, "text"))
        recording.polls.append(Poll(poll, tuple(said.pop(poll, ())), at, failed))
        return
    said.setdefault(poll, []).append(Said(at, _number(line, "took"), _request(line), _heard(line)))


def _header(text: str, where: str) -> Header:
    try:
        line = _object(text)
        version = line[MAGIC]
    except (ValueError, LookupError):
        raise RecordingError(f"{where}: is no recording of fleetmon record") from None
    if version != FORMAT:
        raise RecordingError(f"{where}: is written in format {version}; this fleetmon reads format {FORMAT}")
    try:
        device, driver, hidden = line.get("device"), line.get("driver"), line.get("hidden")
        return Header(
            machine=_text(line, "machine"),
            link=_text(line, "link"),
            began=_number(line, "began"),
            interval_s=_number(line, "interval_s"),
            driver=driver if isinstance(driver, str) else None,
            device=device if isinstance(device, int) else None,
            hidden=tuple(map(str, hidden)) if isinstance(hidden, list) else (),
        )
    except (ValueError, LookupError) as error:
        raise RecordingError(f"{where}: {_why(error)}") from None


def _request(line: Mapping[str, object]) -> Request:
    if "walk" in line:
        return Walk(oid(_text(line, "walk")))
    wanted = line["get"]
    if not isinstance(wanted, list):
        raise ValueError("get is no list")
    return Get(tuple(oid(str(each)) for each in wanted))


def _heard(line: Mapping[str, object]) -> Reply | NoAnswer:
    if "failed" in line:
        return NoAnswer(Silence(_text(line, "failed")), _text(line, "text"))
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


def _written(varbind: Varbind) -> Json:
    value = varbind.value
    if isinstance(value, tuple):
        return dotted(value)
    if not isinstance(value, bytes):
        return value
    return value.decode() if value.isascii() and value.decode().isprintable() else {"x": value.hex()}


def _object(line: str) -> dict[str, object]:
    if len(line) > _LONGEST:
        raise ValueError("is longer than anything a machine says")
    if not line.isascii():
        raise ValueError("is no plain ASCII")
    try:
        found = json.loads(line)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except ValueError:
        raise ValueError("is no JSON") from None
    if not isinstance(found, dict):
        raise ValueError("is no JSON object")
    return found


def _text(line: Mapping[str, object], key: str) -> str:
    found = line[key]
    if not isinstance(found, str):
        raise ValueError(f"{key} is no text")
    return found


def _number(line: Mapping[str, object], key: str) -> float:
    found = line[key]
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not 0 <= found <= _LATEST:
        raise ValueError(f"{key} is no number of seconds")
    return float(found)


def _why(error: Exception) -> str:
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
