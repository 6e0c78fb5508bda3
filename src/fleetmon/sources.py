"""What a poller is made from, for each source of each machine in the settings.

What cannot be asked (a broken driver, a kind of address no link speaks) gets a poller too: its link says why at every
poll, so the fault is told like any other silence and no other machine suffers.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from fleetmon.catalog import Catalog
from fleetmon.decode import snmp
from fleetmon.decode.dialogue import Dialogue
from fleetmon.decode.objects import Objects
from fleetmon.decode.recognise import required
from fleetmon.definition import Definition, SnmpDefinition
from fleetmon.errors import DriverError, FleetmonError, GarbledReply, SettingsError
from fleetmon.links.base import Link, Located, Sparing
from fleetmon.links.opening import Credentials, credentials_of, open_link, speakable
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.links.unable import UnableLink
from fleetmon.model.address import Address
from fleetmon.model.plan import MachinePlan, SourcePlan
from fleetmon.model.words import MachineKind
from fleetmon.poller import SourcePoller
from fleetmon.settings import Settings


@dataclass(frozen=True, slots=True)
class Recipe:
    """What makes a poller what it is: equal recipes make pollers that do the same. `why_not` tells what is in the way.

    `driver` is None where the machine is recognised by what it says.
    """

    machine: MachinePlan = field(compare=False)
    source: SourcePlan
    kind: MachineKind
    credentials: Credentials = field(repr=False)
    driver: Definition | None = None
    why_not: str | None = None

    @property
    def name(self) -> str:
        """`machine/source`."""
        return f"{self.machine.id}/{self.source.name}"


def recipes(settings: Settings, drivers: Catalog) -> Iterator[Recipe]:
    """One for each source, in the order of the settings; raises nothing for a machine that cannot be asked."""
    for machine in settings.plan().machines:
        for source in machine.sources:
            credentials = credentials_of(settings.profile(source.profile))
            why_not = _why_not(drivers, source)
            named = why_not is None and source.driver is not None
            driver = drivers.driver(source.driver).definition if named and source.driver else None
            yield Recipe(machine, source, machine.kind, credentials, driver, why_not)


def link(recipe: Recipe, socket: SnmpSocket) -> Link:
    """The link that the recipe asks for, or one that says why there is none."""
    if recipe.why_not is not None:
        return UnableLink(recipe.why_not)
    try:
        opened = open_link(Address.parse(recipe.source.url), recipe.credentials, socket)
    except FleetmonError as error:
        return UnableLink(str(error))
    if isinstance(recipe.driver, SnmpDefinition) and isinstance(opened, Sparing):
        opened.spare(recipe.driver.max_varbinds)
    return opened


@dataclass(frozen=True, slots=True)
class Manner:
    """How a source is talked to, as a Behaviour; whoever is not named a driver is met with all there are.

    As soon as it is known which one fits, `link` asks no more at once than that driver allows.
    """

    drivers: Catalog
    source: SourcePlan
    link: Link | None = None

    def __call__(self, met: snmp.Met | None, pace: snmp.Pace) -> Dialogue[snmp.Met]:
        """One poll."""
        return snmp.poll(self._choose, met, pace, self.source.device)

    def _choose(self, objects: Objects) -> SnmpDefinition:
        name = self.source.driver
        found = required(objects, self.drivers.recognisable) if name is None else _snmp(self.drivers, name)
        link = self.link
        if link is not None and isinstance(link, Sparing):
            link.spare(found.max_varbinds)
        return found


def still_recognised(poller: SourcePoller, drivers: Catalog) -> bool:
    """Whether these drivers would make the same of the machine as it was met; nobody met is nothing to lose."""
    if poller.source.driver is not None or not isinstance(poller.met, snmp.Met):
        return True
    try:
        return required(poller.met.objects, drivers.recognisable) == poller.met.definition
    except GarbledReply:
        return False


def _snmp(drivers: Catalog, name: str) -> SnmpDefinition:
    found = drivers.driver(name).definition
    if not isinstance(found, SnmpDefinition):
        raise DriverError(f"driver {name} is for machines on a {found.link} line, not for snmp://")
    return found


def addresses(link: Link) -> frozenset[str]:
    """The IP addresses a machine answers from, as far as they are known now."""
    return link.host.addresses if isinstance(link, Located) else frozenset()


def unusable(settings: Settings, drivers: Catalog) -> list[tuple[MachinePlan, str]]:
    """The machines that cannot be asked at all, for their driver or their address, and why: said once at the start."""
    return [
        (machine, why)
        for machine in settings.plan().machines
        for source in machine.sources
        if (why := _why_not(drivers, source)) is not None
    ]


def _why_not(drivers: Catalog, source: SourcePlan) -> str | None:
    try:
        speakable(Address.parse(source.url))
        if source.driver is not None:
            drivers.driver(source.driver)
    except (DriverError, SettingsError, ValueError) as error:
        return str(error)
    return None
