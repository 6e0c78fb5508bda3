"""A driver that cannot be loaded, a machine that lies, one that is mute: each harms only itself, and it is said."""

import asyncio
import random
import threading
from collections.abc import Iterator

import pytest

from .conftest import Ground, eventually


class Liar(asyncio.DatagramProtocol):
    """Answers every datagram, with what no machine would say: noise, or the question itself with bits turned."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        assert isinstance(transport, asyncio.DatagramTransport)
        self.transport, self.chance = transport, random.Random(3)

    def datagram_received(self, data: bytes, address: tuple[str | int, int]) -> None:
        """Lie."""
        turned = bytearray(data)
        for _ in range(3):
            turned[self.chance.randrange(len(turned))] ^= 1 << self.chance.randrange(8)
        for lie in (self.chance.randbytes(60), bytes(turned), data.replace(b"\xa0", b"\xa2", 1)):
            self.transport.sendto(lie, address)


async def _close(transport: asyncio.DatagramTransport) -> None:
    transport.close()
    await asyncio.sleep(0)  # the loop closes the socket a turn later


@pytest.fixture
def liar_port() -> Iterator[int]:
    """A liar on loopback, in an event loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    opening = loop.create_datagram_endpoint(Liar, local_addr=("127.0.0.1", 0))
    transport, _ = asyncio.run_coroutine_threadsafe(opening, loop).result(5)
    yield int(transport.get_extra_info("sockname")[1])
    asyncio.run_coroutine_threadsafe(_close(transport), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


def test_only_its_own_machines_suffer(ground: Ground, liar_port: int) -> None:
    """A healthy machine beside three bad neighbours is heard at once, faults are told, and each neighbour is named."""
    broker, office = ground.broker(), ground.office("prn1=passport_printer", "prn2=passport_printer")
    broker.start()
    listener = ground.listener(broker)
    machines = {"prn1": office.ports["prn1"], "liar": liar_port, "orphan": office.ports["prn2"]}
    daemon = ground.daemon(broker, machines)
    text = daemon.settings.read_text(encoding="utf-8")
    daemon.settings.write_text(
        text.replace(f':{office.ports["prn2"]}"', f':{office.ports["prn2"]}", driver = "broken"'), encoding="utf-8"
    )
    broken = ground.folder / "drivers" / "broken"
    broken.mkdir(parents=True)
    (broken / "driver.toml").write_text('name = "broken"\nmatch = [[[\n', encoding="utf-8")
    daemon.start()
    eventually(lambda: listener.latest("state/prn1").get("contact") == "live", 20, "the healthy machine is heard")
    eventually(lambda: listener.latest("state/orphan").get("contact") == "lost", 10, "the orphan is lost at once")
    assert [source["why"] for source in listener.latest("state/orphan")["sources"]] == ["driver-bug"]  # type: ignore[index]
    told = [e["data"] for e in listener.events() if e.get("subject") == "orphan" and "contact" in str(e["type"])]
    assert "broken" in str(told[-1]), "the event says what is wrong with the driver"
    office.do("prn1", "raise", fault="booklet-jam")
    eventually(lambda: listener.latest("state/prn1").get("headline") == "media-path-jam", 5, "the jam is told")
    assert listener.latest("state/liar")["contact"] == "awaited"
    sources = eventually(
        lambda: [s for s in listener.latest("state/liar")["sources"] if s["why"]],  # type: ignore[attr-defined]
        20,
        "why the liar is not heard",
    )
    assert sources[0]["why"] in ("garbled", "timeout")
    assert daemon.said("machine cannot be asked")[0]["machine"] == "orphan"
    assert daemon.stop() == 0
