"""The protocols of machines that speak in bytes, each a `Speaker` over a `Machine`: frames and words, no I/O.

A speaker is a class made with the machine it speaks for. It steps the machine to `now` before it looks at it, says
nothing while the machine does not answer, and raises BadInput when it is made where the sheet has words it does not
know. A new one is a line in the table below.
"""

from collections.abc import Callable

from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.wires.delivery import Speaker

from .escpos import EscPos
from .evolis import Evolis
from .lapis import Lapis
from .pjl import Pjl
from .zpl import Zpl

SPEAKERS: dict[str, Callable[[Machine], Speaker]] = {
    "escpos": EscPos,
    "evolis": Evolis,
    "lapis": Lapis,
    "pjl": Pjl,
    "zpl": Zpl,
}


def speaker_for(machine: Machine) -> Speaker:
    """The machine's voice, by the protocol its sheet names in `[bytes]`. Raises BadInput."""
    interface = machine.sheet.speaks
    if interface is None:
        raise BadInput(f"{machine.sheet.name} has no [bytes] to speak in")
    if interface.protocol not in SPEAKERS:
        raise BadInput(f"{machine.sheet.name}: no protocol {interface.protocol!r}; there are: {', '.join(SPEAKERS)}")
    return SPEAKERS[interface.protocol](machine)
