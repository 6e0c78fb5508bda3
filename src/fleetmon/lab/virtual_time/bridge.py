"""A simulated machine asked in memory: what its agent lists at a moment becomes the reply that the link would bring.

Between a dialogue and a machine stand datagrams, and nothing of what they carry may get lost when they are left out:
a machine that is off does not answer, an object that does not exist is not in the reply, version 1 has no Counter64
(RFC 3584 section 4.2.2.1), a walk is in order and has an end. So decoding always runs, on the very varbinds, and months
pass in a minute. Only what a wire does to datagrams is not shown here.
"""

from collections.abc import Callable, Generator, Sequence
from typing import Any, Final, Protocol, TypeVar

from fleetmon.decode.dialogue import Get, Oid, Reply, Request, Varbind, dotted
from fleetmon.errors import GarbledReply, LinkError
from fleetmon.links.snmp_rules import MAX_ROWS
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.snmp.rows import Absence, Rows, Tag, Value, Version
from fleetmon.simulators.snmp.tables import LiveTables

Asked = TypeVar("Asked")
Told = TypeVar("Told")
Result = TypeVar("Result")

_WRAP: Final = 2**32


class Partner(Protocol):
    """Somebody to be polled in virtual time: brought to a moment, then asked."""

    def at(self, now: float) -> None:
        """Bring it to `now`, seconds of its own clock."""

    def ask(self, request: Any) -> Any:
        """The answer at that moment, as the machine's own link brings it. Raises LinkError where that would."""

    @property
    def changed(self) -> int | None:
        """Another number whenever anything but the clock may be told otherwise; None if that is not known."""

    @property
    def ticks(self) -> int | None:
        """What its clock shows, in hundredths of a second; None while nobody answers."""


class Simulated:
    """A simulated machine as a Partner."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._tables = LiveTables(machine)
        self._version = spoken(self._tables.versions)
        self._now = machine.now
        self._rows: Rows | None = None

    def at(self, now: float) -> None:
        """As Partner."""
        self._machine.step(now)
        self._now, self._rows = now, None

    def ask(self, request: Request) -> Reply:
        """As Partner."""
        if self._rows is None:
            self._rows = self._tables.rows(self._now)
        if self._rows is None:
            raise LinkError(f"no answer from {self._machine.name}: it is off or starts up")
        return reply_of(self._rows, request, self._version)

    @property
    def changed(self) -> int:
        """As Partner."""
        return self._machine.changed

    @property
    def ticks(self) -> int | None:
        """As Partner; sysUpTime begins anew after 497 days."""
        return round(self._machine.uptime * 100) % _WRAP if self._machine.answers else None


def converse(dialogue: Generator[Asked, Told, Result], answer: Callable[[Asked], Told]) -> Result:
    """Drive a dialogue to its result; a LinkError of `answer` is raised into it, and out of it if it lets it."""
    try:
        request = next(dialogue)
        while True:
            try:
                reply = answer(request)
            except LinkError as error:
                request = dialogue.throw(error)
                continue
            request = dialogue.send(reply)
    except StopIteration as end:
        result: Result = end.value
        return result


def reply_of(rows: Rows, request: Request, version: Version = Version.V2C) -> Reply:
    """What exists of what was asked for. GarbledReply for a subtree of more than 2 000 rows, as on the wire."""
    if isinstance(request, Get):
        found = ((oid, rows.get(oid)) for oid in dict.fromkeys(request.oids))
        return tuple(
            Varbind(oid, int(value.tag), value.content)
            for oid, value in found
            if isinstance(value, Value) and _is_told(value, version)
        )
    return tuple(_walk(rows, request.root, version))


def spoken(versions: Sequence[Version]) -> Version:
    """Version 1 only where nothing else is spoken; 2c and 3 tell the same."""
    return Version.V1 if tuple(versions) == (Version.V1,) else Version.V2C


def _walk(rows: Rows, root: Oid, version: Version) -> list[Varbind]:
    found: list[Varbind] = []
    at, depth = root, len(root)
    while True:
        at, value = rows.after(at, version=version)
        if isinstance(value, Absence) or at[:depth] != root:
            return found
        found.append(Varbind(at, int(value.tag), value.content))
        if len(found) > MAX_ROWS:
            raise GarbledReply(f"the walk of {dotted(root)} has more than {MAX_ROWS} rows at {dotted(at)}")


def _is_told(value: Value, version: Version) -> bool:
    return version is not Version.V1 or value.tag is not Tag.COUNTER64
