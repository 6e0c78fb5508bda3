"""Which driver is taken where several would do, said before it surprises somebody.

A site's own driver is often a copy of a shipped one. Under the same name it hides the original; under another name both
take the same machines, and for those that name no driver the first by name is chosen (decode.recognise).
"""

from collections.abc import Iterator
from importlib.resources import files

from fleetmon.catalog import Catalog, Driver
from fleetmon.definition import SnmpDefinition
from fleetmon.model.oid import dotted


def surprises(drivers: Catalog) -> list[str]:
    """A line for each of the site's own drivers that hides another, or is chosen before or after it."""
    shipped = {folder.name: str(folder) for folder in files("fleetmon.drivers").iterdir()}
    own = {name for name, driver in drivers.drivers.items() if str(driver.folder) != shipped.get(name)}
    hiding = [
        f"driver {name}: yours in {drivers.drivers[name].folder} hides the shipped one of that name"
        for name in sorted(own & shipped.keys())
    ]
    listed = [drivers.drivers[name] for name in sorted(drivers.drivers)]
    return hiding + [
        _told(first, second, common)
        for number, first in enumerate(listed)
        for second in listed[number + 1 :]
        if own & {first.definition.name, second.definition.name}
        for common in _common(first, second)
    ]


def _told(first: Driver, second: Driver, common: str) -> str:
    return (
        f"driver {first.definition.name} is chosen before {second.definition.name}, being first by name, for machines"
        f" that name no driver: both take {common}"
    )


def _common(first: Driver, second: Driver) -> Iterator[str]:
    """What both claim, in words; at most one of it. One made for certain machines and a general one are no rivals."""
    if not (isinstance(first.definition, SnmpDefinition) and isinstance(second.definition, SnmpDefinition)):
        return
    one, other = first.definition.match, second.definition.match
    if one.printer_mib != other.printer_mib:
        return
    numbers = sorted(set(one.sysobjectid) & set(other.sysobjectid))
    names = sorted(set(one.sysdescr) & set(other.sysdescr))
    if one.printer_mib:
        yield "every machine with the Printer-MIB"
    elif numbers:
        yield f"sysObjectID {dotted(numbers[0])}" + (f" and {len(numbers) - 1} more" if len(numbers) > 1 else "")
    elif names:
        yield f"machines whose sysDescr matches {names[0]!r}"
