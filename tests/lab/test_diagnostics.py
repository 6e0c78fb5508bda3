"""docs/diagnostics.md is true: its exercises are done as they stand there, and what it shows is what one sees.

The page is played on a clock that runs twenty times as fast: the minute until a line is lost takes three seconds.
What is not in the hands of the third terminal is done here: Ctrl-Z, fg, and the restart of the daemon.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from .offices import eventually, running

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "diagnostics.md"
RATE = "20"
DEADLINE_S = 40
LOOKS = ("fleetmon status", "fleetmon explain", "fleetmon probe", "fleetmon simulate list", "snmpwalk")


@dataclass
class Typed:
    """One command of the page and the lines it shows below it."""

    command: str
    shown: list[str] = field(default_factory=list)


def exercise(number: int) -> list[list[Typed]]:
    """The blocks of one exercise; 0 is what stands before the first."""
    section = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[number]
    return [list(typed(block)) for block in re.findall(r"^```console\n(.*?)^```", section, re.MULTILINE | re.DOTALL)]


def typed(block: str) -> Iterator[Typed]:
    """The commands of a block."""
    current = None
    for line in block.splitlines():
        if line.startswith("$ "):
            if current:
                yield current
            current = Typed(line.removeprefix("$ "))
        elif current:
            current.shown.append(line)
    if current:
        yield current


def plain(text: str) -> str:
    """Without what differs from run to run: numbers, how wide a column is, where a line was wrapped."""
    return re.sub(r"\s+", " ", re.sub(r"\d+", "#", text)).strip()


@dataclass
class Lab:
    """Somebody with three terminals."""

    folder: Path
    environment: dict[str, str]
    ports: dict[str, str]
    said: str = ""
    daemon: subprocess.Popen[bytes] | None = None

    def watch(self) -> None:
        """Start the daemon, as in the second terminal but faster."""
        words = [sys.executable, "-m", "fleetmon.cli", "run", "--settings", "lab/lab.toml", "--state", "lab/state"]
        with (self.folder / "daemon.log").open("ab") as log:
            self.daemon = subprocess.Popen(
                [*words, "--clock-rate", RATE], cwd=self.folder, env=self.environment, stdout=log, stderr=log
            )

    def stop(self) -> None:
        """Ctrl-C in the second terminal."""
        if self.daemon is not None:
            self.daemon.send_signal(signal.SIGCONT)
            self.daemon.send_signal(signal.SIGINT)
            self.daemon.wait(20)

    def type(self, commands: list[Typed]) -> None:
        """Type a block, and see what the page shows; who only looks looks again until it does."""
        for each in commands:
            if each.command.startswith(LOOKS):
                try:
                    eventually(lambda each=each: self._sees(each), DEADLINE_S, str(each))
                except AssertionError as late:
                    raise AssertionError(f"{late}; it says {self.said}") from None
            else:
                assert self._sees(each), (each, self.said)

    def _sees(self, each: Typed) -> bool:
        command = re.sub(r"1616\d", lambda port: self.ports[port[0]], each.command)
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        self.said = plain(done.stdout + done.stderr)
        return all(plain(line) in self.said for line in each.shown)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The office in the first terminal, the daemon in the second."""
    folder = tmp_path_factory.mktemp("d")
    (folder / "drivers").symlink_to(ROOT / "drivers")
    (folder / "lab").mkdir()
    command = folder / "bin" / "fleetmon"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m fleetmon.cli "$@"\n')
    command.chmod(0o755)
    settings = folder / "lab" / "lab.toml"
    with running(folder, "bench", "--clock-rate", RATE, "--settings", str(settings)) as office:
        path = f"{command.parent}:{os.environ['PATH']}"
        ports = [url.rpartition(":")[2] for url in office.urls().values()]
        there = Lab(
            folder,
            os.environ | {"PATH": path, "XDG_RUNTIME_DIR": str(folder)},
            dict(zip(("16161", "16162", "16163"), ports, strict=True)),
        )
        there.watch()
        try:
            yield there
        finally:
            there.stop()


def test_the_four_exercises_show_what_the_page_shows(lab: Lab) -> None:
    """Every command of the page, in its order, and every line that it shows of their answers."""
    for block in exercise(0) + exercise(1) + exercise(2):
        lab.type(block)
    mistake, *rest = exercise(3)
    lab.type(mistake)
    lab.stop()
    lab.watch()
    for block in rest:
        lab.type(block)
    lab.stop()
    lab.watch()
    stands, goes_on = exercise(4)
    eventually((lab.folder / "lab" / "state" / "control.sock").exists, DEADLINE_S, "the daemon is there")
    assert lab.daemon is not None
    lab.daemon.send_signal(signal.SIGSTOP)
    lab.type(stands)
    lab.daemon.send_signal(signal.SIGCONT)
    lab.type(goes_on)


def test_the_exercise_on_a_serial_line_shows_what_the_page_shows(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Octets that come, that do not, and that are none; no daemon is needed for that."""
    folder = tmp_path_factory.mktemp("s")
    command = folder / "bin" / "fleetmon"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m fleetmon.cli "$@"\n')
    command.chmod(0o755)
    with running(folder, "lines_bench") as office:
        path = f"{command.parent}:{os.environ['PATH']}"
        port = next(iter(office.urls().values())).rpartition(":")[2]
        environment = os.environ | {"PATH": path, "XDG_RUNTIME_DIR": str(folder)}
        there = Lab(folder, environment, {"16161": port})
        for block in exercise(5):
            there.type(block)


def test_the_page_is_read_as_people_read_it() -> None:
    """Commands and what they show are told apart, so that the play is not empty."""
    assert [len(exercise(number)) for number in range(6)] == [1, 4, 4, 6, 2, 1]
    (first,) = exercise(0)[0]
    assert first == Typed("fleetmon status --control lab/state/control.sock", ["bench: 3 machines: 3 processing"])
