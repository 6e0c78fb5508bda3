"""Settings that are read again while the site runs: checked as a whole first, then only what changed is applied.

Settings that cannot be used leave the former ones running, and that is said four times: in the log, as a durable
event, as an alert, and in every heartbeat until settings are read that can be used. The texts of the site and of its
drivers are settings too. What belongs to the whole process (the broker,
the outbox, who is notified, where traps are heard) is taken at the next start, and which of it waits for that is said.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from fleetmon import catalog, locales, logs, sources, systemd
from fleetmon.errors import SettingsError
from fleetmon.model.messages import Outcome
from fleetmon.model.stimuli import Elapsed, Reload
from fleetmon.polling import Polling
from fleetmon.publish import settings_events
from fleetmon.settings import Settings
from fleetmon.site import Site

_AT_START: Final[dict[str, Callable[[Settings], object]]] = {
    "[mqtt]": lambda settings: settings.mqtt,
    "[outbox]": lambda settings: settings.outbox,
    "[notify]": lambda settings: settings.notify,
    "[snmp] traps": lambda settings: settings.snmp.traps,
}

log = structlog.get_logger("daemon")


async def reload_when_asked(site: Site, polling: Polling, asked: asyncio.Event) -> None:
    """Read the settings again whenever `asked` is set; requests that arrive meanwhile are one more."""
    while True:
        await asked.wait()
        asked.clear()
        systemd.notify_reloading()
        await reload(site, polling)
        systemd.notify("READY=1")


async def reload(site: Site, polling: Polling) -> None:
    """Read the settings again and apply what changed, or say why not."""
    try:
        settings = await asyncio.to_thread(site.settings.again)
        if settings.site.id != site.settings.site.id:
            raise SettingsError(
                f"site.id: is {site.settings.site.id!r} while the daemon runs; restart it to change that"
            )
        drivers = await asyncio.to_thread(catalog.load, settings.drivers_folder)
        books = await asyncio.to_thread(locales.read, settings.locale_folder, drivers)
    except SettingsError as error:
        await _refuse(site, str(error))
        return
    site.monitor.read(books)
    await site.commit(site.monitor.settings_read(None, site.clock.now()))
    await _apply(site, polling, settings, drivers)


async def _refuse(site: Site, problems: str) -> None:
    now = site.clock.now()
    log.error("settings refused, the former ones go on", problems=problems)
    site.settings_refused = site.settings_refused or now
    alerted = site.monitor.settings_read(problems, now)
    await site.commit(Outcome.of((Outcome((settings_events.refused(problems, now),)), alerted)))
    await site.inbox.put(Elapsed(now))  # whoever waits for what comes due by itself looks anew


async def _apply(site: Site, polling: Polling, settings: Settings, drivers: catalog.Catalog) -> None:
    waiting = [name for name, part in _AT_START.items() if part(settings) != part(site.settings)]
    if settings.log != site.settings.log:
        logs.configure(settings.log.level, settings.log.format)
    known = set(sources.unusable(site.settings, site.drivers))
    # The broker and the outbox go on as they are until the next start, and what is told of them must fit that.
    traps = settings.snmp.model_copy(update={"traps": site.settings.snmp.traps})
    kept = {name: getattr(site.settings, name) for name in ("mqtt", "outbox", "notify")} | {"snmp": traps}
    site.settings, site.drivers, site.settings_refused = settings.model_copy(update=kept), drivers, None
    site.settings.let_machines_go()
    await site.inbox.put(Reload(site.settings.plan(), site.clock.now()))
    applied = await polling.apply(site.settings, drivers)
    for machine, why in set(sources.unusable(site.settings, drivers)) - known:
        log.error("machine cannot be asked", machine=machine.id, why=why)
    counts = {"kept": len(applied.kept), "started": len(applied.started), "stopped": len(applied.stopped)}
    log.info("settings reloaded", **counts, **({"at_next_start": waiting} if waiting else {}))
