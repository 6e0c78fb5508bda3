"""Offices that run in a process of their own, as a technician has them in another terminal."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from typer.testing import CliRunner

from fleetmon.cli import app
from fleetmon.errors import FleetmonError


def eventually(look: Callable[[], object], deadline_s: float, what: str) -> None:
    """The test fails with `what` if `look` finds nothing within the deadline."""
    end = time.monotonic() + deadline_s
    while not look():
        assert time.monotonic() < end, f"not within {deadline_s} s: {what}"
        time.sleep(0.02)


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


def typed(home: Path, *words: str) -> Said:
    """`fleetmon` with these words, by the person who lives in `home`; in this process, which is a second quicker."""
    done = CliRunner(env=_environment(home)).invoke(app, words)
    if isinstance(done.exception, FleetmonError):  # main prints it, and ends with 1
        return Said(1, done.stdout, f"{done.stderr}{done.exception}\n")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Said(done.exit_code, done.stdout, done.stderr)


@dataclass
class Terminal:
    """A person with two terminals: the office runs in one, `fleetmon` is typed in the other."""

    process: subprocess.Popen[str]
    home: Path
    lines: list[str] = field(default_factory=list)

    def said(self, *words: str) -> bool:
        """Whether one line has all of these words."""
        return any(all(word in line for word in words) for line in self.lines)

    def fleetmon(self, *words: str) -> Said:
        """`fleetmon` with these words, to its end."""
        return typed(self.home, *words)

    def urls(self) -> dict[str, str]:
        """Where each machine answers, as it was printed."""
        rows = [line.split() for line in self.lines if line.startswith("  ") and "://" in line]
        return {row[0]: row[1] for row in rows}

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        """Ctrl-C, or what else ends a program; the exit code."""
        self.process.send_signal(how)
        return self.process.wait(20)


@contextlib.contextmanager
def running(home: Path, *words: str) -> Iterator[Terminal]:
    """`fleetmon simulate run` with these words, in plain lines; yields once all machines have told their address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "fleetmon.cli", "simulate", "run", *words, "--plain"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=_environment(home),
        start_new_session=True,
    )
    assert process.stdout is not None
    terminal = Terminal(process, home)
    reader = threading.Thread(target=lambda: terminal.lines.extend(process.stdout or ()), daemon=True)
    reader.start()
    try:
        eventually(lambda: terminal.said("orders at"), 30, f"the office starts; it said {terminal.lines}")
        count = int(next(line for line in terminal.lines if "orders at" in line).split()[1])
        eventually(lambda: len(terminal.urls()) == count, 10, "every machine has an address")
        yield terminal
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        reader.join(5)
        process.stdout.close()


def _environment(home: Path) -> dict[str, str]:
    return os.environ | {"XDG_RUNTIME_DIR": str(home), "PYTHONUNBUFFERED": "1"}
