"""Supplies and inputs: honest numbers or none (RFC 3805 prtMarkerSupplies, prtInput; RFC 3806 finSupply).

-1 means no restriction, -2 unknown, -3 at least one left: none of them is a level, and none becomes a percentage. What
a film laminator consumes has no type in the standard, so a driver's rules on the description come first. The colour in
the description is believed before the colorant table, whose index is known to point at the wrong row.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from fleetmon.decode.levels import level
from fleetmon.decode.objects import Row, number, text
from fleetmon.decode.printer_mib import mib
from fleetmon.decode.printer_mib.heard import Heard
from fleetmon.decode.printer_words import SUPPLY_CLASSES, SUPPLY_TYPES, UNITS
from fleetmon.definition import compiled
from fleetmon.definition.snmp import SupplyRule
from fleetmon.model.report import Input, Level, RawLevel, Supply
from fleetmon.model.words import Quality, SupplyKind

_QUALITIES = {-1: Quality.UNLIMITED, -3: Quality.SOME}
_COLOUR = re.compile(r"\b(?:(?:light )?(?:cyan|magenta)|black|yellow|white|red|green|blue|clear)\b")
_NO_COLOUR = (None, "other", "unknown")  # of prtMarkerColorantValue (RFC 3805)


def level_of(unit: int | None, capacity: int | None, left: int | None) -> Level:
    """The level that the raw numbers of a row tell; -1 and -3 say what is known instead."""
    quality = _QUALITIES.get(left or 0)
    return level(UNITS.get(unit) if unit is not None else None, capacity, left, quality, RawLevel(left, capacity))


def supplies(heard: Heard, rules: tuple[SupplyRule, ...]) -> tuple[Supply, ...]:
    """What the markers and the finishers consume or fill, in the order of their indexes."""
    colorants = {index: text(row.get(mib.COLORANT_VALUE)) for index, row in heard.table(mib.COLORANT)}
    marker = [_marker_supply(index, row, colorants, rules) for index, row in heard.table(mib.SUPPLIES)]
    finisher = [_finisher_supply(index, row, rules) for index, row in heard.table(mib.FIN_SUPPLY)]
    return (*marker, *finisher)


def inputs(heard: Heard) -> tuple[Input, ...]:
    """Where blank media wait."""
    return tuple(
        Input(
            part=f"input-{index}",
            level=level_of(
                number(row.get(mib.INPUT_UNIT)), number(row.get(mib.INPUT_MAX)), number(row.get(mib.INPUT_LEVEL))
            ),
            description=text(row.get(mib.INPUT_NAME)) or text(row.get(mib.INPUT_DESCRIPTION)),
        )
        for index, row in heard.table(mib.INPUT)
    )


def _marker_supply(index: int, row: Row, colorants: Mapping[int, str | None], rules: tuple[SupplyRule, ...]) -> Supply:
    words = text(row.get(mib.SUPPLY_DESCRIPTION))
    return Supply(
        part=f"supply-{index}",
        kind=_kind(words, number(row.get(mib.SUPPLY_TYPE)), rules),
        level=level_of(
            number(row.get(mib.SUPPLY_UNIT)), number(row.get(mib.SUPPLY_MAX)), number(row.get(mib.SUPPLY_LEVEL))
        ),
        supply_class=SUPPLY_CLASSES.get(number(row.get(mib.SUPPLY_CLASS)) or 0),
        description=words,
        colour=colour(words, colorants.get(number(row.get(mib.SUPPLY_COLORANT)) or 0)),
    )


def _finisher_supply(index: int, row: Row, rules: tuple[SupplyRule, ...]) -> Supply:
    words = text(row.get(mib.FIN_SUPPLY_DESCRIPTION))
    return Supply(
        part=f"finisher-supply-{index}",
        kind=_kind(words, number(row.get(mib.FIN_SUPPLY_TYPE)), rules),
        level=level_of(
            number(row.get(mib.FIN_SUPPLY_UNIT)),
            number(row.get(mib.FIN_SUPPLY_MAX)),
            number(row.get(mib.FIN_SUPPLY_LEVEL)),
        ),
        supply_class=SUPPLY_CLASSES.get(number(row.get(mib.FIN_SUPPLY_CLASS)) or 0),
        description=words,
        colour=colour(words, text(row.get(mib.FIN_SUPPLY_COLOUR))),
    )


def _kind(words: str | None, supply_type: int | None, rules: tuple[SupplyRule, ...]) -> SupplyKind:
    _, kind = SUPPLY_TYPES.get(supply_type or 0, ("", SupplyKind.OTHER))
    return kind_by_words(words, rules) or kind


def kind_by_words(words: str | None, rules: tuple[SupplyRule, ...]) -> SupplyKind | None:
    """What the first of a driver's rules says that a description fits."""
    fitting = _first_fitting(words, tuple([rule.pattern for rule in rules])) if words else None
    return None if fitting is None else rules[fitting].kind


@lru_cache(maxsize=256)
def _first_fitting(words: str, patterns: tuple[str, ...]) -> int | None:
    return next((place for place, pattern in enumerate(patterns) if compiled(pattern).search(words)), None)


@lru_cache(maxsize=1024)
def colour(words: str | None, colorant: str | None) -> str | None:
    """The one colour that the description names, else the colorant's; of several named none is *the* colour."""
    named: set[str] = {*_COLOUR.findall((words or "").lower())}
    if len(named) == 1:
        return named.pop()
    told = colorant.lower() if colorant else None
    return None if named or told in _NO_COLOUR else told
