"""`fleetmon run` where it cannot start or must end: an exit code for the service manager, and words for people."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from fleetmon import daemon
from fleetmon.cli.run import run
from fleetmon.clock import Clock
from fleetmon.publish.migrations import SCHEMA_VERSION
from fleetmon.publish.outbox import Outbox, OutboxError

HEAD = '[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1:9"\n'
# root may write anywhere; without this one right it is like everybody else, who needs no such help
AS_ANYBODY = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Settings of a site without machines."""
    file = tmp_path / "fleetmon.toml"
    file.write_text(HEAD, encoding="utf-8")
    return file


def started(settings: Path, state: Path | None, *before: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A daemon that is expected to end by itself."""
    where = ["--state", str(state)] if state else []
    main = "import sys; from fleetmon.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", main, "run", "--settings", str(settings), *where]
    told = {**os.environ, **environment}
    return subprocess.run([*before, *command], capture_output=True, text=True, timeout=60, check=False, env=told)


def _a_file(place: Path) -> Path:
    place.write_text("no folder")
    return place


def _below_a_file(place: Path) -> Path:
    return _a_file(place) / "state"


def _not_ours(place: Path) -> Path:
    place.mkdir()
    place.chmod(0o500)
    return place


def _below_what_is_not_ours(place: Path) -> Path:
    return _not_ours(place) / "state"


@pytest.mark.parametrize("make", [_a_file, _below_a_file, _not_ours, _below_what_is_not_ours])
def test_a_state_folder_that_cannot_be_used_is_named(settings: Path, tmp_path: Path, make: object) -> None:
    """A file in its place, or a folder we may not write: exit 1, the path and the system's own word, no traceback."""
    if AS_ANYBODY and shutil.which("setpriv") is None:
        pytest.skip("root without setpriv cannot be refused anything")
    state = make(tmp_path / "place")  # type: ignore[operator]
    ended = started(settings, state, *AS_ANYBODY)
    assert ended.returncode == 1, ended
    assert ended.stderr.startswith(f"{state}/site.db: "), ended.stderr
    assert "Errno" not in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_what_a_newer_fleetmon_wrote_is_left_alone_with_78(settings: Path, tmp_path: Path) -> None:
    """A newer schema: exit 78, which systemd does not restart on, and every file is as it was."""
    state = tmp_path / "state"

    async def begin() -> None:
        async with await Outbox.open(state / "site.db", site="lab", clock=Clock()):
            pass

    asyncio.run(begin())
    with sqlite3.connect(state / "site.db") as newer:
        newer.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    newer.close()
    before = {file.name: file.read_bytes() for file in state.iterdir()}
    ended = started(settings, None, STATE_DIRECTORY=str(state))
    assert ended.returncode == 78, ended
    assert f"{state}/site.db: written by a newer fleetmon" in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert {file.name: file.read_bytes() for file in state.iterdir()} == before


def test_a_state_folder_in_use_is_refused(settings: Path, tmp_path: Path) -> None:
    """Somebody else's daemon has it: exit 1 and the reason; what the other one committed is untouched."""
    state = tmp_path / "state"

    async def meanwhile() -> subprocess.CompletedProcess[str]:
        async with await Outbox.open(state / "site.db", site="lab", clock=Clock()):
            return await asyncio.to_thread(started, settings, state)

    ended = asyncio.run(meanwhile())
    assert ended.returncode == 1, ended
    assert "another fleetmon is using this state directory" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_database_that_breaks_under_way_is_named(
    settings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error comes out of a task of a task: the journal's last line is the database's own word, and exit 1."""

    async def broken(*_: object) -> None:
        async def sender() -> None:
            raise OutboxError("database disk image is malformed")

        async def uplink() -> None:
            async with asyncio.TaskGroup() as inner:
                inner.create_task(sender())

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(uplink())

    monkeypatch.setattr(daemon, "run", broken)
    with pytest.raises(SystemExit) as ended:
        run(settings, tmp_path / "state", None, 1.0)
    assert ended.value.code == 1
    assert capsys.readouterr().err == "database disk image is malformed\n"
