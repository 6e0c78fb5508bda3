"""Whatever a byte machine says of itself, in every combination: each fault once, nothing lost, nothing invented."""

import json

from hypothesis import given
from hypothesis import strategies as st
from tests.drivers.hearing import at_once
from tests.drivers.lines import line_driver
from tests.drivers.test_escpos import ASK as ESCPOS_ASK
from tests.drivers.test_escpos import FIXED
from tests.drivers.test_escpos import TOLD as ESCPOS
from tests.drivers.test_evolis_rpc import ASK as EVOLIS_ASK
from tests.drivers.test_evolis_rpc import UNIT
from tests.drivers.test_hp_pjl import STATUS, status
from tests.drivers.test_zebra_zpl import ERRORS, FLAGS, HQES, HS, PLACES_IN_A_KIOSK, WARNINGS, flags, host_status

from fleetmon.conversation import converse
from fleetmon.decode.lines import poll
from fleetmon.decode.snmp import Pace
from fleetmon.links.spoken_file import SpokenFile
from fleetmon.links.transcript import Turn
from fleetmon.model.report import Report
from fleetmon.model.words import State

words = st.integers(0, 0xFFFF_FFFF)
bits = st.integers(0, 15).map(lambda four: (four & 3) << 2 | (four >> 2) << 5)  # the four that a status octet has free


def report_of(name: str, answers: dict[bytes, bytes], unit: str | None = None) -> Report:
    """What a first poll understands; what is not in `answers` is met with silence."""
    definition = line_driver(name)
    link = SpokenFile(Turn(ask, reply) for ask, reply in answers.items())
    return at_once(converse(poll(definition, None, Pace.SLOW, 0.0, unit=unit), link)).report


def is_sound(report: Report) -> None:
    """Each reason of each part once, no code twice, and what stops it stops it."""
    assert len({fault.key for fault in report.faults}) == len(report.faults)
    codes = [code for fault in report.faults for code in fault.codes]
    assert len(codes) == len(set(codes))
    if any(fault.severity == "error" for fault in report.faults):
        assert report.state is State.STOPPED


@given(words, words, st.sets(st.sampled_from(sorted(FLAGS))))
def test_any_flags_of_a_label_printer(errors: int, warnings: int, ones: set[tuple[int, int]]) -> None:
    """Two words of 32 bits and eight flags: every bit that has a meaning is told, all others are kept."""
    report = report_of("zebra_zpl", {HS: host_status(*ones), HQES: flags(errors, warnings)})
    is_sound(report)
    quiet = sum(PLACES_IN_A_KIOSK)
    wanted = {f"~HQES errors {mask:#x}" for mask in ERRORS if errors & mask}
    wanted |= {f"~HQES warnings {mask:#x}" for mask in WARNINGS if warnings & mask}
    wanted |= {f"~HS {FLAGS[place][0]}=1" for place in ones}
    if left := errors & ~sum(ERRORS):
        wanted.add(f"~HQES errors {left:#x}")
    if left := warnings & ~sum(WARNINGS) & ~quiet:
        wanted.add(f"~HQES warnings {left:#x}")
    assert {code for fault in report.faults for code in fault.codes} == wanted
    assert (report.state is State.STOPPED) == (errors > 0 or any(FLAGS[place][2] == "error" for place in ones))


@given(st.tuples(bits, bits, bits, bits, bits))
def test_any_octets_of_a_slip_printer(said: tuple[int, ...]) -> None:
    """Five octets, each with any of its four bits."""
    by_n = dict(enumerate(said, start=1))
    report = report_of("escpos", {ESCPOS_ASK[n]: bytes((FIXED | octet,)) for n, octet in by_n.items()})
    is_sound(report)
    wanted = {(n, bit): meaning for (n, bit), meaning in ESCPOS.items() if by_n[n] & bit}
    assert {code for fault in report.faults for code in fault.codes} == {f"n{n} {bit:#x}" for n, bit in wanted}
    assert {fault.reason for fault in report.faults} == {reason for reason, _ in wanted.values()}
    stops = by_n[1] & 0x08 or any(severity == "error" for _, severity in wanted.values())
    assert report.state is (State.STOPPED if stops else State.IDLE)


@given(
    st.integers(0, 99_999), st.booleans(), st.text(st.characters(codec="latin-1", exclude_characters='"'), max_size=40)
)
def test_any_code_of_a_laser(code: int, online: bool, display: str) -> None:
    """Five digits: at most one fault, which keeps them; off-line is idle only asleep."""
    said = f"{code:05}"
    text = "".join(letter for letter in display if letter.isprintable())
    reply = status(said, online=online).replace(b"12 MESSAGE", text.encode("latin-1"))
    report = report_of("hp_pjl", {STATUS: reply})
    is_sound(report)
    assert [fault.codes for fault in report.faults] in ([], [(said,)])
    assert report.state is not State.UNKNOWN
    if not online and report.state is State.IDLE:
        assert said == "40000"


@given(
    st.sampled_from(["OFF", "READY", "WARNING", "ERROR", "BROKEN"]), st.from_regex("[A-Z0-9_]{1,40}", fullmatch=True)
)
def test_any_state_of_a_card_printer(major: str, minor: str) -> None:
    """Two words: at most one fault, which keeps both."""
    said = f"{major},{minor}"
    reply = json.dumps({"jsonrpc": "2.0", "id": "1", "result": said}).encode()
    report = report_of("evolis_rpc", {EVOLIS_ASK: reply}, UNIT)
    is_sound(report)
    assert [fault.codes for fault in report.faults] in ([], [(said,)])
    if major == "ERROR":
        assert report.state is State.STOPPED
