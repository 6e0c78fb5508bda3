"""The payloads of every topic and event as models: what subscribers may rely on, and where the JSON Schemas come from.

Rooms by what is described: one machine now (`state`), what became different (`changes`), the site (`site`), and the
site at one glance (`summary`). Additions are minor; a field is never given a new meaning within version 1.
"""

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
    "ContactChange",
    "CountersData",
    "FaultChange",
    "FaultData",
    "GapData",
    "Heartbeat",
    "IdentityData",
    "InputData",
    "KindCounts",
    "LineInventory",
    "MachineCounts",
    "MachineInventory",
    "MachineReplaced",
    "NotFresh",
    "NoticeData",
    "NoticeSeen",
    "Payload",
    "Percent",
    "ProducedData",
    "Production",
    "ProductionCount",
    "RawLevelData",
    "Session",
    "SettingsChanged",
    "SettingsRefused",
    "SiteInventory",
    "SourceData",
    "SourceInventory",
    "StateChange",
    "StateData",
    "Summary",
    "SupplyData",
    "Timestamp",
    "WorstFault",
]
