"""What holds for every machine and every history of polls."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from fleetmon.assess import fleet
from fleetmon.assess.fleet import Snapshot
from fleetmon.model.plan import MachinePlan
from fleetmon.model.report import Identity, Observation, Report
from fleetmon.model.words import Contact, State, Unit

from .histories import histories, plans, reports

snapshots = TypeAdapter(Snapshot)


def after(plan: MachinePlan, told: list[Observation]) -> list[Snapshot]:
    """The snapshots of a history, beginning with the one before anything was heard."""
    known = [fleet.awaited(plan)]
    for observation in told:
        known.append(fleet.hear(known[-1], plan, observation))
    return known


@given(st.data())
def test_the_total_never_falls_while_the_serial_number_stays(data: st.DataObject) -> None:
    """Whatever the counters do, as long as machine, unit and settings are the same; and progress is never negative."""
    plan = data.draw(plans())
    unit = data.draw(st.sampled_from([Unit.IMPRESSIONS, Unit.SHEETS]))
    said = reports(st.sampled_from([Identity(), Identity(serial="A")]), st.sampled_from([None, unit]))
    totals = [known.produced for known in after(plan, data.draw(histories(plan, said)))]
    for before, now in pairwise(totals):
        assert before is None or (now is not None and now.total >= before.total)
        assert fleet.progress(before, now) >= 0


@given(st.data())
def test_progress_adds_up_to_what_is_published(data: st.DataObject) -> None:
    """From one first sight to the next, what was made is the difference of the published totals; no rounding."""
    plan = data.draw(plans())
    known = after(plan, data.draw(histories(plan)))
    made, start = 0, None
    for before, now in pairwise(known):
        progress = fleet.progress(before.produced, now.produced)
        if now.produced is None or before.produced is None or now.produced.since != before.produced.since:
            made, start = 0, now.produced
            assert progress == 0
        made += progress
        if now.produced is not None and start is not None:
            assert now.produced.published[0] - start.published[0] == made


@given(st.data())
def test_a_fault_has_one_onset_from_its_first_poll_to_its_last(data: st.DataObject) -> None:
    """Faults are told apart by reason and part; one that stands in two snapshots running has the same onset in both."""
    plan = data.draw(plans())
    known = after(plan, data.draw(histories(plan)))
    for before, now in pairwise(known):
        was = {standing.fault.key: standing for standing in before.faults}
        keys = [standing.fault.key for standing in now.faults]
        assert len(keys) == len(set(keys))
        for standing in now.faults:
            stood = was.get(standing.fault.key)
            if stood is not None and fleet.replaced(before, now) is None:
                assert standing.since == stood.since
                assert stood.device_since in (None, standing.device_since)


@given(st.data())
def test_the_faults_are_those_of_the_last_reports(data: st.DataObject) -> None:
    """Silence neither raises nor clears anything: what stands is the union of what each source said last."""
    plan = data.draw(plans())
    told = data.draw(histories(plan))
    last: dict[str, Report] = {}
    for observation, known in zip(told, after(plan, told)[1:], strict=True):
        if isinstance(observation.heard, Report):
            last[observation.source] = observation.heard
        said = {fault.key for report in last.values() for fault in report.faults}
        assert {standing.fault.key for standing in known.faults} == said


@given(st.data())
def test_contact_and_state_are_never_made_up(data: st.DataObject) -> None:
    """Lost means unknown; any other state is one that a source which is not lost has told."""
    plan = data.draw(plans())
    for known in after(plan, data.draw(histories(plan))):
        told = {source.report.state for source in known.sources if source.report and source.contact is not Contact.LOST}
        assert known.state in told | {State.UNKNOWN}
        assert known.contact is not Contact.LOST or known.state is State.UNKNOWN
        assert known.contact is not Contact.LIVE or known.heard_at is not None


@given(st.data())
def test_a_snapshot_survives_the_record_exactly(data: st.DataObject) -> None:
    """Written as JSON and read again, at any point of any history, a snapshot is equal to itself."""
    plan = data.draw(plans())
    for known in after(plan, data.draw(histories(plan))):
        assert snapshots.validate_json(snapshots.dump_json(known)) == known


@given(st.data())
def test_a_restart_with_the_same_settings_loses_nothing(data: st.DataObject) -> None:
    """State, faults, count and identity are the same before and after; a second restart changes nothing more."""
    plan = data.draw(plans())
    known = after(plan, data.draw(histories(plan)))[-1]
    resumed = fleet.resumed(known, plan)
    assert (resumed.state, resumed.faults, resumed.produced, resumed.identity, resumed.heard_at) == (
        known.state,
        known.faults,
        known.produced,
        known.identity,
        known.heard_at,
    )
    assert fleet.resumed(resumed, plan) == resumed


@given(st.data())
def test_a_restart_with_any_other_settings_goes_on(data: st.DataObject) -> None:
    """Sources may come, go and change places: the new ones are those of the settings, and hearing them works."""
    before, today = data.draw(plans()), data.draw(plans())
    known = fleet.resumed(after(before, data.draw(histories(before)))[-1], today)
    assert [source.name for source in known.sources] == [source.name for source in today.sources]
    for observation in data.draw(histories(today)):
        known = fleet.hear(known, today, observation)
