"""Every machine asked once, as the daemon would ask it, so that a wrong address or community is found at the desk."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from fleetmon.catalog import Catalog
from fleetmon.checking.finding import Finding, Weight
from fleetmon.checking.lines import Spoken, paces, spoken
from fleetmon.clock import Clock
from fleetmon.conversation import AnyLink, Met, converse
from fleetmon.decode.snmp import Pace
from fleetmon.definition import SnmpDefinition
from fleetmon.errors import DriverError, LinkError, SettingsError
from fleetmon.links.base import Link
from fleetmon.links.opening import credentials_of, open_line, open_link
from fleetmon.links.serial.link import SerialLink
from fleetmon.links.serial.ports import Ports
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.model.address import Address, Scheme
from fleetmon.model.plan import MachinePlan, SourcePlan
from fleetmon.model.words import Silence
from fleetmon.probing import Probe, probe
from fleetmon.settings import Settings
from fleetmon.sources import deadlines, line_behaviour, unusable

_AT_ONCE = 20
_SLOW = "it answers too slowly to be met within 30 s"
_SET_BY_US = (Scheme.SERIAL, Scheme.RFC2217)
Told = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Round:
    """What asking machines needs: the settings with their secrets, and the drivers. A daemon that runs has the ports
    of its serial machines, and device servers often have room for one."""

    settings: Settings
    drivers: Catalog
    clock: Clock
    daemon_runs: bool = False

    def sources(self) -> list[tuple[MachinePlan, SourcePlan]]:
        """Every source that can be asked at all, in the order of the settings."""
        hopeless = {machine.id for machine, _ in unusable(self.settings, self.drivers)}
        machines = [machine for machine in self.settings.plan().machines if machine.id not in hopeless]
        return [(machine, source) for machine in machines for source in machine.sources]


@dataclass(frozen=True, slots=True)
class _Heard:
    """What came of one source on a line: what it is, and how long a poll takes it; or why nothing came of it."""

    about: Spoken
    met: Met | None = None
    took_s: float = 0.0
    failed: LinkError | None = None


async def ask_all(each: Round, told: Told) -> list[Finding]:
    """A finding for every source of the round, in its order, twenty at a time; `told` is called after each. Then what
    is to be said of the lines that several of them share."""
    socket, ports, turn = SnmpSocket(), Ports(), asyncio.Semaphore(_AT_ONCE)
    lines = {(line.machine.id, line.source.name): line for line in spoken(each.settings, each.drivers)}

    async def ask(machine: MachinePlan, source: SourcePlan) -> Finding | _Heard:
        line = lines.get((machine.id, source.name))
        async with turn:
            found = await (_ask(each, machine, source, socket) if line is None else _ask_line(each, line, ports))
        told()
        return found

    try:
        found = await asyncio.gather(*(ask(machine, source) for machine, source in each.sources()))
    finally:
        await socket.close()
    heard = [one for one in found if isinstance(one, _Heard)]
    answered = {one.about.address for one in heard if one.met is not None}
    judged = [_of_line(one, answered) if isinstance(one, _Heard) else one for one in found]
    return [*judged, *paces([(one.about, one.took_s) for one in heard if one.met is not None])]


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
        return Finding(Weight.PROBLEM, about, _SLOW)
    finally:
        await link.close()


async def _ask_line(each: Round, line: Spoken, ports: Ports) -> Finding | _Heard:
    """Ask it everything once, and then what every poll asks, to see how long that takes."""
    if each.daemon_runs:
        return Finding(Weight.OK, line.name, "the daemon is running and has its port: fleetmon status")
    patience_s = deadlines(line.definition, line.source).meeting_s
    link = open_line(Address.parse(line.source.url), line.settings, ports)
    assert isinstance(link, SerialLink)
    try:
        async with link.turn(), asyncio.timeout(patience_s):
            return await _timed(each, line, link)
    except LinkError as error:
        return _Heard(line, failed=error)
    except TimeoutError:
        return _Heard(line, failed=LinkError(f"it answers too slowly to be met within {patience_s:g} s"))
    finally:
        await link.close()


async def _timed(each: Round, line: Spoken, link: AnyLink) -> _Heard:
    behave = line_behaviour(line.definition, line.source, each.clock)
    met = await converse(behave(None, Pace.SLOW), link)
    begun_s = each.clock.now().mono
    met = await converse(behave(met, Pace.FAST), link)
    return _Heard(line, met, each.clock.now().mono - begun_s)


def _of_line(heard: _Heard, answered: set[Address]) -> Finding:
    line, error = heard.about, heard.failed
    if heard.met is not None:
        model = heard.met.report.identity.model or line.definition.title
        text = f"{model}, {heard.met.report.state.value}, driver {line.definition.name}, asked in {heard.took_s:.2f} s"
        return Finding(Weight.OK, line.name, text)
    hint = ""
    if error is not None and error.why is Silence.TIMEOUT and line.address in answered and line.unit is not None:
        hint = f"; others on its line answer: is its unit right ({line.unit}), is it switched on?"
    elif error is not None and error.why in (Silence.TIMEOUT, Silence.GARBLED) and line.address.scheme in _SET_BY_US:
        hint = f"; is the machine set to {line.settings.line}, and does the driver fit it?"
    return Finding(Weight.PROBLEM, line.name, f"{error}{hint}")


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
