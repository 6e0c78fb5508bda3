"""Whoever asks a daemon at its control socket: a few lines out, a few in, and a plain word when nobody answers."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from fleetmon.control.address import reachable
from fleetmon.errors import FleetmonError
from fleetmon.model.messages import Json

LONGEST_ANSWER: Final = 64 * 1024 * 1024


class NoAnswerThere(FleetmonError):
    """No daemon answers at `path`; `why` is the system's word."""

    def __init__(self, path: Path, why: OSError | str) -> None:
        super().__init__(f"{path}: {why if isinstance(why, str) else why.strerror or why}")
        self.path = path
        self.denied = isinstance(why, PermissionError)


class Caller:
    """One connection. Use it in a `with`."""

    def __init__(self, path: Path, patience_s: float = 10.0) -> None:
        """Raises NoAnswerThere."""
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(patience_s)
        try:
            with reachable(path) as address:
                self._socket.connect(address)
        except OSError as error:
            self._socket.close()
            raise NoAnswerThere(path, error) from error
        self._lines = self._socket.makefile("rb")

    def ask(self, wanted: str, **more: Json) -> tuple[str, dict[str, object]]:
        """What was answered: its name and data, or "error" and the text. Raises NoAnswerThere."""
        try:
            self._socket.sendall(json.dumps({"ask": wanted, **more}).encode() + b"\n")
        except ConnectionError:  # it would not listen, but may have said why
            return self.hear()
        except OSError as error:
            raise NoAnswerThere(self._path, error) from error
        return self.hear()

    def hear(self) -> tuple[str, dict[str, object]]:
        """The next answer. Raises NoAnswerThere, also when the daemon has left."""
        try:
            line = self._lines.readline(LONGEST_ANSWER)
        except OSError as error:
            raise NoAnswerThere(self._path, error) from error
        if not line.endswith(b"\n"):
            raise NoAnswerThere(self._path, "the daemon has ended")
        try:
            told = json.loads(line)
        except ValueError as error:
            raise NoAnswerThere(self._path, "whatever answers there is no fleetmon daemon") from error
        if isinstance(told, dict) and isinstance(told.get("error"), str):
            return "error", {"text": told["error"]}
        if not isinstance(told, dict) or not isinstance(told.get("data"), dict):
            raise NoAnswerThere(self._path, "whatever answers there is no fleetmon daemon")
        return str(told.get("answer")), told["data"]

    def watch(self) -> Iterator[tuple[str, dict[str, object]]]:
        """Answers without end: "status" and "event". Raises NoAnswerThere once the daemon leaves."""
        yield self.ask("watch")
        while True:
            yield self.hear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.close()
        self._socket.close()
