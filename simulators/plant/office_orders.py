"""What can be ordered of an office as a whole: who is there, which day it is, how much work and stock there is."""

from collections.abc import Callable, Mapping

from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.reading import BadInput

from .calendar import Calendar
from .demand import Demand
from .floor import Floor
from .operators import Crew
from .stockroom import Stockroom

_DEMAND = (Do.DEMAND, Do.PAUSE, Do.RESUME)
_STOCK = (Do.SHORTAGE, Do.DELIVER)


class OfficeOrders:
    """Orders whose name is empty, a line (work), or a machine (the stock of its model). `turned`: the hours changed."""

    def __init__(
        self,
        floor: Floor,
        calendar: Calendar,
        crew: Crew,
        stock: Stockroom,
        demands: Mapping[str, Demand],
        machines: Mapping[str, Machine],
    ) -> None:
        self.turned: Callable[[], None] = lambda: None
        self._floor = floor
        self._calendar = calendar
        self._crew = crew
        self._stock = stock
        self._demands = demands
        self._machines = machines

    def check(self, name: str, command: Command) -> None:
        """Raise BadInput unless the order can be obeyed."""
        allowed = [*self._demands] * (command.do in _DEMAND) + [*self._machines] * (command.do in _STOCK)
        if name and name not in allowed:
            which = f"; there are: {', '.join(allowed)}" if allowed else ""
            raise BadInput(f"{command.do} is for the office, not for {name!r}{which}")
        if command.do in _STOCK and not self._models(name, command.store):
            raise BadInput(f"{command.do}: no machine {name or 'here'} has {command.store!r}")

    def carry_out(self, name: str, command: Command) -> None:
        """Do it now; it has been checked."""
        match command.do:
            case Do.HOLIDAY | Do.WORKDAY:
                self._calendar.order(self._floor.now, worked=command.do is Do.WORKDAY)
                self.turned()
            case Do.ABSENT | Do.PRESENT:
                self._change_crew(command)
            case Do.SHORTAGE | Do.DELIVER:
                self._change_stock(name, command)
            case _:
                self._change_demand(name, command)

    def _change_crew(self, command: Command) -> None:
        if command.do is Do.ABSENT:
            self._crew.stay_away(command.seconds)
        else:
            self._crew.come()

    def _change_demand(self, line: str, command: Command) -> None:
        for demand in (demand for name, demand in self._demands.items() if line in ("", name)):
            if command.do is Do.DEMAND:
                demand.factor = command.factor
            elif command.do is Do.PAUSE:
                demand.pause(command.seconds)
            else:
                demand.resume()

    def _change_stock(self, machine: str, command: Command) -> None:
        for model in self._models(machine, command.store):
            if command.do is Do.SHORTAGE:
                self._stock.fall_short(model, command.store, command.left, command.seconds)
            else:
                self._stock.deliver(model, command.store, command.left)

    def _models(self, machine: str, store: str) -> list[str]:
        """The models whose store is meant."""
        meant = [each for name, each in self._machines.items() if machine in ("", name)]
        return sorted({each.sheet.name for each in meant if store in each.sheet.stores})
