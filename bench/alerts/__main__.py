"""How many observations a second one core assesses with all rules on, and how long a large book takes to be read again.

    python bench/alerts [--days 5] [--machines 1000] [--alerts 10000]

The observations are those of an office in virtual time, heard once with every answer decoded and kept; then nothing but
the monitor is measured, with the moments at which it wants to be looked at again: once with those answers only that say
something new, once with all polls, every 10 s, as a site without traps has them. Prints figures.
"""

import argparse
import math
import time
from collections.abc import Iterator
from dataclasses import replace

from fleetmon.simulators.plant import Plant, load_plant_office

from fleetmon import catalog, memory_alerts
from fleetmon.assess.alerting import truth
from fleetmon.lab.virtual_time.virtual import VirtualSite
from fleetmon.memory import undisturbed
from fleetmon.model.alerts import AlertState, Claim, Condition, Priority, Subject, SubjectKind, Telling
from fleetmon.model.plan import FleetPlan, MachinePlan, SourcePlan
from fleetmon.model.report import At, Observation, Report
from fleetmon.model.stimuli import Elapsed, Stimulus
from fleetmon.model.words import MachineKind
from fleetmon.monitor import Monitor

_DAY_S = 86_400.0
POLL_S = 10.0


def heard(days: float, office: str) -> tuple[FleetPlan, At, list[Observation]]:
    """What the monitor of an office hears in so many days."""
    site = VirtualSite(Plant(load_plant_office(office), seed=1), catalog.load())
    found: list[Observation] = []
    step = Monitor.step

    def kept(monitor: Monitor, stimulus: Stimulus) -> object:
        if isinstance(stimulus, Observation):
            found.append(stimulus)
        return step(monitor, stimulus)

    Monitor.step = kept  # type: ignore[method-assign, assignment]
    try:
        begun = next(site.run(days * _DAY_S)).at
        for _ in site.run(days * _DAY_S):
            pass
    finally:
        Monitor.step = step  # type: ignore[method-assign]
    return site.plan, begun, found


def stimuli(monitor: Monitor, observations: list[Observation]) -> Iterator[Stimulus]:
    """The observations, and between them the moments at which something happens by itself."""
    for observation in observations:
        while (due := monitor.due()) is not None and due <= observation.at.mono:
            yield Elapsed(At(observation.at.utc + due - observation.at.mono, due, observation.at.boot))
        yield observation


def polled(observations: list[Observation]) -> list[Observation]:
    """The same, with every poll between that says nothing new."""
    found: list[Observation] = []
    last: dict[tuple[str, str], Observation] = {}
    for observation in observations:
        source = observation.machine, observation.source
        before = last.get(source)
        last[source] = observation
        found.append(observation)
        if before is None or not isinstance(before.heard, Report):
            continue
        gap_s = observation.at.mono - before.at.mono
        for number in range(1, math.ceil(gap_s / POLL_S) - 1):
            at = replace(before.at, utc=before.at.utc + number * POLL_S, mono=before.at.mono + number * POLL_S)
            again = before.heard.later((before.heard.uptime_s or 0.0) + number * POLL_S)
            found.append(Observation(*source, at, heard=again))
    return sorted(found, key=lambda each: each.at.mono)


def throughput(what: str, plan: FleetPlan, begun: At, observations: list[Observation]) -> None:
    with undisturbed():  # as the daemon begins: what is kept here to be heard is no work of the monitor's
        monitor = Monitor(plan, {})
        monitor.begin(begun)
    told = steps = 0
    start = time.process_time()
    for stimulus in stimuli(monitor, observations):
        outcome = monitor.step(stimulus)
        told += sum(event.type == "fleetmon.alert.v1" for event in outcome.events)
        steps += 1
    took = time.process_time() - start
    many = len(observations)
    print(
        f"{what}: {many} observations of {len(plan.machines)} machines: {took:.2f} s of one core,"
        f" {many / took:.0f} observations/s; {steps - many} looks between, {told} alert events"
    )


def restart(machines: int, alerts: int) -> None:
    plan = FleetPlan("bench", tuple(_machine(number) for number in range(machines)))
    at = At(1_780_000_000.0, 1000.0, "boot")
    records: dict[str, bytes] = {}
    for number in range(alerts):
        subject = Subject(SubjectKind.MACHINE, f"m{number % machines}")
        claim = Claim(subject, Condition.JAM, at, part=f"tray-{number // machines}", reasons=("media-jam",))
        raised = replace(
            truth.began(claim, None, at),
            state=AlertState.ACTIVE,
            raised=at,
            priority=Priority.P2,
            telling=Telling(at, at, at),
            rev=1,
        )
        told = memory_alerts.record(raised)
        records[told.id] = told.body or b""
    start = time.process_time()
    with undisturbed():
        monitor = Monitor(plan, {memory_alerts.ALERT: records})
        monitor.begin(replace(at, mono=2000.0))
    took = time.process_time() - start
    print(f"begun with {machines} machines and {len(monitor.production.alerts())} stored alerts in {took:.2f} s")


def _machine(number: int) -> MachinePlan:
    return MachinePlan(f"m{number}", MachineKind.PRINTER, (SourcePlan("main", f"snmp://192.0.2.1:{number + 1}"),))


def main() -> None:
    words = argparse.ArgumentParser(description="The alert book's throughput and start.")
    words.add_argument("--office", default="six_machines")
    words.add_argument("--days", type=float, default=5.0)
    words.add_argument("--machines", type=int, default=1000)
    words.add_argument("--alerts", type=int, default=10_000)
    options = words.parse_args()
    plan, begun, observations = heard(options.days, options.office)
    throughput("only what is new", plan, begun, observations)
    throughput("every poll", plan, begun, polled(observations))
    restart(options.machines, options.alerts)


if __name__ == "__main__":
    main()
