"""Scenario files: what they become, and that a mistake is named with its file, its key and what would be allowed."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fleetmon.simulators.model.commands import Command, Do, Happening
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.stories.scenario import (
    DaemonHappening,
    LinkHappening,
    Scenario,
    Trouble,
    Vice,
    load_scenario,
    shipped,
)

TEXT = """
title = "A jam"
shows = "The laminator jams."
office = "demo"
start = "2026-03-02 08:00"
lasts = "1d"
changes.title = "Elsewhere"

[seeds]
tuning = [1, 2]
held_back = [3]

[[happens]]
at = "day 1 10:00"
do = "absent"
seconds = 600

[[happens]]
at = "30m"
every = "1h"
until = "3h"
machine = "laminator-1"
do = "raise"
fault = "document-jam"
seconds = 60

[[link]]
vice = "loss"
numbers = { share = 0.05 }

[[link]]
vice = "mute"
machine = "printer-1"
from = "1h"
to = "day 1 09:30"

[[daemon]]
do = "clock-jump"
at = "2h"
seconds = -3600
"""


def _written(folder: Path, text: str) -> Scenario:
    path = folder / "some.toml"
    path.write_text(text)
    return load_scenario(str(path))


def test_a_file_becomes_plain_data(tmp_path: Path) -> None:
    """Happenings come in order of time, repeated ones as often as they were asked for; links and daemon beside them."""
    scenario = _written(tmp_path, TEXT)
    jam = Command(Do.RAISE, fault="document-jam", seconds=60)
    assert scenario.name == "some"
    assert scenario.start == datetime(2026, 3, 2, 8, tzinfo=ZoneInfo("Asia/Karachi"))
    assert scenario.lasts == 86_400
    assert (scenario.seeds.tuning, scenario.seeds.held_back) == ((1, 2), (3,))
    assert scenario.happenings == (
        Happening(1800, "laminator-1", jam),
        Happening(5400, "laminator-1", jam),
        Happening(7200, "", Command(Do.ABSENT, seconds=600)),
        Happening(9000, "laminator-1", jam),
    )
    assert scenario.links == (
        LinkHappening(Vice.LOSS, "all", 0, 86_400, {"share": 0.05}),
        LinkHappening(Vice.MUTE, "printer-1", 3600, 5400, {}),
    )
    assert scenario.daemon == (DaemonHappening(Trouble.CLOCK_JUMP, 7200, -3600),)


MISTAKES = [
    ('office = "demo"', 'office = "moon"', "some.toml: office: 'moon' is not allowed; allowed: .*demo"),
    ('start = "2026-03-02 08:00"', 'start = "today"', "some.toml: start: 'today' is no local time"),
    ('lasts = "1d"', "lasts = 5", r"some.toml: lasts: a text in quotes is needed, not 5"),
    ('lasts = "1d"', 'lasts = "1 day"', "some.toml: lasts: '1 day' is no span"),
    ('shows = "The laminator jams."', "", "some.toml: shows: is missing"),
    ("tuning = [1, 2]", "tuning = []", "some.toml: seeds.tuning: at least one seed"),
    ("tuning = [1, 2]", "tuning = [1, 3]", "some.toml: seeds.held_back: seed 3 is used for tuning too"),
    (
        "tuning = [1, 2]",
        "tuning = [1, 2]\nother = 1",
        "some.toml: seeds.other: no such key; allowed: held_back",
    ),
    ('at = "30m"', 'at = "25h"', r"some.toml: happens\[2\].at: '25h' lies outside the run"),
    ('every = "1h"', 'every = "0s"', r"some.toml: happens\[2\].every: must not be"),
    ('do = "absent"', 'do = "dance"', r"some.toml: happens\[1\].do: 'dance' is not allowed; allowed: raise, clear"),
    ("seconds = 600", "minutes = 10", r"some.toml: happens\[1\].minutes: no such key; allowed: "),
    ('vice = "loss"', 'vice = "sloth"', r"some.toml: link\[1\].vice: 'sloth' is not allowed; allowed: .*loss.*mute"),
    ('to = "day 1 09:30"', 'to = "1h"', r"some.toml: link\[2\].to: must be after"),
    ('do = "clock-jump"', 'do = "crash"', r"some.toml: daemon\[1\].do: 'crash' is not allowed; allowed: restart"),
    ('do = "clock-jump"', 'do = "restart"', r"some.toml: daemon\[1\].seconds: must not be below 1"),
    ('title = "A jam"', 'title = "A jam"\nlenght = 5', "some.toml: lenght: no such key; allowed: .*lasts.*start"),
    ('title = "A jam"', 'title = "A jam', "some.toml: "),
]


@pytest.mark.parametrize(("right", "wrong", "complaint"), MISTAKES)
def test_a_mistake_is_named(tmp_path: Path, right: str, wrong: str, complaint: str) -> None:
    """File, key and what is allowed, in one line."""
    assert right in TEXT
    with pytest.raises(BadInput, match=complaint) as caught:
        _written(tmp_path, TEXT.replace(right, wrong, 1))
    assert "\n" not in str(caught.value)


def test_an_unknown_name_is_answered_with_the_shipped_ones() -> None:
    """Whoever mistypes a name is told which there are."""
    with pytest.raises(BadInput, match=f"moonlight: no such scenario; shipped: .*{shipped()[0]}"):
        load_scenario("moonlight")


@pytest.mark.parametrize("name", shipped())
def test_shipped_scenarios_load_and_say_in_a_sentence_what_they_show(name: str) -> None:
    """Every shipped file is free of mistakes and tells people, in one sentence, what will be seen."""
    scenario = load_scenario(name)
    assert scenario.name == name
    assert scenario.shows.endswith(".")
    assert 30 <= len(scenario.shows) <= 240
