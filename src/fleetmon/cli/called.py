"""How this program was called, for the lines that people are told to type in another terminal, in the same folder."""

import shutil
import sys
from pathlib import Path


def called() -> str:
    """`fleetmon` where the shell finds it by that name, else its path, else the module."""
    program = Path(sys.argv[0])
    if program.name != "fleetmon":
        return f"{sys.executable} -m fleetmon.cli"
    if shutil.which("fleetmon") == str(program):
        return "fleetmon"
    return str(program.relative_to(Path.cwd()) if program.is_relative_to(Path.cwd()) else program)
