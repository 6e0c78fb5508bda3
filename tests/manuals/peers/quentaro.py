"""The Quentaro QT 300 of manual 06: three records in a row, the later ones sometimes a moment late."""

from dataclasses import dataclass, field


def record(content: str) -> bytes:
    """One record as it goes over the line."""
    return b"\x02" + content.encode("ascii") + b"\x03\r\n"


@dataclass
class Quentaro:
    """One printer; the fields bear the letters of the manual."""

    b: int = 0
    c: int = 0
    f: int = 0
    g: int = 0
    h: int = 0
    i: int = 0
    j: int = 0
    kk: str = "00"
    ribbon: str = "0212,0300"
    feeder: int = 0
    harmed: list[bytes] = field(default_factory=list)

    def hear(self, heard: bytes) -> tuple[list[bytes], bytes]:
        """Commands are ESC, a letter and CR."""
        *commands, rest = heard.split(b"\r")
        pieces: list[bytes] = []
        for command in commands:
            if command == b"\x1bI":
                pieces += self.status()
            elif command == b"\x1bV":
                pieces.append(record("QT300,4.10,Q3-00871"))
            else:
                self.harmed.append(command)
        return pieces, rest

    def status(self) -> list[bytes]:
        """The three records, cut where they happen to be cut."""
        first = record(f"016,{self.b},{self.c},0118240,002")
        second = record(f"{self.f},{self.g},{self.h},{self.i},{self.j},{self.kk}")
        third = record(f"{self.ribbon},{self.feeder}")
        return [first[:7], first[7:] + second[:3], second[3:], third]


SITUATIONS = {
    "nothing to do": Quentaro(),
    "printing": Quentaro(b=1),
    "waiting for a page to be taken away": Quentaro(b=2),
    "paused": Quentaro(c=1),
    "feeder below a quarter": Quentaro(b=1, feeder=1),
    "feeder without sensor": Quentaro(feeder=9),
    "ribbon not recognised": Quentaro(ribbon="0000,0000"),
    "clock battery": Quentaro(kk="40"),
    "no page": Quentaro(f=1),
    "open": Quentaro(g=1),
    "ribbon at its end": Quentaro(h=1, ribbon="0000,0300"),
    "head over-temperature": Quentaro(i=1),
    "page jammed": Quentaro(j=1),
    "head disconnected": Quentaro(kk="1A"),
    "head resistance": Quentaro(kk="1B"),
    "feed motor": Quentaro(kk="22"),
    "ribbon motor": Quentaro(kk="23"),
    "a reserved code": Quentaro(kk="3F"),
    "open and jammed": Quentaro(g=1, j=1),
}
