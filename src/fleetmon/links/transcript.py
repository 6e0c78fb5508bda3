"""What was said on a line, written so that people can read and type it.

::

    # a remark
    = film at its end            a situation begins: what follows was said in it
    > <ESC>T<CR>                 we ask
    < 175<CR>                    the machine answers; further < lines are the same answer
    > hex: 01 03 20 00 00 02     octets in hexadecimal, as manuals of binary protocols print them
    > <ENQ>                      nobody answers

Octets are written as in a driver's definition; blanks at either end are `<SP>`. A recording of `fleetmon record` is
read as well. A question that comes again begins another poll.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fleetmon.definition.words import octets, written
from fleetmon.errors import DriverError

_HEX = re.compile(r"hex:\s*((?:[0-9A-Fa-f]{2}\s*)+)")
_LONGEST_LINE = 96


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and the whole answer to it; None where nobody answered."""

    ask: bytes
    reply: bytes | None


@dataclass(frozen=True, slots=True)
class Scene:
    """What was said in one situation, in order; `name` is empty where the writer gave none."""

    name: str
    turns: tuple[Turn, ...]


def read(text: str, file: str) -> tuple[Scene, ...]:
    """The scenes of a transcript or a recording, none of them empty; DriverError as `file:line: what; hint`."""
    text = text.removeprefix("\ufeff")
    recorded = text.lstrip().startswith("{")
    found = _recorded(text, file) if recorded else _typed(text, file)
    scenes = tuple(scene for scene in found if scene.turns)
    if not scenes:
        raise DriverError(f"{file}:1: holds no exchange; a question is written > <ENQ>, its answer < <STX>S1<ETX>")
    return scenes


def write(turns: Iterable[Turn]) -> Iterator[str]:
    """The lines of a transcript that reads as these turns."""
    for turn in turns:
        yield f"> {spelt(turn.ask)}"
        if turn.reply:
            yield from (f"< {spelt(piece)}" for piece in pieces(turn.reply))


def spelt(data: bytes) -> str:
    """Octets as text where most of them are, else in hexadecimal."""
    plain = sum(32 <= octet < 127 or octet in (10, 13) for octet in data)
    if data and plain * 2 <= len(data) and len(data) > 1:
        return f"hex: {data.hex(' ')}"
    text = written(data)
    text = "<SP>" + text[1:] if text.startswith(" ") else text
    return text[:-1] + "<SP>" if text.endswith(" ") else text


def pieces(data: bytes) -> Iterator[bytes]:
    """Lines of a bearable length, broken after line ends where there are any."""
    for line in re.findall(rb"[^\r\n\x0c]*[\r\n\x0c]+|[^\r\n\x0c]+", data):
        yield from (line[at : at + _LONGEST_LINE] for at in range(0, len(line), _LONGEST_LINE))


def _typed(text: str, file: str) -> Iterator[Scene]:
    name, turns = "", list[Turn]()
    for number, line in enumerate(text.splitlines(), start=1):
        sign, said = line.strip()[:1], line.strip()[1:].strip()
        if sign in ("", "#"):
            continue
        if sign == "=":
            yield Scene(name, tuple(turns))
            name, turns = said, []
        elif sign == ">":
            turns.append(Turn(_octets(said, file, number), None))
        elif sign == "<" and turns:
            turns[-1] = Turn(turns[-1].ask, (turns[-1].reply or b"") + _octets(said, file, number))
        else:
            raise DriverError(f"{file}:{number}: {_FORMS if sign != '<' else 'an answer before any question (> ...)'}")
    yield Scene(name, tuple(turns))


_FORMS = "begins with none of the signs: > for a question, < for an answer, = for a situation, # for a remark"


def in_hex(said: str) -> bytes | None:
    """The octets of `hex: 01 03`; None for a text that is written otherwise."""
    found = _HEX.fullmatch(said)
    return bytes.fromhex(found[1]) if found else None


def _octets(said: str, file: str, line: int) -> bytes:
    if (data := in_hex(said)) is not None:
        return data
    try:
        data = octets(said)
    except ValueError as error:
        raise DriverError(f"{file}:{line}: {error}") from None
    if not data:
        raise DriverError(f"{file}:{line}: no octets; leave the line out where nobody says anything")
    return data


def _recorded(text: str, file: str) -> Iterator[Scene]:
    """Polls of a recording, each once however often it was the same; what a poll did not ask, as it was last said."""
    polls: dict[object, dict[bytes, Turn]] = {}
    last: dict[bytes, Turn] = {}
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line) if line.strip() else {}
            if isinstance(entry, dict) and "ask" in entry:
                got = entry.get("got")
                turn = Turn(bytes.fromhex(entry["ask"]), None if got is None else bytes.fromhex(got))
                polls.setdefault(entry.get("poll"), dict(last))[turn.ask] = last[turn.ask] = turn
        except (ValueError, TypeError):
            if number == len(lines):
                break  # cut off while it was written
            raise DriverError(f"{file}:{number}: is no line of a recording of a machine on a line") from None
    yield from (Scene("", turns) for turns in dict.fromkeys(tuple(poll.values()) for poll in polls.values()))
