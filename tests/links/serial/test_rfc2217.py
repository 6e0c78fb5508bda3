"""Device servers that let their clients set the line: pyserial's, the simulators', and hostile ones."""

import asyncio
import threading
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import serial
import serial.rfc2217
from fleetmon.simulators.byte_agent import serve_bytes
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.wires.outlet import parse_outlet
from hypothesis import given
from hypothesis import strategies as st
from tests.links.serial.lines import asking, failure, link_to, tcp

from fleetmon.links.serial.ports import Ports
from fleetmon.links.serial.telnet import COM_PORT, DO, IAC, SB, SE, SERVER, WILL, Telnet
from fleetmon.model.plan import Handshake, Parity
from fleetmon.model.words import Silence


class Loop:
    """pyserial's own server, as its example has it, on a `loop://` port: what is sent comes back."""

    def __init__(self) -> None:
        self.port = serial.serial_for_url("loop://", timeout=0.01)

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        loop = asyncio.get_running_loop()

        class Sender:
            def write(self, octets: bytes) -> None:
                loop.call_soon_threadsafe(writer.write, bytes(octets))

        manager = serial.rfc2217.PortManager(self.port, Sender())
        ended = threading.Event()
        passing = threading.Thread(target=self._pass_on, args=(manager, Sender(), ended), daemon=True)
        passing.start()
        try:
            while octets := await reader.read(1024):
                self.port.write(b"".join(manager.filter(octets)))
        finally:
            ended.set()
            passing.join()

    def _pass_on(self, manager: serial.rfc2217.PortManager, sender: object, ended: threading.Event) -> None:
        while not ended.is_set():
            if octets := self.port.read(self.port.in_waiting or 1):
                sender.write(b"".join(manager.escape(octets)))  # type: ignore[attr-defined]
            time.sleep(0)


async def test_pysserials_server_sets_its_line_as_told_and_passes_every_octet() -> None:
    """Somebody else's server, set to 7E2 at 19200 with a handshake; all octets that telnet knows pass as they are."""
    server = Loop()
    octets = bytes(each for each in range(256) if each != 13) + b"\xff\xff\xff\x00"
    async with tcp(server.serve) as url:
        link = link_to(
            url.replace("tcp", "rfc2217"),
            baud=19200,
            data_bits=7,
            parity=Parity.EVEN,
            stop_bits=2,
            handshake=Handshake.RTS_CTS,
        )
        for _ in range(3):
            assert (await link.ask(asking(octets + b"\r"))).frames == (octets,)
        found = server.port
        assert (found.baudrate, found.bytesize, found.parity, found.stopbits) == (19200, 7, "E", 2)
        assert found.rtscts
        await link.close()


async def test_the_simulators_server_is_understood_too() -> None:
    """A second server, written from the RFC by others; the wrong speed is heard as nothing, the right one as words."""
    lapis = Machine(load_sheet("lapis_laminator"))
    async with serve_bytes(lapis, outlets=[parse_outlet("rfc2217")]) as [reach]:
        wrong = link_to(reach.url, baud=9600)
        assert (await failure(wrong, asking(b"\x1bT\r", timeout_s=0.1))).why in (Silence.TIMEOUT, Silence.GARBLED)
        await wrong.close()
        link = link_to(reach.url, baud=19200)
        assert (await link.ask(asking(b"\x1bT\r"))).frames == (b"175",)
        await link.close()


async def test_machines_of_one_port_may_set_it_differently() -> None:
    """The line is set anew for whoever has the turn."""
    server, ports = Loop(), Ports()
    async with tcp(server.serve) as url:
        for baud in (9600, 19200, 9600):
            link = link_to(url.replace("tcp", "rfc2217"), ports, baud=baud)
            kept = link_to(url.replace("tcp", "rfc2217"), ports, baud=300)
            assert (await link.ask(asking(b"a\r"))).frames == (b"a",)
            assert server.port.baudrate == baud
            assert (await kept.ask(asking(b"a\r"))).frames == (b"a",)
            assert server.port.baudrate == 300
            await link.close()
            await kept.close()


async def test_a_second_client_is_busy() -> None:
    """A device server with one place throws us out; when it is free we are served."""
    lapis = Machine(load_sheet("lapis_laminator"))
    async with serve_bytes(lapis, outlets=[parse_outlet("rfc2217:0:refused")]) as [reach]:
        first, second = link_to(reach.url, baud=19200), link_to(reach.url, baud=19200)
        await first.ask(asking(b"\x1bT\r"))
        assert (await failure(second, asking(b"\x1bT\r"))).why is Silence.BUSY
        await first.close()
        await asyncio.sleep(0.01)
        assert (await second.ask(asking(b"\x1bT\r"))).frames == (b"175",)
        await second.close()


async def test_a_raw_port_is_told_from_such_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that says nothing to telnet, or refuses the option, is not taken for a silent machine behind one."""
    monkeypatch.setattr("fleetmon.links.serial.bus.OPEN_S", 0.5)

    async def mute(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read()

    async def refusing(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readuntil(bytes((COM_PORT,)))
        writer.write(bytes((IAC, 254, COM_PORT)))
        await reader.read()

    for serve, why in ((mute, Silence.TIMEOUT), (refusing, Silence.REFUSED)):
        async with tcp(serve) as url:
            link = link_to(url.replace("tcp", "rfc2217"))
            error = await failure(link, asking())
            assert error.why is why
            assert "write tcp://" in str(error)
            await link.close()


async def test_a_setting_the_server_will_not_have_is_named() -> None:
    """It keeps what it has and says so; asking at the wrong speed would only bring garbage."""

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readuntil(bytes((COM_PORT,)))
        writer.write(bytes((IAC, DO, COM_PORT)))
        await reader.readuntil(bytes((COM_PORT, 1)))
        writer.write(bytes((IAC, SB, COM_PORT, SERVER + 1)) + (9600).to_bytes(4, "big") + bytes((IAC, SE)))
        await reader.read()

    async with tcp(serve) as url:
        link = link_to(url.replace("tcp", "rfc2217"), baud=115200)
        error = await failure(link, asking())
        assert error.why is Silence.REFUSED
        assert "will not set the baud rate of 115200 8N1; it keeps 9600" in str(error)
        await link.close()


async def test_no_threads_and_no_connections_are_left() -> None:
    """An opening that is cancelled in its middle, again and again."""

    @asynccontextmanager
    async def mute() -> AsyncIterator[str]:
        async def serve(reader: StreamReader, writer: StreamWriter) -> None:
            await reader.read()
            gone.append(writer)

        async with tcp(serve) as url:
            yield url.replace("tcp", "rfc2217")

    gone: list[StreamWriter] = []
    threads = threading.active_count()
    async with mute() as url:
        link = link_to(url)
        for _ in range(5):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await link.ask(asking())
        async with asyncio.timeout(5):
            while len(gone) < 5:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        await link.close()
    assert threading.active_count() <= threads + 1


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_whatever_a_server_says_is_understood_alike_however_it_is_cut(parts: list[bytes]) -> None:
    """Anything at all: the same data, the same answers, nothing raised, and memory that does not grow."""
    whole, cut = Telnet(), Telnet()
    told = whole.feed(b"".join(parts))
    pieces = [cut.feed(part) for part in parts]
    assert b"".join(each.data for each in pieces) == told.data
    assert b"".join(each.answer for each in pieces) == told.answer
    assert tuple(each for piece in pieces for each in piece.confirmed) == told.confirmed
    assert len(cut._sub) <= 64


def test_an_endless_subnegotiation_takes_no_room() -> None:
    """And what comes after it is heard."""
    telnet = Telnet()
    telnet.feed(bytes((IAC, SB)) + b"x" * 100_000)
    assert telnet.feed(bytes((IAC, SE)) + b"data").data == b"data"
    assert len(telnet._sub) <= 64


def test_an_option_nobody_asked_for_is_refused_once() -> None:
    """Else two that refuse each other's refusals would go on for ever."""
    telnet = Telnet()
    assert telnet.feed(bytes((IAC, WILL, 99))).answer == bytes((IAC, 254, 99))
    assert telnet.feed(bytes((IAC, WILL, 99))).answer == b""
    assert telnet.feed(bytes((IAC, DO, 99))).answer == bytes((IAC, 252, 99))


@given(st.binary(max_size=60))
def test_data_passes_whole(octets: bytes) -> None:
    """What a server doubles is single again."""
    assert Telnet().feed(octets.replace(b"\xff", b"\xff\xff")).data == octets
