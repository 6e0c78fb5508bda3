"""Runs of scenarios, each with its seed, scored; as many at a time as there are cores.

A run is two plants with one fate: one is watched by the daemon's own decoders and monitor in virtual time, the other by
a witness. The seeds of a scenario are in two lots; whoever mends rules looks at the first, and the second is asked
afterwards whether that was luck.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from multiprocessing import get_context
from typing import Final

from fleetmon import catalog
from fleetmon.assess.alerting.rules import rules
from fleetmon.catalog import Catalog
from fleetmon.lab.evaluate.facts import UNREACHED
from fleetmon.lab.evaluate.judging import Limits, judged
from fleetmon.lab.evaluate.score import Score
from fleetmon.lab.evaluate.stream import Notice, episodes, notices
from fleetmon.lab.evaluate.witness import witnessed
from fleetmon.lab.virtual_time.site_plan import IN_SHIFT_S
from fleetmon.lab.virtual_time.virtual import Turns, VirtualSite
from fleetmon.model.plan import FleetPlan, StallLimits
from fleetmon.model.words import WorkSign
from fleetmon.schedule import PATIENCE_S
from fleetmon.simulators.stories.scenario import Scenario, load_scenario
from fleetmon.simulators.stories.staging import staged

TUNING: Final = "tuning"
HELD_BACK: Final = "held-back"


@dataclass(frozen=True, slots=True, order=True)
class Run:
    """A scenario, by its name or file, and a seed."""

    scenario: str
    seed: int

    def __str__(self) -> str:
        """As on the command line."""
        return f"{self.scenario} --seeds {self.seed}"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Under which runs are played. `issuing`: the site hears from its issuing system how much work waits; `perturbed`:
    by which part at most each figure of the plant is another; `signs` of waiting work that are believed."""

    issuing: bool = False
    perturbed: float = 0.0
    signs: frozenset[WorkSign] = frozenset(WorkSign)


USUAL: Final = Circumstances()


def runs(scenarios: Sequence[str], seeds: str | Sequence[int]) -> list[Run]:
    """Every scenario with the seeds of a lot, or with these."""
    found = []
    for name in scenarios:
        lots = load_scenario(name).seeds
        chosen = {TUNING: lots.tuning, HELD_BACK: lots.held_back}[seeds] if isinstance(seeds, str) else seeds
        found += [Run(name, seed) for seed in chosen]
    return found


def play(run: Run, lasts: float | None = None, under: Circumstances = USUAL) -> Score:
    """One run, judged; the whole of it, or its first seconds."""
    scenario = _cut(run, lasts)
    site = _site(scenario, run.seed, Turns.SPREAD, under)
    told = episodes(notices(site.run(scenario.lasts)))
    facts = witnessed(scenario, run.seed, {machine.id for machine in site.plan.machines}, under.perturbed)
    return judged(facts, told, limits(site.plan), str(run))


def alerts(run: Run, turns: Turns = Turns.SPREAD, lasts: float | None = None) -> list[Notice]:
    """What is told of alerts in a run."""
    scenario = _cut(run, lasts)
    return list(notices(_site(scenario, run.seed, turns, USUAL).run(scenario.lasts)))


def repeats(run: Run, lasts: float | None = None, under: Circumstances = USUAL) -> bool:
    """Whether a run is the same again: every event, with its moment and all that it says."""
    return _fingerprint(run, lasts, under) == _fingerprint(run, lasts, under)


def limits(plan: FleetPlan) -> Limits:
    """The delays of a site's rules; that a machine is silent is believed after a minute, whatever its rule."""
    delays = {condition: rule.raise_after_s for condition, rule in rules(plan.alerts).items()}
    return Limits(delays | {each: max(delays[each], PATIENCE_S) for each in UNREACHED}, IN_SHIFT_S)


def cores() -> int:
    """How many runs go on at once."""
    return os.cpu_count() or 1


def played(all_runs: Sequence[Run], workers: int, under: Circumstances = USUAL) -> Iterator[tuple[Run, Score]]:
    """Every run and its score, as they come to their end; the longest begin first."""
    ordered = sorted(all_runs, key=lambda run: (-load_scenario(run.scenario).lasts, run))
    if workers <= 1:
        yield from ((run, play(run, under=under)) for run in ordered)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        pending = {pool.submit(partial(play, under=under), run): run for run in ordered}
        try:
            for done in as_completed(pending):
                yield pending[done], done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _site(scenario: Scenario, seed: int, turns: Turns, under: Circumstances) -> VirtualSite:
    plant, stall = staged(scenario, seed, under.perturbed), StallLimits(signs=under.signs)
    return VirtualSite(
        plant, _drivers(), scenario, seed=seed, turns=turns, people=True, issuing=under.issuing, stall=stall
    )


def _cut(run: Run, lasts: float | None) -> Scenario:
    scenario = load_scenario(run.scenario)
    return scenario if lasts is None else replace(scenario, lasts=min(lasts, scenario.lasts))


def _fingerprint(run: Run, lasts: float | None, under: Circumstances) -> str:
    """A checksum over every event of a run."""
    scenario = _cut(run, lasts)
    found = hashlib.sha256()
    for told in _site(scenario, run.seed, Turns.SPREAD, under).run(scenario.lasts):
        for event in told.outcome.events:
            found.update(json.dumps([told.now, asdict(event)], separators=(",", ":")).encode())
    return found.hexdigest()


@cache
def _drivers() -> Catalog:
    return catalog.load()
