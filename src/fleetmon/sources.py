"""What a poller is made from, for each source of each machine in the settings.

What cannot be asked (a broken driver, a kind of address no link speaks) gets a poller too: its link says why at every
poll, so the fault is told like any other silence and no other machine suffers.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from fleetmon.catalog import Catalog
from fleetmon.clock import Clock
from fleetmon.conversation import AnyLink, Behaviour
from fleetmon.decode import lines, snmp
from fleetmon.decode.dialogue import Dialogue, LineDialogue
from fleetmon.decode.lines import LineMet
from fleetmon.decode.objects import Objects
from fleetmon.decode.recognise import required
from fleetmon.definition import Definition, LineDefinition, ModbusDefinition, SnmpDefinition
from fleetmon.definition.line import Line
from fleetmon.errors import DriverError, FleetmonError, GarbledReply, SettingsError
from fleetmon.links.base import Located, Sparing
from fleetmon.links.opening import Credentials, credentials_of, open_line, open_link
from fleetmon.links.serial.ports import Ports, PortSettings
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.links.unable import UnableLink
from fleetmon.model.address import Address, Scheme
from fleetmon.model.plan import MachinePlan, SourcePlan
from fleetmon.model.words import MachineKind
from fleetmon.poller import MEETING_DEADLINE_S, POLL_DEADLINE_S, Deadlines, SourcePoller
from fleetmon.settings import Settings

SpokenDefinition: TypeAlias = LineDefinition | ModbusDefinition
_LINES: Final = (Scheme.SERIAL, Scheme.TCP, Scheme.RFC2217)
_REACHED: Final[dict[type[Definition], tuple[Scheme, ...]]] = {
    SnmpDefinition: (Scheme.SNMP, Scheme.WALK),
    LineDefinition: _LINES,
    ModbusDefinition: (*_LINES, Scheme.MODBUS_TCP),
}
_RTU_QUIET_OCTETS: Final = 3.5  # MODBUS over Serial Line V1.02, 2.5.1.1: between two frames
_RTU_QUIET_S: Final = 0.00175  # there: above 19200 baud


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
            reason = why_not(drivers, source)
            named = reason is None and source.driver is not None
            driver = drivers.driver(source.driver).definition if named and source.driver else None
            yield Recipe(machine, source, machine.kind, credentials, driver, reason)


def link(recipe: Recipe, socket: SnmpSocket, ports: Ports | None = None) -> AnyLink:
    """The link that the recipe asks for, or one that says why there is none; `ports` are those shared with others."""
    if recipe.why_not is not None:
        return UnableLink(recipe.why_not)
    driver = recipe.driver
    try:
        address = Address.parse(recipe.source.url)
        if isinstance(driver, LineDefinition | ModbusDefinition):
            return open_line(address, port_settings(driver, recipe.source), ports or Ports())
        opened = open_link(address, recipe.credentials, socket)
    except FleetmonError as error:
        return UnableLink(str(error))
    if isinstance(driver, SnmpDefinition) and isinstance(opened, Sparing):
        opened.spare(driver.max_varbinds)
    return opened


def behaviour(recipe: Recipe, drivers: Catalog, clock: Clock, link: AnyLink) -> Behaviour:
    """How the recipe's source is talked to over its link."""
    if isinstance(recipe.driver, LineDefinition | ModbusDefinition):
        return line_behaviour(recipe.driver, recipe.source, clock)
    return Manner(drivers, recipe.source, link)


def port_settings(definition: SpokenDefinition | None, source: SourcePlan) -> PortSettings:
    """How the line is set: as the driver says (without one, as most are), where the source does not say otherwise."""
    line, chosen = definition.line if definition else Line(), source.serial
    found = PortSettings(
        baud=chosen.baud or line.baud,
        data_bits=chosen.data_bits or line.data_bits,
        parity=chosen.parity or line.parity,
        stop_bits=chosen.stop_bits or line.stop_bits,
        handshake=chosen.handshake or line.handshake,
        connect=line.connect,
        pause_s=line.pause or 0.0,
        timeout_s=chosen.timeout_s,
    )
    if isinstance(definition, ModbusDefinition) and line.pause is None and not _is_modbus_tcp(source):
        return replace(found, pause_s=max(_RTU_QUIET_S, _RTU_QUIET_OCTETS * found.octet_s))
    return found


def line_behaviour(definition: SpokenDefinition, source: SourcePlan, clock: Clock) -> Behaviour:
    """How a machine on a line of bytes is talked to; `clock` tells how long its heaters have been on."""
    unit, tcp = unit_of(source), _is_modbus_tcp(source)

    def poll(met: LineMet | None, pace: snmp.Pace) -> LineDialogue[LineMet]:
        return lines.poll(definition, met, pace, clock.now().mono, unit=unit, tcp=tcp)

    return poll


def deadlines(definition: Definition | None, source: SourcePlan) -> Deadlines:
    """How long a source may take for a poll, and for being met.

    A line is slow, and a silence may say something: each exchange may take its time, and as long again to make sure
    that no late octet is taken for the next one's answer; and one of them is asked once more, to hear whether silence
    lasts. Whoever is met is asked twice for what may be missing.
    """
    if not isinstance(definition, LineDefinition | ModbusDefinition):
        return Deadlines()
    asked = lines.asks(definition, unit_of(source), _is_modbus_tcp(source))
    times_s = [(source.serial.timeout_s or each.ask.timeout_s, each.ask.silence_ok) for each in asked]
    once_more_s = max((time_s for time_s, silence_ok in times_s if silence_ok), default=0.0)
    allowed_s = 2 * (once_more_s + sum(time_s for time_s, _ in times_s))
    return Deadlines(max(POLL_DEADLINE_S, allowed_s), max(MEETING_DEADLINE_S, 2 * allowed_s))


def _is_modbus_tcp(source: SourcePlan) -> bool:
    return Address.parse(source.url).scheme is Scheme.MODBUS_TCP


@dataclass(frozen=True, slots=True)
class Manner:
    """How a source is talked to, as a Behaviour; whoever is not named a driver is met with all there are.

    As soon as it is known which one fits, `link` asks no more at once than that driver allows.
    """

    drivers: Catalog
    source: SourcePlan
    link: AnyLink | None = None

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
        raise _misfit(found, Scheme.SNMP)
    return found


def addresses(link: AnyLink) -> frozenset[str]:
    """The IP addresses a machine answers from, as far as they are known now."""
    return link.host.addresses if isinstance(link, Located) else frozenset()


def unusable(settings: Settings, drivers: Catalog) -> list[tuple[MachinePlan, str]]:
    """The machines that cannot be asked at all, for their driver or their address, and why: said once at the start."""
    return [
        (machine, why)
        for machine in settings.plan().machines
        for source in machine.sources
        if (why := why_not(drivers, source)) is not None
    ]


def why_not(drivers: Catalog, source: SourcePlan) -> str | None:
    """Why a source cannot be asked at all; None if it can."""
    try:
        scheme = Address.parse(source.url).scheme
        if source.driver is None:
            if scheme not in _REACHED[SnmpDefinition]:
                return f"{scheme.value}:// is a line of bytes: only a driver knows what to ask there"
            return None
        found = drivers.driver(source.driver).definition
        if scheme not in _REACHED.get(type(found), ()):
            raise _misfit(found, scheme)
        if isinstance(found, LineDefinition | ModbusDefinition):
            return _misnamed(found, source) or _endless(found, source, scheme)
    except (DriverError, SettingsError, ValueError) as error:
        return str(error)
    return None


def _misnamed(definition: SpokenDefinition, source: SourcePlan) -> str | None:
    """A machine that is called by what its driver does not call it would be asked as another one."""
    about = f"driver {definition.name!r}"
    if isinstance(definition, ModbusDefinition):
        return f"{about} takes modbus_unit, a number, and not unit" if source.unit is not None else None
    if source.modbus_unit is not None:
        return f'{about} is for no Modbus machines; what its requests call a machine is its unit: unit = "1"'
    if source.unit is not None and not any(each.names_unit for each in definition.read.values()):
        return f"{about} calls no machine by a unit: on a line that several share all of them would answer"
    return None


def _endless(definition: SpokenDefinition, source: SourcePlan, scheme: Scheme) -> str | None:
    asked = lines.asks(definition, unit_of(source), _is_modbus_tcp(source))
    if scheme in (Scheme.SERIAL, Scheme.RFC2217) and any(each.ask.cut.half_closes for each in asked):
        return f"driver {source.driver!r} reads until the machine hangs up, which nobody can on a serial line"
    return None


def unit_of(source: SourcePlan) -> str | None:
    """What the source is called on its line, as the settings say it; None leaves it to the driver."""
    return source.unit or (str(source.modbus_unit) if source.modbus_unit is not None else None)


def _misfit(definition: Definition, scheme: Scheme) -> DriverError:
    reached = ", ".join(f"{each.value}://" for each in _REACHED.get(type(definition), ()) if each is not Scheme.WALK)
    return DriverError(
        f"driver {definition.name!r} is for machines reached over {reached}, not over {scheme.value}"
        + ("" if scheme is Scheme.WALK else "://")
    )
