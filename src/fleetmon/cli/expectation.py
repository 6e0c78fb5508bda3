"""What a capture decodes to, as the `[expect]` that stands in its file: for a person to check.

What was written into a file without having been checked says so there, until a person takes that line away.
"""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from fleetmon.errors import DriverError, in_words
from fleetmon.model.messages import Json
from fleetmon.proof import Proof

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST = 100
UNCHECKED = "# Not checked yet: what the driver made of it. Compare every word, then take this line away."


def lines(proof: Proof) -> Iterator[str]:
    """A remark with the file, then the table."""
    state = "as it stands in the file" if not proof.differences else "not what the file expects"
    yield f"# {proof.file}: {proof.capture.situation}; {state}"
    yield "[expect]"
    for key, value in proof.decoded.items():
        yield from _entry(_key(key), value)


def fill(proof: Proof) -> bool:
    """Write the table into a capture's file where it has none, marked as unchecked; whether that was done. What
    brought no state is nothing to expect without thinking. DriverError."""
    file = Path(proof.file)
    try:
        begun, empty, after = file.read_text("utf-8").rpartition("[expect]")
        if proof.capture.expect or not empty or after.strip() or {"why", "incomplete"} & proof.decoded.keys():
            return False
        table = "\n".join(list(lines(proof))[1:])
        _replace(file, f"{begun}{UNCHECKED}\n{table}\n")
    except OSError as error:
        raise DriverError(f"{file}: {in_words(error)}") from None
    return True


def _replace(file: Path, text: str) -> None:
    """What a person has typed stays as it is until the new text is on the disk to its last character."""
    beside = file.with_name(f".{file.name}.new")
    try:
        beside.write_text(text, "utf-8")
        shutil.copymode(file, beside)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def is_unchecked(proof: Proof) -> bool:
    """Whether the file still says that nobody has compared it with anything."""
    return UNCHECKED in Path(proof.file).read_text("utf-8")


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
