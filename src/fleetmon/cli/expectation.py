"""What a capture decodes to, as the `[expect]` that stands in its file: for a person to check, then to paste."""

import json
import re
from collections.abc import Iterator, Mapping

from fleetmon.model.messages import Json
from fleetmon.proof import Proof

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST = 100


def lines(proof: Proof) -> Iterator[str]:
    """A remark with the file, then the table."""
    state = "as it stands in the file" if not proof.differences else "not what the file expects"
    yield f"# {proof.file}: {proof.capture.situation}; {state}"
    yield "[expect]"
    for key, value in proof.decoded.items():
        yield from _entry(_key(key), value)


def _entry(key: str, value: Json) -> Iterator[str]:
    text = f"{key} = {inline(value)}"
    if isinstance(value, list) and value and (len(text) > _LONGEST or isinstance(value[0], dict)):
        yield f"{key} = ["
        yield from (f"    {inline(each)}," for each in value)
        yield "]"
    else:
        yield text


def inline(value: Json) -> str:
    """A value as TOML writes it on one line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {inline(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return _quoted(value)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _quoted(key)


def _quoted(value: Json) -> str:
    """As JSON, which TOML reads alike but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
