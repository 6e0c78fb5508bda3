"""Where the control socket stands: a file that only the daemon's user and group may open.

A daemon that was killed leaves its file behind, and nobody can be reached through it: such a file is replaced. One that
somebody answers at belongs to another daemon and is refused. The address of a UNIX socket has 108 bytes (unix(7)); a
longer path is reached through its open folder instead.
"""

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fleetmon.errors import FleetmonError

NAME: Final = "control.sock"
RUNTIME: Final = Path("/run/fleetmon")
MODE: Final = 0o660
_LONGEST: Final = 107
_WAITING_CALLERS: Final = 32


class ControlTaken(FleetmonError):
    """The control socket cannot be opened; the text names the path and why."""


def default_path(state: Path) -> Path:
    """Where a daemon listens if nobody says otherwise: the service manager's folder, ours if it is there, `state`."""
    given = os.environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    if given:
        return Path(given) / NAME
    return RUNTIME / NAME if os.access(RUNTIME, os.W_OK) else state / NAME


@contextmanager
def reachable(path: Path) -> Iterator[str]:
    """An address for `path` that the kernel takes, while the context lasts. Raises OSError."""
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def listen(path: Path) -> socket.socket:
    """A socket that listens at `path`, mode 0660. Raises ControlTaken."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _make_room(path)
        with reachable(path) as address:
            listening.bind(address)
        path.chmod(MODE)
        listening.listen(_WAITING_CALLERS)
    except OSError as refused:
        listening.close()
        raise ControlTaken(f"control socket {path}: {refused.strerror or refused}") from refused
    except ControlTaken:
        listening.close()
        raise
    listening.setblocking(False)
    return listening


def _make_room(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise ControlTaken(f"control socket {path}: something else is there, and no socket; remove it or name another")
    if _answers(path):
        raise ControlTaken(
            f"control socket {path}: another daemon listens there; stop it or give --control another path"
        )
    path.unlink()


def _answers(path: Path) -> bool:
    """Whether a process listens there; a full queue of callers means that one does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller, reachable(path) as address:
        caller.setblocking(False)
        try:
            caller.connect(address)
        except ConnectionRefusedError:
            return False
        except BlockingIOError:
            return True
    return True
