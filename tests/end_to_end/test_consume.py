"""The page for those who write a consumer: its code is run as it stands there, against a real site, and killed."""

import json
import random
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fleetmon.control import Caller, default_path
from fleetmon.publish.channels import CHANNELS
from fleetmon.publish.contract import PAYLOADS

from .conftest import SITE, Broker, Daemon, Ground, Listener, eventually

PAGE = Path(__file__).parents[2] / "docs" / "consume.md"
MACHINES = ("prn1=passport_printer", "lam1=laminator", "lbl1=label_printer_vendor")
UP = f"fleetmon/v1/{SITE}/up"


@dataclass
class Consumer:
    """The consumer of the page, as a process of its own, and what it has stored."""

    script: Path
    broker: Broker
    file: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        command = [sys.executable, "-W", "error", str(self.script), "127.0.0.1", str(self.broker.port), str(self.file)]
        self.process = subprocess.Popen(command)

    def kill(self) -> None:
        """kill -9; it must not have ended by itself."""
        if self.process is not None:
            ended = self.process.poll()
            self.process.kill()
            self.process.wait()
            self.process = None
            assert ended is None, f"the consumer ended by itself with {ended}"

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What stands in its database; nothing while it has none."""
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=10)) as db:
            return db.execute(query).fetchall()

    @property
    def upto(self) -> int:
        """Up to which event it has everything."""
        try:
            return int(next(iter(self.rows("SELECT max(upto) FROM stored")))[0] or 0)
        except sqlite3.OperationalError:
            return 0

    def present(self) -> dict[str, dict[str, Any]]:
        """The messages of the retained topics below the site's up/."""
        rows = self.rows("SELECT topic, message FROM present WHERE message <> ''")
        return {topic.removeprefix(f"{UP}/"): json.loads(message) for topic, message in rows}


def codes() -> list[str]:
    """The code of the page: the consumer in thirty lines, and the one that confirms."""
    return re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def consumer(ground: Ground, broker: Broker, which: int = 1) -> Consumer:
    """One of the page's consumers in a file, not started yet."""
    code = codes()[which]
    script = ground.folder / "consumer.py"
    script.write_text(code, encoding="utf-8")
    reader = Consumer(script, broker, ground.folder / "room.db")
    ground.ends.append(reader.kill)
    return reader


def asked(daemon: Daemon, question: str) -> dict[str, Any]:
    """What the daemon says at its control socket."""
    with Caller(default_path(daemon.state)) as caller:
        return dict(caller.ask(question)[1])


def head(listener: Listener) -> int:
    """The last event, by the heartbeat."""
    return int(str(listener.latest("heartbeat").get("head_seq", 0)))


def test_the_consumer_of_the_page_misses_nothing_and_repeats_nothing(ground: Ground) -> None:
    """Killed four times amid faults, once with the daemon: present as the daemon's, each event once, all confirmed."""
    chance = random.Random(3)
    broker, office = ground.broker(), ground.office(*MACHINES)
    broker.start()
    listener, reader = ground.listener(broker), consumer(ground, broker)
    daemon = ground.daemon(broker, office.ports, mqtt='ack = ["hq"]')
    daemon.start()
    for kill in range(4):
        reader.start()
        stood = reader.upto
        for _ in range(chance.randint(2, 4)):
            office.do("prn1", "raise", fault="booklet-jam")
            eventually(lambda: listener.latest("state/prn1").get("state") == "stopped", 20, "the jam is told")
            office.do("prn1", "clear")
            eventually(lambda: listener.latest("state/prn1").get("headline") is None, 20, "its end is told")
        eventually(lambda stood=stood: reader.upto > stood, 30, "the consumer gets on")
        reader.kill()
        if kill == 2:
            daemon.kill()
            daemon.start()
    reader.start()
    eventually(lambda: listener.latest("heartbeat").get("acked_seq") == head(listener) > 0, 30, "all is confirmed")
    _history_is_whole(reader, listener)
    eventually(lambda: _present_is_true(reader, daemon), 20, "the present is the daemon's")


def test_thirty_lines_are_enough(ground: Ground) -> None:
    """The short one, killed twice while faults come and go: the present is the daemon's, each event is there once."""
    assert len(codes()[0].splitlines()) <= 30
    broker, office = ground.broker(), ground.office(*MACHINES)
    broker.start()
    listener, reader = ground.listener(broker), consumer(ground, broker, which=0)
    reader.start()
    eventually(reader.file.exists, 20, "its database is there")
    daemon = ground.daemon(broker, office.ports)
    daemon.start()
    for _ in range(2):
        eventually(
            lambda: _present_is_true(reader, daemon, but=frozenset({"heartbeat", "summary", "kpi"})),
            20,
            "the present is the daemon's",
        )
        reader.kill()
        for _ in range(2):
            office.do("prn1", "raise", fault="booklet-jam")
            eventually(lambda: listener.latest("state/prn1").get("state") == "stopped", 20, "the jam is told")
            office.do("prn1", "clear")
            eventually(lambda: listener.latest("state/prn1").get("headline") is None, 20, "its end is told")
        reader.start()
    eventually(lambda: len(reader.rows("SELECT seq FROM event")) == head(listener) > 10, 20, "the history is whole")
    stored = [seq for (seq,) in reader.rows("SELECT seq FROM event ORDER BY seq")]
    assert stored == list(range(1, len(stored) + 1))


def _history_is_whole(reader: Consumer, listener: Listener) -> None:
    stored = reader.rows("SELECT seq, message FROM event ORDER BY seq")
    assert [seq for seq, _ in stored] == list(range(1, len(stored) + 1))
    assert len(stored) >= head(listener) > 20, "there was no load"
    told = {json.loads(body)["id"]: body for topic, _, body in list(listener.messages) if topic == f"{UP}/event"}
    ids = {json.loads(message)["id"]: message for _, message in stored}
    assert ids.items() >= told.items()
    assert reader.rows("SELECT * FROM lost") == []


def _present_is_true(reader: Consumer, daemon: Daemon, but: frozenset[str] = frozenset()) -> bool:
    """Whether every retained topic is there, and each machine's state and each alert as the daemon itself has them."""
    present = reader.present()
    states, alerts = asked(daemon, "status")["states"], asked(daemon, "alerts")["alerts"]
    told = {f"state/{name}": data for name, data in states.items()} | {f"alert/{n}": data for n, data in alerts.items()}
    heard = {topic: dict(present[topic]["data"]) for topic in present if topic.startswith(("state/", "alert/"))}
    for data in heard.values():
        data.pop("as_of_seq")
    expected = {"session", "heartbeat", "summary", "kpi", "inventory", *(f"inventory/{name}" for name in states)} - but
    return set(present) == expected | set(told) and heard == told


def test_a_consumer_that_comes_late_begins_where_it_can(ground: Ground) -> None:
    """Nobody is named: events are confirmed by the broker. Whoever subscribes later begins there and waits for none."""
    broker, office = ground.broker(), ground.office("prn1=passport_printer")
    broker.start()
    listener = ground.listener(broker)
    daemon = ground.daemon(broker, office.ports)
    daemon.start()
    missed = eventually(lambda: listener.latest("heartbeat").get("acked_seq"), 20, "the broker has events")
    reader = consumer(ground, broker)
    reader.start()
    eventually(lambda: reader.file.exists() and reader.upto >= int(str(missed)), 20, "it knows where to begin")
    office.do("prn1", "raise", fault="booklet-jam", seconds=0.3)
    eventually(lambda: reader.rows("SELECT seq FROM event"), 20, "it stores what comes")
    eventually(lambda: reader.upto == head(listener) > int(str(missed)), 20, "and misses nothing of that")


@pytest.mark.parametrize("each", CHANNELS, ids=lambda each: each.name)
def test_the_page_tells_every_topic_as_it_is(each: Any) -> None:
    """Its table has a row for each topic, with the right retain flag and QoS."""
    row = f"| `{each.topic}` | {'yes' if each.retain else 'no'} | {each.qos} |"
    assert row in PAGE.read_text(encoding="utf-8")


def test_the_page_names_every_type_of_event() -> None:
    """Whoever keeps a history finds each type in the page, in full or with its ending."""
    text = PAGE.read_text(encoding="utf-8")
    (events,) = (each.types for each in CHANNELS if each.name == "event")
    assert set(events) <= set(PAYLOADS)
    missing = [kind for kind in events if kind not in text and f"`.{kind.split('.', 2)[2]}`" not in text]
    assert missing == []
