"""What the computer lacks is found before the daemon does."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from fleetmon import settings
from fleetmon.checking import computer
from fleetmon.checking.finding import Weight
from fleetmon.publish.outbox.lock import StateFile
from fleetmon.settings import Listen, Settings

GOOD = '[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1"\n'


def load(folder: Path, more: str = "") -> tuple[Path, Settings]:
    file = folder / "fleetmon.toml"
    file.write_text(GOOD + more)
    return file, settings.load(file, environ={})


def test_a_clock_that_cannot_be_right_is_told() -> None:
    """A small computer without a battery starts in 1970; whether a time server sets it is told as well."""
    wrong = computer.clock(86400.0)
    assert wrong.weight is Weight.PROBLEM
    assert "1970-01-02" in wrong.text
    plausible = computer.clock(1_800_000_000.0)
    assert plausible.weight is not Weight.PROBLEM
    assert "2027-01-15" in plausible.text


def test_a_daemon_that_runs_is_seen_and_not_disturbed(tmp_path: Path) -> None:
    """By the lock on its state; looking takes no lock."""
    assert not computer.running(tmp_path)
    held = StateFile(tmp_path / "site.db.lock")
    assert computer.running(tmp_path)
    held.close()
    assert not computer.running(tmp_path)


def test_a_state_folder_is_looked_at(tmp_path: Path) -> None:
    """Not there yet is fine; without room, or somebody else's, is told."""
    file, found = load(tmp_path)
    (missing,) = computer.folders(file, found, tmp_path / "state")
    assert missing.weight is Weight.OK
    (tmp_path / "state").mkdir()
    free = shutil.disk_usage(tmp_path).free
    (right,) = computer.folders(file, found, tmp_path / "state")
    assert right.weight is (Weight.OK if free > found.outbox.cap else Weight.WARNING)
    file, greedy = load(tmp_path, '[outbox]\ncap = "1TiB"\n')
    (full,) = computer.folders(file, greedy, tmp_path / "state")
    assert full.weight is (Weight.OK if free > 1 << 40 else Weight.WARNING)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root checks for another user")
def test_root_checks_for_the_service_s_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What root can read the service may not be able to."""
    nobody = pwd.getpwnam("nobody")
    monkeypatch.setattr(computer, "SERVICE_USER", "nobody")
    file, found = load(tmp_path)
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    file.chmod(0o600)
    said = {each.about: each for each in computer.folders(file, found, state)}
    assert "chgrp nobody" in said[str(file)].text
    assert "chown nobody" in said[str(state)].text
    os.chown(file, -1, nobody.pw_gid)
    file.chmod(0o640)
    os.chown(state, nobody.pw_uid, -1)
    (right,) = computer.folders(file, found, state)
    assert right.weight is not Weight.PROBLEM


def test_a_port_that_is_taken_is_told() -> None:
    """Traps only hasten polls: a warning. While the daemon runs the port is its own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        listen = Listen("127.0.0.1", other.getsockname()[1])
        (taken,) = computer.ports(listen, daemon_runs=False)
        assert taken.weight is Weight.WARNING
        assert "another program has it" in taken.text
        (own,) = computer.ports(listen, daemon_runs=True)
        assert (own.weight, "daemon is running" in own.text) == (Weight.OK, True)
    (free,) = computer.ports(listen, daemon_runs=False)
    assert free.weight is Weight.OK
    assert list(computer.ports(None, daemon_runs=False)) == []


def test_a_serial_port_that_is_not_there_is_told(tmp_path: Path) -> None:
    """An unplugged adapter has no device."""
    device = tmp_path / "ttyUSB0"
    text = f'[[machine]]\nid = "lam1"\nsource = {{ url = "serial://{device}", driver = "x" }}\n'
    _, found = load(tmp_path, text)
    (missing,) = computer.serial_ports(found)
    assert missing.weight is Weight.PROBLEM
    assert missing.text.startswith(f"there is no {device}: ")
    device.touch()
    assert list(computer.serial_ports(found)) == []


def test_a_fleetmon_with_another_state_folder_is_known_by_its_port(tmp_path: Path) -> None:
    """Nobody is sent to look for snmptrapd when it is fleetmon itself that hears traps."""
    command = "import socket, sys; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('127.0.0.1', 0))\n"
    command += "print(s.getsockname()[1], flush=True); sys.stdin.read()"
    file = tmp_path / "fleetmon"
    file.write_text(command)
    with subprocess.Popen([sys.executable, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        (taken,) = computer.ports(Listen("127.0.0.1", int(other.stdout.readline())), daemon_runs=False)
        other.stdin.close()
    assert taken.weight is Weight.OK
    assert f"a fleetmon that is running has it (process {other.pid})" in taken.text
