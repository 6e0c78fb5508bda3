"""What the demonstration shows: a live table and the last events, or plain lines where no terminal is."""

from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from fleetmon import vocabulary
from fleetmon.assess.fleet import Snapshot
from fleetmon.model.messages import Event
from fleetmon.model.words import Severity, State
from fleetmon.publish.mqtt import UplinkStatus

_STATE_STYLES = {State.STOPPED: "bold red", State.PROCESSING: "green", State.IDLE: "cyan", State.UNKNOWN: "dim"}
_FAULT_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.REPORT: "cyan"}
_EVENTS_SHOWN = 10


class Screen:
    """Collects what was told and draws it."""

    def __init__(self, console: Console, header: Sequence[str]) -> None:
        self._console = console
        self._header = header
        self._events: deque[str] = deque(maxlen=_EVENTS_SHOWN)

    def hear(self, event: Event) -> None:
        """Take an event up; print it at once where nothing can be redrawn."""
        line = line_of(event)
        self._events.append(line)
        if not self._console.is_terminal:
            self._console.print(line, markup=False)

    def draw(self, snapshots: Sequence[Snapshot], uplink: UplinkStatus | None) -> Group:
        """The whole picture."""
        broker = "connected" if uplink and uplink.connected else "not connected"
        return Group(
            *(Text(line) for line in self._header),
            Text(f"broker: {broker}\n"),
            _table(snapshots),
            Text("\nlast events"),
            *(Text(line, style="dim") for line in self._events),
        )


def line_of(event: Event) -> str:
    """One event in one line."""
    data, fault = event.data, event.data.get("fault")
    kind = event.type.removeprefix("fleetmon.").removesuffix(".v1")
    if isinstance(fault, dict):
        part, text = fault.get("part"), fault.get("text")
        what = f"{fault['reason']}{f' at {part}' if part else ''}{f': {text}' if text else ''}"
        stood = f" after {data['stood_s']} s" if kind == "fault.cleared" else ""
        what += f" ({fault['severity']}){stood}"
    elif kind == "production.counted":
        what = f"{data['made']} more, {data['total']} {data['unit'] or ''}".rstrip()
    else:
        what = ", ".join(f"{key} {data[key]}" for key in ("before", "state", "contact", "headline") if data.get(key))
    if isinstance(notice := data.get("notice"), dict):
        what = ": ".join(str(notice[key]) for key in ("keyword", "text") if notice.get(key))
    moment = datetime.fromtimestamp(event.at.utc, UTC).strftime("%H:%M:%S")
    return f"{moment}  {event.subject or '':<14} {kind:<20} {what}"


def _table(snapshots: Sequence[Snapshot]) -> Table:
    table = Table(expand=False)
    for head in ("machine", "model", "contact", "state", "faults", "produced", "lowest supply"):
        table.add_column(head)
    for snapshot in snapshots:
        table.add_row(
            snapshot.machine,
            snapshot.identity.model or "",
            snapshot.contact.value,
            Text(
                f"{snapshot.state.value}{' (asleep)' if snapshot.asleep else ''}", style=_STATE_STYLES[snapshot.state]
            ),
            _faults(snapshot),
            _produced(snapshot),
            _lowest(snapshot),
        )
    return table


def _faults(snapshot: Snapshot) -> Text:
    lines = Text()
    top = vocabulary.headline(standing.fault for standing in snapshot.faults)
    for standing in snapshot.faults:
        fault = standing.fault
        weight = " bold" if fault is top else ""
        lines.append(
            f"{fault.reason}{f' at {fault.part}' if fault.part else ''}\n", _FAULT_STYLES[fault.severity] + weight
        )
    lines.rstrip()
    return lines


def _produced(snapshot: Snapshot) -> str:
    if snapshot.produced is None:
        return ""
    total, unit = snapshot.produced.published
    return f"{total} {unit.value if unit else ''}".rstrip()


def _lowest(snapshot: Snapshot) -> str:
    levels = [
        (supply.level.percent, supply.description or supply.part)
        for report in snapshot.reports()
        for supply in report.supplies
        if supply.level.percent is not None
    ]
    if not levels:
        return ""
    percent, words = min(levels)
    return f"{percent:g} %  {words}"
