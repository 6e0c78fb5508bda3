"""What a recording holds, as plain data: polls, and in each the exchanges with one machine."""

from dataclasses import dataclass
from typing import Final

from fleetmon.decode.dialogue import Reply, Request
from fleetmon.model.plan import SerialChoice
from fleetmon.model.report import NoAnswer

SNMP_LINKS: Final = frozenset({"snmp", "walk"})


@dataclass(frozen=True, slots=True)
class Header:
    """What a recording says of itself. `machine` is the settings' id, `hidden` the kinds of secrets that were replaced,
    `driver`, `device` and the units as in the settings, None where they say nothing; a machine without a driver was
    recognised by itself. `line` is how the serial line was set, as the driver or the settings had it."""

    machine: str
    link: str
    began: float
    interval_s: float
    driver: str | None = None
    device: int | None = None
    hidden: tuple[str, ...] = ()
    unit: str | None = None
    modbus_unit: int | None = None
    line: SerialChoice | None = None

    @property
    def in_bytes(self) -> bool:
        """Whether the machine was on a line of bytes."""
        return self.link not in SNMP_LINKS


@dataclass(frozen=True, slots=True)
class Said:
    """One exchange in SNMP: asked `at` seconds after the beginning, answered or not `took` seconds later."""

    at: float
    took: float
    request: Request
    heard: Reply | NoAnswer


@dataclass(frozen=True, slots=True)
class Exchanged:
    """One exchange on a line of bytes: what was asked, all that came within `took` seconds, and if that was no answer,
    why not. Nothing may be an answer as well."""

    at: float
    took: float
    asked: bytes
    came: bytes
    failed: NoAnswer | None = None


@dataclass(frozen=True, slots=True)
class Poll:
    """One poll: what was said, when it ended, and why it brought nothing if so. `spoken` is for lines of bytes."""

    number: int
    said: tuple[Said, ...]
    ended: float
    failed: NoAnswer | None = None
    spoken: tuple[Exchanged, ...] = ()
