"""`fleetmon run`, with a note of each poll: when it was due, when it had its turn on the line, when it was over.

Measuring begins when every machine has been heard once; when the time is over the daemon is asked to stop as ever, and
the notes are written, with the CPU time that the whole process took meanwhile.
"""

import argparse
import json
import os
import resource
import signal
from pathlib import Path

from fleetmon.cli.run import run
from fleetmon.model.report import NoAnswer, Report
from fleetmon.poller import SourcePoller


class Notes:
    """What happened from the moment on when all `machines` had been heard."""

    def __init__(self, machines: set[str], seconds: float) -> None:
        self.polls: list[tuple[str, float, float, float, bool]] = []
        self.cpu_s = self.took_s = 0.0
        self._unheard, self._seconds = machines, seconds
        self._since: float | None = None

    def polled(self, machine: str, due_s: float, began_s: float, ended_s: float, ok: bool) -> None:
        """A poll is over."""
        self._unheard -= {machine} if ok else set()
        if self._since is None:
            if not self._unheard:
                self._since, self.cpu_s = ended_s, _cpu_s()
        elif ended_s < self._since + self._seconds:
            self.polls.append((machine, due_s, began_s - due_s, ended_s - began_s, ok))
        elif not self.took_s:
            self.took_s, self.cpu_s = ended_s - self._since, _cpu_s() - self.cpu_s
            os.kill(os.getpid(), signal.SIGTERM)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def watch(notes: Notes) -> None:
    """Note every poll, from its turn on the line to its end."""
    heard = SourcePoller._heard

    async def noted(self: SourcePoller, urgent: bool) -> Report | NoAnswer:
        due_s, began_s = self.due_s, self.clock.now().mono
        found = await heard(self, urgent)
        notes.polled(self.machine.id, due_s, began_s, self.clock.now().mono, isinstance(found, Report))
        return found

    SourcePoller._heard = noted  # type: ignore[method-assign]


def main() -> None:
    """Run until it was measured."""
    parser = argparse.ArgumentParser()
    parser.add_argument("settings", type=Path)
    parser.add_argument("notes", type=Path)
    parser.add_argument("seconds", type=float)
    parser.add_argument("machines", nargs="+")
    options = parser.parse_args()
    notes = Notes(set(options.machines), options.seconds)
    watch(notes)
    run(options.settings, options.notes.parent / "state", None, 1.0)
    found = {
        "polls": notes.polls,
        "cpu_s": notes.cpu_s,
        "took_s": notes.took_s,
        "rss_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }
    options.notes.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
