"""What a line does, whose standstill it is, and which alerts are only another one's consequence."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleetmon.assess.activity import Doing
from fleetmon.assess.calendar import Hours
from fleetmon.assess.lines import Verdict, attached, judge, stage_left
from fleetmon.model.alerts import Alert, AlertState, Claim, Condition, Onset, Subject, SubjectKind
from fleetmon.model.plan import LinePlan
from fleetmon.model.words import Activity, LineState

from .timeline import at

P, R, H, F = Activity.PRODUCING, Activity.IDLE, Activity.HELD, Activity.FAULTED
S, U, OFF, W, C = (
    Activity.STALLED,
    Activity.UNKNOWN,
    Activity.PLANNED_OFF,
    Activity.WARMING_UP,
    Activity.CLEANING,
)
TWO = LinePlan("line-1", (("prn1",), ("lam1",)))
THREE = LinePlan("line-1", (("prn1",), ("lam1",), ("qc1",)))
WIDE = LinePlan("line-1", (("prn1", "prn2"), ("lam1",)))


def does(activity: Activity, second: float = 0, reason: str | None = None) -> Doing:
    return Doing(activity, at(second), reason)


def verdict(line: LinePlan, *own: Activity | Doing, second: float = 1000, before: Verdict | None = None) -> Verdict:
    """The verdict at `second`; `own` in the order of the line's machines."""
    machines = [machine for stage in line.stages for machine in stage]
    doings = [each if isinstance(each, Doing) else does(each) for each in own]
    return judge(line, dict(zip(machines, doings, strict=True)), before, at(second))


def told(found: Verdict) -> tuple[LineState, tuple[str, ...], int | None]:
    return found.state, found.roots, found.stage_out


PRODUCING, DEGRADED, STOPPED = LineState.PRODUCING, LineState.DEGRADED, LineState.STOPPED
IDLE, PLANNED_OFF, UNKNOWN = LineState.IDLE, LineState.PLANNED_OFF, LineState.UNKNOWN


@pytest.mark.parametrize(
    ("own", "state", "roots", "stage_out"),
    [
        ((P, P), PRODUCING, (), None),
        ((R, P), PRODUCING, (), None),
        ((P, R), PRODUCING, (), None),
        ((R, R), IDLE, (), None),
        ((P, F), STOPPED, ("lam1",), 2),
        ((R, F), STOPPED, ("lam1",), 2),
        ((F, R), STOPPED, ("prn1",), 1),
        ((H, R), STOPPED, ("prn1",), 1),
        ((S, R), STOPPED, ("prn1",), 1),
        ((F, P), DEGRADED, ("prn1",), 1),
        ((F, H), STOPPED, ("prn1", "lam1"), 1),
        ((U, P), PRODUCING, (), None),
        ((U, R), UNKNOWN, ("prn1",), None),
        ((P, U), UNKNOWN, ("lam1",), None),
        ((U, U), UNKNOWN, ("prn1", "lam1"), None),
        ((F, U), STOPPED, ("prn1",), 1),
        ((U, F), STOPPED, ("lam1",), 2),
        ((OFF, OFF), PLANNED_OFF, (), None),
        ((OFF, H), PLANNED_OFF, (), 2),
        ((P, OFF), PLANNED_OFF, (), None),
        ((OFF, P), PRODUCING, (), None),
        ((W, R), IDLE, (), None),
        ((P, C), PRODUCING, (), None),
        ((C, R), IDLE, (), None),
    ],
)
def test_a_line_of_single_machines(
    own: tuple[Activity, Activity], state: LineState, roots: tuple[str, ...], stage_out: int | None
) -> None:
    """Every pair of activities that differs: documents come out, or a stage is out, or nobody knows, or by plan."""
    assert told(verdict(TWO, *own)) == (state, roots, stage_out)


@pytest.mark.parametrize(
    ("own", "state", "roots", "stage_out", "left"),
    [
        ((P, P, P), PRODUCING, (), None, 2),
        ((F, P, P), DEGRADED, ("prn1",), None, 1),
        ((F, P, R), DEGRADED, ("prn1",), None, 1),
        ((F, R, R), IDLE, (), None, 1),
        ((H, F, R), STOPPED, ("prn1", "prn2"), 1, 0),
        ((H, F, P), DEGRADED, ("prn1", "prn2"), 1, 0),
        ((OFF, P, P), PRODUCING, (), None, 1),
        ((OFF, F, R), STOPPED, ("prn2",), 1, 0),
        ((OFF, OFF, R), PLANNED_OFF, (), None, 0),
        ((F, U, R), UNKNOWN, ("prn2",), None, 1),
        ((R, U, R), IDLE, (), None, 2),
        ((F, W, R), IDLE, (), None, 1),
        ((F, C, P), DEGRADED, ("prn1",), None, 1),
    ],
)
def test_a_stage_of_parallel_machines(
    own: tuple[Activity, ...], state: LineState, roots: tuple[str, ...], stage_out: int | None, left: int
) -> None:
    """A stage is out when none of its machines is left, partly held and partly faulted as they may be."""
    assert told(verdict(WIDE, *own)) == (state, roots, stage_out)
    doings = dict(zip(("prn1", "prn2", "lam1"), map(does, own), strict=True))
    assert stage_left(WIDE, "prn1", doings) == left


def test_who_waits_behind_a_stop_is_starved_and_who_waits_before_it_blocked() -> None:
    """The laminator jams at 100 s; the printer rests from 300 s, the desk from 150 s."""
    found = verdict(THREE, does(R, 300), does(F, 100, "media-jam"), does(R, 150))
    assert found.doings["prn1"] == does(Activity.BLOCKED, 300, "media-jam")
    assert found.doings["lam1"] == does(F, 100, "media-jam")
    assert found.doings["qc1"] == does(Activity.STARVED, 150, "media-jam")
    assert told(found) == (STOPPED, ("lam1",), 2)


def test_who_rested_before_the_stop_had_nothing_to_do() -> None:
    """The printer rests since 0 s, the laminator jams at 100 s: the printer is idle, not blocked."""
    found = verdict(TWO, does(R, 0), does(F, 100, "media-jam"))
    assert found.doings["prn1"] == does(R, 0)


def test_starving_is_followed_through_who_only_waits() -> None:
    """The printer stops, the laminator waits, the desk waits: both starve for the printer's sake, the root is one."""
    found = verdict(THREE, does(H, 50, "media-empty"), does(R, 200), does(R, 100))
    assert [found.doings[each].activity for each in ("lam1", "qc1")] == [Activity.STARVED] * 2
    assert told(found) == (STOPPED, ("prn1",), 1)


def test_nobody_is_blamed_for_a_machine_that_is_not_heard() -> None:
    """The only printer is lost: the laminator's rest has no known cause, the line is unknown and says for whom."""
    found = verdict(TWO, does(U, 50), does(R, 100))
    assert found.doings["lam1"].activity is R
    assert told(found) == (UNKNOWN, ("prn1",), None)


def test_a_lost_machine_in_the_chain_does_not_hide_a_stop() -> None:
    """The laminator is lost and the desk jammed: that is certain; the printer's rest is not followed beyond the gap."""
    found = verdict(THREE, does(R, 300), does(U, 50), does(F, 100, "media-jam"))
    assert told(found) == (STOPPED, ("qc1",), 3)
    assert found.doings["prn1"].activity is R


def test_two_stops_are_two_roots_the_first_out_first() -> None:
    """The laminator stops at 100 s, the printer at 200 s: two roots; the stage that went out first ended the flow."""
    found = verdict(TWO, does(F, 200, "media-jam"), does(H, 100, "laminator-supply-empty"))
    assert told(found) == (STOPPED, ("lam1", "prn1"), 2)
    assert found.stage_out_since == at(100)


def test_what_the_polls_cannot_tell_apart_is_ordered_from_upstream_down() -> None:
    """Both are seen to stop within one round of polls, in either order: the same verdict."""
    for first, second in ((100, 108), (108, 100)):
        found = verdict(TWO, does(F, first, "media-jam"), does(F, second, "media-jam"))
        assert told(found) == (STOPPED, ("prn1", "lam1"), 1)


def test_a_stage_is_out_since_its_last_machine_stopped() -> None:
    """One printer at 100 s, the other at 400 s."""
    assert verdict(WIDE, does(F, 100), does(H, 400), does(R, 450)).stage_out_since == at(400)


def test_without_media_behind_a_stop_is_starved() -> None:
    """The printer jams at 100 s, at 160 s the laminator says that it has no media: nothing comes, one root."""
    found = verdict(TWO, does(F, 100, "media-jam"), does(H, 160, "media-empty"))
    assert found.doings["lam1"] == does(Activity.STARVED, 160, "media-jam")
    assert told(found) == (STOPPED, ("prn1",), 1)


def test_without_media_before_the_stop_is_a_stop_of_its_own() -> None:
    """The laminator was out of media a minute before the printer jammed: two."""
    found = verdict(TWO, does(F, 160, "media-jam"), does(H, 100, "media-empty"))
    assert told(found) == (STOPPED, ("lam1", "prn1"), 2)


def test_without_media_while_something_comes_is_its_own_need() -> None:
    """The printer works: the laminator's media are its own."""
    assert told(verdict(TWO, does(P), does(H, 160, "media-empty"))) == (STOPPED, ("lam1",), 2)


def test_no_room_before_a_stop_is_blocked() -> None:
    """The laminator jams at 100 s, at 160 s the printer's output is full."""
    found = verdict(TWO, does(H, 160, "output-area-full"), does(F, 100, "media-jam"))
    assert found.doings["prn1"] == does(Activity.BLOCKED, 160, "media-jam")
    assert told(found) == (STOPPED, ("lam1",), 2)


def test_two_machines_are_never_at_each_other_s_door() -> None:
    """The printer's output is full, the laminator has no media: nobody carries; the printer's is the root."""
    found = verdict(TWO, does(H, 100, "output-area-full"), does(H, 100, "media-empty"))
    assert told(found) == (STOPPED, ("prn1",), 1)
    assert found.doings["lam1"].activity is Activity.STARVED


def test_a_verdict_goes_on_since_it_began() -> None:
    """Stopped at 1000 s, judged again at 1010 s: the very same; another root at 1020 s: stopped since 995 s."""
    first = verdict(TWO, does(P), does(F, 995))
    again = verdict(TWO, does(P), does(F, 995), second=1010, before=first)
    assert again is first
    also = verdict(TWO, does(H, 1020), does(F, 995), second=1020, before=first)
    assert (also.state, also.since, also.roots) == (STOPPED, at(995), ("lam1", "prn1"))


def test_a_line_that_was_not_known_stands_since_its_stage_did() -> None:
    """After a restart of the daemon: the stop is as old as the fault, not as the daemon."""
    unknown = verdict(TWO, U, U, second=900)
    assert verdict(TWO, does(P, 950), does(F, 100), before=unknown).since == at(100)
    assert verdict(TWO, does(P, 950), does(F, 100)).since == at(100)


def test_a_fault_at_night_stops_no_line() -> None:
    """Nothing works and nobody should: planned off, whoever stands; whoever works is seen to."""
    own = {"prn1": does(F), "lam1": does(F)}
    assert judge(TWO, own, None, at(10), hours=Hours.OFF).state is PLANNED_OFF
    assert judge(TWO, {"prn1": does(P), "lam1": does(F)}, None, at(10), hours=Hours.OFF).state is STOPPED


def test_a_machine_that_nobody_has_told_of_is_unknown_since_it_was_first_missed() -> None:
    """A line is judged before its machines are: unknown, and the same again a moment later."""
    first = judge(TWO, {}, None, at(10))
    assert told(first) == (UNKNOWN, ("prn1", "lam1"), None)
    assert judge(TWO, {}, first, at(20)) is first


def test_a_line_without_stages_is_unknown() -> None:
    """Its machines may be desks that nobody can ask."""
    assert told(judge(LinePlan("line-1", ()), {}, None, at(0))) == (UNKNOWN, (), None)


def test_a_machine_outside_the_line_is_a_stage_of_its_own() -> None:
    """Nobody stands beside it."""
    assert stage_left(TWO, "lbl1", {"lbl1": does(F)}) == 0
    assert stage_left(TWO, "lbl1", {"lbl1": does(P)}) == 1


# -- alerts


def alert(machine: str, condition: Condition, began: float, after: float | None = None, *, stops: bool = True) -> Alert:
    """An alert that began between two looks, by default ten seconds apart."""
    by = at(began)
    claim = Claim(Subject(SubjectKind.MACHINE, machine), condition, by, stops=stops)
    onset = Onset(at(began - 10 if after is None else after), by)
    return Alert(claim.key, f"{machine}-{condition}", claim, onset, AlertState.ACTIVE)


JAM, COVER, EMPTY, FULL = Condition.JAM, Condition.COVER_OPEN, Condition.MEDIA_EMPTY, Condition.OUTPUT_FULL


def test_no_media_behind_a_jam_is_attached_to_it() -> None:
    """The printer jams at 100 s, the laminator is without media at 160 s."""
    jam, empty = alert("prn1", JAM, 100), alert("lam1", EMPTY, 160)
    assert attached(TWO, [jam, empty]) == {empty.key: jam.key}


def test_no_room_before_a_jam_is_attached_to_it() -> None:
    """The laminator jams at 100 s, the printer's output is full at 160 s."""
    full, jam = alert("prn1", FULL, 160), alert("lam1", JAM, 100)
    assert attached(TWO, [full, jam]) == {full.key: jam.key}


def test_nothing_else_is_attached() -> None:
    """Two jams are two; no media before a jam, no room behind one, are their own; a low film starves nobody."""
    assert attached(TWO, [alert("prn1", JAM, 100), alert("lam1", JAM, 160)]) == {}
    assert attached(TWO, [alert("prn1", EMPTY, 160), alert("lam1", JAM, 100)]) == {}
    assert attached(TWO, [alert("prn1", JAM, 100), alert("lam1", FULL, 160)]) == {}
    low = alert("prn1", Condition.SUPPLY_LOW, 100, stops=False)
    assert attached(TWO, [low, alert("lam1", EMPTY, 160)]) == {}
    assert attached(TWO, [alert("prn1", Condition.CONTACT_LOST, 100), alert("lam1", EMPTY, 160)]) == {}


def test_what_surely_began_first_is_no_consequence() -> None:
    """No media at 100 s, the jam between 150 and 160 s: two. With looks that overlap: one."""
    assert attached(TWO, [alert("prn1", JAM, 160, 150), alert("lam1", EMPTY, 100)]) == {}
    jam, empty = alert("prn1", JAM, 108, 98), alert("lam1", EMPTY, 100, 90)
    assert attached(TWO, [jam, empty]) == {empty.key: jam.key}


def test_while_one_printer_is_left_nothing_starves() -> None:
    """Of two printers one is jammed: no consequence. Both: of the one that stopped last, since that ended the flow."""
    first, empty = alert("prn1", JAM, 100), alert("lam1", EMPTY, 300)
    assert attached(WIDE, [first, empty]) == {}
    last = alert("prn2", COVER, 250)
    assert attached(WIDE, [first, empty, last]) == {empty.key: last.key}
    lost = alert("prn2", Condition.CONTACT_LOST, 250, stops=False)
    assert attached(WIDE, [first, empty, lost]) == {empty.key: first.key}


def test_a_machine_s_first_alert_is_the_cause() -> None:
    """A jam, then the cover opened for it: the jam. Of two that may have begun together the own fault."""
    jam, cover, empty = alert("prn1", JAM, 100), alert("prn1", COVER, 130), alert("lam1", EMPTY, 160)
    assert attached(TWO, [cover, jam, empty]) == {empty.key: jam.key}
    together = alert("prn1", FULL, 100)
    assert attached(TWO, [together, jam, empty])[empty.key] == jam.key


def test_a_chain_hangs_on_its_root() -> None:
    """Printer jammed, laminator without media, desk without media: both hang on the jam."""
    jam, one, two = alert("prn1", JAM, 100), alert("lam1", EMPTY, 160), alert("qc1", EMPTY, 220)
    assert attached(THREE, [two, one, jam]) == {one.key: jam.key, two.key: jam.key}
    assert attached(THREE, [two, one]) == {two.key: one.key}


def test_full_before_and_empty_behind_do_not_blame_each_other() -> None:
    """The printer's output is full, the laminator has no media: one way only."""
    full, empty = alert("prn1", FULL, 100), alert("lam1", EMPTY, 100)
    assert attached(TWO, [full, empty]) == {empty.key: full.key}


def test_two_independent_stops_stay_two() -> None:
    """Jams at both ends of three stages, the middle one without media: it hangs on the upstream one."""
    one, middle, other = alert("prn1", JAM, 100), alert("lam1", EMPTY, 160), alert("qc1", JAM, 100)
    assert attached(THREE, [other, middle, one]) == {middle.key: one.key}


# -- any line

_reasons = st.sampled_from([None, "media-jam", "media-empty", "output-area-full", "cover-open", "no-such-word"])
_seconds = st.integers(0, 100).map(lambda tens: tens * 10.0)


@st.composite
def lines(draw: st.DrawFn) -> LinePlan:
    """Up to five stages of up to three machines."""
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=5))
    stages = tuple(tuple(f"m{stage}{place}" for place in range(size)) for stage, size in enumerate(sizes))
    return LinePlan("line-1", stages)


def machines_of(line: LinePlan) -> list[str]:
    return [machine for stage in line.stages for machine in stage]


_doings = st.builds(does, st.sampled_from([P, R, H, F, S, U, OFF, W, C]), _seconds, _reasons)


@st.composite
def cases(draw: st.DrawFn) -> tuple[LinePlan, dict[str, Doing], Sequence[str]]:
    line = draw(lines())
    own = {machine: draw(_doings) for machine in machines_of(line)}
    return line, own, draw(st.permutations(machines_of(line)))


@given(cases())
@settings(max_examples=200)
def test_any_line_has_a_verdict_whatever_the_order(
    case: tuple[LinePlan, dict[str, Doing], Sequence[str]],
) -> None:
    """Two hundred lines: the order of machines changes nothing; roots stand by themselves; a stop has a root."""
    line, own, order = case
    found = judge(line, own, None, at(1000))
    turned = LinePlan(line.id, tuple(tuple(reversed(stage)) for stage in line.stages))
    again = judge(turned, {machine: own[machine] for machine in order}, None, at(1000))
    assert again == found
    assert judge(line, own, found, at(1010)) is found
    assert (found.state is STOPPED) <= bool(found.roots)
    assert (found.state is DEGRADED) <= (bool(found.roots) or _somebody_waits_at_a_neighbour_s_door(found, own))
    for root in found.roots:
        assert found.doings[root].activity in (H, F, S, U)
    for machine, doing in found.doings.items():
        assert doing.activity is own[machine].activity or doing.activity in (Activity.STARVED, Activity.BLOCKED)
        assert not doing.since.is_after(at(1000))


def _somebody_waits_at_a_neighbour_s_door(found: Verdict, own: Mapping[str, Doing]) -> bool:
    return any(found.doings[machine].activity is not doing.activity for machine, doing in own.items())


@given(cases())
@settings(max_examples=200)
def test_who_waits_has_somebody_who_stands(case: tuple[LinePlan, dict[str, Doing], Sequence[str]]) -> None:
    """A starved machine has a stage upstream that makes nothing, a blocked one a stage downstream."""
    line, own, _ = case
    found = judge(line, own, None, at(1000))
    idle = {R, Activity.STARVED, Activity.BLOCKED, P, U}
    stands = [not any(found.doings[machine].activity in idle for machine in stage) for stage in line.stages]
    for number, stage in enumerate(line.stages):
        for machine in stage:
            match found.doings[machine].activity:
                case Activity.STARVED:
                    assert any(stands[:number]) or _says_room(line.stages[:number], own)
                case Activity.BLOCKED:
                    assert any(stands[number + 1 :])


def _says_room(stages: Sequence[Sequence[str]], own: Mapping[str, Doing]) -> bool:
    return any(own[machine].activity is H for stage in stages for machine in stage)


_conditions = st.sampled_from([JAM, COVER, EMPTY, FULL, Condition.CONTACT_LOST, Condition.SUPPLY_LOW])


@st.composite
def alert_cases(draw: st.DrawFn) -> tuple[LinePlan, list[Alert], list[Alert]]:
    line = draw(lines())
    found = {}
    for _ in range(draw(st.integers(0, 12))):
        began = draw(_seconds)
        each = alert(
            draw(st.sampled_from(machines_of(line))),
            draw(_conditions),
            began,
            draw(st.sampled_from([began - 10, began - 30, began - 0.5])),
            stops=draw(st.booleans()),
        )
        found[each.key] = each
    alerts = list(found.values())
    return line, alerts, draw(st.permutations(alerts))


@given(alert_cases())
@settings(max_examples=200)
def test_any_alerts_hang_on_roots_whatever_the_order(case: tuple[LinePlan, list[Alert], list[Alert]]) -> None:
    """Only the two conditions hang, on an open alert of another stage that hangs on nothing; never the other way."""
    line, alerts, shuffled = case
    found = attached(line, alerts)
    turned = LinePlan(line.id, tuple(tuple(reversed(stage)) for stage in line.stages))
    assert attached(turned, shuffled) == found
    by_key = {each.key: each for each in alerts}
    for child, parent in found.items():
        assert parent not in found
        assert by_key[child].condition in (EMPTY, FULL)
        assert by_key[parent].claim.stops
        assert _stage_of(line, by_key[child]) != _stage_of(line, by_key[parent])


def _stage_of(line: LinePlan, of: Alert) -> int:
    return next(number for number, stage in enumerate(line.stages) if of.subject.id in stage)
