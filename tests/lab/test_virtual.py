"""In virtual time the monitor hears of an office what the plant did, no more and not later than a poll."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from fleetmon.simulators.model.commands import Command, Do, Happening
from fleetmon.simulators.plant import Plant, load_plant_office
from fleetmon.simulators.stories.scenario import DaemonHappening, LinkHappening, Scenario, Seeds, Trouble, Vice

from fleetmon import catalog
from fleetmon.lab.virtual_time.site_plan import IN_SHIFT_S, plan_of
from fleetmon.lab.virtual_time.virtual import Turns, VirtualSite
from fleetmon.lab.virtual_time.watching import Told
from fleetmon.model.messages import Event

DRIVERS = catalog.load()
HOUR = 3600.0
OPENS = 0.5 * HOUR  # the office starts at half past seven


def plant(happenings: Sequence[Happening] = (), seed: int = 3) -> Plant:
    return Plant(load_plant_office("six_machines"), seed=seed, happenings=happenings)


def scenario(links: Sequence[LinkHappening] = (), daemon: Sequence[DaemonHappening] = ()) -> Scenario:
    start = load_plant_office("six_machines").start
    return Scenario(
        name="test",
        path=Path("test.toml"),
        title="",
        shows="",
        office="six_machines",
        changes={},
        start=start,
        lasts=86400.0,
        seeds=Seeds((1,), (2,)),
        happenings=(),
        links=tuple(links),
        daemon=tuple(daemon),
    )


def events(told: Sequence[Told], machine: str | None = None) -> list[tuple[float, Event]]:
    found = [(each.now, event) for each in told for event in each.outcome.events]
    return [(now, event) for now, event in found if machine in (None, event.subject)]


def of_kind(told: Sequence[Told], machine: str, kind: str) -> list[tuple[float, Event]]:
    return [(now, event) for now, event in events(told, machine) if event.type == f"fleetmon.{kind}.v1"]


def test_a_run_is_the_same_again() -> None:
    """Same office, same seed: the same events at the same moments, and the same truth; another seed, others."""
    runs = []
    for seed in (3, 3, 4):
        site = VirtualSite(plant(seed=seed), DRIVERS)
        told = events(list(site.run(1.6 * HOUR)))
        runs.append((told, site.polls, site.plant.close(1.6 * HOUR)))
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]
    assert len(runs[0][0]) > 20


def test_time_never_goes_back() -> None:
    """What is told is told in the order of time."""
    told = list(VirtualSite(plant(), DRIVERS).run(1.6 * HOUR))
    assert all(one.now <= other.now for one, other in pairwise(told))


def test_a_fault_is_told_with_the_next_poll() -> None:
    """Raised by somebody at a moment, known within a poll, with the machine's own code; cleared likewise."""
    at = OPENS + 1000.0
    jam = Happening(at, "prn-1", Command(Do.RAISE, fault="booklet-jam", seconds=300.0))
    told = list(VirtualSite(plant([jam]), DRIVERS).run(1.6 * HOUR))
    raised = [(now, event) for now, event in of_kind(told, "prn-1", "fault.raised") if "jam" in str(event.data)]
    cleared = [(now, event) for now, event in of_kind(told, "prn-1", "fault.cleared") if "jam" in str(event.data)]
    assert any(at <= now <= at + IN_SHIFT_S for now, _ in raised)
    assert any(at + 300 <= now <= at + 300 + IN_SHIFT_S for now, _ in cleared)


def test_coalescing_changes_nothing() -> None:
    """Whether answers that say nothing new are asked for or not: the monitor tells the same."""

    class Forgetful(VirtualSite):
        def _partner(self, machine: str) -> Any:
            found = super()._partner(machine)

            class Asked:
                at, ask = found.at, found.ask
                changed = None

                @property
                def ticks(self) -> int | None:
                    return found.ticks

            return Asked()

    spared, asked = VirtualSite(plant(), DRIVERS), Forgetful(plant(), DRIVERS)
    assert events(list(spared.run(1.6 * HOUR))) == events(list(asked.run(1.6 * HOUR)))
    assert spared.polls == asked.polls
    assert spared.spared > asked.spared == 0


def test_a_machine_that_is_switched_off_is_lost_and_found_again() -> None:
    """Silence is silence: stale, lost after a minute, and live when it answers again."""
    off = Happening(HOUR, "lam-2", Command(Do.OFF, seconds=900.0))
    told = list(VirtualSite(plant([off]), DRIVERS).run(1.6 * HOUR))
    contacts = [(now, event.data["contact"]) for now, event in of_kind(told, "lam-2", "contact.changed")]
    assert [contact for _, contact in contacts] == ["live", "lost", "live"]
    assert HOUR + 60 <= contacts[1][0] <= HOUR + 90
    assert HOUR + 900 <= contacts[2][0] <= HOUR + 1000


@pytest.mark.parametrize("vice", [Vice.MUTE, Vice.GARBAGE])
def test_a_spoilt_line_is_a_lost_machine_and_no_other(vice: Vice) -> None:
    """The vice of one line is not noticed on another, and not after its end."""
    link = LinkHappening(vice, "las-1", HOUR, HOUR + 600, {})
    told = list(VirtualSite(plant(), DRIVERS, scenario([link])).run(1.6 * HOUR))
    lost = [(now, event) for now, event in events(told) if event.type.startswith("fleetmon.contact")]
    assert {event.subject for now, event in lost if now > 120} == {"las-1"}
    assert [event.data["contact"] for now, event in lost if event.subject == "las-1"] == ["live", "lost", "live"]


def test_a_little_loss_on_all_lines_loses_nobody() -> None:
    """A twentieth of all datagrams: polls fail now and then, nobody is lost, and every fault is told."""
    link = LinkHappening(Vice.LOSS, "all", 0.0, 1.6 * HOUR, {"share": 0.05})
    told = list(VirtualSite(plant(), DRIVERS, scenario([link])).run(1.6 * HOUR))
    assert {event.data["contact"] for _, event in events(told) if event.type.startswith("fleetmon.contact")} == {"live"}


def test_without_the_network_of_the_site_everybody_is_silent() -> None:
    """All at once, and all back; but the one that said it goes to sleep may be silent for long."""
    gone = DaemonHappening(Trouble.SITE_NETWORK_LOST, HOUR, 600.0)
    site = VirtualSite(plant(), DRIVERS, scenario(daemon=[gone]))
    told = list(site.run(1.6 * HOUR))
    contacts = {
        machine.id: [event.data["contact"] for _, event in of_kind(told, machine.id, "contact.changed")]
        for machine in site.plan.machines
    }
    ways = list(map(tuple, contacts.values()))
    assert set(ways) <= {("live",), ("live", "lost", "live")}
    assert ways.count(("live", "lost", "live")) >= 4


def test_a_restart_tells_nothing_twice() -> None:
    """The daemon is down for a while and goes on from its records: no fault is raised anew that stood all the time."""
    jam = Happening(HOUR, "prn-1", Command(Do.RAISE, fault="head-failed", seconds=900.0))
    down = DaemonHappening(Trouble.RESTART, HOUR + 600.0, 90.0)
    told = list(VirtualSite(plant([jam]), DRIVERS, scenario(daemon=[down])).run(1.6 * HOUR))
    assert not [now for now, _ in events(told) if HOUR + 600 < now < HOUR + 690]
    failures = [now for now, event in of_kind(told, "prn-1", "fault.raised") if "Print head failure" in str(event.data)]
    assert len(failures) == 1
    cleared = [now for now, event in of_kind(told, "prn-1", "fault.cleared") if "Print head failure" in str(event.data)]
    assert len(cleared) == 1


def test_a_clock_that_jumps_moves_no_fault() -> None:
    """The wall clock is set by an hour: times that are told jump with it, nothing else happens."""
    jump = DaemonHappening(Trouble.CLOCK_JUMP, HOUR, 3600.0)
    plain = events(list(VirtualSite(plant(), DRIVERS).run(1.6 * HOUR)))
    jumped = events(list(VirtualSite(plant(), DRIVERS, scenario(daemon=[jump])).run(1.6 * HOUR)))
    assert [(now, event.type, event.subject) for now, event in plain] == [
        (now, event.type, event.subject) for now, event in jumped
    ]
    ahead = {round(b.at.utc - a.at.utc) for (now, a), (_, b) in zip(plain, jumped, strict=True) if now > HOUR}
    assert ahead == {3600}


def test_the_plan_is_the_office_s() -> None:
    """Machines and lines as they stand; desks, which nobody can ask, are left out. The owner knows how many counts of a
    machine are one document."""
    plan = plan_of(plant())
    assert [machine.id for machine in plan.machines] == ["prn-1", "prn-2", "lam-1", "las-1", "lam-2", "lbl-1"]
    assert [line.stages for line in plan.lines] == [
        (("prn-1", "prn-2"), ("lam-1",)),
        (("las-1",), ("lam-2",)),
        (("lbl-1",),),
    ]
    sides = {machine.id: machine.sources[0].counter.per_document for machine in plan.machines}
    assert sides == {"prn-1": 2, "prn-2": 2, "las-1": 2, "lam-1": None, "lam-2": None, "lbl-1": None}


def test_a_desk_in_the_middle_makes_two_buffers_one() -> None:
    """Whoever watches sees what fits between the two machines that can be asked; behind the last one nothing counts."""
    office = load_plant_office("two_lines")
    place = {"stages": (("prn-1",), ("qc-1",), ("lam-1",)), "buffers": (20, 12)}
    middle = replace(office, lines=(replace(office.lines[0], **place), *office.lines[1:]))
    assert [(line.id, line.buffers) for line in plan_of(Plant(middle)).lines] == [
        ("line-1", (32,)),
        ("line-2", (15,)),
        ("labels", ()),
    ]
    assert plan_of(Plant(office)).lines[0].buffers == (20,)


@pytest.mark.parametrize("turns", [Turns.REVERSED, Turns.SHUFFLED])
def test_who_is_asked_first_changes_nothing(turns: Turns) -> None:
    """All machines asked at the same moments, in whatever order: the same is told of each."""

    def of_each(turns: Turns) -> dict[str | None, list[tuple[float, str, object]]]:
        found: dict[str | None, list[tuple[float, str, object]]] = {}
        site = VirtualSite(plant(), DRIVERS, turns=turns)
        for now, event in events(list(site.run(1.6 * HOUR))):
            found.setdefault(event.subject, []).append((now, event.type, event.data))
        return found

    assert of_each(turns) == of_each(Turns.TOGETHER)


def test_no_state_is_told_that_the_machine_is_not_in() -> None:
    """At the very moment of telling: what works is processing, what has stopped or still warms up is stopped, and a
    fault stands where one is told."""
    said = {"working": "processing", "idle": "idle", "asleep": "idle", "stopped": "stopped", "warming": "stopped"}
    site = VirtualSite(plant(seed=8), DRIVERS)
    states = 0
    for told in site.run(1.6 * HOUR):
        for event in told.outcome.events:
            machine = site.plant.machines[event.subject or ""]
            if event.type == "fleetmon.state.changed.v1":
                assert site.plant.now == told.now
                assert event.data["state"] == said[machine.activity.value], (told.now, machine.name)
                assert event.data["asleep"] == (machine.activity.value == "asleep")
                states += 1
            if event.type == "fleetmon.fault.raised.v1":
                assert machine.faults or machine.activity.value == "warming", (told.now, machine.name)
    assert states > 50
