"""A room at a real broker that drops what it cannot hand over quickly: the picture is whole all the same."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest

from fleetmon.assess.presence import SiteWhy
from fleetmon.clock import Clock
from fleetmon.publish.mqtt.reader import ReaderPlan
from fleetmon.room import TOPICS, Listening, Room

from .conftest import envelope, heartbeat, session, state

SITES = [f"s{number}" for number in range(350)]
MACHINES = [f"m{number}" for number in range(10)]


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A mosquitto with its usual limits: 1000 messages wait for a client that reads slowly."""
    mosquitto = shutil.which("mosquitto")
    if mosquitto is None:
        pytest.skip("mosquitto is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    settings = tmp_path / "mosquitto.conf"
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n\nuser root\n")
    process = subprocess.Popen([mosquitto, "-c", str(settings)], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        assert time.monotonic() < deadline, "mosquitto listens"
        time.sleep(0.01)
    yield port
    process.kill()
    process.wait()


def publish_sites(port: int, machines: int) -> None:
    """All that these sites would have published, retained; states as large as real ones."""
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    client.max_inflight_messages_set(500)
    client.connect("127.0.0.1", port)
    client.loop_start()
    large = state(console=["x" * 6000])
    told: list[tuple[str, str, str, object]] = []
    for site in SITES:
        told += [(site, "session", "session", session()), (site, "heartbeat", "heartbeat", heartbeat(0))]
        told.append((site, "inventory", "inventory", {"machine_count": machines}))
        told += [(site, f"inventory/{machine}", "inventory.machine", {"kind": "printer"}) for machine in MACHINES]
        told += [(site, f"state/{machine}", "state", large) for machine in MACHINES]
    for site, topic, type_, data in told:
        last = client.publish(f"fleetmon/v1/{site}/up/{topic}", envelope(site, type_, data), qos=1, retain=True)
    last.wait_for_publish(30)
    client.disconnect()
    client.loop_stop()


def listening(port: int, *sites: str) -> Listening:
    topics = tuple(f"fleetmon/v1/{site}/up/{topic}" for site in sites for topic in TOPICS)
    return Listening(ReaderPlan("127.0.0.1", port, topics), "fleetmon", Room(), Clock())


async def test_what_a_broker_dropped_is_asked_for_again(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """350 sites of 10 machines, 21 MB: a usual broker drops some of it; everything is there in the end, in pieces."""
    publish_sites(port, len(MACHINES))
    room = listening(port, "+")
    asked: list[tuple[str, ...]] = []
    again = room.reader.again
    monkeypatch.setattr(room.reader, "again", lambda topics: (asked.append(topics), again(topics)))
    assert await room.listen(30, room.settled), room.room.missing()
    assert room.room.size == len(SITES)
    assert asked, "the broker dropped nothing: this test shows nothing"
    assert all(len(topics) <= len(TOPICS) * 34 for topics in asked), "no more than 800 messages at once"


async def test_a_frozen_site_is_decided_although_the_broker_has_forgotten_its_heartbeat(port: int) -> None:
    """All there is is a retained "online" that promises a heartbeat every 0.8 s: after two seconds it is late."""
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    client.connect("127.0.0.1", port)
    client.loop_start()
    told = envelope("s1", "session", session(every_s=0.8))
    client.publish("fleetmon/v1/s1/up/session", told, qos=1, retain=True).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()
    room = listening(port, "+")
    assert await room.listen(20, room.verified)
    assert room.room.why(room.clock.now()) == {SiteWhy.HEARTBEAT_LATE: 1}


async def test_a_site_that_never_tells_all_is_left_alone(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine in the count that no message tells of: asked for three times, then shown as it is."""
    publish_sites(port, len(MACHINES) + 1)
    room = listening(port, "s1")
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(room.reader, "again", asked.append)
    assert not await room.listen(2.5, room.settled)
    assert asked == [tuple(f"fleetmon/v1/s1/up/{topic}" for topic in TOPICS)] * 3
