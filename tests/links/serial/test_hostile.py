"""The whole chain against lines that do everything wrong: the right answer or none, never a wrong value.

Every shipped driver is told its own captures over a real connection, delivered by peers that split, glue, delay, cut
and reset; and framings with checks are told frames that are damaged in every way chance finds.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from tests.links.serial.hostile import (
    Deliver,
    End,
    Script,
    cut_short,
    damaged,
    drowned,
    in_pieces,
    machine,
    one_wrong,
    singly,
    twice,
    whole,
)
from tests.links.serial.lines import link_to, pty

from fleetmon import catalog, proof
from fleetmon.conversation import converse
from fleetmon.decode import lines
from fleetmon.decode.dialogue import Answer, Ask
from fleetmon.decode.framing import Cut
from fleetmon.decode.framing.bounds import LONGEST_REPLY
from fleetmon.decode.framing.checks import check_octets
from fleetmon.decode.framing.framed import Framed, wrap
from fleetmon.decode.framing.modbus import ModbusCut, read_request
from fleetmon.decode.lines import LineMet
from fleetmon.decode.snmp import Pace
from fleetmon.definition import LineDefinition, ModbusDefinition
from fleetmon.definition.framing import NAMED, Check, Delimited, LengthPrefixed
from fleetmon.errors import GarbledReply, LinkError
from fleetmon.links.base import LineLink
from fleetmon.links.serial.link import SerialLink
from fleetmon.model.words import Silence
from fleetmon.proof import Capture

PATIENCE_S = 20.0
GARBAGE_S = 0.8
HANG_UP_S = 1.0
DRIVERS = Path(__file__).resolve().parents[3] / "drivers"


AnyDefinition = LineDefinition | ModbusDefinition


@dataclass(frozen=True)
class Told:
    """A capture on a good line: what is asked and answered there, octet by octet, and what is understood of it."""

    name: str
    definition: AnyDefinition
    capture: Capture
    said: dict[bytes, bytes]
    good: LineMet

    def answer(self, heard: bytes) -> bytes | None:
        """What the machine answers to what it heard; a request of Modbus TCP is known by what follows its number."""
        for ask, reply in self.said.items():
            if heard.endswith(ask):
                return reply
            if self.capture.tcp and heard[2:] == ask[2:]:
                return heard[:2] + reply[2:]
        return None


class Witness:
    """A link that keeps what goes over it; `mute` when something was not answered."""

    def __init__(self, link: LineLink) -> None:
        self._link = link
        self.said: dict[bytes, bytes] = {}
        self.mute = False

    async def ask(self, request: Ask) -> Answer:
        """Pass it on."""
        try:
            answer = await self._link.ask(request)
        except LinkError:
            self.mute = True
            raise
        self.mute |= not answer.octets and answer.nack is None
        self.said[request.octets] = on_the_wire(request, answer)
        return answer

    async def close(self) -> None:
        """Nothing is held."""


def on_the_wire(request: Ask, answer: Answer) -> bytes:
    """The octets of the answer; registers of a capture have no frame yet."""
    cut = request.cut
    if not isinstance(cut, ModbusCut) or len(answer.octets) > len(b"".join(answer.frames)):
        return answer.octets
    body = bytes([len(answer.octets)]) + answer.octets if answer.nack is None else answer.nack
    function = cut.function if answer.nack is None else cut.function | 0x80
    assert cut.mode == "rtu"
    whole = bytes([cut.unit, function]) + body
    return whole + check_octets(Check.model_validate(CRC), whole)


async def told(name: str, definition: AnyDefinition, capture: Capture) -> Told | None:
    """What a capture says on a good line; None if something in it is met by silence."""
    link = proof.line(capture, definition, name)
    assert link is not None
    witness = Witness(link)
    good = await polled(definition, capture, witness)
    return None if witness.mute else Told(name, definition, capture, witness.said, good)


def captures() -> list[Told]:
    """Every capture of a shipped driver for lines that is answered throughout."""
    found = [
        asyncio.run(told(f"{name} {file.name}", driver.definition, proof.read(file)))
        for name, driver in sorted(catalog.load(DRIVERS).drivers.items())
        if isinstance(driver.definition, AnyDefinition)
        for file in driver.captures()
    ]
    return [each for each in found if each is not None]


async def polled(definition: AnyDefinition, capture: Capture, link: LineLink) -> LineMet:
    """One slow poll, which asks everything."""
    return await converse(lines.poll(definition, None, Pace.SLOW, 0.0, unit=capture.unit, tcp=capture.tcp), link)


async def over_tcp(told: Told, deliver: Callable[[], Deliver], timeout_s: float | None = None) -> LineMet | LinkError:
    """What is understood of it over such a connection."""
    async with machine(told.answer, deliver) as url:
        link = link_to(url, timeout_s=timeout_s)
        try:
            return await polled(told.definition, told.capture, link)
        except LinkError as error:
            return error
        finally:
            await link.close()


async def all_of(trials: list[Awaitable[object]]) -> None:
    """At once, since most of the time is waiting; all of them must hold."""
    async with asyncio.timeout(PATIENCE_S * 3):
        await asyncio.gather(*trials)


@pytest.fixture(scope="module")
def told_well() -> list[Told]:
    """What all captures say on a good line."""
    found = captures()
    assert len({each.definition.name for each in found}) >= 6
    assert len(found) >= 30
    return found


# ------------------------------------------------------------------------------------------------- nothing is lost


@pytest.mark.parametrize("kind", ["singly", "in pieces", "twice"])
async def test_how_a_reply_is_delivered_makes_no_difference(told_well: list[Told], kind: str) -> None:
    """Octet by octet, in any pieces, or with something behind it: the same report. (What ends with the connection has
    nothing behind it: two JSON texts are none.)"""

    async def trial(index: int, told: Told) -> None:
        deliver = {"singly": singly, "in pieces": in_pieces(Random(index)), "twice": twice}[kind]
        found = await over_tcp(told, lambda: deliver)
        if kind == "twice" and isinstance(found, GarbledReply):
            assert isinstance(told.definition, LineDefinition)
            assert told.definition.line.framing.kind == "until-close"
            return
        assert isinstance(found, LineMet), (told.name, found)
        assert found.report == told.good.report

    await all_of([trial(index, told) for index, told in enumerate(told_well)])


@pytest.mark.parametrize("end", End)
async def test_whoever_is_gone_in_the_middle_has_said_nothing(told_well: list[Told], end: End) -> None:
    """At any octet, in any of the requests, politely or not: no report, or one without what is optional. Nothing that
    was said half is believed."""

    async def trial(index: int, told: Told) -> None:
        for seed in range(4):
            chance = Random(f"{index} {seed}")
            among = len(told.said)
            hurt = iter([whole] * chance.randrange(among) + [cut_short(chance, end)] + [whole] * 2 * among)
            found = await over_tcp(told, hurt.__next__, timeout_s=HANG_UP_S)
            if isinstance(found, LinkError):
                assert found.why in (Silence.GARBLED, Silence.PORT_GONE, Silence.BUSY), (told.name, found)
                continue
            assert found.missing
            for name, fields in found.told.items():
                assert fields == told.good.told[name]

    await all_of([trial(index, told) for index, told in enumerate(told_well)])


async def test_a_controller_behind_a_bad_line_tells_its_registers_rightly_or_not(told_well: list[Told]) -> None:
    """Damage of every kind in any of the replies of a Modbus machine: each register is what it is, or unknown."""

    async def trial(told: Told, seed: int) -> None:
        chance = Random(f"{told.name} {seed}")
        script = [whole] * len(told.said) * 2
        script.insert(chance.randrange(len(told.said)), damaged(chance))
        found = await over_tcp(told, iter(script).__next__, timeout_s=0.3)
        if isinstance(found, LineMet):
            assert all(fields == told.good.told[name] for name, fields in found.told.items())

    modbus_machines = [told for told in told_well if isinstance(told.definition, ModbusDefinition)]
    assert modbus_machines
    await all_of([trial(told, seed) for told in modbus_machines for seed in range(8)])


# --------------------------------------------------------------------------------------------- frames with a check

CRC: dict[str, object] = {"kind": "crc-16/modbus", "order": "little"}
STUFFED = Delimited.model_validate(
    {"start": "<DLE><STX>", "end": "<DLE><ETX>", "escape": "<DLE>", "check": {"kind": "crc-16/xmodem"}}
)
COUNTED = LengthPrefixed.model_validate(
    {"kind": "length-prefixed", "start": "<SOH>", "size": 2, "check": {"kind": "crc-32", "of": "number+content"}}
)
INSIDE = Delimited.model_validate({"start": "<STX>", "end": "<ETX>", "check": {**CRC, "place": "before-end"}})
HEX = Delimited.model_validate(
    {"start": "<STX>", "end": "<CR>", "check": {**CRC, "place": "before-end", "form": "hex"}}
)
BCC = Delimited.model_validate(NAMED["stx-etx-bcc"])
SUM = Delimited.model_validate({"start": "<STX>", "end": "<ETX>", "check": {"kind": "sum", "form": "HEX"}})
RTU = LengthPrefixed.model_validate({"kind": "length-prefixed", "before": 2, "check": {**CRC, "of": "number+content"}})
CONTENT = b"S1,02;E14,000317,\x03\x10\x02,23.5"
PLAIN = b"S1,02;E14,000317,23.5"


def modbus(mode: str) -> tuple[Cut, bytes, bytes]:
    """How its replies are found, one of them, and its data."""
    data = bytes.fromhex("001703e8fffe00000a02")
    unit, body = 7, bytes([7, 4, len(data)]) + data
    if mode == "tcp":
        return ModbusCut("tcp", unit, 4, 5, 513), bytes.fromhex("02010000") + len(body).to_bytes(2) + body, data
    if mode == "ascii":
        lrc = -sum(body) & 0xFF
        return ModbusCut("ascii", unit, 4, 5), b":" + (body + bytes([lrc])).hex().upper().encode() + b"\r\n", data
    register = 0xFFFF
    for octet in body:
        register ^= octet
        for _ in range(8):
            register = register >> 1 ^ (0xA001 if register & 1 else 0)
    return ModbusCut("rtu", unit, 4, 5), body + register.to_bytes(2, "little"), data


STRONG: dict[str, tuple[Cut, bytes, bytes]] = {
    "stuffed": (Framed(STUFFED), wrap(STUFFED, CONTENT), CONTENT),
    "counted": (Framed(COUNTED), wrap(COUNTED, CONTENT), CONTENT),
    "check inside": (Framed(INSIDE), wrap(INSIDE, PLAIN), PLAIN),
    "hexadecimal check": (Framed(HEX), wrap(HEX, PLAIN), PLAIN),
    "rtu": modbus("rtu"),
}
WEAK: dict[str, tuple[Cut, bytes, bytes]] = {
    "bcc": (Framed(BCC), wrap(BCC, PLAIN), PLAIN),
    "sum": (Framed(SUM), wrap(SUM, PLAIN), PLAIN),
    "ascii": modbus("ascii"),
}
ASKED = b"?\r"


@asynccontextmanager
async def twice_asked(reply: bytes, first: Deliver) -> AsyncIterator[SerialLink]:
    """A link to a machine on a line that is bad for its first reply and good from then on."""
    turns = iter([first])
    async with machine(lambda heard: reply if heard.endswith(ASKED) else None, lambda: next(turns, whole)) as url:
        link = link_to(url)
        try:
            yield link
        finally:
            await link.close()


async def outcome(link: SerialLink, ask: Ask) -> Answer | LinkError:
    """What comes of a question."""
    try:
        return await link.ask(ask)
    except LinkError as error:
        return error


async def right_or_none(said: tuple[Cut, bytes, bytes], first: Deliver) -> None:
    """Over a line that damages the reply: the right one or none. Then the line is well again, and so are we."""
    cut, reply, content = said
    async with twice_asked(reply, first) as link:
        found = await outcome(link, Ask(ASKED, cut, 0.15))
        if isinstance(found, LinkError):
            assert found.why in (Silence.GARBLED, Silence.TIMEOUT, Silence.PORT_GONE), found
            assert len(found.came) <= LONGEST_REPLY + 1
        else:
            assert found.frames == (content,)
        assert (await link.ask(Ask(ASKED, cut, PATIENCE_S))).frames == (content,)


@pytest.mark.parametrize("kind", STRONG)
async def test_a_damaged_reply_is_the_right_one_or_none(kind: str) -> None:
    """Whatever was turned, lost, made up or doubled, a CRC sees it, and the next reply is right again."""
    await all_of([right_or_none(STRONG[kind], damaged(Random(seed))) for seed in range(40)])


@pytest.mark.parametrize("kind", WEAK)
async def test_a_weak_check_sees_one_wrong_bit_and_one_lost_octet(kind: str) -> None:
    """Eight bits of sum or exclusive or prove no more than that."""
    await all_of([right_or_none(WEAK[kind], one_wrong(Random(seed))) for seed in range(40)])


@pytest.mark.parametrize("garbage", [b"\xff", b"\x02", b"\x07\x04\x0a", bytes(range(256))], ids=len)
async def test_a_megabyte_of_garbage_is_garbled_soon(garbage: bytes) -> None:
    """For every framing: refused long before it is all there, with little of it kept, and then the line is well."""
    kinds = [*STRONG.values(), *WEAK.values(), modbus("tcp")]
    if b"\r" not in garbage:
        kinds.append((Framed(Delimited.model_validate(NAMED["cr"])), b"ok\r", b"ok"))

    async def trial(said: tuple[Cut, bytes, bytes]) -> None:
        cut, reply, content = said
        async with twice_asked(reply, drowned(garbage)) as link:
            found = await outcome(link, Ask(ASKED, cut, GARBAGE_S))
            assert isinstance(found, LinkError)
            assert found.why is Silence.GARBLED
            assert len(found.came) <= LONGEST_REPLY + 1
            assert (await link.ask(Ask(ASKED, cut, PATIENCE_S))).frames == (content,)

    began = time.process_time()
    await all_of([trial(said) for said in kinds])
    assert time.process_time() - began < PATIENCE_S


async def test_a_serial_line_full_of_noise_is_heard_again_when_it_is_over() -> None:
    """A pty cannot be hung up: what is still on its way after the garbage is let pass, and no octet of it is taken."""
    cut, reply, data = modbus("rtu")
    with pty() as port:
        link = link_to(port.url)

        async def be_the_machine() -> None:
            await port.hear(ASKED)
            for _ in range(20):
                port.say(b"\x07\x04\x0a\x00" * 200)
                await asyncio.sleep(0.002)
            port.say(b"\x07\x04\x0a" + bytes(10))  # half of a reply, the checksum missing
            await port.hear(ASKED)
            port.say(reply)

        peer = asyncio.create_task(be_the_machine())
        with pytest.raises(GarbledReply):
            await link.ask(Ask(ASKED, cut, 0.5))
        assert (await link.ask(Ask(ASKED, cut, PATIENCE_S))).frames == (data,)
        await peer
        await link.close()


async def test_units_on_one_bus_do_not_answer_for_each_other() -> None:
    """Two units behind one device server, the first of which answers when it has been given up, with a frame that would
    fit: not one register of it is taken for the second's."""

    def reply(unit: int, value: int) -> bytes:
        return wrap(RTU, bytes([unit, 3]) + value.to_bytes(2))

    def deliver(asked: bytes) -> Script:
        return [0.15, reply(1, 111)] if asked[0] == 1 else [reply(1, 111), 0.01, reply(2, 222)]

    async with machine(lambda heard: heard if len(heard) == 8 else None, lambda: deliver) as url:
        link = link_to(url)
        with pytest.raises(LinkError):
            await link.ask(Ask(read_request("rtu", 1, 3, 0, 1), ModbusCut("rtu", 1, 3, 1), 0.1))
        answer = await link.ask(Ask(read_request("rtu", 2, 3, 0, 1), ModbusCut("rtu", 2, 3, 1), PATIENCE_S))
        assert answer.frames == ((222).to_bytes(2),)
        await link.close()
