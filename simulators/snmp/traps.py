"""What a machine's agent says unasked: a trap for every critical row that appears in its alert table (RFC 3805 section
2.2.13.4, printerV1Alert and printerV2Alert).

A trap names the row by six of its columns and carries no text. Nothing is sent when a row leaves, nothing for a
warning, and nothing by an agent without Printer-MIB; while a machine starts up its agent is not there to send either.
"""

from dataclasses import dataclass
from itertools import count

from fleetmon.simulators.model.alert_table import Alert
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.reading import Oid

from . import ber
from .messages import v1_trap, v2_trap
from .printer_mib import ALERT_ENTRY, SYS_UPTIME, number, printer_index, ticks
from .rows import Tag, Value, Version

_TRAP_OID: Oid = (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0)
_V1_ENTERPRISE: Oid = (1, 3, 6, 1, 2, 1, 43, 18, 2)
_V1_SPECIFIC = 1
_V2_ALERT: Oid = (*_V1_ENTERPRISE, 0, _V1_SPECIFIC)
_CRITICAL = 3


@dataclass(frozen=True, slots=True)
class TrapsTo:
    """Who is called: addresses as (host, port), the host a number; and the community that goes with it."""

    addresses: tuple[tuple[str, int], ...]
    community: str = "public"


class Calls:
    """The traps of one machine. Rows that stand when this begins to watch are no news."""

    def __init__(self, machine: Machine, to: TrapsTo) -> None:
        self.to = to
        self._machine = machine
        self._community = to.community.encode("latin-1")
        self._table, self._seen = machine.table, machine.table.alerts_seen
        self._numbers = count(1)

    def due(self, now: float, address: bytes) -> list[bytes]:
        """The datagrams to be sent at `now`, oldest row first; `address` is the agent's own, four octets."""
        self._machine.step(now)
        if not self._machine.answers or not self._machine.sheet.agent.printer_mib:
            return []
        table = self._machine.table
        if table is not self._table:
            self._table, self._seen = table, 0
        news = table.alerts_seen - self._seen
        self._seen = table.alerts_seen
        latest = list(table.latest)[-news:] if news else []
        return [self._trap(alert, address) for alert in latest if alert.row.severity == _CRITICAL]

    def _trap(self, alert: Alert, address: bytes) -> bytes:
        """In version 2c where the machine speaks it, else in version 1."""
        uptime, row = ticks(self._machine.uptime), b"".join(map(ber.varbind, self._row(alert)))
        if Version.V2C not in self._machine.sheet.agent.versions:
            assert isinstance(uptime.content, int)
            return v1_trap(self._community, _V1_ENTERPRISE, _V1_SPECIFIC, address, uptime.content, row)
        head = ber.varbind((SYS_UPTIME, uptime)) + ber.varbind((_TRAP_OID, Value(Tag.OID, _V2_ALERT)))
        return v2_trap(self._community, next(self._numbers), head + row)

    def _row(self, alert: Alert) -> list[tuple[Oid, Value]]:
        """Index, severity, group, group index, location, code, in this order; the training level is left out."""
        row = alert.row
        columns = {1: alert.index, 2: row.severity, 4: row.group, 5: row.part, 6: row.location, 7: row.code}
        index = printer_index(self._machine)
        return [((*ALERT_ENTRY, column, index, alert.index), number(said)) for column, said in columns.items()]
