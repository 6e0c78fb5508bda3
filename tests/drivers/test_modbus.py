"""Modbus machines of any make: a server nobody here wrote tells what its registers hold, and we read the same."""

from typing import Any

import pytest
from pymodbus.constants import ExcCodes
from pymodbus.simulator import DataType, SimData

from fleetmon.decode.snmp import Pace
from fleetmon.errors import GarbledReply, LinkError
from fleetmon.links.serial.ports import Ports
from fleetmon.model.words import Silence

from .modbus_lines import hearing, registers
from .modbus_peer import WAYS, device, serving

MAP = [
    SimData(0, values=[0, 1, 32767, 32768, 65535], datatype=DataType.UINT16),
    SimData(10, values=[-1, -546, 32767, -32768], datatype=DataType.INT16),
    SimData(20, values=[0, 70_000, 4_294_967_295], datatype=DataType.UINT32),
    SimData(30, values=[-1, -70_000, 2_147_483_647], datatype=DataType.INT32),
    SimData(40, values=[75.0, -0.125, 3.5e9], datatype=DataType.FLOAT32),
    SimData(50, values=[0x0000, 0x4296], datatype=DataType.REGISTERS),  # 75.0, low word first
    SimData(52, values=[0x1170, 0x0001], datatype=DataType.REGISTERS),  # 70 000, low word first
    SimData(60, values="KETTLE 7", datatype=DataType.STRING),
]
UNSIGNED = {f"u{n}": ({"address": n}, value) for n, value in enumerate([0, 1, 32767, 32768, 65535])}
SIGNED = {f"s{n}": ({"address": 10 + n, "form": "s16"}, v) for n, v in enumerate([-1, -546, 32767, -32768])}
WIDE = {f"w{n}": ({"address": 20 + 2 * n, "form": "u32"}, v) for n, v in enumerate([0, 70_000, 4_294_967_295])}
WIDE |= {f"x{n}": ({"address": 30 + 2 * n, "form": "s32"}, v) for n, v in enumerate([-1, -70_000, 2_147_483_647])}
FLOATS = {f"f{n}": ({"address": 40 + 2 * n, "form": "f32"}, v) for n, v in enumerate([75.0, -0.125, 3.5e9])}
SWAPPED = {
    "low_first": ({"address": 50, "form": "f32", "order": "little"}, 75.0),
    "low_too": ({"address": 52, "form": "u32", "order": "little"}, 70_000),
}
OTHERS: dict[str, tuple[dict[str, Any], Any]] = {
    "scaled": ({"address": 11, "form": "s16", "scale": 0.1}, -54.6),
    "shifted": ({"address": 1, "scale": 2, "offset": -10}, -8),
    "bit_15": ({"address": 3, "bit": 15}, 1),
    "bit_0": ({"address": 3, "bit": 0}, 0),
    "bit_16": ({"address": 22, "form": "u32", "bit": 16}, 1),
    "an_input": ({"table": "input", "address": 0}, 7),
    "coil_3": ({"table": "coil", "address": 3}, 1),
    "coil_4": ({"table": "coil", "address": 4}, 0),
    "discrete_18": ({"table": "discrete", "address": 18}, 1),
    "name": ({"address": 60, "form": "text", "registers": 4}, "KETTLE 7"),
}
ALL = UNSIGNED | SIGNED | WIDE | FLOATS | SWAPPED | OTHERS


@pytest.mark.parametrize("way", WAYS)
async def test_what_the_registers_hold(way: str) -> None:
    """Unsigned, signed, 32 bits, floats in both word orders, bits, coils, inputs and text, on every kind of line."""
    definition = registers(
        {"mode": way.partition(" ")[0], "unit": 5} if "ascii" in way else {"unit": 5},
        **{n: r for n, (r, _) in ALL.items()},
    )
    async with serving(way, device(5, *MAP)) as url, hearing(definition, url) as machine:
        assert await machine.says() == {name: value for name, (_, value) in ALL.items()}


async def test_the_word_order_may_be_the_line_s() -> None:
    """Said once for all registers, unless a register has its own."""
    read = {"low": {"address": 52, "form": "u32"}, "high": {"address": 22, "form": "u32", "order": "big"}}
    async with (
        serving("modbus tcp", device(1, *MAP)) as url,
        hearing(registers({"word_order": "little"}, **read), url) as machine,
    ):
        assert await machine.says() == {"low": 70_000, "high": 70_000}


async def test_what_means_nothing_is_no_value() -> None:
    """Sentinels, as the bare word or as the number; numbers that cannot be; a float that is none."""
    nan = SimData(70, values=[0x7FC0, 0x0000], datatype=DataType.REGISTERS)
    read = {
        "by_word": {"address": 3, "form": "s16", "absent": [0x8000]},
        "by_number": {"address": 13, "form": "s16", "absent": [-32768]},
        "too_low": {"address": 11, "form": "s16", "least": -500},
        "too_high": {"address": 2, "most": 5000},
        "no_number": {"address": 70, "form": "f32"},
        "near": {"address": 11, "form": "s16", "absent": [-545], "least": -546, "most": -546},
    }
    async with serving("modbus tcp", device(1, *MAP, nan)) as url, hearing(registers(**read), url) as machine:
        assert await machine.says() == {"near": -546}


class Asked:
    """What a unit was asked, and the exceptions it answers with, by address."""

    def __init__(self, refuses: dict[int, ExcCodes] | None = None) -> None:
        self.reads: list[tuple[int, int, int]] = []
        self.refuses = refuses or {}

    async def answer(
        self, function: int, start: int, address: int, count: int, cells: list[int], values: Any
    ) -> ExcCodes | None:
        """As pymodbus calls it."""
        self.reads.append((function, address, count))
        return self.refuses.get(address)


async def reads(line: dict[str, Any], **read: dict[str, Any]) -> list[tuple[int, int, int]]:
    """What (function, address, count) is asked with this map."""
    asked = Asked()
    whole = SimData(0, values=[0] * 300, datatype=DataType.UINT16)
    async with (
        serving("modbus tcp", device(1, whole, action=asked.answer)) as url,
        hearing(registers(line, **read), url) as machine,
    ):
        await machine.poll(Pace.SLOW)
    return asked.reads


async def test_neighbours_are_read_together() -> None:
    """In one read as long as nothing lies between; with `gap` also where a little does, and never more than `most`."""
    some = {f"r{n}": {"address": n} for n in (0, 1, 2, 5, 6, 20)}
    assert await reads({}, **some) == [(3, 0, 3), (3, 5, 2), (3, 20, 1)]
    assert await reads({"gap": 2}, **some) == [(3, 0, 7), (3, 20, 1)]
    assert await reads({"gap": 13}, **some) == [(3, 0, 21)]
    assert await reads({"gap": 13, "most": 7}, **some) == [(3, 0, 7), (3, 20, 1)]
    assert await reads({"gap": 13, "most": 6}, **some) == [(3, 0, 6), (3, 6, 1), (3, 20, 1)]


async def test_a_wide_register_is_never_cut() -> None:
    """A read that would end within one ends before it."""
    wide = {f"r{n}": {"address": 2 * n, "form": "u32"} for n in range(4)}
    assert await reads({"most": 3}, **wide) == [(3, 0, 2), (3, 2, 2), (3, 4, 2), (3, 6, 2)]
    assert await reads({"most": 5}, **wide) == [(3, 0, 4), (3, 4, 4)]


async def test_each_kind_and_each_pace_is_read_by_itself() -> None:
    """Functions 1 to 4; slow ones after the fast ones; optional ones alone."""
    tables = {f"t{n}": {"table": t, "address": 0} for n, t in enumerate(("input", "holding", "discrete", "coil"))}
    assert await reads({}, **tables) == [(1, 0, 1), (2, 0, 1), (3, 0, 1), (4, 0, 1)]
    paced = {"a": {"address": 0, "pace": "slow"}, "b": {"address": 1}, "c": {"address": 2, "optional": True}}
    assert sorted(await reads({}, **paced)) == [(3, 0, 1), (3, 1, 1), (3, 2, 1)]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (ExcCodes.ILLEGAL_FUNCTION, Silence.GARBLED),
        (ExcCodes.ILLEGAL_ADDRESS, Silence.GARBLED),
        (ExcCodes.ILLEGAL_VALUE, Silence.GARBLED),
        (ExcCodes.ACKNOWLEDGE, Silence.BUSY),
        (ExcCodes.DEVICE_BUSY, Silence.BUSY),
        (ExcCodes.GATEWAY_PATH_UNAVIABLE, Silence.TIMEOUT),
        (ExcCodes.GATEWAY_NO_RESPONSE, Silence.TIMEOUT),
    ],
)
@pytest.mark.parametrize("way", ["modbus tcp", "rtu on a pty"])
async def test_an_exception_is_told_for_what_it_is(way: str, code: ExcCodes, why: Silence) -> None:
    """A map that does not fit, a machine without time, a gateway behind which nobody is; the register is named."""
    unit = device(1, *MAP, action=Asked({2: code}).answer)
    async with serving(way, unit) as url, hearing(registers(pressure={"address": 2}), url) as machine:
        with pytest.raises(LinkError, match="pressure") as raised:
            await machine.poll()
    assert raised.value.why is why


@pytest.mark.parametrize("code", [ExcCodes.DEVICE_FAILURE, ExcCodes.MEMORY_PARITY_ERROR])
async def test_a_failed_machine_says_so_itself(code: ExcCodes) -> None:
    """Exceptions 4 and 8 are a fault of the machine, and it is stopped."""
    unit = device(1, *MAP, action=Asked({2: code}).answer)
    async with serving("modbus tcp", unit) as url, hearing(registers(pressure={"address": 2}), url) as machine:
        [fault] = (await machine.poll()).faults
    assert (fault.reason, fault.codes) == ("subunit-unrecoverable-failure", (f"exception {int(code)}",))


async def test_a_register_that_a_machine_lacks_may_be_optional() -> None:
    """Its refusal costs nothing else, and it is not asked for again and again."""
    asked = Asked({2: ExcCodes.ILLEGAL_ADDRESS})
    read = {"here": {"address": 1}, "maybe": {"address": 2, "optional": True}}
    async with (
        serving("rtu over tcp", device(1, *MAP, action=asked.answer)) as url,
        hearing(registers(**read), url) as machine,
    ):
        assert await machine.says() == {"here": 1}
        for _ in range(3):
            await machine.poll()
    assert [address for _, address, _ in asked.reads].count(2) == 1


@pytest.mark.parametrize("way", WAYS[1:3])
async def test_a_unit_that_is_not_there_is_mute(way: str) -> None:
    """A wrong number in the settings is a time-out, in words that name the unit's silence, and nobody else's value."""
    async with (
        serving(way, device(5, *MAP)) as url,
        hearing(registers(one={"address": 1}), url, 6, timeout_s=0.2) as machine,
    ):
        with pytest.raises(LinkError) as raised:
            await machine.poll()
    assert raised.value.why is Silence.TIMEOUT
    assert not isinstance(raised.value, GarbledReply)


async def test_several_units_on_one_line() -> None:
    """Two machines on one RS-485 bus: one conversation at a time on the one port, each hears its own values; one that
    is switched off does not spoil the other's."""
    units = [device(n, SimData(0, values=[100 + n] * 4, datatype=DataType.UINT16)) for n in (1, 2)]
    ports, definition = Ports(), registers(here={"address": 0})
    try:
        async with (
            serving("rtu on a pty", *units) as url,
            hearing(definition, url, 1, ports) as one,
            hearing(definition, url, 2, ports) as two,
            hearing(definition, url, 3, ports, timeout_s=0.1) as off,
        ):
            for _ in range(3):
                assert (await one.says(), await two.says()) == ({"here": 101}, {"here": 102})
                with pytest.raises(LinkError):
                    await off.poll()
    finally:
        ports.close()
