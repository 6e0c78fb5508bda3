"""Finds and loads drivers: folders with a `driver.toml`, shipped inside the package or kept by the site.

A folder is a driver by being there; a site's own folder hides a shipped one of the same name. A definition that cannot
be loaded is remembered with its errors and disables only the machines that name it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import structlog
from pydantic import ValidationError

from fleetmon import toml_lines
from fleetmon.definition import Definition, SnmpDefinition, kind_of
from fleetmon.errors import DriverError, in_words
from fleetmon.toml_problems import did_you_mean, problems

log = structlog.get_logger("catalog")

SITE_DRIVERS = Path("/etc/fleetmon/drivers")
"""Where a site keeps drivers of its own, for commands that read no settings."""


@dataclass(frozen=True, slots=True)
class Driver:
    """One loaded driver and the folder that proves it."""

    definition: Definition
    folder: Traversable

    def readme(self) -> str:
        """The driver's page, empty if it has none."""
        page = self.folder.joinpath("README.md")
        return page.read_text("utf-8") if page.is_file() else ""

    def captures(self) -> Iterator[Traversable]:
        """The capture files, by name."""
        folder = self.folder.joinpath("captures")
        found = folder.iterdir() if folder.is_dir() else ()
        yield from sorted((file for file in found if file.name.endswith(".toml")), key=lambda file: file.name)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every driver by name, and for those that cannot be loaded, why (one line an error)."""

    drivers: Mapping[str, Driver] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """All loaded definitions, by name."""
        return tuple(self.drivers[name].definition for name in sorted(self.drivers))

    @property
    def recognisable(self) -> tuple[SnmpDefinition, ...]:
        """The definitions that can take machines by what they say of themselves, by name."""
        return tuple(each for each in self.definitions if isinstance(each, SnmpDefinition))

    def driver(self, name: str) -> Driver:
        """The driver of that name; DriverError with what is wrong with it, or with what there is instead."""
        if name in self.broken:
            raise DriverError(self.broken[name])
        if name not in self.drivers:
            raise DriverError(f"no driver is called {name!r}{did_you_mean(name, self.drivers)}")
        return self.drivers[name]


def load(*folders: Path) -> Catalog:
    """The shipped drivers and those in `folders`, the later hiding the earlier."""
    drivers: dict[str, Driver] = {}
    broken: dict[str, str] = {}
    for place in (files("fleetmon.drivers"), *folders):
        for folder in _driver_folders(place):
            drivers.pop(folder.name, None)
            broken.pop(folder.name, None)
            try:
                drivers[folder.name] = read(folder)
            except DriverError as error:
                broken[folder.name] = str(error)
    return Catalog(drivers, broken)


def find(name: str, drivers: Catalog) -> Driver:
    """A driver by its name or, where the word holds a slash or is a dot, by its folder. DriverError as
    `Catalog.driver`."""
    if "/" in name or name in (".", ".."):
        return read(Path(name).resolve())
    if name not in drivers.drivers and name not in drivers.broken and Path(name, "driver.toml").is_file():
        raise DriverError(f"no driver is called {name!r}; did you mean the folder ./{name}?")
    return drivers.driver(name)


def read(folder: Traversable) -> Driver:
    """The driver in one folder; DriverError lists everything wrong with it as `file:line: key: what; hint`."""
    file = folder.joinpath("driver.toml")
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DriverError(f"{file}:1: cannot be read: {in_words(error)}") from None
    document = toml_lines.load(text, str(file), DriverError)
    model = kind_of(document.data)
    try:
        definition = model.model_validate(document.data)
    except ValidationError as error:
        found = problems(error, model, document.data, lambda path: (document.file, document.line_of(path)))
        raise DriverError("\n".join(map(str, found))) from None
    if definition.name != folder.name:
        line = document.line_of(("name",))
        raise DriverError(f"{file}:{line}: name: {definition.name!r} must equal the folder's name {folder.name!r}")
    return Driver(definition, folder)


def _driver_folders(place: Traversable) -> list[Traversable]:
    try:
        if not place.is_dir():
            return []
        found = [folder for folder in place.iterdir() if _is_driver(folder)]
    except OSError as error:
        log.error("a folder of drivers cannot be read: its drivers are missing", folder=str(place), why=in_words(error))
        return []
    return sorted(found, key=lambda folder: folder.name)


def _is_driver(folder: Traversable) -> bool:
    try:
        return folder.is_dir() and folder.joinpath("driver.toml").is_file()
    except OSError:
        return True  # a folder that may not be looked into: reading it will say why
