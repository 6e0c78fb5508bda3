"""The daemon: builds everything from the settings, runs it as named tasks, and takes it down in order.

Observations of all machines meet in one bounded inbox. What has gathered there is stepped through the monitor and
committed as one transaction; only then do the views go out. The outbox opens first and closes last. When asked to stop:
pollers end, the inbox is emptied, the outbox is flushed to the broker within a deadline, "offline" is said.
"""

import asyncio
import os
import shutil
import signal
import socket as sockets
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

import fleetmon
from fleetmon import catalog, sources
from fleetmon.clock import Clock
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.model.messages import Event, EventClass, Json, Outcome
from fleetmon.model.report import NoAnswer, Observation
from fleetmon.model.words import Contact
from fleetmon.monitor import SNAPSHOT, Monitor
from fleetmon.poller import SourcePoller
from fleetmon.publish.acknowledgement import acknowledgement
from fleetmon.publish.heartbeat import Vitals, heartbeat
from fleetmon.publish.mqtt import Inbound, Tls, Uplink, UplinkPlan
from fleetmon.publish.outbox import BROKER, Limits, Outbox
from fleetmon.publish.views import ViewTable
from fleetmon.settings import Settings

INBOX_SIZE = 1000
FLUSH_S = 5.0
_LAG_EVERY_S = 1.0
_TOLD_IN_LOG = (EventClass.STATE, EventClass.FAULT)

log = structlog.get_logger("daemon")


@dataclass(slots=True)
class Daemon:
    """Everything one site runs. `snapshots` of the monitor may be read by anybody in the same loop."""

    settings: Settings
    clock: Clock
    state: Path
    outbox: Outbox
    monitor: Monitor
    views: ViewTable
    inbox: asyncio.Queue[Observation]
    tell: Callable[[Event], None]
    loop_lag_s: float = 0.0
    uplink: Uplink | None = None
    met: set[tuple[str, str]] = field(default_factory=set)

    async def commit(self, outcome: Outcome) -> None:
        """Events and records first, in one transaction; then the views, stamped with the sequence they reflect."""
        seq = self.outbox.figures.head
        if outcome.events or outcome.records:
            seq = await self.outbox.commit(outcome.events, outcome.records)
        for view in outcome.views:
            self.views.put(view, seq)
        for event in outcome.events:
            self.tell(event)

    async def consume(self) -> None:
        """Step what the pollers hand over, as many observations at a time as have gathered."""
        while True:
            batch = [await self.inbox.get()]
            while not self.inbox.empty():
                batch.append(self.inbox.get_nowait())
            outcome = sum((self._step(observation) for observation in batch), Outcome())
            await self.commit(outcome)
            for _ in batch:
                self.inbox.task_done()

    def _step(self, observation: Observation) -> Outcome:
        """Through the monitor; that a machine is silent from the start is said once, and not only when it is lost."""
        heard, first = observation.heard, (observation.machine, observation.source) not in self.met
        self.met.add((observation.machine, observation.source))
        if first and isinstance(heard, NoAnswer):
            log.warning("no answer yet", machine=observation.machine, why=heard.why.value, text=heard.text)
        return self.monitor.step(observation)

    async def watch_lag(self) -> None:
        """How late the event loop is at worst since the last heartbeat: the first sign of an overloaded server."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LAG_EVERY_S
            await asyncio.sleep(_LAG_EVERY_S)
            self.loop_lag_s = max(self.loop_lag_s, loop.time() - due)

    def heartbeat(self) -> dict[str, Json]:
        """The payload of `up/heartbeat`."""
        figures = self.outbox.figures
        lag_s, self.loop_lag_s = self.loop_lag_s, 0.0
        vitals = Vitals(
            stream=figures.stream,
            head_seq=figures.head,
            acked_seq=figures.acked,
            oldest_unacked=figures.oldest_unacked,
            loop_lag_s=lag_s,
            disk_free_mib=_disk_free_mib(self.state),
        )
        return heartbeat(self.monitor.snapshots(), vitals, self.settings.mqtt.heartbeat, self.clock.now())

    def hear_consumer(self, message: Inbound) -> "asyncio.Task[None] | None":
        """A consumer's acknowledgement; anything else from below `down/` is not for us yet."""
        said = acknowledgement(message.topic, message.payload)
        figures = self.outbox.figures
        if said is None or said.stream != figures.stream or said.consumer not in figures.acked_by:
            return None
        upto = min(said.upto, figures.head)
        return asyncio.get_running_loop().create_task(self.outbox.acknowledge(said.consumer, upto))


async def run(
    settings: Settings,
    state: Path,
    clock: Clock,
    stop: asyncio.Event,
    ready: Callable[[Daemon], None],
    tell: Callable[[Event], None],
) -> None:
    """Run a site until `stop` is set; `ready` is called once everything runs, whether anybody answers or not, and
    `tell` with each event once it is committed.

    Raises SettingsError or OutboxError when it cannot start.
    """
    plan = settings.plan()
    async with AsyncExitStack() as stack:
        outbox = await stack.enter_async_context(
            await Outbox.open(
                state / "site.db",
                site=plan.site,
                clock=clock,
                limits=Limits(settings.outbox.cap, settings.outbox.keep, settings.outbox.keep_size),
                consumers=settings.mqtt.ack or (BROKER,),
            )
        )
        socket = SnmpSocket()
        stack.push_async_callback(socket.close)
        monitor = Monitor(plan, await outbox.records(SNAPSHOT))
        daemon = Daemon(settings, clock, state, outbox, monitor, ViewTable(), asyncio.Queue(INBOX_SIZE), tell)
        await daemon.commit(monitor.begin(clock.now(), fleetmon.__version__))
        drivers = catalog.load(settings.drivers_folder)
        for machine, why in sources.unusable(settings, drivers):
            log.error("machine cannot be asked", machine=machine.id, why=why)
        running = sources.pollers(settings, drivers, socket, clock, daemon.inbox.put)
        await _serve(daemon, running, stop, ready)


async def _serve(
    daemon: Daemon, running: list[SourcePoller], stop: asyncio.Event, ready: Callable[[Daemon], None]
) -> None:
    uplink = Uplink(
        uplink_plan(daemon.settings),
        daemon.outbox,
        daemon.clock,
        daemon.views,
        daemon.heartbeat,
        inbound=lambda message: void(daemon.hear_consumer(message)),
    )
    daemon.uplink = uplink
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(uplink.run(), name="uplink")
        consuming = tasks.create_task(daemon.consume(), name="monitor")
        lag = tasks.create_task(daemon.watch_lag(), name="loop-lag")
        polling = [tasks.create_task(each.run(), name=f"poll {each.machine.id}/{each.source.name}") for each in running]
        ready(daemon)
        await stop.wait()
        for task in (*polling, lag):
            task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_S):
                await daemon.inbox.join()
        consuming.cancel()
        await uplink.close(FLUSH_S)


def void(_: object) -> None:
    """Let a result go."""


def uplink_plan(settings: Settings) -> UplinkPlan:
    """The settings of the broker as the uplink takes them."""
    mqtt = settings.mqtt
    tls = Tls(mqtt.ca, mqtt.certificate, mqtt.key.path if mqtt.key else None) if mqtt.url.tls else None
    return UplinkPlan(
        site=settings.site.id,
        host=mqtt.url.host,
        port=mqtt.url.port,
        tls=tls,
        username=mqtt.username,
        password=mqtt.password,
        client_id=settings.client_id,
        root=mqtt.root,
        keepalive_s=round(mqtt.keepalive),
        session_expiry_s=round(mqtt.session_expiry),
        heartbeat_s=mqtt.heartbeat,
        subscriptions=("ack/+",) if mqtt.ack else (),
        properties=mqtt.properties,
        versions={"fleetmon": fleetmon.__version__, "contract": "1"},
    )


@contextmanager
def stopped_by_signals(stop: asyncio.Event) -> Iterator[None]:
    """SIGTERM and SIGINT set `stop`. SIGHUP, which would end the process, only says that a restart is needed."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, log.warning, "settings are read at the start only: restart to change them")
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.remove_signal_handler(number)


def notify_systemd(text: str) -> None:
    """Tell the service manager, if one listens (sd_notify(3)); "READY=1" when started."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    path = "\0" + address[1:] if address.startswith("@") else address
    with sockets.socket(sockets.AF_UNIX, sockets.SOCK_DGRAM) as channel, suppress(OSError):
        channel.sendto(text.encode(), path)


def say(event: Event) -> None:
    """One line in the log a change; counts, notices and reports are for the stream only."""
    if event.event_class not in _TOLD_IN_LOG:
        return
    fault = event.data.get("fault")
    words = (
        {k: fault[k] for k in ("reason", "severity", "part", "text") if fault.get(k)} if isinstance(fault, dict) else {}
    )
    plain = {k: v for k, v in event.data.items() if isinstance(v, str | int | float) and k != "machine"}
    tell = log.warning if event.data.get("contact") == Contact.LOST else log.info
    tell(event.type.removeprefix("fleetmon.").removesuffix(".v1"), machine=event.subject, **words, **plain)


def _disk_free_mib(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free >> 20
    except OSError:
        return None
