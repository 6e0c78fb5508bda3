"""What is wrong with a machine now: the same as long as nothing changes, nothing of one that is not heard."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.assess.timeline import (
    BUSY,
    COVER,
    FILM_LOW,
    IDLE,
    JAM,
    JAMMED,
    LAMINATOR,
    PRINTER,
    Machine,
    at,
    sources,
)

from fleetmon import vocabulary
from fleetmon.assess import fleet
from fleetmon.assess.alerting.claims import claims, contact_claims
from fleetmon.model.alerts import Certainty, Claim, Condition, Evidence
from fleetmon.model.plan import MachinePlan
from fleetmon.model.report import Fault, Input, Level, Notice, Report, Supply
from fleetmon.model.words import Actor, MachineKind, Severity, Silence, State, SupplyKind

TWO = MachinePlan("lam1", MachineKind.LAMINATOR, sources("main", "tower"))


def now(machine: Machine, second: float, before: tuple[Claim, ...] = ()) -> tuple[Claim, ...]:
    """The claims of a machine that is heard."""
    found = claims(machine.known, machine.plan, at(second), before)
    assert found is not None
    return found


def conditions(found: tuple[Claim, ...]) -> list[tuple[Condition, str | None]]:
    """What is claimed, and of which part."""
    return [(claim.condition, claim.part) for claim in found]


def stopped(*faults: Fault) -> Report:
    """A report of a machine that stands."""
    return Report(state=State.STOPPED, faults=faults)


def test_a_claim_is_the_same_as_long_as_nothing_changes() -> None:
    """Jammed at 10 s, asked again until an hour later: seen since 10 s, each time."""
    machine = Machine()
    machine.says(5, BUSY)
    machine.says(10, JAMMED)
    first = now(machine, 10)
    machine.says(15, JAMMED)
    machine.says(3600, JAMMED)
    assert now(machine, 3600) == first
    (jam,) = first
    assert (jam.condition, jam.seen, jam.reasons, jam.stops) == (Condition.JAM, at(10), ("media-jam",), True)
    assert jam.key == "machine:prn1:jam"


@pytest.mark.parametrize("report", [IDLE, BUSY, Report(state=State.UNKNOWN), Report(asleep=True)])
def test_a_machine_without_faults_claims_nothing(report: Report) -> None:
    """Whatever it does, as long as it does not stand."""
    machine = Machine()
    machine.says(0, report)
    assert now(machine, 0) == ()


def test_nothing_is_known_of_a_machine_that_is_not_heard() -> None:
    """Awaited, silent once, lost: neither claimed nor withdrawn."""
    machine = Machine()
    assert claims(machine.known, PRINTER, at(0)) is None
    machine.says(0, JAMMED)
    assert claims(machine.known, PRINTER, at(0)) is not None
    machine.keeps_silent(5)
    assert claims(machine.known, PRINTER, at(5)) is None
    for second in (10, 15, 70):
        machine.keeps_silent(second)
    assert claims(machine.known, PRINTER, at(70)) is None
    machine.says(75, IDLE)
    assert now(machine, 75) == ()


def test_faults_of_one_need_and_part_are_one_claim_the_first_first() -> None:
    """Two reasons for the upper film, one for the lower: two claims; the earlier reason leads, whatever the listing."""
    machine = Machine()
    late = Fault("laminator-supply-failure", Severity.WARNING, ("24",), "torn", "upper", Actor.TECHNICIAN)
    early = Fault("laminator-supply-missing", Severity.ERROR, ("20",), None, "upper", Actor.OPERATOR)
    lower = Fault("laminator-supply-empty", Severity.ERROR, ("18",), part="lower")
    machine.says(0, stopped(early))
    machine.says(5, stopped(late, lower, early))
    below, above = now(machine, 5)
    assert conditions((below, above)) == [(Condition.SUPPLY_EMPTY, "lower"), (Condition.SUPPLY_EMPTY, "upper")]
    assert (above.seen, below.seen) == (at(0), at(5))
    assert above.reasons == ("laminator-supply-missing", "laminator-supply-failure")
    assert (above.severity, above.actor, above.codes) == (Severity.ERROR, Actor.OPERATOR, ("20", "24"))
    assert above.text == "torn"


def test_a_claim_of_a_supply_says_what_the_machine_calls_it() -> None:
    """The number of a Printer-MIB's row means nothing to people; a part that nobody describes has only its number."""
    machine = Machine()
    film = Supply("supply-2", SupplyKind.LAMINATE, Level(), description="Laminate film, upper roll")
    tray = Input("input-1", Level(), description="Feeder")
    faults = tuple(Fault("laminator-supply-empty", Severity.ERROR, part=part) for part in ("supply-2", "supply-3"))
    empty = Fault("media-empty", Severity.ERROR, part="input-1")
    machine.says(0, Report(state=State.STOPPED, faults=(*faults, empty), supplies=(film,), inputs=(tray,)))
    assert {claim.part: claim.evidence for claim in now(machine, 0)} == {
        "supply-2": (Evidence("supply", "Laminate film, upper roll"),),
        "supply-3": (),
        "input-1": (Evidence("supply", "Feeder"),),
    }


FAULTS = (JAM, COVER, FILM_LOW, Fault("media-empty", Severity.ERROR), Fault("other", Severity.ERROR, ("9",)))


@given(st.permutations(FAULTS), st.sampled_from(State))
def test_the_order_in_which_faults_are_listed_is_nothing(listed: list[Fault], state: State) -> None:
    """Claims are equal for every order of the same faults."""
    one, other = Machine(), Machine()
    one.says(0, Report(state=state, faults=FAULTS))
    other.says(0, Report(state=state, faults=tuple(listed)))
    assert now(one, 0) == now(other, 0)


@given(
    st.lists(
        st.builds(
            Fault,
            st.sampled_from([*vocabulary.REASONS, "no-such-word"]),
            st.sampled_from(Severity),
            st.lists(st.sampled_from(["1", "x"]), max_size=2).map(tuple),
            st.none() | st.just("text"),
            st.none() | st.sampled_from(["a", "b"]),
            age_s=st.none() | st.floats(0, 1e7),
        ),
        max_size=6,
        unique_by=lambda fault: fault.key,
    ),
    st.sampled_from(State),
    st.booleans(),
)
def test_any_faults_give_claims_that_are_sorted_distinct_and_repeated(
    faults: list[Fault], state: State, asleep: bool
) -> None:
    """Of whatever a machine says: keys once, in order; a machine that works does not stop; again gives the same."""
    machine = Machine()
    machine.says(0, Report(state=state, faults=tuple(faults), asleep=asleep))
    found = now(machine, 0)
    keys = [claim.key for claim in found]
    assert keys == sorted(set(keys))
    assert now(machine, 50, found) == found
    if state in (State.IDLE, State.PROCESSING):
        assert not any(claim.stops for claim in found)
    if state is State.STOPPED:
        warming = any(vocabulary.reason(fault.reason).reason_class == "warming" for fault in faults)
        assert warming or any(claim.stops for claim in found)
    assert all(claim.severity is not Severity.REPORT for claim in found)


def test_what_does_not_stop_the_machine_says_so() -> None:
    """An empty tray of a machine that goes on; the same fault of one that stands; of one that does not say."""
    empty = Fault("media-empty", Severity.ERROR, part="tray-2")
    for state, stops in ((State.PROCESSING, False), (State.STOPPED, True), (State.UNKNOWN, True)):
        machine = Machine()
        machine.says(0, Report(state=state, faults=(empty,)))
        assert [claim.stops for claim in now(machine, 0)] == [stops]


def test_a_stop_without_a_reason_is_itself_the_claim_since_it_was_first_seen() -> None:
    """Down at 10 s with nothing said but a text: stopped-unexplained, since 10 s in every later look."""
    machine = Machine()
    machine.says(0, IDLE)
    said = (Notice("40000", "other", Severity.REPORT),)
    machine.says(10, Report(state=State.STOPPED, notices=said, console=(" ", "Call the office")))
    first = now(machine, 10)
    assert conditions(first) == [(Condition.UNEXPLAINED, None)]
    assert (first[0].seen, first[0].codes, first[0].text) == (at(10), ("40000",), "Call the office")
    machine.says(60, Report(state=State.STOPPED))
    assert now(machine, 60, first) == first


def test_a_stop_is_explained_by_the_warning_that_can_stop_a_machine() -> None:
    """Stopped, and a warning of the paper: one claim. Stopped and film low: the stop is a claim of its own."""
    paper, film = Machine(), Machine()
    paper.says(0, stopped(Fault("media-empty", Severity.WARNING)))
    film.says(0, stopped(FILM_LOW))
    (empty,) = now(paper, 0)
    assert (empty.condition, empty.stops, empty.severity) == (Condition.MEDIA_EMPTY, True, Severity.WARNING)
    assert conditions(now(film, 0)) == [
        (Condition.UNEXPLAINED, None),
        (Condition.SUPPLY_LOW, "laminate-upper"),
    ]


def test_a_stop_beside_words_that_nobody_knows_is_one_claim() -> None:
    """The code is its evidence, no second alert."""
    machine = Machine()
    machine.says(0, stopped(Fault("other", Severity.WARNING, ("231",), "Wrong file format")))
    (unexplained,) = now(machine, 0)
    assert (unexplained.condition, unexplained.codes) == (Condition.UNEXPLAINED, ("231",))


def test_lamps_and_buzzer_call_together() -> None:
    """Three things without a word of ours are one claim of the machine, as bad as the worst."""
    machine = Machine()
    red = Fault("other", Severity.ERROR, ("red 1",), part="red-lamp")
    others = tuple(Fault("other", Severity.WARNING, (f"{part} 1",), part=part) for part in ("amber-lamp", "buzzer"))
    machine.says(0, stopped(*others, red))
    (unmapped,) = now(machine, 0)
    assert (unmapped.condition, unmapped.part, unmapped.severity) == (Condition.UNMAPPED, None, Severity.ERROR)
    assert sorted(unmapped.codes) == ["amber-lamp 1", "buzzer 1", "red 1"]


COLD = Fault("fuser-under-temp", Severity.WARNING, ("1001",))
WARMING = Fault("laminator-warming-up", Severity.REPORT)


@pytest.mark.parametrize(
    ("report", "claimed"),
    [
        (Report(state=State.PROCESSING, faults=(COLD,)), True),
        (Report(state=State.IDLE, faults=(COLD,)), True),
        (Report(state=State.IDLE, faults=(COLD,), asleep=True), False),
        (Report(state=State.IDLE, faults=(COLD, WARMING)), False),
        (Report(state=State.STOPPED, faults=(COLD, WARMING)), False),
        (Report(state=State.IDLE, faults=(Fault("other", Severity.WARNING, ("alarm 2",)), WARMING)), False),
        (Report(state=State.IDLE, faults=(Fault("fuser-under-temp", Severity.WARNING, age_s=1.3e6),)), False),
        (Report(state=State.IDLE, faults=(Fault("fuser-under-temp", Severity.WARNING, age_s=20.0),)), True),
        (Report(state=State.STOPPED, faults=(Fault("fuser-under-temp", Severity.ERROR, age_s=1.3e6),)), True),
        (Report(state=State.PROCESSING, faults=(JAM, WARMING)), True),
    ],
)
def test_a_heater_that_is_cold_for_a_reason_is_no_claim(report: Report, *, claimed: bool) -> None:
    """While it sleeps or warms up, and where the row is older than any warming up was; an error always counts."""
    machine = Machine()
    machine.says(0, report)
    assert bool(now(machine, 0)) == claimed


def test_a_heater_that_is_cold_by_its_figures_alone_may_be_switched_off() -> None:
    """Its controller sees no difference: possible, whatever it makes of it, and its other alarms come with it."""
    machine = Machine(LAMINATOR)
    cold = Fault("laminator-under-temperature", Severity.ERROR, part="heater")
    alarm = Fault("other", Severity.WARNING, ("0x2000",), part="alarm-2")
    machine.says(0, stopped(cold, alarm), "heater")
    (possible,) = now(machine, 0)
    assert (possible.condition, possible.certainty) == (Condition.TEMPERATURE, Certainty.POSSIBLE)
    said = Fault("laminator-under-temperature", Severity.ERROR, ("E5",), part="heater")
    machine.says(5, stopped(said, alarm), "heater")
    assert [(each.condition, each.certainty) for each in now(machine, 5)] == [
        (Condition.HARDWARE, Certainty.CONFIRMED),
        (Condition.UNMAPPED, Certainty.CONFIRMED),
    ]


def test_a_row_that_never_leaves_does_not_become_a_claim_by_getting_older() -> None:
    """Cold since 15 days when first asked, and cold for an hour while we watch: the first is none, the second stays."""
    old, new = Machine(), Machine()
    for hour in range(5):
        old.says(
            hour * 3600, Report(state=State.IDLE, faults=(Fault("fuser-under-temp", Severity.WARNING, age_s=1e6),))
        )
        new.says(hour * 3600, Report(state=State.IDLE, faults=(COLD,)))
        assert now(old, hour * 3600) == ()
        assert conditions(now(new, hour * 3600)) == [(Condition.TEMPERATURE, None)]


def test_a_machine_that_is_lost_since_its_first_unanswered_poll() -> None:
    """Heard at 0 s, silent from 5 s on, lost at 65 s: lost since 5 s; the same claim at every later poll."""
    machine = Machine()
    machine.says(0, IDLE)
    for second in range(5, 65, 5):
        machine.keeps_silent(second)
        assert contact_claims(machine.known, PRINTER, at(second)) == ()
    machine.keeps_silent(65)
    first = contact_claims(machine.known, PRINTER, at(65))
    machine.keeps_silent(900, text="another text")
    assert contact_claims(machine.known, PRINTER, at(900)) == first
    (lost,) = first
    assert (lost.condition, lost.part, lost.stops, lost.seen) == (Condition.CONTACT_LOST, None, True, at(5))
    assert lost.evidence == (Evidence("why", "timeout"),)
    machine.says(905, IDLE)
    assert contact_claims(machine.known, PRINTER, at(905)) == ()


def test_a_machine_never_heard_is_lost_too() -> None:
    """A wrong address shows within the delay, and not never."""
    machine = Machine()
    for second in (0, 5, 10, 60):
        machine.keeps_silent(second, Silence.REFUSED)
    assert conditions(contact_claims(machine.known, PRINTER, at(60))) == [(Condition.CONTACT_LOST, None)]


def test_a_sleeper_is_not_lost_for_half_a_day() -> None:
    """It said that it goes to sleep and answers nobody: no claim for 12 h."""
    machine = Machine()
    machine.says(0, Report(state=State.IDLE, asleep=True))
    for second in range(300, 12 * 3600, 300):
        machine.keeps_silent(second)
        assert contact_claims(machine.known, PRINTER, at(second)) == ()
        assert claims(machine.known, PRINTER, at(second)) is None


@pytest.mark.parametrize(
    ("why", "condition", "text"),
    [
        (Silence.UNAUTHORISED, Condition.ACCESS_REFUSED, None),
        (Silence.DRIVER_BUG, Condition.DRIVER_FAILED, "ValueError at line 3"),
    ],
)
def test_a_silence_that_explains_itself_needs_no_minute(why: Silence, condition: Condition, text: str | None) -> None:
    """Refused or broken is known at the first poll, and is not called a lost contact as well, ever."""
    machine = Machine()
    machine.says(0, IDLE)
    for second in (5, 10, 15, 70, 140):
        machine.keeps_silent(second, why, "ValueError at line 3")
        (claim,) = contact_claims(machine.known, PRINTER, at(second))
        assert (claim.condition, claim.seen, claim.text) == (condition, at(5), text)


def test_a_machine_that_another_source_still_hears_has_lost_that_source_only() -> None:
    """The tower falls silent: a claim of its own part that stops nothing, and the machine's faults are still known.

    Once the main source is gone as well the machine is lost, which is one claim and no more.
    """
    machine = Machine(TWO)
    machine.says(0, IDLE, "main")
    machine.says(0, IDLE, "tower")
    for second in range(5, 80, 5):
        machine.says(second, JAMMED, "main")
        machine.keeps_silent(second, source="tower")
    (lost,) = contact_claims(machine.known, TWO, at(75))
    assert (lost.condition, lost.part, lost.stops) == (Condition.CONTACT_LOST, "tower", False)
    assert conditions(now(machine, 75)) == [(Condition.JAM, None)]
    for second in range(80, 160, 5):
        machine.keeps_silent(second, source="main")
    (lost,) = contact_claims(machine.known, TWO, at(155))
    assert (lost.part, lost.stops, lost.seen) == (None, True, at(5))


def test_a_restart_keeps_since_when_a_machine_is_lost() -> None:
    """What was lost stays lost, since then, by the clock on the wall."""
    machine = Machine()
    for second in (5, 10, 70):
        machine.keeps_silent(second)
    before = contact_claims(machine.known, PRINTER, at(70))
    machine.resumes()
    assert contact_claims(machine.known, PRINTER, at(500, "boot-2", 400)) == before


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_whatever_came_first_leads_over_a_restart_too(order: tuple[int, ...]) -> None:
    """The onsets of another boot are compared by UTC."""
    machine = Machine(LAMINATOR)
    words = {1: "laminator-jam", 2: "media-jam", 3: "media-path-jam"}
    heard: tuple[Fault, ...] = ()
    for place in order:
        heard = (Fault(words[place], Severity.ERROR), *heard)
        machine.says(len(heard) * 10, stopped(*heard), "heater")
    known = fleet.resumed(machine.known, LAMINATOR)
    machine.known = known
    machine.says(100, stopped(*heard), "heater")
    (jam,) = claims(machine.known, LAMINATOR, at(100, "boot-2", 90)) or ()
    assert jam.reasons == tuple(words[place] for place in order)
