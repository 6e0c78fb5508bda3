"""The plant's figures, each with its unit and where it was taken from.

They stand here, apart from any logic, because what is measured on the plant is only worth what these are worth.

`facts 3.3a` is the experiment on which the detector's defaults were chosen: a printer of 45 s a document, batches
geometric with mean 25, lognormal pauses, a reload every 40 books, self-cleaning of 3 to 5 minutes every 300, minor
stops, a jittered shift with lunch and two prayer breaks, silent stalls of 40 minutes in the median. `facts 2.2` is the
usual line between a minor stop and a stop (5 minutes; 1 to 5 minutes are a class of their own). `facts 4.3` is
throughput that was published: 2,500 books a day from one centre (GCN 1999-03), 1,500 a day (Nyayo House 2023), desktop
units tens an hour, a site 50 to 200 an hour. The rest is `our choice`, with the reason. An office file may set any of
them anew in `[parameters]`. Times are in seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from random import Random

from fleetmon.simulators.reading import BadInput


def _given(value: float, unit: str, source: str) -> float:
    figure: float = field(default=value, metadata={"unit": unit, "source": source})
    return figure


@dataclass(frozen=True, slots=True)
class Parameters:
    """Every figure of the plant's physics. `sigma` is the standard deviation of a logarithm."""

    # -- work
    batch_mean: float = _given(25, "documents", "facts 3.3a: batches geometric 25")
    pause_median: float = _given(
        720,
        "s",
        "our choice (facts 3.3a: lognormal): with 25 documents of 45 s the line works half of a shift",
    )
    pause_sigma: float = _given(0.8, "", "our choice: one pause in twenty is longer than 45 minutes")
    # -- machines
    cycle_spread: float = _given(0.06, "", "our choice: small beside the 15 % of a slow-down worth telling, facts 3.4")
    clean_every: float = _given(300, "documents", "facts 3.3a: self-clean every 300")
    clean_least: float = _given(180, "s", "facts 3.3a: 3 to 5 min")
    clean_most: float = _given(300, "s", "facts 3.3a: 3 to 5 min")
    minor_per_1000: float = _given(8, "in 1000 documents", "our choice: about three on a working day of 400 documents")
    minor_least: float = _given(20, "s", "our choice: shorter ones drown in the spread of the cycle")
    minor_most: float = _given(240, "s", "facts 2.2: a minor stop ends before 5 minutes")
    fault_per_1000: float = _given(
        2,
        "in 1000 documents",
        "our choice: a new machine's; nearly one on a day of 400",
    )
    ageing: float = _given(8000, "documents", "our choice: after a month at 400 a day faults come twice as often")
    hang_per_1000: float = _given(
        0.12,
        "in 1000 documents",
        "our choice: one silent stall in a machine-month of 8000",
    )
    spoilt_by_fault: float = _given(0.4, "share", "our choice: a jammed booklet is as often saved as torn")
    rejected: float = _given(0.02, "share", "facts 2.4: the lines that were checked had 2 % scrap")
    # -- people
    notice_sigma: float = _given(0.5, "", "our choice: the sheet says how long in the median until somebody comes")
    fault_noticed: float = _given(150, "s", "our choice: a beep and a red light in the same room")
    fault_mended: float = _given(120, "s", "our choice: open, pull the booklet, close")
    mended_sigma: float = _given(0.7, "", "our choice: one jam in ten takes over 5 minutes")
    hang_noticed: float = _given(2400, "s", "facts 3.3a: silent stalls median 40 min, nothing shows on the machine")
    hang_sigma: float = _given(0.6, "", "our choice: one in ten lasts longer than 85 minutes")
    technician_comes: float = _given(10800, "s worked", "our choice: comes from a town away, and not at once")
    technician_works: float = _given(2700, "s", "our choice: a part is exchanged and adjusted")
    technical_share: float = _given(0.05, "share", "our choice: of twenty faults one is beyond an operator")
    handling_least: float = _given(25, "s", "our choice: fetch a box, load it")
    handling_most: float = _given(90, "s", "our choice: thread a roll, close the cover")
    foresight_media: float = _given(0.6, "share", "our choice: blank booklets are seen to run low and are topped up")
    foresight_supply: float = _given(0.2, "share", "our choice: ink and film are dear and are used up")
    cover_forgotten: float = _given(0.01, "share", "our choice: of a hundred exchanges one leaves a cover ajar")
    # -- hours
    shift_jitter: float = _given(240, "s", "our choice (facts 3.3a: jittered): people come within minutes")
    break_jitter: float = _given(180, "s", "our choice: prayers and lunch begin when the work in hand is done")
    # -- truth
    shortest_wait: float = _given(
        60, "s", "facts 2.2: waits under a minute are a line's rhythm, the shortest class of stops begins at 1 minute"
    )

    def changed(self, figures: Mapping[str, float]) -> "Parameters":
        """The same with some figures set anew. Raises BadInput for a name there is not."""
        known = {figure.name for figure in fields(self)}
        for name in figures:
            if name not in known:
                raise BadInput(f"parameters: no such figure {name!r}; there are: {', '.join(sorted(known))}")
        return replace(self, **figures)

    def swayed(self, factors: Mapping[str, float]) -> "Parameters":
        """The same with some figures multiplied."""
        return replace(self, **{name: getattr(self, name) * factor for name, factor in factors.items()})


def sway(part: float, dice: Random) -> dict[str, float]:
    """A factor for each figure of what happens, evenly from `1 - part` to `1 + part`; the truth is measured as ever."""
    names = sorted(figure.name for figure in fields(Parameters) if figure.name != "shortest_wait")
    return {name: dice.uniform(1 - part, 1 + part) for name in names}
