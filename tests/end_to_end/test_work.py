"""How much work waits, from an issuing system to the line's own topic. The code of the page is run as it stands."""

import json
import os
import re
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .conftest import SITE, Broker, Daemon, Ground, Listener, eventually

PAGE = (Path(__file__).parents[2] / "docs" / "work.md").read_text(encoding="utf-8")
DOWN = f"fleetmon/v1/{SITE}/down/work"
LINES = "".join(f'[[line]]\nid = "line{number}"\nstages = [["prn{number}"]]\n' for number in (1, 2))


def code(language: str) -> str:
    """The only code of the page in this language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert isinstance(found, str)
    return found


def a_site(ground: Ground, more: str = "") -> tuple[Broker, Listener, Daemon]:
    """Two lines of one printer each, with a broker that somebody listens to; the daemon runs."""
    broker = ground.broker()
    broker.start()
    listener = ground.listener(broker)
    office = ground.office("prn1=passport_printer", "prn2=passport_printer")
    daemon = ground.daemon(broker, office.ports)
    daemon.settings.write_text(daemon.settings.read_text(encoding="utf-8") + LINES + more, encoding="utf-8")
    daemon.start()
    return broker, listener, daemon


def waits(listener: Listener, first: int | None, second: int | None) -> None:
    """So many documents wait for the two lines, within a moment."""

    def told() -> list[object]:
        return [listener.latest(f"line/line{number}").get("waiting", "nothing told") for number in (1, 2)]

    eventually(lambda: told() == [first, second], 20, f"{first} and {second} wait")


def publish(broker: Broker, line: str, *words: str) -> None:
    """With mosquitto_pub, retained, to the topic of a line."""
    command = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(broker.port), "-q", "1", "-r", "-t", f"{DOWN}/{line}"]
    subprocess.run([*command, *words], check=True, timeout=20)


def test_what_is_published_reaches_the_line(ground: Ground) -> None:
    """By the page's program and by hand; nonsense changes nothing and is told; an empty message ends what was known."""
    broker, listener, daemon = a_site(ground)
    waits(listener, None, None)

    with closing(sqlite3.connect(ground.folder / "documents.db")) as documents, documents:
        documents.execute("CREATE TABLE document (line, status)")
        rows = [("line1", "ready to print")] * 3 + [("line1", "printed"), ("line2", "held")]
        documents.executemany("INSERT INTO document VALUES (?, ?)", rows)
    script = ground.folder / "tell.py"
    script.write_text(code("python"), encoding="utf-8")
    told = [str(ground.folder / "documents.db"), "127.0.0.1", str(broker.port), SITE, "line1", "line2"]
    subprocess.run([sys.executable, "-W", "error", str(script), *told], check=True, timeout=30)
    waits(listener, 3, 0)

    (by_hand,) = re.findall(r"^mosquitto_pub .*$", PAGE, re.MULTILINE)
    words = shlex.split(by_hand.replace("broker.example", "127.0.0.1").replace("lhr-rpo", SITE))
    subprocess.run([*words, "-p", str(broker.port)], check=True, timeout=20)
    waits(listener, 14, 0)

    publish(broker, "line1", "-m", '{"waiting": -1}')
    publish(broker, "line3", "-m", '{"waiting": 1}')
    refused = eventually(
        lambda: [each for each in listener.events() if each["type"] == "fleetmon.commands.refused.v1"], 20, "refused"
    )
    assert set(refused[0]["data"]["reasons"]) == {"bad-arguments"}  # type: ignore[index]
    eventually(lambda: len(daemon.said("what waits is told so that it cannot be believed")) == 2, 10, "both are told")
    waits(listener, 14, 0)

    publish(broker, "line1", "-n")
    waits(listener, None, 0)
    assert daemon.stop() == 0


def test_a_site_that_comes_back_believes_what_still_holds(ground: Ground) -> None:
    """After a crash of the daemon the retained word is heard at once, less its age, and one that is too old is not."""
    broker, listener, daemon = a_site(ground)
    long_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="seconds")
    daemon.kill()
    publish(broker, "line1", "-m", json.dumps({"waiting": 8, "as_of": long_ago, "valid_for_s": 7200}))
    publish(broker, "line2", "-m", json.dumps({"waiting": 9, "as_of": long_ago}))
    daemon.start()
    waits(listener, 8, None)
    old = eventually(lambda: daemon.said("what waits is told so that it cannot be believed"), 20, "one is too old")
    assert [each["told"] for each in old] == ["down/work/line2"]
    broker.kill()
    broker.start()
    ground.listener(broker)
    eventually(lambda: daemon.said("uplink is back"), 30, "the uplink is back")
    publish(broker, "line2", "-m", '{"waiting": 10}')
    again = ground.listener(broker)
    waits(again, 8, 10)
    assert daemon.stop() == 0


def test_what_is_written_into_a_file_reaches_the_line(ground: Ground) -> None:
    """By the page's script; a file that is half written changes nothing, and `fleetmon check` says what it sees.

    What a publisher that died said last is forgotten when its time is over, with nothing else going on.
    """
    file, script, query = (ground.folder / name for name in ("waiting.json", "tell.sh", "ready-to-print"))
    script.write_text(code("sh"), encoding="utf-8")
    query.write_text('#!/bin/sh\n[ "$1" = line1 ] && echo 7 || echo 0\n', encoding="utf-8")
    query.chmod(0o755)
    path = f"{ground.folder}:{os.environ['PATH']}"
    subprocess.run(["sh", str(script), str(file)], check=True, timeout=20, env={**os.environ, "PATH": path})
    broker, listener, daemon = a_site(ground, f'[work]\nfile = "{file}"\n')
    waits(listener, 7, 0)
    assert "7 wait for line:line1, written" in checked(daemon)
    a_while_ago = (datetime.now(UTC) - timedelta(seconds=20)).isoformat(timespec="seconds")
    publish(broker, "line2", "-m", json.dumps({"waiting": 5, "as_of": a_while_ago, "valid_for_s": 30}))
    waits(listener, 7, 5)
    file.write_bytes(b'[{"line": "line1", "wai')
    eventually(lambda: daemon.said("what waits is told so that it cannot be believed"), 20, "the file is no good")
    waits(listener, 7, None)
    assert daemon.said("nobody tells any more how much work waits")
    assert "it is no JSON, or only half of it" in checked(daemon)
    assert daemon.stop() == 0


def checked(daemon: Daemon) -> str:
    """What `fleetmon check` says of the settings."""
    command = [sys.executable, "-m", "fleetmon.cli", "check", "--settings", str(daemon.settings)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout + done.stderr
