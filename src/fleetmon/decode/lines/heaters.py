"""What a heater's controller means: warming up, too cold, too hot, its sensor gone.

A laminator has no status of its own; its controller tells a measured and a wanted temperature. How long each has stood
decides: within the band for the holding time it is ready, below it while it still may be it is warming up, below it for
longer it does not get there. Time is an argument, and what is remembered is a value, so that a poll can be repeated.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from fleetmon.decode.lines.placed import Fields, number, written
from fleetmon.definition.meanings import HeaterRule
from fleetmon.model.report import Fault
from fleetmon.model.words import Severity

_FULL_OUTPUT: Final = 99.5  # percent; a controller's own rounding


class Place(StrEnum):
    """Where the temperature is, seen from the set point."""

    WITHIN = "within"
    BELOW = "below"
    ABOVE = "above"


class Heat(StrEnum):
    """What is to be said of a heater."""

    READY = "ready"
    WARMING = "warming"
    TOO_COLD = "too-cold"
    COLD_AT_FULL_POWER = "cold-at-full-power"
    TOO_HOT = "too-hot"


_SAID: Final = {
    Heat.WARMING: ("laminator-warming-up", Severity.REPORT),
    Heat.TOO_COLD: ("laminator-under-temperature", Severity.WARNING),
    Heat.COLD_AT_FULL_POWER: ("laminator-under-temperature", Severity.ERROR),
    Heat.TOO_HOT: ("laminator-over-temperature", Severity.ERROR),
}


@dataclass(frozen=True, slots=True)
class Warmth:
    """What is remembered of a heater: its `place` and since when (`since_s`, on the clock of the polls); `set_point`;
    since when it has been on its way there from below or, where the set point was lowered, from above (None: it was
    there); and the `lowest` temperature since it is below."""

    heat: Heat
    place: Place
    since_s: float
    set_point: float
    rising_s: float | None = None
    falling_s: float | None = None
    lowest: float = 0.0


def warmed(
    rules: Mapping[str, HeaterRule], fields: Fields, before: Mapping[str, Warmth], now_s: float
) -> dict[str, Warmth]:
    """How each heater stands now."""
    found = {name: _warmth(rule, fields, before.get(name), now_s) for name, rule in rules.items()}
    return {name: warmth for name, warmth in found.items() if warmth is not None}


def faults(
    rules: Mapping[str, HeaterRule], fields: Fields, heaters: Mapping[str, Warmth], unheard: Container[str]
) -> Iterator[Fault]:
    """What is wrong with them; `part` is the heater's name. A temperature that was read and is none is a sensor that
    fails; one of the fields that are `unheard` is not known."""
    for name, rule in rules.items():
        part = name.replace("_", "-")
        if number(fields.get(rule.measured)) is None and rule.measured not in unheard:
            yield Fault("laminator-thermistor-failure", Severity.ERROR, part=part)
        elif name in heaters and heaters[name].heat in _SAID:
            reason, severity = _SAID[heaters[name].heat]
            yield Fault(reason, severity, part=part)


def _warmth(rule: HeaterRule, fields: Fields, before: Warmth | None, now_s: float) -> Warmth | None:
    """None where nothing is known: without a temperature, or while nothing is wanted of the heater."""
    measured, wanted = number(fields.get(rule.measured)), number(fields.get(rule.set_point))
    if measured is None or wanted is None or wanted <= 0 or _is_off(rule, fields):
        return None
    output = number(fields.get(rule.output)) if rule.output else None
    full = output is not None and output >= _FULL_OUTPUT
    now = _moved(before, _place(measured, wanted, rule.band), measured, wanted, rule.band, now_s)
    match now.place:
        case Place.WITHIN:
            return _within(rule, now, now_s)
        case Place.ABOVE:
            return _above(rule, now, now_s)
    return _below(rule, now, measured, now_s, at_full_power=full)


def _is_off(rule: HeaterRule, fields: Fields) -> bool:
    mode = fields.get(rule.mode) if rule.mode else None
    return mode is not None and written(mode).strip() in rule.off


def _place(measured: float, wanted: float, band: float) -> Place:
    if measured < wanted - band:
        return Place.BELOW
    return Place.ABOVE if measured > wanted + band else Place.WITHIN


def _moved(before: Warmth | None, place: Place, measured: float, wanted: float, band: float, now_s: float) -> Warmth:
    """What is remembered now. Of a heater met within its band nobody knows that it was ever elsewhere."""
    if before is None or abs(wanted - before.set_point) > band:
        rising = now_s if place is Place.BELOW else None
        falling = now_s if place is Place.ABOVE and before is not None else None
        return Warmth(Heat.READY, place, now_s, wanted, rising, falling, measured)
    same = place is before.place
    lowest = min(before.lowest, measured) if same else measured
    since_s = before.since_s if same else now_s
    return Warmth(before.heat, place, since_s, before.set_point, before.rising_s, before.falling_s, lowest)


def _within(rule: HeaterRule, now: Warmth, now_s: float) -> Warmth:
    if now.rising_s is None and now.heat in (Heat.TOO_COLD, Heat.COLD_AT_FULL_POWER):
        now = replace(now, rising_s=now_s)  # what was said of it is taken back when it has held its temperature
    if now.rising_s is None or now_s - now.since_s >= rule.hold:
        return replace(now, heat=Heat.READY, rising_s=None, falling_s=None)
    return replace(now, heat=Heat.WARMING)


def _above(rule: HeaterRule, now: Warmth, now_s: float) -> Warmth:
    if now.falling_s is not None and now_s - now.falling_s < rule.warm_up:
        return replace(now, heat=Heat.READY, rising_s=None)  # the set point was lowered: it cools down to it
    hot = now_s - now.since_s >= rule.hold
    return replace(now, heat=Heat.TOO_HOT if hot else Heat.READY, rising_s=None)


def _below(rule: HeaterRule, now: Warmth, measured: float, now_s: float, *, at_full_power: bool) -> Warmth:
    if now.rising_s is None and measured > now.lowest + rule.band:
        now = replace(now, rising_s=now.since_s)  # it was switched off for a while
    if now.rising_s is not None and now_s - now.rising_s < rule.warm_up:
        return replace(now, heat=Heat.WARMING)
    if now_s - now.since_s < rule.hold and now.rising_s is None:
        return replace(now, heat=Heat.READY)  # a document takes its warmth; the controller brings it back
    return replace(now, heat=Heat.COLD_AT_FULL_POWER if at_full_power else Heat.TOO_COLD)
