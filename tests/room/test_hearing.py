"""What a room knows after what it heard: each test is a story of one or more sites, told in messages."""

import json

from hypothesis import given
from hypothesis import strategies as st

from fleetmon.assess.presence import Flag, MachinePresence, SitePresence
from fleetmon.room import TOPICS, Room
from fleetmon.room import hearing as hearing_room

from .conftest import Heard, at, envelope, heartbeat, jammed, session, state


def test_a_site_that_opens_is_live_and_complete(heard: Heard) -> None:
    """Session, heartbeat, inventory and states heard live: the site is live, its machines fresh, the picture whole."""
    heard.opens(0, "lhr", "prn1", "lam1")
    site = heard.site(1)
    assert site.presence is SitePresence.LIVE
    assert site.whole
    assert [(m.machine, m.presence, m.state, m.line) for m in site.machines] == [
        ("lam1", MachinePresence.FRESH, "idle", "line1"),
        ("prn1", MachinePresence.FRESH, "idle", "line1"),
    ]
    assert site.version == "1.2.3"


def test_what_the_broker_kept_is_shown_but_not_believed(heard: Heard) -> None:
    """From retained messages the picture is whole at once, the site unverified and its machines unknown, until a
    heartbeat is heard live."""
    heard.opens(0, "lhr", "prn1", retained=True)
    site = heard.site(1)
    assert site.whole
    assert site.presence is SitePresence.UNKNOWN
    assert site.machines[0].presence is MachinePresence.UNKNOWN
    assert site.machines[0].state == "idle"
    heard.hears(20, "lhr", "heartbeat", heartbeat(20))
    assert heard.site(21).machines[0].presence is MachinePresence.FRESH


def test_a_picture_has_settled_when_it_is_whole_and_heard_live(heard: Heard) -> None:
    """From retained messages a site is whole, with a live heartbeat verified as well; a site that was expected, and
    one whose machines have not all told, is missing, with the messages that it should have."""
    heard.opens(0, "lhr", "prn1", retained=True)
    assert not heard.room.missing()
    assert not heard.room.verified(at(1))
    heard.hears(2, "lhr", "heartbeat", heartbeat(2))
    assert heard.room.verified(at(3))
    heard.hears(3, "lhr", "inventory", {"machine_count": 4})
    heard.room.expect("isb", at(3))
    assert heard.room.missing() == {"lhr": 4 + 2 * 4, "isb": 4 + 2 * 10}
    assert heard.site(4, "isb").presence is SitePresence.UNKNOWN


def test_a_frozen_site_is_decided_by_what_its_session_told(heard: Heard) -> None:
    """Only a retained session, its heartbeat has expired: after two and a half of its intervals it is late."""
    heard.hears(0, "lhr", "session", session(every_s=2.0), retained=True)
    assert not heard.room.verified(at(5))
    assert heard.room.verified(at(6))
    assert heard.site(6).presence is SitePresence.LATE
    assert heard.site(9).presence is SitePresence.LOST


def test_a_lost_site_keeps_its_values(heard: Heard) -> None:
    """After four missed heartbeats all machines are unknown, what they said last stays."""
    heard.opens(0, "lhr", "prn1")
    heard.hears(5, "lhr", "state/prn1", jammed())
    site = heard.site(200)
    assert site.presence is SitePresence.LOST
    assert site.machines[0].presence is MachinePresence.UNKNOWN
    assert site.machines[0].headline == "media-jam"


def test_unchanged_and_unheard_never_look_the_same(heard: Heard) -> None:
    """A machine that the heartbeat lists is unreachable, with reason and since when; its neighbour stays fresh."""
    heard.opens(0, "lhr", "prn1", "prn2")
    listed = {"machine": "prn1", "contact": "lost", "why": "timeout", "since": "2026-05-28T20:26:40.000Z"}
    heard.hears(30, "lhr", "heartbeat", heartbeat(30, listed))
    first, second = heard.site(31).machines
    assert (first.presence, first.silence) == (MachinePresence.UNREACHABLE, "timeout")
    assert first.silent_since == "2026-05-28T20:26:40.000Z"
    assert second.presence is MachinePresence.FRESH


def test_the_later_word_counts(heard: Heard) -> None:
    """A state that comes live after a heartbeat overrides what that lists, the next heartbeat what the state said."""
    heard.opens(0, "lhr", "prn1")
    lost = {"machine": "prn1", "contact": "lost", "why": "timeout", "since": None}
    heard.hears(30, "lhr", "heartbeat", heartbeat(30, lost))
    heard.hears(40, "lhr", "state/prn1", state())
    assert heard.site(41).machines[0].presence is MachinePresence.FRESH
    heard.hears(50, "lhr", "state/prn1", state(contact="lost"))
    assert heard.site(51).machines[0].presence is MachinePresence.UNREACHABLE
    heard.hears(60, "lhr", "heartbeat", heartbeat(60))
    assert heard.site(61).machines[0].presence is MachinePresence.FRESH


def test_a_machine_that_is_watched_no_more_disappears(heard: Heard) -> None:
    """An emptied topic takes its machine away; a state without an inventory is not shown."""
    heard.opens(0, "lhr", "prn1", "prn2")
    heard.hears(1, "lhr", "inventory/prn2", b"")
    assert [machine.machine for machine in heard.site(2).machines] == ["prn1"]
    heard.hears(3, "lhr", "state/prn1", b"")
    assert heard.site(4).machines[0].state is None


def test_a_machine_in_the_inventory_that_told_nothing_is_unknown(heard: Heard) -> None:
    """It is shown, without a state; the picture is not whole."""
    heard.opens(0, "lhr", "prn1")
    heard.hears(1, "lhr", "inventory", {"machine_count": 2})
    heard.hears(1, "lhr", "inventory/prn2", {"kind": "printer"})
    site = heard.site(2)
    assert not site.whole
    assert site.machines[1].presence is MachinePresence.UNKNOWN


def test_a_room_that_loses_the_broker_says_so(heard: Heard) -> None:
    """While the room is not connected nothing is certain; reconnected, a site heard a moment ago is live again."""
    heard.opens(0, "lhr", "prn1")
    heard.room.disconnected()
    assert heard.site(10).presence is SitePresence.UNKNOWN
    heard.room.connected(at(20))
    assert heard.site(21).presence is SitePresence.LIVE


def test_flags_come_from_the_heartbeat(heard: Heard) -> None:
    """Backlog, an unset or wrong clock, a full disk and an old certificate, as the heartbeat tells them."""
    heard.opens(0, "lhr", "prn1")
    vitals = {"oldest_unacked_s": 100.0, "clock_synchronised": False, "disk_free_mib": 10, "certificate_days": 3.0}
    heard.hears(30, "lhr", "heartbeat", heartbeat(30, **vitals))
    assert heard.site(31).flags == (Flag.BACKLOG, Flag.CLOCK, Flag.DEGRADED, Flag.CERT)
    heard.hears(60, "lhr", "heartbeat", heartbeat(45))
    assert heard.site(61).flags == (Flag.CLOCK,), "15 s between the two clocks"


def test_sites_that_fall_silent_together_have_a_common_cause(heard: Heard) -> None:
    """Three sites heard up to second 10 and not since: the room's picture names them as one."""
    for second, name in enumerate(("isb", "khi", "lhr")):
        heard.opens(second, name, "prn1")
    assert heard.room.picture(at(50)).cause is None
    cause = heard.room.picture(at(100)).cause
    assert cause is not None
    assert cause.sites == ("isb", "khi", "lhr")


def test_the_answer_of_a_daemon_is_the_same_picture(heard: Heard) -> None:
    """What the control socket answers and what the broker hands on make equal machines."""
    heard.opens(0, "lhr", "prn1", "prn2")
    heard.hears(1, "lhr", "state/prn2", jammed())
    lost = {"machine": "prn1", "contact": "lost", "why": "timeout", "since": None}
    heard.hears(30, "lhr", "heartbeat", heartbeat(30, lost))
    local = Room()
    planned = {"kind": "printer", "line": "line1"}
    answer: dict[str, object] = {
        "site": "lhr",
        "session": session(),
        "heartbeat": heartbeat(30, lost),
        "inventory": {"machine_count": 2},
        "machines": {"prn1": planned, "prn2": planned},
        "states": {"prn1": state(), "prn2": jammed()},
        "uplink": {"broker": "b:1883", "connected": False, "since": "2026-05-28T20:26:40.000Z", "trouble": "refused"},
    }
    assert local.hear_status(answer, at(30)) == "lhr"
    found = local.site("lhr", at(31))
    assert found is not None
    assert found.presence is SitePresence.LIVE
    assert found.machines == heard.site(31).machines
    assert found.uplink is not None
    assert found.uplink.trouble == "refused"


def test_a_message_of_another_kind_or_site_changes_nothing(heard: Heard) -> None:
    """Foreign topics are not for a room; a body of another site, a later major version, nonsense: counted."""
    assert heard.room.hear("fleetmon/v1/lhr/up/event", b"{}", retained=False, now=at(0)) is None
    assert heard.room.hear("elsewhere/v1/lhr/up/state/prn1", b"{}", retained=False, now=at(0)) is None
    assert heard.room.hear("fleetmon/v1/LHR/up/state/prn1", b"{}", retained=False, now=at(0)) is None
    assert heard.room.unreadable == 0
    for body in (
        envelope("isb", "heartbeat", heartbeat(0)),
        envelope("lhr", "heartbeat", heartbeat(0)).replace(b".v1", b".v2"),
        envelope("lhr", "heartbeat", {"time": 5}),
        b"\xff\xfe",
        b"[" * 100_000,
        b"x" * 300_000,
    ):
        assert heard.hears(0, "lhr", "heartbeat", body) is None
    assert heard.room.unreadable == 6
    assert not heard.room.picture(at(1)).sites or heard.site(1).presence is SitePresence.UNKNOWN


def test_words_of_a_later_version_are_shown_as_they_are(heard: Heard) -> None:
    """Unknown fields are ignored, unknown states shown, an unknown contact is a doubt."""
    heard.opens(0, "lhr", "prn1")
    heard.hears(1, "lhr", "state/prn1", state(state="dreaming", contact="telepathic", colour="blue"))
    machine = heard.site(2).machines[0]
    assert machine.state == "dreaming"
    assert machine.presence is MachinePresence.STALE


def test_the_room_is_bounded(heard: Heard) -> None:
    """More sites, or more machines of a site, than a room takes are counted and not kept."""
    for number in range(hearing_room.MOST_SITES + 3):
        heard.hears(0, f"s{number}", "session", session())
    assert len(heard.room.picture(at(1)).sites) == hearing_room.MOST_SITES
    for number in range(hearing_room.MOST_MACHINES + 2):
        heard.hears(0, "s0", f"state/m{number}", state())
    assert len(heard.site(1, "s0").machines) == hearing_room.MOST_MACHINES
    assert heard.room.unreadable == 5


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
fields = st.sampled_from(
    ["state", "session", "stream", "time", "interval_s", "contact", "faults", "machine_count", "not_fresh", "supplies"]
)
topics = st.sampled_from([topic.replace("+", "prn1") for topic in TOPICS])


@given(
    st.lists(
        st.tuples(topics, st.binary(max_size=80) | st.dictionaries(fields, json_values, max_size=8), st.booleans()),
        max_size=12,
    )
)
def test_nothing_that_is_published_breaks_the_room(
    messages: list[tuple[str, bytes | dict[str, object], bool]],
) -> None:
    """Any bytes and any JSON on any topic: a picture can be drawn afterwards, and an honest site is read as ever."""
    heard = Heard()
    for topic, body, retained in messages:
        data = body if isinstance(body, bytes) else {**state(), **heartbeat(0), **session(), **body}
        if isinstance(data, dict):
            data = envelope("lhr", topic.split("/", maxsplit=1)[0], data) if json.dumps(data) else b""
        heard.hears(0, "lhr", topic, data, retained)
        heard.room.picture(at(1))
    heard.opens(2, "isb", "prn1")
    assert heard.site(3, "isb").machines[0].presence is MachinePresence.FRESH
