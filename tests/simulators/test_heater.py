"""The heater as a model: warms up, holds, sags, drifts and fails, the same however often anybody looks."""

from dataclasses import replace
from math import exp

import pytest
from fleetmon.simulators.model.heater import NEVER, Heat, Heater, HeaterParts, Trouble
from hypothesis import given
from hypothesis import strategies as st

PARTS = HeaterParts(
    set_point=150,
    ambient=22,
    rise=220,
    time_constant=600,
    band=20,
    ready=4,
    over=25,
    load=1.5,
    drift=0,
    drift_most=0,
    amps=6,
)
HOUR = 3600.0

Doing = tuple[float, str]


def _do(heater: Heater, doing: str, now: float) -> None:
    match doing:
        case "on" | "off":
            heater.switch(doing == "on", now)
        case "document":
            heater.document(now)
        case "fine":
            heater.suffer("test", (), now)
        case _:
            heater.suffer("test", [Trouble(doing)], now)


@st.composite
def _lives(draw: st.DrawFn) -> tuple[HeaterParts, list[Doing]]:
    parts = replace(
        PARTS,
        band=draw(st.sampled_from([0.5, 5.0, 20.0, 90.0])),
        drift=draw(st.sampled_from([0.0, 2.0, -8.0])),
        drift_most=draw(st.sampled_from([0.0, 3.0, 12.0])),
    )
    deeds = st.sampled_from(["on", "on", "document", "document", "off", "fine", *Trouble])
    return parts, draw(st.lists(st.tuples(st.floats(0, 2 * HOUR), deeds), max_size=15))


@given(_lives(), st.lists(st.floats(0, 20 * HOUR), max_size=40))
def test_looking_changes_nothing(life: tuple[HeaterParts, list[Doing]], looks: list[float]) -> None:
    """Two heaters live the same life; one of them is looked at all the time. They agree to the last digit."""
    parts, doings = life
    alone, watched = Heater(parts), Heater(parts)
    looks.sort()
    now = 0.0
    for gap, doing in [*doings, (HOUR, "document")]:
        for look in looks:
            if now <= look <= now + gap:
                watched.step(look)
                watched.temperature(look)
        now += gap
        _do(alone, doing, now)
        _do(watched, doing, now)
    end = now + HOUR
    alone.step(end)
    watched.step(end)
    assert alone.temperature(end) == watched.temperature(end)
    assert (alone.heat, alone.due(), alone.output(end)) == (watched.heat, watched.due(), watched.output(end))


@given(_lives())
def test_it_stays_within_what_physics_allows(life: tuple[HeaterParts, list[Doing]]) -> None:
    """Never colder than the room, never hotter than full power makes it; how it stands fits its temperature."""
    parts, doings = life
    heater = Heater(parts)
    now = 0.0
    for gap, doing in doings:
        now += gap
        _do(heater, doing, now)
        here = heater.temperature(now)
        assert parts.ambient - 1e-9 <= here <= parts.ambient + parts.rise + 1e-9
        assert 0 <= heater.output(now) <= 1
        assert heater.due() > now or heater.due() == NEVER
        if heater.heat is Heat.READY:
            assert parts.set_point - 2 * parts.ready - 1e-9 <= here <= parts.set_point + parts.over + 1e-9
        if heater.heat is Heat.HOT:
            assert here >= parts.set_point + parts.ready - 1e-9
        if heater.heat is Heat.COLD:
            assert here <= parts.set_point - parts.ready + 1e-9


@given(_lives())
def test_it_follows_the_differential_equation(life: tuple[HeaterParts, list[Doing]]) -> None:
    """The closed form agrees with the same body integrated in small steps, the controller asked anew at each."""
    parts, doings = life
    heater = Heater(parts)
    now = 0.0
    for gap, doing in doings:
        now += gap
        _do(heater, doing, now)
    here, step = heater.temperature(now), 0.05
    for _ in range(400):
        burnt = Trouble.BURNOUT in heater.troubles or not heater.on
        power = 0.0 if burnt else 1.0 if Trouble.RUNAWAY in heater.troubles else heater.output(now)
        target = parts.ambient + parts.rise * power
        here = target + (here - target) * exp(-step / parts.time_constant)
        now += step
        heater.step(now)
    assert heater.temperature(now) == pytest.approx(here, abs=0.35)


def test_a_morning() -> None:
    """Cold at 0 s; at full power until the band; good to work by 10 min; then it holds the set point."""
    heater = Heater(PARTS)
    assert heater.heat is Heat.OFF
    heater.switch(True, 0)
    assert (heater.heat, heater.output(0), heater.amps(0)) == (Heat.COLD, 1, 6)
    ready_at = _moments_until_ready(heater)[-1]
    assert 400 < ready_at < 600
    assert heater.temperature(ready_at) == PARTS.set_point - PARTS.ready
    heater.step(HOUR)
    assert heater.temperature(HOUR) == pytest.approx(PARTS.set_point, abs=0.01)
    assert heater.output(HOUR) == pytest.approx((150 - 22) / 220, abs=0.001)


def _moments_until_ready(heater: Heater) -> list[float]:
    """The moments at which something changed by itself, up to the one that made it good to work."""
    moments: list[float] = []
    while not heater.ready:
        moments.append(heater.due())
        heater.step(moments[-1])
    return moments


def test_work_makes_it_sag_and_it_recovers() -> None:
    """Ten documents in a row pull it down, more power is asked for; ten minutes later it is back."""
    heater = _hot()
    for turn in range(10):
        heater.document(HOUR + 5 * turn)
    sagged = heater.temperature(HOUR + 45)
    assert PARTS.set_point - 12 < sagged < PARTS.set_point - 4
    assert heater.output(HOUR + 45) > heater._hold
    heater.step(HOUR + 645)
    assert heater.temperature(HOUR + 645) == pytest.approx(PARTS.set_point, abs=0.1)


def _hot(parts: HeaterParts = PARTS) -> Heater:
    heater = Heater(parts)
    heater.switch(True, 0)
    heater.step(HOUR)
    return heater


def test_a_burnt_out_element_cools_at_full_output() -> None:
    """The controller asks for everything, no current flows, and soon it is too cold to work."""
    heater = _hot()
    heater.suffer("lam1", [Trouble.BURNOUT], HOUR)
    heater.step(2 * HOUR)
    assert (heater.heat, heater.output(2 * HOUR), heater.amps(2 * HOUR)) == (Heat.COLD, 1, 0)
    assert heater.temperature(2 * HOUR) < 23


def test_a_relay_stuck_closed_makes_it_too_hot_until_it_is_mended() -> None:
    """Current flows although nothing is asked for; too hot within minutes, and good again only well below that."""
    heater = _hot()
    heater.suffer("lam1", [Trouble.RUNAWAY], HOUR)
    heater.step(HOUR + 900)
    assert (heater.heat, heater.output(HOUR + 900), heater.amps(HOUR + 900)) == (Heat.HOT, 0, 6)
    heater.suffer("lam1", (), HOUR + 900)
    heater.step(3 * HOUR)
    assert heater.heat is Heat.READY


@pytest.mark.parametrize("trouble", [Trouble.SENSOR_OPEN, Trouble.UNREADABLE, Trouble.STOPPED])
def test_without_a_sensor_or_when_stopped_it_is_not_heated(trouble: Trouble) -> None:
    """The output is off and it cools; two who complain of the same must both be content again."""
    heater = _hot()
    heater.suffer("lam1", [trouble], HOUR)
    heater.suffer("controller", [trouble], HOUR + 1)
    heater.suffer("lam1", (), HOUR + 2)
    heater.step(2 * HOUR)
    assert (heater.heat, heater.output(2 * HOUR), heater.troubles) == (Heat.COLD, 0, {trouble})
    heater.suffer("controller", (), 2 * HOUR)
    heater.step(3 * HOUR)
    assert heater.heat is Heat.READY


def test_what_it_holds_drifts_through_the_day_and_a_night_off_resets_it() -> None:
    """After 4 h it holds 3 K more than it should, never more; after an hour off it holds the set point again."""
    heater = _hot(replace(PARTS, drift=1, drift_most=3))
    heater.step(2 * HOUR)
    assert 151 < heater.temperature(2 * HOUR) < 152
    heater.step(9 * HOUR)
    assert heater.temperature(9 * HOUR) == pytest.approx(152.75, abs=0.1)
    assert heater.due() == NEVER
    heater.switch(False, 9 * HOUR)
    heater.switch(True, 10 * HOUR)
    heater.step(10 * HOUR + 1200)
    assert heater.temperature(10 * HOUR + 1200) == pytest.approx(150.2, abs=0.3)
