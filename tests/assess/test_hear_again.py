"""The short way for what is heard again says exactly what the long way says."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from fleetmon.assess import fleet
from fleetmon.assess.again import hear_again
from fleetmon.model.plan import MachinePlan, SourcePlan
from fleetmon.model.report import At, Counter, Fault, Identity, NoAnswer, Observation, Report
from fleetmon.model.words import MachineKind, Severity, Silence, State

PLAN = MachinePlan("m1", MachineKind.PRINTER, (SourcePlan("main", "snmp://a"), SourcePlan("heater", "snmp://b")))
FAULT = Fault("media-jam", Severity.ERROR, age_s=3.0)
REPORT = Report(
    driver="acme", state=State.IDLE, identity=Identity(serial="S1"), counters=(Counter(1, 100),), uptime_s=10.0
)
CHANGES = st.sampled_from(
    [
        {},
        {"faults": (FAULT,)},
        {"faults": ()},
        {"state": State.PROCESSING},
        {"counters": (Counter(1, 101),)},
        {"identity": Identity(serial="S2")},
        {"notices": ()},
    ]
)


@given(
    st.lists(
        st.tuples(st.sampled_from(["main", "heater", "gone"]), st.none() | CHANGES, st.floats(0, 100)), max_size=12
    )
)
def test_the_short_way_is_the_long_way(story) -> None:
    """Reports that repeat the last one, change it, or are none, of two sources and one that is not planned."""
    known, now, said = fleet.awaited(PLAN), At(1_000.0, 1_000.0, "boot"), {}
    for source, change, passed in story:
        now = At(now.utc + passed, now.mono + passed, "boot")
        if change is None:
            heard: Report | NoAnswer = NoAnswer(Silence.TIMEOUT)
        else:
            last = said.get(source, REPORT)
            heard = said[source] = replace(last, uptime_s=last.uptime_s + passed, **change)
        observation = Observation("m1", source, now, heard=heard)
        long = fleet.hear(known, PLAN, observation) if source != "gone" else known
        short = hear_again(known, observation)
        assert short is None or short == long
        known = long


def test_a_report_that_repeats_the_last_one_takes_the_short_way() -> None:
    """Once a source is live, and not before."""
    first = Observation("m1", "main", At(1.0, 1.0, "boot"), heard=REPORT)
    again = Observation("m1", "main", At(6.0, 6.0, "boot"), heard=REPORT.later(15.0))
    known = fleet.awaited(PLAN)
    assert hear_again(known, first) is None
    known = fleet.hear(known, PLAN, first)
    heard = hear_again(known, again)
    assert heard is not None
    assert (heard.heard_at, heard.sources[0].report) == (again.at, again.heard)
