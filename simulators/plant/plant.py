"""The whole office in motion: machines, people, work and hours, moved together in the order of events.

Everything that happens is either due at a moment (a document is finished, somebody comes back from prayer) or ordered
from outside. Time is cut by nothing else: whether somebody looks every second or once at the end, the same things
happen at the same moments, and a seed reproduces a run to the byte.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial

from fleetmon.simulators.model.commands import OFFICE_ORDERS, Command, Happening, check_command
from fleetmon.simulators.reading import BadInput

from .agenda import Actor
from .building import build_demand, build_line
from .calendar import Calendar
from .demand import Demand
from .floor import Floor, Line
from .layout import Office
from .lone import Lone
from .office_orders import OfficeOrders
from .operators import Crew
from .states import Klass
from .stockroom import Stockroom
from .truth import Stop, Truth, as_lines, in_order


class Plant:
    """An office from `start` on (an aware datetime; by default the office's own), with a seed and what is to happen.

    `machines` are those that can be asked, by name. Raises BadInput for a happening that nothing here can obey, and
    ValueError for a start without a zone.
    """

    def __init__(
        self, office: Office, *, seed: int = 0, start: datetime | None = None, happenings: Iterable[Happening] = ()
    ) -> None:
        if start is not None and start.tzinfo is None:
            raise ValueError(f"{start} says no zone")
        self.office = office
        self.calendar = Calendar(office.plan, start or office.start, seed, office.parameters)
        self.floor = Floor()
        self.stock = Stockroom(self.floor, office.stock)
        self.crew = Crew(self.floor, self.calendar, self.stock, office.crew, office.parameters, seed)
        self.lines: list[Line] = []
        self.demands: dict[str, Demand] = {}
        for layout in office.lines:
            line = build_line(self.floor, self.crew, office, layout, seed)
            self.lines.append(line)
            self.demands[line.name] = build_demand(self.floor, line, layout, seed)
        self.posts = {post.name: post for line in self.lines for post in line.posts}
        alone = [place for place in office.places if place.name not in self.posts]
        self._lone = {place.name: Lone(self.floor, place.machine(seed)) for place in alone}
        stands = self.posts | self._lone
        self.machines = {place.name: stands[place.name].machine for place in office.places}
        for machine in self.machines.values():
            machine.owner = self
        for place in office.places:
            heater = self.machines[place.follows].power.heater if place.follows else None
            if heater is not None:
                self.machines[place.name].power.sit_on(heater)
                heater.disturbed = stands[place.follows].look
        self._orders = OfficeOrders(self.floor, self.calendar, self.crew, self.stock, self.demands, self.machines)
        self._orders.turned = self._turn
        self._truth = Truth(self.calendar, office.parameters.shortest_wait)
        self._turns = Actor(self._turn)
        self._due = 0.0
        self._begin(happenings)

    @property
    def now(self) -> float:
        """The moment the plant has been moved to."""
        return self.floor.now

    def step(self, now: float) -> None:
        """Let everything happen up to `now`, in the order of events; a `now` in the past changes nothing."""
        while self._due <= now:
            self.floor.now = max(self.floor.now, self._due)
            self.floor.agenda.act()
            self._settle()
        if now > self.floor.now:
            self.floor.now = now

    def due(self) -> float:
        """When something will happen next by itself."""
        return self._due

    def obey(self, machine: str, command: Command, now: float) -> None:
        """Move to `now`, then do it; an empty `machine` is the office. Raises BadInput if nothing here can obey."""
        self.check(machine, command)
        self.step(now)
        self._carry_out(machine, command)
        self._settle()

    def check(self, machine: str, command: Command) -> None:
        """Raise BadInput unless the order can be obeyed."""
        if command.do in OFFICE_ORDERS:
            self._orders.check(machine, command)
        elif machine in self.machines:
            check_command(command, self.machines[machine].sheet)
        else:
            raise BadInput(f"no machine is named {machine!r}; there are: {', '.join(self.machines)}")

    def working(self, now: float) -> bool:
        """Whether people should be at work then."""
        return not self.calendar.at(now)[0]

    def truth(self) -> list[Stop]:
        """The stops that are over, in order."""
        return in_order(self._truth.stops)

    def open_stops(self) -> list[Stop]:
        """The stops that are not over, as if they ended now."""
        return in_order(self._truth.open_stops(self.posts.values(), self.now))

    def spent(self) -> dict[str, dict[Klass, float]]:
        """How many seconds each station has been in each state; together, all the time there was."""
        return self._truth.spent(self.now)

    def close(self, now: float) -> list[Stop]:
        """Move to `now`; all stops, those that go on ending there."""
        self.step(now)
        return in_order([*self._truth.stops, *self.open_stops()])

    def truth_lines(self, now: float) -> Iterator[str]:
        """The same as JSON lines."""
        return as_lines(self.close(now), self.calendar)

    # -- within

    def _begin(self, happenings: Iterable[Happening]) -> None:
        for happening in happenings:
            self.check(happening.machine, happening.command)
            self.floor.agenda.once(happening.at, partial(self._carry_out, happening.machine, happening.command))
        for post in self.posts.values():
            for level in post.machine.levels:
                self.crew.ran(post, level.part, level.fill)
        self._turn()
        self._settle()

    def _turn(self) -> None:
        """People come or go."""
        absence, until = self.calendar.at(self.now)
        self.floor.agenda.set(self._turns, until)
        self.floor.open(absence)
        if not absence:
            for demand in self.demands.values():
                demand.opened()
            self.crew.dispatch()

    def _settle(self) -> None:
        self.floor.settle()
        stirred, self.floor.stirred = self.floor.stirred, {}
        for line in stirred.values():
            self._truth.observe(line, self.floor.now, self.floor.absence, self.floor.alone)
        self._due = self.floor.agenda.due()

    def _carry_out(self, machine: str, command: Command) -> None:
        if command.do in OFFICE_ORDERS:
            self._orders.carry_out(machine, command)
        elif machine in self.posts:
            self.posts[machine].do(command)
        else:
            self._lone[machine].do(command)
