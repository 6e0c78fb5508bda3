"""What is known of a machine as plain JSON, as the model `StateData` describes it. Pure.

A state is told so often that no model is made of it first, which would cost five times as much as everything else about
it; `contract.state_data` makes one for those who ask, and so the tests hold every state that is sent against the model.
"""

from fleetmon import vocabulary
from fleetmon.assess.fleet import Snapshot, Source, Standing
from fleetmon.model.messages import Json
from fleetmon.model.plan import MachinePlan
from fleetmon.model.report import At, Identity, Input, Level, Notice, Supply
from fleetmon.model.words import Contact
from fleetmon.publish.envelope import rfc3339

# A state holds without a fresh heartbeat for this many poll intervals, but not less than a minute.
_VALID_INTERVALS = 3
_VALID_AT_LEAST_S = 60.0


def state_json(snapshot: Snapshot, plan: MachinePlan | None) -> dict[str, Json]:
    """The state of a machine; `plan` None is one that nobody configured."""
    reports = snapshot.reports()
    produced = snapshot.produced.published if snapshot.produced else None
    top = vocabulary.headline(standing.fault for standing in snapshot.faults)
    return {
        "machine": plan.id if plan else None,
        "state": snapshot.state,
        "contact": snapshot.contact,
        "headline": top.reason if top else None,
        "asleep": snapshot.asleep,
        "faults": [fault_json(standing) for standing in snapshot.faults],
        "console": [line for report in reports for line in report.console],
        "notices": [_notice(notice) for report in reports for notice in report.notices],
        "counters": {"produced": {"total": produced[0], "unit": produced[1]} if produced else None},
        "supplies": [_supply(supply) for report in reports for supply in report.supplies],
        "inputs": [_input(slot) for report in reports for slot in report.inputs],
        "kind": plan.kind if plan else next((report.kind for report in reports if report.kind), None),
        "identity": _identity(snapshot.identity),
        "driver": driver(snapshot.sources[0], plan),
        "sources": [_source(source, plan) for source in snapshot.sources],
        "uptime_s": next((report.uptime_s for report in reports if report.uptime_s is not None), None),
        "observed_at": _time(snapshot.heard_at),
        "valid_for_s": _valid_for_s(plan) if plan else None,
    }


def fault_json(standing: Standing) -> dict[str, Json]:
    """One standing fault."""
    fault = standing.fault
    reason = vocabulary.reason(fault.reason)
    return {
        "reason": fault.reason,
        "severity": fault.severity,
        "text": fault.text,
        "part": fault.part,
        "since": _time(standing.since),
        "actor": fault.actor,
        "class": reason.reason_class,
        "codes": list(fault.codes),
        "extension": reason.extension,
        "device_since": None if standing.device_since is None else rfc3339(standing.device_since),
    }


def driver(source: Source, plan: MachinePlan | None) -> str | None:
    """The driver that understood a source, else the one that the settings name."""
    if source.driver or plan is None:
        return source.driver
    return next((s.driver for s in plan.sources if s.name == source.name), None)


def _notice(notice: Notice) -> dict[str, Json]:
    return {"code": notice.code, "keyword": notice.keyword, "severity": notice.severity, "text": notice.text}


def _identity(identity: Identity) -> dict[str, Json]:
    return {
        "maker": identity.maker,
        "model": identity.model,
        "serial": identity.serial,
        "firmware": identity.firmware,
        "name": identity.name,
    }


def _source(source: Source, plan: MachinePlan | None) -> dict[str, Json]:
    return {
        "name": source.name,
        "driver": driver(source, plan),
        "contact": source.contact,
        "heard_at": _time(source.heard_at),
        "why": None if source.contact is Contact.LIVE else source.why,
    }


def _raw(level: Level) -> dict[str, Json]:
    return {"level": level.raw.level, "capacity": level.raw.capacity}


def _input(slot: Input) -> dict[str, Json]:
    level = slot.level
    return {
        "part": slot.part,
        "description": slot.description,
        "percent": level.percent,
        "level": level.level,
        "capacity": level.capacity,
        "unit": level.unit,
        "quality": level.quality,
        "raw": _raw(level),
    }


def _supply(supply: Supply) -> dict[str, Json]:
    level = supply.level
    return {
        "part": supply.part,
        "kind": supply.kind,
        "description": supply.description,
        "percent": level.percent,
        "level": level.level,
        "capacity": level.capacity,
        "unit": level.unit,
        "quality": level.quality,
        "colour": supply.colour,
        "class": supply.supply_class,
        "raw": _raw(level),
    }


def _valid_for_s(plan: MachinePlan) -> float:
    return max(_VALID_AT_LEAST_S, _VALID_INTERVALS * max(source.interval_s for source in plan.sources))


def _time(at: At | None) -> str | None:
    return None if at is None else rfc3339(at.utc)
