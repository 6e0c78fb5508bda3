"""A machine that answers from a table, and drivers written as their authors write them."""

import tomllib
from collections.abc import Callable, Mapping
from typing import TypeAlias

from fleetmon.decode.dialogue import Answer, Ask, LineDialogue
from fleetmon.decode.framing.gathering import Gathering
from fleetmon.decode.lines import LineMet, poll
from fleetmon.decode.snmp import Pace
from fleetmon.definition import LineDefinition, ModbusDefinition
from fleetmon.errors import LinkError

HEAD = 'name = "acme"\ntitle = "Acme"\nkind = "laminator"\nmaturity = "experimental"\nlink = "serial"\n'
PAGE = 'read_only = "p. 1"'

Reply: TypeAlias = bytes | LinkError | None
Machine: TypeAlias = Callable[[Ask], Reply]


def line(text: str) -> LineDefinition:
    """A driver of a byte machine that consists of these tables."""
    return LineDefinition.model_validate(tomllib.loads(HEAD + text))


def modbus(text: str) -> ModbusDefinition:
    """A driver of a Modbus machine that consists of these tables."""
    return ModbusDefinition.model_validate(tomllib.loads(HEAD.replace("serial", "modbus") + text))


def exchange(form: str) -> LineDefinition:
    """A driver with one exchange whose reply is described so."""
    return line(f'[read]\nstatus = {{ ask = "?", {PAGE}, {form} }}')


def table(replies: Mapping[bytes, Reply]) -> Machine:
    """A machine that says the same to the same request; None is silence."""
    return lambda ask: replies[ask.octets]


def drive(dialogue: LineDialogue[LineMet], machine: Machine, asked: list[bytes] | None = None) -> LineMet:
    """The outcome of a conversation; `asked` takes the requests."""
    try:
        request = next(dialogue)
        while True:
            if asked is not None:
                asked.append(request.octets)
            reply = machine(request)
            if isinstance(reply, bytes):
                gathering = Gathering(request)
                request = dialogue.send(gathering.feed(reply) or gathering.end())
            elif reply is None and request.silence_ok:
                request = dialogue.send(Answer(b"", ()))
            else:
                request = dialogue.throw(reply or LinkError("no answer"))
    except StopIteration as end:
        met: LineMet = end.value
        return met


def meet(definition: LineDefinition | ModbusDefinition, machine: Machine, now_s: float = 0.0) -> LineMet:
    """The first poll."""
    return drive(poll(definition, None, Pace.SLOW, now_s), machine)


def again(
    met: LineMet, machine: Machine, pace: Pace = Pace.FAST, now_s: float = 5.0, asked: list[bytes] | None = None
) -> LineMet:
    """One more."""
    return drive(poll(met.definition, met, pace, now_s), machine, asked)
