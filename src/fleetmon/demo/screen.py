"""What the demonstration shows: a live table, what is really so, the last events; plain lines where no terminal is.

A terminal may have no more than 80 columns and 24 lines, and half of them belong to what is printed above the table:
a machine has one line, an event has one line, and what does not fit is cut off at its end, where the least stands. What
the daemon knows stands in the table, what it calls people for below it, and then what only the simulated office knows,
so that one can compare.
"""

from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from fleetmon import vocabulary
from fleetmon.assess.fleet import Snapshot
from fleetmon.demo.office import Now
from fleetmon.model.messages import Event
from fleetmon.model.words import Severity, State
from fleetmon.publish.mqtt import UplinkStatus

_STATE_STYLES = {State.STOPPED: "bold red", State.PROCESSING: "green", State.IDLE: "cyan", State.UNKNOWN: "dim"}
_FAULT_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.REPORT: "cyan"}
_EVENTS_SHOWN = (4, 10)  # at least, at most
_ALERTS_SHOWN = 3
_WIDE_FROM = 132  # columns: without so many, faults matter more than models and the names of supplies
_AROUND = 5  # lines: the broker's, three of the table's head and foot, the cursor's
_ALL_WELL = "every machine works, or waits for work as it should"


class Screen:
    """Collects what was told and draws it: what the daemon made of the machines, and what is really so."""

    def __init__(self, console: Console, lines_above: int) -> None:
        self._console = console
        self._above = lines_above
        self._events: deque[str] = deque(maxlen=_EVENTS_SHOWN[1])
        self._alerts: dict[str, str] = {}
        self._now: Now | None = None

    def hear(self, event: Event) -> None:
        """Take an event up; print it at once where nothing can be redrawn."""
        if isinstance(alert := event.data.get("alert"), dict):
            self._alerts.pop(str(alert["key"]), None)
            if alert["announced"] is not None and alert["state"] != "closed":
                self._alerts[str(alert["key"])] = f"alert P{alert['priority']}: {alert['text']}"
        line = line_of(event)
        self._events.append(line)
        if not self._console.is_terminal:
            self._console.print(line, markup=False)

    def know(self, now: Now) -> None:
        """Take up what is really happening; where nothing can be redrawn, print what is new."""
        before = {_who_and_what(each) for each in self._now.really} if self._now else set()
        self._now = now
        if self._console.is_terminal:
            return
        for sentence in now.really:
            if _who_and_what(sentence) not in before:
                self._console.print(f"{_moment(now.utc)}  really: {sentence}", markup=False)

    def draw(self, snapshots: Sequence[Snapshot], uplink: UplinkStatus | None) -> Group:
        """The whole picture, as large as the terminal allows."""
        broker = "connected" if uplink and uplink.connected else "not connected"
        clock = f"   the office's clock: {_moment(self._now.utc)}" if self._now else ""
        really = list(self._now.really) if self._now else []
        alerts = sorted(self._alerts.values())[:_ALERTS_SHOWN]
        left = self._console.height - self._above - _AROUND - len(snapshots) - len(alerts)
        shown = max(_EVENTS_SHOWN[0], min(left - max(1, len(really)), _EVENTS_SHOWN[1]))
        truths = max(1, left - shown)
        return Group(
            Text(f"broker: {broker}{clock}"),
            _table(snapshots, wide=self._console.width >= _WIDE_FROM),
            *(_one_line(alert, "bold red") for alert in alerts),
            *(_one_line(f"really: {truth}", "bold magenta") for truth in (really or [_ALL_WELL])[:truths]),
            *(_one_line(line, "dim") for line in list(self._events)[-shown:]),
        )


def _who_and_what(sentence: str) -> tuple[str, ...]:
    """The machine and what it does, without for how long."""
    return tuple(sentence.split()[:2])


def _moment(utc: float) -> str:
    return datetime.fromtimestamp(utc, UTC).strftime("%H:%M:%S")


def line_of(event: Event) -> str:
    """One event in one line."""
    data, fault = event.data, event.data.get("fault")
    kind = event.type.removeprefix("fleetmon.").removesuffix(".v1")
    if isinstance(fault, dict):
        part, text = fault.get("part"), fault.get("text")
        what = f"{fault['reason']}{f' at {part}' if part else ''}{f': {text}' if text else ''}"
        stood = f" after {data['stood_s']} s" if kind == "fault.cleared" else ""
        what += f" ({fault['severity']}){stood}"
    elif isinstance(data.get("alert"), dict):
        what = f"{data['move']}: {data['text']}"
    elif kind == "production.counted":
        what = f"{data['made']} more, {data['total']} {data['unit'] or ''}".rstrip()
    else:
        what = ", ".join(f"{key} {data[key]}" for key in ("before", "state", "contact", "headline") if data.get(key))
    if isinstance(notice := data.get("notice"), dict):
        what = ": ".join(str(notice[key]) for key in ("keyword", "text") if notice.get(key))
    return f"{_moment(event.at.utc)}  {event.subject or '':<14} {kind:<20} {what}"


def _table(snapshots: Sequence[Snapshot], wide: bool) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for head in ("machine", "contact", "state", "produced"):
        table.add_column(head, no_wrap=True)
    for head in ("faults", "supply", "model")[: 3 if wide else 2]:
        table.add_column(head)  # these give way when there is no room
    for snapshot in snapshots:
        state = f"{snapshot.state.value}{' (asleep)' if snapshot.asleep else ''}"
        table.add_row(
            snapshot.machine,
            snapshot.contact.value,
            Text(state, style=_STATE_STYLES[snapshot.state]),
            _produced(snapshot, with_unit=wide),
            _faults(snapshot),
            _one_line(_lowest(snapshot, named=wide)),
            *([_one_line(snapshot.identity.model or "")] if wide else []),
        )
    return table


def _one_line(text: str, style: str = "") -> Text:
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")


def _faults(snapshot: Snapshot) -> Text:
    """The one that matters most comes first."""
    top = vocabulary.headline(standing.fault for standing in snapshot.faults)
    faults = sorted((standing.fault for standing in snapshot.faults), key=lambda fault: fault is not top)
    words = _one_line("")
    for fault in faults:
        weight = " bold" if fault is top else ""
        words.append(", " if words else "")
        words.append(
            f"{fault.reason}{f' at {fault.part}' if fault.part else ''}", _FAULT_STYLES[fault.severity] + weight
        )
    return words


def _produced(snapshot: Snapshot, with_unit: bool) -> str:
    if snapshot.produced is None:
        return ""
    total, unit = snapshot.produced.published
    return f"{total} {unit.value}" if unit and with_unit else str(total)


def _lowest(snapshot: Snapshot, named: bool) -> str:
    levels = [
        (supply.level.percent, supply.description or supply.part)
        for report in snapshot.reports()
        for supply in report.supplies
        if supply.level.percent is not None
    ]
    if not levels:
        return ""
    percent, words = min(levels)
    return f"{percent:.0f} %" + (f"  {words}" if named else "")
