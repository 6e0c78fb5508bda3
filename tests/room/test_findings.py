"""What is wrong, worst first: for exit codes, for other monitoring systems and for the top of the page."""

import pytest

from fleetmon.room import Finding, Level, findings, worst
from fleetmon.room.findings import ago

from .conftest import EPOCH, Heard, at, heartbeat, jammed, session, state, time


def found(heard: Heard, second: float) -> tuple[Finding, ...]:
    """What is wrong at `second`."""
    return findings(heard.room.picture(at(second)), EPOCH + second)


def told(heard: Heard, second: float) -> list[tuple[int, str, str | None, str, str]]:
    return [(f.level.value, f.site, f.machine, f.what, f.text) for f in found(heard, second)]


def test_a_site_in_order_has_nothing_to_find(heard: Heard) -> None:
    """Live site, idle machines: no finding, level ok."""
    heard.opens(0, "lhr", "prn1")
    assert found(heard, 1) == ()
    assert worst(()) is Level.OK


def test_a_jam_is_told_with_its_place_and_how_long(heard: Heard) -> None:
    """A stopped machine is critical, with the reason, where, the vendor's text and for how long."""
    heard.opens(0, "lhr", "prn1", "prn2")
    heard.hears(20, "lhr", "state/prn1", jammed(10))
    assert told(heard, 70) == [(2, "lhr", "prn1", "stopped", "media-jam at input 1: Paper jam")]
    assert found(heard, 70)[0].lasts_s == 60


def test_a_machine_that_stopped_without_a_word(heard: Heard) -> None:
    """Stopped and no fault: it does not say why."""
    heard.opens(0, "lhr", "prn1")
    heard.hears(1, "lhr", "state/prn1", state(state="stopped"))
    assert told(heard, 2) == [(2, "lhr", "prn1", "stopped", "it does not say why")]


@pytest.mark.parametrize(("severity", "level"), [("error", 2), ("warning", 1), ("report", None)])
def test_a_fault_weighs_what_its_severity_says(heard: Heard, severity: str, level: int | None) -> None:
    """A machine that goes on with an error is critical, with a warning a warning, with a report nothing."""
    heard.opens(0, "lhr", "prn1")
    fault = {"reason": "media-low", "severity": severity, "since": time(0)}
    heard.hears(1, "lhr", "state/prn1", state(headline="media-low", faults=[fault]))
    assert [finding.level.value for finding in found(heard, 2)] == ([level] if level else [])


def test_silent_and_hesitating_machines_are_told_apart(heard: Heard) -> None:
    """Lost is critical, stale a warning, awaited not known; each with why and since when."""
    heard.opens(0, "lhr", "a", "b", "c")
    listed = [
        {"machine": name, "contact": contact, "why": "timeout", "since": time(0)}
        for name, contact in (("a", "lost"), ("b", "stale"), ("c", "awaited"))
    ]
    heard.hears(30, "lhr", "heartbeat", heartbeat(30, *listed))
    assert told(heard, 40) == [
        (2, "lhr", "a", "lost", "no answer: timeout"),
        (1, "lhr", "b", "stale", "hesitates: timeout"),
        (3, "lhr", "c", "unknown", "not heard yet: timeout"),
    ]
    assert {finding.lasts_s for finding in found(heard, 40)} == {40}


def test_a_lost_site_is_one_finding_and_stands_first(heard: Heard) -> None:
    """Its machines are not told one by one; a jam elsewhere comes after it."""
    heard.opens(0, "lhr", "prn1", "prn2")
    heard.opens(190, "isb", "prn1")
    heard.hears(191, "isb", "state/prn1", jammed(190))
    assert [(f.site, f.machine, f.what) for f in found(heard, 200)] == [
        ("lhr", None, "LOST"),
        ("isb", "prn1", "stopped"),
    ]
    assert "its 2 machines are unknown" in found(heard, 200)[0].text


def test_each_absence_has_its_own_words(heard: Heard) -> None:
    """Late, lost by the broker's word, stopped on purpose, not verified, not connected: level and text."""
    heard.opens(0, "lhr", "prn1")
    assert told(heard, 100)[0][:4] == (1, "lhr", None, "LATE")
    heard.hears(101, "lhr", "session", session("lost"))
    assert (told(heard, 102)[0][0], told(heard, 102)[0][4][:18]) == (2, "the broker lost it")
    heard.hears(103, "lhr", "session", session("online", 2))
    heard.hears(104, "lhr", "session", session("offline", 2))
    assert told(heard, 105)[0][:4] == (1, "lhr", None, "STOPPED")
    heard.opens(106, "isb", "prn1", retained=True)
    assert told(heard, 107)[-1][4].startswith("not verified, last heard 1 s ago by its own clock")
    heard.room.disconnected()
    assert {finding.level for finding in found(heard, 108)} == {Level.UNKNOWN}


def test_sites_that_fall_silent_together_are_one_finding(heard: Heard) -> None:
    """Three sites late since the same moment: one line that names them, none for each."""
    for name in ("isb", "khi", "lhr"):
        heard.opens(0, name, "prn1")
    lines = told(heard, 100)
    assert len(lines) == 1
    assert lines[0][4] == "3 sites fell silent together, so look at their broker or uplink: isb, khi, lhr"


def test_a_way_out_that_fails_is_told(heard: Heard) -> None:
    """Which one, since when and why; one that takes what it is sent is no news."""
    ways = [
        {"target": "webhook", "where": "hooks.example", "failing_since": time(3), "why": "Connection refused"},
        {"target": "alertmanager", "where": "am.example:9093", "failing_since": None, "why": None},
    ]
    answer: dict[str, object] = {
        "site": "lhr", "session": session(), "heartbeat": heartbeat(5), "inventory": {"machine_count": 1},
        "machines": {"prn1": {}}, "states": {"prn1": state()}, "notify": ways,
    }  # fmt: skip
    heard.room.hear_status(answer, at(5))
    text = "webhook at hooks.example does not take alerts: Connection refused"
    assert told(heard, 6) == [(1, "lhr", None, "notify", text)]


def test_a_cut_uplink_is_told_with_what_waits(heard: Heard) -> None:
    """Only the site itself knows: why, since when, how many events wait on disk."""
    uplink = {"broker": "b:1883", "connected": False, "since": time(0), "trouble": "refused", "text": "nobody there"}
    answer: dict[str, object] = {
        "site": "lhr", "session": session(), "heartbeat": heartbeat(5, head_seq=15), "inventory": {"machine_count": 1},
        "machines": {"prn1": {}}, "states": {"prn1": state()}, "uplink": uplink,
    }  # fmt: skip
    heard.room.hear_status(answer, at(5))
    assert told(heard, 6) == [(1, "lhr", None, "no uplink", "b:1883: refused: nobody there; 5 events wait on disk")]
    assert found(heard, 6)[0].lasts_s == 6


def test_flags_are_warnings(heard: Heard) -> None:
    """What a live site complains of is told after its machines."""
    heard.opens(0, "lhr", "prn1")
    heard.hears(30, "lhr", "heartbeat", heartbeat(30, oldest_unacked_s=90.0, certificate_days=2.0))
    assert [(f.level, f.what, f.lasts_s) for f in found(heard, 31)] == [
        (Level.WARNING, "backlog", 90.0),
        (Level.WARNING, "cert", None),
    ]


def test_a_clock_is_not_set_or_differs(heard: Heard) -> None:
    """Two things, each with its own words; seen from elsewhere it is not this computer's."""
    heard.opens(0, "lhr", "prn1")
    heard.hears(30, "lhr", "heartbeat", heartbeat(30, clock_synchronised=False))
    assert told(heard, 31) == [(1, "lhr", None, "clock", "nothing sets its computer's clock")]
    heard.hears(60, "lhr", "heartbeat", heartbeat(48))
    assert told(heard, 61)[0][4] == "it is 12 s behind ours"
    heard.hears(90, "lhr", "heartbeat", heartbeat(100, clock_synchronised=False))
    assert told(heard, 91)[0][4] == "nothing sets its computer's clock; it is 10 s ahead of ours"


def test_refused_settings_are_told_after_the_machines(heard: Heard) -> None:
    """Since when, and where to look; the machines stand first."""
    heard.opens(0, "lhr", "prn1")
    awaited = {"machine": "prn1", "contact": "awaited", "why": "timeout", "since": time(0)}
    heard.hears(30, "lhr", "heartbeat", heartbeat(30, awaited, clock_synchronised=False,
                                                  settings_refused_since=time(10)))  # fmt: skip
    assert [(f.machine, f.what, f.lasts_s) for f in found(heard, 40)] == [
        ("prn1", "unknown", 40),
        (None, "settings", 30),
        (None, "clock", None),
    ]


def test_the_worst_level_is_what_is_known_to_be_bad() -> None:
    """Critical before warning before not known."""
    each = {level: Finding(level, "lhr", None, "x", "x") for level in Level}
    assert worst((each[Level.UNKNOWN], each[Level.WARNING])) is Level.WARNING
    assert worst(tuple(each.values())) is Level.CRITICAL
    assert worst((each[Level.UNKNOWN], each[Level.OK])) is Level.UNKNOWN


@pytest.mark.parametrize(
    ("passed_s", "words"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (3599, "59 min"), (3600, "1 h 0 min"), (90_000, "25 h 0 min"),
     (172_800, "2 days")],
)  # fmt: skip
def test_lengths_of_time_read_as_people_say_them(passed_s: float, words: str) -> None:
    """Seconds, minutes, hours, days."""
    assert ago(passed_s) == words
