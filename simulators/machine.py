"""One machine as a small model: what it does from one moment to the next, and what it would say of itself.

Everything happens at exact moments (a document is finished, an operator arrives, a fault clears), and `step(now)`
lets the moments up to `now` happen in order. So the machine's history does not depend on how often anyone looks,
nothing runs while nobody does, and a seed reproduces a run. There is no clock, no socket and no SNMP in here.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from random import Random

from .alert_table import Alert, AlertTable
from .commands import NEVER, Command, Do, check_command
from .parts import Activity, Fault, Fill, Sheet, Store

Scripted = tuple[float, Command]


@dataclass(slots=True)
class _Level:
    part: Store
    left: float
    refill_at: float = NEVER

    @property
    def fill(self) -> Fill:
        if self.left <= 0:
            return Fill.OUT
        return Fill.LOW if self.left <= self.part.low else Fill.GOOD


class Machine:
    """A machine of the model `sheet` describes, switched on `sheet.uptime` seconds before `now`.

    `script` is what will be done to it: (moment, command) in order, in the same clock as `step`'s `now`. `backlog` is
    how many documents wait to be made.
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
        self.boots = 1
        self.documents = 0
        self.documents_since_boot = 0
        self._random = Random(f"{seed}/{self.name}")
        self._levels = {store.name: _Level(store, store.start) for store in sheet.stores.values()}
        self._held: dict[str, float] = {}
        self._backlog = backlog
        self._script: Iterator[Scripted] = iter(script)
        self._next_order = next(self._script, None)
        self._asleep = False
        self._done_at = self._warm_at = self._up_at = self._sleep_at = NEVER
        self._switch_on(now - sheet.uptime)
        self._settle()

    # -- what it says of itself

    @property
    def answers(self) -> bool:
        """False while it starts up: its agent is not there yet."""
        return self._up_at == NEVER

    @property
    def activity(self) -> Activity:
        """What it is doing now."""
        if self._stopped():
            return Activity.STOPPED
        if self._asleep:
            return Activity.ASLEEP
        if self._warm_at != NEVER or not self.answers:
            return Activity.WARMING
        return Activity.IDLE if self._done_at == NEVER else Activity.WORKING

    @property
    def uptime(self) -> float:
        """Seconds since it was switched on."""
        return self.now - self._on_since

    @property
    def faults(self) -> list[Fault]:
        """The faults that stand, those that stop it first, otherwise in the sheet's order."""
        standing = [fault for name, fault in self.sheet.faults.items() if name in self.table.standing]
        return sorted(standing, key=lambda fault: not fault.stops)

    @property
    def alerts(self) -> list[Alert]:
        """The rows of its alert table, oldest first."""
        return self.table.alerts

    def left(self, store: str) -> float:
        """What is left in a store, in its own unit."""
        return self._levels[store].left

    # -- what happens to it

    def step(self, now: float) -> None:
        """Let everything happen that is due up to `now`; a `now` in the past changes nothing."""
        while (due := self._due()) <= now:
            self.now = max(self.now, due)
            self._happen()
        self.now = max(self.now, now)

    def obey(self, command: Command, now: float) -> None:
        """Bring the machine to `now`, then do it. Raises BadInput for a fault or store it does not have."""
        check_command(command, self.sheet)
        self.step(now)
        self._do(command)
        self._settle()

    def _due(self) -> float:
        order = self._next_order[0] if self._next_order else NEVER
        refills = (level.refill_at for level in self._levels.values())
        return min(order, self._done_at, self._warm_at, self._up_at, self._sleep_at, *refills, *self._held.values())

    def _happen(self) -> None:
        if self._up_at <= self.now:
            self._up_at = NEVER
            self._warm_up()
        if self._warm_at <= self.now:
            self._warm_at = NEVER
        if self._done_at <= self.now:
            self._finish_document()
        if self._sleep_at <= self.now:
            self._fall_asleep()
        for level in self._levels.values():
            if level.refill_at <= self.now:
                self._set_level(level, level.part.capacity)
        self._held = {name: until for name, until in self._held.items() if until > self.now}
        if self._next_order and self._next_order[0] <= self.now:
            self._do(self._next_order[1])
            self._next_order = next(self._script, None)
        self._settle()

    def _do(self, command: Command) -> None:
        _ORDERS[command.do](self, command)

    def _raise(self, command: Command) -> None:
        self._held[command.fault] = self.now + command.seconds

    def _clear(self, command: Command) -> None:
        self._held = {name: until for name, until in self._held.items() if not self._is_meant(name, command)}

    def _stock(self, command: Command) -> None:
        for level in self._levels.values():
            if command.store in ("", level.part.name):
                self._set_level(level, command.left if command.do is Do.LEVEL else level.part.capacity)

    def _produce(self, command: Command) -> None:
        self._backlog += command.documents
        self._wake()

    def _starve(self) -> None:
        self._backlog = 0

    def _is_meant(self, name: str, command: Command) -> bool:
        """To clear everything is to put right what is wrong; the row of a power-up is not wrong."""
        when = self.sheet.faults[name].when
        return name == command.fault or (not command.fault and not (when is not None and when.boot))

    # -- work

    def _settle(self) -> None:
        """Make everything that follows from the present state so: faults, work, sleep, the operator's next walk."""
        self._judge(lambda fault: fault.name in self._held or not _follows(fault))
        able = self.activity in (Activity.IDLE, Activity.WORKING) and self._stocked()
        if not able or self._backlog < 1:
            self._done_at = NEVER
        elif self._done_at == NEVER:
            self._done_at = self.now + self.sheet.cycle
        self._judge(_follows)
        if self.activity is not Activity.IDLE or not self.sheet.sleep_after:
            self._sleep_at = NEVER
        elif self._sleep_at == NEVER:
            self._sleep_at = self.now + self.sheet.sleep_after
        for level in self._levels.values():
            if level.fill is Fill.OUT and level.refill_at == NEVER and level.part.refill_after:
                level.refill_at = self.now + level.part.refill_after * self._random.uniform(0.7, 1.3)

    def _stocked(self) -> bool:
        return all(level.left > 0 for level in self._levels.values())

    def _finish_document(self) -> None:
        self._done_at = NEVER
        self._backlog -= 1
        self.documents += 1
        self.documents_since_boot += 1
        for level in self._levels.values():
            part = level.part
            wasted = self._random.uniform(0, 2 * part.waste) if part.waste else 0.0
            level.left = max(0.0, level.left - part.use * (1 + wasted))

    def _set_level(self, level: _Level, left: float) -> None:
        level.left = left
        level.refill_at = NEVER

    # -- sleeping and starting

    def _fall_asleep(self) -> None:
        self._asleep = True
        self._sleep_at = self._warm_at = NEVER

    def _wake(self) -> None:
        if self._asleep:
            self._asleep = False
            self._warm_up()

    def _warm_up(self) -> None:
        self._warm_at = self.now + self.sheet.warm_up if self.sheet.warm_up else NEVER

    def _reboot(self) -> None:
        self.boots += 1
        self._asleep = False
        self._warm_at = NEVER
        self._up_at = self.now + self.sheet.boot_time
        self._switch_on(self.now)

    def _switch_on(self, since: float) -> None:
        """A fresh start: row numbers and counters of this run begin again; what is physically wrong is said anew."""
        self._on_since = since
        self.documents_since_boot = 0
        self.table = AlertTable(self.sheet.first_alert if self.boots == 1 else 1)
        self._held |= {f.name: NEVER for f in self.sheet.faults.values() if f.when is not None and f.when.boot}

    # -- faults

    def _judge(self, concerned: Callable[[Fault], bool]) -> None:
        for fault in filter(concerned, self.sheet.faults.values()):
            wanted, stands = self._wanted(fault), fault.name in self.table.standing
            if wanted and not stands:
                switched_on = fault.when is not None and fault.when.boot
                self.table.appear(fault, 0.0 if switched_on else self.uptime)
            elif stands and not wanted:
                self.table.vanish(fault)

    def _wanted(self, fault: Fault) -> bool:
        if fault.name in self._held:
            return True
        if fault.when is None or fault.when.boot:
            return False
        if fault.when.store:
            return self._levels[fault.when.store].fill is fault.when.fill
        return self.activity is fault.when.activity

    def _stopped(self) -> bool:
        """Stopped by something of its own; a state text that merely follows from being stopped is no cause of it."""
        faults = (self.sheet.faults[name] for name in self.table.standing)
        return any(fault.stops and (fault.name in self._held or not _follows(fault)) for fault in faults)


def _follows(fault: Fault) -> bool:
    """Whether the fault only says what the machine is doing: it must be judged after everything that decides that."""
    return fault.when is not None and fault.when.activity is not None


_ORDERS: dict[Do, Callable[[Machine, Command], None]] = {
    Do.RAISE: Machine._raise,
    Do.CLEAR: Machine._clear,
    Do.REFILL: Machine._stock,
    Do.LEVEL: Machine._stock,
    Do.PRODUCE: Machine._produce,
    Do.STARVE: lambda machine, _: machine._starve(),
    Do.SLEEP: lambda machine, _: machine._fall_asleep(),
    Do.WAKE: lambda machine, _: machine._wake(),
    Do.REBOOT: lambda machine, _: machine._reboot(),
    Do.SHOW: lambda machine, _: None,
}
