"""Settings that cannot be used change nothing but what is said of them: in the log, in the stream, in the heartbeat."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from fleetmon import daemon, settings
from fleetmon.clock import Clock
from fleetmon.model.messages import Event
from fleetmon.publish.outbox import Outbox
from fleetmon.site import Site
from fleetmon.systemd import Signals

GOOD = """[site]
id = "lab"
[mqtt]
url = "mqtt://127.0.0.1:9"
[[machine]]
id = "m1"
source = "snmp://127.0.0.1:9"
"""
MORE = '[[machine]]\nid = "m2"\nsource = "snmp://127.0.0.1:9"\n'
BAD = {
    "syntax": (GOOD + "[[machine\n", "fleetmon.toml:8"),
    "unknown key": (GOOD + 'colour = "red"\n', "colour"),
    "one id twice": (GOOD + MORE.replace("m2", "m1"), "m1"),
    "another site": (GOOD.replace('"lab"', '"other"'), "site.id"),
}


@pytest.mark.parametrize("name", BAD)
async def test_bad_settings_leave_the_former_ones_running(tmp_path: Path, name: str) -> None:
    """Told with its place, once as an event and in each heartbeat until good ones are read, which then apply."""
    text, place = BAD[name]
    file, told, signals = tmp_path / "fleetmon.toml", list[Event](), Signals()
    file.write_text(GOOD, encoding="utf-8")
    beats: list[Any] = []

    async def story(site: Site) -> None:
        pollers, before = site.pollers, site.settings
        beats.append(site.heartbeat()["settings_refused_since"])
        file.write_text(text, encoding="utf-8")
        signals.reload.set()
        await _told(told, "fleetmon.settings.refused.v1")
        assert site.settings is before
        assert [each is was for each, was in zip(site.pollers, pollers, strict=True)] == [True]
        beats.append(site.heartbeat()["settings_refused_since"])
        file.write_text(GOOD + MORE, encoding="utf-8")
        signals.reload.set()
        await _told(told, "fleetmon.settings.changed.v1")
        beats.append(site.heartbeat()["settings_refused_since"])
        assert [each.machine.id for each in site.pollers] == ["m1", "m2"]
        assert site.pollers[0] is pollers[0]
        signals.stop.set()

    stories: list[asyncio.Task[None]] = []

    def ready(site: Site) -> None:
        stories.append(asyncio.create_task(story(site)))
        stories[0].add_done_callback(lambda _: signals.stop.set())

    with capture_logs() as lines:
        await daemon.run(settings.load(file, environ={}), tmp_path, Clock(), signals, ready, told.append)
    await stories[0]
    (refused,) = [line for line in lines if line["event"] == "settings refused, the former ones go on"]
    assert place in refused["problems"]
    assert beats[0] is None
    assert beats[1] is not None
    assert beats[2] is None
    async with await Outbox.open(tmp_path / "site.db", site="lab", clock=Clock()) as outbox:
        kept = [json.loads(row.body) for row in await outbox.pending(0)]
    (event,) = [each for each in kept if each["type"] == "fleetmon.settings.refused.v1"]
    assert place in json.dumps(event["data"])


async def _told(told: list[Event], type_: str) -> None:
    async with asyncio.timeout(20):
        while not any(event.type == type_ for event in told):  # noqa: ASYNC110 - the story is told by somebody else
            await asyncio.sleep(0.005)
