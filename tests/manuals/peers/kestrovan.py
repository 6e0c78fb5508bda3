"""The Kestrovan PB-210 of manual 02: three bytes asked, fifteen or twenty-three bytes answered."""

import struct
from dataclasses import dataclass, field


def sealed(content: bytes) -> bytes:
    """A reply and the exclusive-or of all its bytes."""
    seal = 0
    for octet in content:
        seal ^= octet
    return content + bytes([seal])


@dataclass
class Kestrovan:
    """One printer; bit 5 of its warnings toggles with each status request."""

    mode: int
    a: int = 0
    b: int = 0
    warnings: int = 0
    ribbon: int = 321
    head: int = 415
    toggled: bool = False
    harmed: list[bytes] = field(default_factory=list)

    def hear(self, heard: bytes) -> tuple[list[bytes], bytes]:
        """Requests are three bytes; others are discarded byte by byte."""
        pieces = []
        while len(heard) >= 3:
            if heard[:2] != b"\x1bs":
                self.harmed.append(heard[:1])
                heard = heard[1:]
                continue
            pieces += self.reply(heard[2])
            heard = heard[3:]
        return pieces, heard

    def reply(self, number: int) -> list[bytes]:
        """The reply to one request, if it has one."""
        if number == 1:
            self.toggled = not self.toggled
            warnings = self.warnings | 0x20 * self.toggled
            flags = (0xA5, 1, self.mode, self.a | 0x80, self.b, warnings)
            return [sealed(struct.pack("<6BHIh", *flags, self.ribbon, 70_212, self.head))]
        if number == 2:
            return [sealed(b"\xa5\x02" + b"PB-210".ljust(8) + b"1.42" + b"K2100815")]
        self.harmed.append(bytes([number]))
        return []


SITUATIONS = {
    "ready": Kestrovan(0),
    "printing": Kestrovan(1),
    "paused": Kestrovan(2),
    "initialising": Kestrovan(4, head=-12),
    "asleep": Kestrovan(5),
    "no ribbon chip": Kestrovan(0, ribbon=0xFFFF),
    "few books": Kestrovan(1, warnings=0x01),
    "ribbon low": Kestrovan(1, warnings=0x02, ribbon=25),
    "cleaning due": Kestrovan(0, warnings=0x04),
    "maintenance due": Kestrovan(0, warnings=0x08),
    "internal warnings": Kestrovan(0, warnings=0xD0),
    "cover open": Kestrovan(3, a=0x01),
    "magazine empty": Kestrovan(3, a=0x02),
    "jam in the feeder": Kestrovan(3, a=0x04),
    "jam in the print station": Kestrovan(3, a=0x08),
    "stacker full": Kestrovan(3, a=0x10),
    "ribbon used up": Kestrovan(3, a=0x20, ribbon=0),
    "no ribbon cassette": Kestrovan(3, a=0x40, ribbon=0xFFFF),
    "head too hot": Kestrovan(3, b=0x01, head=702),
    "head failure": Kestrovan(3, b=0x02),
    "memory failure": Kestrovan(3, b=0x04),
    "page turner": Kestrovan(3, b=0x08),
    "cover open and jam and few books": Kestrovan(3, a=0x09, warnings=0x01),
}
