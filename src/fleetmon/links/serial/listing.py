"""The serial ports of this computer, and what the plug in each of them says of itself. Nothing is opened."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BY_ID = Path("/dev/serial/by-id")


@dataclass(frozen=True, slots=True)
class SerialPort:
    """One port: the name it has now, the one it keeps when it is plugged in elsewhere, and its USB descriptor."""

    path: str
    lasting: str | None = None
    maker: str | None = None
    product: str | None = None
    serial: str | None = None
    usb: str | None = None
    ours: bool = True

    @property
    def words(self) -> str:
        """What the descriptor says, on one line."""
        named = " ".join(each for each in (self.maker, self.product) if each) or "a port of this computer"
        about = [f"usb {self.usb}"] if self.usb else []
        about += [f"serial number {self.serial}"] if self.serial else []
        return f"{named} ({', '.join(about)})" if about else named


def serial_ports(by_id: Path = BY_ID) -> Iterator[SerialPort]:
    """All ports, those with a plug first; `ours` says whether this user may open it."""
    from serial.tools import list_ports

    lasting = {str(link.resolve()): str(link) for link in sorted(by_id.iterdir())} if by_id.is_dir() else {}
    known = {each.device: each for each in list_ports.comports()}
    for path in sorted(known.keys() | lasting.keys(), key=lambda each: (each not in lasting, each)):
        told = known.get(path)
        usb = f"{told.vid:04x}:{told.pid:04x}" if told and told.vid is not None and told.pid is not None else None
        yield SerialPort(
            path,
            lasting.get(path),
            told.manufacturer if told else None,
            told.product if told else None,
            told.serial_number if told else None,
            usb,
            os.access(path, os.R_OK | os.W_OK),
        )
