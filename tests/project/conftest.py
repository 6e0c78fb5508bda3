"""The project as the laws see it: the files a clone would hold, and what ships of them."""

import subprocess
from pathlib import Path

import pytest

SHIPPED = ("src", "drivers", "simulators")


@pytest.fixture(scope="session")
def tracked(root: Path) -> list[Path]:
    """Every file git knows and that is there, relative to the root."""
    listing = subprocess.run(["git", "-C", root, "ls-files", "-z"], check=True, capture_output=True, text=True).stdout
    return [Path(name) for name in listing.split("\0") if name and (root / name).is_file()]


@pytest.fixture(scope="session")
def shipped(root: Path, tracked: list[Path]) -> dict[Path, str]:
    """The text of every Python file that is in the wheel, by its path relative to the root."""
    return {path: (root / path).read_text() for path in tracked if path.suffix == ".py" and path.parts[0] in SHIPPED}
