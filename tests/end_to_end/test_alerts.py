"""Alerts from a simulated machine to whoever must know of them, and back what people say: through a real broker, at the
socket with the uplink cut, over restarts.
"""

import json
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from fleetmon.cli import app

from .conftest import SITE, Broker, Daemon, Ground, Listener, Office, eventually, prepared

RULES = """
[alerts.rule.jam]
raise_after = "1s"
clear_after = "1s"
proof = "absence"
"""
DOWN, UP = f"fleetmon/v1/{SITE}/down/cmd", f"fleetmon/v1/{SITE}/up/reply"
HEARD = ("-t", "fleetmon/v1/+/up/#", "-q", "1")
TOLD_S = 30.0  # a second of the rule, two polls and five seconds to settle, on a computer that has other things to do


@dataclass
class Lab:
    """A broker, two machines, a daemon that makes an alert of a jam after a second."""

    ground: Ground
    broker: Broker
    office: Office
    daemon: Daemon
    listener: Listener

    @property
    def at_broker(self) -> tuple[str, ...]:
        return ("--broker", f"mqtt://127.0.0.1:{self.broker.port}", "--site", SITE)

    @property
    def here(self) -> tuple[str, ...]:
        return ("--control", str(self.daemon.state / "control.sock"))

    def run(self, *words: str) -> Result:
        """One command, in this process."""
        return CliRunner().invoke(app, words)

    def alerts(self) -> list[dict[str, Any]]:
        """All that the daemon here knows of."""
        ended = self.run("alerts", "--all", "--json", *self.here)
        told = json.loads(ended.stdout)
        return list(told["sites"][0]["alerts"])

    def alert(self, machine: str, **wanted: object) -> dict[str, Any]:
        """The open alert of a machine, once these of its members are so."""

        def look() -> dict[str, Any] | None:
            mine = [each for each in self.alerts() if each["subject"]["id"] == machine and each["state"] != "closed"]
            return next((each for each in mine if wanted.items() <= each.items()), None)

        return eventually(look, TOLD_S, f"{machine} has an alert with {wanted}: {self.alerts()}")

    def jam(self, machine: str) -> dict[str, Any]:
        """A machine jams; its alert, once people are told of it."""
        self.office.do(machine, "raise", fault=FAULTS[machine])
        alert = self.alert(machine, state="active")
        return eventually(lambda: self.told(alert["id"]), TOLD_S, "people are told")

    def told(self, id_: str) -> dict[str, Any] | None:
        """An alert that people were told of."""
        return next((each for each in self.alerts() if each["id"] == id_ and each["announced"]), None)

    def clear(self) -> None:
        """Nothing is wrong any more, and all alerts are over."""
        for machine in FAULTS:
            self.office.do(machine, "clear")
        for alert in self.alerts():
            if alert["shelved"]:
                self.run("unshelve", alert["id"], *self.here)
        eventually(lambda: not self.open(), TOLD_S, f"all alerts are over: {self.open()}")

    def open(self) -> list[str]:
        return [each["id"] for each in self.alerts() if each["state"] != "closed"]

    def changes(self, id_: str) -> list[dict[str, Any]]:
        """What was told of an occurrence in the event stream, in order, each once."""
        events = {int(str(event["seq"])): event for event in self.listener.events()}
        told: list[Any] = [events[seq]["data"] for seq in sorted(events) if events[seq]["type"] == "fleetmon.alert.v1"]
        return [each for each in told if each["alert"]["id"] == id_]

    def announced(self, id_: str) -> list[str]:
        """The moves that people were told of."""
        return [each["move"] for each in self.changes(id_) if each["tell"]]


FAULTS = {"prn1": "booklet-jam", "lam1": "document-jam"}


@pytest.fixture(scope="module")
def a_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One for all tests here: to start it takes longer than most of them."""
    with prepared(tmp_path_factory.mktemp("alerts")) as ground:
        broker, office = ground.broker(), ground.office("prn1=passport_printer", "lam1=laminator")
        broker.start()
        listener = ground.listener(broker, *HEARD)
        daemon = ground.daemon(broker, office.ports)
        with daemon.settings.open("a", encoding="utf-8") as settings:
            settings.write(RULES)
        daemon.start()
        yield Lab(ground, broker, office, daemon, listener)


@pytest.fixture
def lab(a_lab: Lab) -> Lab:
    """Everything runs, and nothing is wrong."""
    if a_lab.broker.process is None:
        a_lab.broker.start()
    a_lab.clear()
    return a_lab


def body(id_: str = "", **more: object) -> str:
    """A command's body."""
    wanted = (datetime.now(UTC) + timedelta(seconds=60)).isoformat(timespec="milliseconds")
    return json.dumps({"id": id_ or str(uuid.uuid4()), "not_after": wanted, "who": "night shift", **more})


def ask(lab: Lab, verb: str, said: str) -> dict[str, Any]:
    """The reply to a request of mosquitto_rr, which nobody here wrote."""
    command = ["mosquitto_rr", "-p", str(lab.broker.port), "-q", "1", "-W", "20", "-e", f"{UP}/room"]
    command += ["-t", f"{DOWN}/{verb}", "-m", said]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)["data"]
    assert isinstance(data, dict)
    return data


def test_an_alert_is_listed_and_explained_alike_here_and_in_the_room(lab: Lab) -> None:
    """The machine jams: its alert stands first on both pages, and both explain it; once it is cleared, nothing does."""
    alert = lab.jam("prn1")
    here = lab.run("alerts", *lab.here)
    room = lab.run("alerts", *lab.at_broker, "--wait", "10")
    assert (here.exit_code, room.exit_code) == (1, 1)
    for page in (here.stdout, room.stdout):
        lines = page.splitlines()
        assert lines[0].startswith(f"{SITE}: 1 alert stands: 1 P2")
        assert lines[2].startswith(f"P2 {alert['id'][:4]}  ")
        assert max(map(len, lines)) <= 80
    explained = [lab.run("explain", alert["id"][:5], *way).stdout for way in (lab.here, lab.at_broker)]
    assert explained[0] == explained[1]
    assert "rule       jam: P2; raised when it has stood for 1s" in explained[0]
    lab.clear()
    assert lab.run("alerts", *lab.here).exit_code == 0


def test_an_alert_is_acknowledged_over_mqtt_once_and_as_it_was_seen(lab: Lab) -> None:
    """A stale `rev` and a retained command are refused, the right one is taken, the same id again changes nothing, and
    the acknowledgement outlives a crash of the daemon."""
    alert = lab.jam("prn1")
    stale = ask(lab, "ack", body(alert=alert["id"], rev=alert["rev"] + 1))
    assert (stale["status"], stale["reason"]) == ("rejected", "alert-changed")
    command = ["mosquitto_pub", "-p", str(lab.broker.port), "-q", "1", "-r", "-t", f"{DOWN}/ack"]
    subprocess.run([*command, "-m", body("kept-ack", alert=alert["id"])], check=True, timeout=20)
    audits = lambda: [e["data"] for e in lab.listener.events() if e["type"] == "fleetmon.command.v1"]  # noqa: E731
    (kept,) = eventually(lambda: [each for each in audits() if each["id"] == "kept-ack"], 10, "the refusal is audited")
    assert kept["reason"] == "retained"
    subprocess.run([*command[:-2], "-t", f"{DOWN}/ack", "-n"], check=True, timeout=20)
    assert lab.alert("prn1")["acknowledged"] is None
    said = body(alert=alert["id"][:6], rev=lab.alert("prn1")["rev"], comment="on my way")
    first, again = ask(lab, "ack", said), ask(lab, "ack", said)
    assert first["status"] == "done"
    assert {**first, "as_of_seq": 0} == {**again, "as_of_seq": 0}
    eventually(lambda: "acknowledged" in [c["move"] for c in lab.changes(alert["id"])], 10, "the event is told")
    assert [c["by"] for c in lab.changes(alert["id"]) if c["move"] == "acknowledged"] == ["night shift"]
    lab.daemon.kill()
    lab.daemon.start()
    known = lab.alert("prn1")
    assert (known["id"], known["acknowledged"]["by"]) == (alert["id"], "night shift")
    assert known["acknowledged"]["comment"] == "on my way"


def test_with_the_uplink_cut_the_site_goes_on_by_itself(lab: Lab) -> None:
    """No broker: a machine jams, its alert stands, is explained and acknowledged at the socket; once the broker is
    back the room sees it, and can have every event of it."""
    lab.broker.kill()
    alert = lab.jam("lam1")
    page = lab.run("alerts", *lab.here)
    assert (page.exit_code, f"P2 {alert['id'][:4]}" in page.stdout) == (1, True)
    said = lab.run("ack", alert["id"][:6], "-m", "looking", *lab.here)
    assert (said.exit_code, "acknowledged until" in said.stdout) == (0, True)
    assert lab.run("explain", alert["id"], *lab.here).exit_code == 0
    assert lab.run("alerts", *lab.at_broker).exit_code == 3, "the room knows nothing, and says so"
    assert lab.run("ack", alert["id"], *lab.at_broker).exit_code == 3
    lab.broker.start()
    lab.listener = lab.ground.listener(lab.broker, *HEARD)
    eventually(lambda: lab.listener.latest("session").get("state") == "online", 30, "the site is back at the broker")
    head = int(ask(lab, "ping", body())["result"]["head_seq"])
    assert ask(lab, "replay", body(**{"from": 1, "to": head}))["status"] == "accepted"
    moves = lambda: [each["move"] for each in lab.changes(alert["id"])]  # noqa: E731
    eventually(lambda: moves()[:1] == ["raised"] and "acknowledged" in moves(), 30, f"all of it can be had: {moves()}")
    assert len(lab.announced(alert["id"])) == 1
    room = lab.run("alerts", *lab.at_broker, "--wait", "10")
    assert "acknowledged by" in room.stdout


def test_the_room_acknowledges_and_shelves_by_command_line(lab: Lab) -> None:
    """By how an id begins, through the broker; what is shelved is not told; a wrong id gets the candidates."""
    alert = lab.jam("prn1")
    wrong = lab.run("ack", "zzzz", *lab.at_broker)
    assert wrong.exit_code == 1
    assert f"  {alert['id']}  {SITE}  prn1 jam" in wrong.stderr
    long = lab.run("shelve", alert["id"], "--for", "9h", "--reason", "known", *lab.at_broker)
    assert (long.exit_code, "8h at most" in long.stderr) == (2, True)
    done = lab.run("shelve", alert["id"][:5], "--for", "10m", "--reason", "known", "--who", "desk", *lab.at_broker)
    assert done.exit_code == 0, done.stderr
    shelved = lab.alert("prn1", held_back="shelved")["shelved"]
    assert (shelved["by"], shelved["reason"]) == ("desk", "known")
    assert lab.run("alerts", *lab.here).exit_code == 0
    off = lab.run("unshelve", alert["id"][:5], *lab.at_broker)
    assert off.exit_code == 0, off.stderr
    lab.alert("prn1", held_back=None)
    again = lab.run("shelve", alert["id"], "--for", "2s", "--reason", "a moment", *lab.here)
    assert again.exit_code == 0, again.stderr
    lab.alert("prn1", held_back=None, shelved=None)
    assert lab.run("unshelve", alert["id"], *lab.here).exit_code == 1, "it has come off the shelf by itself"


def test_a_planned_stop_is_silent_and_no_burst_follows(lab: Lab) -> None:
    """Both machines are worked at: nothing is told. What was mended meanwhile never is; what still stands when the stop
    ends is told once."""
    for machine in FAULTS:
        done = lab.run("planned-stop", machine, "--for", "1h", "--reason", "service", *lab.at_broker)
        assert done.exit_code == 0, done.stderr
    for machine, fault in FAULTS.items():
        lab.office.do(machine, "raise", fault=fault)
    held = {machine: lab.alert(machine, held_back="maintenance") for machine in FAULTS}
    assert lab.run("alerts", *lab.here).exit_code == 0
    lab.office.do("lam1", "clear")
    eventually(lambda: held["lam1"]["id"] not in lab.open(), TOLD_S, "what was mended is over")
    for machine in FAULTS:
        assert lab.run("planned-stop", machine, "--end", *lab.here).exit_code == 0
    assert lab.run("planned-stop", "lam1", "--end", *lab.here).exit_code == 1, "it is over already"
    alert = lab.alert("prn1", held_back=None, state="active")
    eventually(lambda: lab.announced(alert["id"]), TOLD_S, "what still stands is told")
    assert len(lab.announced(alert["id"])) == 1
    assert lab.announced(held["lam1"]["id"]) == []


def test_what_nobody_knows_of_is_said_with_a_hint(lab: Lab) -> None:
    """A scope that is not there, a site that nobody has heard of."""
    scope = lab.run("planned-stop", "lam2", "--for", "1h", "--reason", "x", *lab.at_broker)
    assert scope.exit_code == 2
    assert "no machine or line here is called 'lam2'; did you mean" in scope.stderr
    other = ("--broker", lab.at_broker[1], "--site", "elsewhere")
    nobody = lab.run("planned-stop", "lam1", "--for", "1h", "--reason", "x", *other)
    assert nobody.exit_code == 3
    assert "the broker knows nobody who listens to fleetmon/v1/elsewhere/down/cmd/planned-stop" in nobody.stderr
    machine = lab.run("explain", "prn1", *lab.at_broker)
    assert machine.exit_code == 1
    assert "a machine is explained at its own site" in machine.stderr
