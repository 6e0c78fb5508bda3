"""The daemon does its whole work in the cage of its unit: a tightened sandbox must not be noticed at a site first."""

import ctypes.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

CAGE = Path(__file__).with_name("cage.py")
DEADLINE_S = 20.0
WALK = "1.3.6.1.2.1.1.1.0|4|Canon LBP6670 /P\n1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.1602.4.2\n"
SETTINGS = """\
[site]
id = "lab"
[mqtt]
url = "mqtt://localhost:{port}"
[snmp]
traps = "off"
[snmp.profile.v3]
version = "3"
user = "monitor"
auth = "sha256"
auth_password = {{ credential = "snmp.auth" }}
[[machine]]
id = "prn1"
source = {{ url = "walk:prn1.snmprec", interval = "1s" }}
[[machine]]
id = "prn2"
source = {{ url = "snmp://localhost:{dead}", interval = "1s" }}
[[machine]]
id = "prn3"
source = {{ url = "snmp://127.0.0.1:{dead}", profile = "v3", interval = "1s" }}
"""

pytestmark = pytest.mark.skipif(
    not ctypes.util.find_library("seccomp") and os.environ.get("CI") != "true", reason="there is no libseccomp here"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def caged(units: Path, *program: str | Path) -> list[str | Path]:
    return [sys.executable, CAGE, units / "fleetmon.service", *program]


@pytest.mark.parametrize(
    "deed",
    [
        "import mmap; mmap.mmap(-1, 4096, prot=7)",
        "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
        "import os; os.chown('.', 0, 0)",
        "import os; os.nice(-1)",
        "import socket; socket.sethostname('x')",
        "import ctypes, os; r = ctypes.CDLL(None).unshare(0x10000000); r == 0 or 1/0",
    ],
)
@pytest.mark.usefixtures("analyze")
def test_the_cage_is_closed(units: Path, deed: str) -> None:
    """Code in pages that were written, other networks, other owners, other names and namespaces: all refused."""
    done = subprocess.run(caged(units, sys.executable, "-c", deed), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert any(word in done.stderr for word in ("PermissionError", "ZeroDivisionError")), done.stderr


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[int]:
    """The port of a mosquitto of its own."""
    port, settings = free_port(), tmp_path / "mosquitto.conf"
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n")
    with subprocess.Popen(["mosquitto", "-c", settings], stderr=subprocess.DEVNULL) as process:
        yield port
        process.terminate()


def test_the_daemon_works_in_its_cage(units: Path, tmp_path: Path, broker: int, analyze: str) -> None:
    """It reads credentials, opens its database, tells systemd, asks machines (v2c by name, v3, a walk), publishes."""
    assert analyze
    (tmp_path / "snmp.auth").write_text("longenough\n")
    (tmp_path / "prn1.snmprec").write_text(WALK)
    (tmp_path / "fleetmon.toml").write_text(SETTINGS.format(port=broker, dead=free_port()))
    environment = {
        **os.environ,
        "NOTIFY_SOCKET": str(tmp_path / "notify"),
        "CREDENTIALS_DIRECTORY": str(tmp_path),
        "STATE_DIRECTORY": str(tmp_path / "state"),
        "RUNTIME_DIRECTORY": str(tmp_path),
    }
    (tmp_path / "state").mkdir()
    log = tmp_path / "log"
    listen = ["mosquitto_sub", "-p", str(broker), "-t", "fleetmon/v1/lab/up/state/prn1", "-C", "1", "-W", "20"]
    command = caged(units, sys.executable, "-m", "fleetmon.cli", "run", "--settings", tmp_path / "fleetmon.toml")
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager,
        log.open("wb") as lines,
    ):
        manager.bind(environment["NOTIFY_SOCKET"])
        manager.settimeout(DEADLINE_S)
        with subprocess.Popen(command, env=environment, stderr=lines) as daemon:
            try:
                wait_for(lambda: daemon.poll() is not None or b"READY=1" in received(manager), log)
                heard = subprocess.run(listen, check=True, capture_output=True, text=True).stdout
                wait_for(lambda: all(f'"{each}"' in log.read_text() for each in ("prn2", "prn3")), log)
            finally:
                daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(DEADLINE_S) == 0
    assert json.loads(heard)["data"]["machine"] == "prn1"
    assert "Operation not permitted" not in log.read_text()


def received(manager: socket.socket) -> bytes:
    try:
        return manager.recv(4096)
    except TimeoutError:
        return b""


def wait_for(condition: Callable[[], bool], log: Path) -> None:
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.01)
