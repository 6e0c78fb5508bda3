"""Who is dead: timelines of what a listener hears, and what it may say of the site at each moment."""

import math
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.assess import presence
from fleetmon.assess.presence import (
    Flag,
    MachinePresence,
    MachineWhy,
    MachineWord,
    Session,
    SiteKnown,
    SitePresence,
    SiteWhy,
    Vitals,
    Word,
)
from fleetmon.assess.together import common_cause
from fleetmon.model.words import Contact

EVERY_S = 30.0


@dataclass
class Listener:
    """A consumer of one site, connected at second 0."""

    known: SiteKnown = field(default_factory=lambda: presence.listening(SiteKnown(), 0.0))

    def session(
        self, at: float, word: str, number: int = 1, retained: bool = False, stream: str = "s", boot: str = "b"
    ) -> None:
        self.known = presence.told(self.known, Session(Word(word), number, stream, boot), retained=retained, now=at)

    def beat(self, at: float, retained: bool = False, every_s: float = EVERY_S, boot: str = "b") -> None:
        self.known = presence.beat(self.known, every_s, (boot, "s"), retained=retained, now=at)

    def says(self, at: float) -> tuple[str, str]:
        verdict = presence.site(self.known, at)
        return verdict.presence.value, verdict.why.value


def test_a_site_that_beats_is_live_then_late_then_lost() -> None:
    """Heard at 0 s every 30 s: live to 75 s, late to 120 s, lost after that, live again with the next heartbeat."""
    site = Listener()
    site.beat(0)
    assert site.says(75) == ("live", "heartbeat")
    assert site.says(75.1) == ("late", "heartbeat-late")
    assert site.says(120) == ("late", "heartbeat-late")
    assert site.says(120.1) == ("lost", "heartbeat-missed")
    site.beat(500)
    assert site.says(500) == ("live", "heartbeat")


def test_a_site_whose_heartbeat_the_broker_has_forgotten_is_late_then_lost() -> None:
    """Frozen: a retained "online" is all there is. It tells how often heartbeats should come, and none does."""
    site = Listener()
    online = Session(Word.ONLINE, 1, "s", "b", heartbeat_s=2.0)
    site.known = presence.told(site.known, online, retained=True, now=1.0)
    assert site.says(5) == ("unknown", "unverified")
    assert site.says(5.1) == ("late", "heartbeat-late")
    assert site.says(8.1) == ("lost", "heartbeat-missed")
    for told_s, first_late in ((math.nan, 75.1), (math.inf, 9000.1), (-1.0, 0.26)):
        known = presence.listening(SiteKnown(), 0.0)
        odd = presence.told(known, Session(Word.ONLINE, 1, "s", "b", told_s), retained=True, now=0.0)
        assert presence.site(odd, first_late).presence is SitePresence.LATE


def test_an_old_will_does_not_kill_a_new_birth() -> None:
    """A half-open connection: the will of connection 1 arrives after connection 2 began; the site stays online."""
    site = Listener()
    site.session(0, "online", 1)
    site.session(40, "online", 2)
    site.session(45, "lost", 1)
    assert site.says(46) == ("live", "heartbeat")
    assert site.known.session is not None
    assert site.known.session.word is Word.ONLINE
    site.session(50, "lost", 2)
    assert site.says(50) == ("lost", "will")


def test_the_will_of_a_stream_that_another_followed_is_old() -> None:
    """After a new database the count begins at 1 again: the old stream's will, whatever its number, is ignored."""
    site = Listener()
    site.session(0, "online", 50, stream="old")
    site.session(10, "online", 1, stream="new")
    site.session(20, "lost", 50, stream="old")
    assert site.says(21) == ("live", "heartbeat")


def test_whoever_only_met_the_old_will_is_set_right_by_the_next_heartbeat() -> None:
    """A broker kept an old will over a new birth: a listener that comes later says lost until it hears a heartbeat."""
    site = Listener()
    site.session(0, "lost", 1, retained=True)
    assert site.says(1) == ("lost", "will")
    site.beat(12)
    assert site.says(12) == ("live", "heartbeat")


def test_a_retained_online_proves_nothing() -> None:
    """A broker that crashed says online for ever: unverified until 2.5 heartbeats have passed, then late, then lost."""
    site = Listener()
    site.session(0, "online", retained=True)
    site.beat(0, retained=True)
    assert site.says(75) == ("unknown", "unverified")
    assert site.says(76) == ("late", "heartbeat-late")
    assert site.says(121) == ("lost", "heartbeat-missed")
    site.beat(122)
    assert site.says(122) == ("live", "heartbeat")


def test_goodbye_is_no_death() -> None:
    """Offline on purpose is stopped, however long ago, even if its last heartbeat arrives a moment after the goodbye,
    and its own will afterwards changes nothing."""
    site = Listener()
    site.session(0, "online")
    site.beat(30)
    site.session(40, "offline")
    site.beat(40.5)
    site.session(60, "lost")
    assert site.says(10_000) == ("stopped", "said-offline")
    site.session(10_001, "online", 2)
    assert site.says(10_001) == ("live", "heartbeat")


def test_a_site_that_goes_on_beating_after_its_goodbye_lives() -> None:
    """Heartbeats are the proof: heard later than one interval after a goodbye, the site is there."""
    site = Listener()
    site.session(0, "offline", 7, retained=True)
    site.beat(35)
    assert site.says(36) == ("live", "heartbeat")


def test_nothing_heard_is_nothing_known() -> None:
    """Neither session nor heartbeat: unknown for ever, not lost."""
    assert Listener().says(100_000) == ("unknown", "never-heard")


def test_a_listener_without_a_broker_says_so() -> None:
    """While the listener hears no broker, silence means nothing; afterwards the sites get their time to be heard."""
    site = Listener()
    site.beat(0)
    site.known = presence.deaf(site.known)
    assert site.says(10) == ("unknown", "not-connected")
    site.known = presence.listening(site.known, 300)
    assert site.says(301) == ("unknown", "unverified")
    assert site.says(376) == ("late", "heartbeat-late")
    assert site.says(421) == ("lost", "heartbeat-missed")


def test_a_short_break_of_the_listener_changes_nothing() -> None:
    """Reconnected within 2.5 heartbeats of the last one, a live site stays live."""
    site = Listener()
    site.beat(0)
    site.known = presence.listening(presence.deaf(site.known), 5)
    assert site.says(6) == ("live", "heartbeat")


def test_the_site_says_how_often_it_beats() -> None:
    """A site behind a satellite beats every two minutes, a nonsensical interval is bounded."""
    site = Listener()
    site.beat(0, every_s=120)
    assert site.says(300) == ("live", "heartbeat")
    for nonsense in (math.nan, math.inf, -1.0, 0.0, 1e300):
        site.beat(1000, every_s=nonsense)
        assert site.says(1000 + 5 * 3600) == ("lost", "heartbeat-missed")


@pytest.mark.parametrize(
    ("site", "word", "expected"),
    [
        ("live", MachineWord(told=Contact.LIVE), ("fresh", "answers")),
        ("late", MachineWord(told=Contact.LIVE), ("fresh", "answers")),
        ("live", MachineWord(told=Contact.LIVE, listed=Contact.STALE), ("stale", "hesitates")),
        ("live", MachineWord(told=Contact.LIVE, listed=Contact.LOST), ("unreachable", "silent")),
        ("live", MachineWord(told=Contact.AWAITED, listed=Contact.AWAITED), ("unknown", "awaited")),
        ("live", MachineWord(told=Contact.LOST), ("fresh", "answers")),
        ("live", MachineWord(told=Contact.LOST, told_last=True), ("unreachable", "silent")),
        ("live", MachineWord(told=Contact.LIVE, told_last=True, listed=Contact.LOST), ("fresh", "answers")),
        ("live", MachineWord(told=Contact.LOST, omitted=True), ("unreachable", "silent")),
        ("live", MachineWord(told=Contact.LIVE, omitted=True), ("fresh", "answers")),
        ("live", MachineWord(told=Contact.LIVE, omitted=True, expired=True), ("stale", "expired")),
        ("live", MachineWord(told=Contact.LIVE, expired=True), ("fresh", "answers")),
        ("live", MachineWord(), ("unknown", "not-told")),
        ("live", MachineWord(listed=Contact.LOST), ("unreachable", "silent")),
        ("lost", MachineWord(told=Contact.LIVE), ("unknown", "site-lost")),
        ("stopped", MachineWord(told=Contact.LIVE), ("unknown", "site-stopped")),
        ("unknown", MachineWord(told=Contact.LIVE, listed=Contact.LOST), ("unknown", "site-unknown")),
    ],
)
def test_a_machine_is_fresh_unless_the_heartbeat_lists_it(
    site: str, word: MachineWord, expected: tuple[str, str]
) -> None:
    """Row by row: "unchanged" and "unheard" never look the same, and the later word of heartbeat and state counts."""
    found, why = presence.machine(SitePresence(site), word)
    assert (found, why) == (MachinePresence(expected[0]), MachineWhy(expected[1]))


@pytest.mark.parametrize(
    ("vitals", "expected"),
    [
        (Vitals(), ()),
        (Vitals(oldest_unacked_s=61), (Flag.BACKLOG,)),
        (Vitals(oldest_unacked_s=60), ()),
        (Vitals(unsynced=True), (Flag.CLOCK,)),
        (Vitals(skew_s=-5.1), (Flag.CLOCK,)),
        (Vitals(skew_s=5.0), ()),
        (Vitals(loop_lag_s=1.1), (Flag.DEGRADED,)),
        (Vitals(disk_free_mib=511), (Flag.DEGRADED,)),
        (Vitals(disk_free_mib=512), ()),
        (Vitals(certificate_days=29), (Flag.CERT,)),
        (Vitals(certificate_days=-1, oldest_unacked_s=1e6), (Flag.BACKLOG, Flag.CERT)),
    ],
)
def test_flags_are_raised_at_their_thresholds(vitals: Vitals, expected: tuple[Flag, ...]) -> None:
    """Each flag at and beyond its threshold."""
    assert presence.flags(vitals, SiteKnown(), 0.0) == expected


def test_two_daemons_of_one_identity_are_seen() -> None:
    """Boot ids a, b, a: duplicate, for ten minutes after the last flip; a restart or reboot alone is none."""
    site = Listener()
    for at, boot in ((0, "a"), (30, "a"), (60, "b"), (90, "b")):
        site.beat(at, boot=boot)
        assert presence.flags(Vitals(), site.known, at) == ()
    site.beat(120, boot="a")
    assert presence.flags(Vitals(), site.known, 700) == (Flag.DUPLICATE,)
    assert presence.flags(Vitals(), site.known, 721) == ()


def _sites(beats: dict[str, float]) -> dict[str, SiteKnown]:
    known = {}
    for name, at in beats.items():
        site = Listener()
        site.beat(at)
        known[name] = site.known
    return known


def test_many_sites_late_together_are_one_problem() -> None:
    """Four of five sites last heard within one heartbeat of each other: one finding that names them."""
    found = common_cause(_sites({"a": 0, "b": 10, "c": 20, "d": 29, "e": 110}), 115)
    assert found is not None
    assert found.sites == ("a", "b", "c", "d")
    assert found.silent_s == 86


@pytest.mark.parametrize(
    "beats",
    [
        {"a": 0, "b": 10},
        {"a": 0, "b": 500, "c": 900, "d": 1300},
        {"a": 900, "b": 910, "c": 920, "d": 1390, "e": 1391, "f": 1392, "g": 1393},
        {},
    ],
)
def test_a_few_sites_or_sites_at_different_times_are_not(beats: dict[str, float]) -> None:
    """Two sites, sites that fell silent one by one, and three of seven while four live, are no common cause."""
    assert common_cause(_sites(beats), 1400) is None


def test_sites_that_said_goodbye_are_no_part_of_it() -> None:
    """Sites that were stopped on purpose do not count as silent."""
    known = _sites({"a": 0, "b": 1, "c": 2})
    for name in known:
        known[name] = presence.told(known[name], Session(Word.OFFLINE, 1, "s", "b"), retained=False, now=3)
    assert common_cause(known, 1000) is None


happenings = st.lists(
    st.tuples(
        st.floats(0, 200),
        st.one_of(
            st.tuples(st.just("beat"), st.booleans(), st.sampled_from("ab")),
            st.tuples(st.sampled_from(["online", "offline", "lost"]), st.booleans(), st.integers(1, 5)),
            st.tuples(st.sampled_from(["deaf", "listening"]), st.just(False), st.just(0)),
        ),
    ),
    max_size=30,
)


def _live_through(story: list[tuple[float, tuple[str, bool, object]]]) -> tuple[Listener, float]:
    site, now = Listener(), 0.0
    for passed, (what, retained, detail) in story:
        now += passed
        if what == "beat":
            site.beat(now, retained, boot=str(detail))
        elif what == "deaf":
            site.known = presence.deaf(site.known)
        elif what == "listening":
            site.known = presence.listening(site.known, now)
        else:
            site.session(now, what, int(str(detail)), retained)
    return site, now


@given(happenings, st.floats(0, 10_000))
def test_a_live_heartbeat_wins_over_any_history(
    story: list[tuple[float, tuple[str, bool, object]]], rest: float
) -> None:
    """Whatever was heard before, a heartbeat heard live more than an interval later means live, until 2.5 intervals."""
    site, now = _live_through(story)
    site.known = presence.listening(site.known, now)
    site.beat(now + EVERY_S + 1)
    assert site.says(now + EVERY_S + 1 + 2.49 * EVERY_S) == ("live", "heartbeat")
    assert site.says(now + EVERY_S + 1 + 4.01 * EVERY_S + rest) == ("lost", "heartbeat-missed")


@given(happenings, st.lists(st.floats(0, 500), min_size=2, max_size=8))
def test_silence_alone_never_makes_a_site_livelier(
    story: list[tuple[float, tuple[str, bool, object]]], waits: list[float]
) -> None:
    """Without a message a verdict only goes live -> (unverified ->) late -> lost; what was said stays said."""
    site, now = _live_through(story)
    order = ["live", "unknown", "late", "lost"]
    before = site.says(now)
    for wait in waits:
        now += wait
        after = site.says(now)
        if before[1] in ("said-offline", "will", "not-connected", "never-heard"):
            assert after == before
        else:
            assert order.index(after[0]) >= order.index(before[0])
        before = after


@given(happenings)
def test_live_is_only_what_was_heard_live(story: list[tuple[float, tuple[str, bool, object]]]) -> None:
    """No history of retained messages alone makes a site live, and no farewell of an old session makes it lost."""
    kept = [(passed, (what, True, detail)) for passed, (what, _, detail) in story]
    site, now = _live_through(kept)
    assert presence.site(site.known, now).presence is not SitePresence.LIVE
    site.known = presence.listening(site.known, now)
    site.session(now, "online", 9)
    site.session(now + 1, "lost", 8)
    assert site.says(now + 2) == ("live", "heartbeat")


@given(
    st.sampled_from(SitePresence), st.sampled_from([None, *Contact]), st.booleans(), st.sampled_from([None, *Contact])
)
def test_nothing_is_known_of_machines_of_a_site_that_is_away(
    site: SitePresence, told: Contact | None, last: bool, listed: Contact | None
) -> None:
    """Fresh, stale and unreachable are said only while the site is live or late."""
    found, why = presence.machine(site, MachineWord(told, last, listed))
    there = site in (SitePresence.LIVE, SitePresence.LATE)
    assert there or found is MachinePresence.UNKNOWN
    assert why.value.startswith("site-") != there


def test_the_table_in_the_docstring_names_every_reason() -> None:
    """The page and the code have the same rows."""
    assert presence.__doc__ is not None
    assert all(f" {why.value} " in presence.__doc__ for why in SiteWhy)
