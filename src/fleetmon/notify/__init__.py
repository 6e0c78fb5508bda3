"""Ways out beside the broker: an Alertmanager, a webhook, people's messengers. All of them optional, none in the way.

Each is a task of its own that reads what is committed and shown anyway: nothing waits for it, and nothing grows with
the time for which its target is away. If one of them fails for a reason nobody thought of, that is said and the site
goes on without it.
"""

import asyncio
import base64
import ssl
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import structlog

from fleetmon.clock import Clock
from fleetmon.model.messages import Event, Json, Record
from fleetmon.notify.alertmanager import Pusher
from fleetmon.notify.cursor import KIND
from fleetmon.notify.messengers import Messengers
from fleetmon.notify.posting import Target
from fleetmon.notify.reach import Reach
from fleetmon.notify.standing import Ledger
from fleetmon.notify.webhook import NAME, Webhook
from fleetmon.publish.mqtt import Tls
from fleetmon.publish.outbox import Outbox, OutboxError
from fleetmon.publish.views import ViewTable
from fleetmon.secret import Secret
from fleetmon.settings import HttpUrl, Settings

__all__ = ["Notify"]

log = structlog.get_logger("notify")


class Way(Protocol):
    """One way out."""

    reach: Reach

    def hear(self, event: Event) -> None:
        """An event was committed."""

    async def run(self) -> None:
        """Until cancelled."""


class Notify:
    """The ways out that the settings name; `tell` is to be called with each event once it is committed."""

    def __init__(self, settings: Settings, outbox: Outbox, views: ViewTable, clock: Clock) -> None:
        self._outbox = outbox
        self._webhook = _webhook(settings, outbox, clock)
        self._ways: list[Way] = [*_alertmanagers(settings, views, clock), *_messengers(settings, clock)]
        if self._webhook is not None:
            self._ways.append(self._webhook)
        self._tasks: list[asyncio.Task[None]] = []

    def tell(self, event: Event) -> None:
        """Let all of them know."""
        for way in self._ways:
            way.hear(event)

    async def __aenter__(self) -> Self:
        """Begin. A webhook that nobody wants any more is forgotten, so that a later one begins with what is new."""
        if self._webhook is None and NAME in await self._outbox.records(KIND):
            await self._outbox.commit((), [Record(KIND, NAME, None)])
        for way in self._ways:
            task = asyncio.create_task(way.run(), name=f"notify-{way.reach.name}")
            task.add_done_callback(_say_how_it_ended)
            self._tasks.append(task)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End at once; what was not sent yet is sent after the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._webhook is not None:
            with suppress(OutboxError):  # said by whoever stopped us; some alerts will be sent once more
                await self._webhook.settle()

    def status(self) -> list[Json]:
        """How each of them stands."""
        return [way.reach.status() for way in self._ways]


def _say_how_it_ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a way out has failed; it is tried again at the next start", way=task.get_name(), exc_info=error)


def _alertmanagers(settings: Settings, views: ViewTable, clock: Clock) -> list[Pusher]:
    wanted = settings.notify.alertmanager
    if wanted is None:
        return []
    headers = [_basic(wanted.username, wanted.password)] if wanted.username and wanted.password else []
    return [
        Pusher(
            _target(url, wanted.ca, wanted.proxy, headers),
            Ledger(settings.site.id, wanted.language),
            lambda: views.told("alert"),
            clock,
            wanted.interval,
        )
        for url in wanted.urls
    ]


def _webhook(settings: Settings, outbox: Outbox, clock: Clock) -> Webhook | None:
    wanted = settings.notify.webhook
    if wanted is None:
        return None
    headers = [("Authorization", f"Bearer {wanted.token.reveal()}")] if wanted.token else []
    return Webhook(_target(wanted.url, wanted.ca, wanted.proxy, headers), wanted.secret, outbox, clock)


def _messengers(settings: Settings, clock: Clock) -> list[Messengers]:
    wanted = settings.notify.apprise
    return [Messengers(wanted.urls, settings.site.id, clock, wanted.limit, wanted.language)] if wanted else []


def _target(url: HttpUrl, ca: Path | None, proxy: HttpUrl | None, headers: list[tuple[str, str]]) -> Target:
    tls = Tls(ca, minimum=ssl.TLSVersion.TLSv1_2) if url.tls else None  # what others run is not always new
    return Target(url, tls, proxy, tuple(headers))


def _basic(username: str, password: Secret) -> tuple[str, str]:
    """RFC 7617."""
    code = base64.b64encode(f"{username}:{password.reveal()}".encode()).decode("ascii")
    return "Authorization", f"Basic {code}"
