"""Standard output that may end before we do: `fleetmon ... | head`, a full disk behind `>`.

Commands print without a thought of that. Whoever does something lasting, and therefore listens to SIGTERM, is stopped
as if somebody had ended it, so that it takes down what it set up; for all others the first failed write is the end.
"""

import errno
import io
import os
import signal
import sys
from typing import Final

_QUIET: Final = (signal.SIG_DFL, signal.SIG_IGN, None)


class OutputGone(Exception):
    """Nothing can be printed any more. No OSError: libraries on the way would take that for something of theirs."""


class Output(io.TextIOWrapper):
    """Standard output; `why` says what became of it, None as long as it works."""

    why: OSError | None = None

    def write(self, text: str) -> int:
        """Print; what cannot be printed is dropped."""
        try:
            return super().write(text)
        except OSError as error:
            self._lost(error)
            return len(text)

    def flush(self) -> None:
        """Print what is still held back."""
        try:
            super().flush()
        except OSError as error:
            self._lost(error)

    def _lost(self, error: OSError) -> None:
        # Whatever is written from now on goes nowhere, without complaint; also what the buffers still hold at exit.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        self.why = error
        if signal.getsignal(signal.SIGTERM) in _QUIET:
            raise OutputGone
        signal.raise_signal(signal.SIGTERM)

    @property
    def reader_left(self) -> bool:
        """Whether somebody simply did not want to read on, which is no failure."""
        return self.why is not None and self.why.errno == errno.EPIPE


def guarded() -> Output | None:
    """Put Output in the place of standard output; None where there is none. Terminals without UTF-8 show escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    plain = sys.stdout
    if not isinstance(plain, io.TextIOWrapper):
        return None
    encoding, by_line = plain.encoding, plain.line_buffering
    output = Output(plain.detach(), encoding=encoding, errors="backslashreplace", line_buffering=by_line)
    sys.stdout = output
    return output
