"""What a machine has made: a total that never goes back, made from counters that do.

A life count falls at a reset, wraps at 2^32, shows 0 while its machine starts, leaps when a board is exchanged, and
belongs to one machine, one marker and one unit. The rule for all of these is the same: what nobody saw being made is
not credited.
"""

import math

from fleetmon.model.frozen import dataclass
from fleetmon.model.plan import SourcePlan
from fleetmon.model.report import At, Counter
from fleetmon.model.words import Unit

_COUNTER32 = 1 << 32
_WRAP_MARGIN = 1 << 24
# More than any machine for documents makes: a day's work of a large line, and ten a second while nobody looked.
_LEAP = 100_000
_FASTEST_PER_S = 10
_PIECES = (Unit.IMPRESSIONS, Unit.SHEETS, Unit.ITEMS)  # a length in micrometres may well move faster


@dataclass(frozen=True, slots=True)
class Produced:
    """`total` in units of the counter; `raw` its last value, `since` when it was first seen, on that source and marker.

    `before_reset` is what it showed before it fell, until it moves on from where it fell to. `address` is where it was
    read, None if nobody remembers.
    """

    total: int
    raw: int
    unit: Unit | None
    source: str
    marker: int
    since: At
    per_document: int | None = None
    before_reset: int | None = None
    address: str | None = None

    @property
    def published(self) -> tuple[int, Unit | None]:
        """Documents if the settings say how many counts one takes, else the counter as it is."""
        return self.made(self.per_document), self.unit if self.per_document is None else Unit.DOCUMENTS

    def made(self, per_document: int | None) -> int:
        """The total, where so many counts are one document."""
        return self.total if per_document is None else self.total // per_document


def chosen(source: SourcePlan, counters: tuple[Counter, ...], before: Produced | None) -> Counter | None:
    """The counter that the settings name; if they name none, the one followed so far, else the first."""
    wanted = source.counter.marker
    if wanted is not None:
        return next((counter for counter in counters if counter.marker == wanted), None)
    followed = before.marker if before is not None else None
    return next((counter for counter in counters if counter.marker == followed), counters[0] if counters else None)


def counted(
    before: Produced | None,
    counter: Counter,
    source: SourcePlan,
    at: At,
    went_on: bool,
    proven: bool = False,
    passed_s: float = math.inf,
) -> Produced:
    """The count after `counter` was read, `before` itself where that changes nothing.

    `went_on` says that the machine has not restarted since the last reading, `proven` that its serial number is the
    same: at another address stands another machine unless that says otherwise. A leap that no machine can have made in
    the `passed_s` seconds since the last reading is not credited.
    """
    per_document, address = source.counter.per_document, _address(source)
    if before is not None and before.address not in (None, address) and not proven:
        before = None
    if before is not None and _as_before(before, counter, source):
        return before
    if before is None or _is_other(before, counter, source):
        total, unit, marker = counter.total, counter.unit, counter.marker
        return Produced(total, total, unit, source.name, marker, at, per_document, address=address)
    if counter.marker != before.marker:  # the one followed is gone: go on with another, from where that stands
        made, before_reset = 0, None
    else:
        made, before_reset = _made(before, counter.total, went_on)
        if counter.unit in _PIECES and made > _LEAP + _FASTEST_PER_S * passed_s:
            made = 0
    total, unit, marker = before.total + made, before.unit or counter.unit, counter.marker
    return Produced(
        total, counter.total, unit, before.source, marker, before.since, per_document, before_reset, address
    )


def progress(before: Produced | None, after: Produced | None) -> int:
    """What was made between two states of one machine, in units of `after.published`; 0 where the count began anew."""
    if before is None or after is None or before.since != after.since:
        return 0
    return after.made(after.per_document) - before.made(after.per_document)


def _as_before(before: Produced, counter: Counter, source: SourcePlan) -> bool:
    return (before.raw, before.marker, before.source, before.per_document, before.address) == (
        counter.total,
        counter.marker,
        source.name,
        source.counter.per_document,
        _address(source),
    ) and before.unit is counter.unit


def _address(source: SourcePlan) -> str:
    """Where a counter is read: a host may have several machines."""
    return source.url if source.device is None else f"{source.url} device {source.device}"


def _is_other(before: Produced, counter: Counter, source: SourcePlan) -> bool:
    """The settings name another counter than before, or its unit changed: the two cannot be subtracted."""
    renamed = before.source != source.name or source.counter.marker not in (None, before.marker)
    return renamed or (before.unit is not None and counter.unit not in (None, before.unit))


def _made(before: Produced, now: int, went_on: bool) -> tuple[int, int | None]:
    """How many more, and `before_reset`: a fall is a reset, unless a Counter32 wrapped while the machine went on."""
    if now < before.raw:
        wrapped = went_on and before.raw >= _COUNTER32 - _WRAP_MARGIN and now < _WRAP_MARGIN
        return (now + _COUNTER32 - before.raw, None) if wrapped else (0, max(before.raw, before.before_reset or 0))
    if now == before.raw:
        return 0, before.before_reset
    if before.before_reset is not None and now >= before.before_reset:
        return now - before.before_reset, None  # it only showed 0 while it started
    return now - before.raw, None
