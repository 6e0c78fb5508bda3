"""Registers of Modbus machines: how reads are planned, what the words hold, and what exceptions mean."""

import math
import struct
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fleetmon.decode.dialogue import Answer, Ask
from fleetmon.decode.framing.modbus import ModbusCut
from fleetmon.decode.lines import asks, poll
from fleetmon.decode.lines.registers import Read, reads
from fleetmon.decode.snmp import Pace
from fleetmon.definition import ModbusDefinition
from fleetmon.errors import DriverError, GarbledReply, LinkError
from fleetmon.model.words import Severity, Silence, State

from .talking import drive, meet, modbus

Memory = dict[int, int]


def spans(definition: ModbusDefinition) -> list[tuple[str, int, int]]:
    """The reads of a full poll: table, address, count."""
    return [(read.table, read.address, read.count) for read in reads(definition)]


def registers(*rows: str, line: str = "") -> ModbusDefinition:
    """A driver with these registers, named a, b, c ..."""
    read = "\n".join(f"{chr(97 + n)} = {{ {row} }}" for n, row in enumerate(rows))
    return modbus(f"[line]\n{line}\n[read]\n{read}")


def value(row: str, words: bytes, line: str = "") -> str | int | float | None:
    """What a register holds when the machine says these octets."""
    (read,) = reads(registers(row, line=line))
    return read.fields(Answer(words, (words,))).get("a")


PLANS = [
    (["address = 0", "address = 1"], "", [("holding", 0, 2)]),
    (["address = 1", "address = 0"], "", [("holding", 0, 2)]),
    (["address = 0", "address = 2"], "", [("holding", 0, 1), ("holding", 2, 1)]),
    (["address = 0", "address = 2"], "gap = 1", [("holding", 0, 3)]),
    (["address = 0", "address = 3"], "gap = 1", [("holding", 0, 1), ("holding", 3, 1)]),
    (['address = 0, form = "u32"', "address = 2"], "", [("holding", 0, 3)]),
    (["address = 0, bit = 0", "address = 0, bit = 15"], "", [("holding", 0, 1)]),
    (['address = 0, form = "u32"', "address = 1"], "", [("holding", 0, 2)]),
    (["address = 0", 'address = 1, table = "input"'], "", [("holding", 0, 1), ("input", 1, 1)]),
    (["address = 0", 'address = 1, pace = "slow"'], "", [("holding", 0, 1), ("holding", 1, 1)]),
    (["address = 0", "address = 1, optional = true"], "", [("holding", 0, 1), ("holding", 1, 1)]),
    ([f"address = {n}" for n in range(5)], "most = 2", [("holding", 0, 2), ("holding", 2, 2), ("holding", 4, 1)]),
    (['address = 1, form = "u32"', "address = 0"], "most = 2", [("holding", 0, 1), ("holding", 1, 2)]),
    (['address = 0, form = "text", registers = 4', "address = 4"], "", [("holding", 0, 5)]),
    ([f'address = {n}, table = "coil"' for n in (0, 17)], "gap = 16", [("coil", 0, 18)]),
    ([f'address = {n}, table = "coil"' for n in (0x300, 0x311)], "gap = 16", [("coil", 0x300, 1), ("coil", 0x311, 1)]),
]


@pytest.mark.parametrize(("rows", "line", "planned"), PLANS)
def test_neighbours_are_read_together(rows: list[str], line: str, planned: list[tuple[str, int, int]]) -> None:
    """Registers of one table and pace are read at once as far as the driver allows; what is optional, by itself."""
    assert spans(registers(*rows, line=line)) == planned


@given(
    st.lists(st.tuples(st.integers(0, 300), st.sampled_from(["u16", "u32"]), st.booleans()), min_size=1, max_size=26),
    st.integers(2, 125),
    st.integers(0, 20),
)
def test_every_register_is_read_once_and_within_bounds(rows: list[tuple[int, str, bool]], most: int, gap: int) -> None:
    """However they lie: each is whole in exactly one read, no read is longer than allowed, none reads in vain."""
    written = [f'address = {at}, form = "{form}", optional = {str(opt).lower()}' for at, form, opt in rows]
    definition = registers(*written, line=f"most = {most}\ngap = {gap}")
    planned = list(reads(definition))
    assert sorted(name for read in planned for name in read.registers) == sorted(definition.read)
    for read in planned:
        assert 1 <= read.count <= most
        for register in read.registers.values():
            assert read.address <= register.address
            assert register.address + register.width <= read.address + read.count
        assert len(read.registers) == 1 or not read.optional


VALUES = [
    ("address = 0", "FFFF", 65535),
    ('address = 0, form = "s16"', "FFFE", -2),
    ('address = 0, form = "s16", scale = 0.1', "FFFB", -0.5),
    ("address = 0, scale = 0.1", "0003", 0.3),
    ("address = 0, scale = 0.1", "05DC", 150),
    ("address = 0, scale = 0.5, offset = -40", "0051", 0.5),
    ('address = 0, form = "u32"', "00010002", 65538),
    ('address = 0, form = "u32", order = "little"', "00020001", 65538),
    ('address = 0, form = "s32"', "FFFFFFFF", -1),
    ('address = 0, form = "f32"', struct.pack(">f", 75.0).hex(), 75.0),
    ('address = 0, form = "f32", order = "little"', "00004296", 75.0),
    ('address = 0, form = "f32"', "7FC00000", None),
    ('address = 0, form = "f32", absent = [-1]', struct.pack(">f", -1.0).hex(), None),
    ('address = 0, form = "bcd16"', "0419", 419),
    ('address = 0, form = "bcd16"', "041A", None),
    ('address = 0, form = "bcd32", order = "little", scale = 0.1', "56780123", 123567.8),
    ("address = 0, bit = 15", "8000", 1),
    ("address = 0, bit = 0", "FFFE", 0),
    ('address = 0, form = "u32", bit = 24', "01000000", 1),
    ("address = 0, absent = [0x7FFF]", "7FFF", None),
    ('address = 0, form = "s16", absent = [0x8002]', "8002", None),
    ('address = 0, form = "s16", absent = [-32766]', "8002", None),
    ('address = 0, form = "s16", least = -100, most = 4000, scale = 0.1', "0FA1", None),
    ('address = 0, form = "s16", least = -100, most = 4000, scale = 0.1', "FF9B", None),
    ('address = 0, form = "s16", least = -100, most = 4000, scale = 0.1', "0FA0", 400),
    ('address = 0, form = "text", registers = 2', "41422000", "AB \0"),
    ('address = 0, table = "coil"', "01", 1),
    ('address = 0, table = "discrete"', "FE", 0),
]


@pytest.mark.parametrize(("row", "octets", "held"), VALUES)
def test_what_a_register_holds(row: str, octets: str, held: str | float | None) -> None:
    """Signs, words of either order, scales, bits, and the numbers that mean that there is none."""
    assert value(row, bytes.fromhex(octets)) == held


def test_the_word_order_of_the_line_is_that_of_its_registers() -> None:
    """Where the low word comes first it does so in all of them, unless one says otherwise."""
    low_first = 'word_order = "little"'
    assert value('address = 0, form = "u32"', bytes.fromhex("00020001"), low_first) == 65538
    assert value('address = 0, form = "u32", order = "big"', bytes.fromhex("00010002"), low_first) == 65538


def test_bits_of_a_longer_read() -> None:
    """The first bit read is the least significant of the first octet."""
    (read,) = reads(registers(*(f'address = {n}, table = "discrete"' for n in range(10))))
    assert read.fields(Answer(b"", (b"\x02\x02",))) == dict(
        zip("abcdefghij", [0, 1, 0, 0, 0, 0, 0, 0, 0, 1], strict=True)
    )


def answering(reply: Callable[[Ask], Answer]) -> Callable[[ModbusDefinition], object]:
    """The outcome of a poll in which each request is answered so."""

    def met(definition: ModbusDefinition) -> object:
        dialogue = poll(definition, None, Pace.SLOW, 0.0)
        try:
            request = next(dialogue)
            while True:
                request = dialogue.send(reply(request))
        except StopIteration as end:
            return end.value

    return met


@pytest.mark.parametrize(
    ("code", "why", "words"),
    [
        (
            1,
            Silence.GARBLED,
            "reading input 0x0007 to 0x0008 (a) of unit 3: the map does not fit this machine: no such",
        ),
        (2, Silence.GARBLED, "the map does not fit this machine: no such address (exception 2)"),
        (3, Silence.GARBLED, "the map does not fit this machine: not so many at once (exception 3)"),
        (5, Silence.BUSY, "the machine is busy (exception 5)"),
        (6, Silence.BUSY, "the machine is busy (exception 6)"),
        (7, Silence.GARBLED, "refused (exception 7)"),
        (10, Silence.TIMEOUT, "nothing answers behind the gateway (exception 10)"),
        (11, Silence.TIMEOUT, "nothing answers behind the gateway (exception 11)"),
    ],
)
def test_what_an_exception_means(code: int, why: Silence, words: str) -> None:
    """A map that does not fit, a machine without time and an empty place behind a gateway are told apart, in words."""
    definition = registers('address = 7, table = "input", form = "u32"', line="unit = 3")
    with pytest.raises(LinkError) as caught:
        answering(lambda ask: Answer(b"", (), bytes([code])))(definition)
    assert caught.value.why is why
    assert words in str(caught.value)


@pytest.mark.parametrize("code", [4, 8])
def test_a_machine_that_fails_says_so(code: int) -> None:
    """Exceptions 4 and 8 are the machine's own failure, a fault that stops it and that a driver may name better."""
    failing = answering(lambda ask: Answer(b"", (), bytes([code])))
    report = failing(registers("address = 0")).report  # type: ignore[attr-defined]
    assert report.state is State.STOPPED
    assert [(fault.severity, fault.codes) for fault in report.faults] == [(Severity.ERROR, (f"exception {code}",))]


@pytest.mark.parametrize("code", [1, 2, 3])
def test_an_optional_register_may_not_exist(code: int) -> None:
    """The map of one model may be longer than that of its sister; the rest is read as before."""

    def reply(ask: Ask) -> Answer:
        assert isinstance(ask.cut, ModbusCut)
        return Answer(b"", (b"\0\7",)) if ask.octets[3] == 0 else Answer(b"", (), bytes([code]))

    met = answering(reply)(registers("address = 0", "address = 1, optional = true"))
    assert met.told == {"a": {"a": 7}}  # type: ignore[attr-defined]
    assert met.missing == ("b",)  # type: ignore[attr-defined]


def test_the_wrong_number_of_octets_is_garbled() -> None:
    """A cutter may be wrong, and a value must not be."""
    with pytest.raises(GarbledReply, match="brought 3 octets, not 2"):
        answering(lambda ask: Answer(b"", (b"abc",)))(registers("address = 0"))


@given(data=st.binary(max_size=300), nack=st.none() | st.binary(max_size=2))
@example(data=bytes.fromhex("7F800000" * 3), nack=None)
@example(data=b"\xff" * 12, nack=None)
def test_any_answer_is_fields_or_an_error(data: bytes, nack: bytes | None) -> None:
    """Values are numbers with an end, or text; a read of another length is no answer."""
    (read,) = reads(
        registers(
            'address = 0, form = "f32", scale = 1e300',
            'address = 2, form = "s32", scale = 0.1, offset = 1e300',
            'address = 4, form = "text", registers = 2',
            "address = 4, bit = 3",
        )
    )
    try:
        fields = read.fields(Answer(data, (data,), nack))
    except LinkError:
        return
    assert fields.keys() <= read.names | {"modbus_exception"}
    assert all(isinstance(value, str) or math.isfinite(value) for value in fields.values())


def test_requests_of_modbus_tcp_are_numbered() -> None:
    """No two requests in a row have the same number, not even those of a poll that follows one that failed."""
    definition = registers("address = 0", "address = 9")
    seen = []
    for now_s in (0.0, 5.0, 10.0):
        dialogue = poll(definition, None, Pace.SLOW, now_s, tcp=True)
        seen.append(next(dialogue).octets[:2])
        seen.append(dialogue.send(Answer(b"", (b"\0\0",))).octets[:2])
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize(
    ("unit", "tcp", "good"),
    [("1", False, True), ("247", False, True), ("0", False, False), ("248", False, False), ("x", False, False),
     ("0", True, True), ("255", True, True), ("256", True, False), ("", True, False), ("\u0661", False, False)],
)  # fmt: skip
def test_units_are_numbers(unit: str, tcp: bool, good: bool) -> None:
    """On a serial line 0 is everybody, whom nobody may ask."""
    if good:
        assert asks(registers("address = 0"), unit, tcp)
    else:
        with pytest.raises(DriverError, match="units are numbers"):
            asks(registers("address = 0"), unit, tcp)


def test_no_request_can_write() -> None:
    """Whatever the map, only the four reading functions are asked for."""
    definition = registers(*(f'address = 0, table = "{table}"' for table in ("coil", "discrete", "holding", "input")))
    assert [named.ask.octets[1] for named in asks(definition, None)] == [1, 2, 3, 4]


OVEN = """
[read]
pv = { address = 0, form = "s16", scale = 0.1, absent = [0x8002, 0x8003] }
sv = { address = 1, form = "s16", scale = 0.1 }
status = { address = 2 }
[faults.status]
bits = { "0x8" = { reason = "laminator-heater-failure" } }
[heaters.roller]
measured = "pv"
set_point = "sv"
"""


def test_codes_in_several_registers_are_one_list() -> None:
    """One table of codes serves all the places where an alarm may stand."""
    definition = modbus("""
[read]
first = { address = 0 }
second = { address = 1, absent = [0xFFFF] }
third = { address = 2 }
[values.alarms]
join = ["first", "second", "third"]
[faults.alarms]
separator = ","
none = ["0"]
codes = { 7 = { reason = "cover-open" }, 9 = { reason = "media-low", severity = "warning" } }
""")
    for words, codes in (((9, 7, 0), ["9", "7"]), ((0, 0xFFFF, 0), []), ((0xFFFF, 0xFFFF, 7), ["65535", "7"])):
        met = meet(definition, lambda ask, words=words: _framed(ask, struct.pack(">HHH", *words)))  # type: ignore[misc]
        assert [code for fault in met.report.faults for code in fault.codes] == codes


def test_a_controller_that_has_no_temperature_has_a_broken_sensor() -> None:
    """The numbers with which a controller says so are no temperature."""
    words = struct.pack(">HHH", 0x8003, 1500, 8)
    met = meet(modbus(OVEN), lambda ask: _framed(ask, words))
    assert {fault.reason for fault in met.report.faults} == {"laminator-thermistor-failure", "laminator-heater-failure"}
    assert met.report.state is State.STOPPED


def test_the_plan_is_made_once() -> None:
    """Later polls ask by the plan of the first."""
    definition = modbus(OVEN)
    words = struct.pack(">HHH", 1490, 1500, 0)
    met = meet(definition, lambda ask: _framed(ask, words))
    later = drive(poll(definition, met, Pace.FAST, 5.0), lambda ask: _framed(ask, words))
    assert later.plan is met.plan
    assert later.still
    assert isinstance(met.plan.questions[0], Read)


def _framed(ask: Ask, data: bytes) -> bytes:
    """The reply of an RTU machine."""
    body = ask.octets[:2] + bytes([len(data)]) + data
    crc = 0xFFFF
    for octet in body:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return body + crc.to_bytes(2, "little")
