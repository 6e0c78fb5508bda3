"""One fault for one thing said twice.

A machine tells of the same jam as an error bit, as an alert row and as an open cover. Rows are the richest, so a bit or
a cover of the same class is absorbed by the worst row of that class and only leaves its name among the codes.
"""

from collections.abc import Iterable
from dataclasses import replace

from fleetmon import vocabulary
from fleetmon.decode.mapping import set_bits
from fleetmon.decode.objects import Row, number, text
from fleetmon.decode.printer_mib import mib
from fleetmon.decode.printer_mib.status import DeviceStatus, PrinterStatus
from fleetmon.decode.printer_words import COVER_REASONS, COVER_STATUSES, ERROR_BITS
from fleetmon.model.report import Fault
from fleetmon.model.words import Severity

_TEXT_LIMIT = 1024


def from_bits(octets: bytes, device: int | None) -> list[Fault]:
    """The faults that hrPrinterDetectedErrorState tells; bits beyond 14 have no name and stay as their number."""
    down = device == DeviceStatus.DOWN
    found = []
    for bit in set_bits(octets):
        if bit >= len(ERROR_BITS):
            found.append(Fault("other", Severity.REPORT, (f"bit {bit}",)))
            continue
        known = ERROR_BITS[bit]
        found.append(Fault(known.keyword, known.when_down if down else known.severity, (known.name,)))
    return found


def from_covers(rows: Iterable[tuple[int, Row]], device: int | None) -> list[Fault]:
    """Open covers and interlocks. They stop a machine only if it says that it is down: some are meant to be open."""
    severity = Severity.ERROR if device == DeviceStatus.DOWN else Severity.REPORT
    found = []
    for index, row in rows:
        said = number(row.get(mib.COVER_STATUS)) or 0
        if said in COVER_REASONS:
            words = text(row.get(mib.COVER_DESCRIPTION))
            found.append(Fault(COVER_REASONS[said], severity, (COVER_STATUSES[said],), words, f"cover-{index}"))
    return found


def from_warm_up(printer: int | None) -> list[Fault]:
    """Warming up is the machine's own word for why it does not produce yet."""
    return [Fault("subunit-warming-up", Severity.REPORT, ("warmup",))] if printer == PrinterStatus.WARMUP else []


def merged(faults: Iterable[Fault]) -> list[Fault]:
    """Faults of the same reason and part as one: worst severity, all codes, all texts, oldest age."""
    found: dict[tuple[str, str | None], Fault] = {}
    for fault in faults:
        known = found.get(fault.key)
        found[fault.key] = fault if known is None else _union(known, fault)
    return list(found.values())


def absorbed(said: list[Fault], again: Iterable[Fault]) -> list[Fault]:
    """`said`, with each fault of `again` absorbed by the worst of its class, or added where there is none.

    What names its part is not absorbed by what stands for another part: two open covers are two faults. What one place
    tells in two ways are two things: nothing in `again` absorbs another of it.
    """
    faults = list(said)
    for fault in again:
        matches = [i for i, known in enumerate(faults[: len(said)]) if _is_same(known, fault)]
        if not matches:
            faults.append(fault)
            continue
        best = min(matches, key=lambda i: (fault.part not in (None, faults[i].part), faults[i].severity.rank))
        faults[best] = _absorb(faults[best], fault)
    return faults


def _is_same(known: Fault, again: Fault) -> bool:
    """Of one class, and not of two different parts; a part without a number ("cover") may be any of its kind."""
    same_part = again.part is None or known.part in (None, again.part, again.part.rpartition("-")[0])
    return same_part and _class(known) == _class(again) != "other"


def _absorb(known: Fault, again: Fault) -> Fault:
    codes, part = _all(known.codes, again.codes), again.part or known.part
    return replace(known, codes=codes, text=known.text or again.text, part=part)


def _class(fault: Fault) -> str:
    return vocabulary.reason(fault.reason).reason_class


def _union(first: Fault, second: Fault) -> Fault:
    ages = [age for age in (first.age_s, second.age_s) if age is not None]
    texts = _all(*((t,) for t in (first.text, second.text) if t))
    return replace(
        first,
        severity=min(first.severity, second.severity, key=lambda severity: severity.rank),
        codes=_all(first.codes, second.codes),
        text="; ".join(texts)[:_TEXT_LIMIT] or None,
        actor=first.actor or second.actor,
        age_s=max(ages, default=None),
    )


def _all(*groups: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for group in groups for item in group))
