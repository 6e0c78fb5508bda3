"""The Halvrein HL 620 of manual 03: a Modbus slave at address 17, RTU on a serial port."""

import struct
from dataclasses import dataclass, field

LENGTHS = {3: 8, 4: 8, 6: 8}
BROKEN = 0x7FFF


def crc(octets: bytes) -> bytes:
    """The CRC of Modbus over serial line, low byte first."""
    rest = 0xFFFF
    for octet in octets:
        rest ^= octet
        for _ in range(8):
            rest = rest >> 1 ^ (0xA001 if rest & 1 else 0)
    return struct.pack("<H", rest)


def low_word_first(octets: bytes) -> list[int]:
    """Four octets, most significant first, as two registers."""
    high, low = struct.unpack(">HH", octets)
    return [low, high]


@dataclass
class Halvrein:
    """One laminator; film in metres, temperatures in tenths of a degree."""

    status: int
    faults: int = 0
    warnings: int = 0
    upper: int = 1352
    lower: int = 1348
    upper_film: float = 90.0
    lower_film: float = 37.5
    total: int = 131_842
    harmed: list[bytes] = field(default_factory=list)

    def registers(self) -> dict[int, int]:
        """The input registers by address."""
        words = [self.status, self.faults, self.warnings, self.upper & 0xFFFF, self.lower & 0xFFFF, 1350, 1350]
        words += low_word_first(struct.pack(">f", self.upper_film)) + low_word_first(struct.pack(">f", self.lower_film))
        words += low_word_first(struct.pack(">I", self.total))
        named = (*struct.unpack(">4H", b"HL620417"), 213)
        return dict(enumerate(words)) | dict(enumerate(named, start=19))

    def hear(self, heard: bytes) -> tuple[list[bytes], bytes]:
        """Requests by length; what does not add up is dropped."""
        pieces = []
        while len(heard) >= 8:
            size = LENGTHS.get(heard[1], 9 + heard[6])
            if len(heard) < size:
                break
            request, heard = heard[:size], heard[size:]
            if request[0] == 17 and crc(request[:-2]) == request[-2:]:
                pieces.append(self.reply(request))
        return pieces, heard

    def reply(self, request: bytes) -> bytes:
        """The registers or an exception."""
        _, function, address, count = struct.unpack(">BBHH", request[:6])
        if function not in {3, 4}:
            self.harmed.append(request)
        known = self.registers() if function == 4 else {0: 1350, 1: 1350, 2: 12}
        wanted = range(address, address + count)
        if function not in {3, 4} or count > 16 or any(each not in known for each in wanted):
            body = bytes([17, function | 0x80, 2 if count <= 16 else 3])
        else:
            body = bytes([17, function, 2 * count]) + struct.pack(f">{count}H", *(known[each] for each in wanted))
        return body + crc(body)


SITUATIONS = {
    "off": Halvrein(0, upper=243, lower=241),
    "heating": Halvrein(1, upper=-52, lower=903),
    "ready": Halvrein(2),
    "laminating": Halvrein(3),
    "cooling": Halvrein(6),
    "film low": Halvrein(3, warnings=1, upper_film=12.0),
    "lower film low": Halvrein(3, warnings=2, lower_film=7.5),
    "cleaning": Halvrein(2, warnings=4),
    "maintenance": Halvrein(2, warnings=8),
    "film not measured": Halvrein(2, lower_film=-1.0),
    "battery": Halvrein(2, faults=0x8000),
    "emergency stop": Halvrein(5),
    "cover open": Halvrein(4, faults=0x0001),
    "upper film at its end": Halvrein(4, faults=0x0002, upper_film=0.0),
    "lower film at its end": Halvrein(4, faults=0x0004, lower_film=0.0),
    "jam at the inlet": Halvrein(4, faults=0x0008),
    "jam at the outlet": Halvrein(4, faults=0x0010),
    "upper heater": Halvrein(4, faults=0x0020, upper=402),
    "lower heater": Halvrein(4, faults=0x0040, lower=402),
    "over-temperature": Halvrein(4, faults=0x0080, upper=1874),
    "drive": Halvrein(4, faults=0x0100),
    "compressed air": Halvrein(4, faults=0x0200),
    "sensor broken": Halvrein(4, upper=BROKEN),
    "cover open and film low": Halvrein(4, faults=0x0001, warnings=1, upper_film=12.0),
}
