"""A recording asked again: at a time of the recording a machine says what it was last heard to say at that time.

The dialogues of today may ask otherwise than those that recorded, so answers are not played back one by one: they are
laid over each other, poll by poll, into the rows that were known, and whoever asks is answered from those. What nobody
asked for when it was recorded does not exist. A talk in bytes knows no rows: there a question brings what it brought
(`spoken_again`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from fleetmon.assess.fleet import Snapshot
from fleetmon.catalog import Catalog
from fleetmon.clock import Clock
from fleetmon.conversation import Behaviour
from fleetmon.decode.dialogue import Get, Oid, Reply, Request, Varbind
from fleetmon.decode.snmp import Pace
from fleetmon.definition import LineDefinition, ModbusDefinition
from fleetmon.errors import DriverError, LinkError
from fleetmon.lab.records.recordings import Recording
from fleetmon.lab.records.said import Header, Poll, Said
from fleetmon.lab.records.spoken_again import SpokenAgain
from fleetmon.lab.virtual_time.asking import VirtualPoller
from fleetmon.lab.virtual_time.bridge import converse
from fleetmon.lab.virtual_time.moment import Moment
from fleetmon.lab.virtual_time.watching import Told, Watching
from fleetmon.model.address import Scheme
from fleetmon.model.plan import FleetPlan, MachinePlan, SourcePlan
from fleetmon.model.report import NoAnswer, Report
from fleetmon.model.words import MachineKind, Silence
from fleetmon.sources import Manner, line_behaviour


@dataclass(slots=True)
class Known:
    """What a recording has told so far, as a Partner; `failed` is why the poll that is shown brought nothing."""

    rows: dict[Oid, Varbind] = field(default_factory=dict)
    failed: NoAnswer | None = None
    changed: int | None = None
    ticks: int | None = None

    def at(self, now: float) -> None:
        """As Partner; it is `show` that moves it."""

    def show(self, poll: Poll) -> None:
        """Go on to the end of a poll. A bug of the driver that recorded is not the machine's silence."""
        for said in poll.said:
            self._lay(said)
        self.failed = poll.failed if poll.failed and poll.failed.why is not Silence.DRIVER_BUG else None

    def ask(self, request: Request) -> Reply:
        """As Partner."""
        if self.failed is not None:
            raise LinkError(self.failed.text, self.failed.why)
        if isinstance(request, Get):
            return tuple(self.rows[oid] for oid in dict.fromkeys(request.oids) if oid in self.rows)
        return tuple(self.rows[oid] for oid in sorted(self._below(request.root)))

    def _below(self, root: Oid) -> list[Oid]:
        return [oid for oid in self.rows if oid[: len(root)] == root and oid != root]

    def _lay(self, said: Said) -> None:
        if isinstance(said.heard, NoAnswer):
            return
        asked = said.request.oids if isinstance(said.request, Get) else self._below(said.request.root)
        for oid in asked:
            self.rows.pop(oid, None)
        self.rows |= {varbind.oid: varbind for varbind in said.heard}


class Replay:
    """A recording of the only machine of `plan`, decoded by today's drivers and put through a monitor. DriverError
    where there is none for it."""

    def __init__(self, recording: Recording, plan: FleetPlan, drivers: Catalog) -> None:
        (machine,) = plan.machines
        self._recording = recording
        self._watching = Watching(plan, recording.header.began)
        self._clock = Moment()
        self._known = _partner(recording.header)
        behave = _behaviour(recording.header, drivers, machine.sources[0], self._clock)
        self._poller = VirtualPoller(machine, machine.sources[0], behave, self._known)

    def run(self) -> Iterator[Told]:
        """From the first poll to the last."""
        yield self._watching.begin(0.0)
        for poll in self._recording.polls:
            yield from self._watching.wait(poll.ended)
            self._known.show(poll)
            self._clock.mono = poll.ended
            heard = self._poller.poll(poll.ended, self._recording.header.interval_s)
            if heard is not None:
                yield self._watching.hear(self._poller.machine.id, self._poller.source.name, heard, poll.ended)
            yield from self._watching.wait(poll.ended)

    @property
    def snapshot(self) -> Snapshot:
        """How the machine stands now."""
        return self._watching.monitor.snapshots()[0]


def understood(recording: Recording, drivers: Catalog, source: SourcePlan) -> Report | None:
    """What today's drivers make of the first poll that brought a report; None if none did, or it can no longer be
    read."""
    known, clock = _partner(recording.header), Moment()
    behave = _behaviour(recording.header, drivers, source, clock)
    for poll in recording.polls:
        known.show(poll)
        clock.mono = poll.ended
        if poll.failed is None:
            try:
                return converse(behave(None, Pace.SLOW), known.ask).report
            except LinkError:
                return None
    return None


def _partner(header: Header) -> Known | SpokenAgain:
    return SpokenAgain(header.link == Scheme.MODBUS_TCP.value) if header.in_bytes else Known()


def _behaviour(header: Header, drivers: Catalog, source: SourcePlan, clock: Clock) -> Behaviour:
    """How the machine is asked: over a line of bytes with the unit that it was recorded with."""
    if not header.in_bytes:
        return Manner(drivers, source)
    if source.driver is None:
        raise DriverError("the recording of a machine on a line of bytes names no driver; settings must")
    definition = drivers.driver(source.driver).definition
    if not isinstance(definition, LineDefinition | ModbusDefinition):
        raise DriverError(f"driver {source.driver} is for SNMP machines; this one was recorded on a line of bytes")
    url = "serial:///recorded" if header.link == Scheme.SERIAL.value else f"{header.link}://recorded:1"
    asked = replace(source, url=url, unit=header.unit, modbus_unit=header.modbus_unit)
    return line_behaviour(definition, asked, clock)


def plan_of(recording: Recording) -> FleetPlan:
    """A site that consists of the machine recorded, if no settings say more."""
    header = recording.header
    source = SourcePlan("main", "", header.driver, device=header.device, interval_s=header.interval_s)
    return FleetPlan("replay", (MachinePlan(header.machine, MachineKind.OTHER, (source,)),))
