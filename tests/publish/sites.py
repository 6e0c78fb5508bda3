"""A site as the daemon puts it together, as far as the uplink is concerned: outbox, views, uplink."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from fleetmon.clock import Clock
from fleetmon.model.messages import Json, View
from fleetmon.publish.mqtt import Inbound, Uplink, UplinkPlan
from fleetmon.publish.outbox import BROKER, Limits, Outbox
from fleetmon.publish.views import ViewTable

from .peers import an_event, until


@dataclass
class Site:
    """Outbox, views and uplink of one site, as the daemon puts them together."""

    outbox: Outbox
    views: ViewTable
    uplink: Uplink
    clock: Clock
    running: asyncio.Task[None]
    inbound: list[Inbound] = field(default_factory=list)

    async def commit(self, *numbers: int) -> int:
        return await self.outbox.commit([an_event(n) for n in numbers])

    def show(self, topic: str, data: dict[str, Json] | None) -> None:
        kind = topic.partition("/")[0]
        view = View(topic, f"fleetmon.{kind}.v1", topic.partition("/")[2] or None, self.clock.now(), data)
        self.views.put(view, self.outbox.figures.head)

    async def confirmed(self, seq: int) -> None:
        await until(lambda: self.outbox.figures.acked >= seq, f"confirmed up to {seq}")

    async def connected(self, yes: bool = True) -> None:
        await until(lambda: self.uplink.status.connected is yes, f"connected: {yes}")


@asynccontextmanager
async def a_site(
    folder: Path,
    plan: UplinkPlan,
    shown: dict[str, dict[str, Json]] | None = None,
    consumers: tuple[str, ...] = (BROKER,),
    limits: Limits | None = None,
) -> AsyncIterator[Site]:
    """A site that runs until the end of the block and then takes its leave politely."""
    clock, views, inbound = Clock(), ViewTable(), list[Inbound]()
    path = folder / "site.db"
    async with await Outbox.open(path, site=plan.site, clock=clock, consumers=consumers, limits=limits) as outbox:
        uplink = Uplink(plan, outbox, clock, views, lambda: {"head_seq": outbox.figures.head}, inbound.append)
        site = Site(outbox, views, uplink, clock, asyncio.create_task(asyncio.sleep(0)), inbound)
        for topic, data in (shown or {}).items():
            site.show(topic, data)
        site.running = asyncio.create_task(uplink.run())
        try:
            yield site
        finally:
            with suppress(asyncio.CancelledError):
                await uplink.close(5.0)
                await site.running
