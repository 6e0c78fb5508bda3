"""What is noticed of the work itself: raised after its time, not in any case that excuses it, and over when it is."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, timedelta

import pytest
from tests.assess.timeline import at

from fleetmon.assess.alerting.rules import RULES, ruled
from fleetmon.assess.calendar import Hours
from fleetmon.assess.fleet import Produced
from fleetmon.assess.stalls.notices import LOOK_S, Around, Learnt, Notices
from fleetmon.assess.stalls.quiet import How
from fleetmon.assess.stalls.usual import SLOT_S, SLOTS, WEEKS, Place, Usual, place
from fleetmon.model.alerts import Certainty, Claim, Condition, Priority, Subject, SubjectKind
from fleetmon.model.plan import FleetPlan, LinePlan, MachinePlan, SourcePlan
from fleetmon.model.report import At
from fleetmon.model.words import MachineKind, Severity, Unit, WorkSign

L1, L2 = Subject(SubjectKind.LINE, "l1"), Subject(SubjectKind.LINE, "l2")
SITE, ALONE = Subject(SubjectKind.SITE, "office"), Subject(SubjectKind.MACHINE, "qc9")
QUIET, NOBODY, SLOWER = Condition.QUIET, Condition.NOT_WORKING, Condition.SLOWER
NAMES = ("prn1", "prn2", "lam1", "prn3", "qc9")
FIRST = date(2026, 6, 1)
PRODUCED = Produced(5, 5, Unit.SHEETS, "main", 1, at(0))
HOUR = 3600.0


def plan_of(*lines: LinePlan, names: tuple[str, ...] = NAMES) -> FleetPlan:
    source = (SourcePlan("main", "snmp://192.0.2.1"),)
    return FleetPlan("office", tuple(MachinePlan(name, MachineKind.PRINTER, source) for name in names), lines)


PLAN = plan_of(LinePlan("l1", (("prn1", "prn2"), ("lam1",))), LinePlan("l2", (("prn3",),)))


def weeks(an_hour: int = 20) -> Usual:
    """Six weeks in each half-hour of which as many documents were made, and the first second of the next."""
    usual, last = Usual(), place(at(0).utc, UTC).week
    for week in range(last - WEEKS, last):
        for slot in range(SLOTS):
            usual.watched(SLOT_S, an_hour // 2, Place(week, slot, SLOT_S))
    usual.watched(1.0, 0, Place(last, 0, SLOT_S))
    return usual


@dataclass
class Floor:
    """What the looks at a site see, and what they make known; a document every `pace_s` seconds at each machine."""

    plan: FleetPlan = PLAN
    known: bool = True
    hours: Hours | None = Hours.WORK
    surely: bool = True
    pace_s: dict[str, float] = field(default_factory=dict)
    hows: dict[str, How] = field(default_factory=dict)
    signs: dict[str, WorkSign] = field(default_factory=dict)
    waiting: dict[str | None, int] = field(default_factory=dict)
    claims: dict[tuple[Subject, Condition], Claim] = field(default_factory=dict)
    now: float = 0.0
    ahead: float = 0.0

    def __post_init__(self) -> None:
        usual = {str(each): weeks() for each in (L1, L2, ALONE)} if self.known else {}
        self.notices = Notices(self.plan, Learnt(usual=usual))

    @property
    def at(self) -> At:
        moment = at(self.now)
        return replace(moment, utc=moment.utc + self.ahead)

    def then(self, seconds: float) -> "Floor":
        """So much time passes."""
        until = self.now + seconds
        while self.now < until:
            self.now += 10.0
            for machine, pace_s in self.pace_s.items():
                if self.now % pace_s < 10.0:
                    self.made(machine)
            if self.now % LOOK_S < 10.0:
                self.look()
        return self

    def made(self, machine: str, gap_s: float | None = None, day: date = FIRST) -> None:
        self.notices.made(machine, 1, PRODUCED, gap_s, day, self.at)
        self._told()

    def look(self) -> None:
        around = Around(self.hours, HOUR, self.surely, UTC, self._how, self.signs.get, self.waiting.get)
        self.notices.look(around, self.at)
        self._told()

    def _how(self, machine: str) -> How:
        return self.hows.get(machine, How.ABLE)

    def _told(self) -> None:
        for key, claim in self.notices.changed.items():
            self.claims.pop(key, None)
            if claim is not None:
                self.claims[key] = claim
        self.notices.changed.clear()

    def noticed(self, *conditions: Condition) -> set[tuple[str, Condition]]:
        wanted = conditions or tuple(Condition)
        return {(str(subject), condition) for subject, condition in self.claims if condition in wanted}


def working(**changes: object) -> Floor:
    """Two hours in which all work."""
    floor = Floor(**changes)  # type: ignore[arg-type]
    floor.pace_s = {"prn1": 120, "prn2": 120, "lam1": 60, "prn3": 120, "qc9": 120}
    floor.then(2 * HOUR)
    assert floor.claims == {}
    return floor


def rests(floor: Floor, *machines: str) -> Floor:
    for machine in machines:
        floor.pace_s.pop(machine, None)
    return floor


L1_QUIET = {("line:l1", QUIET)}


def test_a_line_to_which_no_work_comes_is_noticed_when_that_is_unusual() -> None:
    """Twenty documents an hour are usual, so that 45 minutes without one are strange, and half an hour is not."""
    floor = rests(working(), "prn1", "prn2", "lam1").then(1800)
    assert floor.noticed() == set()
    floor.then(1500)
    assert floor.noticed() == L1_QUIET
    claim = floor.claims[L1, QUIET]
    assert (claim.certainty, claim.stops, claim.severity) == (Certainty.POSSIBLE, False, Severity.WARNING)
    assert claim.seen == at(2 * HOUR)
    assert {each.name: each.value for each in claim.evidence}["documents waiting"] == "nobody says"


def test_where_the_issuing_system_says_that_none_waits_the_notice_says_so() -> None:
    """A word on the line, or on the site where nobody tells of lines."""
    for scope in ("l1", None):
        floor = rests(working(), "prn1", "prn2", "lam1")
        floor.waiting = {scope: 0}
        floor.then(HOUR)
        assert {each.name: each.value for each in floor.claims[L1, QUIET].evidence}["documents waiting"] == 0


def test_a_machine_that_stands_in_no_line_is_noticed_by_itself() -> None:
    """As is a line; a document ends it."""
    floor = rests(working(), "qc9").then(HOUR)
    assert floor.noticed() == {("machine:qc9", QUIET)}
    floor.made("qc9")
    assert floor.noticed() == set()


def test_only_the_first_stage_matters() -> None:
    """The laminator makes documents that the printers made before: no work comes in all the same."""
    floor = rests(working(), "prn1", "prn2").then(HOUR)
    assert floor.noticed() == L1_QUIET


@pytest.mark.parametrize("machine", ["prn1", "lam1"])
@pytest.mark.parametrize("how", [How.UNHEARD, How.EXPLAINED])
def test_whoever_is_not_heard_or_stands_for_a_reason_explains_the_silence(machine: str, how: How) -> None:
    """Of any machine of the line."""
    floor = rests(working(), "prn1", "prn2", "lam1")
    floor.hows[machine] = how
    assert floor.then(4 * HOUR).noticed() == set()


def test_a_stage_that_stops_on_purpose_explains_it_and_one_machine_of_two_does_not() -> None:
    """A planned stop of the laminator, or of one printer."""
    floor = rests(working(), "prn1", "prn2", "lam1")
    floor.hows["lam1"] = How.AWAY
    assert floor.then(2 * HOUR).noticed() == set()
    floor = rests(working(), "prn1", "prn2", "lam1")
    floor.hows["prn2"] = How.AWAY
    assert floor.then(2 * HOUR).noticed() == L1_QUIET


@pytest.mark.parametrize("sign", list(WorkSign))
def test_where_work_waits_silence_is_no_matter_of_notices(sign: WorkSign) -> None:
    """Whatever shows it; what was noticed before is over."""
    floor = rests(working(), "prn1", "prn2", "lam1").then(HOUR)
    assert floor.noticed() == L1_QUIET
    floor.signs["prn1"] = sign
    assert floor.then(LOOK_S).noticed() == set()
    assert floor.then(2 * HOUR).noticed() == set()


def test_a_queue_that_is_told_of_is_work_that_waits() -> None:
    """One document is enough."""
    floor = rests(working(), "prn1", "prn2", "lam1")
    floor.waiting = {"l1": 1}
    assert floor.then(2 * HOUR).noticed() == set()


@pytest.mark.parametrize("hours", [Hours.BREAK, Hours.OFF])
def test_breaks_and_nights_do_not_count(hours: Hours) -> None:
    """Three hours of either, after twenty minutes of work: nothing."""
    floor = rests(working(), "prn1", "prn2", "lam1").then(1200)
    floor.hours = hours
    assert floor.then(3 * HOUR).noticed() == set()
    floor.hours = Hours.WORK
    assert floor.then(600).noticed() == set()
    expected = L1_QUIET if hours is Hours.BREAK else set()
    assert floor.then(1080).noticed() == expected


def test_the_end_of_the_shift_ends_it_and_a_break_does_not() -> None:
    """What was noticed before lunch goes on after it; the next day is another."""
    floor = rests(working(), "prn1", "prn2", "lam1").then(HOUR)
    floor.hours = Hours.BREAK
    assert floor.then(HOUR).noticed() == L1_QUIET
    floor.hours = Hours.OFF
    assert floor.then(600).noticed() == set()


def test_nothing_is_strange_before_a_week_is_known() -> None:
    """In the first week nobody knows what is usual."""
    floor = rests(working(known=False), "prn1", "prn2", "lam1")
    assert floor.then(8 * HOUR).noticed(QUIET) == set()


def test_time_in_which_nobody_looked_counts_for_little() -> None:
    """The computer slept for five hours in the midst of a silence; a clock that leaps is no time at all."""
    floor = rests(working(), "prn1", "prn2", "lam1").then(600)
    floor.now += 5 * HOUR
    assert floor.then(600).noticed() == set()
    floor = rests(working(), "prn1", "prn2", "lam1").then(600)
    floor.ahead = 7 * HOUR
    assert floor.then(900).noticed() == set()


def test_another_machine_in_its_place_is_not_known_yet() -> None:
    """What was usual of the first one is not of the other, and what was noticed is over."""
    floor = rests(working(), "qc9").then(HOUR)
    floor.notices.forget("qc9")
    floor.then(4 * HOUR)
    assert floor.noticed() == set()


def test_a_line_that_is_gone_is_quiet_no_more() -> None:
    """Other settings: the notice ends, and what is known of the other line stays."""
    floor = rests(working(), "prn1", "prn2", "lam1", "prn3").then(HOUR)
    assert floor.noticed() == L1_QUIET | {("line:l2", QUIET)}
    floor.notices.place(plan_of(LinePlan("l2", (("prn3",),))))
    floor.look()
    assert floor.noticed() == {("line:l2", QUIET)}


def nobody(**changes: object) -> Floor:
    """All have worked, and from now on nobody does."""
    return rests(working(**changes), *NAMES)


def test_a_site_in_whose_hours_nobody_makes_anything_is_one_notice() -> None:
    """An hour after the last document; its lines were noticed before, and are no more."""
    floor = nobody().then(3500)
    assert floor.noticed() == {*L1_QUIET, ("line:l2", QUIET), ("machine:qc9", QUIET)}
    floor.then(400)
    assert floor.noticed() == {("site:office", NOBODY)}
    claim = floor.claims[SITE, NOBODY]
    assert (claim.certainty, claim.stops) == (Certainty.POSSIBLE, False)
    assert floor.then(3 * HOUR).noticed() == {("site:office", NOBODY)}
    floor.made("lam1")
    assert floor.noticed() == set()


def test_a_shift_in_which_nobody_has_begun_is_noticed_sooner() -> None:
    """45 minutes after it began."""
    floor = nobody()
    floor.hours = Hours.OFF
    floor.then(12 * HOUR)
    floor.hours = Hours.WORK
    assert floor.then(2600).noticed(NOBODY) == set()
    assert floor.then(360).noticed(NOBODY) == {("site:office", NOBODY)}
    floor.hours = Hours.OFF
    assert floor.then(600).noticed() == set()


def test_after_a_break_people_are_given_an_hour() -> None:
    """Whatever was before it."""
    floor = nobody().then(3000)
    floor.hours = Hours.BREAK
    floor.then(HOUR)
    floor.hours = Hours.WORK
    assert floor.then(3500).noticed(NOBODY) == set()
    assert floor.then(400).noticed(NOBODY) == {("site:office", NOBODY)}


def test_where_work_waits_for_the_site_nobody_at_work_is_a_matter_for_people() -> None:
    """Five documents wait, and nobody says for which line: strong, a P2; when they are gone, it is a notice again."""
    floor = nobody()
    floor.waiting = {None: 5}
    floor.then(4000)
    claim = floor.claims[SITE, NOBODY]
    assert (claim.certainty, claim.stops, claim.severity) == (Certainty.STRONG, True, Severity.ERROR)
    floor.waiting = {None: 0}
    floor.then(2 * LOOK_S)
    assert floor.claims[SITE, NOBODY].certainty is Certainty.POSSIBLE


def test_work_that_came_just_now_is_given_its_time() -> None:
    """Nobody was there for hours, and work waits since ten minutes: it stays a notice for an hour."""
    floor = nobody().then(2 * HOUR)
    floor.waiting = {None: 5}
    floor.then(600)
    assert floor.claims[SITE, NOBODY].certainty is Certainty.POSSIBLE
    floor.then(HOUR)
    assert floor.claims[SITE, NOBODY].certainty is Certainty.STRONG


@pytest.mark.parametrize(
    "excuse",
    [
        {"hours": None},
        {"hours": Hours.BREAK},
        {"hours": Hours.OFF},
        {"surely": False},
        {"hows": {"lam1": How.EXPLAINED}},
        {"hows": dict.fromkeys(NAMES, How.AWAY)},
        {"hows": dict.fromkeys(NAMES[:3], How.UNHEARD)},
    ],
)
def test_nobody_is_noticed_where_something_explains_it(excuse: dict[str, object]) -> None:
    """No calendar, a break, the night, the edge of a shift, a machine with a reason, a planned stop, no contact."""
    floor = nobody()
    for name, value in excuse.items():
        setattr(floor, name, value)
    assert floor.then(8 * HOUR).noticed(NOBODY) == set()


def test_a_site_that_never_made_anything_is_not_known_to_be_able() -> None:
    """None of its machines counts, as far as anybody has seen."""
    floor = Floor(known=False)
    assert floor.then(8 * HOUR).noticed() == set()


def test_where_few_documents_are_usual_an_hour_without_one_is_none() -> None:
    """Two an hour at the whole site: an hour without is no wonder, and no notice."""
    floor = Floor(known=False)
    floor.notices = Notices(PLAN, Learnt(usual={str(L1): weeks(2)}))
    floor.then(600)
    floor.made("prn1")
    assert floor.then(2 * HOUR).noticed() == set()
    assert floor.then(3 * HOUR).noticed() == {("site:office", NOBODY)}


def test_a_restart_goes_on_with_what_was_noticed_and_begins_no_clock_anew_too_early() -> None:
    """What stood stands; what did not needs its whole time again."""
    first = nobody().then(3500)
    again = Floor(now=first.now)
    again.notices.known_to_make(at(2 * HOUR))
    for claim in first.claims.values():
        again.notices.resume(claim)
    again.claims = dict(first.claims)
    assert again.then(600).noticed() == first.noticed()
    assert again.then(3200).noticed() == {("site:office", NOBODY)}
    last = Floor(now=again.now)
    last.notices.resume(again.claims[SITE, NOBODY])
    last.notices.resume(replace(again.claims[SITE, NOBODY], subject=L2, condition=QUIET))
    last.notices.resume(replace(again.claims[SITE, NOBODY], subject=Subject(SubjectKind.LINE, "l9"), condition=QUIET))
    assert last.notices.changed == {(Subject(SubjectKind.LINE, "l9"), QUIET): None}


def slow(floor: Floor, days: int, gap_s: float, first: int = 0, machine: str = "prn1") -> int | None:
    """So many days of 200 gaps; after how many documents it was noticed."""
    for number in range(days * 200):
        floor.made(machine, gap_s * (0.95 + 0.01 * (number % 11)), FIRST + timedelta(days=first + number // 200))
        if (Subject(SubjectKind.MACHINE, machine), SLOWER) in floor.claims:
            return number
    return None


def test_a_machine_that_takes_a_fifth_longer_is_told_to_be_slower() -> None:
    """After some dozens of documents, with both times; when it is as quick as before, it is over."""
    floor = Floor()
    assert slow(floor, 8, 40.0) is None
    found = slow(floor, 1, 48.0, first=8)
    assert found is not None
    assert 29 <= found <= 120
    claim = floor.claims[Subject(SubjectKind.MACHINE, "prn1"), SLOWER]
    assert (claim.certainty, claim.stops) == (Certainty.LIKELY, False)
    time, documents = claim.evidence
    assert time.expected == pytest.approx(40.0, rel=0.05)
    assert time.value == pytest.approx(48.0, rel=0.08)
    assert documents.value >= 30  # type: ignore[operator]
    assert floor.notices.pace("prn1").usual_s == pytest.approx(40.0, rel=0.05)
    for _ in range(200):
        floor.made("prn1", 39.0, FIRST + timedelta(days=9))
    assert floor.noticed(SLOWER) == set()


def test_a_machine_quicker_than_its_polls_is_never_slower() -> None:
    """What is seen of one that makes something with every poll or two is the rhythm of the polls."""
    floor = Floor()
    assert slow(floor, 8, 14.0) is None
    assert slow(floor, 2, 21.0, first=8) is None
    assert floor.notices.pace("prn1").slower is not None


def test_the_pace_of_another_machine_or_another_count_is_not_known_yet() -> None:
    """A machine was replaced, or its settings say that two counts are one document: nothing is slower than before."""
    floor = Floor()
    slow(floor, 8, 40.0)
    floor.notices.forget("prn1")
    assert slow(floor, 4, 80.0, first=8) is None
    floor = Floor()
    slow(floor, 8, 40.0)
    documents = replace(PRODUCED, per_document=2)
    for number in range(400):
        floor.notices.made("prn1", 1, documents, 80.0, FIRST + timedelta(days=9 + number // 200), floor.at)
    assert not floor.notices.changed
    assert floor.notices.pace("prn1").counted == "sheets/2"


def test_what_is_slower_survives_a_restart_with_its_pace_only() -> None:
    """The claim stands as long as the pace says so; a pace that was lost ends it."""
    floor = Floor()
    slow(floor, 8, 40.0)
    slow(floor, 1, 48.0, first=8)
    claim = floor.claims[Subject(SubjectKind.MACHINE, "prn1"), SLOWER]
    again = Notices(PLAN, Learnt(paces={"prn1": floor.notices.pace("prn1").pace}))
    again.resume(claim)
    assert again.changed == {}
    lost = Notices(PLAN)
    lost.resume(claim)
    assert lost.changed == {(claim.subject, SLOWER): None}


def test_priorities_are_those_of_notices() -> None:
    """Of all that is found here only a site that does not work although work waits is more than a P4."""
    floor = nobody()
    floor.waiting = {None: 5}
    strong = floor.then(4000).claims[SITE, NOBODY]
    possible = nobody().then(4000).claims[SITE, NOBODY]
    quiet = rests(working(), "qc9").then(HOUR).claims[ALONE, QUIET]
    found = [ruled(claim, RULES[claim.condition]).priority for claim in (strong, possible, quiet)]
    assert found == [Priority.P2, Priority.NOTICE, Priority.NOTICE]
