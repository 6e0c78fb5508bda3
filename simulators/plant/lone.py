"""A machine of the office that stands in no line: it has moments of its own and nobody it could wait for."""

from fleetmon.simulators.model.commands import Command
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.model.obeying import carry_out

from .agenda import Actor
from .floor import Floor


class Lone:
    """Keeps such a machine on the agenda."""

    def __init__(self, floor: Floor, machine: Machine) -> None:
        self.machine = machine
        self._floor = floor
        self._actor = Actor(self._act)
        self._act()

    def do(self, command: Command) -> None:
        """Somebody does it to the machine now."""
        self.machine.advance(self._floor.now)
        carry_out(self.machine, command)
        self._act()

    def look(self) -> None:
        """Look again before time goes on."""
        self._floor.agenda.set(self._actor, self._floor.now)

    def _act(self) -> None:
        self.machine.advance(self._floor.now)
        self.machine.settle()
        self._floor.agenda.set(self._actor, self.machine.due())
