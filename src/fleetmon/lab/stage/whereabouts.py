"""Where a running simulation can be reached, and by whom: by the person who started it, on the same computer.

A technician types in a second terminal and should not have to know an address. So each running office leaves its
address in one folder of that person's own: a UNIX socket that nobody else may open, or, where there are none
(Windows), a file with a loopback port and a token that only its owner can read. What nobody answers at was left by a
process that was killed, and is cleared away by the next one.
"""

import contextlib
import json
import os
import socket
import stat
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fleetmon.errors import FleetmonError, in_words

SOCKET: Final = ".sock"
TOKEN_FILE: Final = ".door"
PATIENCE_S: Final = 10.0
_FOLDER: Final = "fleetmon-lab"
_HOST: Final = "127.0.0.1"
_HAS_UNIX: Final = hasattr(socket, "AF_UNIX")


class NoOffice(FleetmonError):
    """No simulated office can be reached; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """How a door without a UNIX socket is reached: its port on loopback and the word that opens it."""

    port: int
    token: str


def kind() -> str:
    """How an address file is named here: `.sock` where there are UNIX sockets, else `.door`."""
    return SOCKET if _HAS_UNIX else TOKEN_FILE


def folder() -> Path:
    """This person's folder for simulations, made if need be. Raises NoOffice when it is somebody else's."""
    runtime = os.environ.get("XDG_RUNTIME_DIR") or os.environ.get("LOCALAPPDATA")
    mine = f"{_FOLDER}-{os.getuid()}" if sys.platform != "win32" else _FOLDER
    path = Path(runtime) / _FOLDER if runtime else Path(tempfile.gettempdir()) / mine
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.lstat()
    except OSError as error:
        raise NoOffice(f"{path}: {in_words(error)}; name a socket yourself: --socket PATH") from None
    if sys.platform != "win32" and (not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid()):
        raise NoOffice(f"{path} belongs to somebody else; name a socket yourself: --socket PATH")
    return path


def running() -> list[Path]:
    """The offices of this person that answer now, by their addresses."""
    found = sorted(path for path in folder().iterdir() if path.suffix in (SOCKET, TOKEN_FILE))
    return [path for path in found if answers(path)]


def choose(named: Path | None) -> Path:
    """The office meant: the one named, or the only one that runs. Raises NoOffice."""
    if named is not None:
        return named
    offices = running()
    if len(offices) == 1:
        return offices[0]
    if offices:
        rows = "\n".join(f"  --socket {path}" for path in offices)
        raise NoOffice(f"{len(offices)} offices run; say which one you mean:\n{rows}")
    raise NoOffice(
        "no simulated office runs here; start one in another terminal, as the same user:\n"
        "  fleetmon simulate run showroom\n"
        "or name its socket: --socket PATH"
    )


def free(office: str) -> Path:
    """An address nobody uses yet, for an office that starts now."""
    where = folder()
    for number in range(1, 100):
        path = where / f"{office}{f'-{number}' if number > 1 else ''}{kind()}"
        if clear(path):
            return path
    raise NoOffice(f"{where}: a hundred offices named {office} run already")


def clear(path: Path) -> bool:
    """Make room for a door at `path`; False where somebody answers or something that is no door stands."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return True
    is_door = stat.S_ISSOCK(mode) or (path.suffix == TOKEN_FILE and stat.S_ISREG(mode))
    if not is_door or answers(path):
        return False
    path.unlink(missing_ok=True)
    return True


def answers(path: Path) -> bool:
    """Whether a process listens there."""
    try:
        with reached(path):
            return True
    except (OSError, ValueError):
        return False


@contextlib.contextmanager
def reached(path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A connection to the door at `path` and the token it wants. Raises OSError, or ValueError for a broken file."""
    ticket = read_ticket(path) if path.suffix == TOKEN_FILE else None
    family = socket.AF_INET if ticket else socket.AF_UNIX
    with socket.socket(family, socket.SOCK_STREAM) as caller:
        caller.settimeout(PATIENCE_S)
        caller.connect((_HOST, ticket.port) if ticket else str(path))
        yield caller, ticket.token if ticket else ""


def read_ticket(path: Path) -> Ticket:
    """What a token file says. Raises OSError, or ValueError when it is something else."""
    told = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(told, dict) or not isinstance(told.get("port"), int) or not isinstance(told.get("token"), str):
        raise ValueError(f"{path} is no address of a simulation")
    return Ticket(told["port"], told["token"])


def write_ticket(path: Path, ticket: Ticket) -> None:
    """Leave a token file that only its owner can read. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"port": ticket.port, "token": ticket.token}, file)
