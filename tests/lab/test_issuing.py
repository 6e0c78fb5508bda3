"""An issuing system says how much work waits: every minute while people work, of the plant's own truth."""

from itertools import pairwise

import pytest
from fleetmon.simulators.plant import Plant, load_plant_office

from fleetmon import catalog
from fleetmon.lab.virtual_time.issuing import BELIEVED_S, TOLD_EVERY_S, Issuing
from fleetmon.lab.virtual_time.virtual import VirtualSite
from fleetmon.model.messages import Outcome
from fleetmon.model.stimuli import Stimulus, Work
from fleetmon.monitor import Monitor

DRIVERS = catalog.load()
HOUR = 3600.0
MORNING = 3 * HOUR  # from half past seven until half past ten; people come at eight


def plant() -> Plant:
    return Plant(load_plant_office("two_lines"), seed=3)


def test_what_is_released_and_not_finished_at_the_first_station() -> None:
    """What waits before the first stage and what is in its machines: all that came, less what they have made."""
    office = plant()
    issuing = Issuing(office, {"line-1", "line-2"})
    words = dict(issuing.words(MORNING))
    assert set(words) == {"line-1", "line-2"}
    for line in office.lines[:2]:
        made = sum(post.machine.made for post in line.stages[0])
        assert words[line.name] == line.entered - made
    assert sum(words.values()) > 0


def test_it_speaks_every_minute_while_people_work() -> None:
    """Before the office opens it is silent until then."""
    issuing = Issuing(plant(), {"line-1"})
    assert not list(issuing.words(0.0))
    opens = issuing.due()
    assert 0.4 * HOUR < opens < 0.6 * HOUR
    assert list(issuing.words(opens))
    assert issuing.due() == opens + TOLD_EVERY_S


def test_the_monitor_hears_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every line that is watched, each minute, with a time until which it may be believed; without it, nothing."""
    heard = words_of(monkeypatch, issuing=True)
    assert {each.scope.id for each in heard} == {"line-1", "line-2", "labels"}
    assert {each.valid_for_s for each in heard} == {BELIEVED_S}
    moments = sorted({each.at.mono for each in heard})
    assert len(moments) > 100
    assert {round(b - a) for a, b in pairwise(moments)} == {60}
    assert not words_of(monkeypatch, issuing=False)


def test_who_listens_changes_nothing() -> None:
    """The plant's truth is the same whether or not somebody asks how much waits."""
    truths = []
    for issuing in (True, False):
        site = VirtualSite(plant(), DRIVERS, issuing=issuing)
        for _ in site.run(MORNING):
            pass
        truths.append(site.plant.close(MORNING))
    assert truths[0] == truths[1]


def words_of(monkeypatch: pytest.MonkeyPatch, *, issuing: bool) -> list[Work]:
    """What a monitor is told of waiting work in a morning."""
    heard: list[Work] = []
    step = Monitor.step

    def listened(monitor: Monitor, stimulus: Stimulus) -> Outcome:
        if isinstance(stimulus, Work):
            heard.append(stimulus)
        return step(monitor, stimulus)

    with monkeypatch.context() as patched:
        patched.setattr(Monitor, "step", listened)
        for _ in VirtualSite(plant(), DRIVERS, issuing=issuing).run(MORNING):
            pass
    return heard
