"""ESC/POS status: every octet there is, judged beside two public implementations, and the simulated slip printer."""

import pytest
from fleetmon.simulators.byte_agent import serve_bytes
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.wires.outlet import parse_outlet
from tests.drivers.lines import Peer, Talk, line_driver, peer, talking, told, url

from fleetmon.decode.snmp import Pace
from fleetmon.errors import GarbledReply, LinkError
from fleetmon.model.report import Report
from fleetmon.model.words import Silence, State

ASK = {n: bytes((0x10, 0x04, n)) for n in range(1, 6)}
FIXED = 0x12
VALID = [octet for octet in range(256) if octet & 0x93 == FIXED]

# Epson TM-U220, TM-U375P: (n, bit) -> what a 1 means
TOLD = {
    (2, 0x04): ("cover-open", "error"),
    (2, 0x20): ("media-empty", "error"),
    (3, 0x04): ("media-jam", "error"),
    (3, 0x08): ("separation-cutter-recoverable-failure", "error"),
    (3, 0x20): ("subunit-unrecoverable-failure", "error"),
    (3, 0x40): ("marker-over-temperature", "error"),
    (4, 0x04): ("media-low", "warning"),
    (4, 0x08): ("media-low", "warning"),
    (4, 0x20): ("media-empty", "warning"),
    (4, 0x40): ("media-empty", "warning"),
    (5, 0x08): ("media-needed", "report"),
}

# node-escpos/driver, packages/core/src/statuses.ts at commit c96a33853d465feff0d42768bcdbeb4efc2052b1: for each class
# of status (n) the bits, both of a pair, that it calls an error or a warning, in words of ours.
NODE_ESCPOS = {
    1: {0x08: "off-line"},
    2: {0x04: "cover-open", 0x20: "media-empty"},
    3: {
        0x04: "media-jam",  # "recoverable error"
        0x08: "separation-cutter-recoverable-failure",
        0x20: "subunit-unrecoverable-failure",
        0x40: "marker-over-temperature",  # "auto-recoverable error"
    },
    4: {0x0C: "media-low", 0x60: "media-empty"},
}
# python-escpos/python-escpos, src/escpos/constants.py at commit 0b695eff79e51f3efb741ba717d2b051ab7898f3; its
# paper_status() asks in this order whether all bits of a mask are set: no paper, low paper, paper
RT_MASK_ONLINE, RT_MASK_PAPER, RT_MASK_LOWPAPER, RT_MASK_NOPAPER = 8, 18, 30, 114


def answers(**bits: int) -> dict[bytes, bytes]:
    """One octet for each n: `n2=0x04` sets bits beside the fixed ones."""
    return {ask: bytes((FIXED | bits.get(f"n{n}", 0),)) for n, ask in ASK.items()}


async def said(talk: Talk, printer: Peer, n: int, octet: int) -> Report:
    """What a printer is taken for whose answer to one n is this octet, and all is well in the others."""
    printer.answers |= answers() | {ASK[n]: bytes((octet,))}
    return await talk.poll(Pace.SLOW)


async def test_each_bit_lands_on_its_keyword() -> None:
    """Alone; what has no keyword says what the printer is doing, or that another n says more."""
    found = {}
    async with peer(answers()) as printer, talking("escpos", printer.url) as talk:
        for n in range(2, 6):
            for bit in (0x04, 0x08, 0x20, 0x40):
                report = await said(talk, printer, n, FIXED | bit)
                found[n, bit] = (told(report.faults), str(report.state))
    assert found == {
        (n, bit): (
            {(*TOLD[n, bit], f"n{n} {bit:#x}")} if (n, bit) in TOLD else set(),
            "stopped" if TOLD.get((n, bit), ("", ""))[1] == "error" else "idle",
        )
        for n in range(2, 6)
        for bit in (0x04, 0x08, 0x20, 0x40)
    }
    mapped = {(int(name[1]), int(bit, 16)) for name, rule in talk.definition.faults.items() for bit in rule.bits}
    assert mapped == set(found)


async def test_every_octet_means_what_node_escpos_takes_it_for() -> None:
    """All 16 octets that can be a status, for each n that both know."""
    async with peer(answers()) as printer, talking("escpos", printer.url) as talk:
        for n, bits in NODE_ESCPOS.items():
            for octet in VALID:
                if n == 4 and (octet >> 2 & 1, octet >> 5 & 1) != (octet >> 3 & 1, octet >> 6 & 1):
                    continue  # half a pair: that table has no word for it
                report = await said(talk, printer, n, octet)
                theirs = {word for bit, word in bits.items() if octet & bit == bit}
                ours = {fault.reason for fault in report.faults} | (
                    {"off-line"} if n == 1 and report.state == "stopped" else set()
                )
                assert ours == theirs, (n, octet)


async def test_paper_and_on_line_are_what_python_escpos_takes_them_for() -> None:
    """Its is_online() and paper_status(), for every octet that can be a status."""
    async with peer(answers()) as printer, talking("escpos", printer.url) as talk:
        for octet in VALID:
            report = await said(talk, printer, 1, octet)
            assert (report.state is State.IDLE) is (not octet & RT_MASK_ONLINE)
        for octet in VALID:
            reasons = {fault.reason for fault in (await said(talk, printer, 4, octet)).faults}
            if octet & RT_MASK_NOPAPER == RT_MASK_NOPAPER:
                assert "media-empty" in reasons
            elif octet & RT_MASK_LOWPAPER == RT_MASK_LOWPAPER:
                assert "media-low" in reasons
            else:
                assert octet & RT_MASK_PAPER == RT_MASK_PAPER
                assert octet & 0x6C == 0 or reasons  # one sensor of two: they take it for plenty


async def test_an_octet_that_cannot_be_a_status_is_garbled() -> None:
    """All 240 of them, XON and XOFF among them: never a wrong value."""
    async with peer(answers()) as printer, talking("escpos", printer.url) as talk:
        for octet in set(range(256)) - set(VALID):
            printer.answers[ASK[1]] = bytes((octet,))
            with pytest.raises(GarbledReply):
                await talk.poll()
        printer.answers |= answers()
        assert (await talk.poll()).state is State.IDLE


async def test_paper_end_is_one_fault() -> None:
    """Both sensors and the stop: one fault, with the codes of all, as severe as the worst of them."""
    async with peer(answers(n1=0x08, n2=0x20, n4=0x6C)) as printer, talking("escpos", printer.url) as talk:
        report = await talk.poll()
    assert told(report.faults) == {
        ("media-empty", "error", "n2 0x20 n4 0x20 n4 0x40"),
        ("media-low", "warning", "n4 0x4 n4 0x8"),
    }
    assert report.state is State.STOPPED


async def test_a_roll_that_ended_does_not_stop_a_slip_printer() -> None:
    """As long as it is on-line."""
    async with peer(answers(n4=0x6C)) as printer, talking("escpos", printer.url) as talk:
        report = await talk.poll()
    assert told(report.faults) == {
        ("media-empty", "warning", "n4 0x20 n4 0x40"),
        ("media-low", "warning", "n4 0x4 n4 0x8"),
    }
    assert report.state is State.IDLE


async def test_a_receipt_printer_does_not_know_about_slips() -> None:
    """n = 5 is tried once a minute and missed by nobody; nothing at all is a printer that is off."""
    known = answers()
    del known[ASK[5]]
    async with peer(known) as printer, talking("escpos", printer.url, timeout_s=0.3) as talk:
        assert (await talk.poll()).state is State.IDLE
        printer.heard.clear()
        await talk.poll()
        assert printer.heard == [ASK[n] for n in range(1, 5)]
        printer.answers.clear()
        with pytest.raises(LinkError) as caught:
            await talk.poll()
    assert caught.value.why is Silence.TIMEOUT


SHEET = load_sheet("escpos_slip_printer")
SIMULATED: dict[str, set[str]] = {
    "cover-open": {"cover-open"}, "feed-button": set(), "roll-low": {"media-low"},
    "roll-empty": {"media-empty", "media-low"}, "slip-jam": {"media-jam"},
    "cutter": {"separation-cutter-recoverable-failure"}, "hardware": {"subunit-unrecoverable-failure"},
    "head-hot": {"marker-over-temperature"}, "ribbon-worn": set(),
}  # fmt: skip


@pytest.mark.parametrize("outlet", ["tcp", "pty"])
async def test_each_fault_of_the_simulated_slip_printer(outlet: str) -> None:
    """Over a network and a serial line. While it is idle it waits for a slip."""
    machine = Machine(SHEET)
    found = {}
    async with serve_bytes(machine, outlets=[parse_outlet(outlet)]) as [reach], talking("escpos", url(reach)) as talk:
        idle = await talk.poll(Pace.SLOW)
        for name in SIMULATED:
            machine.obey(Command(Do.RAISE, fault=name), machine.now)
            report = await talk.poll(Pace.SLOW)
            found[name] = {fault.reason for fault in report.faults} - {"media-needed"}
            assert (report.state is State.STOPPED) == SHEET.faults[name].stops, name
            machine.obey(Command(Do.CLEAR, fault=name), machine.now)
    assert found == SIMULATED
    assert (idle.state, told(idle.faults)) == (State.IDLE, {("media-needed", "report", "n5 0x8")})


async def test_every_fault_at_once() -> None:
    """Cover, jam, cutter, heat and paper in one poll."""
    machine = Machine(SHEET)
    for name in SIMULATED:
        machine.obey(Command(Do.RAISE, fault=name), machine.now)
    async with serve_bytes(machine) as [reach], talking("escpos", url(reach)) as talk:
        report = await talk.poll()
    assert {fault.reason for fault in report.faults} >= set().union(*SIMULATED.values())
    assert report.state is State.STOPPED


def test_nothing_that_acts_on_the_printer_is_asked() -> None:
    """DLE EOT 1 to 5 and nothing else."""
    asked = {exchange.ask for exchange in line_driver("escpos").read.values()}
    assert asked == {f"<DLE><EOT><{name}>" for name in ("SOH", "STX", "ETX", "EOT", "ENQ")}
