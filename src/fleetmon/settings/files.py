"""The settings files of a site, read and merged: `fleetmon.toml`, then `machines.d/*.toml` by name.

A file in `machines.d` may only add machines and lines, so that a machine can be installed or removed with one file and
nothing else can be changed from there. Each element of the merged lists remembers the file and the place it came from.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fleetmon import toml_lines
from fleetmon.errors import SettingsError
from fleetmon.toml_lines import Document
from fleetmon.toml_problems import Problem, did_you_mean, problem

MERGED = ("machine", "line")
_LARGEST = 4 << 20


@dataclass(slots=True)
class Files:
    """All files of a site as one: `data` is merged; what could not be read is said in `unreadable`, line by line."""

    main: Document
    data: dict[str, Any]
    origins: dict[str, list[tuple[Document, int]]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    def locate(self, path: toml_lines.Path) -> tuple[str, int]:
        """The file and line in which a path of the merged data stands."""
        if len(path) > 1 and isinstance(path[1], int) and path[1] < len(self.origins.get(str(path[0]), [])):
            document, index = self.origins[str(path[0])][path[1]]
            return document.file, document.line_of((path[0], index, *path[2:]))
        return self.main.file, self.main.line_of(path)


def read_all(path: Path) -> Files:
    """Read and merge. Raises SettingsError if the main file is unreadable; `problems` holds what is wrong elsewhere."""
    main = _document(path)
    files = Files(main, dict(main.data))
    for key in MERGED:
        if isinstance(main.data.get(key), list):
            files.origins[key] = [(main, index) for index in range(len(main.data[key]))]
    for extra in _beside(path, files):
        try:
            _add(files, _document(extra))
        except SettingsError as error:
            files.unreadable.append(str(error))
    return files


def _beside(path: Path, files: Files) -> list[Path]:
    folder = path.parent / "machines.d"
    try:
        return sorted(each for each in folder.iterdir() if each.suffix == ".toml" and not each.name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        files.unreadable.append(f"{folder}:1: cannot be read: {error.strerror}")
        return []


def _add(files: Files, extra: Document) -> None:
    def here(path: toml_lines.Path) -> tuple[str, int]:
        return extra.file, extra.line_of(path)

    for key, value in extra.data.items():
        if key not in MERGED:
            text = f"does not belong in machines.d{did_you_mean(key, MERGED)}"
            files.problems.append(problem(here, (key,), text))
        elif not isinstance(value, list):
            files.problems.append(problem(here, (key,), f"must be written [[{key}]], with two brackets"))
        elif isinstance(files.data.setdefault(key, []), list):
            files.data[key] = files.data[key] + value
            files.origins.setdefault(key, []).extend((extra, index) for index in range(len(value)))


def _document(path: Path) -> Document:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise SettingsError(f"{path}:1: cannot be read: {error.strerror}") from None
    if len(content) > _LARGEST:
        raise SettingsError(f"{path}:1: is larger than {_LARGEST >> 20} MiB")
    try:
        # an editor on Windows may have put a byte order mark before the text
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{path}:{line}: is not UTF-8 text; save the file as UTF-8") from None
    return toml_lines.load(text, str(path))
