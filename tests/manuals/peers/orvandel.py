"""The Orvandel LX-40 of manual 01: STX, address, letter, data, ETX and a sum, at address 05."""

import re
from dataclasses import dataclass, field

QUESTIONS = b"SCFV"
TELEGRAM = re.compile(rb"\x02(\d\d)([^\x02\x03])([^\x02\x03]*)\x03([0-9A-F]{2})")


def closed(content: str) -> bytes:
    """A telegram around address, letter and data."""
    counted = content.encode("ascii") + b"\x03"
    return b"\x02" + counted + f"{sum(counted) & 255:02X}".encode("ascii")


@dataclass
class Orvandel:
    """One unit; numbers as its display shows them."""

    mode: int
    message: int = 0
    upper: str = "128"
    lower: str = "126"
    film: str = "073,041"
    harmed: list[bytes] = field(default_factory=list)

    def hear(self, heard: bytes) -> tuple[list[bytes], bytes]:
        """Telegrams for other addresses or with a wrong sum are ignored."""
        pieces, end = [], 0
        for found in TELEGRAM.finditer(heard):
            end = found.end()
            address, letter, data, _ = found.groups()
            if address == b"05" and closed((address + letter + data).decode("ascii")) == found.group():
                if letter not in QUESTIONS or data:
                    self.harmed.append(found.group())
                pieces.append(closed(f"05{letter.decode()}{self.data(letter)}"))
        return pieces, heard[end:]

    def data(self, letter: bytes) -> str:
        """What a reply carries."""
        return {
            b"S": f"{self.mode},{self.message:02d},{self.upper},{self.lower}",
            b"C": "00048213",
            b"F": self.film,
            b"V": "LX-40,2.13",
        }.get(letter, "!")


SITUATIONS = {
    "standby": Orvandel(0, upper="031", lower="030"),
    "heating": Orvandel(1, upper="092", lower="090"),
    "ready": Orvandel(2),
    "laminating": Orvandel(3),
    "cooling": Orvandel(5),
    "film without a tag": Orvandel(2, film="---,041"),
    "nearly used up": Orvandel(3, message=71, film="004,041"),
    "clean the rollers": Orvandel(2, message=72),
    "upper film used up": Orvandel(4, message=11, film="000,041"),
    "lower film used up": Orvandel(4, message=12, film="073,000"),
    "cover open": Orvandel(4, message=21),
    "jam at the infeed": Orvandel(4, message=31),
    "jam at the outfeed": Orvandel(4, message=32),
    "heater too slow": Orvandel(4, message=41, upper="061", lower="060"),
    "over-temperature": Orvandel(4, message=42, upper="191"),
    "sensor broken": Orvandel(4, message=43, upper="***"),
    "motor blocked": Orvandel(4, message=51),
    "a message of a later model": Orvandel(4, message=64),
}
