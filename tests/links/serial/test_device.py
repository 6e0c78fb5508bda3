"""Serial ports of this computer, as ptys: opening does nothing, unplugging is survived, who was first has the port."""

import asyncio
import errno
import os
import termios
from pathlib import Path

import pytest
import serial
from tests.links.serial.lines import Pty, asking, failure, link_to, pty

from fleetmon.decode.dialogue import Answer
from fleetmon.links.serial.device import DevicePort
from fleetmon.links.serial.link import SerialLink
from fleetmon.links.serial.port import LineSettings
from fleetmon.links.serial.ports import Ports
from fleetmon.model.plan import Handshake, Parity
from fleetmon.model.words import Silence


async def answered(link: SerialLink, port: Pty, question: bytes = b"?\r", said: bytes = b"ok\r") -> Answer:
    """Ask, with somebody at the other end who answers."""

    async def answer() -> None:
        assert await port.hear() == question
        port.say(said)

    replying = asyncio.create_task(answer())
    try:
        return await link.ask(asking(question))
    finally:
        await replying


async def test_a_question_is_answered_octet_by_octet() -> None:
    """All octets pass as they are, whatever terminals make of them elsewhere."""
    octets = bytes(each for each in range(256) if each != 13)
    with pty() as port:
        link = link_to(port.url)
        assert (await answered(link, port, octets + b"\r", octets + b"\r")).frames == (octets,)
        await link.close()


async def test_opening_sends_nothing_and_closing_drops_nothing() -> None:
    """Not an octet by opening; and DTR stays up when the port is closed (no HUPCL), else some machines would reset."""
    with pty() as port:
        device = DevicePort(port.path)
        await device.open(LineSettings(), 1.0)
        assert not termios.tcgetattr(device._fd)[2] & termios.HUPCL
        with pytest.raises(BlockingIOError):
            os.read(port.master, 1)
        device.close()


async def test_the_line_is_set_as_asked() -> None:
    """Speed, stop bits and handshake; character size and parity a pty does not have, so they are not asked of it."""
    with pty() as port:
        device = DevicePort(port.path)
        await device.open(LineSettings(19200, 7, Parity.EVEN, 2, Handshake.RTS_CTS), 1.0)
        _, _, control, _, speed, *_ = termios.tcgetattr(device._fd)
        assert speed == termios.B19200
        assert control & termios.CSTOPB
        assert control & termios.CRTSCTS
        device.close()


async def test_what_a_port_cannot_be_set_to_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every UART knows seven bits; the C library says so in its own way."""

    def refuse(*settings: object) -> None:
        raise termios.error(errno.EINVAL, os.strerror(errno.EINVAL))

    with pty() as port:
        monkeypatch.setattr("termios.tcsetattr", refuse)
        error = await failure(link_to(port.url, data_bits=7, parity=Parity.EVEN), asking())
        assert str(error) == f"{port.path} cannot be set to 9600 7E1: Invalid argument"
        assert error.why is Silence.PORT_GONE


@pytest.mark.parametrize("path", ["/dev/no-such-port", "/dev", "/dev/null"])
async def test_what_is_no_serial_port_is_gone(path: str) -> None:
    """A path that leads nowhere, or elsewhere."""
    error = await failure(link_to(f"serial://{path}"), asking())
    assert error.why is Silence.PORT_GONE
    assert str(error).startswith(f"{path}: ")
    assert ("no serial port" in str(error)) == (path != "/dev/no-such-port")


@pytest.mark.parametrize(
    ("number", "why"),
    [(errno.EACCES, Silence.UNAUTHORISED), (errno.EBUSY, Silence.BUSY), (errno.EIO, Silence.PORT_GONE)],
)
async def test_why_a_port_does_not_open(monkeypatch: pytest.MonkeyPatch, number: int, why: Silence) -> None:
    """Who may not open a port is told the group that may; one that somebody holds alone is busy."""

    def refuse(path: str, flags: int, *more: object) -> int:
        raise OSError(number, os.strerror(number), path)

    with pty() as port:
        monkeypatch.setattr("os.open", refuse)
        error = await failure(link_to(port.url), asking())
        monkeypatch.undo()  # others open files, too
    assert error.why is why
    assert ("dialout" in str(error)) == (why is Silence.UNAUTHORISED)


async def test_a_port_somebody_has_locked_is_busy() -> None:
    """Another program that opened it for itself is not disturbed; when it has gone, we are served."""
    with pty() as port:
        link = link_to(port.url)
        with serial.Serial(port.path, exclusive=True):
            assert (await failure(link, asking())).why is Silence.BUSY
        assert (await answered(link, port)).frames == (b"ok",)
        with pytest.raises(serial.SerialException):
            serial.Serial(port.path, exclusive=True)
        await link.close()
        serial.Serial(port.path, exclusive=True).close()


async def test_an_adapter_that_vanishes_and_returns(tmp_path: Path) -> None:
    """Pulled: the port is gone. Plugged in again under the same name: the next question is answered."""
    by_id = tmp_path / "usb-adapter"
    link = link_to(f"serial://{by_id}")
    assert (await failure(link, asking())).why is Silence.PORT_GONE
    with pty(by_id) as port:
        assert (await answered(link, port)).frames == (b"ok",)
        port.unplug()
        assert (await failure(link, asking())).why is Silence.PORT_GONE
    by_id.unlink()
    assert (await failure(link, asking())).why is Silence.PORT_GONE
    with pty(by_id) as port:
        assert (await answered(link, port)).frames == (b"ok",)
        await link.close()


async def test_an_adapter_exchanged_between_two_polls_costs_nothing(tmp_path: Path) -> None:
    """What was opened is dead, what stands there now lives: the same question finds it."""
    by_id = tmp_path / "usb-adapter"
    link = link_to(f"serial://{by_id}")
    with pty(by_id) as port:
        await answered(link, port)
        with pty(by_id) as other:
            port.unplug()
            assert (await answered(link, other)).frames == (b"ok",)
            await link.close()


async def test_an_adapter_pulled_in_the_middle_of_an_answer() -> None:
    """It is said at once, and what came is kept."""
    with pty() as port:
        link = link_to(port.url)

        async def pull() -> None:
            await port.hear()
            port.say(b"half")
            await asyncio.sleep(0.02)
            port.unplug()

        pulling = asyncio.create_task(pull())
        error = await failure(link, asking())
        await pulling
        assert (error.why, error.came) == (Silence.PORT_GONE, b"half")
        await link.close()


async def test_octets_nobody_takes_do_not_hold_up_the_closing() -> None:
    """A machine that holds us back with its handshake: a request that does not fit is given up in its time."""
    with pty() as port:
        link = link_to(port.url)
        big = b"x" * 200_000
        assert (await failure(link, asking(big, timeout_s=0.05))).why is Silence.TIMEOUT
        await link.close()


async def test_machines_with_the_same_url_share_a_port() -> None:
    """The last one to leave closes it, and each may set the line anew."""
    with pty() as port:
        ports = Ports()
        first, second = link_to(port.url, ports), link_to(port.url, ports, baud=19200)
        await answered(first, port)
        await answered(second, port)
        await first.close()
        await first.close()
        await answered(second, port)
        with pytest.raises(serial.SerialException):
            serial.Serial(port.path, exclusive=True)
        await second.close()
        serial.Serial(port.path, exclusive=True).close()
