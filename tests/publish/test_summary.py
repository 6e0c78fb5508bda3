"""The summary of a site: counts of what is known now, the worst of it, and whether documents can be made."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.assess.timeline import BUSY, COVER, EPOCH, FILM_LOW, IDLE, JAM, JAMMED, PRINTER, Machine, at

from fleetmon.assess.fleet import Snapshot
from fleetmon.model.alerts import PlannedStop, Subject, SubjectKind, Telling
from fleetmon.model.plan import FleetPlan, LinePlan, MachinePlan
from fleetmon.model.report import Report
from fleetmon.model.words import MachineKind, Severity, State
from fleetmon.publish import contract
from fleetmon.publish.alerts import alert_counts
from fleetmon.publish.envelope import rfc3339
from fleetmon.publish.payloads import Production, Summary
from fleetmon.publish.summary import production, summary

from .alerting import alert

RUNNING, DEGRADED, STOPPED = Production
AS_LETTERS = {"i": State.IDLE, "p": State.PROCESSING, "s": State.STOPPED, "?": State.UNKNOWN}
SCHEMA = Draft202012Validator(Summary.model_json_schema(by_alias=True, mode="serialization"))


def machine(name: str, *said: tuple[float, Report], kind: MachineKind = MachineKind.PRINTER) -> Machine:
    """A machine that said this, and then nothing."""
    heard = Machine(replace(PRINTER, id=name, kind=kind))
    for second, report in said:
        heard.says(second, report)
    return heard


def lost(heard: Machine, since: float) -> Machine:
    """The machine, silent long enough."""
    for second in (since, since + 5, since + 65):
        heard.keeps_silent(second)
    return heard


def told(*machines: Machine, lines: Sequence[LinePlan] = ()) -> dict[str, Any]:
    """The data of the summary, proven to fit its schema."""
    plan = FleetPlan("office", tuple(each.plan for each in machines), tuple(lines))
    view = summary([each.known for each in machines], plan, at(100))
    assert (view.topic, view.type, view.retain, view.qos) == ("summary", contract.SUMMARY, True, 1)
    assert view.data is not None
    SCHEMA.validate(view.data)
    return view.data


def line(picture: str) -> tuple[LinePlan, dict[str, State]]:
    """`ip s?` is a line of two stages with two machines each, and their states."""
    stages, states = [], {}
    for number, stage in enumerate(picture.split()):
        names = tuple(f"{picture}-{number}-{place}" for place in range(len(stage)))
        states |= {name: AS_LETTERS[letter] for name, letter in zip(names, stage, strict=True)}
        stages.append(names)
    return LinePlan(picture, tuple(stages)), states


def test_an_office_before_its_first_answer_says_nothing() -> None:
    """Nobody heard: zero faults are no claim that all is well, production is null."""
    data = told(machine("prn1"), lines=[LinePlan("line1", (("prn1",),))])
    assert data == {
        "production": None,
        "alerts": {
            "told": {"1": 0, "2": 0, "3": 0, "4": 0, "5": 0},
            "unacknowledged": 0,
            "held_back": 0,
            "pending": 0,
            "worst": None,
        },
        "worst": None,
        "faults": {"error": 0, "warning": 0, "report": 0},
        "states": {"idle": 0, "processing": 0, "stopped": 0, "unknown": 1},
        "machines": {"total": 1, "live": 0, "stale": 0, "lost": 0, "awaited": 1, "asleep": 0},
        "kinds": {"printer": {"total": 1, "able": 0, "stopped": 0}},
        "planned_stops": [],
        "planned_stops_omitted": 0,
    }


def test_alerts_and_planned_stops_stand_in_it() -> None:
    """Whom it calls, and what stands still on purpose: the first to end first, eight at most."""
    stops = [
        PlannedStop(Subject(SubjectKind.MACHINE, f"m{n}"), "desk", at(0), EPOCH + 3600 * (12 - n), "belt")
        for n in range(10)
    ]
    open_ = alert(telling=Telling(at(0)))
    view = summary([], FleetPlan("office", ()), at(1), [open_], stops)
    data = Summary.model_validate(view.data)
    assert view.data is not None
    assert view.data["alerts"] == alert_counts([open_], FleetPlan("office", ()))
    assert [stop.scope.id for stop in data.planned_stops] == [f"m{n}" for n in range(9, 1, -1)]
    assert data.planned_stops_omitted == 2


def test_a_mixed_office_at_one_glance() -> None:
    """One works, one jammed at 20 s, one is low on film, one was lost with its cover open: that cover is history."""
    data = told(
        machine("prn1", (0, BUSY)),
        machine("prn2", (10, IDLE), (20, JAMMED)),
        machine("lam1", (5, replace(IDLE, faults=(FILM_LOW,))), kind=MachineKind.LAMINATOR),
        lost(machine("prn3", (0, replace(JAMMED, faults=(COVER,)))), 10),
        lines=[LinePlan("line1", (("prn1", "prn2"), ("lam1",)))],
    )
    assert data["production"] == "degraded"
    assert data["worst"] == {
        "machine": "prn2",
        "reason": "media-jam",
        "class": "jam",
        "severity": "error",
        "since": rfc3339(EPOCH + 20),
    }
    assert data["faults"] == {"error": 1, "warning": 1, "report": 0}
    assert data["states"] == {"idle": 1, "processing": 1, "stopped": 1, "unknown": 1}
    assert (data["machines"]["live"], data["machines"]["lost"]) == (3, 1)
    assert data["kinds"] == {
        "printer": {"total": 3, "able": 1, "stopped": 1},
        "laminator": {"total": 1, "able": 1, "stopped": 0},
    }


def test_of_equal_faults_the_oldest_is_the_worst() -> None:
    """Two machines jammed: the one that waits longer is named, in whatever order the settings have them."""
    first, second = machine("prn1", (30, JAMMED)), machine("prn2", (20, JAMMED))
    for order in ((first, second), (second, first)):
        assert told(*order)["worst"]["machine"] == "prn2"


def test_an_open_cover_is_worse_than_an_older_warning() -> None:
    """Severity first, then the order of the classes, as in a machine's own headline."""
    low = machine("prn1", (0, replace(IDLE, faults=(FILM_LOW,))))
    jam = machine("prn2", (10, replace(JAMMED, faults=(JAM,))))
    cover = machine("prn3", (20, replace(JAMMED, faults=(COVER,))))
    assert told(low, jam)["worst"]["machine"] == "prn2"
    assert told(low, jam, cover)["worst"]["machine"] == "prn3"


def test_what_an_earlier_run_knew_is_not_known_now() -> None:
    """After a restart the old fault still stands in the machine's state; the summary waits for the first answer."""
    again = machine("prn1", (0, JAMMED))
    again.resumes()
    assert (told(again)["states"]["unknown"], told(again)["worst"]) == (1, None)
    again.says(5, JAMMED)
    assert (told(again)["states"]["stopped"], told(again)["worst"]["machine"]) == (1, "prn1")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], None),
        (["i"], RUNNING),
        (["i p"], RUNNING),
        (["s"], STOPPED),
        (["?"], None),
        (["ii s"], STOPPED),  # no document gets past the second stage
        (["is i"], DEGRADED),
        (["i? i"], DEGRADED),  # one of two is enough to go on, and the other is at least in doubt
        (["? s"], STOPPED),  # whatever the first stage does
        (["? is"], None),
        (["s? i"], None),
        (["i", "s"], DEGRADED),
        (["i", "?"], None),  # running or degraded: nobody knows
        (["s", "?"], None),  # stopped or degraded
        (["is", "?"], DEGRADED),  # whatever the other line does
        (["i", "s", "?"], DEGRADED),
        (["s", "s s"], STOPPED),
        (["is", "si"], DEGRADED),
    ],
)
def test_production_is_what_follows_from_what_is_known(lines: list[str], expected: Production | None) -> None:
    """Each line as stages of parallel machines: idle, processing, stopped or unknown."""
    drawn = [line(picture) for picture in lines]
    states = {name: state for _, known in drawn for name, state in known.items()}
    assert production([plan for plan, _ in drawn], states) == expected


stages = st.text("ips", min_size=1, max_size=3)
pictures = st.lists(st.lists(stages, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=3, unique=True)


@given(pictures, st.data())
def test_what_is_said_in_doubt_holds_when_the_doubt_is_gone(drawn: list[str], data: st.DataObject) -> None:
    """With machines hidden, stopped is said only if it is true whatever they do, running never falsely."""
    plans = [line(picture) for picture in drawn]
    states = {name: state for _, known in plans for name, state in known.items()}
    truth = production([plan for plan, _ in plans], states)
    assert truth is not None
    hidden = data.draw(st.sets(st.sampled_from(sorted(states))))
    seen = production([plan for plan, _ in plans], {name: s for name, s in states.items() if name not in hidden})
    allowed = {RUNNING: {RUNNING, DEGRADED, None}, DEGRADED: {DEGRADED, None}, STOPPED: {STOPPED, None}}
    assert seen in allowed[truth]


@given(st.data())
def test_a_thousand_machines_fit_whatever_their_names(data: st.DataObject) -> None:
    """Every count adds up and the payload stays far below the soft limit, with the longest ids."""
    reports = [IDLE, BUSY, JAMMED, Report()]
    pattern = data.draw(st.lists(st.sampled_from(reports), min_size=1, max_size=8))
    snapshots: list[Snapshot] = []
    plans: list[MachinePlan] = []
    for number, report in zip(range(1000), itertools.cycle(pattern), strict=False):
        heard = machine(f"m{number:047}", (0, report), kind=list(MachineKind)[number % len(MachineKind)])
        snapshots.append(heard.known)
        plans.append(heard.plan)
    view = summary(snapshots, FleetPlan("office", tuple(plans)), at(1))
    told = Summary.model_validate(view.data)
    assert told.machines.total == sum(told.states.values()) == sum(kind.total for kind in told.kinds.values()) == 1000
    assert told.faults[Severity.ERROR.value] == told.states[State.STOPPED.value]
    assert len(str(view.data)) < 2000
