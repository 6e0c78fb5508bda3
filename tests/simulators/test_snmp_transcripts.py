"""What docs/simulators.md shows of net-snmp's tools is what they say: every command there is typed again.

Compared is everything but times and ports. Ports in the document are fixed, those of the test are free ones.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

import pytest

TOOLS = ("snmpget", "snmpwalk", "snmpset", "snmptrapd")
ENVIRONMENT = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"}
TRAPS = "16200"


@dataclass
class Step:
    """A command or an order, and the lines that the document shows as its answer."""

    text: str
    shown: list[str] = field(default_factory=list)

    @property
    def is_order(self) -> bool:
        """Typed into the running simulators, not into a shell."""
        return self.text.startswith("{")


def _steps(document: str) -> Iterator[Step]:
    """Everything that is typed in the chapter on SNMP machines, in order."""
    chapter = document.partition("\n## SNMP machines\n")[2].partition("\n## ")[0]
    for kind, block in re.findall(r"^```(console|json)\n(.*?)^```$", chapter, re.MULTILINE | re.DOTALL):
        step = None
        for line in block.splitlines():
            if line.startswith("$ ") or (kind == "json" and '"ok"' not in line):
                if step is not None:
                    yield step
                step = Step(line.removeprefix("$ "))
            elif step is not None:
                step.shown.append(line)
        if step is not None:
            yield step


class Terminal:
    """The reader of the document: he starts the simulators and snmptrapd, and types."""

    def __init__(self) -> None:
        self.ports: dict[str, str] = {}
        self.heard: list[str] = []
        self._running: list[subprocess.Popen[str]] = []

    def type(self, step: Step) -> list[str]:
        """What is answered."""
        if step.is_order:
            return [self._order(step.text)]
        if "snmp_agent" in step.text:
            return self._start_simulators(step.text)
        if step.text.startswith("snmptrapd"):
            return self._wait_for_traps(step.text)
        command = self._with_ports(step.text)
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        done = subprocess.run(["sh", "-c", command], **pipes, env=ENVIRONMENT, timeout=30, check=False)
        return [self._as_shown(line) for line in done.stdout.decode().splitlines()]

    def end(self) -> None:
        """Close both terminals."""
        for process in reversed(self._running):
            process.terminate()
            process.communicate(timeout=10)

    def _start_simulators(self, text: str) -> list[str]:
        self.ports[TRAPS] = _free_port()
        wanted = re.findall(r"--machine \S+:(\d+)", text)
        words = self._with_ports(re.sub(r"(--machine \S+):\d+", r"\1", text)).split()[1:]
        simulators = self._background([sys.executable, *words])
        assert simulators.stdout is not None
        told = [json.loads(simulators.stdout.readline()) for _ in wanted]
        self.ports |= {port: str(line["port"]) for port, line in zip(wanted, told, strict=True)}
        return [self._as_shown(json.dumps(line)) for line in told]

    def _order(self, text: str) -> str:
        simulators = self._running[0]
        assert simulators.stdin is not None
        assert simulators.stdout is not None
        simulators.stdin.write(text + "\n")
        simulators.stdin.flush()
        return self._as_shown(simulators.stdout.readline().rstrip("\n"))

    def _wait_for_traps(self, text: str) -> list[str]:
        """Its lines come later, when something happens."""
        trapd = self._background(["sh", "-c", "exec " + self._with_ports(text)])
        assert trapd.stdout is not None
        while "NET-SNMP version" not in trapd.stdout.readline():
            assert trapd.poll() is None
        threading.Thread(target=self._listen, args=(trapd.stdout,), daemon=True).start()
        return []

    def _listen(self, lines: Iterator[str]) -> None:
        self.heard.extend(self._as_shown(line.rstrip("\n")) for line in lines)

    def _background(self, words: list[str]) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=ENVIRONMENT
        )
        self._running.append(process)
        return process

    def _with_ports(self, text: str) -> str:
        for shown, real in self.ports.items():
            text = text.replace(f"127.0.0.1:{shown}", f"127.0.0.1:{real}")
        return text

    def _as_shown(self, line: str) -> str:
        for shown, real in self.ports.items():
            line = re.sub(rf"\b{real}\b", shown, line)
        return line


def _free_port() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def _timeless(line: str) -> str:
    """Without what only the clock changes."""
    return re.sub(r'Timeticks: \(\d+\) .*|"at": [\d.]+', "some time", line).rstrip()


def _differ(said: list[str], shown: list[str]) -> list[tuple[str, str]]:
    """The lines that are not as shown; a line shown with ... at its end may go on."""
    pairs = zip_longest(*([_timeless(line) for line in lines if line.strip()] for lines in (said, shown)), fillvalue="")
    return [
        (ours, theirs)
        for ours, theirs in pairs
        if not (ours.startswith(theirs.removesuffix("...")) if theirs.endswith("...") else ours == theirs)
    ]


@contextmanager
def _terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    try:
        yield terminal
    finally:
        terminal.end()


def test_the_document_shows_what_the_tools_say(root: Path) -> None:
    """Each command and order of the chapter, in the order of the chapter."""
    missing = [tool for tool in TOOLS if shutil.which(tool, path=ENVIRONMENT["PATH"]) is None]
    if missing:
        assert os.environ.get("CI") != "true", f"CI needs {missing}"
        pytest.skip(f"{missing} of net-snmp are not installed")
    steps = [*_steps((root / "docs" / "simulators.md").read_text(encoding="utf-8"))]
    assert len(steps) > 10
    traps: list[str] = []
    with _terminal() as terminal:
        for step in steps:
            said = terminal.type(step)
            if step.text.startswith("snmptrapd"):
                traps = step.shown
            else:
                assert _differ(said, step.shown) == [], step.text
        until = time.monotonic() + 10
        while len(terminal.heard) < len(traps) and time.monotonic() < until:
            time.sleep(0.05)
        assert _differ(terminal.heard, traps) == []
