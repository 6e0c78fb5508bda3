"""What the lines do, as retained views. Pure."""

from typing import Final

from fleetmon.assess.lines import Verdict
from fleetmon.model.messages import View
from fleetmon.model.plan import LinePlan
from fleetmon.model.report import At
from fleetmon.publish import contract
from fleetmon.publish import payloads as p
from fleetmon.publish.device_text import plain
from fleetmon.publish.envelope import rfc3339

_MACHINES_AT_MOST: Final = 48
_NAMED_AT_MOST: Final = 16
_NAME_ROOM: Final = 120
_REASON_ROOM: Final = 64


def line_view(verdict: Verdict, line: LinePlan, at: At) -> View:
    """The retained picture of a line; equal data as long as the verdict is."""
    stages = [(machine, number) for number, stage in enumerate(line.stages, 1) for machine in stage]
    known = [(machine, number) for machine, number in stages if machine in verdict.doings]
    told = p.LineData(
        line=line.id,
        name=line.name and plain(line.name, _NAME_ROOM),
        state=verdict.state,
        since=rfc3339(verdict.since.utc),
        roots=list(verdict.roots[:_NAMED_AT_MOST]),
        stage_out=verdict.stage_out,
        stage_out_since=None if verdict.stage_out_since is None else rfc3339(verdict.stage_out_since.utc),
        output_per_hour=None if verdict.output_per_hour is None else round(verdict.output_per_hour, 1),
        waiting=verdict.waiting,
        machines=[_doing(verdict, machine, number) for machine, number in known[:_MACHINES_AT_MOST]],
        machines_omitted=max(0, len(known) - _MACHINES_AT_MOST),
    )
    return contract.view(f"line/{line.id}", contract.LINE, None, at, told)


def line_gone(line: str, at: At) -> View:
    """The end of a line that the settings name no more."""
    return View(f"line/{line}", contract.LINE, None, at, None)


def _doing(verdict: Verdict, machine: str, stage: int) -> p.DoingData:
    doing = verdict.doings[machine]
    return p.DoingData(
        machine=machine,
        stage=stage,
        activity=doing.activity,
        since=rfc3339(doing.since.utc),
        reason=doing.reason and plain(doing.reason, _REASON_ROOM),
    )
