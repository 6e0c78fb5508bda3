"""`fleetmon run`, with a note beside each poll: how much later than its slot its first request was sent.

Run by the bench in a process of its own. Measuring begins when every machine that is well has been polled three times;
when the time is over the daemon is asked to stop as ever, and the notes are written.
"""

import argparse
import json
import os
import signal
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

from fleetmon.cli.run import run
from fleetmon.decode.dialogue import Reply, Request
from fleetmon.links.base import Link
from fleetmon.model.report import Observation
from fleetmon.poller import SourcePoller

SETTLED_AFTER = 3


class Notes:
    """Lateness in seconds by machine, and how often a machine was asked while it was being asked."""

    def __init__(self, well: set[str], seconds: float) -> None:
        self.late: dict[str, list[float]] = defaultdict(list)
        self.overlapping = 0
        self._well = well
        self._seconds = seconds
        self._polls: Counter[str] = Counter()
        self._until: float | None = None

    def sent(self, machine: str, now_s: float, late_s: float) -> None:
        """The first request of a poll goes out now."""
        if self._until is None:
            self._polls[machine] += 1
            if self._polls[machine] == SETTLED_AFTER and machine in self._well:
                self._well.discard(machine)
                self._until = now_s + self._seconds if not self._well else None
        elif now_s < self._until:
            self.late[machine].append(late_s)
        else:
            self._until = float("inf")
            os.kill(os.getpid(), signal.SIGTERM)


class Timed:
    """A link that notes when it is first asked in a poll."""

    def __init__(self, link: Link, poller: SourcePoller, notes: Notes) -> None:
        self._link, self._poller, self._notes = link, poller, notes
        self._polled_s = -1.0
        self._asking = False

    async def ask(self, request: Request) -> Reply:
        """As the link does."""
        due_s = self._poller.due_s
        if due_s != self._polled_s:
            self._polled_s, now_s = due_s, self._poller.clock.now().mono
            self._notes.sent(self._poller.machine.id, now_s, now_s - due_s)
        self._notes.overlapping += self._asking
        self._asking = True
        try:
            return await self._link.ask(request)
        finally:
            self._asking = False

    async def close(self) -> None:
        """As the link does."""
        await self._link.close()


def watch(notes: Notes) -> None:
    """Put a timed link before each poller's own when it polls for the first time."""
    poll: Callable[..., object] = SourcePoller.poll

    async def noted(self: SourcePoller, urgent: bool = False) -> Observation:
        if not isinstance(self.link, Timed):
            self.link = Timed(self.link, self, notes)
        return await poll(self, urgent)  # type: ignore[misc]

    SourcePoller.poll = noted  # type: ignore[method-assign]


def main() -> None:
    """Run until it was measured."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--settings", type=Path, required=True)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--well", type=Path, required=True, help="a list of machines")
    parser.add_argument("--notes", type=Path, required=True)
    options = parser.parse_args()
    notes = Notes(set(json.loads(options.well.read_text("utf-8"))), options.seconds)
    watch(notes)
    run(options.settings, options.state, None, 1.0)
    options.notes.write_text(json.dumps({"late": notes.late, "overlapping": notes.overlapping}), encoding="utf-8")


if __name__ == "__main__":
    main()
