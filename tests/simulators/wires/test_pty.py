"""A machine on a pty, as serial libraries and shells find it."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fleetmon.simulators.byte_agent import open_outlet, serve_bytes
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.wires.conversation import Voice
from fleetmon.simulators.wires.delivery import Delivery
from fleetmon.simulators.wires.outlet import Outlet, Wire, parse_outlet

Talk = Callable[..., Awaitable[bytes]]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no ptys")


async def test_clients_come_and_go(lapis: Machine, talk: Talk, served: Callable) -> None:
    """pyserial opens and closes the port five times; each time the machine answers, and nothing is echoed."""
    async with served(lapis, "pty") as [reach]:
        for _ in range(5):
            assert await talk(reach.url, b"\x1bT\r", baud=19200, end=b"\r") == b"175\r"


async def test_a_shell_is_client_enough(lapis: Machine, served: Callable, tmp_path: Path) -> None:
    """`printf` and `head` on the device, no serial library anywhere."""
    answer = tmp_path / "answer"
    async with served(lapis, "pty") as [reach]:
        shell = f"printf '\\033T\\r' > {reach.path}; head -c 4 {reach.path} > {answer}"
        process = await asyncio.create_subprocess_exec("sh", "-c", shell)
        assert await asyncio.wait_for(process.wait(), 10) == 0
    assert answer.read_bytes() == b"175\r"


async def test_a_link_stays_the_same_and_goes_with_the_machine(lapis: Machine, talk: Talk, tmp_path: Path) -> None:
    """A link that leads nowhere is replaced; at the end ours is removed, unless somebody has put another there."""
    link = tmp_path / "lapis"
    link.symlink_to(tmp_path / "gone")
    outlet = parse_outlet(f"pty:{link}")
    async with serve_bytes(lapis, outlets=[outlet]) as [reach]:
        assert reach.url == str(link)
        assert await talk(str(link), b"\x1bT\r", baud=19200, end=b"\r") == b"175\r"
        assert [each.name for each in tmp_path.iterdir()] == ["lapis"]
    assert not link.is_symlink()
    async with serve_bytes(lapis, outlets=[outlet]):
        link.unlink()
        link.symlink_to("/dev/null")
    assert link.readlink() == Path("/dev/null")


async def test_a_file_is_never_replaced_by_a_link(lapis: Machine, tmp_path: Path) -> None:
    """Whoever mistypes a path does not lose what is there."""
    precious = tmp_path / "precious"
    precious.write_text("do not lose")
    with pytest.raises(FileExistsError, match="no symbolic link"):
        async with serve_bytes(lapis, outlets=[Outlet(Wire.PTY, link=precious)]):
            raise AssertionError("it was served")
    assert precious.read_text() == "do not lose"


async def test_the_name_of_another_machine_is_not_taken(lapis: Machine, tmp_path: Path) -> None:
    """A link to anything but a pty may be a real machine's: it stays."""
    taken = tmp_path / "usb-Acme_Cable"
    taken.symlink_to("/dev/null")
    with pytest.raises(FileExistsError, match="leads to /dev/null"):
        async with serve_bytes(lapis, outlets=[Outlet(Wire.PTY, link=taken)]):
            raise AssertionError("it was served")
    assert taken.readlink() == Path("/dev/null")


async def test_the_wrong_baud_rate_gives_garbage(lapis: Machine, talk: Talk, served: Callable) -> None:
    """At 9600 instead of 19200 the laminator does not understand; back at 19200 it does."""
    async with served(lapis, "pty") as [reach]:
        assert await talk(reach.url, b"\x1bT\r", baud=9600, timeout=0.3) == b""
        assert await talk(reach.url, b"\x1bT\r", baud=19200, end=b"\r") == b"175\r"


ALPHABET = bytes(range(32, 127)) * 300


class Verbose:
    """Answers any octet with 28 500."""

    def hear(self, octets: bytes, now: float) -> list[Delivery]:
        return [Delivery(0, ALPHABET)] if octets else []


async def test_a_long_answer_arrives_whole(lapis: Machine) -> None:
    """A pty takes some 64 KiB until somebody reads; what does not fit waits, in order."""
    interface = lapis.sheet.speaks
    assert interface is not None
    line = replace(interface.line, baud=4_000_000)
    async with open_outlet(Voice(Verbose(), line, lambda: 0.0), Outlet(Wire.PTY)) as reach:
        device = os.open(reach.path, os.O_RDWR | os.O_NOCTTY)
        try:
            for _ in range(3):
                os.write(device, b"?")
                await asyncio.sleep(len(ALPHABET) * line.octet_s + 0.05)  # or the machine's own send buffer is full
            got = b""
            while len(got) < 3 * len(ALPHABET):
                got += await asyncio.wait_for(asyncio.to_thread(os.read, device, 4096), 10)
        finally:
            os.close(device)
    assert got == ALPHABET * 3
