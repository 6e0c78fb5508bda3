"""What is wrong with the texts that a site or its drivers keep for operators, told before the daemon refuses them."""

from collections.abc import Iterator
from pathlib import Path

from fleetmon import locales
from fleetmon.catalog import Catalog
from fleetmon.checking.finding import Finding, Weight
from fleetmon.errors import SettingsError


def texts(folder: Path, drivers: Catalog) -> Iterator[Finding]:
    """One finding a mistake, with its file and line."""
    try:
        locales.read(folder, drivers)
    except SettingsError as error:
        for line in str(error).splitlines():
            place, _, why = line.partition(": ")
            yield Finding(Weight.PROBLEM, place, why)
