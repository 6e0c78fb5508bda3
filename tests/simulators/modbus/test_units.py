"""What the registers of the shipped units say; the sheets are read here with tomllib too, beside the loader."""

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fleetmon.simulators.modbus.bus import RtuBus, TcpBus
from fleetmon.simulators.modbus.frames import rtu_frame, tcp_frame
from fleetmon.simulators.modbus.unit import Unit
from fleetmon.simulators.model.commands import NEVER, Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.sheets.sheet import MACHINES, load_sheet
from hypothesis import given
from hypothesis import strategies as st

OMRON, TOWER = (
    tomllib.loads((MACHINES / f"{name}.toml").read_text(encoding="utf-8")) for name in ("omron_heater", "signal_tower")
)
HEATING, STOP = 0x100, 0x01000000


def heater() -> Unit:
    """A heater controller that has been on for two hours."""
    return Unit(Machine(load_sheet("omron_heater")))


def read(unit: Unit, function: int, start: int, count: int, now: float = 1.0) -> list[int]:
    """The registers or bits that a master reads."""
    pdu = unit.answer(bytes([function]) + start.to_bytes(2, "big") + count.to_bytes(2, "big"), now)
    assert pdu is not None
    assert pdu[0] == function, f"refused with {pdu[1]}"
    data = pdu[2:]
    assert pdu[1] == len(data)
    if function in (1, 2):
        return [data[bit // 8] >> bit % 8 & 1 for bit in range(count)]
    return [int.from_bytes(data[2 * n : 2 * n + 2], "big") for n in range(count)]


def long(words: list[int]) -> int:
    return words[0] << 16 | words[1]


def test_a_hot_heater_in_both_modes() -> None:
    """PV near SV in tenths, in 2-byte and in 4-byte mode; a decimal point; it heats; the other registers agree."""
    unit = heater()
    pv, status, sv, amps, mv, cooling = read(unit, 3, 0x2000, 6)
    assert sv == 1500
    assert abs(pv - 1505) <= 2
    assert (status, cooling) == (HEATING, 0)
    assert 400 < mv < 600
    assert amps == 62
    assert [long(read(unit, 3, address, 2)) for address in (0, 2, 4, 6, 8, 10)] == [pv, status, sv, amps, mv, cooling]
    assert long(read(unit, 3, 0x0420, 2)) == read(unit, 3, 0x2410, 1)[0] == 1
    assert read(unit, 3, 0x2103, 2) == [1500, 250]


# H175 section 5-1 and the E5CN-HT manual, section 5.1: address in 4-byte mode, in 2-byte mode, what stands there
MAP = [
    (0x0000, 0x2000, "pv"),
    (0x0002, 0x2001, "status"),
    (0x0004, 0x2002, 1500),
    (0x0006, 0x2003, 62),
    (0x0008, 0x2004, "mv"),
    (0x000A, 0x2005, 0),
    (0x0106, 0x2103, 1500),
    (0x0108, 0x2104, 250),
    (0x0404, 0x2402, "pv"),
    (0x0406, 0x2403, 1500),
    (0x040C, 0x2406, "status"),
    (0x0410, 0x2408, 0),
    (0x0420, 0x2410, 1),
]


def test_the_whole_map_is_where_the_manuals_have_it() -> None:
    """Every variable in both modes; 2407 and 2409 are the upper halves; and there is nothing else."""
    unit = heater()
    assert unit.interface.words["heating"] == HEATING
    told: dict[int | str, set[int]] = {}
    for four, two, what in MAP:
        told.setdefault(what, set()).update({long(read(unit, 3, four, 2)), *read(unit, 3, two, 1)})
    assert {value: {value} for value in told if isinstance(value, int)}.items() <= told.items()
    assert told["status"] == {HEATING}
    assert [len(values) for values in told.values()] == [1] * len(told)
    known = {four for four, _, _ in MAP} | {two for _, two, _ in MAP} | {0x2407, 0x2409}
    assert known == {register["address"] for register in OMRON["modbus"]["registers"]}
    assert read(unit, 3, 0x2406, 4) == [HEATING, 0, 0, 0]


@pytest.mark.parametrize("fault", OMRON["faults"])
def test_each_fault_of_the_controller_sets_its_status_bit(fault: str) -> None:
    """The row's mask in the 32-bit status, and in the two halves of 2-byte mode; nothing else but the heater's own."""
    mask = OMRON["faults"][fault]["says"]["status"]
    unit = heater()
    unit.machine.obey(Command(Do.RAISE, fault=fault), 2.0)
    status = long(read(unit, 3, 0x0002, 2, 2.0))
    assert status & ~HEATING == mask
    assert read(unit, 3, 0x2001, 1, 2.0) == [status & 0xFFFF]
    assert read(unit, 3, 0x2406, 2, 2.0) == [status & 0xFFFF, status >> 16]
    unit.machine.obey(Command(Do.CLEAR), 3.0)
    assert long(read(unit, 3, 0x0002, 2, 3.0)) & ~HEATING == 0


def test_every_bit_is_cited_by_its_number() -> None:
    """The source of a row names the bit its mask has."""
    for name, row in OMRON["faults"].items():
        assert f"bit {row['says']['status'].bit_length() - 1} " in row["source"], name


def test_an_open_sensor_shows_as_a_value_out_of_range_and_no_heating() -> None:
    """PV reads 520.0 whatever the rollers are, MV is 0, and after a while they are too cold (alarm 2)."""
    unit = heater()
    unit.machine.obey(Command(Do.RAISE, fault="sensor-open"), 2.0)
    assert read(unit, 3, 0x2000, 2, 2.0) == [5200, 0x40]
    assert read(unit, 3, 0x2004, 1, 2.0) == [0]
    assert read(unit, 3, 0x2001, 1, 200.0) == [0x2040]
    unit.machine.obey(Command(Do.CLEAR), 200.0)
    assert read(unit, 3, 0x2000, 1, 200.0)[0] < 1200


def test_a_burnout_cools_at_full_output_without_current() -> None:
    """PV falls, MV 100 %, 0 A, the burnout bit and then the low alarm."""
    unit = heater()
    unit.machine.obey(Command(Do.RAISE, fault="burnout"), 2.0)
    pv, status, _, amps, mv, _ = read(unit, 3, 0x2000, 6, 300.0)
    assert pv < 700
    assert (status, amps, mv) == (0x400 | HEATING | 0x2000, 0, 1000)


def test_a_stuck_relay_makes_it_too_hot() -> None:
    """PV rises above the high alarm at MV 0 with current flowing."""
    unit = heater()
    unit.machine.obey(Command(Do.RAISE, fault="relay-stuck"), 2.0)
    pv, status, _, amps, mv, _ = read(unit, 3, 0x2000, 6, 200.0)
    assert pv > 1750
    assert (status, amps, mv) == (0x1008, 62, 0)


def test_a_controller_notices_what_befalls_the_laminator_it_sits_on() -> None:
    """A sensor that fails at the laminator is an input error at the controller, and the rollers cool for both."""
    laminator = Machine(load_sheet("laminator"), name="lam1")
    unit = Unit(Machine(load_sheet("omron_heater"), name="lam1-heater"), laminator)
    assert unit.machine.power.heater is laminator.power.heater
    laminator.obey(Command(Do.RAISE, fault="roller-sensor-failed"), 5.0)
    assert read(unit, 3, 0x2000, 2, 5.0) == [5200, 0x40]
    laminator.obey(Command(Do.CLEAR), 100.0)
    assert not laminator.power.ready
    assert read(unit, 3, 0x2000, 1, 400.0)[0] == pytest.approx(1510, abs=15)
    unit.machine.obey(Command(Do.RAISE, fault="stopped"), 500.0)
    assert long(read(unit, 3, 0x0002, 2, 501.0)) == STOP
    laminator.step(900.0)
    assert not laminator.power.ready


def test_the_tower_shows_what_its_machine_does() -> None:
    """Green while it works, red and a dropped relay when it jams, amber with a low supply, flashing green when idle."""
    laminator = Machine(load_sheet("laminator"), name="lam1", backlog=NEVER)
    unit = Unit(Machine(load_sheet("signal_tower"), name="tower"), laminator)
    red, amber, green, buzzer, relay, spare = range(6)
    assert [bit for bit, lit in enumerate(read(unit, 2, 0, 6, 1.0)) if lit] == [green, relay]
    laminator.obey(Command(Do.LEVEL, store="upper-film", left=20), 2.0)
    assert [bit for bit, lit in enumerate(read(unit, 2, 0, 6, 2.0)) if lit] == [amber, green, relay]
    laminator.obey(Command(Do.RAISE, fault="document-jam"), 3.0)
    assert [bit for bit, lit in enumerate(read(unit, 2, 0, 6, 3.25)) if lit] == [red, amber, buzzer]
    assert [bit for bit, lit in enumerate(read(unit, 2, 0, 6, 3.75)) if lit] == [red, amber]
    laminator.obey(Command(Do.CLEAR), 4.0)
    laminator.obey(Command(Do.STARVE), 4.0)
    assert read(unit, 2, green, 1, 4.2) == [1]
    assert read(unit, 2, green, 1, 4.7) == [0]
    laminator.obey(Command(Do.OFF), 5.0)
    assert read(unit, 2, 0, 6, 5.0) == [0] * 6
    assert read(unit, 2, spare, 1, 5.0) == [0]


def test_the_tower_counts_cycles_and_packs_its_inputs() -> None:
    """Ten documents, ten pulses, whatever the machine's own counter says; one register has all inputs as bits."""
    laminator = Machine(load_sheet("laminator"), name="lam1", backlog=10)
    unit = Unit(Machine(load_sheet("signal_tower"), name="tower"), laminator)
    laminator.obey(Command(Do.RESET_COUNTER), 60.0)
    assert long(read(unit, 4, 1, 2, 600.0)) == 10
    bits = read(unit, 2, 0, 6, 600.0)
    assert read(unit, 4, 0, 1, 600.0) == [sum(bit << n for n, bit in enumerate(bits))]


@pytest.mark.parametrize("fault", TOWER["faults"])
def test_a_bad_wire_shows_on_its_input_only(fault: str) -> None:
    """The input reads what the row says it reads, and the machine knows nothing of it."""
    [register] = [each for each in TOWER["modbus"]["registers"] if fault in each.get("faults", ())]
    laminator = Machine(load_sheet("laminator"), name="lam1", backlog=NEVER)
    unit = Unit(Machine(load_sheet("signal_tower"), name="tower"), laminator)
    order = Command(Do.RAISE, fault="document-jam" if register["during"] == 1 or "red" in fault else "cleaning-due")
    laminator.obey(order if "relay" not in fault else Command(Do.SHOW), 2.0)
    before = read(unit, 2, 0, 6, 2.25)
    unit.machine.obey(Command(Do.RAISE, fault=fault), 2.25)
    after = read(unit, 2, 0, 6, 2.25)
    assert after[register["address"]] == register["during"]
    assert [n for n in range(6) if before[n] != after[n]] in ([register["address"]], [])
    assert laminator.activity == Unit(Machine(load_sheet("signal_tower")), laminator).wired.activity


@pytest.mark.parametrize(
    ("pdu", "code"),
    [
        ("0100000001", 1),  # no coils
        ("0200000001", 1),  # no discrete inputs
        ("0400000001", 1),
        ("0620000001", 1),  # writes
        ("050000ff00", 1),
        ("10210300010205dc", 1),
        ("0f000000010101", 1),
        ("2b0e0100", 1),
        ("0300000000", 3),  # none
        ("0320000033", 3),  # more than the buffer holds
        ("0330000001", 2),  # nothing there
        ("0320060001", 2),
        ("0300010001", 2),  # in the middle of a 4-byte value
        ("0320050002", 2),  # runs over the end
    ],
)
def test_what_it_does_not_do_it_refuses(pdu: str, code: int) -> None:
    """Exceptions 1 to 3 as H175 section 4-1-3 has them; nothing can be written."""
    octets = bytes.fromhex(pdu)
    assert heater().answer(octets, 1.0) == bytes([octets[0] | 0x80, code])


def test_on_rtu_only_who_is_asked_answers() -> None:
    """Unit 1 and 2 on one line: each answers for itself, nobody for 3 or a broadcast, nobody to a wrong checksum."""
    laminator = Machine(load_sheet("laminator"), name="lam1")
    bus = RtuBus(heater(), Unit(Machine(load_sheet("signal_tower")), laminator))
    ask = bytes.fromhex("0320020001")
    assert [each.octets for each in bus.hear(rtu_frame(1, ask), 1.0)] == [rtu_frame(1, bytes.fromhex("030205dc"))]
    assert [each.octets for each in bus.hear(rtu_frame(2, ask), 1.0)] == [rtu_frame(2, b"\x83\x01")]
    assert bus.hear(rtu_frame(3, ask) + rtu_frame(0, ask), 1.0) == []
    assert bus.hear(rtu_frame(1, ask)[:-1] + b"\x00", 1.0) == []
    with pytest.raises(BadInput, match="unit 1 is on the bus twice"):
        RtuBus(heater(), heater())


def test_over_tcp_the_gateway_answers_for_the_absent() -> None:
    """Exception 11 for a unit that is not there or switched off; what is no Modbus TCP is hung up on."""
    unit = heater()
    bus = TcpBus(unit, Unit(Machine(load_sheet("signal_tower"))))
    ask = bytes.fromhex("0320020001")
    assert [each.octets for each in bus.hear(tcp_frame(7, 1, ask), 1.0)] == [tcp_frame(7, 1, bytes.fromhex("030205dc"))]
    assert [each.octets for each in bus.hear(tcp_frame(8, 9, ask), 1.0)] == [tcp_frame(8, 9, b"\x83\x0b")]
    unit.machine.obey(Command(Do.OFF), 2.0)
    assert [each.octets for each in bus.hear(tcp_frame(9, 1, ask), 2.0)] == [tcp_frame(9, 1, b"\x83\x0b")]
    [end] = bus.hear(b"GET / HTTP/1.0\r\n\r\n", 3.0)
    assert end.hang_up


def test_one_unit_with_a_socket_of_its_own_is_addressed_by_0_and_255_too() -> None:
    """And another client's unfinished request does not spoil this one's."""
    bus = TcpBus(heater())
    ask = bytes.fromhex("0320020001")
    bus.meet().hear(tcp_frame(1, 1, ask)[:5], 1.0)
    for unit in (0, 1, 255):
        assert len(bus.meet().hear(tcp_frame(1, unit, ask), 1.0)[0].octets) == 11


@given(st.binary(min_size=1, max_size=260), st.floats(0, 5000))
def test_no_request_crashes_a_unit(pdu: bytes, now: float) -> None:
    """Any PDU is answered, with data or one of the exceptions 1 to 3."""
    answer = UNIT.answer(pdu, now)
    assert answer is not None
    assert answer[0] == pdu[0] or answer[1] in (1, 2, 3)


UNIT = heater()


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ('number = "status"', 'number = "mood"', "no number 'mood'; there are: pv, sv"),
        ("heating = 0x100", "glowing = 0x100", "modbus.words: 'glowing' is not known; there are: red"),
        ("heating = 0x100", 'heating = "yes"', "modbus.words.heating: a whole number is needed"),
        ("address = 0x2001", "address = 0x2000", "holding 0x2000 stands twice"),
        ("{ status = 0x4, ", "{ statos = 0x4, ", "faults.converter-error.says: 'statos' is not known"),
        ('heater = "burnout"', 'heater = "burn"', "'burn' is no trouble of a heater; there are: sensor-open"),
    ],
)
def test_a_map_that_cannot_be_served_is_refused(tmp_path: Path, right: str, wrong: str, complaint: str) -> None:
    """By name, before anybody asks."""
    text = (MACHINES / "omron_heater.toml").read_text(encoding="utf-8")
    assert right in text
    (tmp_path / "changed.toml").write_text(text.replace(right, wrong, 1))
    with pytest.raises(BadInput) as told:
        Unit(Machine(load_sheet(str(tmp_path / "changed.toml"))))
    assert complaint in str(told.value)


def test_a_map_of_a_heater_needs_one() -> None:
    """And a lamp's words must be states of a machine; a sheet without [modbus] is no unit."""
    without: Any = replace(load_sheet("omron_heater"), heater=None)
    with pytest.raises(BadInput, match="'pv' needs a heater"):
        Unit(Machine(without))
    tower = load_sheet("signal_tower")
    assert tower.modbus is not None
    bad = replace(tower, modbus=replace(tower.modbus, words=tower.modbus.words | {"red": "angry"}))
    with pytest.raises(BadInput, match=r"modbus.words.red: 'angry' is no state"):
        Unit(Machine(bad))
    with pytest.raises(BadInput, match=r"laminator has no \[modbus\]"):
        Unit(Machine(load_sheet("laminator")))
