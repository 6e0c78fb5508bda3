"""The first packet of a connection, octet by octet: what the broker is to keep for us and to say of us.

What happens without one of these is seen only after a death, and on some brokers never: hence a look at the wire.
"""

import asyncio
import json
from pathlib import Path

from fleetmon.publish.mqtt import UplinkPlan

from .peers import free_port, until
from .sites import a_site

CLEAN_START, WILL, WILL_QOS_1, WILL_RETAIN = 0x02, 0x04, 0x08, 0x20
SESSION_EXPIRY, RECEIVE_MAXIMUM, WILL_DELAY = 0x11, 0x21, 0x18  # MQTT 5, 2.2.2.2
LENGTHS = {0x11: 4, 0x21: 2, 0x18: 4, 0x27: 4, 0x22: 2, 0x17: 1, 0x19: 1, 0x01: 1, 0x02: 4}


def taken(packet: bytes, place: int) -> tuple[bytes, int]:
    """A field with a length of two octets, and where the next one begins."""
    size = int.from_bytes(packet[place : place + 2])
    return packet[place + 2 : place + 2 + size], place + 2 + size


def numbers(packet: bytes, place: int) -> tuple[dict[int, int], int]:
    """The numbers among the properties (2.2.2), and where what follows begins; texts are passed over."""
    end, found = place + 1 + packet[place], dict[int, int]()
    place += 1
    while place < end:
        name = packet[place]
        if name in LENGTHS:
            found[name] = int.from_bytes(packet[place + 1 : place + 1 + LENGTHS[name]])
            place += 1 + LENGTHS[name]
        else:
            _, place = taken(packet, place + 1)
    return found, end


async def test_the_broker_is_asked_to_wait_for_us_and_then_to_say_that_we_are_lost(tmp_path: Path) -> None:
    """No clean start, a session of five minutes, a will that is retained, QoS 1, and waits for twenty seconds."""
    heard = bytearray()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.read(4096))
        writer.close()

    port = free_port()
    async with (
        await asyncio.start_server(listen, "127.0.0.1", port),
        a_site(tmp_path, UplinkPlan("demo", "127.0.0.1", port)) as site,
    ):
        await until(lambda: heard, "the first packet")
        stream = site.outbox.origin.stream

    packet = bytes(heard)
    assert packet[0] == 0x10, "no CONNECT"
    place = 2 if packet[1] < 0x80 else 3  # the length of what follows takes one octet or two
    protocol, place = taken(packet, place)
    version, flags, keepalive = packet[place], packet[place + 1], int.from_bytes(packet[place + 2 : place + 4])
    assert (protocol, version, keepalive) == (b"MQTT", 5, 30)
    assert flags == WILL | WILL_QOS_1 | WILL_RETAIN
    assert not flags & CLEAN_START
    asked, place = numbers(packet, place + 4)
    assert asked[SESSION_EXPIRY] == 300
    client, place = taken(packet, place)
    of_the_will, place = numbers(packet, place)
    assert of_the_will[WILL_DELAY] == 20
    assert asked[SESSION_EXPIRY] > of_the_will[WILL_DELAY], "the will would be said before its delay is over"
    topic, place = taken(packet, place)
    will, place = taken(packet, place)
    assert (client, topic, place) == (b"demo", b"fleetmon/v1/demo/up/session", len(packet))
    told = json.loads(will)["data"]
    assert (told["state"], told["session"], told["stream"]) == ("lost", 1, stream)
