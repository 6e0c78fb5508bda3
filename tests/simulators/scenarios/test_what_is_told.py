"""Counters that lie, links that fail, a daemon in trouble: the plant does not care, and the truth says so."""

from itertools import pairwise

import pytest
from fleetmon.simulators.model.commands import Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.plant.states import Klass
from fleetmon.simulators.stories.scenario import ALL, LinkHappening, Trouble, Vice

from .played import MINUTE, Played

WRAP = 2**32


def test_batch_counters(told: Played) -> None:
    """The counters move by tens only, the truth is what it would be without, but for the true stops."""
    stall = told.ordered(Do.STALL, "lam-2")[0]
    for name in ("prn-3", "lam-2"):
        seen = [m.documents for m in told.watched(name, stall.ends + 60 * MINUTE, stall.ends + 120 * MINUTE)]
        steps = {after - before for before, after in pairwise(seen)}
        assert steps == {0, 10}
        assert told.share("lam-2", stall.begins, stall.ends, Klass.SILENT) == 1
    assert told.stops == told.without(Do.BATCH_COUNTER).stops


def test_counter_reset(told: Played) -> None:
    """The counter falls, nothing stops, nothing is made less."""
    assert told.stops == told.without(Do.RESET_COUNTER).stops
    for name in ("prn-3", "lam-1"):
        for reset in told.ordered(Do.RESET_COUNTER, name):
            plant = told.at(reset.begins - 1)
            machine = plant.machines[name]
            before, made = _said(machine), machine.made
            plant.step(reset.begins + 1)
            assert _said(machine) < before
            assert machine.made >= made


def test_counter_wrap(told: Played) -> None:
    """The counter goes through its end within the day, nothing stops, nothing is made less."""
    assert told.stops == told.without(Do.WRAP_COUNTER).stops
    for name, minutes in (("prn-3", 240), ("lam-2", 300)):
        [wrap] = told.ordered(Do.WRAP_COUNTER, name)
        plant = told.at(wrap.begins + MINUTE)
        machine = plant.machines[name]
        assert WRAP - 240 <= _said(machine) < WRAP
        plant.step(wrap.begins + minutes * MINUTE)
        assert WRAP <= _said(machine) < WRAP + 1000


def test_counter_stands(told: Played) -> None:
    """The counter stands for two hours in which the printer makes documents; the truth knows of no stop."""
    assert told.stops == told.without(Do.STICK_COUNTER).stops
    for stuck in told.ordered(Do.STICK_COUNTER, "prn-3"):
        seen = {m.documents for m in told.watched("prn-3", stuck.begins + 1, stuck.ends - 1, every=5 * MINUTE)}
        assert len(seen) == 1
        assert told.made("prn-3", stuck.begins, stuck.ends) > 20
        assert told.made("lam-2", stuck.begins, stuck.ends) > 20


def test_poll_loss(told: Played) -> None:
    """Every twentieth datagram of every machine, from the first moment to the last; true stops come as ever."""
    assert told.scenario.links == (LinkHappening(Vice.LOSS, ALL, 0, told.scenario.lasts, {"share": 0.05}),)
    for stall in told.ordered(Do.STALL, "lam-2"):
        assert told.share("lam-2", stall.begins, stall.ends, Klass.SILENT) == 1


def test_sick_links(told: Played) -> None:
    """Four vices on four machines, all of which make documents meanwhile."""
    assert {link.vice for link in told.scenario.links} == {Vice.SLOW, Vice.GARBAGE, Vice.DUPLICATE, Vice.TRUNCATED}
    for link in told.scenario.links:
        assert told.made(link.machine, link.begins, link.ends) >= 5
        assert not _troubled(told, link.machine, link.begins, link.ends)


def test_mute_machine(told: Played) -> None:
    """The machine that cannot be reached works on all the while."""
    for link in told.scenario.links:
        assert link.vice is Vice.MUTE
        assert told.made(link.machine, link.begins, link.ends) >= 5
        assert not _troubled(told, link.machine, link.begins, link.ends)


def test_flapping_link(told: Played) -> None:
    """A printer and a laminator come and go for an hour each, and make documents all the while."""
    for link in told.scenario.links:
        assert link.vice is Vice.FLAPPING
        assert {"up", "down"} == set(link.numbers)
        assert told.made(link.machine, link.begins, link.ends) >= 15
        assert not _troubled(told, link.machine, link.begins, link.ends)


def test_bad_serial_line(told: Played) -> None:
    """Six vices of a stream one after the other, none of which stops the laminator; its true trouble comes later."""
    laminator = told.plant.machines["lam-2"]
    assert laminator.sheet.speaks is not None
    assert laminator.sheet.snmp is None
    assert len({link.vice for link in told.scenario.links}) == 6
    for link, after in pairwise(told.scenario.links):
        assert link.ends == after.begins
    begins, ends = told.scenario.links[0].begins, told.scenario.links[-1].ends
    assert told.made("lam-2", begins, ends) > 60
    assert not _troubled(told, "lam-2", begins, ends)
    [wrapped] = told.ordered(Do.RAISE, "lam-2")
    assert wrapped.begins > ends
    assert told.share("lam-2", wrapped.begins, wrapped.ends, Klass.FAULT, reason="film-wrapped") == 1


def test_site_network_lost(told: Played) -> None:
    """While nobody can be reached, documents are made on every line."""
    for lost in told.scenario.daemon:
        assert lost.trouble is Trouble.SITE_NETWORK_LOST
        ends = lost.at + lost.seconds
        assert sum(told.made(name, lost.at, ends) for name in told.plant.machines) > 20
        assert not [name for name in told.plant.machines if _troubled(told, name, lost.at, ends)]


def test_restart_mid_stall(told: Played) -> None:
    """The daemon is away within a stop, long after its beginning and long before its end."""
    stalls, restarts = told.ordered(Do.STALL, "lam-2"), told.scenario.daemon
    for stall, restart in zip(stalls, restarts, strict=True):
        assert restart.trouble is Trouble.RESTART
        [stop] = [s for s in told.of("lam-2", Klass.SILENT) if s.start <= restart.at < s.end]
        assert (stop.start, stop.end) == (pytest.approx(stall.begins), pytest.approx(stall.ends))
        assert stop.start + 5 * MINUTE < restart.at
        assert restart.at + restart.seconds < stop.end - 10 * MINUTE


def test_clock_jump(told: Played) -> None:
    """Two jumps within a stop, one in the midst of work; the machines' time is not the daemon's."""
    silent = told.of("lam-2", Klass.SILENT)
    jumps = told.scenario.daemon
    within = [any(s.start < jump.at < s.end and s.scheduled > 30 * MINUTE for s in silent) for jump in jumps]
    assert {jump.trouble for jump in jumps} == {Trouble.CLOCK_JUMP}
    assert within == [True, False, True]
    assert [jump.seconds for jump in jumps] == [3600, -3600, -3600]


def _said(machine: Machine) -> int:
    """What the life counter would say, had it no end."""
    marker = machine.sheet.markers[0]
    return marker.life + marker.counts * machine.documents


def _troubled(told: Played, machine: str, begins: float, ends: float) -> bool:
    """Whether the machine has stood for 5 minutes or longer within the window."""
    return any(s.start < ends and s.end > begins for s in told.long_unplanned(machine, 5 * MINUTE))
