"""What an Alertmanager is told: labels that never move, an end that is always ahead, and everything every time."""

from typing import Any

import pytest

from fleetmon.model.report import At
from fleetmon.notify.standing import Ledger, annotations_of, labels_of
from fleetmon.publish.payloads import AlertData

from .peers import alert_data

NOON = 1_795_435_200.0  # 2026-11-23T12:00:00Z


def at(seconds: float) -> At:
    return At(NOON + seconds, 1000.0 + seconds, "boot-1")


def told(ledger: Ledger, seconds: float, *alerts: AlertData) -> list[dict[str, Any]]:
    ledger.look(alerts, at(seconds))
    return ledger.message(at(seconds), 60.0)  # type: ignore[return-value]


def ends(message: list[dict[str, Any]]) -> dict[str, str]:
    return {each["labels"]["severity"]: each["endsAt"] for each in message}


def test_what_makes_an_alert_this_one() -> None:
    """Site, line, machine, condition, part and severity are labels; figures and texts are not."""
    labels = dict(labels_of("demo", alert_data()))
    assert labels == {
        "alertname": "fleetmon-supply-empty",
        "condition": "supply-empty",
        "line": "line2",
        "machine": "lam1",
        "part": "film-upper",
        "severity": "error",
        "site": "demo",
    }
    of_line = alert_data(subject={"kind": "line", "id": "line2", "name": None}, line=None, part=None)
    assert "machine" not in dict(labels_of("demo", of_line))
    assert dict(labels_of("demo", of_line))["line"] == "line2"
    of_site = alert_data(subject={"kind": "site", "id": "demo", "name": None}, line=None, part=None, priority=1)
    assert dict(labels_of("demo", of_site)) == {
        "alertname": "fleetmon-supply-empty",
        "condition": "supply-empty",
        "severity": "critical",
        "site": "demo",
    }


@pytest.mark.parametrize(
    "change",
    [
        {
            "acknowledged": {
                "by": "amina",
                "at": "2026-11-22T10:05:00.000Z",
                "until": "2026-11-22T22:05:00.000Z",
                "comment": "",
            }
        },
        {"impact": {"line": "line2", "line_stopped_since": "2026-11-22T10:05:00.000Z", "stage_left": 0, "waiting": 14}},
        {"rev": 9, "repeats": 4, "unstable": True, "id": "zz", "state": "clearing", "text": "another text"},
        {
            "reasons": ["marker-supply-empty-error", "cover-open"],
            "evidence": [{"name": "code", "value": 7, "unit": None, "expected": None}],
        },
    ],
)
def test_what_may_change_is_no_label(change: dict[str, Any]) -> None:
    """However an alert develops, its labels stay, or it would be another one for the Alertmanager."""
    assert labels_of("demo", alert_data(**change)) == labels_of("demo", alert_data())


def test_people_read_annotations() -> None:
    """The sentence and its parts, in the language that was asked for; how to name it; who knows of it."""
    plain = dict(annotations_of(alert_data(), None))
    assert plain["summary"].startswith("lam1: upper film empty")
    assert plain["next_step"] == "Thread a new roll."
    assert (plain["alert"], plain["key"]) == ("k3v9", "machine:lam1:supply-empty:film-upper")
    assert "acknowledged" not in plain
    assert dict(annotations_of(alert_data(), "ur"))["summary"] == "اردو"
    assert dict(annotations_of(alert_data(), "fr"))["summary"] == plain["summary"]
    assert dict(annotations_of(alert_data(texts={}), None))["summary"] == plain["summary"]
    known = {
        "by": "amina",
        "at": "2026-11-22T10:05:00.000Z",
        "until": "2026-11-22T22:05:00.000Z",
        "comment": "on my way",
    }
    shelf = {**known, "reason": "new parts on Monday"}
    found = dict(annotations_of(alert_data(acknowledged=known, shelved=shelf), None))
    assert found["acknowledged"] == "by amina until 2026-11-22T22:05:00.000Z: on my way"
    assert found["held_back"] == "shelved by amina until 2026-11-22T22:05:00.000Z: new parts on Monday"
    assert dict(annotations_of(alert_data(held_back="inhibited"), None))["held_back"] == "it follows from another alert"


@pytest.mark.parametrize(
    ("alert", "stands"),
    [
        ({}, True),
        ({"announced": None, "state": "pending", "raised": None}, False),
        ({"announced": None, "held_back": "inhibited"}, False),
        ({"announced": None, "in_summary": True}, True),
        ({"state": "clearing"}, True),
        ({"held_back": "shelved"}, True),
        ({"state": "closed"}, False),
    ],
)
def test_what_people_were_told_stands_until_it_is_closed(alert: dict[str, Any], stands: bool) -> None:
    """Pending and held-back ones were never told; one that is held back later did not end by that."""
    assert bool(told(Ledger("demo"), 0.0, alert_data(**alert))) is stands


def test_an_alert_through_its_life() -> None:
    """At 0 it stands, at 60 it still does, by 90 it is closed, 15 minutes later nobody speaks of it any more."""
    ledger = Ledger("demo")
    (first,) = told(ledger, 0.0, alert_data())
    assert (first["startsAt"], first["endsAt"]) == ("2026-11-22T10:02:00.000Z", "2026-11-23T12:03:00.000Z")
    (again,) = told(ledger, 60.0, alert_data())
    assert again == first | {"endsAt": "2026-11-23T12:04:00.000Z"}
    (over,) = told(ledger, 90.0, alert_data(state="closed"))
    assert over["endsAt"] == "2026-11-23T12:01:30.000Z"
    assert told(ledger, 120.0) == [over], "also when its view is gone"
    assert ledger.firing == 0
    assert told(ledger, 989.0) == [over]
    assert told(ledger, 990.0) == []


def test_an_alert_that_worsens_begins_anew_and_ends_in_one_message() -> None:
    """The severity is a label: the old one must not stand beside the new one until it times out."""
    ledger = Ledger("demo")
    told(ledger, 0.0, alert_data())
    message = told(ledger, 30.0, alert_data(priority=1))
    assert ends(message) == {"error": "2026-11-23T12:00:30.000Z", "critical": "2026-11-23T12:03:30.000Z"}
    back = told(ledger, 40.0, alert_data())
    assert ends(back) == {"error": "2026-11-23T12:03:40.000Z", "critical": "2026-11-23T12:00:40.000Z"}


def test_an_end_is_never_before_its_beginning() -> None:
    """A clock that was set back between the two would make it an alert that no Alertmanager takes."""
    ledger = Ledger("demo")
    late = alert_data(raised="2026-11-23T13:00:00.000Z")
    (message,) = told(ledger, 0.0, late)
    assert message["startsAt"] <= message["endsAt"]
    (over,) = told(ledger, 1.0)
    assert over["startsAt"] <= over["endsAt"]


def test_it_says_whether_anything_changed() -> None:
    """A new alert, another annotation and an end are news; the same again is not."""
    ledger = Ledger("demo")
    looks = [(), (alert_data(),), (alert_data(),), (alert_data(held_back="shelved"),), (), ()]
    assert [ledger.look(alerts, at(n)) for n, alerts in enumerate(looks)] == [False, True, False, True, True, False]


def test_a_month_of_other_alerts_leaves_little_behind() -> None:
    """Each alert is another one: what ended long ago is forgotten."""
    ledger = Ledger("demo")
    for minute in range(1000):
        message = told(ledger, 60.0 * minute, alert_data(part=f"p{minute}"))
        assert len(message) <= 16
