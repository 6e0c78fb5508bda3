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

and of a machine on a line of bytes, where the header says more, an exchange is

    {"t": 0.4, "took": 0.031, "poll": 1, "ask": "1b540d", "got": "3137350d"}
    {"t": 5.4, "took": 2.0, "poll": 2, "ask": "1b540d", "failed": "garbled", "text": "...", "got": "3137"}

`t` and `took` are seconds, `t` since the recording began (`began`, seconds since 1970). A value stands behind its BER
tag: a number, a dotted name for tag 6, a text for octets that are printable ASCII, else {"x": "00ff"}. `ask` and `got`
are octets in hexadecimal; `got` holds all that came, also where it was no answer. How one line is written and read
stands in `written`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from fleetmon.errors import FleetmonError
from fleetmon.lab.records.said import Exchanged, Header, Poll, Said
from fleetmon.lab.records.written import (
    FORMAT,
    LONGEST,
    MAGIC,
    Line,
    read_end,
    read_header,
    read_line,
    read_number,
    read_said,
)

_LONGEST_TIME: Final = 366 * 86_400.0


class RecordingError(FleetmonError):
    """A recording that cannot be read or written; the text begins with the file, and the line where one is at fault."""


@dataclass(slots=True)
class Recording:
    """A whole recording. `remark` says what was wrong with its end, if it was cut short."""

    header: Header
    polls: list[Poll] = field(default_factory=list)
    remark: str | None = None


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
    while line := file.readline(LONGEST + 1):
        yield line.decode("latin-1")


def parse(lines: Iterable[str], file: str, most: int | None = None) -> Recording:
    """The recording in these lines; `file` is how it is called in errors."""
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    number, first = next(numbered, (1, ""))
    if not first:
        raise RecordingError(f"{file}:1: is empty; nothing was recorded")
    recording, said = Recording(_header(first, f"{file}:{number}")), dict[int, list[Said | Exchanged]]()
    broken: str | None = None
    for number, line in numbered:
        if broken is not None:
            raise RecordingError(broken)
        try:
            _take(read_line(line), recording, said)
        except (ValueError, LookupError, TypeError) as error:
            broken = f"{file}:{number}: {_why(error)}"
        if most is not None and len(recording.polls) >= most:
            return recording
    if broken is not None:
        recording.remark = f"{file}:{number}: the last line was cut off and is left out"
    elif said:
        recording.remark = f"{file}:{number}: the last poll has no end and is left out"
    return recording


def _take(line: Line, recording: Recording, said: dict[int, list[Said | Exchanged]]) -> None:
    at, poll = read_number(line, "t"), int(read_number(line, "poll"))
    if at > _LONGEST_TIME:
        raise ValueError("t is later than any recording lasts")
    if "heard" not in line:
        said.setdefault(poll, []).append(read_said(line))
        return
    failed, all_said = read_end(line), said.pop(poll, [])
    in_snmp = tuple(each for each in all_said if isinstance(each, Said))
    spoken = tuple(each for each in all_said if isinstance(each, Exchanged))
    recording.polls.append(Poll(poll, in_snmp, at, failed, spoken))


def _header(text: str, where: str) -> Header:
    try:
        line = read_line(text)
        version = line[MAGIC]
    except (ValueError, LookupError):
        raise RecordingError(f"{where}: is no recording of fleetmon record") from None
    if version != FORMAT:
        raise RecordingError(f"{where}: is written in format {version}; this fleetmon reads format {FORMAT}")
    try:
        return read_header(line)
    except (ValueError, LookupError) as error:
        raise RecordingError(f"{where}: {_why(error)}") from None


def _why(error: Exception) -> str:
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
