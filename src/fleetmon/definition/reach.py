"""Which values a field can have: so that a code that can never come is told when the driver is loaded.

A field that comes as a number is compared as the number is written, without leading zeros; bits are of numbers, and a
text must say whether its digits are decimal or hexadecimal before its bits can be asked for.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fleetmon.definition.meanings import FaultRule, StateRule, ValueRule, mask
from fleetmon.toml_lines import Path

_WHOLE = re.compile("0|-?[1-9][0-9]*")
_ZEROS = re.compile("0[0-9xX]")
_OPEN = re.compile(r"[?*]")


@dataclass(frozen=True, slots=True)
class Range:
    """What a field holds: a number between two bounds (None: unbounded), text, or either; `capitals` are the digits of
    a hexadecimal text."""

    number: bool = False
    text: bool = False
    least: float | None = None
    most: float | None = None
    capitals: bool = False


TEXT = Range(text=True)
HEXADECIMAL = Range(text=True, capitals=True)
EITHER = Range(number=True, text=True)
NUMBER = Range(number=True)


def whole(size: int, *, signed: bool = False) -> Range:
    """A whole number of so many bits."""
    least, most = (-(1 << size - 1), (1 << size - 1) - 1) if signed else (0, (1 << size) - 1)
    return Range(number=True, least=least, most=most)


def made(source: Range, rule: ValueRule) -> Range:
    """What a `values` rule makes of it."""
    found = TEXT if rule.pattern is not None or rule.join else source
    if rule.base is not None and found.text:
        found = NUMBER
    if rule.mask is not None:
        word = int(rule.mask, 16)
        found = Range(number=True, least=0, most=word >> ((word & -word).bit_length() - 1))
    return found if rule.scale == 1.0 and rule.offset == 0.0 else NUMBER


def value_faults(source: Range, rule: ValueRule) -> Iterator[tuple[Path, str]]:
    """What cannot be in one `values` rule."""
    if rule.join and rule.source is not None:
        yield ("join",), "stands beside from; the value is made of one field or of several"
    if rule.base is not None and not source.text and rule.pattern is None and not rule.join:
        yield ("base",), "the field is a number already; base is for digits in a text"
    if rule.mask is not None and rule.base is None and (rule.pattern is not None or source in (TEXT, HEXADECIMAL)):
        yield ("mask",), "needs base = 10 or base = 16 beside it: how the digits of the text are to be read"


def rule_faults(field: str, held: Range, rule: FaultRule | StateRule) -> Iterator[tuple[Path, str]]:
    """The codes and bits of a rule that its field cannot have."""
    if rule.bits and held in (TEXT, HEXADECIMAL):
        yield (
            ("bits",),
            f'"{field}" is a text; say how its digits are to be read: [values.{field}] base = 16, or base = 10',
        )
    for code in rule.bits:
        if held.most is not None and mask(code) > held.most:
            yield ("bits", code), f'"{field}" has no such bit: it is at most {held.most:#x}'
    if not held.text:
        yield from _codes(field, held, rule.codes)
    if held.capitals:
        for code in (each for each in rule.codes if each != each.upper()):
            text = f'can never come: "{field}" holds hexadecimal digits in capitals; write "{code.upper()}"'
            yield ("codes", code), text


def _codes(field: str, held: Range, codes: Iterable[str]) -> Iterator[tuple[Path, str]]:
    for code in codes:
        whole = _WHOLE.fullmatch(code)
        if _OPEN.search(code) or (held.least is None and held.most is None and (whole or not _ZEROS.match(code))):
            continue
        if not whole:
            meant = _decimal(code)
            hint = f'; write "{meant}"' if meant is not None else ""
            yield ("codes", code), f'can never come: "{field}" is a number, compared in decimal digits{hint}'
        elif (held.least is not None and int(code) < held.least) or (held.most is not None and int(code) > held.most):
            yield ("codes", code), f'can never come: "{field}" is from {held.least} to {held.most}'


def _decimal(code: str) -> int | None:
    try:
        return int(code, 16 if code.lower().startswith("0x") else 10)
    except ValueError:
        return None


def code_faults(rule: FaultRule) -> Iterator[tuple[Path, str]]:
    """The codes that cannot come because of how one value is parted."""
    for code in rule.codes:
        if code in rule.none:
            yield ("codes", code), "stands in none as well"
        elif code != code.strip() and rule.split is None:
            yield ("codes", code), "can never come: blanks around a code are taken off"
        elif rule.separator is not None and rule.separator in code:
            yield ("codes", code), f'can never come: codes are parted at "{rule.separator}"'
        elif rule.split is not None and not len(code) - code.count("*") <= rule.split <= _longest(rule.codes):
            yield ("codes", code), f"can never come: codes are {rule.split} characters long"


def _longest(codes: Iterable[str]) -> float:
    """How long the longest code can be: shorter ones may be filled up with blanks."""
    return max((math.inf if "*" in code else len(code) for code in codes), default=0)


def ranges(known: Mapping[str, Range], values: Mapping[str, ValueRule]) -> dict[str, Range]:
    """What all fields hold, those included that `values` make."""
    found = dict(known)
    for name, rule in values.items():
        found[name] = made(found.get(rule.sources(name)[0], EITHER), rule)
    return found
