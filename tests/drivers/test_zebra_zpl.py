"""Label printers in ZPL: each flag of ~HS and ~HQES, typed in here a second time, said by a peer over TCP."""

from collections.abc import Iterable

import pytest
from fleetmon.simulators.byte_agent import serve_bytes
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.wires.outlet import parse_outlet
from tests.drivers.lines import Peer, Talk, peer, talking, told, url

from fleetmon.decode.snmp import Pace
from fleetmon.errors import LinkError
from fleetmon.model.report import Report
from fleetmon.model.words import Silence, State

HS, HQES, HI = b"~HS\r\n", b"~HQES\r\n", b"~HI\r\n"
SERIAL = b'! U1 getvar "device.unique_id"\r\n'
PRINTED = b'! U1 getvar "odometer.total_print_length"\r\n'
SILENT_S = 0.3

# ZPL II Programming Guide, ~HQ: table of error flags, table of warning flags.
ERRORS = {
    0x1: "media-empty", 0x2: "marker-print-ribbon-empty", 0x4: "cover-open",
    0x8: "separation-cutter-recoverable-failure", 0x10: "marker-over-temperature", 0x20: "marker-motor-failure",
    0x40: "marker-unrecoverable-failure", 0x80: "marker-missing", 0x100: "subunit-unrecoverable-failure",
    0x200: "marker-thermistor-failure", 0x1000: "media-path-output-jam", 0x2000: "media-path-failure",
    0x4000: "media-path-input-feed-error", 0x8000: "media-jam", 0x10000: "paused", 0x20000: "media-path-failure",
    0x40000: "media-path-failure", 0x80000: "media-path-failure",
}  # fmt: skip
WARNINGS = {
    0x1: ("other", "report"), 0x2: ("cleaner-life-almost-over", "warning"), 0x4: ("marker-life-over", "warning"),
    0x8: ("media-low", "warning"),
}  # fmt: skip
PLACES_IN_A_KIOSK = (0x10, 0x20, 0x40, 0x80, 0x100, 0x200, 0x400, 0x800)
# the same guide, ~HS: string, field from 0 -> its letter and what a 1 means
FLAGS = {
    (0, 1): ("b", "media-empty", "error"), (0, 2): ("c", "paused", "error"), (0, 5): ("f", "spool-area-full", "report"),
    (0, 9): ("j", "subunit-unrecoverable-storage", "error"), (0, 10): ("k", "marker-under-temperature", "warning"),
    (0, 11): ("l", "marker-over-temperature", "error"), (1, 2): ("o", "cover-open", "error"),
    (1, 3): ("p", "marker-print-ribbon-empty", "error"),
}  # fmt: skip


def host_status(*ones: tuple[int, int], waiting: str = "000", left: str = "00000000") -> bytes:
    """The three strings with a 1 in these fields."""
    strings = [
        ["030", "0", "0", "1245", waiting, "0", "0", "0", "000", "0", "0", "0"],
        ["001", "0", "0", "0", "1", "2", "6", "0", left, "1", "000"],
        ["1234", "0"],
    ]
    for string, place in ones:
        strings[string][place] = "1"
    return b"".join(b"\x02" + ",".join(fields).encode() + b"\x03\r\n" for fields in strings)


def flags(errors: int = 0, warnings: int = 0) -> bytes:
    """The answer to ~HQES."""
    lines = [
        "  PRINTER STATUS",
        f"   ERRORS:         {int(errors > 0)} 00000000 {errors:08X}",
        f"   WARNINGS:       {int(warnings > 0)} 00000000 {warnings:08X}",
    ]
    return b"\x02\r\n" + b"".join(line.ljust(44).encode() + b"\r\n" for line in lines) + b"\x03\r\n"


def answers(status: bytes = host_status(), masks: bytes = flags()) -> dict[bytes, bytes]:
    return {
        HS: status, HQES: masks, HI: b"\x02ZT410-200dpi,V75.19.15Z,8,4096KB\x03\r\n",
        SERIAL: b'"18J161604846"', PRINTED: b'"313247 INCHES, 795649 CENTIMETERS"',
    }  # fmt: skip


async def once(printer: Peer, pace: Pace = Pace.FAST) -> Report:
    async with talking("zebra_zpl", printer.url, timeout_s=SILENT_S) as talk:
        return await talk.poll(pace)


async def test_each_flag_of_hqes_lands_on_its_keyword() -> None:
    """Errors stop it, warnings do not; the places of paper in a kiosk are no faults."""
    found = {}
    async with peer(answers()) as printer, talking("zebra_zpl", printer.url) as talk:
        for mask in ERRORS:
            printer.answers[HQES] = flags(errors=mask)
            report = await talk.poll()
            found["errors", mask] = (told(report.faults), report.state)
        for mask in (*WARNINGS, *PLACES_IN_A_KIOSK):
            printer.answers[HQES] = flags(warnings=mask)
            report = await talk.poll()
            found["warnings", mask] = (told(report.faults), report.state)
    stopped = {
        ("errors", mask): ({(reason, "error", f"~HQES errors {mask:#x}")}, "stopped") for mask, reason in ERRORS.items()
    }
    going_on = {
        ("warnings", mask): ({(*meaning, f"~HQES warnings {mask:#x}")}, "idle") for mask, meaning in WARNINGS.items()
    }
    nothing = {("warnings", mask): (set(), "idle") for mask in PLACES_IN_A_KIOSK}
    assert found == stopped | going_on | nothing
    assert set(talk.definition.faults["errors"].bits) == {f"0x{mask:08x}" for mask in ERRORS}
    assert set(talk.definition.faults["warnings"].bits) == {f"0x{mask:08x}" for mask in (*WARNINGS, *PLACES_IN_A_KIOSK)}


async def test_each_flag_of_hs_lands_on_its_keyword() -> None:
    """Whether or not ~HQES says the same."""
    found = {}
    async with peer(answers()) as printer, talking("zebra_zpl", printer.url) as talk:
        for place in FLAGS:
            printer.answers[HS] = host_status(place)
            report = await talk.poll()
            found[place] = (told(report.faults), report.state)
    assert found == {
        place: ({(reason, severity, f"~HS {letter}=1")}, "stopped" if severity == "error" else "idle")
        for place, (letter, reason, severity) in FLAGS.items()
    }
    said = {rule.prefix + code for rule in talk.definition.faults.values() for code in rule.codes}
    assert said == {f"~HS {letter}=1" for letter, _, _ in FLAGS.values()}


async def test_what_both_say_is_one_fault() -> None:
    """Out of media and ribbon, paused: three faults with both codes each, all at the same time."""
    status = host_status((0, 1), (0, 2), (1, 3))
    async with peer(answers(status, flags(errors=0x00010003))) as printer:
        report = await once(printer)
    assert told(report.faults) == {
        ("media-empty", "error", "~HQES errors 0x1 ~HS b=1"),
        ("marker-print-ribbon-empty", "error", "~HQES errors 0x2 ~HS p=1"),
        ("paused", "error", "~HQES errors 0x10000 ~HS c=1"),
    }


async def test_all_flags_at_once() -> None:
    """Every documented bit stands at the same time: each reason of each part once."""
    async with peer(answers(host_status(*FLAGS), flags(sum(ERRORS), sum(WARNINGS)))) as printer:
        report = await once(printer)
    assert {fault.reason for fault in report.faults} == {
        *ERRORS.values(), *(reason for reason, _ in WARNINGS.values()), *(reason for _, reason, _ in FLAGS.values())
    }  # fmt: skip
    assert len({fault.key for fault in report.faults}) == len(report.faults)
    codes = [code for fault in report.faults for code in fault.codes]
    assert len(codes) == len(set(codes)) == len(ERRORS) + len(WARNINGS) + len(FLAGS)


async def test_a_bit_that_nobody_knows_is_kept_and_named_once() -> None:
    """All such bits in one fault."""
    async with peer(answers(masks=flags(errors=0x40000001 | 0x00100000))) as printer:
        report = await once(printer)
    assert told(report.faults) == {
        ("media-empty", "error", "~HQES errors 0x1"),
        ("other", "warning", "~HQES errors 0x40100000"),
    }


async def test_a_mute_hs_is_a_stop_and_hqes_says_why() -> None:
    """With nothing but silence in ~HS the stop has no name; as soon as ~HQES names it, silence is no news."""
    async with (
        peer(answers(status=b"")) as printer,
        talking("zebra_zpl", printer.url, timeout_s=SILENT_S) as talk,
    ):
        unnamed = await talk.poll()
        printer.answers[HQES] = flags(errors=0x1)
        named = await talk.poll()
        printer.answers[HS], printer.answers[HQES] = host_status(), flags()
        again = await talk.poll()
    assert (unnamed.state, told(unnamed.faults)) == (State.STOPPED, {("other", "error", "")})
    assert (named.state, told(named.faults)) == (State.STOPPED, {("media-empty", "error", "~HQES errors 0x1")})
    assert (again.state, again.faults) == (State.IDLE, ())


async def test_a_printer_that_says_nothing_at_all_is_not_there() -> None:
    """Silence means something only where something else is said."""
    async with peer({}) as printer:
        with pytest.raises(LinkError) as caught:
            await once(printer)
    assert caught.value.why is Silence.TIMEOUT


async def test_a_printer_without_hqes() -> None:
    """An older model is heard by ~HS alone."""
    async with peer({HS: host_status((1, 2))}) as printer:
        report = await once(printer)
    assert (report.state, told(report.faults)) == (State.STOPPED, {("cover-open", "error", "~HS o=1")})


async def test_work_shows_in_what_is_left_to_do() -> None:
    """Formats that wait, labels of a batch that are left, half a format received."""
    found = []
    async with peer(answers()) as printer, talking("zebra_zpl", printer.url) as talk:
        for status in (
            host_status(),
            host_status(waiting="002"),
            host_status(left="00000012"),
            host_status((0, 7)),
            host_status((0, 2), waiting="002"),
        ):
            printer.answers[HS] = status
            report = await talk.poll()
            found.append((str(report.state), report.jobs))
    assert found == [("idle", 0), ("processing", 2), ("processing", 12), ("processing", 0), ("stopped", 2)]


async def test_who_it_is_and_what_it_printed() -> None:
    """Model and firmware, the serial number, centimetres; settings that it does not know read `?`."""
    async with peer(answers()) as printer, talking("zebra_zpl", printer.url, timeout_s=SILENT_S) as talk:
        report = await talk.poll(Pace.SLOW)
        printer.answers |= {SERIAL: b'"?"', PRINTED: b'"?"'}
        unknown = await talk.poll(Pace.SLOW)
    who = report.identity
    assert (who.maker, who.model, who.firmware, who.serial) == ("Zebra", "ZT410-200dpi", "V75.19.15Z", "18J161604846")
    assert [(counter.total, str(counter.unit)) for counter in report.counters] == [(795649, "centimeters")]
    assert (unknown.identity.serial, unknown.counters) == (None, ())


SHEET = load_sheet("zebra_label_printer")
SIMULATED = {
    "media-out": "media-empty", "ribbon-out": "marker-print-ribbon-empty", "head-open": "cover-open",
    "cutter-fault": "separation-cutter-recoverable-failure", "head-too-hot": "marker-over-temperature",
    "motor-too-hot": "marker-motor-failure", "head-element-bad": "marker-unrecoverable-failure",
    "head-not-detected": "marker-missing", "firmware-invalid": "subunit-unrecoverable-failure",
    "head-thermistor-open": "marker-thermistor-failure", "feed-error": "media-path-input-feed-error",
    "path-not-cleared": "media-jam", "paused": "paused", "head-too-cold": "marker-under-temperature",
    "memory-lost": "subunit-unrecoverable-storage", "calibrate-media": "other",
    "clean-head": "cleaner-life-almost-over", "replace-head": "marker-life-over", "media-near-end": "media-low",
}  # fmt: skip


MUTE = [name for name, fault in SHEET.faults.items() if fault.number("mute")]


async def heard_one_by_one(talk: Talk, machine: Machine, names: Iterable[str]) -> dict[str, str]:
    """The reason of each of these faults, raised alone."""
    found = {}
    for name in names:
        machine.obey(Command(Do.RAISE, fault=name), machine.now)
        report = await talk.poll()
        [fault] = report.faults
        found[name] = fault.reason
        assert (report.state is State.STOPPED) == SHEET.faults[name].stops, name
        machine.obey(Command(Do.CLEAR, fault=name), machine.now)
    return found


@pytest.mark.parametrize("outlet", ["tcp", "pty", "rfc2217"])
async def test_each_fault_of_the_simulated_printer(outlet: str) -> None:
    """Over a network, a serial line and a device server; of the slow ones only a few."""
    machine = Machine(SHEET)
    names = [name for name in SHEET.faults if name not in MUTE][:: 1 if outlet == "tcp" else 6]
    async with (
        serve_bytes(machine, outlets=[parse_outlet(outlet)]) as [reach],
        talking("zebra_zpl", url(reach)) as talk,
    ):
        idle = await talk.poll(Pace.SLOW)
        found = await heard_one_by_one(talk, machine, names)
    assert found == {name: SIMULATED[name] for name in names}
    assert (idle.state, idle.faults, idle.identity.serial) == (State.IDLE, (), "SIM-0007")
    assert [counter.total for counter in idle.counters] == [int(25718 * 812 / 203 * 2.54)]


async def test_each_fault_in_which_the_simulated_printer_is_mute() -> None:
    """~HS gets no answer; ~HQES tells it all the same."""
    machine = Machine(SHEET)
    async with serve_bytes(machine) as [reach], talking("zebra_zpl", url(reach), timeout_s=2 * SILENT_S) as talk:
        found = await heard_one_by_one(talk, machine, MUTE)
    assert found == {name: SIMULATED[name] for name in MUTE}
    assert len(MUTE) == 4


async def test_work_of_the_simulated_printer() -> None:
    """With labels to print it is processing."""
    machine = Machine(SHEET)
    async with serve_bytes(machine) as [reach], talking("zebra_zpl", url(reach)) as talk:
        machine.obey(Command(Do.PRODUCE, documents=5), machine.now)
        report = await talk.poll()
    assert (report.state, report.faults) == (State.PROCESSING, ())


async def test_a_printer_that_is_switched_off_is_not_taken_for_a_stop() -> None:
    """What has answered ~HQES once must answer it; its silence is no state."""
    async with peer(answers()) as printer, talking("zebra_zpl", printer.url, timeout_s=SILENT_S) as talk:
        await talk.poll()
        printer.answers.clear()
        for pace in (Pace.FAST, Pace.SLOW):
            with pytest.raises(LinkError) as caught:
                await talk.poll(pace)
            assert caught.value.why is Silence.TIMEOUT


async def test_silence_is_all_that_an_older_printer_says_of_a_stop() -> None:
    """Without ~HQES it reads as a stop, in fast polls and in slow ones that try once more what it never answered."""
    async with peer({HS: host_status()}) as printer, talking("zebra_zpl", printer.url, timeout_s=SILENT_S) as talk:
        assert (await talk.poll()).state is State.IDLE
        printer.answers[HS] = b""
        said = [await talk.poll(pace) for pace in (Pace.FAST, Pace.SLOW, Pace.FAST)]
    assert [(report.state, told(report.faults)) for report in said] == [(State.STOPPED, {("other", "error", "")})] * 3
