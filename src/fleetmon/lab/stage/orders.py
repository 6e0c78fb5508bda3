"""Orders from another terminal: one JSON line to the running office, one JSON line back.

A UNIX socket of mode 0600, or a loopback port and a token where there is none: whoever may open it is who started the
office. A line is short and quickly sent, so nobody is waited for long, and garbage is answered in words.
"""

import asyncio
import contextlib
import hmac
import json
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

from fleetmon.errors import in_words
from fleetmon.lab.stage import whereabouts
from fleetmon.lab.stage.whereabouts import NoOffice, Ticket

LONGEST_LINE: Final = 64 * 1024
_LONGEST_ANSWER: Final = 16 * 1024 * 1024
_READING_S: Final = 5.0
_WAITING_CALLERS: Final = 32
_LONGEST_PATH: Final = 107  # bytes; unix(7)

Answer = Callable[[str], dict[str, object]]
"""Carries out one line and tells what came of it: `"ok": false` and `"error"` where it could not."""


@contextlib.asynccontextmanager
async def open_door(path: Path, answer: Answer) -> AsyncIterator[Path]:
    """Take orders at `path` (a socket, or a token file where it ends in .door) while the context lasts.

    Raises NoOffice when that is somebody else's.
    """
    if not whereabouts.clear(path):
        raise NoOffice(f"{path}: another simulation answers there, or it is no socket; name another: --socket PATH")
    token = secrets.token_urlsafe(24) if path.suffix == whereabouts.TOKEN_FILE else ""
    try:
        listening = _listen_on_loopback(path, token) if token else _listen(path)
    except OSError as error:
        raise NoOffice(f"{path}: {in_words(error)}; name another socket: --socket PATH") from None
    door = _Door(listening, answer, token)
    accepting = asyncio.create_task(door.accept(), name="door")
    try:
        yield path
    finally:
        try:
            await door.close()
        except OSError:  # somebody has removed the socket: nobody can call any more
            accepting.cancel()
        path.unlink(missing_ok=True)
        await asyncio.wait([accepting])


class _Door:
    """Lets callers in until it is closed; whoever knocked before that is still answered."""

    def __init__(self, listening: socket.socket, answer: Answer, token: str) -> None:
        listening.setblocking(False)
        listening.listen(_WAITING_CALLERS)
        self._listening = listening
        self._answer = answer
        self._token = token
        self._closing = False
        self._callers: set[asyncio.Task[None]] = set()

    async def accept(self) -> None:
        """One task per caller. An accept that is cancelled may lose a caller, so a last one of our own ends it."""
        loop = asyncio.get_running_loop()
        with self._listening:
            while not self._closing:
                self._let_in((await loop.sock_accept(self._listening))[0])
            with contextlib.suppress(BlockingIOError):
                while True:
                    self._let_in(self._listening.accept()[0])
        await asyncio.gather(*self._callers)

    async def close(self) -> None:
        """Let nobody in any more."""
        self._closing = True
        with socket.socket(self._listening.family, socket.SOCK_STREAM) as last:
            last.setblocking(False)
            await asyncio.get_running_loop().sock_connect(last, self._listening.getsockname())

    def _let_in(self, caller: socket.socket) -> None:
        caller.setblocking(False)
        serving = asyncio.create_task(_serve(caller, self._answer, self._token), name="order")
        self._callers.add(serving)
        serving.add_done_callback(self._callers.discard)


def _listen(path: Path) -> socket.socket:
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise NoOffice(f"{path}: a socket's path may have {_LONGEST_PATH} bytes; name a shorter one: --socket PATH")
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)  # from its first moment nobody else may open it
    try:
        listening.bind(str(path))
    except OSError:
        listening.close()
        raise
    finally:
        os.umask(before)
    return listening


def _listen_on_loopback(path: Path, token: str) -> socket.socket:
    listening = socket.create_server(("127.0.0.1", 0))
    try:
        whereabouts.write_ticket(path, Ticket(listening.getsockname()[1], token))
    except OSError:
        listening.close()
        raise
    return listening


async def _serve(caller: socket.socket, answer: Answer, token: str) -> None:
    with contextlib.suppress(OSError), caller:  # TimeoutError is an OSError: gone, or too slow
        async with asyncio.timeout(_READING_S):
            said = await _said(caller, lines=2 if token else 1)
            told = _told(said, answer, token)
            await asyncio.get_running_loop().sock_sendall(caller, json.dumps(told).encode() + b"\n")


async def _said(caller: socket.socket, lines: int) -> bytes:
    """What the caller sends, up to so many lines or to its end; more than a line may have is cut off."""
    said = b""
    while said.count(b"\n") < lines and len(said) <= LONGEST_LINE:
        piece = await asyncio.get_running_loop().sock_recv(caller, LONGEST_LINE)
        if not piece:
            break
        said += piece
    return said


def _told(said: bytes, answer: Answer, token: str) -> dict[str, object]:
    if len(said) > LONGEST_LINE:
        return {"ok": False, "error": f"a line has at most {LONGEST_LINE} bytes"}
    if token:
        given, _, said = said.partition(b"\n")
        if not hmac.compare_digest(given.strip(), token.encode()):
            return {"ok": False, "error": "this is not the token"}
    return answer(said.decode(errors="replace"))


def ask(path: Path, order: dict[str, object]) -> dict[str, object]:
    """Send one order to the office at `path`; what it answers. Raises NoOffice when nobody does."""
    try:
        with whereabouts.reached(path) as (caller, token):
            lines = [token] if token else []
            caller.sendall("".join(f"{line}\n" for line in [*lines, json.dumps(order)]).encode())
            with caller.makefile("rb") as answers:
                told = json.loads(answers.readline(_LONGEST_ANSWER))
    except FileNotFoundError:
        raise NoOffice(f"{path}: no simulated office runs there; fleetmon simulate run OFFICE starts one") from None
    except ConnectionRefusedError:
        raise NoOffice(f"{path}: the office that had this address has ended") from None
    except OSError as error:
        raise NoOffice(f"{path}: {in_words(error)}") from None
    except ValueError:
        raise NoOffice(f"{path}: whatever answers there is no simulated office") from None
    if not isinstance(told, dict):
        raise NoOffice(f"{path}: whatever answers there is no simulated office")
    return told
