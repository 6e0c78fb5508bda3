"""What a scenario does beside the plant: to the lines, by itself, and to the daemon, by asking the person who runs it.

The plant knows causes in the office only. A vice on a line is put in and taken out here. The daemon is somebody else's
process, so what befalls it is said in words at the moment it is due.
"""

from collections.abc import Iterator

from fleetmon.lab.stage.lines import Lines
from fleetmon.simulators.bad_line import vice_of
from fleetmon.simulators.stories.scenario import ALL, DaemonHappening, LinkHappening, Scenario, Trouble


class Timeline:
    """The happenings of a scenario that are not the plant's, in order."""

    def __init__(self, scenario: Scenario, lines: Lines) -> None:
        self._lines = lines
        self._links = sorted(scenario.links, key=lambda each: each.begins)
        self._daemon = sorted(scenario.daemon, key=lambda each: each.at)

    def step(self, now: float) -> Iterator[str]:
        """Let happen what is due up to `now`; yields what the user is told."""
        while self._links and self._links[0].begins <= now:
            yield self._spoil(self._links.pop(0))
        while self._daemon and self._daemon[0].at <= now:
            yield advice(self._daemon.pop(0))

    def _spoil(self, link: LinkHappening) -> str:
        vices = vice_of(link.vice, link.numbers)
        self._lines.spoil(link.machine, vices, link.ends)
        who = "all lines" if link.machine == ALL else f"the line to {link.machine}"
        return f"{who}: {vices} for {link.ends - link.begins:g} s"


def advice(happening: DaemonHappening) -> str:
    """What the person at the terminal should do to the daemon now."""
    seconds = happening.seconds
    match happening.trouble:
        case Trouble.RESTART:
            return f"now stop the daemon, and start it again after {seconds:g} s"
        case Trouble.CLOCK_JUMP:
            return f"now set the daemon's clock {'forward' if seconds > 0 else 'back'} by {abs(seconds):g} s"
        case Trouble.SITE_NETWORK_LOST:
            return f"now take the network away between daemon and machines, for {seconds:g} s"
