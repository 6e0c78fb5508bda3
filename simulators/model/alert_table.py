"""The faults a machine holds up at one moment, and the rows it lists for them.

Row numbers only ever grow until the machine is switched off (RFC 3805, prtAlertIndex), so a watcher can tell a fault
that came back from one that never went; the three counters count what appeared since power-on, not what stands.
"""

from collections import deque
from dataclasses import dataclass

from fleetmon.simulators.sheets.parts import AlertRow, Fault

_LAST_INDEX = 2**31 - 1
_CRITICAL = 3
_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Alert:
    """A row standing in the alert table; `since` is in seconds after the machine was switched on."""

    index: int
    since: float
    fault: Fault
    row: AlertRow


class AlertTable:
    """Standing faults and their rows, in the order they appeared; `latest` are the last of them, gone or not."""

    def __init__(self, first_index: int) -> None:
        self.alerts: list[Alert] = []
        self.latest: deque[Alert] = deque(maxlen=_REMEMBERED)
        self.standing: dict[str, None] = {}  # in the order they appeared
        self._next_index = first_index
        self.stops_seen = self.alerts_seen = self.critical_seen = 0

    def appear(self, fault: Fault, since: float) -> None:
        """The fault stands from now on; nothing may stand twice."""
        self.standing[fault.name] = None
        self.stops_seen += fault.stops
        for row in fault.rows:
            self.alerts.append(Alert(self._next_index, since, fault, row))
            self.latest.append(self.alerts[-1])
            self._next_index = self._next_index % _LAST_INDEX + 1
            self.alerts_seen += 1
            self.critical_seen += row.severity == _CRITICAL

    def vanish(self, fault: Fault) -> None:
        """The fault is over; its rows leave."""
        del self.standing[fault.name]
        self.alerts = [alert for alert in self.alerts if alert.fault is not fault]
