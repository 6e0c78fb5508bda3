"""The archive, the installer and the unit on a real systemd: what docs/install.md promises, from unpacking to removing.

systemd is booted a second time in namespaces of its own, which only root may do and not every container allows; where
it is not possible the test is skipped. Nothing outside of the namespaces is changed.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SYSTEMD = Path("/lib/systemd/systemd")
NAMESPACES = ["unshare", "--mount", "--pid", "--net", "--ipc", "--uts", "--cgroup", "--fork", "--kill-child"]
LONGEST_S = 150
MACHINE = "1.3.6.1.2.1.1.1.0|4|Canon LBP6670 /P\n1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.1602.4.2\n"
EXPECTED = {
    "ensurepip": "none",
    "installed": "0",
    "checked": "0",
    "started": "0",
    "published": "yes",
    "user": "fleetmon",
    "capabilities": "0" * 16,
    "state-mode": "700",
    "asked": "yes",
    "reloaded": "yes",
    "still-the-same": "yes",
    "after-kill": "active",
    "after-standstill": "active 2",
    "bad-settings": "failed 78 0",
    "upgraded": "0 active new",
    "settings-kept": "1",
    "stopped": "success",
    "traps": '"fleetmon"',
    "removed": "0",
    "user-gone": "yes",
}


@pytest.fixture
def cgroup() -> Iterator[Path]:
    """A control group of the trial's own; systemd takes it for the root of all."""
    lines = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    mounted = [Path(words[1]) for words in lines if words[2] == "cgroup2"]
    if os.geteuid() != 0 or not mounted or not SYSTEMD.exists():
        pytest.skip("a second systemd wants root, cgroup2 and systemd itself")
    own = mounted[0] / f"fleetmon-trial-{os.getpid()}"
    try:
        own.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    yield own
    deadline = time.monotonic() + 10
    while own.exists():  # the last processes may still be ending
        with suppress(OSError):
            for folder, _, _ in os.walk(own, topdown=False):
                Path(folder).rmdir()
        assert time.monotonic() < deadline, f"{own} is still in use"
        time.sleep(0.05)


@pytest.fixture
def bridge(root: Path, tmp_path: Path) -> Path:
    """The folder that both sides see: the archive, unpacked, and the trial."""
    if not Path(f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}").exists():
        pytest.skip("the system's Python is another than the one that builds the archive")
    build = [sys.executable, root / "scripts" / "offline" / "bundle.py", "--into", tmp_path / "dist"]
    subprocess.run(build, check=True, capture_output=True)
    (archive,) = (tmp_path / "dist").iterdir()
    folder = tmp_path / "bridge"
    folder.mkdir()
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    next(folder.glob("fleetmon-*")).rename(folder / "archive")
    shutil.copy(HERE / "trial.sh", folder)
    (folder / "machine.snmprec").write_text(MACHINE)
    return folder


def boot(bridge: Path, cgroup: Path) -> str:
    """Boot, wait until it has shut itself down; what its console said."""
    join = f'echo $$ > {cgroup}/cgroup.procs && exec "$@"'
    command = ["sh", "-c", join, "sh", *NAMESPACES, "sh", HERE / "boot.sh", bridge]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S, check=False)
    except subprocess.TimeoutExpired as late:
        return f"not done within {late.timeout} s"
    return f"{done.stdout}{done.stderr}"


def test_a_site_engineer_s_day(bridge: Path, cgroup: Path) -> None:
    """Installed, checked, started, heard, reloaded, killed, stopped dead, misconfigured, upgraded, removed."""
    console = boot(bridge, cgroup)
    if not (bridge / "said").exists():
        pytest.skip(f"systemd does not start in these namespaces: {console[-300:]}")
    seen = dict(line.split(" ", 1) for line in (bridge / "said").read_text().splitlines() if " " in line)
    seen = {word: value.strip() for word, value in seen.items() if word in EXPECTED}
    logs = "\n".join(f"--- {log.name}\n{log.read_text()[-6000:]}" for log in sorted(bridge.glob("*.log")))
    assert seen == EXPECTED, f"{(bridge / 'said').read_text()}\n{logs}"
