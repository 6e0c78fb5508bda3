"""What was committed arrives: the short form of the torture that is otherwise run by hand."""

import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("seed", [1])
def test_a_site_that_is_killed_amid_its_work_loses_nothing(root: Path, seed: int) -> None:
    """Three times kill -9 amid 80 events a second: all that was committed is at a QoS 1 subscriber, nothing else is."""
    torture = [sys.executable, root / "bench" / "torture_thin.py", "--kills", "3", "--seed", str(seed)]
    run = subprocess.run(torture, capture_output=True, text=True, timeout=120, check=False)
    books = {name: int(count) for name, count in re.findall(r"(\w+) (\d+)", run.stdout)}
    assert run.returncode == 0, run.stdout + run.stderr
    assert books["LOST"] == books["invented"] == 0
    assert books["stored"] == books["committed"] >= books["promised"] >= 10
