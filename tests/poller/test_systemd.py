"""The service manager's side: what it asks for, what it is told, what it hands over."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fleetmon import systemd


@pytest.mark.parametrize("abstract", [False, True])
async def test_it_is_told_over_its_socket(abstract: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path or a name in the abstract space; several lines are one message (sd_notify(3))."""
    name = f"@fleetmon-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(f"\0{name[1:]}" if abstract else name)
        channel.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        assert systemd.listens()
        systemd.notify("READY=1", "STATUS=all is well")
        assert channel.recv(4096) == b"READY=1\nSTATUS=all is well"
        before = time.monotonic_ns() // 1000
        systemd.notify_reloading()
        words, moment = channel.recv(4096).decode().split("\nMONOTONIC_USEC=")
        assert words == "RELOADING=1"
        assert before <= int(moment) <= time.monotonic_ns() // 1000 + 1


def test_a_manager_that_is_gone_or_does_not_read_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten thousand messages into a socket that nobody empties, and one into none at all, return at once."""
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(path))
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        for _ in range(10_000):
            systemd.notify("WATCHDOG=1")
    path.unlink()
    systemd.notify("WATCHDOG=1")
    monkeypatch.delenv("NOTIFY_SOCKET")
    systemd.notify("WATCHDOG=1")
    assert not systemd.listens()


@pytest.mark.parametrize(
    ("asked", "of", "expected_s"),
    [
        ("30000000", None, 30.0),
        pytest.param("30000000", str(os.getpid()), 30.0, id="ours"),
        ("30000000", "", 30.0),
        ("30000000", "1", None),
        ("0", None, None),
        ("", None, None),
        ("soon", None, None),
        ("-5", None, None),
        ("²", None, None),
        (None, None, None),
    ],
)
def test_how_often_it_wants_a_sign_of_life(
    asked: str | None, of: str | None, expected_s: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Microseconds, meant for this process or for none in particular (sd_watchdog_enabled(3))."""
    for name, value in (("WATCHDOG_USEC", asked), ("WATCHDOG_PID", of)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    assert systemd.watchdog_s() == expected_s


def test_a_udp_socket_that_was_opened_for_us_is_taken_once() -> None:
    """As a socket unit does it (sd_listen_fds(3)): descriptors from 3 on; what is no UDP socket is closed and said."""
    program = (
        "import os, socket\n"
        "udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); udp.bind(('127.0.0.1', 0))\n"
        "tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)\n"
        "os.dup2(udp.fileno(), 13); os.dup2(tcp.fileno(), 14); udp.close(); tcp.close()\n"
        "os.dup2(13, 3); os.dup2(14, 4); os.close(13); os.close(14)\n"
        "from fleetmon import systemd\n"
        "os.environ['LISTEN_FDS'] = '2'; os.environ['LISTEN_PID'] = str(os.getpid())\n"
        "(taken,) = systemd.datagram_sockets()\n"
        "assert taken.getsockname()[0] == '127.0.0.1' and not taken.get_inheritable()\n"
        "assert systemd.datagram_sockets() == []\n"
        "os.environ['LISTEN_FDS'] = '2'; os.environ['LISTEN_PID'] = '1'\n"
        "assert systemd.datagram_sockets() == []\n"
        "taken.close()\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "only UDP is taken" in ended.stdout + ended.stderr
