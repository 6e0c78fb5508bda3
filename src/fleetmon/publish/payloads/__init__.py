"""The payloads of every topic and event as models: what subscribers may rely on, and where the JSON Schemas come from.

Rooms by what is described: one machine now (`state`), what became different (`changes`), the site (`site`), the site at
one glance (`summary`), what calls for a person (`alerts`) and how well (`kpi`), and the lines (`production`). Additions
are minor; a field is never given a new meaning within version 1.
"""

from fleetmon.publish.payloads.alerts import (
    AcknowledgementData,
    AlertChange,
    AlertCounts,
    AlertData,
    AlertSummary,
    EvidenceData,
    FloodedAlert,
    ImpactData,
    NearlyData,
    OnsetData,
    PlannedStopData,
    RuleData,
    ShelfData,
    SubjectData,
    TextData,
    WorstAlert,
)
from fleetmon.publish.payloads.base import (
    Payload,
    Percent,
    Timestamp,
)
from fleetmon.publish.payloads.changes import (
    ContactChange,
    FaultChange,
    GapData,
    MachineReplaced,
    NoticeSeen,
    ProductionCount,
    StateChange,
)
from fleetmon.publish.payloads.kpi import BusyKey, KpiData, StallFigures
from fleetmon.publish.payloads.production import DoingData, LineData
from fleetmon.publish.payloads.settings import SettingsChanged, SettingsRefused
from fleetmon.publish.payloads.site import (
    Heartbeat,
    LineInventory,
    MachineCounts,
    MachineInventory,
    NotFresh,
    Session,
    SiteInventory,
    SourceInventory,
)
from fleetmon.publish.payloads.state import (
    CountersData,
    FaultData,
    IdentityData,
    InputData,
    NoticeData,
    ProducedData,
    RawLevelData,
    SourceData,
    StateData,
    SupplyData,
)
from fleetmon.publish.payloads.summary import (
    KindCounts,
    Production,
    Summary,
    WorstFault,
)

__all__ = [
    "AcknowledgementData",
    "AlertChange",
    "AlertCounts",
    "AlertData",
    "AlertSummary",
    "BusyKey",
    "ContactChange",
    "CountersData",
    "DoingData",
    "EvidenceData",
    "FaultChange",
    "FaultData",
    "FloodedAlert",
    "GapData",
    "Heartbeat",
    "IdentityData",
    "ImpactData",
    "InputData",
    "KindCounts",
    "KpiData",
    "LineData",
    "LineInventory",
    "MachineCounts",
    "MachineInventory",
    "MachineReplaced",
    "NearlyData",
    "NotFresh",
    "NoticeData",
    "NoticeSeen",
    "OnsetData",
    "Payload",
    "Percent",
    "PlannedStopData",
    "ProducedData",
    "Production",
    "ProductionCount",
    "RawLevelData",
    "RuleData",
    "Session",
    "SettingsChanged",
    "SettingsRefused",
    "ShelfData",
    "SiteInventory",
    "SourceData",
    "SourceInventory",
    "StallFigures",
    "StateChange",
    "StateData",
    "SubjectData",
    "Summary",
    "SupplyData",
    "TextData",
    "Timestamp",
    "WorstAlert",
    "WorstFault",
]
