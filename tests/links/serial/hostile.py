"""Peers that deliver what they are told as badly as lines can: in pieces, late, twice, damaged, or not at all.

A script says what is delivered: pauses in seconds, octets, and how the connection ends. Where chance chooses, it is
seeded, so that what failed once fails again.
"""

import asyncio
import socket
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import Enum, auto
from random import Random
from typing import TypeAlias

from tests.links.serial.lines import tcp


class End(Enum):
    """How a connection ends."""

    HANG_UP = auto()
    RESET = auto()


Step: TypeAlias = float | bytes | End
Script: TypeAlias = list[Step]
Deliver = Callable[[bytes], Script]
"""What is made of a reply."""
MEGABYTE = 1 << 20


def whole(reply: bytes) -> Script:
    """As it should be."""
    return [reply]


def singly(reply: bytes) -> Script:
    """Octet by octet."""
    return [step for octet in reply for step in (bytes([octet]), 0.0)]


def in_pieces(chance: Random) -> Deliver:
    """Parted anywhere, with pauses that mean nothing."""

    def deliver(reply: bytes) -> Script:
        script: Script = []
        while reply:
            size = chance.randint(1, max(1, len(reply) // 2))
            script += [reply[:size], chance.choice([0.0, 0.001, 0.01])]
            reply = reply[size:]
        return script

    return deliver


def twice(reply: bytes) -> Script:
    """Glued to another copy of itself."""
    return [reply + reply]


def cut_short(chance: Random, end: End) -> Deliver:
    """Some of it, and then nobody is there any more."""

    def deliver(reply: bytes) -> Script:
        return [reply[: chance.randrange(len(reply))], 0.01, end]

    return deliver


def damaged(chance: Random, most: int = 6) -> Deliver:
    """Bits turned, octets lost, doubled and made up, pieces missing or in the wrong place; in pieces."""

    def deliver(reply: bytes) -> Script:
        octets = bytearray(reply)
        for _ in range(chance.randint(1, most)):
            at = chance.randrange(len(octets) + 1)
            match chance.randrange(6):
                case 0 if at < len(octets):
                    octets[at] ^= 1 << chance.randrange(8)
                case 1:
                    del octets[at : at + 1]
                case 2:
                    octets.insert(at, chance.randrange(256))
                case 3:
                    octets[at:at] = chance.randbytes(chance.randint(1, 40))
                case 4:
                    del octets[at : at + chance.randint(1, 8)]
                case _:
                    octets[at:at] = octets[chance.randrange(len(octets) + 1) :][:20]
        return in_pieces(chance)(bytes(octets))

    return deliver


def one_wrong(chance: Random) -> Deliver:
    """One bit turned or one octet lost: what a checksum of eight bits must see."""

    def deliver(reply: bytes) -> Script:
        octets = bytearray(reply)
        at = chance.randrange(len(octets))
        if chance.random() < 0.5 or not octets[at]:
            octets[at] ^= 1 << chance.randrange(8)
        else:
            del octets[at]
        return [bytes(octets)]

    return deliver


def drowned(garbage: bytes) -> Deliver:
    """Behind a megabyte of garbage."""

    def deliver(reply: bytes) -> Script:
        part = (garbage * 1460)[:1460]
        return [*[part] * (MEGABYTE // len(part)), reply]

    return deliver


async def play(writer: StreamWriter, script: Script) -> None:
    """Deliver; whoever is not there any more misses it."""
    for step in script:
        match step:
            case float():
                await asyncio.sleep(step)
            case bytes():
                writer.write(step)
                await writer.drain()
            case End.RESET:
                sock = writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
            case End.HANG_UP:
                writer.close()


@asynccontextmanager
async def machine(answers: Callable[[bytes], bytes | None], deliver: Callable[[], Deliver]) -> AsyncIterator[str]:
    """A machine on a TCP port: `answers` knows the replies by all that was heard since the last one; `deliver` is asked
    for each reply how it is to be delivered. Yields the URL."""

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        heard = b""
        while octets := await reader.read(4096):
            heard += octets
            if (reply := answers(heard)) is not None:
                heard = b""
                await play(writer, deliver()(reply))
                if writer.is_closing():
                    return

    async with tcp(serve) as url:
        yield url
