"""Other settings while running: what changed is changed, everything else is not touched."""

from dataclasses import replace

import pytest
from tests.assess.timeline import FILM_LOW, IDLE, JAM, JAMMED, LAMINATOR, PRINTER, at, count, counting, sources

from fleetmon.model.report import Report
from fleetmon.model.words import Contact, State

from .site import Site, kinds

SECOND = replace(PRINTER, id="prn2")


def test_a_machine_that_is_added_is_shown_and_nobody_else_is() -> None:
    """prn2 joins at 10 s: its inventory and state and the site's inventory are told, nothing of prn1."""
    site = Site()
    site.says(0, JAMMED)
    outcome = site.reloads(10, PRINTER, SECOND)
    assert [view.topic for view in outcome.views] == ["inventory", "inventory/prn2", "state/prn2"]
    assert kinds(outcome.events) == ["settings"]
    assert (outcome.events[0].data["added"], outcome.events[0].data["changed_count"]) == (["prn2"], 0)
    assert site.says(11, IDLE, "prn2") == ["contact", "state"]


def test_a_machine_that_is_taken_out_leaves_nothing_behind() -> None:
    """prn2 goes at 10 s: its topics are emptied, its record is forgotten, and what it still says is not heard."""
    site = Site(PRINTER, SECOND)
    site.says(0, JAMMED, "prn1")
    site.says(0, JAMMED, "prn2")
    outcome = site.reloads(10, PRINTER)
    emptied = [view.topic for view in outcome.views if view.data is None]
    assert sorted(emptied) == ["inventory/prn2", "state/prn2"]
    assert ("snapshot", "prn2") not in site.records
    assert outcome.events[0].data["removed"] == ["prn2"]
    site.time_passes(1000)
    assert [each.machine for each in site.monitor.snapshots()] == ["prn1"]


def test_what_is_not_named_keeps_ages_counts_and_contact() -> None:
    """A jam since 5 s, three made and held back; reloads of another machine at 10..40 s: nothing of it moves."""
    site = Site(PRINTER, SECOND)
    for second, total in ((0, 100), (5, 101), (9, 104)):
        site.says(second, replace(count(total), faults=(JAM,), state=State.STOPPED), "prn1")
    before = site.known("prn1")
    for number in range(30):
        outcome = site.reloads(10 + number, PRINTER, replace(SECOND, name=f"name {number}"))
        assert all("prn1" not in view.topic for view in outcome.views)
        assert site.known("prn1") is before
    assert site.says(65, count(104), "prn1") == ["cleared", "state", "counted"]
    assert site.told("cleared")[-1]["stood_s"] == 65.0
    assert site.told("counted")[-1]["made"] == 3


def test_the_same_settings_again_change_nothing() -> None:
    """A reload that brings what there is: no event, no view, no record."""
    site = Site()
    site.says(0, JAMMED)
    site.time_passes(5)
    outcome = site.reloads(10, PRINTER)
    assert (outcome.events, outcome.views, outcome.records) == ((), (), ())


def test_a_source_with_another_address_is_awaited_anew_but_its_faults_stand() -> None:
    """The printer gets another address at 10 s: not heard there yet; its jam is not cleared by a change of settings."""
    site = Site()
    site.says(0, JAMMED)
    moved = replace(PRINTER, sources=(replace(PRINTER.sources[0], url="snmp://192.0.2.99"),))
    outcome = site.reloads(10, moved)
    assert site.known().contact is Contact.AWAITED
    assert [each.fault for each in site.known().faults] == [JAM]
    assert site.known().faults[0].since == at(0)
    assert outcome.events[0].data["changed"] == ["prn1"]
    assert site.says(15, IDLE) == ["contact", "cleared", "state"]


def test_a_source_that_is_taken_out_takes_its_faults_with_it() -> None:
    """The tower told a fault and is taken out at 10 s: the fault is cleared there, the heater's stays."""
    site = Site(LAMINATOR)
    site.says(0, JAMMED, source="heater")
    site.says(1, Report(state=State.STOPPED, faults=(FILM_LOW,)), source="tower")
    outcome = site.reloads(10, replace(LAMINATOR, sources=sources("heater")))
    assert "cleared" in kinds(outcome.events)
    assert [each.fault for each in site.known().faults] == [JAM]


def test_a_machine_taken_out_while_nobody_ran_is_told_at_the_start() -> None:
    """prn2 is in the records but not in the settings of the next start: its record goes, and an event says so."""
    site = Site(PRINTER, SECOND)
    site.says(0, JAMMED, "prn2")
    site.restarts(PRINTER)
    site.time_passes(10)
    assert site.told("settings")[-1]["removed"] == ["prn2"]
    assert ("snapshot", "prn2") not in site.records
    site.restarts(PRINTER)
    site.time_passes(20)
    assert len(site.told("settings")) == 1


def test_a_source_taken_out_while_nobody_ran_ends_what_it_said() -> None:
    """The heater was stopped by a jam and is not in the settings of the next start: jam and stop end there and then."""
    site = Site(LAMINATOR)
    site.says(0, JAMMED, source="heater")
    site.says(1, IDLE, source="tower")
    site.restarts(replace(LAMINATOR, sources=sources("heater", "tower")[1:]))
    told = len(site.events)
    site.time_passes(10)
    assert kinds(site.events[told:]) == ["cleared", "state"]
    assert site.says(11, IDLE) == ["contact"]
    site.restarts()
    told = len(site.events)
    site.time_passes(20)
    assert site.events[told:] == []


@pytest.mark.parametrize("how", ["reload", "restart"])
def test_the_count_of_a_source_that_is_asked_no_more_does_not_stand_for_ever(how: str) -> None:
    """The box that counts is taken out, and the heater tells no count: none is shown, what was held back is told."""
    both = sources("heater", "box")
    site = Site(counting(replace(LAMINATOR, sources=both), "box", marker=1))
    for second, value in ((0, 100), (5, 101), (9, 103)):
        site.says(second, count(value), source="box")
    if how == "reload":
        site.reloads(10, replace(LAMINATOR, sources=both[:1]))
    else:
        site.ends(10)
        site.restarts(replace(LAMINATOR, sources=both[:1]))
        site.time_passes(11)
    assert site.known().produced is None
    assert [each["made"] for each in site.told("counted")] == [1, 2]
    site.says(12, IDLE)
    assert site.shown(LAMINATOR.id)["counters"] == {"produced": None}


def test_a_source_that_counts_from_now_on_counts_from_where_it_stood() -> None:
    """Two sources that go on, and at 10 s the settings name the other one's counter: its very next document counts."""
    one = counting(LAMINATOR, "heater", marker=1)
    site = Site(replace(one, sources=one.sources[::-1]))
    site.says(0, count(500), source="heater")
    site.says(1, count(100), source="tower")
    assert site.known().produced is not None
    site.reloads(10, replace(LAMINATOR, sources=sources("heater", "tower")[1:]))
    site.says(12, count(101), source="tower")
    assert [each["made"] for each in site.told("counted")] == [1]


def test_every_machine_that_goes_is_named() -> None:
    """Of 250 machines one is left: who reads nothing but events knows which 249 are gone."""
    many = [replace(PRINTER, id=f"prn{number}") for number in range(1, 251)]
    site = Site(*many)
    site.reloads(10, many[0])
    removed = [machine for each in site.told("settings") for machine in each["removed"]]  # type: ignore[union-attr]
    assert removed == [machine.id for machine in many[1:]]
    assert [each["removed_count"] for each in site.told("settings")] == [100, 100, 49]
