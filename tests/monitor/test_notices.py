"""What is noticed of the work itself by story, through the whole monitor: raised, told to nobody, kept, and over."""

from dataclasses import replace
from datetime import UTC, date, timedelta

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.assess.timeline import EPOCH

from fleetmon import memory_profiles
from fleetmon.assess.stalls.slowdown import Slowdown
from fleetmon.assess.stalls.usual import SLOT_S, SLOTS, WEEKS, Place, Usual, place
from fleetmon.model.alerts import Alert, Condition, Subject, SubjectKind
from fleetmon.model.orders import PlanStop
from fleetmon.model.plan import Calendar, FleetPlan, LinePlan, MachinePlan, Shift, SourcePlan, StallLimits
from fleetmon.model.stimuli import Work
from fleetmon.model.words import MachineKind, Silence, State, Unit, WorkSign

from .office import HOUR, JAM, Office, read

LINE = (("prn1", "prn2"), ("lam1",))
NAMES = ("prn1", "prn2", "lam1")
QUIET, NOBODY = "line:l1:quiet", "site:office:not-working"
#: 2026-05-28, a Thursday; the story begins at 20:26:40 UTC, the shift at 18:00.
SHIFT = Calendar(shifts=(Shift(days=tuple(range(7)), start=18 * 60, end=24 * 60),))


def weeks(an_hour: int = 60) -> Usual:
    """Six weeks with so many documents in every hour, until the story begins."""
    usual, now = Usual(), place(EPOCH, UTC)
    for week in range(now.week - WEEKS, now.week):
        for slot in range(SLOTS):
            usual.watched(SLOT_S, an_hour // 2, Place(week, slot, SLOT_S))
    usual.watched(1.0, 0, Place(now.week, 0, SLOT_S))
    return usual


def office(*, calendar: Calendar = SHIFT, known: bool = True) -> Office:
    """Half an hour of work, sheets counted by machines that say that they work."""
    site = Office(NAMES, LINE, calendar=calendar)
    if known:
        kept = memory_profiles.record_of_usual("line:l1", weeks())
        site.records[kept.kind, kept.id] = kept.body or b""
        site.starts()
    for machine in site.machines.values():
        machine.pace_s, machine.unit = 60.0, Unit.SHEETS
    return site.until(1800)


def rests(site: Office) -> Office:
    for machine in site.machines.values():
        machine.pace_s, machine.state = None, State.IDLE
    return site


def works(site: Office) -> Office:
    for machine in site.machines.values():
        machine.pace_s, machine.state = 60.0, None
    return site


def standing(site: Office) -> dict[str, Alert]:
    return {each.key: each for each in site.monitor.production.alerts() if each.open and each.gone is None}


def test_a_line_without_work_is_a_notice_that_nobody_hears_of() -> None:
    """All rest: after half an hour it stands as a notice, with a text; when work comes it is over."""
    site = rests(office()).then(2700)
    alert = standing(site)[QUIET]
    assert (alert.priority, alert.telling.announced) == (5, None)
    assert [(each.key, each.move, each.tell) for each in site.told] == [(QUIET, "raised", False)]
    assert "line l1 makes nothing since" in site.told[0].text.casefold()
    assert "work waiting unknown" in site.told[0].text
    works(site).then(120)
    assert standing(site) == {}
    assert site.moves(QUIET) == ["raised", "cleared"]
    read(site)


def test_what_is_usual_may_be_left_out() -> None:
    """As in the table of what each sign is worth: then nothing is noticed of silence."""
    site = office()
    site.starts(replace(site.plan, stall=StallLimits(signs=frozenset(WorkSign) - {WorkSign.USUAL})))
    rests(site).then(2 * HOUR)
    assert standing(site) == {}


def test_that_no_work_waits_is_said_where_somebody_knows() -> None:
    """The issuing system tells 0 for the line."""
    site = rests(office())
    site.works(Work(Subject(SubjectKind.LINE, "l1"), 0, 4 * HOUR, site.at(site.now)))
    site.then(2700)
    assert standing(site)[QUIET].impact.waiting == 0
    assert "no work waiting" in site.told[0].text


def test_a_site_in_which_nobody_works_is_one_notice_in_place_of_its_lines() -> None:
    """An hour after the last document; the line's own notice ends then."""
    site = rests(office()).then(4500)
    assert set(standing(site)) == {NOBODY}
    assert standing(site)[NOBODY].priority == 5
    assert not [each for each in site.told if each.tell]
    works(site).then(120)
    assert standing(site) == {}
    read(site)


def test_where_work_waits_for_the_site_somebody_is_called() -> None:
    """Two lines, and the issuing system tells of the site only: for which line, nobody knows. A P2, told once."""
    site = office(known=False)
    other = LinePlan("l2", (("lam1",),))
    site.reloads(replace(site.plan, lines=(LinePlan("l1", (("prn1", "prn2"),)), other)))
    rests(site)
    site.works(Work(Subject(SubjectKind.SITE, "office"), 5, 4 * HOUR, site.at(site.now)))
    site.then(4500)
    assert site.announced() == [NOBODY]
    alert = standing(site)[NOBODY]
    assert (alert.priority, alert.impact.waiting) == (2, 5)
    assert "5 documents waiting" in site.told[-1].text
    works(site).then(120)
    assert site.moves(NOBODY)[-1] == "cleared"
    read(site)


def test_without_hours_nobody_knows_whether_somebody_should_work() -> None:
    """A site that has no calendar has no such notice."""
    site = rests(office(calendar=Calendar(), known=False)).then(3 * HOUR)
    assert standing(site) == {}


def test_a_planned_stop_a_machine_that_is_not_heard_and_one_that_needs_somebody_explain_it() -> None:
    """None of these leaves a notice of the line."""
    stopped = rests(office())
    stopped.orders(PlanStop(Subject(SubjectKind.LINE, "l1"), "anna", stopped.at(4 * HOUR).utc, "service"))
    assert QUIET not in standing(stopped.then(3 * HOUR))
    lost = rests(office())
    lost.machines["lam1"].silent = Silence.TIMEOUT
    assert QUIET not in standing(lost.then(2 * HOUR))
    stands = rests(office())
    stands.machines["prn1"].faults, stands.machines["prn1"].state = (JAM,), None
    assert set(standing(stands.then(2 * HOUR))) == {"machine:prn1:jam"}


def test_the_end_of_the_shift_ends_it() -> None:
    """At midnight, three and a half hours after the story began."""
    site = rests(office()).until(12_600)
    assert set(standing(site)) == {NOBODY}
    assert standing(site.until(14_400)) == {}


def test_a_holiday_in_the_calendar_is_no_notice() -> None:
    """The office is closed on that day, and it is not told that nobody makes anything."""
    closed = replace(SHIFT, closed=frozenset({date(2026, 5, 28)}))
    site = rests(office(calendar=closed)).until(12_000)
    assert standing(site) == {}


def test_a_restart_and_a_clock_that_leaps_tell_nothing_twice_and_nothing_too_early() -> None:
    """What stood stands on, with the same name; what did not needs its whole time."""
    site = rests(office()).then(2700)
    name = standing(site)[QUIET].id
    site.starts()
    site.then(300)
    assert standing(site)[QUIET].id == name
    works(site).then(120)
    early = rests(office()).then(900)
    early.starts()
    early.set_off = 1800.0
    early.then(900)
    assert standing(early) == {}


def test_what_is_usual_is_kept_and_forgotten_with_its_line() -> None:
    """Written when the run ends, read by the next, and gone an hour after the line is."""
    site = office()
    site._keep(site.monitor.end(site.at(site.now)))
    assert ("usual", "line:l1") in site.records
    site.starts()
    assert site.monitor.production.floor.notices.usual()["line:l1"].a_month > 40_000
    site.starts(replace(site.plan, lines=()))
    site.then(3700)
    assert {id_ for kind, id_ in site.records if kind == "usual"} == {f"machine:{name}" for name in NAMES}
    site.starts(FleetPlan("office", site.plan.machines[:1]))
    assert {id_ for kind, id_ in site.records if kind == "pace"} <= {"prn1"}
    assert "machine:lam1" not in {id_ for kind, id_ in site.records if kind == "usual"}


def test_a_machine_that_became_slower_is_a_p4_for_the_technician() -> None:
    """It was quicker for weeks; after some dozens of documents it is told, and it reads like this."""
    slowdown = Slowdown()
    for number in range(8 * 100):
        slowdown.gap(40.0 + number % 5, date(2026, 5, 1) + timedelta(days=number // 100))
    site = Office(NAMES, LINE)
    kept = memory_profiles.record_of_pace("lam1", replace(slowdown.pace, counted="sheets/"))
    site.records[kept.kind, kept.id] = kept.body or b""
    site.starts()
    for machine in site.machines.values():
        machine.pace_s, machine.unit = 60.0, Unit.SHEETS
    site.until(2 * HOUR)
    key = "machine:lam1:slower"
    assert site.announced() == [key]
    assert standing(site)[key].priority == 4
    assert site.told[-1].text.startswith("Laminator lam1 has become slower since")
    site.starts()
    site.then(600)
    assert site.announced() == [key]
    read(site)


@settings(max_examples=8, deadline=None, phases=[Phase.generate])
@given(st.lists(st.tuples(st.sampled_from([300.0, 2400.0, 5400.0]), st.sampled_from([None, 45.0, 200.0])), max_size=5))
def test_a_machine_that_only_counts_never_calls_anybody(story: list[tuple[float, float | None]]) -> None:
    """Whatever it makes and when: it says nothing of itself, and nobody says that work waits."""
    source = (SourcePlan("main", "snmp://192.0.2.1"),)
    site = Office(("cnt1", "cnt2"), calendar=SHIFT)
    site.plan = FleetPlan(
        "office", tuple(MachinePlan(name, MachineKind.PRINTER, source) for name in site.names), calendar=SHIFT
    )
    for name in site.names:
        kept = memory_profiles.record_of_usual(f"machine:{name}", weeks())
        site.records[kept.kind, kept.id] = kept.body or b""
    site.starts()
    for machine in site.machines.values():
        machine.state, machine.unit = State.UNKNOWN, Unit.SHEETS
    for seconds, pace_s in story:
        site.machines["cnt1"].pace_s = pace_s
        site.machines["cnt2"].pace_s = None if pace_s is None else pace_s * 2
        _counted(site, seconds)
    assert not [each for each in site.told if each.tell]
    assert {each.alert["priority"] for each in site.told} <= {5}
    assert {each.alert["condition"] for each in site.told} <= {Condition.QUIET, Condition.NOT_WORKING}
    read(site)


PACES = st.lists(st.tuples(st.sampled_from([600.0, 2400.0, 4500.0]), st.sampled_from([None, 60.0])), max_size=4)


@settings(max_examples=6, deadline=None, phases=[Phase.generate])
@given(PACES, st.permutations(NAMES))
def test_no_order_of_polls_makes_a_difference(story: list[tuple[float, float | None]], order: list[str]) -> None:
    """Whoever is asked first: the same notices, with the same ends, and nothing told."""
    sites = [office(), office()]
    sites[1].order = order
    for site in sites:
        for seconds, pace_s in story:
            (works if pace_s else rests)(site).then(seconds)
    mine, others = ([(each.key, each.move, each.tell) for each in site.told] for site in sites)
    assert mine == others
    assert not any(tell for _, _, tell in mine)


def _counted(site: Office, seconds: float) -> None:
    """As `then`, of machines whose state says nothing."""
    end = site.now + seconds
    while site.now < end:
        for machine in site.machines.values():
            machine.made += 60.0 / machine.pace_s if machine.pace_s else 0.0
        site.then(60.0)
