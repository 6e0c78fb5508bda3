"""From what is known to what is told: topics, views and events, pure.

The words of the payloads are in `payloads`; this module fills them from snapshots and names their types. Who wants only
the present needs the views, who keeps a history needs the events.
"""

import hashlib
import json
from collections.abc import Iterable
from itertools import accumulate

from fleetmon.assess.fleet import Snapshot, Standing
from fleetmon.model.messages import Event, EventClass, Json, View
from fleetmon.model.plan import FleetPlan, LinePlan, MachinePlan
from fleetmon.model.report import At, Notice
from fleetmon.publish import command_payloads as asking
from fleetmon.publish import payloads as p
from fleetmon.publish.envelope import rfc3339
from fleetmon.publish.gaps import GAP_TYPE
from fleetmon.publish.machine_state import fault_json, state_json

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

_ROOM_FOR_LINES = 12 * 1024


def state_data(snapshot: Snapshot, plan: MachinePlan | None) -> p.StateData:
    """The state payload; `plan` None is a machine that nobody configured, as `probe` meets it."""
    return p.StateData.model_validate(state_json(snapshot, plan))


def fault_data(standing: Standing) -> p.FaultData:
    """One standing fault."""
    return p.FaultData.model_validate(fault_json(standing))


def state_view(snapshot: Snapshot, plan: MachinePlan, at: At) -> View:
    """The retained state of a machine; `as_of_seq` is stamped by the sender, after the commit."""
    return View(f"state/{plan.id}", STATE, plan.id, at, state_json(snapshot, plan))


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


def _time(at: At | None) -> str | None:
    return None if at is None else rfc3339(at.utc)


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
