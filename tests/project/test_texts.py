"""What no tracked file may say, and what the README may not promise in vain.

Offices install from wheelhouses and mirrors of their own: a file that names a public registry would send their
installer there. A path of the machine somebody worked on helps nobody else.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer

from fleetmon.cli import app

# Written in two parts, so that this file may be read by its own law.
REGISTRIES = tuple(
    ".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("pypi", "python"), ("conda", "anaconda"))
)
INDEX_OPTIONS = re.compile(r"--(?:extra-)?index" + r"-url[ =]\S+://|^\s*(?:extra-)?index" + r"-url\s*=", re.MULTILINE)
HOMES = re.compile(r"(?<![\w.$}])/(?:(?:home|Users)/[a-z][\w-]*|(?:root))/\S")
TOPIC = "down/work/"
SHARED_FOLDERS = {Path("/"), Path("/tmp"), Path("/home"), Path("/root"), Path("/srv"), Path("/opt"), Path("/var/tmp")}


def machine_paths(root: Path) -> tuple[str, ...]:
    """The folders only this machine has: the checkout's, and the one around it unless every system has that."""
    return tuple(f"{folder}/" for folder in (root, root.parent) if folder not in SHARED_FOLDERS)


def faults(sources: Mapping[Path, str], root: Path) -> Iterator[str]:
    """Every forbidden word in a set of texts, as `file:line: what`. The topic `down/work/` is no folder's path."""
    words = [*REGISTRIES, *machine_paths(root)]
    for path, text in sources.items():
        for number, line in enumerate(text.splitlines(), start=1):
            found = [word for word in words if word in line.replace(TOPIC, "")]
            found += [match.group().strip() for pattern in (INDEX_OPTIONS, HOMES) for match in pattern.finditer(line)]
            yield from (f"{path}:{number}: {word}" for word in found)


def texts(root: Path, tracked: list[Path]) -> dict[Path, str]:
    """Every tracked file that is text; captures of devices may hold any bytes."""
    found = {}
    for path in tracked:
        data = (root / path).read_bytes()
        if b"\0" not in data:
            found[path] = data.decode(errors="replace")
    return found


def test_no_file_names_a_registry_or_this_machine(root: Path, tracked: list[Path]) -> None:
    """No tracked file holds the name of a package registry or a path that only one machine has."""
    found = list(faults(texts(root, tracked), root))
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        "see https://" + REGISTRIES[0] + "/project/x",
        "https://files." + REGISTRIES[1] + "/packages/x.whl",
        "--extra-index" + "-url https://mirror.example/simple",
        "/srv/build/fleetmon/src/fleetmon",
        "/srv/build/venv/bin/python",
        "cd /ho" + "me/somebody/fleetmon",
        "/ro" + "ot/.cache",
    ],
)
def test_a_forbidden_word_is_named_with_its_line(line: str) -> None:
    """Each bad example is found on its line."""
    found = list(faults({Path("docs/x.md"): f"first\n{line}\n"}, Path("/srv/build/fleetmon")))
    assert found
    assert all(fault.startswith("docs/x.md:2: ") for fault in found)


@pytest.mark.parametrize(
    "line", ["/etc/fleetmon/fleetmon.toml", "/tmp/x", "$HOME/fleetmon", "mqtts://broker.example:8883"]
)
def test_paths_that_every_machine_has_are_let_through(line: str) -> None:
    """Paths of an installed fleetmon and of any Debian are no paths of one machine."""
    assert not list(faults({Path("docs/x.md"): line}, Path("/tmp/clone")))


def test_a_topic_is_no_path() -> None:
    """Wherever the checkout stands; a path beside it is still found."""
    root = Path("/wo" + "rk/checkout")
    assert not list(faults({Path("docs/x.md"): "tell it to `down/work/{line}`"}, root))
    assert list(faults({Path("docs/x.md"): f"from {root}/x to `down/work/line1`"}, root))


def targets(makefile: str) -> set[str]:
    """The targets a person may type."""
    return set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))


def commands(markdown: str, program: str) -> list[tuple[str, str]]:
    """The first two words after a program's name ("" for a missing one), wherever code calls it, fenced or inline."""
    code = re.findall(r"^```[^\n]*\n(.*?)^```|`([^`\n]+)`", markdown, re.MULTILINE | re.DOTALL)
    lines = [line for fenced, inline in code for line in (fenced or inline).splitlines()]
    call = re.compile(rf"\s*(?:\$ |sudo )*(?:\S*/)?{program} ([a-z][a-z-]*)(?: ([a-z][a-z-]*)\b(?![:/.=]))?")
    return [(found[1], found[2] or "") for line in lines if (found := call.match(line))]


def unknown(called: list[tuple[str, str]], program: typer.Typer) -> list[str]:
    """The calls that a program would refuse as no command of its own."""
    group = typer.main.get_command(program)
    return [f"{first} {second}".rstrip() for first, second in called if not _exists(group, first, second)]


def _exists(group: Any, first: str, second: str) -> bool:
    command = group.get_command(None, first) if hasattr(group, "get_command") else None
    if command is None:
        return False
    return not second or not hasattr(command, "get_command") or command.get_command(None, second) is not None


def test_the_two_commands_of_the_readme_are_targets(root: Path) -> None:
    """The README tells people to type `make test` and `make demo`; every target it names exists."""
    named = {target for target, _ in commands((root / "README.md").read_text(), "make")}
    assert {"test", "demo"} <= named
    assert named <= targets((root / "Makefile").read_text())


def test_every_command_in_the_documents_exists(root: Path, tracked: list[Path]) -> None:
    """What the documents tell people to type after `fleetmon` is a command of the program, subcommands included."""
    for page in (path for path in tracked if path.suffix == ".md" and path.parts[0] not in {"tests", "CHANGELOG.md"}):
        assert not unknown(commands((root / page).read_text(), "fleetmon"), app), page


def test_commands_are_found_where_a_reader_finds_them() -> None:
    """Fenced blocks and inline code count, prose does not; a command that does not exist is named."""
    text = (
        "make nothing\n```sh\n$ make demo\nfleetmon run\n.venv/bin/fleetmon probe x://\n```\nType `make test ARGS=x`."
    )
    assert commands(text, "make") == [("demo", ""), ("test", "")]
    assert commands(text, "fleetmon") == [("run", ""), ("probe", "")]
    assert targets("demo: setup\n\tx\n.PHONY: a\nvenv := b\n$(ready): c\n") == {"demo"}
    program, drivers = typer.Typer(), typer.Typer()
    program.command("run")(lambda: None)
    drivers.command("list")(lambda: None)
    drivers.command("show")(lambda: None)
    program.add_typer(drivers, name="drivers")
    called = [("run", "settings"), ("drivers", "list"), ("drivers", "sing"), ("dance", "")]
    assert unknown(called, program) == ["drivers sing", "dance"]
