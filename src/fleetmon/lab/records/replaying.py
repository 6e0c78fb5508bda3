"""A recording asked again: at a time of the recording a machine says what it was last heard to say at that time.

The dialogues of today may ask otherwise than those that recorded, so answers are not played back one by one: they are
laid over each other, poll by poll, into the rows that were known, and whoever asks is answered from those. What nobody
asked for when it was recorded does not exist.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from fleetmon.assess.fleet import Snapshot
from fleetmon.conversation import SnmpBehaviour
from fleetmon.decode.dialogue import Get, Oid, Reply, Request, Varbind
from fleetmon.decode.snmp import Pace
from fleetmon.errors import LinkError
from fleetmon.lab.records.recordings import Recording
from fleetmon.lab.records.said import Poll, Said
from fleetmon.lab.virtual_time.asking import VirtualPoller
from fleetmon.lab.virtual_time.bridge import converse
from fleetmon.lab.virtual_time.watching import Told, Watching
from fleetmon.model.plan import FleetPlan, MachinePlan, SourcePlan
from fleetmon.model.report import NoAnswer, Report
from fleetmon.model.words import MachineKind, Silence


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
    """A recording of the only machine of `plan`, decoded by `behave` and put through a monitor."""

    def __init__(self, recording: Recording, plan: FleetPlan, behave: SnmpBehaviour) -> None:
        (machine,) = plan.machines
        self._recording = recording
        self._watching = Watching(plan, recording.header.began)
        self._known = Known()
        self._poller = VirtualPoller(machine, machine.sources[0], behave, self._known)

    def run(self) -> Iterator[Told]:
        """From the first poll to the last."""
        yield self._watching.begin(0.0)
        for poll in self._recording.polls:
            yield from self._watching.wait(poll.ended)
            self._known.show(poll)
            heard = self._poller.poll(poll.ended, self._recording.header.interval_s)
            if heard is not None:
                yield self._watching.hear(self._poller.machine.id, self._poller.source.name, heard, poll.ended)
            yield from self._watching.wait(poll.ended)

    @property
    def snapshot(self) -> Snapshot:
        """How the machine stands now."""
        return self._watching.monitor.snapshots()[0]


def understood(recording: Recording, behave: SnmpBehaviour) -> Report | None:
    """What `behave` makes of the first poll that brought a report; None if none did, or it can no longer be read."""
    known = Known()
    for poll in recording.polls:
        known.show(poll)
        if poll.failed is None:
            try:
                return converse(behave(None, Pace.SLOW), known.ask).report
            except LinkError:
                return None
    return None


def plan_of(recording: Recording) -> FleetPlan:
    """A site that consists of the machine recorded, if no settings say more."""
    header = recording.header
    source = SourcePlan("main", "", header.driver, device=header.device, interval_s=header.interval_s)
    return FleetPlan("replay", (MachinePlan(header.machine, MachineKind.OTHER, (source,)),))
