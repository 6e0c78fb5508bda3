"""A document whose files and commands are tried: its fences after a remark `file NAME`, `shows NAME` or `run`.

A console block holds commands after `$ ` and what they print; a line `...` stands for any lines. The serial port of the
document is a pseudo-terminal, its machine a peer.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(
    r"^<!-- (run|file|shows|capture|serial|modbus|snmp) ?([^\n]*?) -->\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
PORT = "/dev/ttyUSB0"
TOOK = re.compile(r" in [\d.]+ m?s$")


@dataclass(frozen=True)
class Step:
    """One fence: what is done with it, with which file, and what it holds."""

    kind: str
    name: str
    text: str


def steps(document: str) -> Iterator[Step]:
    """Every marked fence in the order of the document."""
    yield from (Step(*found) for found in FENCE.findall(document))


def calls(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a console block with the lines it is said to print."""
    for block in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, printed = block.partition("\n")
        yield command, printed.strip("\n").splitlines()


def run(command: str, folder: Path, port: str) -> list[str]:
    """What a command of the document prints, with the document's own names for port and folder."""
    words = shlex.split(command.replace(PORT, port))
    if words[0] == "fleetmon":
        words = [sys.executable, "-m", "fleetmon.cli", *words[1:]]
    known = {"HOME": str(folder), "COLUMNS": "120", "NO_COLOR": "1"}
    known |= {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    done = subprocess.run(words, cwd=folder, env=known, check=False, capture_output=True, text=True, timeout=60)
    said = (done.stdout + done.stderr).replace(port, PORT).replace(f"{folder.resolve()}/", "")
    return [line.rstrip() for line in said.strip("\n").splitlines()]


def fits(shown: list[str], printed: list[str]) -> bool:
    """Whether the document shows what was printed, but for how long it took."""
    parts = [".*" if line == "..." else re.escape(TOOK.sub("", line)) for line in shown]
    return re.fullmatch("\n".join(parts), "\n".join(TOOK.sub("", line) for line in printed), re.DOTALL) is not None
