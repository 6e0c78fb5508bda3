"""`fleetmon run`, with a note beside each poll: how much later than its slot its first request was sent.

Run by the bench in a process of its own. Measuring begins when every machine that is well has been polled three times;
when the time is over the daemon is asked to stop as ever, and the notes are written.
"""

import argparse
import json
import os
import signal
from collections import Counter, defaultdict
from pathlib import Path

from fleetmon.cli.run import run
from fleetmon.decode.dialogue import Reply, Request
from fleetmon.links.snmp import SnmpLink
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


def watch(notes: Notes) -> None:
    """Note how late each slot is served, whoever asks in it, and whether anybody is asked twice at once."""
    served: dict[str, float] = {}
    asked: set[SnmpLink] = set()
    poll, script, ask = SourcePoller.poll, getattr(SourcePoller, "script", None), SnmpLink.ask

    def note(poller: SourcePoller) -> None:
        machine, now_s = poller.machine.id, poller.clock.now().mono
        if served.get(machine) != poller.due_s:
            served[machine] = poller.due_s
            notes.sent(machine, now_s, now_s - poller.due_s)

    async def noted(self: SourcePoller, urgent: bool = False) -> Observation:
        note(self)
        return await poll(self, urgent)

    def noted_script(self: SourcePoller, now_s: float) -> object:
        note(self)
        return script(self, now_s)

    async def ask_once(self: SnmpLink, request: Request) -> Reply:
        notes.overlapping += self in asked
        asked.add(self)
        try:
            return await ask(self, request)
        finally:
            asked.discard(self)

    SourcePoller.poll = noted  # type: ignore[method-assign]
    if script:
        SourcePoller.script = noted_script  # type: ignore[method-assign]
    SnmpLink.ask = ask_once  # type: ignore[method-assign]


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
