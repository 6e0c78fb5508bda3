"""A real Delta DTB4824, as the author of minimalmodbus recorded it over RTU and over ASCII: its replies decode right.

The definition is none that we ship; it shows that the language can say this controller: an error value in place of the
temperature is a fault, and no temperature.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.drivers.lines import peer

from fleetmon.decode.snmp import Pace
from fleetmon.definition import ModbusDefinition
from fleetmon.errors import LinkError
from fleetmon.model.words import Silence, State

from .modbus_lines import HEAD, hearing, told

ERRORS = {
    "32770": {"text": "no temperature yet"},
    "32771": {"reason": "laminator-thermistor-failure", "text": "sensor not connected"},
    "32772": {"reason": "laminator-thermistor-failure", "text": "sensor input error"},
    "32774": {"reason": "laminator-thermistor-failure", "text": "A/D converter error"},
    "32775": {"reason": "laminator-unrecoverable-failure", "text": "memory error"},
}
READ: dict[str, dict[str, Any]] = {
    "process_value": {"address": 0x1000, "form": "s16", "scale": 0.1, "absent": list(range(0x8002, 0x8008))},
    "error": {"address": 0x1000, "least": 0x8002, "most": 0x8007},
    "set_point": {"address": 0x1001, "scale": 0.1},
    "sensor": {"address": 0x1004, "optional": True},
    "control": {"address": 0x1005, "optional": True},
    "output_1": {"address": 0x1012, "scale": 0.1, "optional": True},
    "firmware": {"address": 0x102F, "scale": 0.01, "pace": "slow"},
    "led_1": {"table": "discrete", "address": 0x0801, "optional": True},
    "writable": {"table": "discrete", "address": 0x0810},
    "fahrenheit": {"table": "discrete", "address": 0x0811},
    "running": {"table": "discrete", "address": 0x0814},
    "last": {"table": "discrete", "address": 0x0818},
}


def dtb(mode: str) -> ModbusDefinition:
    """A driver for it."""
    return ModbusDefinition.model_validate(
        HEAD
        | {
            "line": {"mode": mode, "unit": 7, "gap": 3},
            "read": READ,
            "state": {"from": "running", "codes": {"0": "stopped"}, "otherwise": "idle"},
            "faults": {"error": {"codes": ERRORS}},
            "heaters": {"heater": {"measured": "process_value", "set_point": "set_point", "output": "output_1"}},
            "identity": {"maker": "Delta", "firmware": "firmware"},
        }
    )


def recorded(captures: Path, mode: str) -> dict[bytes, bytes]:
    """What was asked -> what was answered."""
    said = json.loads((captures / "visible" / "serial" / f"modbus-{mode}-delta-dtb4824.json").read_text("utf-8"))
    return {bytes.fromhex(each["request_hex"]): bytes.fromhex(each["response_hex"]) for each in said["exchanges"]}


FIRST = {"rtu": {"running": 0, "led_1": 0, "output_1": 0}, "ascii": {"running": 1, "led_1": 1, "output_1": 100}}


@pytest.mark.parametrize("mode", ["rtu", "ascii"])
async def test_its_replies_are_read_right(mode: str, captures: Path) -> None:
    """64990 is -54.6 degrees; nine bits in two octets; tenths and hundredths; RTU and ASCII alike."""
    async with peer(recorded(captures, mode)) as controller, hearing(dtb(mode), controller.url) as machine:
        values = await machine.says()
        report = await machine.poll(Pace.SLOW)
    assert (
        values
        == {
            "process_value": -54.6,
            "set_point": 35,
            "sensor": 14,
            "control": 1,
            "firmware": 4,
            "writable": 1,
            "fahrenheit": 1,
            "last": 0,
        }
        | FIRST[mode]
    )
    assert report.identity.firmware == "4"
    assert report.state is (State.PROCESSING if FIRST[mode]["running"] else State.STOPPED)  # 35 degrees are wanted
    assert told(report.faults) == {("laminator-warming-up", "heater", "")}
    assert all(question[7 if mode == "ascii" else 1] != 5 for question in controller.heard)


@pytest.mark.parametrize("mode", ["rtu", "ascii"])
async def test_its_writes_are_never_sent(mode: str, captures: Path) -> None:
    """It was written to when it was recorded; what we ask is reading, functions 2 and 3, whatever the map."""
    async with peer(recorded(captures, mode)) as controller, hearing(dtb(mode), controller.url) as machine:
        await machine.poll(Pace.SLOW)
    functions = {question[1] if mode == "rtu" else int(question[3:5], 16) for question in controller.heard}
    assert functions == {2, 3}


def crc(frame: bytes) -> bytes:
    """The frame with its CRC-16 (MODBUS over serial line V1.02, 6.2.2), worked out bit by bit."""
    register = 0xFFFF
    for octet in frame:
        register ^= octet
        for _ in range(8):
            register = register >> 1 ^ (0xA001 if register & 1 else 0)
    return frame + register.to_bytes(2, "little")


@pytest.mark.parametrize("word", [*range(0x8002, 0x8008)])
async def test_an_error_value_is_no_temperature(word: int, captures: Path) -> None:
    """8002 to 8007 in place of the temperature: a fault in the manual's words, or nothing yet."""
    said = recorded(captures, "rtu")
    question = crc(bytes.fromhex("070310000002"))
    assert question in said
    said[question] = crc(bytes.fromhex(f"070304{word:04x}015e"))
    async with peer(said) as controller, hearing(dtb("rtu"), controller.url) as machine:
        values = await machine.says()
        report = await machine.poll()
    assert "process_value" not in values
    assert values["error"] == word
    words = {(fault.reason, fault.codes, fault.text) for fault in report.faults if fault.codes}
    meaning = ERRORS.get(str(word), {"reason": "other"})
    reason = meaning.get("reason")
    assert words == ({(reason, (str(word),), meaning.get("text"))} if reason else set())


WITH_TEMPERATURE = (bytes.fromhex("070304fdde015e4dcd"), b":070304FDDE015EB8\r\n")


@pytest.mark.parametrize("mode", ["rtu", "ascii"])
@pytest.mark.parametrize("place", range(3, 15, 2))
async def test_a_bit_that_fell_over_is_no_answer(mode: str, place: int, captures: Path) -> None:
    """One bit wrong anywhere in the reply with the temperature: garbled or silence, never another temperature."""
    said = recorded(captures, mode)
    question = next(each for each in said if said[each] in WITH_TEMPERATURE)
    reply = bytearray(said[question])
    reply[place % len(reply)] ^= 0x01
    said[question] = bytes(reply)
    async with peer(said) as controller, hearing(dtb(mode), controller.url, timeout_s=0.3) as machine:
        with pytest.raises(LinkError) as raised:
            await machine.poll()
    assert raised.value.why in (Silence.GARBLED, Silence.TIMEOUT)
