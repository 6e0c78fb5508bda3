"""`fleetmon demo` as a visitor runs it: no hardware, no root, and nothing left behind."""

import shlex
import signal
import subprocess
import sys
import threading

import pytest

from .conftest import Ground, eventually


def test_the_demo_shows_a_line_stall_and_why_and_ends_with_ctrl_c(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within a minute a fault is raised and cleared and a line stalls, beside it stands what is really so; lines to try
    are printed and work; Ctrl-C ends all of it, children too."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(ground.folder))
    process = subprocess.Popen(
        [sys.executable, "-m", "fleetmon.cli", "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.extend(process.stdout or ()), daemon=True)
    reader.start()
    ground.ends.append(process.kill)
    eventually(lambda: any("fault.raised" in line and "jam" in line for line in lines), 60, "a fault appears")
    eventually(lambda: any("fault.cleared" in line and "jam" in line for line in lines), 30, "and clears")
    printed = next(line for line in lines if "mosquitto_sub" in line).partition("mosquitto_sub")[2]
    heard = subprocess.run(
        ["mosquitto_sub", *shlex.split(printed), "-C", "16", "-W", "15"], capture_output=True, text=True, check=True
    )
    assert "fleetmon/v1/demo/up/state/printer-1 {" in heard.stdout, "the printed line shows the messages"
    status = _printed(lines, " status --broker")
    assert "4 machines" in status, "asked at the broker, on the port that speaks MQTT 5"
    assert "unknown" not in status, "and it waits until the site is heard live"
    assert "printer-1" in _printed(lines, " explain printer-1 --control")
    film = "laminator-1", "upper-film-empty"
    eventually(lambda: any("really:" in line and all(word in line for word in film) for line in lines), 60, "a stall")
    eventually(lambda: any("fault.raised" in line and "supply-empty" in line for line in lines), 20, "and its reason")
    assert "printer-1: stopped, booklet-jam" in _printed(lines, " simulate inject printer-1 booklet-jam")
    children = _running("-P", str(process.pid))
    assert len(children) == 2, "the broker and the office"
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    reader.join(5)
    process.stdout.close()
    assert lines[-1] == "ended; nothing was left behind\n"
    assert not any("Traceback" in line for line in lines)
    assert not children & _running("-f", "fleetmon.simulators|iotcore")


def _printed(lines: list[str], command: str) -> str:
    """What one of the lines to try says; 1 is the answer when something is wrong in the office."""
    line = next(line for line in lines if command in line)
    done = subprocess.run(shlex.split(line), capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def _running(*which: str) -> set[str]:
    return set(subprocess.run(["pgrep", *which], capture_output=True, text=True, check=False).stdout.split())
