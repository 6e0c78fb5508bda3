"""Evolis' JSON-RPC service: one request a connection, states in words; the sheet is read here beside the loader."""

import asyncio
import json
import tomllib
from typing import Any

import pytest
from fleetmon.simulators.byte_agent import serve_bytes
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import MACHINES, load_sheet
from fleetmon.simulators.speakers.evolis import Evolis

SHEET = tomllib.loads((MACHINES / "evolis_personaliser.toml").read_text(encoding="utf-8"))
DEVICE = SHEET["bytes"]["words"]["device"]


@pytest.fixture
def machine() -> Machine:
    """A card personaliser of this model, idle and hot."""
    return Machine(load_sheet("evolis_personaliser"))


def call(machine: Machine, method: str, now: float = 1.0, **params: str) -> Any:
    """The whole answer to one request, sent by a client of its own."""
    request = {"jsonrpc": "2.0", "id": "7", "method": method, "params": params}
    return exchange(machine, json.dumps(request).encode(), now)


def exchange(machine: Machine, octets: bytes, now: float = 1.0) -> Any:
    [delivery] = Evolis(machine).meet().hear(octets, now)
    assert delivery.hang_up
    answer = json.loads(delivery.octets)
    assert answer["jsonrpc"] == "2.0"
    return answer


def result(machine: Machine, method: str, now: float = 1.0, **params: str) -> Any:
    answer = call(machine, method, now, **params)
    assert answer.keys() == {"jsonrpc", "id", "result"}
    assert answer["id"] == "7"
    return answer["result"]


@pytest.mark.parametrize("fault", SHEET["faults"])
def test_each_fault_is_said_in_its_words(machine: Machine, fault: str) -> None:
    """MAJOR,MINOR by GetState, MINOR and its actions by GetEvent; the source names a word of that meaning."""
    row = SHEET["faults"][fault]
    says = row["says"]
    assert says["minor"] in row["source"]
    assert f"supervision.rb, {says['major'].lower()}" in row["source"]
    machine.obey(Command(Do.RAISE, fault=fault), 1.0)
    assert result(machine, "SUPERVISION.GetState", device=DEVICE) == f"{says['major']},{says['minor']}"
    event = result(machine, "SUPERVISION.GetEvent", device=DEVICE)
    if says["major"] == "READY":
        assert event == "NONE"
    else:
        assert event == (f"{says['minor']}:{says['actions']}" if "actions" in says else says["minor"])


def test_the_worst_state_is_said(machine: Machine) -> None:
    """A low ribbon, then an open cover, then a mechanical error: each hides the one before."""
    told = []
    for fault in ("ribbon-low", "cover-open", "mechanical"):
        machine.obey(Command(Do.RAISE, fault=fault), 1.0)
        told.append(result(machine, "SUPERVISION.GetState", device=DEVICE))
    assert told == ["WARNING,INF_RIBBON_LOW", "WARNING,DEF_COVER_OPEN", "ERROR,ERR_MECHANICAL"]


def test_a_working_day_in_states(machine: Machine) -> None:
    """Ready, printing, asleep; woken it adjusts its temperature; off is known to the service."""
    states = [result(machine, "SUPERVISION.GetState", 1.0, device=DEVICE)]
    for order, now in ((Command(Do.PRODUCE, documents=1), 2.0), (Command(Do.SLEEP), 100.0), (Command(Do.WAKE), 900.0)):
        machine.obey(order, now)
        states.append(result(machine, "SUPERVISION.GetState", now, device=DEVICE))
    machine.obey(Command(Do.OFF), 901.0)
    states.append(result(machine, "SUPERVISION.GetState", 901.0, device=DEVICE))
    assert states == [
        "READY,PRINTER_READY",
        "READY,INF_PRINTING_RUNNING",
        "READY,INF_SLEEP_MODE",
        "WARNING,INF_LAMI_TEMP_NOT_READY",
        "OFF,PRINTER_OFFLINE",
    ]


def test_the_list_tells_as_much_as_its_level(machine: Machine) -> None:
    """Level 0 the name, 1 the major word, 2 both; of another model there are none; level 3 is refused."""
    told = [result(machine, "SUPERVISION.List", device=DEVICE, level=level) for level in "012"]
    assert told == [DEVICE, f"{DEVICE},READY", f"{DEVICE},READY,PRINTER_READY"]
    assert result(machine, "SUPERVISION.List", device="Evolis Zenius", level="2") == ""
    assert call(machine, "SUPERVISION.List", device=DEVICE, level="3")["error"]["code"] == -32602


def test_echo_and_reading_commands(machine: Machine) -> None:
    """What was sent comes back; model, serial, firmware and counter are read; anything else is a command error."""
    machine.obey(Command(Do.PRODUCE, documents=2), 1.0)
    assert result(machine, "ECHO.Echo", data="héllo") == "héllo"
    commands = ("Rtp", "Rsn", "Rfv", "Rco;c", "Pcom;1", "__ERROR__")
    told = [result(machine, "CMD.SendCommand", 100.0, device=DEVICE, command=each, timeout="3000") for each in commands]
    assert told == ["Evolis Primacy", "SIM-0023", "1621", "5202", "ERROR CDE", "ERROR CDE"]
    assert result(machine, "CMD.ResetCom", device=DEVICE) is True


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (b"{ error }", -32700),
        (b"hello", -32700),
        (b'{"a": ]', -32700),
        (b"\xff\xfe", -32700),
        (b"[1]", -32600),
        (b"{}", -32600),
        (b'{"jsonrpc":"1.0","id":"1","method":"ECHO.Echo","params":{}}', -32600),
        (b'{"jsonrpc":"2.0","id":[1],"method":"ECHO.Echo","params":{}}', -32600),
        (b'{"jsonrpc":"2.0","id":"1","method":"ECHO.Echo","params":[]}', -32602),
        (b'{"jsonrpc":"2.0","id":"1","method":"ECHO.Echo","params":{"data":1}}', -32602),
        (b'{"jsonrpc":"2.0","id":"1","method":"PRINT.Begin","params":{"device":"Evolis Primacy"}}', -32601),
        (b'{"jsonrpc":"2.0","id":"1","method":"SUPERVISION.GetState","params":{"device":"nobody"}}', -32000),
        (b'{"jsonrpc":"2.0","id":"1","method":"SUPERVISION.SetEvent","params":{"device":"Evolis Primacy"}}', -32000),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_code(machine: Machine, request_: bytes, code: int) -> None:
    """An error object with a code and a message, as JSON-RPC 2.0 section 5.1 has them, never both result and error."""
    answer = exchange(machine, request_)
    assert answer.keys() == {"jsonrpc", "id", "error"}
    assert answer["error"]["code"] == code
    assert answer["error"]["message"]


async def test_on_the_wire_each_connection_is_one_question(machine: Machine) -> None:
    """A client that leaves in the middle of a request spoils nothing; the next one gets its answer and the end."""
    async with serve_bytes(machine) as [reach]:
        for request, expected in ((b'{"jsonrpc":"2.', b""), (b"", b""), (_get_state(), b"READY,PRINTER_READY")):
            reader, writer = await asyncio.open_connection(reach.host, reach.port)
            writer.write(request)
            writer.write_eof()
            answer = await asyncio.wait_for(reader.read(), 10)
            assert expected in answer
            writer.close()
            await writer.wait_closed()


def _get_state() -> bytes:
    request = {"jsonrpc": "2.0", "id": "1", "method": "SUPERVISION.GetState", "params": {"device": DEVICE}}
    return json.dumps(request).encode()
