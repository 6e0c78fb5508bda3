"""Machines and device servers on TCP: who is there, who is busy, who hung up."""

import asyncio
import socket
import struct
from asyncio import StreamReader, StreamWriter

import pytest
from tests.links.serial.lines import UNTIL_CLOSE, UNTIL_QUIET, asking, failure, link_to, tcp, until

from fleetmon.decode.dialogue import Ask
from fleetmon.links.host import Endpoint
from fleetmon.links.serial.tcp import MOST_WAITING, _with_scope
from fleetmon.model.words import Silence


async def echo(reader: StreamReader, writer: StreamWriter) -> None:
    """Answers every line with itself."""
    while line := await reader.readuntil(b"\r"):
        writer.write(line)


def reset(writer: StreamWriter) -> None:
    """Throw a client out, as device servers do with the second one."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def test_one_connection_serves_all_questions() -> None:
    """By default the connection is kept from poll to poll."""
    clients = []

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        clients.append(writer)
        await echo(reader, writer)

    async with tcp(serve) as url:
        link = link_to(url)
        for word in (b"a\r", b"b\r", b"c\r"):
            async with link.turn():
                assert (await link.ask(asking(word))).octets == word
        await link.close()
    assert len(clients) == 1


@pytest.mark.parametrize(("connect", "connections"), [("keep", 1), ("each-poll", 2), ("each-request", 4)])
async def test_a_connection_ends_when_the_driver_wants_it(connect: str, connections: int) -> None:
    """Two polls of two questions: a device server with one place is left to others between polls, or questions; and
    nobody is connected any more when the poll is over."""
    there: list[StreamWriter] = []
    left = asyncio.Event()

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        there.append(writer)
        left.clear()
        await echo(reader, writer)

    async def meet(reader: StreamReader, writer: StreamWriter) -> None:
        try:
            await serve(reader, writer)
        finally:
            left.set()

    async with tcp(meet) as url:
        link = link_to(url, connect=connect)
        for _ in range(2):
            async with link.turn():
                await link.ask(asking(b"a\r"))
                await link.ask(asking(b"b\r"))
            if connect != "keep":
                async with asyncio.timeout(5):
                    await left.wait()
        await link.close()
    assert len(there) == connections


async def test_the_request_itself_may_end_the_connection() -> None:
    """`Ask.close` says so."""
    clients = []

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        clients.append(writer)
        await echo(reader, writer)

    async with tcp(serve) as url:
        link = link_to(url)
        for _ in range(2):
            assert (await link.ask(asking(close=True))).frames == (b"?",)
        await link.close()
    assert len(clients) == 2


async def test_nobody_there_is_refused() -> None:
    """A port on which nobody listens is refused, and found again as soon as somebody does."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    link = link_to(f"tcp://127.0.0.1:{port}")
    assert (await failure(link, asking())).why is Silence.REFUSED
    async with tcp(echo, port):
        assert (await link.ask(asking())).frames == (b"?",)
        await link.close()


@pytest.mark.parametrize("rudely", [False, True])
@pytest.mark.parametrize("at_once", [False, True])
async def test_a_server_without_room_is_busy(rudely: bool, at_once: bool) -> None:
    """Connected, and closed or reset without a word, before or after we asked: somebody else has the port."""

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        if not at_once:
            await reader.readuntil(b"\r")
        if rudely:
            reset(writer)

    async with tcp(serve) as url:
        link = link_to(url)
        for _ in range(2):
            assert (await failure(link, asking())).why is Silence.BUSY
        await link.close()


async def test_a_server_that_holds_the_second_client_is_mute() -> None:
    """It cannot be told from a machine that is off."""

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read()

    async with tcp(serve) as url:
        link = link_to(url)
        assert (await failure(link, asking(timeout_s=0.05))).why is Silence.TIMEOUT
        await link.close()


async def test_hanging_up_in_the_middle_is_garbled() -> None:
    """Half an answer is none, and is kept for whoever asks what came."""

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readuntil(b"\r")
        writer.write(b"17")

    async with tcp(serve) as url:
        link = link_to(url)
        error = await failure(link, asking())
        assert (error.why, error.came) == (Silence.GARBLED, b"17")
        await link.close()


async def test_a_connection_that_breaks_is_no_end_of_an_answer() -> None:
    """Until it is closed, not until it is reset: PAGES=12 may have been going to be PAGES=1234."""

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read()
        writer.write(b"PAGES=12")
        await writer.drain()
        await asyncio.sleep(0.02)
        reset(writer)

    async with tcp(serve) as url:
        link = link_to(url)
        error = await failure(link, Ask(b"status", UNTIL_CLOSE, 5.0))
        assert (error.why, error.came) == (Silence.PORT_GONE, b"PAGES=12")
        await link.close()


async def test_a_kept_connection_that_ends_meanwhile_is_made_anew() -> None:
    """A device server that ends idle connections costs nothing; one that ends it for an answer costs that answer."""
    questions = 0

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        nonlocal questions
        while True:
            await reader.readuntil(b"\r")
            questions += 1
            if questions == 3:
                return
            writer.write(b"ok\r")
            if questions == 1:
                return

    async with tcp(serve) as url:
        link = link_to(url)
        assert (await link.ask(asking())).frames == (b"ok",)
        await until(lambda: not link._bus.port.is_open)
        assert (await link.ask(asking())).frames == (b"ok",)
        assert (await failure(link, asking(timeout_s=0.5))).why is Silence.PORT_GONE
        assert (await link.ask(asking())).frames == (b"ok",)
        await link.close()


async def test_until_close_closes_our_half_and_reads_to_the_end() -> None:
    """The machine sees that the question is over, answers all of it and hangs up: that is the end of the frame."""

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        asked = await reader.read()
        writer.write(b"<" + asked + b">")

    async with tcp(serve) as url:
        link = link_to(url)
        for _ in range(2):
            answer = await link.ask(Ask(b"status", UNTIL_CLOSE, 5.0))
            assert answer.frames == (b"<status>",)
        await link.close()


async def test_until_quiet_ends_with_a_pause() -> None:
    """The machine marks no end, so a moment of quiet does."""

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        while await reader.readuntil(b"\r"):
            writer.write(b"all")
            await asyncio.sleep(0.01)
            writer.write(b" well")

    async with tcp(serve) as url:
        link = link_to(url)
        assert (await link.ask(Ask(b"?\r", UNTIL_QUIET, 5.0))).frames == (b"all well",)
        await link.close()


async def test_a_flood_is_garbled_and_bounded() -> None:
    """A machine that says a megabyte of anything is refused early, and what nobody takes is not kept."""
    held = []

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readuntil(b"\r")
        for _ in range(64):
            writer.write(b"x" * 16384)
            await writer.drain()

    async with tcp(serve) as url:
        link = link_to(url)
        error = await failure(link, asking())
        held.append(len(error.came))
        assert error.why is Silence.GARBLED
        await link.close()
    assert max(held) <= 2 * MOST_WAITING


async def test_machines_with_an_address_of_ipv6() -> None:
    """In brackets; and the network card belongs to a local address."""
    async with tcp(echo, host="::1") as url:
        link = link_to(url)
        assert (await link.ask(asking())).frames == (b"?",)
        await link.close()
    assert _with_scope(Endpoint(socket.AF_INET6, ("fe80::1", 1, 0, 3))) == "fe80::1%3"
    assert _with_scope(Endpoint(socket.AF_INET6, ("::1", 1, 0, 0))) == "::1"


async def test_a_name_nobody_knows_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for every other link."""

    async def unknown(*asked: object, **how: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    error = await failure(link_to("tcp://no-such-machine.invalid:1"), asking())
    assert "no-such-machine.invalid cannot be resolved" in str(error)
    assert error.why is Silence.TIMEOUT
