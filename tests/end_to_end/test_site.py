"""A site as it is used: fault to message, broker and machines that come and go, a daemon that is killed."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path

from .conftest import Ground, Listener, eventually, free_port

MACHINES = ("prn1=passport_printer", "lam1=laminator", "lbl1=label_printer_vendor")
IDS = ("prn1", "lam1", "lbl1")
BUSY = tuple(f"prn{number}" for number in range(1, 9))
FAULTS = ("booklet-jam", "front-cover-open", "stacker-full", "magazine-low")


def test_a_jam_on_the_wire_becomes_messages_and_clears(ground: Ground) -> None:
    """A fault is raised, named and cleared on MQTT, in the events and in the retained state."""
    broker, office = ground.broker(), ground.office(*MACHINES)
    broker.start()
    listener = ground.listener(broker)
    daemon = ground.daemon(broker, office.ports)
    daemon.start()
    for name in IDS:
        eventually(lambda name=name: listener.latest(f"state/{name}").get("contact") == "live", 20, f"{name} is live")
    office.do("prn1", "raise", fault="booklet-jam")
    eventually(lambda: listener.latest("state/prn1").get("headline") == "media-path-jam", 5, "the jam is shown")
    assert listener.latest("state/prn1")["state"] == "stopped"
    office.do("prn1", "clear")
    eventually(lambda: listener.latest("state/prn1").get("headline") is None, 5, "the jam is gone")
    eventually(lambda: "fleetmon.fault.cleared.v1" in [e["type"] for e in listener.events()], 5, "the clearing is told")
    told = [event["type"] for event in listener.events() if event.get("subject") == "prn1"]
    assert told.index("fleetmon.fault.raised.v1") < told.index("fleetmon.fault.cleared.v1")
    assert daemon.stop() == 0
    eventually(lambda: listener.latest("session").get("state") == "offline", 5, "the daemon says goodbye")


def test_a_broker_that_comes_back_empty_is_shown_everything(ground: Ground) -> None:
    """Killed and restarted without its memory, the broker has all retained topics right again within 10 s."""
    broker, office = ground.broker(), ground.office(*MACHINES)
    broker.start()
    first = ground.listener(broker)
    daemon = ground.daemon(broker, office.ports)
    daemon.start()
    for name in IDS:
        eventually(lambda name=name: first.latest(f"state/{name}").get("contact") == "live", 20, f"{name} is live")
    broker.kill()
    broker.forget()
    office.do("prn1", "raise", fault="front-cover-open")
    eventually(lambda: [e for e in daemon.said("fault.raised") if e["machine"] == "prn1"], 5, "the fault is noticed")
    broker.start()
    again = ground.listener(broker)
    expected = {
        "session",
        "heartbeat",
        "inventory",
        *(f"{kind}/{name}" for kind in ("state", "inventory") for name in IDS),
    }
    eventually(lambda: all(again.latest(topic) for topic in expected), 10, "all retained topics are there")
    assert again.latest("session")["state"] == "online"
    assert again.latest("state/prn1")["headline"] == "cover-open"
    assert again.latest("state/lam1")["contact"] == "live"


def test_it_starts_alone_and_recovers_alone(ground: Ground) -> None:
    """With broker and machines off the daemon is ready; two log lines a machine at most; all is told when they come."""
    broker = ground.broker()
    ports = tuple(free_port() for _ in IDS)
    daemon = ground.daemon(broker, dict(zip(IDS, ports, strict=True)))
    daemon.start()
    eventually(lambda: daemon.said("no uplink"), 10, "the missing broker is said")
    office = ground.office(*MACHINES, ports=ports)
    broker.start()
    listener = ground.listener(broker)
    for name in IDS:
        eventually(lambda name=name: listener.latest(f"state/{name}").get("contact") == "live", 30, f"{name} is live")
    before = [line for line in daemon.lines if line.get("machine") == "prn1" and line.get("contact") != "live"]
    assert len([line for line in before if line["event"] != "state.changed"]) <= 2, before
    office.stop()


def test_kill_dash_nine_loses_nothing(ground: Ground) -> None:
    """Killed at any moment while faults come and go, every event of the stream reaches a durable subscriber, once."""
    rounds, chance = 3, random.Random(7)
    broker, office = ground.broker(), ground.office(*(f"{name}=passport_printer" for name in BUSY))
    broker.start()
    listener = ground.listener(broker, "-t", "fleetmon/v1/lab/up/event", "-q", "1", "-i", "hq", "-c", "-x", "3600")
    daemon = ground.daemon(broker, office.ports, interval="100ms")
    for _ in range(rounds):
        daemon.start()
        end = time.monotonic() + chance.uniform(0.3, 1.1)
        while time.monotonic() < end:
            office.do(chance.choice(BUSY), "raise", fault=chance.choice(FAULTS), seconds=chance.uniform(0.1, 0.4))
        daemon.kill()
    daemon.start()
    eventually(lambda: set(_sequences(listener)) >= set(range(1, _head(daemon.state) + 1)), 20, "all events")
    assert daemon.stop() == 0
    head = _head(daemon.state)
    eventually(lambda: set(_sequences(listener)) >= set(range(1, head + 1)), 10, f"all of {head} events")
    heard = _sequences(listener)
    print(f"\n{rounds} kills: committed {head}, received {len(heard)}, lost 0, twice {len(heard) - len(set(heard))}")
    assert set(heard) == set(range(1, head + 1)), "something was invented"
    assert head > 10 * rounds, "there was no load"


def test_a_named_consumer_decides_what_may_be_forgotten(ground: Ground) -> None:
    """With ack = ["hq"] the broker's word is not enough: events count as told when hq has said so, and no earlier."""
    broker, office = ground.broker(), ground.office("prn1=passport_printer")
    broker.start()
    listener = ground.listener(broker)
    daemon = ground.daemon(broker, office.ports, mqtt='ack = ["hq"]')
    daemon.start()
    head = eventually(lambda: listener.latest("heartbeat").get("head_seq"), 20, "there are events")
    assert listener.latest("heartbeat")["acked_seq"] == 0
    stream = str(listener.latest("heartbeat")["stream"])
    for consumer, told, upto in (("stranger", stream, head), ("hq", "another-stream", head), ("hq", stream, 1)):
        topic, body = f"fleetmon/v1/lab/down/ack/{consumer}", json.dumps({"stream": told, "upto": upto})
        subprocess.run(["mosquitto_pub", "-p", str(broker.port), "-t", topic, "-m", body, "-r", "-q", "1"], check=True)
    eventually(lambda: listener.latest("heartbeat")["acked_seq"] == 1, 10, "what hq has stored counts, and no more")


def test_a_full_log_disk_does_not_stop_it(ground: Ground) -> None:
    """Watching goes on where nothing can be written about it."""
    broker, office = ground.broker(), ground.office("prn1=passport_printer")
    broker.start()
    listener = ground.listener(broker)
    daemon = ground.daemon(broker, office.ports)
    command = [sys.executable, "-m", "fleetmon.cli", "run"]
    with Path("/dev/full").open("w") as full:
        silent = subprocess.Popen(
            [*command, "--settings", str(daemon.settings), "--state", str(daemon.state)], stderr=full
        )
    ground.ends.append(silent.kill)
    eventually(lambda: listener.latest("state/prn1").get("contact") == "live", 20, "the machine is watched")
    silent.terminate()
    assert silent.wait(20) == 0


def test_bad_settings_stop_it_with_78(ground: Ground) -> None:
    """Bad settings: exit 78, file, line, hint; systemd does not restart on it."""
    file = ground.folder / "fleetmon.toml"
    file.write_text('[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1"\nhartbeat = "2s"\n', encoding="utf-8")
    command = [sys.executable, "-m", "fleetmon.cli", "run", "--settings", str(file), "--state", str(ground.folder)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 78
    assert f"{file}:5: mqtt.hartbeat" in ended.stderr
    assert 'did you mean "heartbeat"' in ended.stderr


def _sequences(listener: Listener) -> list[int]:
    return [int(str(event["seq"])) for event in listener.events()]


def _head(state: Path) -> int:
    """The last sequence that was ever committed, read from the database with another program."""
    query = "select max(seq) from event"
    found = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone()[0])",
            str(state / "site.db"),
            query,
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(found.stdout)
