"""A reader that leaves, a disk that is full: commands end quietly or say so, and never with a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import PRINTER

FLEETMON = [sys.executable, "-m", "fleetmon.cli"]


@pytest.mark.parametrize(
    "words", [["schema"], ["drivers", "list"], ["probe"], ["probe", "--json"], ["demo", "--for", "1"]]
)
def test_a_full_disk_is_said(words: list[str], tmp_path: Path) -> None:
    """Exit 1 and one line, whatever printed."""
    if words[0] == "probe":
        (tmp_path / "w.snmprec").write_text(PRINTER)
        words = [*words, f"walk:{tmp_path / 'w.snmprec'}"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*FLEETMON, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.stderr == "the output cannot be written: No space left on device\n"
    assert done.returncode == 1


@pytest.mark.parametrize("words", [["schema"], ["demo", "--for", "60"]])
def test_a_reader_may_leave(words: list[str]) -> None:
    """`| head -1`: no word of complaint, exit 0, and what was started is taken down at once."""
    with subprocess.Popen([*FLEETMON, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as command:
        assert command.stdout is not None
        assert command.stderr is not None
        assert command.stdout.read(10)
        command.stdout.close()
        said = command.stderr.read()
        assert command.wait(40) == 0
    assert said == b""


def test_no_output_at_all_is_fine() -> None:
    """A closed standard output (`>&-`) is nobody's failure."""
    done = subprocess.run(["sh", "-c", '"$@" >&-', "sh", *FLEETMON, "schema"], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
