"""Commands as headquarters sends them: through a real broker, with clients nobody here wrote, to the real daemon."""

import json
import subprocess
import threading
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from .conftest import SITE, Broker, Daemon, Ground, Listener, Office, eventually

DOWN, UP = f"fleetmon/v1/{SITE}/down/cmd", f"fleetmon/v1/{SITE}/up/reply"


def body(id_: str = "", seconds: float = 60, **more: object) -> str:
    """A command's body, wanted for so many seconds."""
    wanted = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
    return json.dumps({"id": id_ or str(uuid.uuid4()), "not_after": wanted, "who": "test", "why": "to see", **more})


@dataclass
class Room:
    """The monitoring room: a site, and what is heard of it."""

    ground: Ground
    broker: Broker
    office: Office
    daemon: Daemon
    listener: Listener
    replies: list[str] = field(default_factory=list)

    def ask(self, verb: str, said: str, *more: str) -> dict[str, Any]:
        """The data of the reply to a request of mosquitto_rr."""
        command = ["mosquitto_rr", "-p", str(self.broker.port), "-q", "1", "-W", "20", "-e", f"{UP}/room", *more]
        done = subprocess.run(
            [*command, "-t", f"{DOWN}/{verb}", "-m", said], capture_output=True, text=True, timeout=30, check=False
        )
        assert done.returncode == 0, done.stderr
        data = json.loads(done.stdout)["data"]
        assert isinstance(data, dict)
        return data

    def send(self, verb: str, said: str, *more: str) -> None:
        """Publish a command without waiting for a reply."""
        command = ["mosquitto_pub", "-p", str(self.broker.port), "-q", "1", "-t", f"{DOWN}/{verb}", "-m", said, *more]
        subprocess.run(command, check=True, timeout=20)

    def audits(self, type_: str = "fleetmon.command.v1") -> list[dict[str, Any]]:
        """The data of the audit events heard so far, each sequence once."""
        told = {event["seq"]: event["data"] for event in self.listener.events() if event["type"] == type_}
        return list(told.values())  # type: ignore[arg-type]

    def audit(self, id_: str) -> dict[str, Any]:
        """The audit event of a command, awaited."""
        return eventually(
            lambda: next((each for each in self.audits() if each["id"] == id_), None), 10, f"{id_} is audited"
        )


@pytest.fixture
def room(ground: Ground) -> Room:
    """A site with one live machine that is asked twice a minute, and one that never answers."""
    broker, office = ground.broker(), ground.office("prn1=passport_printer")
    broker.start()
    # Everything anywhere, but for what we say ourselves: several lines of it would be several messages to a listener.
    listener = ground.listener(broker, "-t", "#", "-T", f"{DOWN}/#")
    daemon = ground.daemon(broker, {**office.ports, "off1": 9}, interval="30s")
    daemon.start()
    found = Room(ground, broker, office, daemon, listener)
    eventually(lambda: listener.latest("session").get("state") == "online", 20, "the daemon is online")
    return found


def test_refresh_asks_the_machine_now(room: Room) -> None:
    """A fault is shown within the reply's time though the next poll is half a minute away, and all of it is audited."""
    assert room.ask("refresh", body(machine="prn1"))["result"]["fresh"] == 1
    room.office.do("prn1", "raise", fault="booklet-jam")
    said = body("look-1", machine="prn1")
    reply = room.ask("refresh", said, "-D", "publish", "correlation-data", "c-1")
    assert (reply["id"], reply["status"], reply["result"]["fresh"]) == ("look-1", "done", 1)
    eventually(lambda: room.listener.latest("state/prn1").get("headline") == "media-path-jam", 5, "the jam is shown")
    audit = room.audit("look-1")
    assert (audit["verb"], audit["who"], audit["via"], audit["outcome"]) == ("refresh", "test", "mqtt", "done")
    assert audit["arguments"] == {"machine": "prn1"}


def test_refresh_of_all_names_who_is_silent(room: Room) -> None:
    """One machine answers, the other does not; the reply says which."""
    reply = room.ask("refresh", body(machine="*"))
    assert (reply["status"], reply["result"]["asked"], reply["result"]["fresh"]) == ("done", 2, 1)
    assert [each["machine"] for each in reply["result"]["not_fresh"]] == ["off1"]


def test_an_id_is_carried_out_once_even_over_a_restart(room: Room) -> None:
    """Two at once, one more after kill -9: one audit event, three times the same reply."""
    said = body("once-1")
    replies: list[dict[str, Any]] = []
    clients = [threading.Thread(target=lambda: replies.append(room.ask("ping", said))) for _ in range(2)]
    for client in clients:
        client.start()
    for client in clients:
        client.join(40)
    first = room.audit("once-1")
    room.daemon.kill()
    room.daemon.start()
    replies.append(room.ask("ping", said))
    assert [{**each, "as_of_seq": 0} for each in replies] == [{**replies[0], "as_of_seq": 0}] * 3
    assert room.ask("ping", body("other-1"))["status"] == "done"
    room.audit("other-1")
    assert [each for each in room.audits() if each["id"] == "once-1"] == [first]


def test_a_retained_command_is_refused_and_never_done(room: Room) -> None:
    """Not when it is new, not at the next connect, not after a restart; told once."""
    said = body("kept-1", machine="prn1", reply="room")
    room.send("refresh", said, "-r")
    audit = room.audit("kept-1")
    assert (audit["outcome"], audit["reason"]) == ("rejected", "retained")
    for _ in range(2):
        assert room.daemon.stop() == 0
        room.daemon.start()
        room.ask("ping", body())
    told = [json.loads(each) for topic, _, each in room.listener.messages if topic == f"{UP}/room"]
    assert [each["data"]["status"] for each in told if each["data"]["id"] == "kept-1"] == ["rejected"]
    assert len([each for each in room.audits() if each["id"] == "kept-1"]) == 1


def test_what_is_refused_says_why(room: Room) -> None:
    """Expired, unknown, badly asked: a reply with a reason and an audit event; garbage: a count."""
    assert room.ask("ping", body("late-1", seconds=-5))["reason"] == "expired"
    assert room.ask("dance", body("dance-1"))["reason"] == "unknown-verb"
    assert room.ask("refresh", body("who-1", machine="prn9"))["reason"] == "bad-arguments"
    assert room.ask("ping", "garbage")["reason"] == "malformed"
    assert [room.audit(id_)["outcome"] for id_ in ("late-1", "dance-1", "who-1")] == ["rejected"] * 3
    eventually(lambda: room.audits("fleetmon.commands.refused.v1"), 10, "the garbage is counted")
    assert room.audits("fleetmon.commands.refused.v1") == [{"count": 1, "reasons": {"malformed": 1}}]


def test_nothing_is_written_where_a_sender_would_like_it(room: Room) -> None:
    """A response topic outside `up/reply/` gets nothing, and neither does anybody else."""
    topics = (f"fleetmon/v1/{SITE}/up/state/prn1", f"{UP}/a/b", "elsewhere", f"fleetmon/v1/{SITE}/down/cmd/ping")
    for number, topic in enumerate(topics):
        room.send("ping", body(f"out-{number}"), "-V", "5", "-D", "publish", "response-topic", topic)
        assert room.audit(f"out-{number}")["reason"] == "foreign-reply-topic"
    heard = [topic for topic, _, _ in room.listener.messages]
    assert all(topic.startswith(f"fleetmon/v1/{SITE}/up/") for topic in heard)
    assert not [topic for topic in heard if "/reply" in topic]
    assert room.listener.latest("state/prn1")["machine"] == "prn1"
    assert room.audits("fleetmon.commands.refused.v1") == [], "the site has answered below its own down/"


def test_a_client_of_3_1_1_names_itself_in_the_body(room: Room) -> None:
    """No properties: the reply goes to the client in `reply`, and carries the id."""
    room.send("ping", body("old-1", reply="old-desk"), "-V", "mqttv311")
    topic = f"{UP}/old-desk"
    (payload,) = eventually(lambda: [p for t, _, p in list(room.listener.messages) if t == topic], 10, "the reply")
    assert (json.loads(payload)["data"]["id"], json.loads(payload)["type"]) == ("old-1", "fleetmon.reply.v1")


def test_resync_and_replay_send_again(room: Room) -> None:
    """All retained topics, and events with the very same bytes."""
    before = len([t for t, _, _ in room.listener.messages if t.endswith("up/inventory")])
    assert room.ask("resync", body())["result"]["topics"] > 3
    eventually(
        lambda: len([t for t, _, _ in list(room.listener.messages) if t.endswith("up/inventory")]) > before,
        10,
        "the inventory comes again",
    )
    room.audit(room.ask("ping", body("last-1"))["id"])
    events = room.listener.events()
    reply = room.ask("replay", body(**{"from": 1, "to": 2}))
    assert (reply["status"], reply["result"]) == ("accepted", {"from": 1, "to": 2, "available_from": 1})
    first = {event["seq"]: event for event in events if int(str(event["seq"])) <= 2}
    eventually(
        lambda: [e for e in room.listener.events() if e["seq"] == "2"] == [first["2"]] * 2, 15, "both come again"
    )
    assert [e for e in room.listener.events() if e["seq"] == "1"] == [first["1"]] * 2


def test_the_page_runs_as_it_stands(room: Room, root: Path) -> None:
    """What docs/commands.md tells people to type, typed: only broker and site are put in."""
    page = (root / "docs/commands.md").read_text()
    blocks = [each.partition("```")[0] for each in page.split("```sh\n")[1:]]
    assert len(blocks) == 2
    script = "\n".join(blocks)
    lines = ['broker="-h broker.example -p 8883 --cafile ca.pem --cert hq.pem --key hq.key"', 'site="lhr-rpo"']
    for line, here in zip(lines, (f'broker="-h 127.0.0.1 -p {room.broker.port}"', f'site="{SITE}"'), strict=True):
        assert line in script
        script = script.replace(line, here)
    done = subprocess.run(["sh", "-e", "-c", script], capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr
    replies = [json.loads(line)["data"] for line in done.stdout.splitlines()]
    assert [(each["verb"], each["status"]) for each in replies] == [
        ("ping", "done"),
        ("refresh", "done"),
        ("resync", "done"),
        ("replay", "accepted"),
        ("ping", "done"),
    ]
