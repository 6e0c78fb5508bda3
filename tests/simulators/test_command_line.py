"""`python -m fleetmon.simulators.snmp_agent` as another process sees it."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fleetmon.simulators.command_line import main, parser, seats_of
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.orders import answer_order
from fleetmon.simulators.sheets.sheet import load_sheet

Ask = Callable[..., Awaitable[list[str]]]

MODULE = "fleetmon.simulators.snmp_agent"
ALERT_CODES = ".1.3.6.1.2.1.43.18.1.1.7"


@asynccontextmanager
async def _agent(*options: str) -> AsyncIterator[Process]:
    """The command with these options; killed at the end if it is still there."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", "-m", MODULE, *options, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _line(process: Process) -> dict[str, Any]:
    assert process.stdout is not None
    line = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
    assert isinstance(line, dict)
    return line


async def _order(process: Process, **words: object) -> dict[str, Any]:
    assert process.stdin is not None
    process.stdin.write(json.dumps(words).encode() + b"\n")
    return await _line(process)


async def test_it_tells_its_ports_obeys_and_ends_with_its_parent(
    ask: Ask, accesses: dict[str, tuple[str, ...]], tmp_path: Path
) -> None:
    """A parent reads the ports, gives orders, sees them on the wire; when it closes stdin, the process ends."""
    ports = tmp_path / "ports.json"
    options = ("--machine", "lam1=laminator", "--machine", "passport_printer", "--idle", "--commands")
    async with _agent(*options, "--until-stdin-closes", "--port-file", str(ports)) as process:
        laminator, printer = await _line(process), await _line(process)
        assert (laminator["machine"], laminator["kind"], laminator["versions"]) == ("lam1", "laminator", ["1"])
        assert (printer["machine"], printer["serial"]) == ("passport_printer", "SIM-0001")
        assert printer["communities"] == ["public", "fleetmon"]
        told = await _order(process, machine="lam1", do="raise", fault="cutter-jam")
        assert json.loads(ports.read_text()) == {"lam1": laminator["port"], "passport_printer": printer["port"]}
        assert (told["ok"], told["activity"], "cutter-jam" in told["faults"]) == (True, "stopped", True)
        walk = await ask("snmpwalk", accesses["1"], laminator["port"], ALERT_CODES)
        assert any(line.endswith("INTEGER: 31108") for line in walk)
        told = await _order(process, machine="lam1", do="clear", fault="cutter-jam")
        assert (told["activity"], "cutter-jam" in told["faults"]) == ("idle", False)
        assert process.stdin is not None
        process.stdin.close()
        assert await asyncio.wait_for(process.wait(), 10) == 0
        assert process.stderr is not None
        assert await process.stderr.read() == b""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_quietly(number: signal.Signals) -> None:
    """SIGTERM and Ctrl-C end it with 0 and without a word."""
    async with _agent("--machine", "label_printer_vendor", "--commands") as process:
        await _line(process)
        process.send_signal(number)
        out, err = await asyncio.wait_for(process.communicate(), 10)
        assert (process.returncode, out, err) == (0, b"", b"")


async def test_the_demonstration_office_starts_by_name() -> None:
    """`--office demo` brings three machines with serial numbers of their own; time may run faster for them."""
    async with _agent(
        "--office", "demo", "--rate", "1000", "--commands", "--v3-user", "a:auth-secret:priv-secret"
    ) as process:
        lines = [await _line(process) for _ in range(3)]
        assert {line["serial"] for line in lines} == {"SIM-0101", "SIM-0102", "SIM-0103"}
        assert len({line["port"] for line in lines}) == 3
        first = await _order(process, machine="printer-1", do="show")
        later = first
        while later["documents"] < first["documents"] + 20:
            later = await _order(process, machine="printer-1", do="show")
        assert later["at"] > first["at"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ({"machine": "lam", "do": "show"}, "no live machine is named 'lam'; there are: laminator"),
        ({"machine": "laminator", "do": "raise"}, "command: fault: is missing"),
        ({"machine": "laminator", "do": "raise", "fault": "fire"}, "laminator has no fault 'fire'; it has: power-up"),
        ({"machine": "laminator", "do": "dance"}, "command: do: 'dance' is not allowed; allowed: raise, clear, refill"),
        ({"machine": "laminator", "do": "level", "store": "BAY", "left": 81}, "BAY holds 80, it cannot be set to 81"),
        ({"machine": "laminator", "do": "show", "why": 1}, "command: why: no such key"),
        ({"do": "show"}, "command: machine: is missing"),
    ],
)
def test_bad_orders_are_answered_with_what_is_wrong(words: dict[str, object], complaint: str) -> None:
    """An order that cannot be obeyed is answered by one line that says why."""
    told = _answered(json.dumps(words))
    assert told["ok"] is False
    assert complaint in str(told["error"])


@pytest.mark.parametrize("line", ["", "{", "[]", "nonsense", "null", '{"machine": 1}'])
def test_lines_that_are_no_orders_are_answered_too(line: str) -> None:
    """Nothing a person may type brings the process down."""
    assert _answered(line)["ok"] is False


def _answered(line: str) -> dict[str, object]:
    machine = Machine(load_sheet("laminator"))
    return answer_order(line, {machine.name: machine}, 0.0)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ([], "name at least one --machine or an --office"),
        (
            ["--machine", "oven"],
            "oven: no such machine sheet; shipped: ",
        ),
        (["--machine", "missing.snmprec"], "missing.snmprec: cannot be read: No such file or directory"),
        (["--machine", "laminator:70000"], "is not [NAME=]SHEET|FILE[:PORT]"),
        (["--machine", "a=laminator", "--machine", "a=laminator"], "two machines are named 'a'"),
        (["--office", "moon"], "moon: no such office; shipped: "),
        (["--machine", "laminator", "--rate", "0"], "--rate must be above 0"),
        (["--machine", "laminator", "--seed", "x"], "--seed: invalid int value"),
        (["--machine", "laminator", "--v3-user", "me:short:short"], "keys of at least 8 characters"),
        (["--machine", "lapis_laminator"], "lapis_laminator does not speak SNMP"),
        (["--machine", "laminator", "--trap", "localhost:162"], "--trap 'localhost:162' is not ADDRESS:PORT"),
        (["--machine", "laminator", "--trap", "127.0.0.1:0"], "is not ADDRESS:PORT"),
        (["--window", "open"], "unrecognized arguments"),
    ],
)
def test_bad_options_are_one_line_and_exit_2(
    capsys: pytest.CaptureFixture[str], options: list[str], complaint: str
) -> None:
    """What is wrong, in one line on standard error, nothing on standard output."""
    try:
        code: object = main(options)
    except SystemExit as end:
        code = end.code
    captured = capsys.readouterr()
    assert code == 2
    assert captured.out == ""
    assert captured.err.startswith("snmp_agent: ")
    assert complaint in captured.err
    assert captured.err.count("\n") == 1


def test_copies_of_a_sheet_get_names_and_serials_of_their_own() -> None:
    """Three laminators of one sheet are three machines."""
    seats = seats_of(
        parser().parse_args(["--machine", "laminator", "--machine", "laminator:1161", "--machine", "x=laminator"])
    )
    assert [(seat.machine.name, seat.port) for seat in seats] == [("laminator", 0), ("laminator-2", 1161), ("x", 0)]
    assert [getattr(seat.machine, "serial", "") for seat in seats] == ["SIM-0002", "SIM-0002-2", "SIM-0002-3"]
