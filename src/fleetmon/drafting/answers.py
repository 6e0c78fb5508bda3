"""Guesses at what stands in the frames of answers: which fields there may be.

A guess is only made where every answer that was heard fits it. It saves typing; what the fields mean, nobody can guess.
"""

import json
import re
from collections.abc import Iterator, Sequence

from fleetmon.definition.words import compiled
from fleetmon.drafting.cutting import Frames, is_binary
from fleetmon.drafting.draft import quoted

_MOST_FIELDS = 24
_MOST_OCTETS = 64
_PAIR = re.compile(r"^\s*([^=\r\n]{1,64}?)=", re.MULTILINE)


def form(name: str, answers: Sequence[Frames], *, until: bool = False) -> str:
    """What `[read.NAME]` says of these answers to one request: a line (`reply = ...`, `fields = ...`), or for many
    fields a table of its own."""
    whole = f"reply = '(?s)(?P<{name}>.*)'"
    if not answers:
        return whole
    if any(is_binary(frame) for frames in answers for frame in frames):
        size = min(len(frames[0]) for frames in answers)
        return _table(name, "layout", {f"{name}_{at}": f"{{ at = {at} }}" for at in range(min(size, _MOST_OCTETS))})
    texts = [[frame.decode("latin-1") for frame in frames] for frames in answers]
    found = _json(name, texts) or _pairs(name, texts)
    if until:  # any number of frames: one pattern for all of them
        return found or whole
    if not found and re.match("[A-Za-z]+.?[0-9]", texts[0][0]):  # begins with a word of its own, which is no field
        found = _pattern(name, texts)
    return found or _fields(name, texts) or _pattern(name, texts) or whole


def _table(name: str, key: str, entries: dict[str, str]) -> str:
    return "\n".join([f"[read.{name}.{key}]", *(f"{each} = {value}" for each, value in entries.items())])


def _json(name: str, texts: list[list[str]]) -> str | None:
    try:
        answers = [[json.loads(each) for each in frames] for frames in texts]
    except (ValueError, RecursionError):
        return None
    found = [
        [at for each in documents if isinstance(each, dict | list) for at in _leaves(each, "")] for documents in answers
    ]
    chosen = dict.fromkeys(found[0][:_MOST_FIELDS])
    if not all(chosen.keys() & each for each in found):
        return None
    return _table(name, "json", {f"{name}_{n}": quoted(each) for n, each in enumerate(chosen, start=1)})


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
    found = [[key.strip() for text in frames for key in _PAIR.findall(text)] for frames in texts]
    chosen = list(dict.fromkeys(key for keys in found for key in keys if key))[:_MOST_FIELDS]
    if len(chosen) < 2 or not all(set(keys) & set(chosen) for keys in found):
        return None
    return _table(name, "pairs.keys", {quoted(key): f'"{name}_{n}"' for n, key in enumerate(chosen, start=1)})


def _fields(name: str, texts: list[list[str]]) -> str | None:
    counts = {tuple(text.count(",") for text in frames) for frames in texts}
    if len(counts) != 1 or not any(commas := counts.pop()):
        return None
    words, lists = iter(range(1, 10_000)), list[str]()
    for count in commas:
        lists.append("[" + ", ".join(f'"{name}_{next(words)}"' for _ in range(count + 1)) + "]")
    return f"fields = {lists[0] if len(lists) == 1 else '[' + ', '.join(lists) + ']'}"


def _pattern(name: str, texts: list[list[str]]) -> str | None:
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
        return None
    return f"reply = {quoted(patterns[0]) if len(patterns) == 1 else '[' + ', '.join(map(quoted, patterns)) + ']'}"


def _escaped(text: str) -> str:
    return re.sub(r"([\\.^$|?*+()\[\]{}])", r"\\\1", text).replace("\r", "\\r").replace("\n", "\\n")
