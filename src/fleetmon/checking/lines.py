"""Lines of bytes: what their settings say before anybody is asked, and whether a line can keep the pace that is wanted.

Two machines on one port must agree on how it is set; a driver that declares by itself that a request changes nothing
is to be seen by whoever answers for the machines; and a line that carries several machines has only so much time.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from fleetmon.catalog import Catalog
from fleetmon.checking.finding import Finding, Weight
from fleetmon.definition import LineDefinition, ModbusDefinition
from fleetmon.links.serial.ports import PortSettings
from fleetmon.model.address import Address, Scheme
from fleetmon.model.plan import Handshake, MachinePlan, SourcePlan
from fleetmon.settings import Settings
from fleetmon.sources import port_settings, unit_of, why_not

Places = Mapping[tuple[str, str], str]
_ON_THE_LINE = ("baud", "data_bits", "parity", "stop_bits", "handshake")


@dataclass(frozen=True, slots=True)
class Spoken:
    """One source on a line of bytes that can be asked."""

    machine: MachinePlan
    source: SourcePlan
    definition: LineDefinition | ModbusDefinition

    @property
    def address(self) -> Address:
        """Its port; several names of one device are one port."""
        found = Address.parse(self.source.url)
        return Address(found.scheme, path=os.path.realpath(found.path)) if found.scheme is Scheme.SERIAL else found

    @property
    def settings(self) -> PortSettings:
        """How the line is set for it."""
        return port_settings(self.definition, self.source)

    @property
    def unit(self) -> str | None:
        """What it is called on its line; None where nobody has a name there."""
        said = unit_of(self.source) or self.definition.line.unit
        return None if said is None else str(said)

    def differs(self, other: "Spoken") -> bool:
        """Whether it is meant to be another machine than one with the same address, and not told of by that alone."""
        given = [(each.source.modbus_unit, each.source.unit) for each in (self, other)]
        if self.machine.id == other.machine.id:
            return self.definition.name != other.definition.name
        return given[0] != given[1] or self.source.url != other.source.url

    def at(self, places: Places) -> str:
        """It, and before it where it stands in the settings."""
        place = places.get((self.machine.id, self.source.name))
        return f"{place}: {self.name}" if place else self.name

    def called(self, places: Places) -> str:
        """It, and behind it where it stands in the settings."""
        place = places.get((self.machine.id, self.source.name))
        return f"{self.name} ({place})" if place else self.name

    @property
    def name(self) -> str:
        """As findings call it."""
        return f"machine {self.machine.id}" + (f", source {self.source.name}" if len(self.machine.sources) > 1 else "")


def spoken(settings: Settings, drivers: Catalog) -> list[Spoken]:
    """Every source on a line of bytes that can be asked, in the order of the settings."""
    found = []
    for machine in settings.plan().machines:
        for source in machine.sources:
            if source.driver is None or why_not(drivers, source) is not None:
                continue
            definition = drivers.driver(source.driver).definition
            if isinstance(definition, LineDefinition | ModbusDefinition):
                found.append(Spoken(machine, source, definition))
    return found


def shared(sources: list[Spoken], places: Places) -> Iterator[Finding]:
    """Machines on one port that do not agree on it, or that are one and the same there. `places` may be empty."""
    first: dict[Address, Spoken] = {}
    units: dict[tuple[Address, str], Spoken] = {}
    for each in sources:
        other = first.setdefault(each.address, each)
        if each.address.scheme is Scheme.SERIAL and each.source.url != other.source.url:
            text = "is on the same device under another name: one would find it locked; write one url"
            yield Finding(Weight.PROBLEM, each.at(places), f"{text}, that of {other.called(places)}")
        elif each.address.scheme in (Scheme.SERIAL, Scheme.RFC2217) and each.settings.line != other.settings.line:
            text = f"its line is set to {each.settings.line}, that of {other.called(places)} on the same port to "
            cure = "what is said to one is garbage to the other; set both alike, as the machines are: serial = { ... }"
            yield Finding(Weight.WARNING, each.at(places), f"{text}{other.settings.line}: {cure}")
        if each.unit is not None and (same := units.setdefault((each.address, each.unit), each)).differs(each):
            text = f"asks unit {each.unit} on its port, as {same.called(places)} does: one of them has another unit"
            yield Finding(Weight.WARNING, each.at(places), text)


def without_effect(sources: list[Spoken], places: Places) -> Iterator[Finding]:
    """What is set for a line that cannot be set there."""
    for each in sources:
        about = each.at(places)
        chosen = [name for name in _ON_THE_LINE if getattr(each.source.serial, name) is not None]
        if chosen and each.address.scheme in (Scheme.TCP, Scheme.MODBUS_TCP):
            text = f"{', '.join(chosen)} of a line behind {each.address.scheme.value}:// is set at the device server"
            yield Finding(Weight.WARNING, about, f"{text}, and not by what stands here (with rfc2217:// it is)")
        if each.settings.handshake is Handshake.DSR_DTR and each.address.scheme is Scheme.SERIAL:
            text = "Linux knows no handshake over DSR and DTR: the line is used without any"
            yield Finding(Weight.WARNING, about, text)


def declared(sources: list[Spoken]) -> Iterator[Finding]:
    """Requests that no allow-list knows, which the driver's author declares to change nothing."""
    seen = {each.definition.name: each.definition for each in sources}
    for definition in seen.values():
        if isinstance(definition, LineDefinition):
            for name, exchange in definition.read.items():
                if exchange.read_only is not None:
                    text = f"sends {exchange.ask} (read.{name}), which its author says changes nothing"
                    yield Finding(Weight.NOTE, f"driver {definition.name}", f"{text}: {exchange.read_only}")


def paces(took_s: list[tuple[Spoken, float]]) -> Iterator[Finding]:
    """Whether each line has the time for its machines; `took_s` are those that answered, and how long a poll took."""
    ordered = sorted(took_s, key=lambda each: str(each[0].address))
    for _, group in groupby(ordered, key=lambda each: each[0].address):
        machines = list(group)
        share = sum(seconds / each.source.interval_s for each, seconds in machines)
        if share <= 1:
            continue
        names = ", ".join(each.machine.id for each, _ in machines)
        round_s = sum(seconds for _, seconds in machines)
        text = f"a round of {names} takes {round_s:.1f} s, and they are to be asked oftener than that"
        about = f"line {machines[0][0].source.url}"
        yield Finding(Weight.WARNING, about, f"{text}: give them a longer interval, or a line each")
