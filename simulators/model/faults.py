"""Which faults of a machine stand, and which of them stop it.

A fault stands because somebody or chance holds it up, because a store ran low or out, or because it merely says what
the machine is doing ("sleep"). The last kind is judged after everything that decides what the machine is doing, and
does not stop it unless it is held up like any other.
"""

from collections.abc import Iterable

from fleetmon.simulators.model.alert_table import AlertTable
from fleetmon.simulators.model.commands import NEVER
from fleetmon.simulators.model.heater import Trouble, trouble_named
from fleetmon.simulators.model.levels import Levels
from fleetmon.simulators.sheets.parts import Activity, Fault, Sheet


class Faults:
    """`held` are those held up, with the moment they end; `table` lists those that stand. `stopped`: one stops it."""

    def __init__(self, sheet: Sheet) -> None:
        self._all = sheet.faults
        self._first_alert = sheet.snmp.first_alert if sheet.snmp else 1
        self._boot = [fault.name for fault in self._all.values() if fault.when is not None and fault.when.boot]
        self._follow = [fault for fault in self._all.values() if _follows(fault)]
        self._heated = {
            fault.name: trouble_named(name) for fault in self._all.values() if (name := fault.text_of("heater"))
        }
        self._shown: Activity | None = None
        self._unjudged = True
        self.held: dict[str, float] = {}
        self.stopped = False
        self.table = AlertTable(self._first_alert)

    def switch_on(self, first: bool) -> None:
        """An empty table whose numbers begin again; what is physically wrong will be said anew."""
        self.table = AlertTable(self._first_alert if first else 1)
        self.held |= dict.fromkeys(self._boot, NEVER)
        self._unjudged = True

    def hold(self, fault: str, until: float) -> None:
        """The fault stands until then, whatever else is so."""
        self.held[fault] = until
        self._unjudged = True

    def release(self, fault: str) -> None:
        """Nobody holds it up any more."""
        if self.held.pop(fault, None) is not None:
            self._unjudged = True

    def release_all(self) -> None:
        """Put right what is wrong; the row of a power-up is not wrong."""
        for name in [name for name in self.held if name not in self._boot]:
            self.release(name)

    def release_due(self, now: float) -> None:
        """Those whose time is over."""
        for name in [name for name, until in self.held.items() if until <= now]:
            self.release(name)

    def refresh(self) -> None:
        """A store stands differently: judge anew."""
        self._unjudged = True

    def judge(self, levels: Levels, uptime: float) -> bool:
        """The faults that do not follow from what the machine does; returns whether any came or went."""
        if not self._unjudged:
            return False
        concerned = [fault for fault in self._all.values() if fault.name in self.held or not _follows(fault)]
        changed = self._settle(((fault, self._wanted(fault, levels)) for fault in concerned), uptime)
        self.stopped = self.stopped_by is not None
        self._shown = None
        self._unjudged = False
        return changed

    def follow(self, activity: Activity, uptime: float) -> bool:
        """The faults that say what the machine is doing; returns whether any came or went, or it does another thing."""
        if activity is self._shown:
            return False
        self._shown = activity
        wanted = (
            (fault, fault.name in self.held or (fault.when is not None and fault.when.activity is activity))
            for fault in self._follow
        )
        self._settle(wanted, uptime)
        return True

    @property
    def troubles(self) -> frozenset[Trouble]:
        """What those that stand do to the heater."""
        return frozenset(trouble for name, trouble in self._heated.items() if name in self.table.standing)

    @property
    def stopped_by(self) -> Fault | None:
        """The fault that stopped it first of those that still do."""
        standing = (self._all[name] for name in self.table.standing)
        return next((f for f in standing if f.stops and (f.name in self.held or not _follows(f))), None)

    @property
    def standing(self) -> list[Fault]:
        """The faults that stand, those that stop it first, otherwise in the sheet's order."""
        standing = [fault for name, fault in self._all.items() if name in self.table.standing]
        return sorted(standing, key=lambda fault: not fault.stops)

    def _settle(self, judged: Iterable[tuple[Fault, bool]], uptime: float) -> bool:
        changed = False
        for fault, wanted in judged:
            if wanted != (fault.name in self.table.standing):
                changed = True
                if wanted:
                    self.table.appear(fault, 0.0 if fault.name in self._boot else uptime)
                else:
                    self.table.vanish(fault)
        return changed

    def _wanted(self, fault: Fault, levels: Levels) -> bool:
        if fault.name in self.held:
            return True
        if fault.when is None or not fault.when.store:
            return False
        return levels[fault.when.store].fill is fault.when.fill


def _follows(fault: Fault) -> bool:
    return fault.when is not None and fault.when.activity is not None
