"""One conversation a port: whose turn it is, and that no late octet is ever taken for an answer."""

import asyncio
from asyncio import StreamReader, StreamWriter

import pytest
from tests.links.serial.lines import Pty, asking, failure, link_to, pty, tcp

from fleetmon.errors import LinkError
from fleetmon.links.base import Sharing
from fleetmon.links.serial.ports import Ports
from fleetmon.model.words import Silence

SHORT_S = 0.25
LATE_S = 0.35  # too late for the question, in time for what it is owed


class Late:
    """A machine that answers each question with itself, but some only after a while."""

    def __init__(self, port: Pty, **late_s: float) -> None:
        self._port = port
        self._late_s = {word.encode(): each for word, each in late_s.items()}

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            while True:
                for word in (await self._port.hear()).split(b"\r")[:-1]:
                    tasks.create_task(self._answer(word))

    async def _answer(self, word: bytes) -> None:
        await asyncio.sleep(self._late_s.get(word, 0))
        self._port.say(word + b"\r")


async def test_what_came_unasked_is_no_answer() -> None:
    """Octets that waited in the input are thrown away before a question."""
    with pty() as port:
        link, machine = link_to(port.url), asyncio.create_task(Late(port).run())
        await link.ask(asking(b"a\r"))
        port.say(b"unasked\r")
        assert (await link.ask(asking(b"b\r"))).frames == (b"b",)
        machine.cancel()
        await link.close()


@pytest.mark.parametrize("late_s", [0.28, 0.35, 0.4])
async def test_a_late_answer_is_not_taken_for_the_next_one(late_s: float) -> None:
    """The first question is given up after 0.25 s; its answer comes when the second one could have been asked, which is
    therefore asked later, and answered rightly."""
    with pty() as port:
        link, machine = link_to(port.url), asyncio.create_task(Late(port, a=late_s).run())
        assert (await failure(link, asking(b"a\r", SHORT_S))).why is Silence.TIMEOUT
        assert (await link.ask(asking(b"b\r"))).frames == (b"b",)
        machine.cancel()
        await link.close()


async def test_a_late_answer_of_one_machine_is_not_taken_for_another_ones() -> None:
    """On a line with several machines the next one is asked when the late one has had its time."""
    with pty() as port:
        ports = Ports()
        slow, quick = link_to(port.url, ports), link_to(port.url, ports)
        machine = asyncio.create_task(Late(port, a=LATE_S).run())
        assert (await failure(slow, asking(b"a\r", SHORT_S))).why is Silence.TIMEOUT
        assert (await quick.ask(asking(b"b\r"))).frames == (b"b",)
        machine.cancel()
        await slow.close()
        await quick.close()


async def test_silence_that_is_an_answer_is_waited_out_too() -> None:
    """A machine that may be silent may be late as well."""
    with pty() as port:
        link, machine = link_to(port.url), asyncio.create_task(Late(port, a=LATE_S).run())
        answer = await link.ask(asking(b"a\r", SHORT_S, silence_ok=True))
        assert (answer.octets, answer.frames) == (b"", ())
        assert (await link.ask(asking(b"b\r"))).frames == (b"b",)
        machine.cancel()
        await link.close()


async def test_a_question_given_up_by_the_poll_is_waited_out_too() -> None:
    """Whoever cancels a question leaves its answer on the line."""
    with pty() as port:
        link, machine = link_to(port.url), asyncio.create_task(Late(port, a=LATE_S).run())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await link.ask(asking(b"a\r", SHORT_S))
        assert (await link.ask(asking(b"b\r"))).frames == (b"b",)
        machine.cancel()
        await link.close()


async def test_a_device_server_that_keeps_octets_for_the_next_client() -> None:
    """The connection is new, the octets are old: they are waited out as on a line of our own."""
    kept: asyncio.Queue[bytes] = asyncio.Queue()

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        while not kept.empty():
            writer.write(kept.get_nowait())
        while word := await reader.readuntil(b"\r"):
            if word == b"a\r":
                await asyncio.sleep(LATE_S)
                await kept.put(word)
                return
            writer.write(word)

    async with tcp(serve) as url:
        link = link_to(url)
        assert (await failure(link, asking(b"a\r", SHORT_S))).why is Silence.TIMEOUT
        assert (await link.ask(asking(b"b\r"))).frames == (b"b",)
        await link.close()


async def test_after_garbage_the_line_must_be_quiet() -> None:
    """What goes on after the first wrong octet belongs to nobody: 2 kB without an end, then the rest of them."""
    with pty() as port:
        link = link_to(port.url)

        async def garbage() -> None:
            await port.hear()
            port.say(b"x" * 2000)
            await asyncio.sleep(SHORT_S * 1.5)
            port.say(b"rest\r")
            await Late(port).run()

        machine = asyncio.create_task(garbage())
        error = await failure(link, asking(timeout_s=SHORT_S))
        assert (error.why, len(error.came)) == (Silence.GARBLED, 2000)
        assert (await link.ask(asking(b"b\r"))).frames == (b"b",)
        machine.cancel()
        await link.close()


async def test_a_machine_that_never_falls_silent_is_asked_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """After garbage quiet is waited for, but not for ever."""
    monkeypatch.setattr("fleetmon.links.serial.bus._NOISY_S", 0.3)
    with pty() as port:
        link = link_to(port.url)

        async def babble() -> None:
            while True:
                port.say(b"~")
                await asyncio.sleep(0.02)

        babbling = asyncio.create_task(babble())
        assert (await failure(link, asking(b"a\r", SHORT_S))).why is Silence.GARBLED
        asked = asyncio.create_task(failure(link, asking(b"b\r", SHORT_S)))
        assert await port.hear(b"b\r") == b"a\rb\r"
        assert (await asked).why is Silence.GARBLED
        babbling.cancel()
        await link.close()


async def test_a_pause_is_left_between_requests() -> None:
    """Also between two machines of one line."""
    with pty() as port:
        ports = Ports()
        links = [link_to(port.url, ports, pause_s=0.1) for _ in range(2)]
        machine = asyncio.create_task(Late(port).run())
        begun_s = asyncio.get_running_loop().time()
        for link in links * 2:
            await link.ask(asking())
        assert asyncio.get_running_loop().time() - begun_s >= 0.3
        machine.cancel()
        for link in links:
            await link.close()


async def test_turns_are_taken_in_the_order_in_which_they_were_wanted() -> None:
    """Nobody is passed over, and nobody speaks in between while somebody has the turn."""
    with pty() as port:
        ports = Ports()
        machine = asyncio.create_task(Late(port).run())
        said: list[bytes] = []

        async def poll(word: bytes) -> None:
            link = link_to(port.url, ports)
            assert isinstance(link, Sharing)
            for _ in range(2):
                async with link.turn():
                    for _ in range(3):
                        said.extend((await link.ask(asking(word + b"\r"))).frames)
                await asyncio.sleep(0)
            await link.close()

        async with asyncio.timeout(5):
            await asyncio.gather(*(poll(word) for word in (b"a", b"b", b"c")))
        assert b"".join(said) == b"aaabbbccc" * 2
        machine.cancel()


async def test_the_time_a_request_allows_may_be_overruled() -> None:
    """A source's own timeout holds for all its requests."""
    with pty() as port:
        link = link_to(port.url, timeout_s=SHORT_S)
        with pytest.raises(LinkError, match=r"0\.25 s"):
            await link.ask(asking(timeout_s=60.0))
        await link.close()


async def test_a_port_given_back_in_the_middle_of_a_question() -> None:
    """A daemon that is stopped cancels the poll and closes the link: the port is free, nothing is left behind."""
    with pty() as port:
        ports = Ports()
        link = link_to(port.url, ports)
        asked = asyncio.create_task(link.ask(asking()))
        await port.hear()
        asked.cancel()
        await asyncio.wait([asked])
        await link.close()
        again = link_to(port.url, ports)
        machine = asyncio.create_task(Late(port).run())
        assert (await again.ask(asking(b"b\r"))).frames == (b"b",)
        machine.cancel()
        await again.close()
        ports.close()


async def test_one_host_under_two_spellings_is_one_port() -> None:
    """Names are not told apart by their letters' case, and `socket://` is `tcp://`."""
    clients = []

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        clients.append(writer)
        while word := await reader.readuntil(b"\r"):
            writer.write(word)

    async with tcp(serve) as url:
        ports, port = Ports(), url.rpartition(":")[2]
        links = [link_to(each, ports) for each in (f"tcp://localhost:{port}", f"socket://LOCALHOST:{port}")]
        for link in links:
            assert (await link.ask(asking(b"a\r"))).frames == (b"a",)
        for link in links:
            await link.close()
    assert len(clients) == 1
