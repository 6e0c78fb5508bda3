"""`fleetmon evaluate` as somebody meets it who wants to know whether alerts can be believed."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from fleetmon.cli import app

SHORT = """
title = "An hour"
shows = "A cover is left open for half an hour; the rest is as ever."
office = "two_lines"
start = "2026-04-06 10:00"
lasts = "1h"

[seeds]
tuning = [1]
held_back = [101]

[changes.parameters]
fault_per_1000 = 0

[[happens]]
at = "10m"
machine = "prn-3"
do = "raise"
fault = "front-cover-open"
seconds = 1800
"""


@pytest.fixture
def short(tmp_path: Path) -> str:
    """A scenario of an hour, in a file."""
    file = tmp_path / "short.toml"
    file.write_text(SHORT, encoding="utf-8")
    return str(file)


def evaluate(*words: str) -> Result:
    return CliRunner().invoke(app, ["evaluate", *words])


def test_a_page_of_figures(short: str) -> None:
    """Figures with their bounds, a row for each kind of trouble, and which promises were kept; two at a time."""
    told = evaluate(short, "--seeds", "1,2", "--findings", "--workers", "2")
    assert (told.exit_code, told.stderr) == (0, "")
    lines = told.stdout.splitlines()
    assert lines[0].startswith("2 runs, 0.1 machine-months of 150 scheduled hours, ")
    [row] = [line.split() for line in lines if line.startswith("operator ")]
    assert (row[3], row[4], row[5], row[-1]) == ("2", "0", "0", "1.000")
    assert sum(line.startswith("kept") for line in lines) == 11
    assert max(map(len, lines)) <= 110


def test_the_same_again(short: str) -> None:
    """Every run is played twice and compared."""
    told = evaluate(short, "--seeds", "tuning", "--replay")
    assert (told.exit_code, told.stdout) == (0, "1 of 1 runs were the same again, event by event\n")


def test_what_each_sign_is_worth(short: str) -> None:
    """A table in Markdown, with a row for all signs, for each left out and for each alone."""
    told = evaluate(short, "--seeds", "1", "--ablation", "--workers", "1")
    assert told.exit_code == 0
    rows = told.stdout.splitlines()
    assert len(rows) == 2 + 13
    assert {row.count("|") for row in rows} == {7}
    assert [row.split(" | ")[0] for row in (rows[3], rows[-1])] == ["| without queue", "| usual alone"]


def test_another_office_and_other_ears(short: str) -> None:
    """Perturbed, with an issuing system, without a sign: less is promised, and said so."""
    told = evaluate(short, "--seeds", "1", "--perturb", "0.3", "--without", "peers,usual")
    assert told.exit_code == 0
    assert "false alarms per machine-month at most 1.0" in told.stdout
    assert "silent stalls missed at most 10%" in told.stdout
    assert "told within" not in told.stdout
    deaf = evaluate(short, "--seeds", "1", "--demand", "none")
    assert (deaf.exit_code, "silent stalls missed at most" in deaf.stdout) == (0, False)


def test_a_wrong_wish_is_told_in_words() -> None:
    """Seeds that are none, a scenario and a sign that do not exist."""
    unknown = evaluate("film_end", "--without", "peers,rumours")
    assert (unknown.exit_code, "there are: queue, jobs, in-process, busy, peers, usual" in unknown.stderr) == (2, True)
    told = evaluate("film_end", "--seeds", "some")
    assert (told.exit_code, "--seeds: 'some' is neither" in told.stderr) == (2, True)
    assert "no such scenario" in str(evaluate("nowhere").exception)


def test_a_broken_promise_is_an_exit_code(short: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who writes no alerts misses what had to be told: the page says so, and so does the exit code."""
    monkeypatch.setattr("fleetmon.lab.evaluate.suite.episodes", lambda heard: tuple(heard)[:0])
    told = evaluate(short, "--seeds", "1", "--findings", "--workers", "1")
    assert told.exit_code == 1
    assert "BROKEN  no flagged trouble missed" in told.stdout
    assert "prn-3 operator front-cover-open from 600 to 2400 s" in told.stdout
