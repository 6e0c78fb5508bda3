"""A monitoring plugin must say something, whatever happens: Nagios takes a 1 for a warning and a 2 for critical.

So where the words on the command line ask for a plugin, only the exit codes that it chose itself count. All else (wrong
usage, an output that cannot be written, an error of ours) is UNKNOWN, in a line on standard output, and exit 3.
"""

import io
import sys
import traceback
from contextlib import redirect_stderr
from types import TracebackType
from typing import Final, Self, TextIO

from fleetmon.cli.safe_text import safe
from fleetmon.room import Level

_CLICKS: Final = "Error: "  # begins what click has to say, below a reminder of the usage


def unknown(text: str) -> str:
    """The line of a plugin that could not find out, for the first line of this reason."""
    reason = next(iter(text.splitlines()), "").replace("|", "/")
    return safe(f"{Level.UNKNOWN.name} - {reason or 'no reason was given'}")


class Plugin:
    """The context a plugin runs in."""

    def __init__(self) -> None:
        self._said = io.StringIO()
        self._aside = redirect_stderr(_Both(sys.stderr, self._said))

    def __enter__(self) -> Self:
        self._aside.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._aside.__exit__(None, None, None)
        code = error.code if isinstance(error, SystemExit) else None
        if isinstance(code, Level) and sys.stdout is not None:
            return
        if error is not None and not isinstance(error, SystemExit):
            traceback.print_exception(error)
        if sys.stdout is not None and code != 0:  # with 0 ends who only wanted help
            print(unknown(self._reason(error)), flush=True)
        raise SystemExit(int(Level.UNKNOWN))

    def _reason(self, error: BaseException | None) -> str:
        lines = self._said.getvalue().splitlines()
        from_click = (line.removeprefix(_CLICKS) for line in lines if line.startswith(_CLICKS))
        return next(from_click, None) or next(iter(lines), "") or type(error).__name__


class _Both(io.TextIOBase):
    """What is said on standard error goes there as ever, and is remembered."""

    def __init__(self, there: TextIO | None, here: io.StringIO) -> None:
        self._there = there
        self._here = here

    def write(self, text: str) -> int:
        self._here.write(text)
        return len(text) if self._there is None else self._there.write(text)

    def flush(self) -> None:
        if self._there is not None:
            self._there.flush()

    def isatty(self) -> bool:
        return self._there is not None and self._there.isatty()
