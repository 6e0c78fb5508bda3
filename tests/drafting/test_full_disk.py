"""A disk that is full costs nobody what was typed, and is not in the way of the next try."""

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fleetmon import catalog, proof
from fleetmon.cli import expectation
from fleetmon.drafting import draft
from fleetmon.errors import DriverError

DRIVER = """name = "acme"
title = "Acme"
kind = "laminator"
maturity = "experimental"
link = "serial"
state = { from = "state", codes = { 0 = "idle" } }
[read.status]
ask = "S"
read_only = "manual p. 1"
framing = "cr"
reply = '(?P<state>[0-9])'
"""
CAPTURE = """# typed from the manual, p. 1
situation = "idle"
provenance = "manual-example"
exchanges = [{ ask = "S", says = "0" }]

[expect]
"""


@contextmanager
def room(octets: int) -> Iterator[None]:
    """No file may grow beyond that, as if the disk were full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_a_person_has_typed_survives_filling_in(tmp_path: Path) -> None:
    """The capture is what it was, with nothing beside it; with room, it is filled in."""
    folder = tmp_path / "acme"
    file = folder / "captures" / "idle.toml"
    file.parent.mkdir(parents=True)
    (folder / "driver.toml").write_text(DRIVER)
    file.write_text(CAPTURE)
    (proven,) = proof.prove(catalog.read(folder))
    with room(len(CAPTURE)), pytest.raises(DriverError, match=r"idle\.toml"):
        expectation.fill(proven)
    assert file.read_text() == CAPTURE
    assert list(file.parent.iterdir()) == [file]
    assert expectation.fill(proven)
    assert file.read_text().startswith(CAPTURE.partition("[expect]")[0] + expectation.UNCHECKED)
    assert 'state = "idle"' in file.read_text()


def _new(folder: Path, texts: dict[str, str]) -> None:
    draft.write(draft.Draft("acme", DRIVER, texts), folder)


def _more(folder: Path, texts: dict[str, str]) -> None:
    draft.add(texts, folder)


@pytest.mark.parametrize("write", [_new, _more])
def test_half_a_driver_is_none(write: Callable[[Path, dict[str, str]], None], tmp_path: Path) -> None:
    """Of several files the last has no room: none is left, and the next try finds the place free."""
    texts, folder = {"idle": CAPTURE, "jam": CAPTURE * 40}, tmp_path / "acme"
    with room(len(CAPTURE) * 20), pytest.raises(DriverError):
        write(folder, texts)
    assert not [each for each in tmp_path.rglob("*") if each.is_file()]
    write(folder, texts)
    assert (folder / "captures" / "jam.toml").read_text() == CAPTURE * 40
