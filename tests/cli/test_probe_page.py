"""docs/probe.md: what it says can be typed exists, and what it says is said is said."""

import re
from pathlib import Path

import typer

from fleetmon.cli import app, line_page
from fleetmon.links import transcript

COMMANDS = ("probe", "scan")


def test_every_option_exists(root: Path) -> None:
    """Each --option on the page is one of probe, scan or drivers capture."""
    group = typer.main.get_command(app)
    options: set[str] = set()
    commands = [group.get_command(None, name) for name in COMMANDS]  # type: ignore[attr-defined]
    commands.append(group.get_command(None, "drivers").get_command(None, "capture"))  # type: ignore[attr-defined]
    for command in commands:
        options |= {each for parameter in command.params for each in parameter.opts}
    page = (root / "docs" / "probe.md").read_text(encoding="utf-8")
    named = set(re.findall(r"--[a-z][a-z-]+", page))
    assert named
    assert named <= options, named - options


def test_every_trouble_is_explained(root: Path) -> None:
    """The table holds each outcome by the words that probe says, and no other."""
    page = (root / "docs" / "probe.md").read_text(encoding="utf-8")
    table = page[page.index("| it says |") : page.index("not understood: the reply")]
    told = re.findall(r"^\| ([a-z ]+) \|", table, re.MULTILINE)
    assert [word for word in told if word != "it says"] == list(line_page.TITLES.values())


def test_the_transcript_is_one(root: Path) -> None:
    """Without its explanations the example reads as it says."""
    page = (root / "docs" / "probe.md").read_text(encoding="utf-8")
    block = page[page.index("# a remark") : page.index("Remarks stand")].replace("```", "")
    bare = "\n".join(re.split(r" {2,}", line)[0] for line in block.splitlines())
    scene = transcript.read(bare, "page")[0]
    assert scene.name == "film at its end"
    assert [turn.reply for turn in scene.turns] == [b"175\r", None, None]
