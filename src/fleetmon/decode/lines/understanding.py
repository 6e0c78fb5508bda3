"""From fields to a Report, and what of them is remembered for the next poll."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from fleetmon.decode.lines import heaters, meaning
from fleetmon.decode.lines.heaters import Heat, Warmth
from fleetmon.decode.lines.placed import Fields
from fleetmon.decode.lines.plan import Plan
from fleetmon.decode.lines.values import root, valued
from fleetmon.definition import LineDefinition, ModbusDefinition
from fleetmon.definition.meanings import SilenceMeaning
from fleetmon.definition.modbus import EXCEPTION
from fleetmon.model.report import Fault, Report
from fleetmon.model.words import Severity, State

AnyDefinition: TypeAlias = LineDefinition | ModbusDefinition

_NO_HEATERS: Final[Mapping[str, Warmth]] = {}


@dataclass(frozen=True, slots=True)
class LineMet:
    """What is known of a machine after a poll: the next one starts from it.

    `told` is what each question of the plan brought when it was last asked, `missing` are the optional ones that
    nothing answers, `refused` those that were answered by a refusal. `still` says that nothing moved but counts
    and time.
    """

    definition: AnyDefinition
    report: Report
    still: bool
    plan: Plan
    told: Mapping[str, Fields]
    silent: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    warmth: Mapping[str, Warmth] = field(default_factory=dict)


def understand(
    definition: AnyDefinition,
    fields: Fields,
    earlier: LineMet | None,
    now_s: float,
    silences: tuple[SilenceMeaning, ...] = (),
) -> Report:
    """What these fields mean, together with what is remembered; parts that say the same are those of before."""
    return understood(definition, fields, earlier, now_s, silences)[0]


def understood(
    definition: AnyDefinition,
    fields: Fields,
    earlier: LineMet | None,
    now_s: float,
    silences: tuple[SilenceMeaning, ...] = (),
    unheard: frozenset[str] = frozenset(),
) -> tuple[Report, Mapping[str, Warmth]]:
    """The report, and how the heaters stand; of `unheard` fields nothing is known."""
    values = valued(definition.values, fields)
    before = earlier.warmth if earlier is not None else _NO_HEATERS
    warmth = heaters.warmed(definition.heaters, values, before, now_s)
    told = meaning.faults(definition, values, silences)
    unknown = [each for each in unheard.union(definition.values) if root(definition.values, each) in unheard]
    hot_and_cold = heaters.faults(definition.heaters, values, warmth, unknown)
    found = meaning.merged([*told, *_failed(values), *hot_and_cold])
    report = Report(
        driver=definition.name,
        state=_state(definition, meaning.state(definition, values, silences), found, warmth),
        asleep=meaning.asleep(definition, values),
        kind=definition.kind,
        identity=meaning.identity(definition, values),
        faults=tuple(found),
        supplies=meaning.supplies(definition, values),
        inputs=meaning.inputs(definition, values),
        counters=meaning.counters(definition, values),
        console=meaning.console(definition, values),
        uptime_s=meaning.uptime_s(definition, values),
        jobs=meaning.jobs(definition, values),
    )
    return (report if earlier is None else _as_before(report, earlier.report)), warmth


def _state(definition: AnyDefinition, said: State, found: list[Fault], warmth: Mapping[str, Warmth]) -> State:
    """Warming up to work is work; what stops a machine is believed before its own word. A controller that has no word
    of its own is able to work while all its heaters are."""
    if any(fault.severity is Severity.ERROR for fault in found):
        return State.STOPPED
    heat = {each.heat for each in warmth.values()}
    if heat == {Heat.READY} and not definition.state:
        return State.IDLE
    return State.PROCESSING if Heat.WARMING in heat and said in (State.IDLE, State.UNKNOWN) else said


def _failed(fields: Fields) -> list[Fault]:
    """What a Modbus machine says of itself in place of an answer (exceptions 4 and 8)."""
    code = fields.get(EXCEPTION)
    if code is None:
        return []
    return [Fault("subunit-unrecoverable-failure", Severity.ERROR, (f"exception {code}",))]


def _as_before(report: Report, earlier: Report) -> Report:
    """With the objects of before wherever they say the same."""
    same = {
        each.name: was
        for each in dataclasses.fields(report)
        if (was := getattr(earlier, each.name)) == getattr(report, each.name)
    }
    return replace(report, **same)
