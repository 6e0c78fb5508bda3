"""From the settings to one poller for each source of each machine.

What cannot be asked (a broken driver, a kind of address no link speaks) gets a poller too: its link says why at every
poll, so the fault is told like any other silence and no other machine suffers.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from fleetmon.catalog import Catalog
from fleetmon.clock import Clock
from fleetmon.decode import snmp
from fleetmon.decode.dialogue import Dialogue
from fleetmon.decode.objects import Objects
from fleetmon.decode.recognise import required
from fleetmon.definition import Definition
from fleetmon.errors import DriverError, FleetmonError, SettingsError
from fleetmon.links.base import Link
from fleetmon.links.opening import credentials_of, open_link, speakable
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.links.unable import UnableLink
from fleetmon.model.address import Address
from fleetmon.model.plan import MachinePlan, SourcePlan
from fleetmon.model.report import Observation
from fleetmon.poller import Behaviour, SourcePoller
from fleetmon.settings import Settings


def pollers(
    settings: Settings,
    drivers: Catalog,
    socket: SnmpSocket,
    clock: Clock,
    hand_over: Callable[[Observation], Awaitable[None]],
) -> list[SourcePoller]:
    """A poller for each source in the settings."""
    return [
        SourcePoller(
            machine, source, _link(settings, drivers, source, socket), _behave(drivers, source), clock, hand_over
        )
        for machine in settings.plan().machines
        for source in machine.sources
    ]


def _link(settings: Settings, drivers: Catalog, source: SourcePlan, socket: SnmpSocket) -> Link:
    try:
        if source.driver is not None:
            drivers.driver(source.driver)
        return open_link(Address.parse(source.url), credentials_of(settings.profile(source.profile)), socket)
    except FleetmonError as error:
        return UnableLink(str(error))


def _behave(drivers: Catalog, source: SourcePlan) -> Behaviour:
    choose = partial(_choose, drivers, source.driver)

    def behave(met: snmp.Met | None, pace: snmp.Pace) -> Dialogue[snmp.Met]:
        return snmp.poll(choose, met, pace, source.device)

    return behave


def _choose(drivers: Catalog, name: str | None, objects: Objects) -> Definition:
    return required(objects, drivers.definitions) if name is None else drivers.driver(name).definition


def unusable(settings: Settings, drivers: Catalog) -> list[tuple[MachinePlan, str]]:
    """The machines that cannot be asked at all, for their driver or their address, and why: said once at the start."""
    found = []
    for machine in settings.plan().machines:
        for source in machine.sources:
            try:
                speakable(Address.parse(source.url))
                if source.driver is not None:
                    drivers.driver(source.driver)
            except (DriverError, SettingsError) as error:
                found.append((machine, str(error)))
    return found
