"""The folder of a begun driver: its files as text, and how they are put on the disk. Nothing is ever overwritten."""

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fleetmon.errors import DriverError, in_words
from fleetmon.proof import Provenance

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_README = """\
# {name}

Which machine this is, of which maker, and with which firmware it was tried.

## Line

The cable, the plug and how the line is set, with the page of the manual; for SNMP how it is switched on.

## What is asked

Why each request changes nothing, with the page of the manual.

## Codes

| code | manual | meaning |
| --- | --- | --- |

## Doubts

What the manual leaves open, and what nobody has tried.
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """A driver's folder before it is written: `captures` are the texts of its captures by the names of their files."""

    name: str
    definition: str
    captures: dict[str, str] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, str]:
        """All files by their path within the folder."""
        told = {f"captures/{name}.toml": text for name, text in self.captures.items()}
        return {"driver.toml": self.definition, "README.md": _README.format(name=self.name), **told}


def write(draft: Draft, folder: Path) -> None:
    """Write all files into a folder that does not exist yet, or none. DriverError says what is in the way."""
    if folder.exists():
        raise DriverError(f"{folder} exists already; nothing was written")
    try:
        _create({folder / name: text for name, text in draft.files.items()})
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise DriverError(
            f"{in_words(error)}; a name with a slash is a folder of your choice: fleetmon drivers new ./{draft.name}"
        ) from None


def add(captures: dict[str, str], folder: Path) -> list[Path]:
    """Write further captures into the folder of a driver. DriverError, and nothing written, if one exists already."""
    files = [folder / "captures" / f"{name}.toml" for name in captures]
    if there := [str(file) for file in files if file.exists()]:
        raise DriverError(f"{', '.join(there)}: exists already; give another --situation")
    try:
        _create(dict(zip(files, captures.values(), strict=True)))
    except OSError as error:
        raise DriverError(f"{in_words(error)}; copy the driver's folder to a place of yours first") from None
    return files


def _create(texts: Mapping[Path, str]) -> None:
    """All of these files, or none: half a capture would be in the way of the next try, and break the driver's proof."""
    made: list[Path] = []
    try:
        for file, text in texts.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("x", encoding="utf-8") as out:
                made.append(file)
                out.write(text)
    except OSError:
        for file in made:
            file.unlink()
        raise


def named(text: str, taken: set[str], otherwise: str) -> str:
    """A word for a request, made of its last words, or of its control characters where it has none; unlike those
    already `taken`."""
    bare = re.sub(r"<[^<>]*>|_", " ", text).lower()
    words = re.findall(r"\b[0-9]{0,3}([a-z][a-z0-9]*)\b", bare) or re.findall(
        r"<(?!nul)([a-z][a-z0-9]*)>", text.lower()
    )
    plain = "_".join(words[-2:])[:20].strip("_")
    return _free(plain if NAME.fullmatch(plain) else otherwise, taken)


def slug(text: str, taken: set[str], otherwise: str) -> str:
    """The name of a file for a situation."""
    return _free(re.sub(r"[^a-z0-9]+", "-", text.lower())[:40].strip("-") or otherwise, taken)


def _free(word: str, taken: set[str]) -> str:
    found = next(each for each in (word, *(f"{word}{n}" for n in range(2, 1000))) if each not in taken)
    taken.add(found)
    return found


def quoted(text: str) -> str:
    """The text as TOML: as it is where that is possible, else with escapes."""
    plain = "'" not in text and text.isprintable() and ("\\" in text or '"' in text)
    return f"'{text}'" if plain else json.dumps(text, ensure_ascii=False)


def capture(situation: str, provenance: Provenance, note: str, heard: str) -> str:
    """The text of a capture file; `heard` are the lines of its walk or exchanges. What to expect is for a person."""
    return f"""\
situation = {quoted(situation)}
provenance = "{provenance.value}"
note = {quoted(note)}

{heard}

# What the driver must make of it. `fleetmon drivers test FOLDER --print` prints what it makes of it now, `--fill`
# writes it here: compare every word with the manual or with the machine's panel.
[expect]
"""
