"""Alerts of a simulated machine at a real Alertmanager and at a webhook, while the uplink is cut all the time."""

import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from tests.notify.peers import Prometheus

from .conftest import Ground, eventually

WAYS = """
[alerts.rule.jam]
raise_after = "1s"
clear_after = "1s"
proof = "absence"
[notify.alertmanager]
url = "http://127.0.0.1:{alertmanager}"
interval = "10s"
[notify.webhook]
url = "http://127.0.0.1:{webhook}/"
secret = {{ file = "secret" }}
"""
TOLD_S = 30.0  # a second of the rule, two polls and five seconds to settle, on a computer that has other things to do


class Receiver(BaseHTTPRequestHandler):
    """A web service that takes everything."""

    bodies: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        self.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def receiver() -> Iterator[int]:
    """The port of a web service."""
    Receiver.bodies.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        yield server.server_address[1]
        server.shutdown()
        serving.join()


@pytest.fixture
def alertmanager(tmp_path: Path) -> Iterator[Prometheus]:
    """The real one; whom it would notify is not there."""
    if shutil.which("prometheus-alertmanager") is None:
        pytest.skip("prometheus-alertmanager is not installed")
    folder = tmp_path / "alertmanager"
    folder.mkdir()
    found = Prometheus(folder, "http://127.0.0.1:9/")
    found.start()
    yield found
    found.stop()


def moves() -> list[str]:
    """What the webhook heard that people should hear."""
    return [each["data"]["move"] for each in Receiver.bodies if each["data"].get("tell")]


def test_a_jam_is_known_outside_without_the_broker(ground: Ground, alertmanager: Prometheus, receiver: int) -> None:
    """It fires, stands again after the Alertmanager's restart, and is over when it is over; the daemon's own restart in
    between changes nothing. The webhook has each event once, in order."""
    office = ground.office("prn1=passport_printer")
    daemon = ground.daemon(ground.broker(), office.ports)
    secret = daemon.settings.with_name("secret")
    secret.write_text("between us")
    secret.chmod(0o600)
    with daemon.settings.open("a", encoding="utf-8") as settings:
        settings.write(WAYS.format(alertmanager=alertmanager.port, webhook=receiver))
    daemon.start()
    office.do("prn1", "raise", fault="booklet-jam")
    (told,) = eventually(alertmanager.alerts, TOLD_S, "the Alertmanager knows of the jam")
    assert told["labels"] == {
        "alertname": "fleetmon-jam",
        "condition": "jam",
        "machine": "prn1",
        "severity": told["labels"]["severity"],
        "site": "lab",
        **({"part": told["labels"]["part"]} if "part" in told["labels"] else {}),
    }
    assert told["annotations"]["next_step"]
    eventually(moves, TOLD_S, "the webhook knows of it")
    alertmanager.stop()
    alertmanager.start()
    (again,) = eventually(alertmanager.alerts, TOLD_S, "the Alertmanager knows of it again")
    assert (again["labels"], again["startsAt"]) == (told["labels"], told["startsAt"])
    assert daemon.stop() == 0
    daemon.start()
    office.do("prn1", "clear")
    eventually(lambda: not alertmanager.alerts(), TOLD_S, "the Alertmanager knows that it is over")
    eventually(lambda: Receiver.bodies[-1]["data"]["alert"]["state"] == "closed", TOLD_S, "and the webhook")
    assert daemon.stop() == 0
    numbers = [int(each["seq"]) for each in Receiver.bodies]
    assert numbers == sorted(set(numbers))
    assert moves()[0] == "raised"
    occurrences = {each["data"]["alert"]["id"] for each in Receiver.bodies}
    assert len(occurrences) == 1
