"""The command that plays scenarios, and the page that tells of them."""

import json
import re
from pathlib import Path

import pytest
from fleetmon.simulators.model.commands import Do
from fleetmon.simulators.scenarios.__main__ import main
from fleetmon.simulators.scenarios.table import in_words, markdown
from fleetmon.simulators.stories.scenario import load_scenario, shipped
from fleetmon.simulators.stories.staging import staged


def test_the_page_tells_of_every_scenario_as_it_is(root: Path) -> None:
    """The table of docs/scenarios.md is the one the files give."""
    _, table = (root / "docs" / "scenarios.md").read_text().split("writes what follows.\n\n")
    assert table == markdown(map(load_scenario, shipped()))


def test_the_list_names_every_scenario_with_its_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """One line each."""
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == shipped()
    assert all(line.endswith(load_scenario(line.split()[0]).shows) for line in lines)


def test_the_table_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """`table` prints what the page holds."""
    assert main(["table"]) == 0
    assert capsys.readouterr().out == markdown(map(load_scenario, shipped()))


def test_a_run_prints_the_truth_and_sums_it_up_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON lines on standard output or in a file, the same bytes for a seed; people read the rest on standard error."""
    assert main(["run", "friday_prayer", "--seed", "5"]) == 0
    printed = capsys.readouterr()
    assert main(["run", "friday_prayer", "--seed", "5", "--truth", str(tmp_path / "truth.jsonl")]) == 0
    again = capsys.readouterr()
    assert again.out == ""
    assert (tmp_path / "truth.jsonl").read_text() == printed.out
    stops = [json.loads(line) for line in printed.out.splitlines()]
    assert {"machine", "start", "end", "cause", "reason", "klass", "planned"} <= set(stops[0])
    assert "Friday's long prayer" in printed.err
    assert "1 d from Fri 2026-04-10 07:30, seed 5" in printed.err
    assert f"{len(stops)} stops" in printed.err


def test_a_run_tells_of_the_stops_that_matter(capsys: pytest.CaptureFixture[str]) -> None:
    """The longer stops are listed with machine, cause and how much waits; without --seed the file's first is taken."""
    assert main(["run", "sensor_open"]) == 0
    told = capsys.readouterr().err
    assert "seed 1," in told
    assert re.search(r"Tue 07 09:10:00 lam-1 +fault +2 h 30 min +roller-sensor-failed, \d+ waiting at the end\n", told)
    assert "roller-sensor-failed by lam-1" in told


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["run", "moonlight"], "moonlight: no such scenario; shipped: "),
        (["run", "friday_prayer", "--truth", "/nowhere/truth"], "--truth: /nowhere/truth: No such file"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, one line."""
    assert main(words) == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.6, "1 min"), (90, "1 min 30 s"), (3600, "1 h"), (-3600, "-1 h"), (86_460, "1 d 1 min")],
)
def test_spans_are_told_in_two_units_at_most(seconds: float, words: str) -> None:
    """The two largest units that are not 0."""
    assert in_words(seconds) == words


def test_the_file_on_the_page_is_a_scenario(root: Path, tmp_path: Path) -> None:
    """What the page shows as a file can be loaded and played as it stands there."""
    [text] = re.findall(r"```toml\n(.*?)```", (root / "docs" / "scenarios.md").read_text(), re.DOTALL)
    path = tmp_path / "from_the_page.toml"
    path.write_text(text)
    scenario = load_scenario(str(path))
    assert len(scenario.happenings) == 3
    assert scenario.links
    assert scenario.daemon
    plant = staged(scenario, 1)
    plant.step(2.5 * 3600)
    assert plant.machines["lam-2"].undergoes(Do.STALL)
