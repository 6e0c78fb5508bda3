"""What a scenario does beside the plant: bad lines come and go by themselves, the daemon's troubles are said."""

from dataclasses import replace

from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.stories.scenario import DaemonHappening, LinkHappening, Trouble, load_scenario
from fleetmon.simulators.vices import Vice

from fleetmon.lab.stage.lines import Lines
from fleetmon.lab.stage.timeline import Timeline, advice


def test_bad_lines_come_and_go_and_the_daemons_troubles_are_told_once() -> None:
    """At 10 s a line goes mute, at 20 s somebody must act, at 40 s the line is well again; late looks miss nothing."""
    now = 0.0
    machines = {name: Machine(load_sheet("laminator"), name=name) for name in ("lam-1", "lam-2")}
    lines = Lines(machines, lambda: now)
    story = replace(
        load_scenario("showroom"),
        links=(LinkHappening(Vice.MUTE, "lam-1", 10.0, 40.0, {}),),
        daemon=(DaemonHappening(Trouble.RESTART, 20.0, 60.0), DaemonHappening(Trouble.CLOCK_JUMP, 5000.0, -3600.0)),
    )
    timeline = Timeline(story, lines)
    seen: dict[float, list[str]] = {}
    for now in (0.0, 5.0, 12.0, 25.0, 30.0, 41.0, 9000.0):
        seen[now] = list(timeline.step(now))
        lines.step(now)
        assert dict(lines.spoilt()) == ({"lam-1": "mute"} if 12.0 <= now <= 30.0 else {})
    assert seen == {
        0.0: [],
        5.0: [],
        12.0: ["the line to lam-1: mute for 30 s"],
        25.0: ["now stop the daemon, and start it again after 60 s"],
        30.0: [],
        41.0: [],
        9000.0: ["now set the daemon's clock back by 3600 s"],
    }


def test_every_trouble_is_said_in_words() -> None:
    """No trouble of a scenario is passed over in silence."""
    for trouble in Trouble:
        assert advice(DaemonHappening(trouble, 1.0, 90.0)).startswith("now ")
