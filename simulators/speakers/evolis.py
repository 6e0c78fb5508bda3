"""The JSON-RPC service through which Evolis card printers are watched, lamination module included.

One request for each TCP connection, usually at port 18000: the client sends one JSON-RPC 2.0 object and closes its
half; the answer is one object, and then the service hangs up.

    {"jsonrpc":"2.0","id":"1","method":"SUPERVISION.GetState","params":{"device":"Evolis Primacy"}}
    -> {"jsonrpc":"2.0","id":"1","result":"WARNING,DEF_COVER_OPEN"}

A state is a MAJOR (OFF, READY, WARNING, ERROR) and a MINOR word. A fault says both: `says = { major = "WARNING",
minor = "DEF_COVER_OPEN" }`, and `actions` where somebody may answer the event. There is one state at a time: the worst
major of the faults that stand, and of these the first. What the machine is doing while nothing is wrong is a fault that
follows from it ("INF_PRINTING_RUNNING"); otherwise it is PRINTER_READY. A printer that is off is OFF,PRINTER_OFFLINE:
the service runs on the computer beside it.

Words: `device`, the printer's name, `model`, the name SUPERVISION.List asks for, `firmware`. Nothing can be set:
SetEvent, AddDevice and RemoveDevice are refused. How CMD.GetStatus puts its binary words into text was not to be found,
so it is refused too.
Sources: evolis-sdk 9.4.1 (states); the public clients esselt/evolis-premium_sdk and k-yan/evolis-sdk-simulator (wire).
"""

import json
from typing import NamedTuple

from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.speakers.json_stream import JsonStream
from fleetmon.simulators.speakers.words import ELSEWHERE, known_words, text_of
from fleetmon.simulators.wires.delivery import Delivery

_MAJORS = ("OFF", "READY", "WARNING", "ERROR")
_PARSE, _INVALID, _NO_METHOD, _BAD_PARAMS, _REFUSED = -32700, -32600, -32601, -32602, -32000


class State(NamedTuple):
    """What SUPERVISION says of a printer."""

    major: str
    minor: str
    actions: str = ""


class _Complaint(Exception):
    """A request that is answered with an error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Evolis:
    """The voice of the service for one printer."""

    def __init__(self, machine: Machine) -> None:
        sheet = machine.sheet
        if sheet.speaks is None:
            raise BadInput(f"{sheet.name} has no [bytes]")
        words = known_words(sheet, ("device", "model", "firmware"), ("major", "minor", "actions"))
        for fault in sheet.faults.values():
            if fault.says.keys() - ELSEWHERE and (fault.text_of("major") not in _MAJORS or not fault.text_of("minor")):
                raise BadInput(f"{sheet.name}: faults.{fault.name}.says: major, one of {', '.join(_MAJORS)}, and minor")
        self._machine = machine
        self._after = sheet.speaks.answers_after
        self._device = text_of(words, "device", sheet.title)
        self._model = text_of(words, "model", sheet.title)
        self._firmware = text_of(words, "firmware", "1")
        self._stream = JsonStream()

    def meet(self) -> "Evolis":
        """The same service for another client, of whom it has heard nothing yet."""
        return Evolis(self._machine)

    def hear(self, octets: bytes, now: float) -> list[Delivery]:
        """The answer as soon as the object is whole, and the end of the conversation."""
        self._machine.step(now)
        answers = [self._answer(text) for text in self._stream.feed(octets)]
        return [
            Delivery(self._after, json.dumps(each, separators=(",", ":")).encode(), hang_up=True) for each in answers
        ]

    def _answer(self, text: bytes) -> dict[str, object]:
        name: object = None
        try:
            request = _request(text)
            name = request.get("id")
            method, params = request.get("method"), request.get("params")
            if request.get("jsonrpc") != "2.0" or not isinstance(method, str) or isinstance(name, (dict, list)):
                name = None if isinstance(name, (dict, list)) else name
                raise _Complaint(_INVALID, "Invalid Request")
            if not isinstance(params, dict) or not all(isinstance(value, str) for value in params.values()):
                raise _Complaint(_BAD_PARAMS, "Invalid params")
            return {"jsonrpc": "2.0", "id": name, "result": self._result(method, params)}
        except _Complaint as complaint:
            return {"jsonrpc": "2.0", "id": name, "error": {"code": complaint.code, "message": str(complaint)}}

    # -- methods

    def _result(self, method: str, params: dict[str, str]) -> str | bool:
        if method == "ECHO.Echo":
            return params.get("data", "")
        if method == "SUPERVISION.List":
            return self._list(params)
        if method in ("SUPERVISION.GetState", "SUPERVISION.GetEvent", "CMD.SendCommand", "CMD.ResetCom"):
            if params.get("device") != self._device:
                raise _Complaint(_REFUSED, "Unknown device")
            return self._of_device(method, params)
        if method in ("SUPERVISION.SetEvent", "SUPERVISION.AddDevice", "SUPERVISION.RemoveDevice", "CMD.GetStatus"):
            raise _Complaint(_REFUSED, "Not allowed")
        raise _Complaint(_NO_METHOD, "Method not found")

    def _of_device(self, method: str, params: dict[str, str]) -> str | bool:
        state = self.state()
        match method:
            case "SUPERVISION.GetState":
                return f"{state.major},{state.minor}"
            case "SUPERVISION.GetEvent":
                happens = state.major in ("WARNING", "ERROR")
                return (
                    f"{state.minor}:{state.actions}"
                    if happens and state.actions
                    else state.minor
                    if happens
                    else "NONE"
                )
            case "CMD.SendCommand":
                return self._command(params.get("command", ""))
        return True

    def _list(self, params: dict[str, str]) -> str:
        """Of this model only, as much of its state as the level asks for."""
        if params.get("level", "") not in ("0", "1", "2"):
            raise _Complaint(_BAD_PARAMS, "Invalid params")
        state = self.state()
        told = (self._device, state.major, state.minor)[: int(params["level"]) + 1]
        return ",".join(told) if params.get("device") == self._model else ""

    def _command(self, command: str) -> str:
        """Commands of the printer's own language that only read. What it does not know is a command error."""
        if not self._machine.answers:
            raise _Complaint(_REFUSED, "Printer offline")
        answers = {
            "Rtp": self._model,
            "Rsn": self._machine.serial,
            "Rfv": self._firmware,
            "Rco;c": str(
                (self._machine.sheet.markers[0].life if self._machine.sheet.markers else 0) + self._machine.documents
            ),
        }
        return answers.get(command, "ERROR CDE")

    def state(self) -> State:
        """The one state it has now."""
        if not self._machine.answers:
            return State("OFF", "PRINTER_OFFLINE")
        said = [
            State(fault.text_of("major"), fault.text_of("minor"), fault.text_of("actions"))
            for fault in self._machine.faults
        ]
        told = [state for state in said if state.major]
        return max(told, key=lambda state: _MAJORS.index(state.major), default=State("READY", "PRINTER_READY"))


def _request(text: bytes) -> dict[str, object]:
    try:
        request = json.loads(text)
    except (ValueError, RecursionError):
        raise _Complaint(_PARSE, "Parse error") from None
    if not isinstance(request, dict):
        raise _Complaint(_INVALID, "Invalid Request")
    return request
