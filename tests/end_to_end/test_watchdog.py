"""A daemon that gets nowhere is restarted: on purpose a poller, the monitor or the outbox is made to stand still."""

import asyncio
import socket
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from fleetmon import daemon, settings, watchdog
from fleetmon.clock import Clock
from fleetmon.decode.dialogue import Reply, Request
from fleetmon.model.messages import Record
from fleetmon.site import Site
from fleetmon.systemd import Signals

from .conftest import free_port

LOOK_S = 0.25


class Deaf:
    """A link that answers nobody and that no deadline can end, until it is let go."""

    def __init__(self) -> None:
        self.let_go = False

    async def ask(self, request: Request) -> Reply:
        """Hangs."""
        while not self.let_go:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0.05)
        return ()

    async def close(self) -> None:
        """Nothing is held open."""


def deafen(site: Site) -> Callable[[], None]:
    """Make a poller hang; returns what ends it."""
    site.pollers[0].link = deaf = Deaf()
    return lambda: setattr(deaf, "let_go", True)


def stop_monitor(site: Site) -> Callable[[], None]:
    """Make the monitor wait for something that does not come."""
    forever = asyncio.Event()

    async def commit(self: Site, outcome: object) -> None:
        await forever.wait()

    was = Site.commit
    Site.commit = commit  # type: ignore[method-assign,assignment]

    def end() -> None:
        Site.commit = was  # type: ignore[method-assign]
        forever.set()

    return end


def stop_outbox(site: Site) -> Callable[[], None]:
    """Make the disk stand still in the midst of a transaction."""
    goes_on = threading.Event()
    database = site.outbox._database
    write = database.write
    database.write = lambda batch: (goes_on.wait(60), write(batch))[1]  # type: ignore[method-assign]
    return goes_on.set


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A service manager that looks four times as often as it is told to here."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", str(round(LOOK_S * watchdog.LOOKS * 1e6)))
        monkeypatch.delenv("WATCHDOG_PID", raising=False)
        yield channel


async def hear(manager: socket.socket) -> str:
    """The next thing it is told; the test fails if that takes 10 s."""
    async with asyncio.timeout(10):
        return (await asyncio.get_running_loop().sock_recv(manager, 4096)).decode()


@pytest.mark.parametrize(
    ("stop", "who"), [(deafen, "poll prn1/main"), (stop_monitor, "monitor"), (stop_outbox, "outbox")]
)
async def test_whoever_stands_still_ends_the_signs_of_life(
    stop: Callable[[Site], Callable[[], None]],
    who: str,
    manager: socket.socket,
    tmp_path: Path,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In health there is one after the other; then none any more, and the log names who; afterwards they come back."""
    monkeypatch.setattr(watchdog, "GRACE_S", 0.2)
    monkeypatch.setattr("fleetmon.poller.POLL_DEADLINE_S", 0.2)
    walk = tomllib.loads((root / "drivers/snmp_printer/captures/printer-idle.toml").read_text("utf-8"))["walk"]
    (tmp_path / "printer.walk").write_text(walk, encoding="utf-8")
    text = f'[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1:{free_port()}"\n[snmp]\ntraps = "off"\n'
    text += '[[machine]]\nid = "prn1"\nsource = { url = "walk:printer.walk", interval = "200ms" }\n'
    (tmp_path / "fleetmon.toml").write_text(text, encoding="utf-8")
    signals, sites = Signals(), []
    with capture_logs() as logged:
        found = settings.load(tmp_path / "fleetmon.toml")
        state = tmp_path / "state"
        run = daemon.run(found, state, Clock(), signals, sites.append, lambda event: None)
        running = asyncio.create_task(run)
        alive = 0
        while alive < 8:
            heard = await hear(manager)
            alive += "WATCHDOG=1\nSTATUS=1 of 1 machines live, uplink down" in heard
            assert "stuck" not in heard
        go_on = stop(sites[0])
        if who == "outbox":
            busy = asyncio.create_task(sites[0].outbox.commit((), [Record("test", "one", b"")]))
        stuck = 0
        while stuck < watchdog.LOOKS:
            stuck = stuck + 1 if f"STATUS=stuck: {who}" in await hear(manager) else 0
        assert [each["who"] for each in logged if each["log_level"] == "error"] == [who]
        go_on()
        while "WATCHDOG=1" not in await hear(manager):
            pass
        if who == "outbox":
            await busy
        signals.stop.set()
        await running
    assert [each["who"] for each in logged if each["event"] == "it gets on again"] == [who]
