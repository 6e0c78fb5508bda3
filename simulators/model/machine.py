"""One machine as a small model: what it does from one moment to the next, and what it would say of itself.

Everything happens at exact moments (a document is finished, an operator arrives, a fault clears), and `step(now)`
lets the moments up to `now` happen in order. So the machine's history does not depend on how often anyone looks,
nothing runs while nobody does, and a seed reproduces a run. There is no clock, no socket and no SNMP in here.

A machine stands alone, with a backlog and a script of its own, or at a `Station` of a line, which brings it documents
and takes them away. If it has an `Owner`, time is the plant's, and moving one machine moves them all.
"""

from collections.abc import Iterable, Iterator
from random import Random

from fleetmon.simulators.model.alert_table import Alert, AlertTable
from fleetmon.simulators.model.commands import NEVER, Command, Do, check_command
from fleetmon.simulators.model.counter import Counter
from fleetmon.simulators.model.faults import Faults
from fleetmon.simulators.model.levels import Level, Levels
from fleetmon.simulators.model.obeying import carry_out, end
from fleetmon.simulators.model.power import Power
from fleetmon.simulators.model.station import Owner, Station
from fleetmon.simulators.sheets.parts import Activity, Fault, Sheet

Scripted = tuple[float, Command]


class Machine:
    """A machine of the model `sheet` describes, switched on `sheet.uptime` seconds before `now`.

    `script` is what will be done to it: (moment, command) in order, in the same clock as `step`'s `now`. `backlog` is
    how many documents wait to be made. `changed` grows with everything somebody who asks could notice, save uptime.
    """

    def __init__(
        self,
        sheet: Sheet,
        *,
        name: str = "",
        serial: str = "",
        seed: int = 0,
        now: float = 0.0,
        backlog: float = 0.0,
        script: Iterable[Scripted] = (),
    ) -> None:
        self.sheet = sheet
        self.name = name or sheet.name
        self.serial = serial or sheet.serial
        self.now = now
        self.changed = 0
        self.backlog = backlog
        self.factor, self.inside = 1.0, False
        self.station: Station | None = None
        self.owner: Owner | None = None
        self.levels = Levels(sheet.stores.values())
        self.counter = Counter()
        self.held_up = Faults(sheet)
        self._random = Random(f"{seed}/{self.name}")
        self.undergoing: dict[Do, float] = {}
        self._script: Iterator[Scripted] = iter(script)
        self._next_order = next(self._script, None)
        self._done_at = NEVER
        self._said: tuple[Activity, dict[str, float]] | None = None  # what it goes on saying while it hangs
        self.power = Power(sheet, now)
        self.held_up.switch_on(first=True)
        self.settle()

    # -- what it says of itself

    @property
    def answers(self) -> bool:
        """False while it is off or starts up: its agent is not there."""
        return not self.power.starting and Do.OFF not in self.undergoing

    @property
    def activity(self) -> Activity:
        """What it is doing now, or goes on saying because it hangs."""
        return self._said[0] if self._said else self._doing()

    @property
    def documents(self) -> int:
        """What its counter says it ever made."""
        return self.counter.total

    @property
    def documents_since_boot(self) -> int:
        """What its counter says it made since it was switched on."""
        return self.counter.since_boot

    @property
    def uptime(self) -> float:
        """Seconds since it was switched on."""
        return self.now - self.power.on_since

    @property
    def boots(self) -> int:
        """How often it was switched on."""
        return self.power.boots

    @property
    def faults(self) -> list[Fault]:
        """The faults that stand, those that stop it first, otherwise in the sheet's order."""
        return self.held_up.standing

    @property
    def table(self) -> AlertTable:
        """Its alert table, a new one after every start."""
        return self.held_up.table

    @property
    def alerts(self) -> list[Alert]:
        """The rows of its alert table, oldest first."""
        return self.held_up.table.alerts

    def left(self, store: str) -> float:
        """What is left in a store, in its own unit."""
        return self._said[1][store] if self._said else self.levels[store].left

    # -- what is true of it, whatever it says

    @property
    def made(self) -> int:
        """How many documents it really made."""
        return self.counter.made

    @property
    def working(self) -> bool:
        """Whether a document is being made at this moment."""
        return self._done_at != NEVER

    @property
    def warming(self) -> bool:
        """Whether it starts or warms up."""
        return self.power.warming

    def undergoes(self, do: Do) -> bool:
        """Whether such an order is in force: hang, stall, maintain, clean, slow, off or stick-counter."""
        return do in self.undergoing

    # -- what happens to it

    def step(self, now: float) -> None:
        """Let everything happen that is due up to `now`; a `now` in the past changes nothing."""
        if self.owner is None:
            self.advance(now)
            return
        self.owner.step(now)
        if now > self.now:
            self.now = now

    def obey(self, command: Command, now: float) -> None:
        """Bring the machine to `now`, then do it. Raises BadInput for a fault or store it does not have."""
        if self.owner is not None:
            self.owner.obey(self.name, command, now)
            return
        check_command(command, self.sheet)
        self.advance(now)
        carry_out(self, command)
        self.settle()

    def advance(self, now: float) -> None:
        """Let its own moments up to `now` happen; for whoever has the time in hand."""
        while (due := self.due()) <= now:
            self.now = max(self.now, due)
            self._happen()
        self.now = max(self.now, now)

    def due(self) -> float:
        """When something will happen next by itself."""
        order = self._next_order[0] if self._next_order else NEVER
        soonest = min(order, NEVER, *self.held_up.held.values(), *self.undergoing.values())
        if self._said:
            return soonest
        return min(soonest, self._done_at, self.power.due(), self.levels.arrival())

    def _happen(self) -> None:
        if not self._said:
            self._go_on()
        self.held_up.release_due(self.now)
        for do in [do for do, until in self.undergoing.items() if until <= self.now]:
            end(self, do)
        if self._next_order and self._next_order[0] <= self.now:
            self.settle()
            carry_out(self, self._next_order[1])
            self._next_order = next(self._script, None)
        self.settle()

    def _go_on(self) -> None:
        answered = self.answers
        self.power.go_on(self.now)
        self.changed += self.answers is not answered
        if self._done_at <= self.now:
            self._finish_document()
        for level in self.levels.to_fill(self.now):
            self.set_level(level, level.part.capacity)

    # -- work

    def settle(self) -> None:
        """Make everything that follows from the present state so: faults, work, sleep, the operator's next walk."""
        if self._said:
            return
        if self.held_up.judge(self.levels, self.uptime):
            self.changed += 1
            self.power.suffer(self.name, self.held_up.troubles, self.now)
        if self.power.asleep and self.station is not None and self._has_work():
            self.power.wake(self.now)
        if not self._able() or not self._has_work():
            self._done_at = NEVER
        elif self._done_at == NEVER:
            self._begin_document()
        doing = self._doing()
        self.changed += self.held_up.follow(doing, self.uptime)
        self.power.rest(self.now, idle=doing is Activity.IDLE)
        if self.station is None:
            self.levels.call_operators(self.now, self._random)

    def eject(self) -> None:
        """The document inside is lost."""
        self.inside = False
        self._done_at = NEVER

    def _doing(self) -> Activity:
        if self.held_up.stopped:
            return Activity.STOPPED
        if self.power.asleep:
            return Activity.ASLEEP
        if not self.power.ready or Do.OFF in self.undergoing:
            return Activity.WARMING
        busy = self._done_at != NEVER or Do.STALL in self.undergoing or Do.CLEAN in self.undergoing
        return Activity.WORKING if busy else Activity.IDLE

    def _able(self) -> bool:
        ready = self.power.ready and not self.held_up.stopped
        return ready and not self.undergoing.keys() & _STANDS_STILL and self.levels.stocked

    def _has_work(self) -> bool:
        if self.station is None:
            return self.backlog >= 1
        return self.inside or self.station.has_work()

    def _begin_document(self) -> None:
        if self.station is None:
            seconds = self.sheet.cycle
        else:
            seconds = self.station.take_again() if self.inside else self.station.take()
            self.inside = True
        self._done_at = self.now + seconds * self.factor

    def _finish_document(self) -> None:
        self.inside, self._done_at = False, NEVER
        self.backlog -= self.station is None
        self.counter.count()
        self.power.cool(self.now)
        self.changed += 1
        for level in self.levels.use(self._random):
            self._stands_differently(level)
        if self.station is not None:
            self.station.finish()

    def set_level(self, level: Level, left: float) -> None:
        """Somebody has filled, emptied or exchanged a store."""
        self.levels.served(level)
        self.changed += 1
        if level.set(left):
            self._stands_differently(level)

    def _stands_differently(self, level: Level) -> None:
        self.held_up.refresh()
        if self.station is not None:
            self.station.ran(level.part, level.fill)

    # -- what befalls it

    def freeze(self) -> None:
        """It hangs: it says what it said and makes nothing."""
        if not self._said:
            self._said = self._doing(), {level.part.name: level.left for level in self.levels}
            self._done_at = NEVER

    def thaw(self) -> None:
        """It is itself again."""
        self._said = None

    def lose_power(self) -> None:
        """It is unplugged."""
        self._said = None
        self._done_at = NEVER
        self.power.cut(self.now)

    def reboot(self) -> None:
        """Silence for a while, then small uptime; rows and counters of this run begin again, and it hangs no more."""
        self.undergoing.pop(Do.HANG, None)
        self.lose_power()
        self.power.reboot(self.now)
        self.counter.restart()
        self.held_up.switch_on(first=False)
        self.changed += 1


_STANDS_STILL = {Do.STALL, Do.CLEAN, Do.MAINTAIN, Do.OFF}
