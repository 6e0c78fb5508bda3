"""A settings file for the daemon that watches a simulated office, as a site engineer would write it.

Only machines that a shipped driver understands are written down; for the others a comment says where they answer, so
that whoever tries a new driver finds the address. A line keeps the stages that are watched.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fleetmon.lab.stage.asked import Asked
from fleetmon.model.address import Address, Scheme

MARK = "# Written for a simulated office, and written anew whenever it starts."
_IN_SNMP: Final = Asked(Scheme.SNMP)


@dataclass(frozen=True, slots=True)
class Seat:
    """A machine, where it answers, and how it is asked there; `kind` is a word of the settings."""

    machine: str
    kind: str
    urls: tuple[str, ...]
    asked: Asked | None = _IN_SNMP

    @property
    def asked_at(self) -> str | None:
        """The first URL at which it is asked so."""
        how = self.asked
        if how is None:
            return None
        return next((url for url in self.urls if (scheme := _scheme(url)) is not None and how.fits(scheme)), None)


@dataclass(frozen=True, slots=True)
class LineSeats:
    """A line: its stages of parallel machines, and how much fits between each two stages."""

    name: str
    stages: tuple[tuple[str, ...], ...]
    between: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What is written at the top: the site, the broker, and times in seconds of the daemon's clock."""

    site: str
    broker: str
    interval_s: float = 5.0
    heartbeat_s: float = 30.0
    zone: str | None = None
    plain: bool = False
    """For the demonstration's broker, which hangs up on a 3.1.1 subscriber when a message has MQTT 5 properties."""


def settings_text(page: Page, seats: Sequence[Seat], lines: Sequence[LineSeats]) -> str:
    """The whole file."""
    zone = f'timezone = "{page.zone}"\n' if page.zone else ""
    properties = "properties = false\n" if page.plain else ""
    mqtt = f'[mqtt]\nurl = "{page.broker}"\nheartbeat = "{page.heartbeat_s:g}s"\n{properties}'
    head = f'{MARK}\n[site]\nid = "{page.site}"\n{zone}\n{mqtt}\n[snmp]\ntraps = "off"\n'
    machines = [_machine(seat, page.interval_s) for seat in seats]
    return "\n".join([head, *machines, *_lines(seats, lines)])


def _machine(seat: Seat, interval_s: float) -> str:
    if seat.asked_at is None or seat.asked is None:
        return f"# {seat.machine} answers at {', '.join(seat.urls) or 'nothing'}; no shipped driver understands it.\n"
    words = [f'url = "{seat.asked_at}"', *_words(seat.asked), f'interval = "{interval_s:g}s"']
    kind = seat.asked.kind or seat.kind
    return f'[[machine]]\nid = "{seat.machine}"\nkind = "{kind}"\nsource = {{ {", ".join(words)} }}\n'


def _words(asked: Asked) -> Iterator[str]:
    if asked.driver is not None:
        yield f'driver = "{asked.driver}"'
    if asked.unit is not None:
        yield f'unit = "{asked.unit}"'
    if asked.modbus_unit is not None:
        yield f"modbus_unit = {asked.modbus_unit}"


def _lines(seats: Sequence[Seat], lines: Sequence[LineSeats]) -> Iterator[str]:
    watched = {seat.machine for seat in seats if seat.asked_at}
    for line in lines:
        stages, between = _kept(line, watched)
        if len(stages) > 1:
            rows = ", ".join("[" + ", ".join(f'"{machine}"' for machine in stage) + "]" for stage in stages)
            yield f'[[line]]\nid = "{line.name}"\nstages = [{rows}]\nbuffers = {between}\n'


def _kept(line: LineSeats, watched: set[str]) -> tuple[list[list[str]], list[int]]:
    """The stages that are watched; the buffers before and behind one that is not are one for whoever watches."""
    stages: list[list[str]] = []
    between: list[int] = []
    room = 0
    for number, stage in enumerate(line.stages):
        room += line.between[number - 1] if number else 0
        if kept := [machine for machine in stage if machine in watched]:
            between += [room] if stages else []
            stages.append(kept)
            room = 0
    return stages, between


def _scheme(url: str) -> Scheme | None:
    try:
        return Address.parse(url).scheme
    except ValueError:
        return None
