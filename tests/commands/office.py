"""A site as commands see it: a real outbox and real views, machines that answer when hastened, hands on the clock."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.publish.peers import Hands

from fleetmon.commands import Commands
from fleetmon.model.messages import Event
from fleetmon.model.report import At
from fleetmon.model.stimuli import Stimulus
from fleetmon.model.words import Silence
from fleetmon.publish.command_memory import KIND
from fleetmon.publish.mqtt import Inbound
from fleetmon.publish.outbox import Outbox
from fleetmon.publish.replays import Replay, Replays
from fleetmon.publish.views import ViewTable
from fleetmon.site import Site

DOWN = "fleetmon/v1/office/down/cmd"
UP = "fleetmon/v1/office/up/reply"
SOON = "2027-01-15T08:01:00Z"


class Patience(Hands):
    """Time passes when it is told to; whoever sleeps wakes up then."""

    def __init__(self) -> None:
        super().__init__()
        self.moved = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        due = self.moment.mono + seconds
        await asyncio.sleep(0)
        while seconds > 1.0 and self.moment.mono < due:  # naps are for the event loop, not for the clock
            await self.moved.wait()

    def pass_by(self, seconds: float) -> None:
        super().pass_by(seconds)
        self.moved.set()
        self.moved = asyncio.Event()


@dataclass
class Machine:
    """A poller: polls at once when hastened, unless it `hangs`; `answers` or not."""

    id: str
    clock: Hands
    answers: bool = True
    hangs: bool = False
    failures: int = 0
    polled_at: At | None = None
    hastened: int = 0

    @property
    def machine(self) -> Any:
        return SimpleNamespace(id=self.id)

    @property
    def source(self) -> Any:
        return SimpleNamespace(name="main")

    def hasten(self) -> None:
        self.hastened += 1
        if not self.hangs:
            self.clock.pass_by(0.001)
            self.failures = 0 if self.answers else 1
            self.polled_at = self.clock.now()


@dataclass
class Uplink:
    """Counts what it is asked for."""

    outbox: Outbox
    resyncs: int = 0
    replays: Replays = field(default_factory=Replays)

    def resync(self) -> int:
        self.resyncs += 1
        return 7

    def replay(self, first: int, last: int) -> Replay:
        return self.replays.ask(first, last, self.outbox.figures.first, self.outbox.figures.head)


@dataclass
class Office:
    """What of a site commands use."""

    outbox: Outbox
    clock: Patience
    uplink: Uplink | None
    pollers: list[Machine] = field(default_factory=list)
    views: ViewTable = field(default_factory=ViewTable)
    desk: Any = None  # of alerts: `production`, `order` and `plan` of a monitor
    notify: None = None
    polling: None = None
    inbox: asyncio.Queue[Stimulus] = field(default_factory=asyncio.Queue)
    told: list[Event] = field(default_factory=list)
    commit = Site.commit

    @property
    def settings(self) -> Any:
        return SimpleNamespace(mqtt=SimpleNamespace(root="fleetmon"), site=SimpleNamespace(id="office"))

    def tell(self, event: Event) -> None:
        self.told.append(event)

    @property
    def monitor(self) -> Any:
        source = SimpleNamespace(name="main", why=Silence.TIMEOUT)
        known = [SimpleNamespace(machine=each.id, sources=[source]) for each in self.pollers]
        return self.desk or SimpleNamespace(snapshots=lambda: known)

    def replies(self) -> list[dict[str, Any]]:
        """The replies since somebody last looked, as (client, data)."""
        return [{"to": shown.view.topic, **(shown.view.data or {})} for shown in self.views.take(1000)]

    def audits(self) -> list[dict[str, Any]]:
        """The data of all audit events so far."""
        return [{"type": event.type, **event.data} for event in self.told if event.event_class == "audit"]

    async def commands(self) -> Commands:
        """As a start of the daemon makes them."""
        return Commands(self, await self.outbox.records(KIND))  # type: ignore[arg-type]


@asynccontextmanager
async def an_office(folder: Path, *machines: str) -> AsyncIterator[Office]:
    """A site with these machines."""
    clock = Patience()
    async with await Outbox.open(folder / "site.db", site="office", clock=clock) as outbox:
        yield Office(outbox, clock, Uplink(outbox), [Machine(name, clock) for name in machines])


def message(verb: str = "ping", id_: str | None = "a-1", retained: bool = False, **body: Any) -> Inbound:
    """A command as it arrives, with all it needs; `body` adds to it or changes it."""
    said = {"not_after": SOON, "who": "night shift", "why": "looks odd", "reply": "wall", **body}
    payload = json.dumps(said if id_ is None else {"id": id_, **said}).encode()
    return Inbound(f"{DOWN}/{verb}", payload, retained, None, None)


@asynccontextmanager
async def serving(commands: Commands) -> AsyncIterator[None]:
    """While commands are carried out."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(commands.serve())
        yield
        task.cancel()
