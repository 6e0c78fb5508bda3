"""A room's list of alerts: what it reads, what comes first, how an alert is found by what somebody types."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.assess.presence import SitePresence
from fleetmon.room.alerts import AlertHeard, SiteAlerts, found, short_ids, sites_first, worst_first

from .conftest import Data, Heard, alert, at, time


def heard_alert(id_: str, **more: object) -> AlertHeard:
    return AlertHeard.model_validate(alert(id_, **more))


def ids(alerts: tuple[AlertHeard, ...]) -> list[str]:
    return [each.id for each in alerts]


def test_an_alert_is_heard_changed_and_gone(heard: Heard) -> None:
    """Retained or live, the last word counts; an emptied topic is the end of it. What we do not know is kept."""
    heard.opens(0, "lhr", "lam1")
    name = "alert/lam1-supply-empty-0dd9e0c1"
    assert heard.hears(1, "lhr", name, alert("7f3a", colour="red"), retained=True) == "lhr"
    ((site,),) = [heard.room.alerts(at(1))]
    assert (site.site, site.presence, ids(site.alerts)) == ("lhr", SitePresence.LIVE, ["7f3a"])
    assert site.alerts[0].model_dump()["colour"] == "red"
    heard.hears(2, "lhr", name, alert("7f3a", state="closed", rev=2))
    assert [each.state for each in heard.room.alerts(at(2))[0].alerts] == ["closed"]
    heard.hears(3, "lhr", name, b"")
    assert heard.room.alerts(at(3))[0].alerts == ()
    assert heard.room.unreadable == 0


@pytest.mark.parametrize(
    "data",
    [{"id": "x"}, alert("", priority=1), alert("x", began=5), alert("x", subject="lam1"), alert("x", texts=["en"])],
)
def test_what_is_no_alert_changes_nothing(heard: Heard, data: Data) -> None:
    """It is counted; what was known stays."""
    heard.opens(0, "lhr", "lam1")
    heard.hears(1, "lhr", "alert/a", alert("7f3a"))
    assert heard.hears(1, "lhr", "alert/a", data) is None
    assert ids(heard.room.alerts(at(1))[0].alerts) == ["7f3a"]
    assert heard.room.unreadable == 1


def test_a_site_says_how_many_alerts_it_has_so_that_none_is_lost_unnoticed(heard: Heard) -> None:
    """Until as many are open as its summary counts it is not whole; the summary names the planned stops as well."""
    heard.opens(0, "lhr", "lam1")
    assert heard.room.missing() == {}
    stop = {"scope": {"kind": "machine", "id": "lam1"}, "by": "anna", "until": time(60), "reason": "service"}
    counts = {"told": {"1": 1, "2": 1}, "held_back": 1, "pending": 0}
    heard.hears(1, "lhr", "summary", {"alerts": counts, "planned_stops": [stop]})
    heard.hears(1, "lhr", "alert/a", alert("7f3a"))
    heard.hears(1, "lhr", "alert/b", alert("7f3b", state="closed"))
    assert heard.room.missing() == {"lhr": 9}
    (site,) = heard.room.alerts(at(1))
    assert (site.missing, [(each.scope.id, each.reason) for each in site.stops]) == (2, [("lam1", "service")])
    for name in ("c", "d"):
        heard.hears(2, "lhr", f"alert/{name}", alert(name))
    assert (heard.room.missing(), heard.room.alerts(at(2))[0].missing) == ({}, 0)
    heard.hears(3, "lhr", "summary", {"production": None})
    assert heard.room.alerts(at(3))[0].stops == ()


def test_no_id_of_a_machine_is_as_long_as_the_name_of_an_alert(heard: Heard) -> None:
    """The longer names are for alerts only."""
    heard.opens(0, "lhr", "lam1")
    assert heard.hears(1, "lhr", f"alert/{'a' * 96}", alert("7f3a")) == "lhr"
    assert heard.hears(1, "lhr", f"state/{'a' * 49}", {"contact": "live", "state": "idle"}) is None


def test_a_site_that_fell_silent_keeps_its_alerts_and_says_so(heard: Heard) -> None:
    """They are what it told last; its presence says how far to trust them."""
    heard.opens(0, "lhr", "lam1")
    heard.hears(1, "lhr", "alert/a", alert("7f3a"))
    (site,) = heard.room.alerts(at(200))
    assert (site.presence, site.away, ids(site.alerts)) == (SitePresence.LOST, True, ["7f3a"])


def test_the_worst_comes_first() -> None:
    """What calls for somebody, the urgent first, unanswered before answered, the older of two alike; then the rest."""
    told = [
        heard_alert("held", priority=1, held_back="inhibited"),
        heard_alert("pending", priority=None, state="pending"),
        heard_alert("p3", priority=3),
        heard_alert("known", priority=1, acknowledged={"by": "anna"}),
        heard_alert("young", began={"by": "2026-05-28T20:27:00.000Z"}),
        heard_alert("old", began={"by": "2026-05-28T20:26:00.000Z"}),
        heard_alert("p1", priority=1),
        heard_alert("over", state="closed"),
    ]
    assert ids(worst_first(told)) == ["p1", "known", "old", "young", "p3", "held", "over", "pending"]
    assert ids(worst_first(reversed(told))) == ids(worst_first(told))


def test_the_site_with_the_worst_alert_comes_first() -> None:
    """Sites without any come last, by name."""
    sites = [
        SiteAlerts("isb", SitePresence.LIVE),
        SiteAlerts("khi", SitePresence.LATE, (heard_alert("b", priority=3),)),
        SiteAlerts("lhr", SitePresence.LIVE, (heard_alert("c", priority=3), heard_alert("a", priority=1))),
        SiteAlerts("gil", SitePresence.LOST),
    ]
    assert [(each.site, ids(each.alerts)) for each in sites_first(sites)] == [
        ("lhr", ["a", "c"]),
        ("khi", ["b"]),
        ("gil", []),
        ("isb", []),
    ]


def test_an_alert_is_found_by_how_its_id_begins() -> None:
    """In whichever site; the whole id before others that it begins, open ones before what is over."""
    sites = [
        SiteAlerts("lhr", SitePresence.LIVE, (heard_alert("7f3a"), heard_alert("7f4b", state="closed"))),
        SiteAlerts("khi", SitePresence.LIVE, (heard_alert("7f3a9"), heard_alert("9c", state="closed"))),
    ]

    def meant(wanted: str) -> list[tuple[str, str]]:
        return [(site.site, each.id) for site, each in found(sites, wanted)]

    assert meant("7f") == [("lhr", "7f3a"), ("khi", "7f3a9")]
    assert meant("7f3a") == [("lhr", "7f3a")]
    assert meant("7f3a9") == [("khi", "7f3a9")]
    assert meant("7f4") == [("lhr", "7f4b")]
    assert meant("9") == [("khi", "9c")]
    assert meant("x") == []


@given(st.sets(st.text(string.hexdigits, min_size=1, max_size=12), max_size=20))
def test_a_short_id_means_one_alert_only(known: set[str]) -> None:
    """At least four characters where there are so many, and never how another id begins unless it is that whole id."""
    for id_, short in short_ids(known).items():
        assert id_.startswith(short)
        assert len(short) >= min(4, len(id_))
        assert short == id_ or [each for each in known if each.startswith(short)] == [id_]


@given(st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.text()), max_size=6))
def test_whatever_a_site_says_of_an_alert_is_read_or_counted(more: dict[str, object]) -> None:
    """Never an exception."""
    heard = Heard()
    heard.hears(0, "lhr", "alert/a", {**alert("7f3a"), **more})
    assert len(heard.room.alerts(at(0))) + heard.room.unreadable >= 1
    heard.room.alerts(at(0))
