"""What stands reaches an Alertmanager, again and again: a service of ours, and the real one of Prometheus."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from fleetmon.clock import Clock
from fleetmon.model.messages import View
from fleetmon.notify.alertmanager import Pusher
from fleetmon.notify.posting import Target
from fleetmon.notify.standing import Ledger
from fleetmon.publish.envelope import rfc3339
from fleetmon.publish.payloads import AlertData
from fleetmon.publish.views import ViewTable
from fleetmon.settings import HttpUrl

from .peers import Prometheus, Service, alert_data, alert_event, until


class Site:
    """The part of a site that a way out sees: alerts as they are shown, and word that one changed."""

    def __init__(self, port: int, interval_s: float = 60.0) -> None:
        self.clock, self.views = Clock(), ViewTable()
        target = Target(HttpUrl("127.0.0.1", port, tls=False), limit_s=2.0)
        shown = lambda: self.views.told("alert")  # noqa: E731
        self.way = Pusher(target, Ledger("demo"), shown, self.clock, interval_s, gathered_s=0.01)

    def show(self, alert: AlertData | None, name: str = "lam1-supply-empty-00000000", tell: bool = True) -> None:
        data = None if alert is None else alert.model_dump(mode="json", by_alias=True)
        self.views.put(View(f"alert/{name}", "fleetmon.alert.shown.v1", "lam1", self.clock.now(), data), 1)
        if tell:
            self.way.hear(alert_event())

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.way.run())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def since(clock: Clock) -> dict[str, str]:
    """An alert that was raised a moment ago, by the clock."""
    moment = rfc3339(clock.now().utc - 1.0)
    return {"raised": moment, "announced": moment}


async def test_a_change_is_told_soon_and_all_of_it_every_interval(service: Service) -> None:
    """An alert that appears, one that joins it, the same again without any change, then the end of one."""
    site = Site(service.port, interval_s=0.3)
    async with site.running():
        await asyncio.sleep(0.05)
        assert service.heard == [], "where nothing stands nothing is sent"
        site.show(alert_data())
        await until(lambda: service.heard, "the alert is told")
        assert service.heard[0].target == "/api/v2/alerts"
        assert service.heard[0].headers["content-type"] == "application/json"
        site.show(alert_data(part="film-lower"), "lam1-supply-empty-11111111")
        await until(lambda: len(service.bodies[-1]) == 2, "both are told")
        told = len(service.heard)
        await until(lambda: len(service.heard) >= told + 2, "both are told again, and again")
        site.show(None)
        await until(lambda: len({each["endsAt"] for each in service.bodies[-1]}) == 2, "one has ended")
    assert site.way.reach.status()["failing_since"] is None


async def test_an_alertmanager_that_is_away_is_two_lines_in_the_log(service: Service) -> None:
    """However often it is tried; what changed meanwhile is in the first message that gets through."""
    await service.stop()
    site = Site(service.port)
    with capture_logs() as log:
        async with site.running():
            site.show(alert_data())
            await until(lambda: site.way.reach.failing, "it is noticed")
            await asyncio.sleep(0.2)
            site.show(alert_data(priority=1))
            await service.start()
            await until(lambda: service.heard and site.way.reach.failing is None, "it is told, and known to be")
    assert [(line["event"], line["target"]) for line in log] == [
        ("does not take alerts", "alertmanager"),
        ("takes alerts again", "alertmanager"),
    ]
    assert "critical" in {each["labels"]["severity"] for each in service.bodies[0]}


async def test_what_it_refuses_is_said_and_tried_again(service: Service) -> None:
    """An Alertmanager that answers 400 does so for a reason: it is in the log and in the status."""
    service.answers, service.words = [400, 400], b'"start time must be before end time"'
    site = Site(service.port)
    with capture_logs() as log:
        async with site.running():
            site.show(alert_data())
            await until(lambda: len(service.heard) == 3 and site.way.reach.failing is None, "the third is taken")
    assert log[0]["why"] == 'it answers 400: "start time must be before end time"'


async def test_a_thousand_alerts_are_told_in_portions(service: Service) -> None:
    """None is left out, and no request is larger than an Alertmanager takes."""
    site = Site(service.port)
    for number in range(1000):
        site.show(alert_data(part=f"p{number}"), f"a{number}", tell=False)
    async with site.running():
        await until(lambda: len(service.heard) == 5, "all are told")
    assert {each["labels"]["part"] for body in service.bodies for each in body} == {f"p{n}" for n in range(1000)}
    assert max(len(each.body) for each in service.heard) < 1 << 20


@pytest.fixture
async def prometheus(service: Service, tmp_path: Path) -> AsyncIterator[Prometheus]:
    """The real one, notifying `service`."""
    if shutil.which("prometheus-alertmanager") is None:
        pytest.skip("prometheus-alertmanager is not installed")
    found = Prometheus(tmp_path, f"http://127.0.0.1:{service.port}/")
    await asyncio.to_thread(found.start)
    yield found
    await asyncio.to_thread(found.stop)


def notified(service: Service, status: str) -> Iterator[dict[str, Any]]:
    """The alerts of a status in what the Alertmanager has told its receiver."""
    return (each for body in service.bodies for each in body["alerts"] if each["status"] == status)


async def test_the_real_one_fires_updates_resolves(service: Service, prometheus: Prometheus) -> None:
    """It notifies of an alert, shows its acknowledgement, takes a worse severity for a new alert, and resolves both."""
    site = Site(prometheus.port)
    raised = since(site.clock)
    known = {"by": "amina", "at": raised["raised"], "until": "2099-01-01T00:00:00.000Z", "comment": "on my way"}
    async with site.running():
        site.show(alert_data(**raised))
        await until(lambda: list(notified(service, "firing")), "it fires")
        (told,) = notified(service, "firing")
        assert told["labels"]["alertname"] == "fleetmon-supply-empty"
        assert told["annotations"]["next_step"] == "Thread a new roll."
        site.show(alert_data(**raised, acknowledged=known))
        await until(
            lambda: "acknowledged" in (prometheus.alerts() or [{"annotations": {}}])[0]["annotations"], "it updates"
        )
        assert len(prometheus.alerts()) == 1, "the acknowledgement makes no second alert"
        site.show(alert_data(**raised, priority=1))
        await until(lambda: len(list(notified(service, "firing"))) > 1, "it worsens")
        await until(lambda: list(notified(service, "resolved")), "the milder one is over")
        assert [each["labels"]["severity"] for each in prometheus.alerts()] == ["critical"]
        site.show(alert_data(**raised, priority=1, state="closed"))
        ended = lambda: {each["labels"]["severity"] for each in notified(service, "resolved")}  # noqa: E731
        await until(lambda: ended() == {"error", "critical"}, "it resolves")
        assert prometheus.alerts() == []


async def test_the_real_one_knows_all_again_after_its_restart(service: Service, prometheus: Prometheus) -> None:
    """It keeps alerts in memory only: with the next message everything stands there as before."""
    site = Site(prometheus.port, interval_s=0.5)
    raised = since(site.clock)
    async with site.running():
        site.show(alert_data(**raised))
        site.show(alert_data(**raised, part="film-lower"), "lam1-supply-empty-11111111")
        await until(lambda: len(prometheus.alerts()) == 2, "both stand")
        await asyncio.to_thread(prometheus.stop)
        await until(lambda: site.way.reach.failing, "it is missed")
        await asyncio.to_thread(prometheus.start)
        await until(lambda: len(prometheus.alerts()) == 2, "both stand again")
        site.show(None)
        await until(lambda: len(prometheus.alerts()) == 1, "one is over")


async def test_the_real_one_ends_what_nobody_repeats(service: Service, prometheus: Prometheus) -> None:
    """A site that died does not fire for ever: three intervals after its last word all is over."""
    site = Site(prometheus.port, interval_s=0.5)
    async with site.running():
        site.show(alert_data(**since(site.clock)))
        await until(prometheus.alerts, "it stands")
    await until(lambda: prometheus.alerts() == [], "it is over")
