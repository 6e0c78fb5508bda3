"""The Nambrika NP 900 of manual 08: its private MIB as rows `oid|type|value` of an snmprec file."""

from dataclasses import dataclass, field
from typing import NamedTuple

NP = "1.3.6.1.4.1.32473.88.9.1"
INTEGER, OCTETS, OBJECT_ID, COUNTER, TICKS = 2, 4, 6, 65, 67


class Tank(NamedTuple):
    """A row of the supply table, in tenths of a millilitre."""

    kind: int
    name: str
    level: int
    capacity: int


class Alarm(NamedTuple):
    """A row of the alarm table."""

    code: int
    level: int
    text: str


TANKS = (
    Tank(1, "Cyan", 800, 1000),
    Tank(1, "Magenta", 620, 1000),
    Tank(1, "Yellow", 710, 1000),
    Tank(1, "Black", 1250, 2500),
    Tank(2, "Varnish", 450, 1500),
    Tank(3, "Waste tank", 900, 3000),
)


def with_level(name: str, level: int) -> tuple[Tank, ...]:
    """The tanks, one of them with another level."""
    return tuple(tank._replace(level=level) if tank.name == name else tank for tank in TANKS)


@dataclass
class Nambrika:
    """One printer."""

    state: int
    alarms: tuple[Alarm, ...] = ()
    tanks: tuple[Tank, ...] = TANKS
    feeder: int = 2
    harmed: list[bytes] = field(default_factory=list)

    def rows(self) -> list[tuple[str, int, str | int]]:
        """Every object of the printer as (OID, type, value)."""
        rows: list[tuple[str, int, str | int]] = [
            ("1.3.6.1.2.1.1.1.0", OCTETS, "NAMBRIKA NP 900 passport printer"),
            ("1.3.6.1.2.1.1.2.0", OBJECT_ID, "1.3.6.1.4.1.32473.88.9"),
            ("1.3.6.1.2.1.1.3.0", TICKS, 8_640_000),
            (f"{NP}.1.1.0", OCTETS, "NP 900D"),
            (f"{NP}.1.2.0", OCTETS, "NB9000417"),
            (f"{NP}.1.3.0", OCTETS, "6.1.2"),
            (f"{NP}.2.1.0", INTEGER, self.state),
            (f"{NP}.2.2.0", COUNTER, 215_377),
            (f"{NP}.2.3.0", INTEGER, self.feeder),
            (f"{NP}.2.4.0", INTEGER, 384),
        ]
        for column in range(1, 6):
            for index, tank in enumerate(self.tanks, start=1):
                value = (index, *tank)[column - 1]
                rows.append((f"{NP}.3.1.{column}.{index}", OCTETS if column == 3 else INTEGER, value))
        for column in range(1, 5):
            for index, alarm in enumerate(self.alarms, start=17):
                rows.append(
                    (f"{NP}.4.1.{column}.{index}", OCTETS if column == 4 else INTEGER, (index, *alarm)[column - 1])
                )
        return rows

    def record(self) -> str:
        """The text of an snmprec file."""
        return "".join(f"{oid}|{kind}|{value}\n" for oid, kind, value in self.rows())


def stopped(code: int, text: str, tanks: tuple[Tank, ...] = TANKS, feeder: int = 2) -> Nambrika:
    """A printer that stands still for one alarm."""
    return Nambrika(6, (Alarm(code, 3, text),), tanks, feeder)


SITUATIONS = {
    "starting": Nambrika(1),
    "ready": Nambrika(2),
    "printing": Nambrika(3),
    "head cleaning": Nambrika(4),
    "paused": Nambrika(5),
    "energy saving": Nambrika(7),
    "few passports": Nambrika(3, feeder=1),
    "cartridge not inserted": stopped(303, "Cartridge missing: Cyan", with_level("Cyan", -1)),
    "level not readable": Nambrika(2, tanks=with_level("Varnish", -2)),
    "cartridge low": Nambrika(3, (Alarm(302, 2, "Black low"),), with_level("Black", 75)),
    "waste nearly full": Nambrika(3, (Alarm(311, 2, "Waste tank nearly full"),), with_level("Waste tank", 2700)),
    "service due": Nambrika(2, (Alarm(601, 1, "Service due"),)),
    "front cover open": stopped(101, "Close the cover"),
    "service door open": stopped(102, "Close the door"),
    "jam at the feeder": stopped(201, "Jam"),
    "jam under the head": stopped(202, "Jam"),
    "feeder empty": stopped(203, "Feeder empty", feeder=0),
    "tray full": stopped(204, "Take the passports"),
    "cartridge empty": stopped(301, "Black empty", with_level("Black", 0)),
    "foreign cartridge": stopped(304, "Cartridge not supported"),
    "waste tank full": stopped(310, "Waste tank full", with_level("Waste tank", 3000)),
    "head too hot": stopped(401, "Wait"),
    "head defective": stopped(402, "Call the service"),
    "page number not read": stopped(501, "Check the passport"),
    "internal failure": stopped(917, "Call the service"),
    "an alarm that is not listed": stopped(777, "?"),
    "cover open and varnish low": Nambrika(
        6, (Alarm(302, 2, "Varnish low"), Alarm(101, 3, "Close the cover")), with_level("Varnish", 45)
    ),
}
