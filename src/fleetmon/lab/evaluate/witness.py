"""Somebody who sees a run as it really is: the plant moved from one event to the next, and everything written down.

It is another plant than the one that is asked by the monitor, with the same fate by the same seed; so what is held
against the alerts is not touched by anything that polls, decodes or judges.
"""

from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from typing import Final

from fleetmon.lab.evaluate.doors import nearest
from fleetmon.lab.evaluate.facts import UNREACHED, Facts, Kind, OpenHours, Shock, Sign, Span, Trouble, Wait
from fleetmon.lab.evaluate.meaning import is_said, meant, right_about
from fleetmon.lab.evaluate.work import Piles, without
from fleetmon.lab.virtual_time.site_plan import IN_SHIFT_S, OFF_SHIFT_S
from fleetmon.model.alerts import Condition
from fleetmon.schedule import pace_s
from fleetmon.simulators.model.commands import Do
from fleetmon.simulators.plant import Plant, Stop
from fleetmon.simulators.plant.calendar import HOLIDAY, OFF_SHIFT
from fleetmon.simulators.plant.states import Klass
from fleetmon.simulators.stories.scenario import ALL, Scenario, Vice
from fleetmon.simulators.stories.scenario import Trouble as Befalls
from fleetmon.simulators.stories.staging import staged

_OWN: Final = {
    Klass.FAULT: Kind.FAULT,
    Klass.SUPPLY: Kind.SUPPLY,
    Klass.OPERATOR: Kind.OPERATOR,
    Klass.OFF: Kind.OFF,
    Klass.SILENT: Kind.SILENT,
}
_SLOWER: Final = (Condition.SLOWER, False)
_WAITS: Final = (Klass.STARVED, Klass.BLOCKED)
_SETTLES_S: Final = 600.0  # after a shock: as long as the slowest rule of a stopped machine and its settling take


def witnessed(scenario: Scenario, seed: int, watched: Container[str], perturbed: float = 0.0) -> Facts:
    """The whole truth about a scenario with a seed, of the machines that are watched; `perturbed` as `staged`."""
    plant = staged(scenario, seed, perturbed)
    piles = Piles(plant)
    signs = tuple(each for each in _signs(plant, scenario.lasts, piles) if each.machine in watched)
    machines = tuple(name for name in plant.machines if name in watched)
    hours = OpenHours(plant.office.plan, scenario.start)
    stops = [stop for stop in plant.close(scenario.lasts) if stop.machine in watched]
    signs += tuple(Sign(each.start, each.end, each.machine, each.reason, *_SLOWER) for each in stops if _is_slow(each))
    troubles = [found for stop in stops if (found := _trouble(stop, plant, signs, piles)) is not None]
    troubles += [_alone(sign, hours) for sign in signs if sign.stops and sign.machine not in plant.posts]
    waits = [stop for stop in stops if stop.klass in _WAITS]
    troubles += [_stall(stop, ()) for stop in waits if stop.machine in nearest(stop, plant, watched)]
    troubles += _outages(scenario, machines, hours)
    off = [stop for stop in stops if stop.klass is Klass.OFF]
    troubles = [replace(each, asked_s=asked_s(each, off, plant)) for each in troubles if each.ends > each.begins]
    return Facts(
        machines=machines,
        sits_on={place.name: place.follows for place in plant.office.places if place.follows},
        lasts=scenario.lasts,
        hours=hours,
        troubles=tuple(sorted(troubles, key=lambda each: (each.begins, each.machine, each.ends))),
        waits=tuple(_wait(stop, nearest(stop, plant, watched)) for stop in waits),
        signs=signs,
        deaf=tuple(_deaf(scenario)),
        mute=tuple(_deaf(scenario, (Vice.MUTE,))),
        shocks=tuple(_shocks(scenario)),
    )


def _signs(plant: Plant, until: float, piles: Piles) -> Iterator[Sign]:
    """Every fault of every machine, as long as it stood; the piles of documents are looked at on the way."""
    since: dict[tuple[str, str], float] = {}
    seen = dict.fromkeys(plant.machines, -1)
    while True:
        piles.look()
        for name, machine in plant.machines.items():
            if machine.changed == seen[name]:
                continue
            seen[name] = machine.changed
            standing = machine.held_up.table.standing
            for who, fault in [key for key in since if key[0] == name and key[1] not in standing]:
                yield _sign(plant, who, fault, since.pop((who, fault)), plant.now)
            for fault in standing:
                since.setdefault((name, fault), plant.now)
        if (due := plant.due()) > until:
            break
        plant.step(due)
    plant.step(until)
    piles.close()
    for (who, fault), begins in since.items():
        yield _sign(plant, who, fault, begins, until)


def _sign(plant: Plant, machine: str, name: str, begins: float, ends: float) -> Sign:
    sheet = plant.machines[machine].sheet
    fault = sheet.faults[name]
    condition = meant(fault) if is_said(sheet, fault) else None
    return Sign(begins, ends, machine, name, condition, stops=fault.stops and condition is not None)


def _trouble(stop: Stop, plant: Plant, signs: tuple[Sign, ...], piles: Piles) -> Trouble | None:
    """A stop of the machine's own, as it says it: what stops it without a word is silent, whatever the truth says."""
    kind = _OWN.get(stop.klass)
    if kind is None or stop.planned:
        return None
    said = [s for s in signs if s.machine == stop.machine and s.stops and s.meets(stop.start, stop.end)]
    conditions: frozenset[Condition] = frozenset()
    if kind is Kind.OFF:
        conditions = UNREACHED
    elif kind is not Kind.SILENT:
        named = [s for s in said if s.fault == stop.reason]
        faults = plant.machines[stop.machine].sheet.faults
        conditions = frozenset().union(*(right_about(faults[s.fault]) for s in named or said))
    if not conditions:
        return _stall(stop, without(piles.within(stop.machine, stop.start, stop.end), said))
    return Trouble(stop.start, stop.end, stop.machine, kind, stop.reason, conditions, stop.scheduled)


def _is_slow(stop: Stop) -> bool:
    """No stop: it makes less than it did, and says nothing of it."""
    return stop.klass is Klass.SLOW


def _stall(stop: Stop, work: tuple[Span, ...]) -> Trouble:
    """It makes nothing and does not say why: somebody must be told if work waits and nothing else that it says stops
    it."""
    said = frozenset({Condition.STALL})
    return Trouble(
        stop.start, stop.end, stop.machine, Kind.SILENT, stop.reason, said, stop.scheduled, bool(work), work=work
    )


def _alone(sign: Sign, hours: OpenHours) -> Trouble:
    """A machine that stands in no line, like a controller: what it says stops it."""
    conditions = frozenset({sign.condition} if sign.condition else ())
    scheduled = hours.worked(sign.begins, sign.ends)
    return Trouble(sign.begins, sign.ends, sign.machine, Kind.FAULT, sign.fault, conditions, scheduled)


def asked_s(trouble: Trouble, off: Iterable[Stop], plant: Plant) -> float:
    """Every how many seconds the machine was asked then, by the hours as they really were. The first poll of a shift
    still comes at the pace of the night; one that comes back after it was off for long is asked less often until found.
    """
    around = (max(0.0, trouble.begins - OFF_SHIFT_S), trouble.begins, trouble.begins + OFF_SHIFT_S)
    away = (plant.calendar.at(moment)[0] for moment in around)
    usual_s = OFF_SHIFT_S if any(each in (OFF_SHIFT, HOLIDAY) for each in away) else IN_SHIFT_S
    slowly = ((each.end, pace_s(usual_s, each.end - each.start)) for each in off if each.machine == trouble.machine)
    return max((every_s for end, every_s in slowly if 0 <= trouble.begins - end < every_s), default=usual_s)


def _wait(stop: Stop, doors: tuple[str, ...]) -> Wait:
    return Wait(stop.start, stop.end, stop.machine, (stop.cause, *stop.also, *doors))


def _outages(scenario: Scenario, machines: tuple[str, ...], hours: OpenHours) -> Iterator[Trouble]:
    """Lines that are broken while the machine works. Only of one that is mute is it sure that nothing is heard."""
    for link in scenario.links:
        for machine in machines if link.machine == ALL else (link.machine,):
            sure = link.vice is Vice.MUTE
            ends = min(link.ends, scenario.lasts)
            yield _outage(link.begins, ends, machine, str(link.vice), hours, demanded=sure)
    for cut in scenario.daemon:
        if cut.trouble is Befalls.SITE_NETWORK_LOST:
            for machine in machines:
                ends = min(cut.at + cut.seconds, scenario.lasts)
                yield _outage(cut.at, ends, machine, "network", hours, demanded=True)


def _outage(begins: float, ends: float, machine: str, why: str, hours: OpenHours, *, demanded: bool) -> Trouble:
    return Trouble(begins, ends, machine, Kind.CONTACT, why, UNREACHED, hours.worked(begins, ends), demanded)


def _deaf(scenario: Scenario, vices: Container[Vice] = frozenset(Vice)) -> Iterator[tuple[str, Span]]:
    """When such vices lay on a line, or the daemon was down."""
    for link in scenario.links:
        if link.vice in vices:
            yield ("" if link.machine == ALL else link.machine, Span(link.begins, link.ends))
    for befalls in scenario.daemon:
        if befalls.trouble is not Befalls.CLOCK_JUMP:
            yield ("", Span(befalls.at, befalls.at + befalls.seconds))


def _shocks(scenario: Scenario) -> Iterator[Shock]:
    """What confuses monitors, from its beginning until things have settled after it."""
    for link in scenario.links:
        yield Shock(link.ends, link.ends + _SETTLES_S, "a link's return")
    for befalls in scenario.daemon:
        if befalls.trouble is Befalls.RESTART:
            yield Shock(befalls.at, befalls.at + befalls.seconds + _SETTLES_S, "a restart")
        elif befalls.trouble is Befalls.SITE_NETWORK_LOST:
            back = befalls.at + befalls.seconds
            yield Shock(back, back + _SETTLES_S, "the network's return")
        else:
            yield Shock(befalls.at, befalls.at + _SETTLES_S, "a jump of the clock")
    for happening in scenario.happenings:
        if happening.command.do is Do.MAINTAIN:
            over = happening.at + happening.command.seconds
            yield Shock(over, over + _SETTLES_S, "the end of maintenance")
