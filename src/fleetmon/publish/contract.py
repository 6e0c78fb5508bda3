"""From what is known to what is told: topics, views and events, pure.

The words of the payloads are in `payloads`; this module fills them from snapshots and names their types. Who wants only
the present needs the views, who keeps a history needs the events. The state of a machine is told so often that its
models are made without being validated: what fills them is ours and typed, and the tests hold what is sent against the
schemas.
"""

import hashlib
import json
from collections.abc import Iterable
from itertools import accumulate

from fleetmon import vocabulary
from fleetmon.assess.fleet import Snapshot, Source, Standing
from fleetmon.model.messages import Event, EventClass, Json, View
from fleetmon.model.plan import FleetPlan, LinePlan, MachinePlan
from fleetmon.model.report import At, Notice
from fleetmon.model.words import Contact
from fleetmon.publish import command_payloads as asking
from fleetmon.publish import payloads as p
from fleetmon.publish.envelope import rfc3339
from fleetmon.publish.gaps import GAP_TYPE
from fleetmon.publish.state_parts import identity_data, input_data, supply_data

STATE = "fleetmon.state.v1"
INVENTORY = "fleetmon.inventory.v1"
MACHINE_INVENTORY = "fleetmon.inventory.machine.v1"
HEARTBEAT = "fleetmon.heartbeat.v1"
SESSION = "fleetmon.session.v1"
SUMMARY = "fleetmon.summary.v1"
FAULT_RAISED = "fleetmon.fault.raised.v1"
FAULT_CHANGED = "fleetmon.fault.changed.v1"
FAULT_CLEARED = "fleetmon.fault.cleared.v1"
STATE_CHANGED = "fleetmon.state.changed.v1"
CONTACT_CHANGED = "fleetmon.contact.changed.v1"
PRODUCTION_COUNTED = "fleetmon.production.counted.v1"
MACHINE_REPLACED = "fleetmon.machine.replaced.v1"
NOTICE_SEEN = "fleetmon.notice.seen.v1"
SETTINGS_CHANGED = "fleetmon.settings.changed.v1"
SETTINGS_REFUSED = "fleetmon.settings.refused.v1"
ALERT = "fleetmon.alert.v1"
ALERT_SHOWN = "fleetmon.alert.shown.v1"
ALERTS_SUMMARY = "fleetmon.alerts.summary.v1"
LINE = "fleetmon.line.v1"
KPI = "fleetmon.kpi.v1"

PAYLOADS: dict[str, type[p.Payload]] = {
    STATE: p.StateData,
    INVENTORY: p.SiteInventory,
    MACHINE_INVENTORY: p.MachineInventory,
    HEARTBEAT: p.Heartbeat,
    SESSION: p.Session,
    SUMMARY: p.Summary,
    FAULT_RAISED: p.FaultChange,
    FAULT_CHANGED: p.FaultChange,
    FAULT_CLEARED: p.FaultChange,
    STATE_CHANGED: p.StateChange,
    CONTACT_CHANGED: p.ContactChange,
    PRODUCTION_COUNTED: p.ProductionCount,
    MACHINE_REPLACED: p.MachineReplaced,
    NOTICE_SEEN: p.NoticeSeen,
    SETTINGS_CHANGED: p.SettingsChanged,
    SETTINGS_REFUSED: p.SettingsRefused,
    ALERT: p.AlertChange,
    ALERT_SHOWN: p.AlertData,
    ALERTS_SUMMARY: p.AlertSummary,
    LINE: p.LineData,
    KPI: p.KpiData,
    GAP_TYPE: p.GapData,
    asking.REPLY: asking.CommandReply,
    asking.COMMAND: asking.CommandAudit,
    asking.COMMANDS_REFUSED: asking.CommandsRefused,
}

# A state holds without a fresh heartbeat for this many poll intervals, but not less than a minute.
_VALID_INTERVALS = 3
_VALID_AT_LEAST_S = 60.0
_ROOM_FOR_LINES = 12 * 1024


def state_data(snapshot: Snapshot, plan: MachinePlan | None) -> p.StateData:
    """The state payload; `plan` None is a machine that nobody configured, as `probe` meets it."""
    reports = snapshot.reports()
    produced = snapshot.produced.published if snapshot.produced else None
    top = vocabulary.headline(standing.fault for standing in snapshot.faults)
    own_kind = next((report.kind for report in reports if report.kind), None)
    return p.StateData.model_construct(
        machine=plan.id if plan else None,
        kind=plan.kind if plan else own_kind,
        sources=[_source(source, plan) for source in snapshot.sources],
        driver=_driver(snapshot.sources[0], plan),
        contact=snapshot.contact,
        asleep=snapshot.asleep,
        state=snapshot.state,
        headline=top.reason if top else None,
        observed_at=_time(snapshot.heard_at),
        valid_for_s=_valid_for_s(plan) if plan else None,
        identity=identity_data(snapshot.identity),
        faults=[fault_data(standing) for standing in snapshot.faults],
        notices=[notice_data(notice) for report in reports for notice in report.notices],
        supplies=[supply_data(supply) for report in reports for supply in report.supplies],
        inputs=[input_data(slot) for report in reports for slot in report.inputs],
        counters=p.CountersData.model_construct(
            produced=p.ProducedData.model_construct(total=produced[0], unit=produced[1]) if produced else None
        ),
        console=[line for report in reports for line in report.console],
        uptime_s=next((report.uptime_s for report in reports if report.uptime_s is not None), None),
    )


def fault_data(standing: Standing) -> p.FaultData:
    """One standing fault."""
    fault = standing.fault
    reason = vocabulary.reason(fault.reason)
    return p.FaultData.model_construct(
        reason=fault.reason,
        fault_class=reason.reason_class,
        severity=fault.severity,
        extension=reason.extension,
        codes=list(fault.codes),
        text=fault.text,
        part=fault.part,
        actor=fault.actor,
        since=_time(standing.since),
        device_since=None if standing.device_since is None else rfc3339(standing.device_since),
    )


def state_view(snapshot: Snapshot, plan: MachinePlan, at: At) -> View:
    """The retained state of a machine; `as_of_seq` is stamped by the sender, after the commit."""
    return view(f"state/{plan.id}", STATE, plan.id, at, state_data(snapshot, plan))


def learnt(snapshot: Snapshot) -> object:
    """What a machine's inventory says that only the machine could tell: when it differs, the view is due again."""
    unit = snapshot.produced.published[1] if snapshot.produced else None
    return unit, [source.driver for source in snapshot.sources]


def machine_inventory(plan: MachinePlan, fleet: FleetPlan, at: At, snapshot: Snapshot | None = None) -> View:
    """The retained inventory of one machine; without a snapshot, what the settings alone tell."""
    return _inventory_view(_machine(plan, _places(fleet).get(plan.id), snapshot), at)


def decommissioned(machine: str, at: At) -> tuple[View, View]:
    """The end of a machine that nobody watches any more: its retained topics are emptied."""
    return (
        View(f"state/{machine}", STATE, machine, at, None),
        View(f"inventory/{machine}", MACHINE_INVENTORY, machine, at, None),
    )


def inventory(fleet: FleetPlan, version: str, at: At, snapshots: Iterable[Snapshot] = ()) -> tuple[View, ...]:
    """The retained inventory of the site, and of each machine."""
    heard, places = {snapshot.machine: snapshot for snapshot in snapshots}, _places(fleet)
    machines = [_machine(plan, places.get(plan.id), heard.get(plan.id)) for plan in fleet.machines]
    return (site_inventory(fleet, version, at), *(_inventory_view(machine, at) for machine in machines))


def site_inventory(fleet: FleetPlan, version: str, at: At) -> View:
    """The retained inventory of the site: its size does not depend on the number of machines."""
    places = _places(fleet)
    settings = [dump(_machine(plan, places.get(plan.id), None)) for plan in fleet.machines]
    lines = [_line(line) for line in fleet.lines]
    digest = hashlib.sha256(json.dumps([settings, [dump(line) for line in lines]], sort_keys=True).encode())
    sizes = accumulate(len(line.model_dump_json().encode()) for line in lines)
    fitting = sum(size <= _ROOM_FOR_LINES for size in sizes)
    told = p.SiteInventory(
        site=fleet.site,
        machine_count=len(fleet.machines),
        lines=lines[:fitting],
        lines_omitted=len(lines) - fitting,
        hash=digest.hexdigest()[:16],
        versions={"fleetmon": version, "contract": "1"},
    )
    return view("inventory", INVENTORY, None, at, told)


def event(event_class: EventClass, kind: str, machine: str, at: At, told: p.Payload) -> Event:
    """A durable event about one machine."""
    return Event(event_class, kind, machine, at, dump(told))


def view(topic: str, kind: str, subject: str | None, at: At, told: p.Payload) -> View:
    """A retained view; its `as_of_seq` is the sender's to add."""
    data = dump(told)
    data.pop("as_of_seq", None)
    return View(topic, kind, subject, at, data)


def notice_data(notice: Notice) -> p.NoticeData:
    """One notice."""
    return p.NoticeData(code=notice.code, keyword=notice.keyword, severity=notice.severity, text=notice.text)


def dump(told: p.Payload) -> dict[str, Json]:
    """A payload as plain JSON."""
    plain: dict[str, Json] = told.model_dump(mode="json", by_alias=True)
    return plain


def _valid_for_s(plan: MachinePlan) -> float:
    return max(_VALID_AT_LEAST_S, _VALID_INTERVALS * max(source.interval_s for source in plan.sources))


def _time(at: At | None) -> str | None:
    return None if at is None else rfc3339(at.utc)


def _driver(source: Source, plan: MachinePlan | None) -> str | None:
    named = next((s.driver for s in plan.sources if s.name == source.name), None) if plan else None
    return source.driver or named


def _places(fleet: FleetPlan) -> dict[str, tuple[str, int]]:
    """The line and stage of each machine that stands in one."""
    found: dict[str, tuple[str, int]] = {}
    for line in fleet.lines:
        for number, stage in enumerate(line.stages, 1):
            for machine in stage:
                found.setdefault(machine, (line.id, number))
    return found


def _inventory_view(told: p.MachineInventory, at: At) -> View:
    return view(f"inventory/{told.machine}", MACHINE_INVENTORY, told.machine, at, told)


def _machine(plan: MachinePlan, place: tuple[str, int] | None, snapshot: Snapshot | None) -> p.MachineInventory:
    heard = {source.name: source.driver for source in snapshot.sources} if snapshot else {}
    sources = [
        p.SourceInventory(
            name=source.name,
            link=source.url.partition(":")[0],
            driver=heard.get(source.name) or source.driver,
            interval_s=source.interval_s,
        )
        for source in plan.sources
    ]
    return p.MachineInventory(
        machine=plan.id,
        name=plan.name,
        kind=plan.kind,
        line=place[0] if place else None,
        stage=place[1] if place else None,
        driver=sources[0].driver,
        unit=snapshot.produced.published[1] if snapshot and snapshot.produced else None,
        sources=sources,
    )


def _line(line: LinePlan) -> p.LineInventory:
    return p.LineInventory(line=line.id, name=line.name, stages=len(line.stages), buffers=list(line.buffers))


def _source(source: Source, plan: MachinePlan | None) -> p.SourceData:
    return p.SourceData.model_construct(
        name=source.name,
        driver=_driver(source, plan),
        contact=source.contact,
        heard_at=_time(source.heard_at),
        why=None if source.contact is Contact.LIVE else source.why,
    )
