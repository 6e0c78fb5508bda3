"""The daemon: builds everything from the settings, runs it as named tasks, and takes it down in order.

The outbox opens first and closes last. When asked to stop: pollers end, the inbox is emptied, the outbox is flushed to
the broker within a deadline, "offline" is said.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, closing, suppress
from functools import partial
from pathlib import Path

import structlog

import fleetmon
from fleetmon import catalog, locales, sources, systemd
from fleetmon.checking.lines import shared, spoken
from fleetmon.clock import Clock
from fleetmon.commands import Commands
from fleetmon.control.door import open_door
from fleetmon.errors import LinkError
from fleetmon.issuing import Issuing
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.links.traps import Hasten, TrapSocket, bound
from fleetmon.memory import KINDS, undisturbed
from fleetmon.model.messages import Event
from fleetmon.monitor import Monitor
from fleetmon.notify import Notify
from fleetmon.polling import Polling
from fleetmon.publish.command_memory import KIND
from fleetmon.publish.mqtt import Tls, Uplink, UplinkPlan
from fleetmon.publish.mqtt.tls import TLS_VERSIONS
from fleetmon.publish.outbox import BROKER, Limits, Outbox
from fleetmon.publish.views import ViewTable
from fleetmon.reload import reload_when_asked
from fleetmon.settings import Listen, Settings
from fleetmon.site import Site
from fleetmon.systemd import Signals
from fleetmon.watchdog import Watchdog, look_at, status

FLUSH_S = 5.0

log = structlog.get_logger("daemon")


async def run(
    settings: Settings,
    state: Path,
    clock: Clock,
    signals: Signals,
    ready: Callable[[Site], None],
    tell: Callable[[Event], None],
    control: Sequence[Path] = (),
) -> None:
    """Run a site until `signals.stop` is set.

    `ready` is called once everything runs, whether anybody answers or not, and `tell` with each event once it is
    committed. The control socket stands at the first of `control` that is free; there is none without any.

    Raises SettingsError, OutboxError or ControlTaken when it cannot start.
    """
    plan = settings.plan()
    settings.let_machines_go()
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
        drivers = catalog.load(settings.drivers_folder)
        books = locales.read(settings.locale_folder, drivers)
        records = {kind: await outbox.records(kind) for kind in KINDS}
        with undisturbed():
            monitor = Monitor(plan, records, fleetmon.__version__, books)
            begun = monitor.begin(clock.now())
        site = Site(settings, clock, state, outbox, monitor, ViewTable(), tell)
        await site.commit(begun)
        site.drivers = drivers
        for machine, why in sources.unusable(settings, site.drivers):
            log.error("machine cannot be asked", machine=machine.id, why=why)
        for odd in shared(spoken(settings, site.drivers), {}):
            log.warning("a line is shared by machines that do not agree", about=odd.about, why=odd.text)
        await _serve(site, socket, signals, ready, control)


async def _serve(
    site: Site, socket: SnmpSocket, signals: Signals, ready: Callable[[Site], None], control: Sequence[Path]
) -> None:
    commands = Commands(site, await site.outbox.records(KIND))
    issuing = Issuing(site, commands.refuse)
    doors = [open_door(site, commands, control)] if control else []
    site.uplink = uplink = Uplink(
        uplink_plan(site.settings),
        site.outbox,
        site.clock,
        site.views,
        site.heartbeat,
        inbound=lambda message: commands.hear(message) or issuing.hear(message),
    )
    site.notify = notify = Notify(site.settings, site.outbox, site.views, site.clock)
    async with notify, asyncio.TaskGroup() as tasks:
        tasks.create_task(uplink.run(), name="uplink")
        consuming = tasks.create_task(site.consume(), name="monitor")
        serving = [
            tasks.create_task(site.outbox.tend(), name="outbox"),
            tasks.create_task(site.watch_lag(), name="loop-lag"),
            tasks.create_task(commands.serve(), name="commands"),
            tasks.create_task(issuing.serve(), name="work"),
        ]
        site.polling = polling = Polling(tasks, socket, site.clock, site.hear, site.hear_again)
        await polling.apply(site.settings, site.drivers)
        reloading = tasks.create_task(reload_when_asked(site, polling, signals.reload), name="reload")
        dog = Watchdog(partial(look_at, site), partial(status, site), site.clock)
        watching = [tasks.create_task(dog.run(), name="watchdog")]
        watching += [tasks.create_task(door.run(), name="control") for door in doors]
        with closing(await_traps(site.settings.snmp.traps, polling.hasten_address)):
            ready(site)
            await signals.stop.wait()
        systemd.notify("STOPPING=1")
        reloading.cancel()
        await polling.stop()
        for task in serving:
            task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_S):
                await site.inbox.join()
        consuming.cancel()
        await site.commit(site.monitor.end(site.clock.now()))
        await uplink.close(FLUSH_S)
        for task in watching:
            task.cancel()


def await_traps(listen: Listen | None, hasten: Hasten) -> TrapSocket:
    """Traps from the socket unit's port or the settings'; a daemon that cannot hear them is only slower."""
    sockets = systemd.datagram_sockets()
    try:
        if listen is not None and not sockets:
            sockets = [bound(listen.host, listen.port)]
    except LinkError as error:
        log.warning("traps are not heard: machines are asked on their slots only", why=str(error))
    return TrapSocket(sockets, hasten)


def uplink_plan(settings: Settings) -> UplinkPlan:
    """The settings of the broker as the uplink takes them."""
    mqtt = settings.mqtt
    key = mqtt.key.path if mqtt.key else None
    tls = Tls(mqtt.ca, mqtt.certificate, key, TLS_VERSIONS[mqtt.tls_minimum]) if mqtt.url.tls else None
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
        subscriptions=("cmd/+", "ack/+") if mqtt.ack else ("cmd/+",),
        standing=("work", "work/+"),
        properties=mqtt.properties,
        versions={"fleetmon": fleetmon.__version__, "contract": "1"},
    )
