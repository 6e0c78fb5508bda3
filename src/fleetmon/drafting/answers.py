"""Guesses at the form of answers: how their frames are cut, and which fields may stand in them.

A guess is only made where every answer that was heard fits it. It saves typing; what the fields mean, nobody can guess.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter

from fleetmon.decode.framing.framed import Framed
from fleetmon.definition.framing import AnyFraming, Delimited, Framing
from fleetmon.definition.words import compiled
from fleetmon.drafting.draft import quoted
from fleetmon.errors import GarbledReply

_TRIED: Final = (
    "stx-etx-bcc", "stx-etx-sum", "stx-etx", "until-ff", "crlf", "cr", "lf", "line", "quoted",
)  # fmt: skip
_MOST_FIELDS = 24
_PAIR = re.compile(r"^\s*([^=\r\n]{1,64}?)=", re.MULTILINE)
Frames = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Cutting:
    """How answers are cut: the framing as it is written in a definition, and the frames of each answer."""

    framing: str
    frames: dict[bytes, Frames]


def cutting(replies: Sequence[bytes]) -> Cutting:
    """The first framing that leaves nothing of any answer over; where there is none, silence ends them."""
    framings: TypeAdapter[AnyFraming] = TypeAdapter(Framing)
    for name in _TRIED:
        found = {reply: _cut(framings.validate_python(name), reply) for reply in replies}
        if all(found.values()):
            return Cutting(f'"{name}"', {reply: frames for reply, frames in found.items() if frames})
    lengths = {len(reply) for reply in replies}
    fixed = f'{{ kind = "fixed", length = {lengths.pop()} }}' if len(lengths) == 1 else '"until-quiet"'
    return Cutting(fixed, {reply: (reply,) for reply in replies})


def _cut(framing: AnyFraming, reply: bytes) -> Frames | None:
    if isinstance(framing, Delimited) and not reply.startswith(framing.start):
        return None
    cutter = Framed(framing).cutter()
    try:
        frames = tuple(found.content for found in cutter.feed(reply))
    except GarbledReply:
        return None
    return None if cutter.rest.strip(b"\r\n") else frames


def form(name: str, answers: Sequence[Frames]) -> str:
    """The line of `[read.NAME]` that describes these answers to one request: `reply = '...'`, `fields = [...]`, ..."""
    if not answers:
        return f"reply = '(?s)(?P<{name}>.*)'"
    if any(_binary(frame) for frames in answers for frame in frames):
        size = min(len(frames[0]) for frames in answers)
        places = ", ".join(f"{name}_{at} = {{ at = {at} }}" for at in range(min(size, _MOST_FIELDS)))
        return f"layout = {{ {places or f'{name}_0 = {{ at = 0 }}'} }}"
    texts = [[frame.decode("latin-1") for frame in frames] for frames in answers]
    return _json(name, texts) or _pairs(name, texts) or _fields(name, texts) or _pattern(name, texts)


def _binary(frame: bytes) -> bool:
    return any((octet < 32 and octet not in b"\r\n\t") or octet == 127 for octet in frame)


def _json(name: str, texts: list[list[str]]) -> str | None:
    try:
        documents = [json.loads(each) for each in texts[0]]
    except ValueError:
        return None
    found = [pointer for each in documents if isinstance(each, dict | list) for pointer in _leaves(each, "")]
    listed = ", ".join(f"{name}_{n} = {quoted(each)}" for n, each in enumerate(found[:_MOST_FIELDS], start=1))
    return f"json = {{ {listed} }}" if found else None


def _leaves(value: object, at: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(each, f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _leaves(each, f"{at}/{index}")
    else:
        yield at


def _pairs(name: str, texts: list[list[str]]) -> str | None:
    keys = [key.strip() for frames in texts for text in frames for key in _PAIR.findall(text)]
    if len(dict.fromkeys(keys)) < 2:
        return None
    listed = ", ".join(
        f"{quoted(key)} = {quoted(f'{name}_{n}')}" for n, key in enumerate(dict.fromkeys(keys[:_MOST_FIELDS]), start=1)
    )
    return f"pairs.keys = {{ {listed} }}"


def _fields(name: str, texts: list[list[str]]) -> str | None:
    counts = {tuple(text.count(",") for text in frames) for frames in texts}
    if len(counts) != 1 or not any(commas := counts.pop()):
        return None
    words, lists = iter(range(1, 10_000)), list[str]()
    for count in commas:
        lists.append("[" + ", ".join(f'"{name}_{next(words)}"' for _ in range(count + 1)) + "]")
    return f"fields = {lists[0] if len(lists) == 1 else '[' + ', '.join(lists) + ']'}"


def _pattern(name: str, texts: list[list[str]]) -> str:
    """Regular expressions in which every number of the first answer is a field."""
    numbers, patterns = iter(range(1, 10_000)), list[str]()
    for text in texts[0]:
        parts = re.split(r"(\d+)", text)
        shown = (f"(?P<{name}_{next(numbers)}>\\d+)" if part.isdecimal() else _escaped(part) for part in parts)
        patterns.append("".join(shown))
    fit = all(
        len(frames) == len(patterns)
        and all(compiled(each).fullmatch(text) for each, text in zip(patterns, frames, strict=True))
        for frames in texts
    )
    if not fit or "\\d" not in "".join(patterns):
        return f"reply = '(?s)(?P<{name}>.*)'"
    return f"reply = {quoted(patterns[0]) if len(patterns) == 1 else '[' + ', '.join(map(quoted, patterns)) + ']'}"


def _escaped(text: str) -> str:
    return re.sub(r"([\\.^$|?*+()\[\]{}])", r"\\\1", text).replace("\r", "\\r").replace("\n", "\\n")
