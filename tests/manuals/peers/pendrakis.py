"""The Pendrakis PX-8 of manual 04: ACK or NAK, and what follows depends on the inquiry."""

from dataclasses import dataclass, field

ACK, NAK = b"\x06", b"\x15"
NOT_NOW, UNKNOWN = NAK + b"\x7f", NAK + b"\x7e"


@dataclass
class Pendrakis:
    """One printer; inquiries 2 and 5 are refused while the print head is maintained."""

    error: int | None = None
    activity: bytes = b"0"
    near_end: int = 0
    ink: bytes = b"080,062,071,009"
    harmed: list[bytes] = field(default_factory=list)

    def hear(self, heard: bytes) -> tuple[list[bytes], bytes]:
        """Inquiries of three bytes; another ESC command is never answered."""
        pieces = []
        while len(heard) >= 3:
            if heard[:2] == b"\x1bq":
                pieces.append(self.reply(heard[2]))
                heard = heard[3:]
            else:
                self.harmed.append(heard[:3])
                heard = heard[1:]
        return pieces, heard

    def reply(self, inquiry: int) -> bytes:
        """The answer to one inquiry."""
        resting = self.activity != b"2"
        match inquiry:
            case 1:
                return ACK if self.error is None else NAK + bytes([self.error])
            case 2:
                return ACK + b"0031784\r" if resting else NOT_NOW
            case 3:
                return ACK + bytes([64 + self.near_end])
            case 4:
                return ACK + self.activity
            case 5:
                return ACK + self.ink + b"\r" if resting else NOT_NOW
        return UNKNOWN


SITUATIONS = {
    "waiting": Pendrakis(),
    "printing": Pendrakis(activity=b"1"),
    "head maintenance": Pendrakis(activity=b"2"),
    "passports nearly used up": Pendrakis(activity=b"1", near_end=1),
    "ink nearly empty": Pendrakis(activity=b"1", near_end=2, ink=b"080,062,071,004"),
    "waste pad nearly full": Pendrakis(near_end=4),
    "cover open": Pendrakis(0x04),
    "cutter blocked": Pendrakis(0x02),
    "passport not removed": Pendrakis(0x01),
    "no passport inserted": Pendrakis(0x03),
    "passport not fed": Pendrakis(0x05),
    "passport stuck": Pendrakis(0x08),
    "carriage overheated": Pendrakis(0x06),
    "ink empty": Pendrakis(0x0A, near_end=2, ink=b"080,062,071,000"),
    "ink missing": Pendrakis(0x0B),
    "waste pad full": Pendrakis(0x0C, near_end=4),
    "carriage motor": Pendrakis(0x10),
    "main board": Pendrakis(0x11),
    "paused": Pendrakis(0x20),
    "undefined failure": Pendrakis(0xFF),
    "a code that is not listed": Pendrakis(0x37),
}
