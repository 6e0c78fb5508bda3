"""What one value means by a driver's tables of codes or bits: the same for an object, a field and a register.

A value that is mapped to nothing deliberately is no fault; one that is not mapped at all is the fault `other` with the
vendor's code kept, so that it can be mapped. Two bits are two faults.
"""

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_

from fleetmon.definition.codes import fitting
from fleetmon.definition.meanings import Meaning, bit_code, mask
from fleetmon.definition.snmp_objects import number_code
from fleetmon.model.report import Fault
from fleetmon.model.words import Severity, State


def told(said: str, split: int | None, separator: str | None, none: Iterable[str] = ()) -> tuple[str, ...]:
    """The codes in a text: each `split` characters, or parted by `separator`, or the text itself; each once, without
    blanks around it, and without those in `none`."""
    parts = [said]
    if split is not None:
        parts = [said[start : start + split] for start in range(0, len(said), split)]
    elif separator is not None:
        parts = said.split(separator)
    nothing = {"", *none}
    codes = dict.fromkeys(part.strip() for part in parts)
    return () if said.strip() in nothing else tuple(code for code in codes if code not in nothing)


def by_code(code: str, codes: dict[str, Meaning]) -> list[Fault]:
    """The fault that a code means, if it means one."""
    return fault(meaning(code, codes), code)


def meaning(code: str, codes: dict[str, Meaning]) -> Meaning | None:
    """What a code means by the most exact key that fits it; None if it is unknown."""
    known = fitting(code, codes)
    return None if known is None else codes[known]


def by_bits(word: int, bits: Mapping[str, Meaning], quiet: int = 0) -> list[Fault]:
    """The faults that a word of bits tells, by mask; the bits nobody named in one code, but for the `quiet` ones. A
    negative word has no bits."""
    if word < 0:
        return fault(None, str(word))
    named = reduce(or_, map(mask, bits), quiet)
    known = [found for each in bits if says(word, each) for found in fault(bits[each], bit_code(each))]
    unnamed = word & ~named
    return known + (fault(None, f"{unnamed:#x}") if unnamed else [])


def by_numbers(octets: bytes, bits: Mapping[str, Meaning], quiet: Iterable[str] = ()) -> list[Fault]:
    """The faults that a bit string tells, by number: bit 0 is the most significant of the first octet. Bits that nobody
    named are `other`, but for the `quiet` ones."""
    numbers = set_bits(octets)
    named = [found for each in bits if counts(numbers, each) for found in fault(bits[each], number_code(each))]
    known = {each.removeprefix("!") for each in (*bits, *quiet)}
    unnamed = [bit for bit in numbers if str(bit) not in known]
    return named + [found for bit in unnamed for found in fault(None, f"bit {bit}")]


def fault(
    meant: Meaning | None, code: str, severity: Severity | None = None, text: str | None = None, part: str | None = None
) -> list[Fault]:
    """The fault of one meaning, none if it has no reason; `severity`, `text` and `part` are what the machine says of
    them. The severity is believed, the words stand where the driver has none of its own."""
    if meant is None:
        return [Fault("other", severity or Severity.WARNING, (code,), text, part)]
    if meant.reason is None:
        return []
    said = (severity or meant.severity, (code,), meant.text or text, meant.part or part, meant.actor)
    return [Fault(meant.reason, *said)]


def state_by_code(code: str, codes: dict[str, State]) -> State | None:
    """The state that a value means."""
    known = fitting(code, codes)
    return None if known is None else codes[known]


def state_by_bits(word: int, bits: Mapping[str, State]) -> State | None:
    """The state of the first mask that fits a word."""
    return next((bits[each] for each in bits if says(word, each)), None) if word >= 0 else None


def state_by_numbers(octets: bytes, bits: Mapping[str, State]) -> State | None:
    """The state of the first bit, by number, that fits a bit string."""
    numbers = set_bits(octets)
    return next((bits[each] for each in bits if counts(numbers, each)), None)


def says(word: int, each: str) -> bool:
    """Whether one of the bits of a mask is set or, where the mask begins with "!", none of them."""
    return bool(word & mask(each)) != each.startswith("!")


def counts(numbers: Iterable[int], each: str) -> bool:
    """Whether a bit, given by its number, is among `numbers` or, with "!" before it, is not."""
    return (int(each.removeprefix("!")) in numbers) != each.startswith("!")


def set_bits(octets: bytes) -> tuple[int, ...]:
    """The bits set in an SNMP bit string: bit 0 is the most significant of the first octet (RFC 2578 section 7.1.4);
    octets that were not sent say nothing."""
    return tuple(8 * i + bit for i, octet in enumerate(octets) for bit in range(8) if octet & (0x80 >> bit))
