"""The ways out in a running daemon: fed with what is committed and shown, and never in its way."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from structlog.testing import capture_logs

from fleetmon import daemon, settings
from fleetmon.clock import Clock
from fleetmon.control.status import status
from fleetmon.model.messages import Outcome, View
from fleetmon.notify import Notify
from fleetmon.notify.cursor import KIND
from fleetmon.notify.webhook import Webhook
from fleetmon.publish.outbox import Outbox
from fleetmon.publish.views import ViewTable
from fleetmon.settings import Settings
from fleetmon.site import Site
from fleetmon.systemd import Signals

from .peers import Service, alert_data, alert_event, free_port, until

HEAD = '[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1:9"\n[snmp]\ntraps = "off"\n'
ENVIRON = {"SECRET": "s", "URLS": "nonsense://x"}


def loaded(folder: Path, ways: str) -> Settings:
    (folder / "fleetmon.toml").write_text(HEAD + ways, encoding="utf-8")
    return settings.load(folder / "fleetmon.toml", environ=ENVIRON)


async def ran(folder: Path, ways: str, story: Callable[[Site], Awaitable[None]]) -> None:
    """A daemon without machines, until the story is over."""
    signals, stories = Signals(), list[asyncio.Task[None]]()

    async def told(site: Site) -> None:
        try:
            await story(site)
        finally:
            signals.stop.set()

    def ready(site: Site) -> None:
        stories.append(asyncio.create_task(told(site)))

    await daemon.run(loaded(folder, ways), folder, Clock(), signals, ready, lambda _: None)
    await asyncio.gather(*stories)


def one_alert(site: Site, number: int = 1) -> Outcome:
    data = alert_data().model_dump(mode="json", by_alias=True)
    shown = View("alert/lam1-supply-empty-00000000", "fleetmon.alert.shown.v1", "lam1", site.clock.now(), data)
    return Outcome((alert_event(number),), (shown,))


async def test_what_is_committed_goes_out_by_every_way(service: Service, tmp_path: Path) -> None:
    """A webhook and an Alertmanager hear of one alert; the status shows both."""
    hook = Service()
    await hook.start()

    async def story(site: Site) -> None:
        await site.commit(one_alert(site))
        await until(lambda: service.heard and hook.heard, "both have it")
        await until(lambda: [way["taken"] for way in status(site)["notify"]] == [1, 1], "the status shows it")  # type: ignore[index, union-attr, call-overload]

    await ran(
        tmp_path,
        f'[notify.alertmanager]\nurl = "http://127.0.0.1:{service.port}"\n'
        f'[notify.webhook]\nurl = "http://127.0.0.1:{hook.port}"\nsecret = {{ env = "SECRET" }}\n',
        story,
    )
    assert service.bodies[0][0]["labels"]["machine"] == "lam1"
    assert hook.bodies[0]["type"] == "fleetmon.alert.v1"
    await hook.stop()


async def test_targets_that_are_stuck_hold_nothing_up(service: Service, tmp_path: Path) -> None:
    """One says nothing, one is not there, one is not understood: commits are quick, and so is the end."""
    service.silent = True
    took: list[float] = []

    async def story(site: Site) -> None:
        for number in range(200):
            began = time.monotonic()
            await site.commit(one_alert(site, number))
            took.append(time.monotonic() - began)
        took.append(-time.monotonic())

    ways = (
        f'[notify.alertmanager]\nurl = ["http://127.0.0.1:{service.port}", "http://127.0.0.1:{free_port()}"]\n'
        f'[notify.webhook]\nurl = "http://127.0.0.1:{service.port}"\nsecret = {{ env = "SECRET" }}\n'
        '[notify.apprise]\nurls = { env = "URLS" }\n'
    )
    await ran(tmp_path, ways, story)
    ended_s = time.monotonic() + took.pop()
    assert sorted(took)[len(took) // 2] < 0.1
    assert ended_s < daemon.FLUSH_S + 5.0, "the broker is away as well, and is given its time"


async def test_what_was_not_sent_is_sent_after_the_next_start(service: Service, tmp_path: Path) -> None:
    """The daemon stops while the webhook is away: the next one goes on where it stopped."""
    ways = f'[notify.webhook]\nurl = "http://127.0.0.1:{service.port}"\nsecret = {{ env = "SECRET" }}\n'

    async def while_away(site: Site) -> None:
        await site.commit(one_alert(site, 1))
        await until(lambda: service.heard, "the first is sent")
        await service.stop()
        await site.commit(one_alert(site, 2))

    async def later(site: Site) -> None:
        await until(lambda: len(service.heard) == 2, "the second is sent")

    await ran(tmp_path, ways, while_away)
    await service.start()
    await ran(tmp_path, ways, later)
    assert [body["data"]["alert"]["rev"] for body in service.bodies] == [1, 2]


async def test_a_webhook_that_was_given_up_is_forgotten(tmp_path: Path, outbox: Outbox) -> None:
    """Who asks for one again a month later is not told of the month."""
    hook = '[notify.webhook]\nurl = "http://127.0.0.1:9"\nsecret = { env = "SECRET" }\n'
    async with Notify(loaded(tmp_path, hook), outbox, ViewTable(), Clock()):
        await until(lambda: outbox.rounds, "it has written down where it begins")
    assert await outbox.records(KIND)
    async with Notify(loaded(tmp_path, ""), outbox, ViewTable(), Clock()) as nobody:
        assert nobody.status() == []
    assert await outbox.records(KIND) == {}


async def test_a_way_out_with_a_bug_is_said_and_the_site_goes_on(service: Service, tmp_path: Path) -> None:
    """Whatever one of them dies of, polling and the broker are worth more than it."""

    async def broken(self: Webhook) -> None:
        raise RuntimeError("a bug")

    async def story(site: Site) -> None:
        await site.commit(one_alert(site))
        await until(lambda: service.heard, "the Alertmanager hears of it")

    run, Webhook.run = Webhook.run, broken  # type: ignore[method-assign]
    try:
        with capture_logs() as log:
            await ran(
                tmp_path,
                f'[notify.alertmanager]\nurl = "http://127.0.0.1:{service.port}"\n'
                '[notify.webhook]\nurl = "http://127.0.0.1:9"\nsecret = { env = "SECRET" }\n',
                story,
            )
    finally:
        Webhook.run = run  # type: ignore[method-assign]
    (said,) = (line for line in log if line["event"].startswith("a way out has failed"))
    assert said["way"] == "notify-webhook"
    assert str(said["exc_info"]) == "a bug"
