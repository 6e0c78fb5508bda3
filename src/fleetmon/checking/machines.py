"""Every machine asked once, as the daemon would ask it, so that a wrong address or community is found at the desk."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from fleetmon.catalog import Catalog
from fleetmon.checking.finding import Finding, Weight
from fleetmon.clock import Clock
from fleetmon.definition import SnmpDefinition
from fleetmon.errors import DriverError, LinkError, SettingsError
from fleetmon.links.base import Link
from fleetmon.links.opening import credentials_of, open_link
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.model.address import Address
from fleetmon.model.plan import MachinePlan, SourcePlan
from fleetmon.probing import Probe, probe
from fleetmon.settings import Settings
from fleetmon.sources import unusable

_AT_ONCE = 20
Told = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Round:
    """What asking machines needs: the settings with their secrets, and the drivers."""

    settings: Settings
    drivers: Catalog
    clock: Clock

    def sources(self) -> list[tuple[MachinePlan, SourcePlan]]:
        """Every source that can be asked at all, in the order of the settings."""
        hopeless = {machine.id for machine, _ in unusable(self.settings, self.drivers)}
        machines = [machine for machine in self.settings.plan().machines if machine.id not in hopeless]
        return [(machine, source) for machine in machines for source in machine.sources]


async def ask_all(each: Round, told: Told) -> list[Finding]:
    """A finding for every source of the round, in its order, twenty at a time; `told` is called after each."""
    socket, turn = SnmpSocket(), asyncio.Semaphore(_AT_ONCE)

    async def ask(machine: MachinePlan, source: SourcePlan) -> Finding:
        async with turn:
            found = await _ask(each, machine, source, socket)
        told()
        return found

    try:
        return list(await asyncio.gather(*(ask(machine, source) for machine, source in each.sources())))
    finally:
        await socket.close()


async def _ask(each: Round, machine: MachinePlan, source: SourcePlan, socket: SnmpSocket) -> Finding:
    about = f"machine {machine.id}" + (f", source {source.name}" if len(machine.sources) > 1 else "")
    try:
        link = open_link(Address.parse(source.url), credentials_of(each.settings.profile(source.profile)), socket)
    except (LinkError, SettingsError, DriverError) as error:
        return Finding(Weight.PROBLEM, about, str(error))
    try:
        return _judged(about, await _probed(each, source, link))
    except (LinkError, DriverError) as error:
        return Finding(Weight.PROBLEM, about, str(error))
    except TimeoutError:
        return Finding(Weight.PROBLEM, about, "it answers too slowly to be met within 30 s")
    finally:
        await link.close()


async def _probed(each: Round, source: SourcePlan, link: Link) -> Probe:
    named = each.drivers.driver(source.driver).definition if source.driver else None
    assert named is None or isinstance(named, SnmpDefinition)
    return await probe(link, each.drivers.recognisable, each.clock.now(), named, source.device)


def _judged(about: str, found: Probe) -> Finding:
    if found.snapshot is None:
        return Finding(Weight.PROBLEM, about, found.why)
    identity = found.snapshot.identity
    who = identity.model or "it does not say its model"
    driver = found.definition.name if found.definition else "no driver"
    return Finding(Weight.OK, about, f"{who}, {found.snapshot.state.value}, driver {driver}")
