"""Recordings of `fleetmon record`, served in time: at a moment the rows are those last recorded at that moment.

A line is one JSON object: first what the recording is, then exchanges (`t` seconds after the beginning, `get` or
`walk`, and what was `got` or how it `failed`) and the end of each poll (`heard`). Rows change from one poll to the
next and not in between, because whoever recorded asked so often and no oftener. A poll that brought nothing is a
machine that does not answer until the next one that brought something. Recordings of machines that speak in bytes are
read in spoken.py.

The same form is read by fleetmon itself, elsewhere and on its own: what one of the two gets wrong, the other shows.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from fleetmon.simulators.reading import BadInput, Oid, parse_oid
from fleetmon.simulators.snmp.rows import Row, Rows, Tag, Value

MARK = "fleetmon-recording"
_FORMAT = 1
_UPTIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
_BUG = "driver-bug"  # the fault was not the machine's: it did answer

Moment = tuple[float, Rows | None]
Line = Mapping[str, object]


@dataclass(slots=True)
class _Poll:
    """The answers of one poll as changes to what was known: (what was asked for, what there was of it)."""

    begins: float
    answers: list[tuple[Mapping[str, object], list[Row]]] = field(default_factory=list)
    silent: bool = False


def is_recording(data: bytes) -> bool:
    """Whether a file begins like a recording of `fleetmon record`."""
    first = data.lstrip()[: len(MARK) + 8]
    return first.startswith(b"{") and MARK.encode() in first


def moments(lines: Iterable[str], where: str) -> list[Moment]:
    """What the machine lists from which moment on, None while it does not answer. Raises BadInput with file and line;
    a last line that is cut off is left out."""
    polls: dict[int, _Poll] = {}
    ended: list[_Poll] = []
    read_all(lines, where, lambda line: _take(line, polls, ended))
    if not ended:
        raise BadInput(f"{where}: holds no whole poll")
    return list(_laid_over(ended))


def read_all(lines: Iterable[str], where: str, take: Callable[[Line], None]) -> Line:
    """Let `take` have every line but the first, which is returned. Raises BadInput with file and line where one is
    none; the last one may be, for it may be cut off."""
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    first = first_of(numbered[0][1]) if numbered else {}
    if first.get(MARK) != _FORMAT:
        raise BadInput(f"{where}:1: is no recording of fleetmon record in format {_FORMAT}")
    for number, line in numbered[1:]:
        try:
            take(_read(line))
        except (ValueError, LookupError, TypeError) as error:
            if number != numbered[-1][0]:
                raise BadInput(f"{where}:{number}: {_why(error)}") from None
    return first


def moment_of(line: Line) -> tuple[int, float]:
    """The number of the poll and the seconds since the beginning. Raises ValueError or LookupError."""
    number, at = line["poll"], line["t"]
    if not isinstance(number, int) or not isinstance(at, (int, float)) or not 0 <= at < math.inf:
        raise ValueError("poll and t are numbers")
    return number, float(at)


def began_anew(before: Rows | None, after: Rows | None) -> bool:
    """Whether the machine was switched off in between: its clock began anew."""
    then = before.get(_UPTIME) if before is not None else None
    now = after.get(_UPTIME) if after is not None else None
    if not isinstance(then, Value) or not isinstance(now, Value):
        return False
    return isinstance(then.content, int) and isinstance(now.content, int) and now.content < then.content


def _read(line: str) -> dict[str, object]:
    try:
        found = json.loads(line)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except ValueError:
        raise ValueError("is no JSON") from None
    if not isinstance(found, dict):
        raise ValueError("is no JSON object")
    return found


def first_of(line: str) -> Line:
    """What the first line says, nothing if it is none."""
    try:
        return _read(line)
    except ValueError:
        return {}


def _why(error: Exception) -> str:
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)


def _take(line: Line, polls: dict[int, _Poll], ended: list[_Poll]) -> None:
    number, at = moment_of(line)
    poll = polls.setdefault(number, _Poll(at))
    if "heard" in line:
        poll.silent = line["heard"] not in ("report", _BUG)
        ended.append(polls.pop(number))
    elif "got" in line:
        rows = line["got"]
        if not isinstance(rows, list):
            raise ValueError("got is a list")
        poll.answers.append((line, [_row(*row) for row in rows]))
    elif "failed" not in line:
        raise ValueError("neither got nor failed nor heard")


def _laid_over(polls: Iterable[_Poll]) -> Iterator[Moment]:
    known: dict[Oid, Value] = {}
    for poll in polls:
        for asked, rows in poll.answers:
            for name in _asked(asked, known):
                known.pop(name, None)
            known |= dict(rows)
        yield poll.begins, None if poll.silent else Rows(known.items())


def _asked(line: Mapping[str, object], known: Mapping[Oid, Value]) -> list[Oid]:
    """The names that an answer speaks about, whether it holds them or not."""
    if "walk" in line:
        root = parse_oid(str(line["walk"]))
        return [name for name in known if name[: len(root)] == root != name]  # a walk begins behind its root
    names = line["get"]
    if not isinstance(names, list):
        raise ValueError("get is a list")
    return [parse_oid(str(name)) for name in names]


def _row(name: object, tag: object, content: object) -> Row:
    return parse_oid(str(name)), _value(Tag(int(str(tag))), content)


def _value(tag: Tag, content: object) -> Value:
    match tag, content:
        case (Tag.NULL, None):
            return Value(tag, None)
        case (Tag.OID, str(text)):
            return Value(tag, parse_oid(text))
        case (Tag.STRING | Tag.ADDRESS | Tag.OPAQUE, {"x": str(digits)}):
            return Value(tag, bytes.fromhex(digits))
        case (Tag.STRING | Tag.ADDRESS | Tag.OPAQUE, str(text)):
            return Value(tag, text.encode("ascii"))
        case (Tag.INTEGER | Tag.COUNTER | Tag.GAUGE | Tag.TICKS | Tag.COUNTER64, int(number)) if not isinstance(
            content, bool
        ):
            return Value(tag, number)
    raise ValueError(f"{content!r} is no content of {tag.name}")
