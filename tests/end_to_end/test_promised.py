"""The judge of what listeners heard is awake: each kind of broken promise is named, and a kept one is not."""

import json

import pytest
from tests.assess.timeline import at

from fleetmon.assess import fleet
from fleetmon.model.plan import MachinePlan, SourcePlan
from fleetmon.model.words import MachineKind
from fleetmon.publish import contract
from fleetmon.publish.envelope import Origin, view_bytes

from .promised import broken

PLAN = MachinePlan("prn1", MachineKind.PRINTER, (SourcePlan("main", "snmp://192.0.2.1"),))
ORIGIN = Origin("lab", "4f0c2a52-0000-4000-8000-000000000001")
GOOD = view_bytes(ORIGIN, "1-1", contract.state_view(fleet.awaited(PLAN), PLAN, at(0)), 0, at(0)).decode()
STATE = "fleetmon/v1/lab/up/state/prn1"


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
