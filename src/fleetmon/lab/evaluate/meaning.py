"""What somebody who stands before a machine would call what is wrong with it: a sheet's fault as a condition of alerts.

This is the other opinion that alerts are compared with, so it must not come from the decoders. It is read from the
words by which the sheets of the simulators name their faults, and from which store ran out; numbers and codes, which
decoders translate, have no part in it.
"""

import re
from typing import Final

from fleetmon.model.alerts import Condition
from fleetmon.simulators.sheets.parts import Fault, Sheet

_C: Final = Condition
_SERVICE_REQUESTED: Final = 7  # of hrPrinterDetectedErrorState, RFC 2790

# The first that fits holds.
_WORDS: Final[tuple[tuple[str, Condition | None], ...]] = (
    (
        r"chip-encoder-failed|wrong-film|stopped-unknown",
        _C.UNMAPPED,
    ),  # said with the code "other", so by its text alone
    (r"magazine-fitted|ready|.*calibrat.*|.*-cleaning|cleaning|feed-button|waiting-.*|manual-feed-report", None),
    (r"manual|tuning|memory-differs|out-of-range", None),  # a controller's own affairs
    (r".*(sensor|thermistor|converter|motor|element).*|firmware-.*|memory-.*|head-not-detected|relay-.*", _C.HARDWARE),
    (r".*(cover|door|interlock|head)-.*open.*|cover-open.*|head-open", _C.COVER_OPEN),
    (r"(stacker|bin|bay|hopper|reject-box|lamination-output)-(full|missing|jammed)", _C.OUTPUT_FULL),
    (r".*-jam|.*mechanical|film-wrapped|feed-error|path-not-cleared", _C.JAM),
    (r"fuser-low|fuser-over|cleaning-.*|maintenance-due|clean-head|replace-head", _C.SERVICE),
    (r".*-(low|near-full|near-end)", _C.SUPPLY_LOW),
    (r"head-(hot|too-hot)|cooling", _C.TEMPERATURE),  # a print head cools by itself; hot rollers burn
    (r".*-too-hot|lamination-temperature", _C.OVER_TEMPERATURE),
    (r".*-(cold|too-cold)", _C.TEMPERATURE),
    (r"(magazine|tray|roll|feeder|media)-(empty|out|missing)|other-paper|manual-feed", _C.MEDIA_EMPTY),
    (r".*-(empty|out|missing|ended|over)(-.*)?|waste-full|.*laminate.*|ribbon-.*", _C.SUPPLY_EMPTY),
    (r"offline|stopped", _C.OFFLINE),
    (r"paused|locked", _C.PAUSED),
)


def meant(fault: Fault) -> Condition | None:
    """The condition of an alert about it; None for what calls for nobody. What fits no word is the hardware's if it
    stops the machine."""
    if fault.when is not None and (fault.when.boot or (fault.when.activity is not None and not fault.stops)):
        return None  # says what the machine does
    for words, condition in _WORDS:
        if re.fullmatch(words, fault.name):
            cold = condition is Condition.TEMPERATURE and fault.stops and fault.name.endswith("-cold")
            return Condition.HARDWARE if cold else condition  # what must be hot and is not has lost its heater
    return Condition.HARDWARE


def right_about(fault: Fault) -> frozenset[Condition]:
    """The conditions of an alert that is right about it. A machine that has no word for what is wrong, and calls for
    service, is in need of just that."""
    condition = meant(fault)
    if condition is _C.UNMAPPED and _SERVICE_REQUESTED in fault.bits:
        return frozenset({condition, _C.SERVICE})
    return frozenset() if condition is None else frozenset({condition})


def is_said(sheet: Sheet, fault: Fault) -> bool:
    """Whether the machine tells of it at all, in whatever it speaks."""
    if fault.rows or fault.bits or fault.flag or fault.says:
        return True
    objects = sheet.snmp.objects if sheet.snmp is not None else ()
    return any(fault.name in each.faults for each in objects)
