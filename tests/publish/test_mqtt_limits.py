"""At the edges of what a broker takes and hands on: the largest messages there are, and nobody who listens."""

import json
from dataclasses import replace
from pathlib import Path

from structlog.testing import capture_logs

from fleetmon.clock import Clock
from fleetmon.publish.envelope import HARD_LIMIT
from fleetmon.publish.mqtt import UplinkPlan
from fleetmon.publish.outbox import Outbox

from .conftest import Read
from .peers import Broker, an_event, until
from .sites import a_site


async def test_the_largest_messages_pass_a_broker_of_64_kib(
    broker: Broker, plan: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """Up to the last byte that is not abridged, and far beyond: all arrive, and the connection is never lost."""
    broker.settings = ("allow_anonymous true", "max_packet_size 65536")
    broker.start()
    reader = await read("fleetmon/v1/demo/up/#")
    sizes = (16 * 1024, 60_000, *range(HARD_LIMIT - 1120, HARD_LIMIT - 1000, 20), 65_536, 300_000)
    with capture_logs() as logs:
        async with a_site(tmp_path, replace(plan, site="demo")) as site:
            await site.connected()
            for number, size in enumerate(sizes):
                await site.outbox.commit([an_event(number, size=size)])
                site.show(f"state/prn-{number}", {"console": "x" * size, "state": "stopped"})
            await site.confirmed(len(sizes))
            await until(lambda: len(reader.under("/up/event")) >= len(sizes), "all events")
            last = f"state/prn-{len(sizes) - 1}"
            await until(lambda: reader.under(last), "all views")
            assert site.uplink.session == 1, "the broker hung up"
    events = reader.under("/up/event")
    whole = [len(each.data["filling"]) for each in events if "truncated" not in each.data]  # type: ignore[arg-type]
    assert whole == [size for size in sizes if size <= max(whole)]
    assert max(len(each.payload) for each in events) > HARD_LIMIT - 1024, "nothing here came near the limit"
    assert events[-1].data["original_bytes"] > 300_000  # type: ignore[operator]
    assert reader.under(last)[-1].data["state"] == "stopped"
    assert [line["event"] for line in logs] == ["uplink is up"]


async def test_a_broker_without_listeners_has_taken_it_all_the_same(
    broker: Broker, plan: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """PUBACK says "no matching subscribers" (0x10), which is a success: where the broker's word counts the event is
    confirmed, and kept for a replay; where a consumer is named it is not, and whoever comes later gets it."""
    broker.start()
    async with a_site(tmp_path / "broker", plan) as site:
        await site.commit(1, 2, 3)
        await site.confirmed(3)
        kept = [json.loads(row.body)["data"]["number"] for row in await site.outbox.pending(0)]
        assert kept == [1, 2, 3]
        late = await read("fleetmon/v1/demo/up/event")
        assert site.uplink.replay(1, 3).refused is None
        await until(lambda: len(late.heard) >= 3, "what was kept is sent again")
    async with a_site(tmp_path / "hq", replace(plan, site="other"), consumers=("hq",)) as site:
        await site.commit(1, 2, 3)
        await until(lambda: site.uplink._carried.live.window.outstanding == 3, "the broker has them")
        await site.connected()
        assert site.outbox.figures.acked == 0
        later = await read("fleetmon/v1/other/up/event")
        await until(lambda: len(later.heard) >= 3, "sent again, unasked")
        assert site.outbox.figures.acked == 0
    async with await Outbox.open(tmp_path / "hq/site.db", site="other", clock=Clock(), consumers=("hq",)) as outbox:
        assert len(await outbox.pending(0)) == 3
