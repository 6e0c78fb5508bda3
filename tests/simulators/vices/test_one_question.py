"""What becomes of a single question on a bad line, in every version: answered, silent, or garbled; and by whom."""

import asyncio
from typing import Literal

import pytest
from fleetmon.simulators.bad_line import BadLine, read_vice
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.snmp_agent import serve
from fleetmon.simulators.vices import VICES, Carriage, Vice

from fleetmon.decode.dialogue import Get
from fleetmon.decode.printer_mib import mib
from fleetmon.errors import GarbledReply, LinkError
from fleetmon.links.base import Link
from fleetmon.links.snmp import SnmpLink
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.links.snmp_v3 import SnmpV3Link

from .watched import TECH, V3Credentials

Version = Literal["1", "2c", "3"]
TIMEOUT_S = 0.6
ANSWERED, SILENT, GARBLED = "answered", "silent", "garbled"
# Seconds are set against 0.6 s of patience, twice; the flapping line is gone after its first millisecond.
OUTCOMES = {
    "garbage": GARBLED,
    "wrong-checksum": SILENT,
    "truncated": GARBLED,
    "late": ANSWERED,
    "glued": ANSWERED,
    "duplicate": ANSWERED,
    "duplicate joined=1": ANSWERED,
    "noise share=1": SILENT,
    "loss share=1": SILENT,
    "slow seconds=0.8": ANSWERED,
    "slow seconds=2": SILENT,
    "jitter seconds=0.2": ANSWERED,
    "flapping up=0.001 down=60": SILENT,
    "mute": SILENT,
}


def test_no_vice_is_left_out() -> None:
    """Everything that can befall a datagram is asked about."""
    named = {words.partition(" ")[0] for words in OUTCOMES}
    assert named == {vice for vice in Vice if Carriage.DATAGRAMS in VICES[vice].over}


@pytest.mark.parametrize("version", ["1", "2c", "3"])
async def test_each_vice_comes_to_what_it_must(version: Version) -> None:
    """All at once, each on its own machine, the links on one socket; before and after, everybody is answered."""
    now = 0.0

    def clock() -> float:
        return now

    machines = [Machine(load_sheet("passport_printer"), name=words) for words in OUTCOMES]
    lines = {machine.name: BadLine(machine.name, Carriage.DATAGRAMS, clock) for machine in machines}
    socket = SnmpSocket()
    async with serve(*machines, users=[TECH], vices=lines, clock=clock) as ports:
        links = [_link(version, socket, port) for port in ports]
        for link in links:
            assert await _outcome(link) == ANSWERED
        for words, line in lines.items():
            line.spoil(read_vice(words))
        now = 1.0
        found = await asyncio.gather(*map(_outcome, links))
        for line in lines.values():
            line.spoil(read_vice("off"))
        assert dict(zip(OUTCOMES, found, strict=True)) == OUTCOMES
        for link in links:
            assert await _outcome(link) == ANSWERED
            await link.close()
    await socket.close()


def _link(version: Version, socket: SnmpSocket, port: int) -> Link:
    if version == "3":
        user = V3Credentials("tech", "sha1", "auth-secret", "aes128", "priv-secret")
        return SnmpV3Link("127.0.0.1", port, user, timeout_s=TIMEOUT_S)
    return SnmpLink(socket, "127.0.0.1", port, version=version, timeout_s=TIMEOUT_S)


async def _outcome(link: Link) -> str:
    """Of the question for the serial number."""
    serial = (*mib.GENERAL, mib.SERIAL_NUMBER, 1)
    try:
        [answer] = await link.ask(Get((serial,)))
    except GarbledReply:
        return GARBLED
    except LinkError:
        return SILENT
    assert (answer.oid, answer.value) == (serial, b"SIM-0001")
    return ANSWERED
