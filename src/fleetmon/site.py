"""A site as it runs: the monitor that knows, the outbox that keeps, the views that show, and what they are fed with.

Whatever may happen at a site (a poll that ended, time that has come, new settings, a command) meets in one bounded
inbox and goes through the monitor in order. What has gathered there is committed as one transaction; only then do the
views go out, and only then do others hear of it. Everybody in the same event loop may read what is here.
"""

import asyncio
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from fleetmon.catalog import Catalog
from fleetmon.clock import Clock
from fleetmon.clock_sync import synchronised
from fleetmon.model.messages import Event, Json, Outcome
from fleetmon.model.report import At, NoAnswer, Observation
from fleetmon.model.stimuli import Elapsed, Stimulus
from fleetmon.monitor import Monitor
from fleetmon.notify import Notify
from fleetmon.poller import SourcePoller
from fleetmon.polling import Polling
from fleetmon.publish.heartbeat import Vitals, heartbeat
from fleetmon.publish.mqtt import Uplink
from fleetmon.publish.mqtt.tls import validity
from fleetmon.publish.outbox import Outbox
from fleetmon.publish.views import ViewTable
from fleetmon.settings import Settings

INBOX_SIZE = 1000
_LAG_EVERY_S = 1.0
_GATHERED_S = 0.1  # of the world

log = structlog.get_logger("daemon")


@dataclass(slots=True)
class Site:
    """Everything one site runs."""

    settings: Settings
    clock: Clock
    state: Path
    outbox: Outbox
    monitor: Monitor
    views: ViewTable
    tell: Callable[[Event], None]
    inbox: asyncio.Queue[Stimulus] = field(default_factory=lambda: asyncio.Queue(INBOX_SIZE))
    drivers: Catalog = field(default_factory=Catalog)
    settings_refused: At | None = None
    polling: Polling | None = None
    uplink: Uplink | None = None
    notify: Notify | None = None
    loop_lag_s: float = 0.0
    met: set[tuple[str, str]] = field(default_factory=set)
    rounds: int = 0  # of the monitor, that have ended
    _stepping: bool = False
    _again: list[Observation] = field(default_factory=list)

    @property
    def pollers(self) -> list[SourcePoller]:
        """One for each source, in the order of the settings."""
        return self.polling.pollers if self.polling else []

    @property
    def busy(self) -> bool:
        """Whether the monitor has something to do."""
        return self._stepping or not self.inbox.empty()

    async def commit(self, outcome: Outcome) -> None:
        """Events and records first, in one transaction; then the views, stamped with the sequence they reflect."""
        seq = self.outbox.figures.head
        if outcome.events or outcome.records:
            seq = await self.outbox.commit(outcome.events, outcome.records)
        for view in outcome.views:
            self.views.put(view, seq)
        for event in outcome.events:
            self.tell(event)
            if self.notify is not None:
                self.notify.tell(event)
        if self.polling is not None:
            for machine in outcome.ask:
                self.polling.hasten(machine)

    async def hear(self, observation: Observation) -> None:
        """Hand over an observation; waits while the inbox is full."""
        self._hear_gathered()
        await self.inbox.put(observation)

    def hear_again(self, observation: Observation) -> None:
        """An observation that says nothing new: it may wait a moment for others like it."""
        if not self._again:
            asyncio.get_running_loop().call_later(_GATHERED_S, self._hear_gathered)
        self._again.append(observation)

    def _hear_gathered(self) -> None:
        """Into the inbox, before anything newer; where that is full, what says nothing new is not missed."""
        again, self._again = self._again, []
        for observation in again:
            if not self.inbox.full():
                self.inbox.put_nowait(observation)

    async def consume(self) -> None:
        """Step what the inbox holds, as much at a time as has gathered, and what comes due by itself."""
        while True:
            batch = await self._gathered()
            self._stepping = True
            due, now = self.monitor.due(), self.clock.now()
            come = [Elapsed(now)] if due is not None and due <= now.mono else []
            await self.commit(Outcome.of(map(self._step, (*batch, *come))))
            for _ in batch:
                self.inbox.task_done()
            self.rounds, self._stepping = self.rounds + 1, False

    async def _gathered(self) -> list[Stimulus]:
        """What waits in the inbox; nothing if something came due before anything arrived."""
        batch: list[Stimulus] = []
        if self.inbox.empty():
            due = self.monitor.due()
            with suppress(TimeoutError):
                async with asyncio.timeout(None if due is None else self.clock.until(due)):
                    batch.append(await self.inbox.get())
        while not self.inbox.empty():
            batch.append(self.inbox.get_nowait())
        return batch

    def _step(self, stimulus: Stimulus) -> Outcome:
        """Through the monitor; that a machine is silent from the start is said once, and not only when it is lost."""
        if isinstance(stimulus, Observation) and (stimulus.machine, stimulus.source) not in self.met:
            self.met.add((stimulus.machine, stimulus.source))
            if isinstance(stimulus.heard, NoAnswer):
                why, text = stimulus.heard.why.value, stimulus.heard.text
                log.warning("no answer yet", machine=stimulus.machine, why=why, text=text)
        return self.monitor.step(stimulus)

    async def watch_lag(self) -> None:
        """How late the event loop is at worst since the last heartbeat: the first sign of an overloaded server."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LAG_EVERY_S
            await self.clock.sleep(_LAG_EVERY_S * self.clock.rate)
            self.loop_lag_s = max(self.loop_lag_s, loop.time() - due)

    def heartbeat(self) -> dict[str, Json]:
        """The payload of `up/heartbeat`."""
        figures = self.outbox.figures
        lag_s, self.loop_lag_s = self.loop_lag_s, 0.0
        vitals = Vitals(
            stream=figures.stream,
            head_seq=figures.head,
            first_seq=figures.first,
            acked_seq=figures.acked,
            oldest_unacked=figures.oldest_unacked,
            refused=self.uplink.status.refused if self.uplink else 0,
            holding_back=tuple(each.name for each in figures.holding_back),
            loop_lag_s=lag_s,
            disk_free_mib=_disk_free_mib(self.state),
            clock_synchronised=synchronised(),
            certificate_end=_certificate_end(self.settings),
            settings_refused=self.settings_refused,
        )
        return heartbeat(self.monitor.snapshots(), vitals, self.settings.mqtt.heartbeat, self.clock.now())


def _certificate_end(settings: Settings) -> float | None:
    dates = validity(settings.mqtt.certificate) if settings.mqtt.certificate else None
    return dates[1] if dates else None


def _disk_free_mib(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free >> 20
    except OSError:
        return None
