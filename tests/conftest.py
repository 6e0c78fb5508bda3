"""What every room of tests may rely on: the captures of real devices, and a network that ends at this machine.

The captures are not part of the repository. Where they are absent the tests that need them are skipped; where CI has
them a skip for their sake is a failure, since nobody reads the reasons of skipped tests there.
"""

import ipaddress
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from tests.compared import PROPERTY, table

# No deadlines: a busy machine is no bug. In CI the same examples every time, so that a red run is about the change.
settings.register_profile(
    "fleetmon", deadline=None, derandomize=os.environ.get("CI") == "true", suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("fleetmon")

ROOT = Path(__file__).resolve().parents[1]
CAPTURES = ROOT.parent / "shared" / "captures"
WAITING = (
    "end_to_end", "torture", "publish", "simulators/vices", "links", "poller", "simulators/contract", "systemd", "demo",
    "daemon", "room", "project", "cli", "notify", "simulators/wires", "settings", "checking",
)  # fmt: skip

_SENDING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


def _stay_at_home(event: str, args: tuple[object, ...], sending: frozenset[str] = _SENDING) -> None:
    """An audit hook (PEP 578): refuses to send anything to another machine, whichever library tries."""
    if event not in sending:  # a default, since globals are gone while the interpreter ends
        return
    sock, address = args[0], args[1]
    if isinstance(sock, socket.socket) and sock.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    if isinstance(address, tuple) and isinstance(address[0], str) and not _is_this_machine(address[0]):
        raise RuntimeError(f"a test may only talk to this machine, not to {address}")


sys.addaudithook(_stay_at_home)


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def captures() -> Path:
    """The folder with the captures of real devices; the test is skipped where it is absent."""
    if not CAPTURES.is_dir():
        pytest.skip("the captures of real devices are not beside this checkout")
    return CAPTURES


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole files go to one process each. Those that wait more than they compute alternate with those that compute, so
    that there is always something to do, and come first, so that no long one is left alone at the end."""
    waiting, computing = dict[Path, int](), dict[Path, int]()
    for item in items:
        group = computing if _room_that_waits(item.path) is None else waiting
        group.setdefault(item.path, len(group))
    order = sorted(waiting, key=lambda path: (_room_that_waits(path) or 0, waiting[path]))
    place = {path: 0.8 * number / len(order) for number, path in enumerate(order)}
    place |= {path: number / len(computing) for path, number in computing.items()}
    items.sort(key=lambda item: place[item.path])


def _room_that_waits(path: Path) -> int | None:
    room = path.relative_to(ROOT / "tests").as_posix()
    return next((number for number, each in enumerate(WAITING) if room.startswith(f"{each}/")), None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """In CI, with the captures present, a test that is skipped for lack of captures has failed."""
    report = yield
    must_not_skip = os.environ.get("CI") == "true" and CAPTURES.is_dir()
    if must_not_skip and report.skipped and "capture" in str(call.excinfo and call.excinfo.value):
        report.outcome = "failed"
        report.longrepr = f"skipped although the captures are there: {call.excinfo.value}"
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say what the comparison with the captures rests on."""
    passed = terminalreporter.stats.get("passed", [])
    lines = list(table(value for report in passed for name, value in report.user_properties if name == PROPERTY))
    if lines:
        terminalreporter.section("captures of real devices")
        for line in lines:
            terminalreporter.write_line(line)
