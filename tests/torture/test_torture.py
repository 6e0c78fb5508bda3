"""The torture of `make torture`, each test for some seconds: nothing that was committed is lost, whatever happens.

The tests are processes that mostly wait, so three of them run at a time, all those that were selected in one command.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SHORT = {
    "T1": "killed at random, daemon, broker and consumer lose nothing and invent nothing",
    "T2": "killed at named points of a commit, a publish, an acknowledgement, a prune",
    "T3": "black hole, resets, a round trip of 300 to 600 ms, a half-open connection seen within two keepalives",
    "T4": "the broker restarts, in order or killed: a living site is not shown as lost for long",
    "T5": "an empty broker in place of the lost one shows what the machines show now within 15 s",
    "T7": "a file at its ceiling and a full disk: machines are watched on, the loss is said exactly",
    "T8": "a wall clock that jumps by an hour, to 1970 and back changes neither order nor anything else",
    "T9": "a backlog over a line of 300 ms: the present is shown at once, the past follows",
    "T11": "a thousand malformed messages kill nobody and hold nothing up",
    "T14": "what the broker refuses is kept, said within a minute, and told once it may be",
    "T15": "a machine, a frozen daemon, a broker, a consumer dies alone, and a monitoring room shows which",
    "T18": "a damaged page, a log cut short, a file that may not be written: the daemon starts and says what is lost",
}


@pytest.fixture(scope="module")
def lines(request: pytest.FixtureRequest, root: Path) -> dict[str, str]:
    """What the command says of each test that was selected."""
    if not (shutil.which("mosquitto") or Path("/usr/sbin/mosquitto").exists()):
        assert os.environ.get("CI") != "true", "CI needs mosquitto"
        pytest.skip("mosquitto is not installed")
    here = [item for item in request.session.items if item.path == request.path]
    wanted = [str(item.callspec.params["name"]) for item in here if isinstance(item, pytest.Function)]
    torture = [sys.executable, "-m", "bench.torture", "--short", "--jobs", "3", *wanted]
    run = subprocess.run(torture, cwd=root, capture_output=True, text=True, timeout=300, check=False)
    said = {line.split()[0]: line for line in run.stdout.splitlines()}
    return {name: f"{said['seed']}\n{said.get(name, 'nothing')}\n{run.stderr}" for name in wanted}


@pytest.mark.parametrize("name", SHORT)
def test_the_promise_holds(lines: dict[str, str], name: str) -> None:
    """Every event that was committed is stored once, or a gap names it; see SHORT for what happens meanwhile."""
    figures = {word: int(number) for word, number in re.findall(r"(\w+) (\d+)\b", lines[name])}
    assert f"\n{name} ".rstrip() in lines[name], lines[name]
    assert " held " in lines[name], f"{SHORT[name]}\n{lines[name]}"
    assert figures["LOST"] == figures["invented"] == 0, lines[name]
