"""Random machines and what they say: every shape a report may have, and histories of polls in the order of time."""

from dataclasses import replace

from hypothesis import strategies as st

from fleetmon.model.plan import CounterChoice, MachinePlan, SourcePlan
from fleetmon.model.report import (
    Counter,
    Fault,
    Identity,
    Input,
    Level,
    NoAnswer,
    Notice,
    Observation,
    RawLevel,
    Report,
    Supply,
)
from fleetmon.model.words import (
    Actor,
    MachineKind,
    Quality,
    Severity,
    Silence,
    State,
    SupplyClass,
    SupplyKind,
    Unit,
)

from .timeline import at

WRAP = 1 << 32
NAMES = ("main", "tower")

_text = st.none() | st.text(max_size=8)
_number = st.none() | st.integers(-3, 100_000)
_parts = st.sampled_from([None, "input-1", "input-2"])
_ages = st.none() | st.floats(0, 1e6)

faults = st.builds(
    Fault,
    reason=st.sampled_from(["media-jam", "cover-open", "media-empty", "other", "laminator-supply-low"]),
    severity=st.sampled_from(Severity),
    codes=st.lists(st.text(max_size=4), max_size=2).map(tuple),
    text=_text,
    part=_parts,
    actor=st.none() | st.sampled_from(Actor),
    age_s=_ages,
)
notices = st.builds(
    Notice, code=st.text(max_size=4), keyword=st.just("other"), severity=st.sampled_from(Severity), text=_text
)
levels = st.builds(
    Level,
    unit=st.none() | st.sampled_from(Unit),
    capacity=_number,
    level=_number,
    percent=st.none() | st.floats(0, 100),
    quality=st.sampled_from(Quality),
    raw=st.builds(RawLevel, level=_number, capacity=_number),
)
supplies = st.builds(
    Supply,
    part=st.sampled_from(["marker-1", "laminate-upper"]),
    kind=st.sampled_from(SupplyKind),
    level=levels,
    supply_class=st.none() | st.sampled_from(SupplyClass),
    description=_text,
    colour=_text,
)
inputs = st.builds(Input, part=st.sampled_from(["input-1", "input-2"]), level=levels, description=_text)
identities = st.builds(
    Identity, maker=_text, model=_text, serial=st.sampled_from([None, "A", "B"]), firmware=_text, name=_text
)


def counters(units: st.SearchStrategy[Unit | None]) -> st.SearchStrategy[tuple[Counter, ...]]:
    """Life counts of up to two markers: small, and on both sides of the wrap."""
    totals = st.integers(0, 40) | st.integers(WRAP - 20, WRAP - 1)
    return st.lists(st.builds(Counter, st.integers(1, 2), totals, units), max_size=2, unique_by=lambda c: c.marker).map(
        tuple
    )


def _some(of: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(of, max_size=2).map(tuple)


def reports(
    who: st.SearchStrategy[Identity] = identities, units: st.SearchStrategy[Unit | None] | None = None
) -> st.SearchStrategy[Report]:
    """Any report; the serial number is A, B or absent, uptime fits a history of some minutes or not at all."""
    return st.builds(
        Report,
        driver=st.none() | st.just("snmp_printer"),
        state=st.sampled_from(State),
        asleep=st.booleans(),
        kind=st.none() | st.sampled_from(MachineKind),
        identity=who,
        faults=_some(faults),
        notices=_some(notices),
        supplies=_some(supplies),
        inputs=_some(inputs),
        counters=counters(st.none() | st.sampled_from([Unit.IMPRESSIONS, Unit.SHEETS]) if units is None else units),
        console=st.lists(st.text(max_size=8), max_size=2).map(tuple),
        uptime_s=st.none() | st.floats(0, 2000),
    )


silences = st.builds(NoAnswer, st.sampled_from(Silence), st.text(max_size=8))

choices = st.builds(CounterChoice, marker=st.none() | st.integers(1, 2), per_document=st.none() | st.integers(1, 3))


@st.composite
def plans(draw: st.DrawFn) -> MachinePlan:
    """A machine with one or two sources, some of them marked as the one that counts."""
    names = NAMES[: draw(st.integers(1, 2))]
    return MachinePlan(
        "m1",
        draw(st.sampled_from(MachineKind)),
        tuple(SourcePlan(name, "snmp://192.0.2.1", counter=draw(choices)) for name in names),
    )


@st.composite
def histories(
    draw: st.DrawFn,
    plan: MachinePlan,
    said: st.SearchStrategy[Report] | None = None,
    steady_uptime: bool = False,
) -> list[Observation]:
    """What the polls of a machine's sources brought, in the order of time; often twice the same, as machines do.

    With `steady_uptime` no machine restarts: its uptime is that of the story, or it tells none.
    """
    bank = draw(st.lists(reports() if said is None else said, min_size=1, max_size=5))
    heard = st.sampled_from(bank) | silences
    tells_uptime = draw(st.booleans())
    told, second = [], 0.0
    for _ in range(draw(st.integers(0, 12))):
        second += draw(st.sampled_from([1.0, 5.0, 5.0, 30.0, 61.0, 900.0]))
        source = draw(st.sampled_from([each.name for each in plan.sources]))
        each = draw(heard)
        if steady_uptime and isinstance(each, Report):
            each = replace(each, uptime_s=second + 100 if tells_uptime else None)
        told.append(Observation(plan.id, source, at(second), heard=each))
    return told
