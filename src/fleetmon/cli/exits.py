"""The exit codes every command keeps to, and the one way to stop with one; where the settings are if nobody says."""

import sys
from enum import IntEnum
from pathlib import Path
from typing import NoReturn

import typer

SETTINGS = Path("/etc/fleetmon/fleetmon.toml")
STATE = Path("/var/lib/fleetmon")


class Exit(IntEnum):
    """What a script may rely on."""

    OK = 0
    PROBLEM = 1
    USAGE = 2
    UNDETERMINED = 3
    BAD_SETTINGS = 78  # EX_CONFIG of sysexits.h; systemd does not restart on it
    INTERRUPTED = 130


def stop(text: str, code: Exit) -> NoReturn:
    """Say why on standard error, and end."""
    typer.echo(text, err=True)
    sys.exit(code)
