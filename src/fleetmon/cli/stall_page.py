"""What `fleetmon explain MACHINE` says of its silence: the limit, what came of it, how it is now."""

from collections.abc import Iterator
from typing import Final

from pydantic import BaseModel, ConfigDict

from fleetmon.cli.safe_text import safe
from fleetmon.model.words import WorkSign

_SIGNS: Final[dict[str, str]] = {
    WorkSign.QUEUE: "the issuing system says that work waits",
    WorkSign.JOBS: "it says that it has jobs",
    WorkSign.IN_PROCESS: "counts show documents waiting before it",
    WorkSign.BUSY: "it says that it works",
}
_NO_SIGN: Final = "nothing shows that work waits: idle or stalled, nobody can tell"


class StallTold(BaseModel):
    """After how long without a document a machine with work is told to stand still, and what came of that."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    limit_s: float
    learned: bool
    gaps: int
    days: int
    least_gaps: int
    least_days: int
    false_alarms_a_month: float | None
    usual_gap_s: float | None
    longest_gap_s: float | None
    moved_s: float | None
    sign: str | None
    unit: str | None
    counts_documents: bool
    in_line: bool
    told_30_d: int
    taken_30_d: int
    nuisance_30_d: int
    missed_30_d: int
    delay_median_s: float | None


def lines(told: StallTold) -> Iterator[str]:
    """The part of the page that tells of it."""
    yield f"stall      when it makes nothing for {_long(told.limit_s)} although work waits"
    if told.learned:
        false = told.false_alarms_a_month
        expected = "" if false is None else f"; {false:g} a month may be false"
        yield f"{'':<11}learned from {told.gaps} gaps on {told.days} working days{expected}"
    else:
        yield f"{'':<11}fixed until {told.least_gaps} gaps on {told.least_days} whole working days are known"
        yield f"{'':<11}so far {told.gaps} on {told.days}"
    if told.usual_gap_s is not None and told.longest_gap_s is not None:
        yield f"{'':<11}between documents usually {_long(told.usual_gap_s)}, at most {_long(told.longest_gap_s)}"
    yield from (f"{'':<11}{line}" for line in _seen(told))
    yield f"{'':<11}{_moved(told)}; {_SIGNS.get(told.sign or '', _NO_SIGN)}"
    if told.in_line and told.unit is not None and not told.counts_documents:
        yield f"{'':<11}it counts {safe(told.unit)}: set its per_document, or what waits behind it is not known"


class PaceTold(BaseModel):
    """How fast it works: seconds for each of what it counts, and stops of one to five minutes."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    usual_s: float | None
    slower_s: float | None
    slower_for: int | None
    micro_stops_per_1000: float | None
    least_days: int


def pace_lines(told: PaceTold, unit: str | None) -> Iterator[str]:
    """The part of the page that tells how fast it works."""
    each = safe(unit or "documents")
    if told.usual_s is None:
        yield f"pace       not known before {told.least_days} whole working days"
    elif told.slower_s is None:
        yield f"pace       {told.usual_s:g} s each as usual ({each})"
    else:
        yield f"pace       slower: {told.slower_s:g} s each instead of {told.usual_s:g}, for {told.slower_for} {each}"
    if told.micro_stops_per_1000 is not None:
        yield f"{'':<11}{told.micro_stops_per_1000:g} stops of 1 to 5 min in 1000"


def _seen(told: StallTold) -> Iterator[str]:
    """What was seen of it, beside what is expected."""
    if told.told_30_d:
        half = "" if told.delay_median_s is None else f", half of them within {_long(told.delay_median_s)}"
        yield f"told of {_times(told.told_30_d)} in 30 days{half}"
        yield f"{told.nuisance_30_d} probably false: over by itself within 2 min; {told.taken_30_d} taken by somebody"
    else:
        yield "nobody was called in 30 days"
    if told.missed_30_d:
        yield f"{told.missed_30_d} gaps of 15 min and more were not told"


def _times(number: int) -> str:
    return "1 stall" if number == 1 else f"{number} stalls"


def _moved(told: StallTold) -> str:
    if told.unit is None:
        return "it counts nothing"
    return "its count has not moved yet" if told.moved_s is None else f"its count last moved {_long(told.moved_s)} ago"


def _long(seconds: float) -> str:
    """A length of time to the second, as far as that matters."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min{f' {rest} s' if rest else ''}" if minutes else f"{rest} s"
