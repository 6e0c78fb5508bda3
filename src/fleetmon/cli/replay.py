"""`fleetmon replay`: what fleetmon makes of a recording today, and how the machine stood in the end."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from fleetmon import catalog, settings
from fleetmon.assess.fleet import Snapshot
from fleetmon.cli.exits import SETTINGS, Exit, stop
from fleetmon.cli.safe_text import safe
from fleetmon.cli.watch import event_line
from fleetmon.errors import DriverError, SettingsError
from fleetmon.lab.records import recordings
from fleetmon.lab.records.recordings import Recording
from fleetmon.lab.records.replaying import Replay, plan_of
from fleetmon.model.messages import Event, Json
from fleetmon.model.plan import FleetPlan
from fleetmon.model.words import Contact
from fleetmon.publish import contract
from fleetmon.publish.envelope import rfc3339


def replay(
    file: Annotated[Path, typer.Argument(help="A recording of fleetmon record.")],
    settings_file: Annotated[
        Path | None, typer.Option("--settings", help="Settings to judge by, with own drivers beside.")
    ] = None,
    machine: Annotated[
        str | None, typer.Option(help="Which machine of the settings it is, if not the one the recording names.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON line an event, then the state.")] = False,
) -> None:
    """Put a recording through today's drivers and the monitor, in no time, and print the events and the final state."""
    recording = recordings.read(file)
    if recording.remark:
        typer.echo(f"warning: {recording.remark}", err=True)
    if not recording.polls:
        stop(f"{file}: holds no whole poll; there is nothing to replay", Exit.PROBLEM)
    plan = _plan(recording, settings_file, machine)
    drivers = catalog.load((settings_file or SETTINGS).parent / "drivers")
    try:
        story = Replay(recording, plan, drivers)
        for told in story.run():
            for event in told.outcome.events:
                typer.echo(_json(_shown(event)) if as_json else event_line(_shown(event)))
    except DriverError as error:
        stop(str(error), Exit.PROBLEM)
    if as_json:
        typer.echo(_json(contract.dump(contract.state_data(story.snapshot, plan.machines[0]))))
    else:
        typer.echo("\n".join(["", *map(safe, _summary(story.snapshot, recording))]))


def _plan(recording: Recording, file: Path | None, machine: str | None) -> FleetPlan:
    """The plan of the settings, with this machine and its first source only; the recording's own without settings."""
    if file is None:
        return plan_of(recording)
    wanted = machine or recording.header.machine
    try:
        plan = settings.parse(file).plan()
    except SettingsError as error:
        stop(str(error), Exit.BAD_SETTINGS)
    for found in plan.machines:
        if found.id == wanted:
            return replace(plan, machines=(replace(found, sources=found.sources[:1]),))
    ids = ", ".join(each.id for each in plan.machines)
    stop(f"{file}: no machine {wanted!r}; choose with --machine one of: {ids}", Exit.USAGE)


def _shown(event: Event) -> dict[str, Json]:
    return {"time": rfc3339(event.at.utc), "type": event.type, "subject": event.subject, "data": event.data}


def _summary(snapshot: Snapshot, recording: Recording) -> Iterator[str]:
    """How the machine stood in the end."""
    failed = sum(poll.failed is not None for poll in recording.polls)
    silent = f", {failed} of them without an answer" if failed else ""
    yield f"{len(recording.polls)} polls in {recording.polls[-1].ended:.0f} s{silent}"
    heard = "" if snapshot.contact is Contact.LIVE else f", contact {snapshot.contact.value}"
    yield f"{snapshot.machine}: {snapshot.state.value}{heard}"
    for standing in snapshot.faults:
        fault = standing.fault
        words = (fault.severity.value, fault.reason, fault.part, fault.text, *fault.codes)
        yield "  " + "  ".join(word for word in words if word)
    if snapshot.produced is not None:
        yield f"  produced {snapshot.produced.total}"


def _json(data: dict[str, Json]) -> str:
    plain = (sys.stdout.encoding or "").lower() not in ("utf-8", "utf8")
    return json.dumps(data, ensure_ascii=plain)
