"""Where a byte machine is to be reached: what was asked for, and what came of it."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from fleetmon.simulators.reading import BadInput

from .tcp import Second

_LAST_PORT = 65535
_TCP = re.compile(r"(?::(\d{1,5}))?(?::([a-z]+))?")


class Wire(StrEnum):
    """What carries the bytes."""

    PTY = "pty"
    TCP = "tcp"
    RFC2217 = "rfc2217"


@dataclass(frozen=True, slots=True)
class Outlet:
    """What was asked for: a pty, with a symbolic link to it if one is wanted, or a TCP port (0: any free one)."""

    wire: Wire = Wire.TCP
    port: int = 0
    link: Path | None = None
    second: Second = Second.HELD


class Reach(NamedTuple):
    """What came of it. `url` is what pyserial's serial_for_url opens; a pty has a path and no host and port."""

    wire: Wire
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        if self.wire is Wire.PTY:
            return self.path
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'socket' if self.wire is Wire.TCP else 'rfc2217'}://{host}:{self.port}"


def parse_outlet(text: str) -> Outlet:
    """`pty`, `pty:/run/lapis`, `tcp`, `tcp:9100`, `tcp:9100:shared`, `rfc2217:4001:refused`. Raises BadInput."""
    word, _, rest = text.partition(":")
    if word not in list(Wire):
        raise BadInput(f"{text!r}: a machine is reached over one of: {', '.join(Wire)}")
    if word == Wire.PTY:
        return Outlet(Wire.PTY, link=Path(rest) if rest else None)
    match = _TCP.fullmatch(text[len(word) :])
    if match is None or int(match[1] or 0) > _LAST_PORT:
        raise BadInput(f"{text!r} is not {word}[:PORT][:{'|'.join(Second)}]")
    if (match[2] or Second.HELD) not in list(Second):
        raise BadInput(f"{text!r}: a second client may be: {', '.join(Second)}")
    return Outlet(Wire(word), port=int(match[1] or 0), second=Second(match[2] or Second.HELD))
