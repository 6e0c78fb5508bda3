"""The units as they ship, and systemd-analyze where there is one."""

import os
import shutil
from pathlib import Path

import pytest


@pytest.fixture
def units(root: Path) -> Path:
    """The folder of the units."""
    return root / "systemd"


@pytest.fixture
def analyze() -> str:
    """systemd-analyze; `make tools` brings it, and in CI its absence is a fault."""
    found = shutil.which("systemd-analyze")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("systemd-analyze is missing: make tools installs it")
    if found is None:
        pytest.skip("there is no systemd-analyze here")
    return found
