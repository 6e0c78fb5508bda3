"""The judge of what listeners heard is awake: each kind of broken promise is named, and a kept one is not."""

import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from tests.assess.timeline import at

from fleetmon.assess import fleet
from fleetmon.model.plan import MachinePlan, SourcePlan
from fleetmon.model.words import MachineKind
from fleetmon.publish import contract
from fleetmon.publish.channels import CHANNELS, channel
from fleetmon.publish.envelope import Origin, view_bytes

from .conftest import Ground, eventually
from .promised import broken

PLAN = MachinePlan("prn1", MachineKind.PRINTER, (SourcePlan("main", "snmp://192.0.2.1"),))
ORIGIN = Origin("lab", "4f0c2a52-0000-4000-8000-000000000001")
GOOD = view_bytes(ORIGIN, "1-1", contract.state_view(fleet.awaited(PLAN), PLAN, at(0)), 0, at(0)).decode()
PREFIX = "fleetmon/v1/lab/"
STATE = f"{PREFIX}up/state/prn1"
LINE = """
[[line]]
id = "line1"
stages = [["prn1", "prn2"], ["lam1"]]
"""


def changed(**members: object) -> str:
    """The good message with other attributes."""
    return json.dumps({**json.loads(GOOD), **members})


def test_a_kept_promise_is_not_named() -> None:
    """A state, the same again, its end, and what tests themselves send."""
    heard = [(STATE, False, GOOD), (STATE, True, GOOD), (STATE, False, ""), ("fleetmon/v1/lab/down/cmd/x", False, "?")]
    assert broken(heard, "lab") == []


@pytest.mark.parametrize(
    ("topic", "retained", "payload", "word"),
    [
        ("fleetmon/v1/lab/up/stat/prn1", False, GOOD, "no such topic"),
        ("fleetmon/v1/other/up/state/prn1", False, GOOD, "no such topic"),
        ("fleetmon/v1/lab/up/event", False, GOOD, "does not belong here"),
        ("fleetmon/v1/lab/up/event", True, "", "nobody may keep"),
        ("fleetmon/v1/lab/up/event", False, "", "may be emptied"),
        ("fleetmon/v1/lab/up/state/prn2", False, GOOD, "the subject is prn1"),
        (STATE, False, changed(source="urn:fleetmon:site:other"), "the source is"),
        (STATE, False, changed(time="yesterday"), "$.time"),
        (STATE, False, changed(data={"machine": "prn1"}), "$.data"),
    ],
)
def test_a_broken_promise_is_named(topic: str, retained: bool, payload: str, word: str) -> None:
    """Topic, retain flag, emptiness, type, subject, source, envelope and payload."""
    assert any(word in fault for fault in broken([(topic, retained, payload)], "lab"))


def test_one_id_may_not_say_two_things() -> None:
    """A repetition sends identical bytes; anything else under the same id is a broken promise."""
    assert "two messages with one id" in broken([(STATE, False, GOOD), (STATE, False, changed(bootid="x"))], "lab")[0]


def test_every_topic_of_the_contract_is_heard_from_a_real_site(ground: Ground) -> None:
    """A line of three machines: it runs, is degraded, stands; a ping is answered, work waits; each channel was used."""
    broker, office = ground.broker(), ground.office("prn1=passport_printer", "prn2=passport_printer", "lam1=laminator")
    broker.start()
    listener = ground.listener(broker)
    daemon = ground.daemon(broker, office.ports, mqtt=LINE)
    daemon.start()

    def production(word: str) -> None:
        eventually(lambda: listener.latest("summary").get("production") == word, 30, f"production is {word}")

    production("running")
    assert listener.latest("inventory/lam1")["stage"] == 2
    office.do("prn1", "raise", fault="booklet-jam")
    production("degraded")
    office.do("lam1", "raise", fault="cover-open")
    production("stopped")
    worst = listener.latest("summary")["worst"]
    assert isinstance(worst, dict)
    assert (worst["machine"], worst["reason"]) == ("lam1", "cover-open")
    wanted = (datetime.now(UTC) + timedelta(minutes=1)).isoformat(timespec="milliseconds")
    ping = json.dumps({"id": "1", "not_after": wanted, "who": "test", "reply": "desk"})
    for topic, body in (("cmd/ping", ping), ("work", '{"waiting": 3}'), ("work/line1", '{"waiting": 4}')):
        command = ["mosquitto_pub", "-p", str(broker.port), "-q", "1", "-t", f"fleetmon/v1/lab/down/{topic}"]
        subprocess.run([*command, "-m", body], check=True, timeout=20)
    eventually(lambda: listener.latest("line/line1").get("waiting") == 4, 20, "the line knows what waits for it")
    eventually(lambda: listener.latest("reply/desk").get("status") == "done", 20, "the ping is answered")
    assert daemon.stop() == 0
    eventually(lambda: listener.latest("session").get("state") == "offline", 5, "the daemon says goodbye")
    used = {place.name for topic, _, _ in listener.messages if (place := channel(topic.removeprefix(PREFIX)))}
    assert used == {each.name for each in CHANNELS} - {"acknowledgement"}
