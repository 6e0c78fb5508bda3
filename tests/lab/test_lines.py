"""Vices put on the lines of an office and taken off again, by hand, by a scenario, and when their time is over."""

import json
from dataclasses import dataclass, field

import pytest
from fleetmon.simulators.bad_line import read_vice
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.plant import Plant, load_plant_office
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.stories.scenario import load_scenario
from fleetmon.simulators.wires.delivery import Delivery

from fleetmon.lab.stage.lines import Lines
from fleetmon.lab.stage.obeying import Obeying
from fleetmon.lab.stage.timeline import Timeline

SENT = [Delivery(0.0, b"answer")]
MACHINES = {name: Machine(load_sheet(name)) for name in ("laminator", "passport_printer", "lapis_laminator")}
FOR_EVER = float("inf")


@dataclass
class Clock:
    """The office's own time, set by hand."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def wrong(lines: Lines) -> dict[str, str]:
    """What is wrong with which line."""
    return {name: str(line.vices) for name, line in lines.vices.items() if line.vices.each}


def test_vices_add_up_and_each_ends_in_its_own_time() -> None:
    """At 0 s mute for 10 s and slow for 20 s; at 5 s loss for good; off takes off what is left."""
    lines = Lines(MACHINES, Clock())
    lines.spoil("laminator", read_vice("mute"), 10)
    lines.spoil("laminator", read_vice("slow seconds=2"), 20)
    lines.spoil("laminator", read_vice("loss share=1"), FOR_EVER)
    assert wrong(lines) == {"laminator": "loss share=1, slow seconds=2, mute"}
    lines.step(10)
    assert wrong(lines) == {"laminator": "loss share=1, slow seconds=2"}
    assert lines.vices["laminator"](SENT) == []
    lines.step(20)
    assert wrong(lines) == {"laminator": "loss share=1"}
    lines.spoil("laminator", read_vice("off"), FOR_EVER)
    assert wrong(lines) == {}
    assert lines.vices["laminator"](SENT) == SENT


def test_on_all_lines_it_befalls_those_it_can() -> None:
    """A datagram does not come one octet at a time; asked for by name that is refused, and nothing changes."""
    lines = Lines(MACHINES, Clock())
    lines.spoil("all", read_vice("loss, one-byte"), FOR_EVER)
    both = "loss share=0.05, one-byte seconds=0.01"
    assert wrong(lines) == {
        "laminator": "loss share=0.05",
        "passport_printer": "loss share=0.05",
        "lapis_laminator": both,
    }
    with pytest.raises(BadInput, match="one-byte does not apply to laminator"):
        lines.spoil("laminator", read_vice("one-byte"), FOR_EVER)
    with pytest.raises(BadInput, match=r"no machine is named 'laminatr'.*did you mean laminator"):
        lines.spoil("laminatr", read_vice("mute"), FOR_EVER)
    lines.spoil("all", read_vice("off"), FOR_EVER)
    assert wrong(lines) == {}


def test_a_scenario_spoils_lines_at_its_moments() -> None:
    """Four machines, each with its vice for an hour; at noon all lines are honest again."""
    scenario = load_scenario("sick_links")
    plant = Plant(load_plant_office(scenario.office), seed=1)
    clock = Clock()
    lines = Lines(plant.machines, clock, seed=1)
    timeline, seen, told = Timeline(scenario, lines), set(), []
    for minute in range(int(scenario.lasts / 60)):
        clock.now = minute * 60.0
        lines.step(clock.now)
        told += timeline.step(clock.now)
        seen |= set(wrong(lines).items())
    assert seen == {
        ("prn-1", "slow seconds=4"),
        ("prn-3", "garbage share=0.3"),
        ("lam-2", "duplicate share=0.5 joined=0"),
        ("lam-1", "truncated share=0.3"),
    }
    assert "the line to prn-1: slow seconds=4 for 3600 s" in told
    assert wrong(lines) == {}


@dataclass
class Door:
    """An office's door, without the office around it."""

    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.plant = Plant(load_plant_office("two_lines"), seed=1)
        self.lines = Lines(self.plant.machines, self.clock)
        self._obeying = Obeying(self.plant, self.lines, self.clock, _no_picture)

    def told(self, **order: object) -> dict[str, object]:
        return self._obeying.answer(json.dumps({"machine": "prn-1", "do": "vice"} | order))


def _no_picture() -> object:
    raise AssertionError("nobody looks")


def test_orders_at_the_door() -> None:
    """Several vices in one line of words, or one with its numbers beside it, for so many seconds."""
    door = Door()
    assert door.told(vice="loss share=0.3 slow seconds=2", seconds=60) == {
        "ok": True, "machine": "prn-1", "vice": "loss share=0.3, slow seconds=2"
    }  # fmt: skip
    told = door.told(vice="flapping", numbers={"up": 3, "down": 1})
    assert told["vice"] == "loss share=0.3, slow seconds=2, flapping up=3 down=1"
    assert wrong(door.lines) == {"prn-1": told["vice"]}
    door.lines.step(60)
    assert wrong(door.lines) == {"prn-1": "flapping up=3 down=1"}
    assert "there are" in str(door.told(vice="sulk")["error"])


def test_what_befalls_the_machine_itself_is_obeyed_by_it() -> None:
    """`vice prn-1 reboot` reboots it and `wrap-counter documents=3` sets its counter; the line stays as it was."""
    door = Door()
    boots = door.plant.machines["prn-1"].boots
    assert door.told(vice="reboot")["ok"]
    assert door.plant.machines["prn-1"].boots == boots + 1
    assert door.told(vice="wrap-counter documents=3")["ok"]
    assert wrong(door.lines) == {}
    assert "no such key" in str(door.told(vice="reboot documents=3")["error"])
