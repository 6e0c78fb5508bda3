"""A month of anything: whatever machines say, people order and computers do, the alert book stays a book."""

from dataclasses import replace
from datetime import date

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from fleetmon.model.alerts import Alert, AlertState, Condition, Handling, HeldBack, Subject, SubjectKind
from fleetmon.model.orders import Acknowledge, PlanStop, Shelve, Unshelve
from fleetmon.model.plan import Break, Calendar, FleetPlan, Shift
from fleetmon.model.report import Fault
from fleetmon.model.words import Severity, Silence, State

from .office import (
    ALWAYS,
    COVER,
    DAY,
    FILM_LOW,
    FILM_OUT,
    HOUR,
    JAM,
    NO_MEDIA,
    NO_ROOM,
    POLL_S,
    TOO_HOT,
    Office,
    fault,
    read,
)

NAMES = ("prn1", "prn2", "lam1", "qc1", "lbl1")
LINE = (("prn1", "prn2"), ("lam1",), ("qc1",))
SHIFTS = Calendar(
    "Europe/London",
    (Shift((0, 1, 2, 3, 4), 480, 960), Shift((5,), 1320, 1800)),
    (Break((0, 1, 2, 3, 4), 720, 750, 600.0),),
    closed=frozenset({date(2026, 6, 3)}),
)
FAULTS = (
    *(JAM, COVER, NO_MEDIA, NO_ROOM, FILM_OUT, FILM_LOW, TOO_HOT, replace(JAM, part="tray-2", age_s=90.0)),
    *map(fault, ("laser-failure", "other", "paused", "offline", "unheard-of-reason")),
    fault("warming-up", severity=Severity.REPORT),
    fault("service-needed", severity=Severity.WARNING),
)
machines = st.sampled_from(NAMES)
subjects = [(SubjectKind.MACHINE, name) for name in NAMES] + [(SubjectKind.LINE, "l1"), (SubjectKind.SITE, "office")]
scopes = st.sampled_from([Subject(*each) for each in subjects])
faults = st.lists(st.sampled_from(FAULTS), max_size=3, unique_by=lambda each: each.key).map(tuple)
states = st.sampled_from([None, None, *State])


class AnyMonth(RuleBasedStateMachine):
    """An office to which anything may happen; time passes by polls, and over nights by leaps."""

    @initialize(calendar=st.sampled_from([ALWAYS, SHIFTS]))
    def begins(self, calendar: Calendar) -> None:
        self.office = Office(NAMES, LINE, calendar).until(30)
        self.read_up_to = 0
        self.occurrences: dict[str, str] = {}

    @rule(name=machines, faults=faults)
    def a_machine_says(self, name: str, faults: tuple[Fault, ...]) -> None:
        self.office.machines[name].faults = faults

    @rule(name=machines, silent=st.sampled_from([None, None, *Silence]))
    def a_machine_falls_silent_or_is_heard(self, name: str, silent: Silence | None) -> None:
        self.office.machines[name].silent = silent

    @rule(silent=st.sampled_from([None, Silence.TIMEOUT]))
    def a_switch_dies_or_comes_back(self, silent: Silence | None) -> None:
        for machine in self.office.machines.values():
            machine.silent = silent

    @rule(
        name=machines,
        pace=st.sampled_from([None, 20.0, 90.0]),
        asleep=st.booleans(),
        state=st.sampled_from([None, None, *State]),
    )
    def a_machine_has_work_or_none(self, name: str, pace: float | None, asleep: bool, state: State | None) -> None:
        machine = self.office.machines[name]
        machine.pace_s, machine.asleep, machine.state = pace, asleep, state

    @rule(name=machines)
    def a_machine_is_exchanged(self, name: str) -> None:
        self.office.machines[name].made = 3.0

    @rule(seconds=st.sampled_from([5.0, 10.0, 30.0, 120.0, 400.0, 1000.0]))
    def time_passes(self, seconds: float) -> None:
        self.office.then(seconds)

    @rule(name=machines, what=st.sampled_from(FAULTS), times=st.integers(2, 8))
    def a_switch_chatters(self, name: str, what: Fault, times: int) -> None:
        for number in range(2 * times):
            self.office.machines[name].faults = () if number % 2 else (what,)
            self.office.then(POLL_S)

    @rule(seconds=st.sampled_from([2 * HOUR, 15 * HOUR, 3 * DAY]))
    def nobody_polls_for_long(self, seconds: float) -> None:
        """The daemon is stopped, or the computer slept."""
        self.office.now += seconds

    @rule(seconds=st.sampled_from([-HOUR, HOUR, 40 * DAY, -40 * DAY, 30.0]))
    def the_wall_clock_is_set(self, seconds: float) -> None:
        self.office.set_off += seconds

    @rule(reboot=st.booleans())
    def the_process_dies(self, reboot: bool) -> None:
        office = self.office
        office.catches_up()
        known = {alert.id: alert for alert in self.alerts() if alert.open and alert.raised is not None}
        office.reboots() if reboot else office.starts()
        after, utc = {alert.id: alert for alert in self.alerts()}, office.at(office.now).utc
        assert known.keys() <= after.keys(), "what was raised is remembered"
        for id_, alert in known.items():
            assert after[id_].telling.announced == alert.telling.announced
            assert after[id_].handling == lasting(alert.handling, utc)

    @rule(calendar=st.sampled_from([ALWAYS, SHIFTS]), kept=st.lists(machines, min_size=3, unique=True))
    def other_settings(self, calendar: Calendar, kept: list[str]) -> None:
        office = self.office
        plan = Office(kept, calendar=calendar).plan if len(kept) < len(NAMES) else Office(NAMES, LINE, calendar).plan
        self.office.reloads(FleetPlan("office", plan.machines, plan.lines, calendar=calendar))
        office.order = [machine.id for machine in plan.machines]

    @rule(data=st.data())
    def somebody_acknowledges(self, data: st.DataObject) -> None:
        if open_ := self.open():
            alert = data.draw(st.sampled_from(open_))
            others = {each.id: each.handling for each in self.alerts() if each.id != alert.id}
            self.office.orders(Acknowledge(alert.id, "op", rev=data.draw(st.sampled_from([None, alert.rev, 0]))))
            for each in self.alerts():
                if each.id in others and each.handling != others[each.id]:
                    assert each.handling.acknowledged is None, "an acknowledgement is of one occurrence"

    @rule(data=st.data(), hours=st.sampled_from([0.2, 1.0, 7.5, 9.0]))
    def somebody_shelves(self, data: st.DataObject, hours: float) -> None:
        if open_ := self.open():
            alert = data.draw(st.sampled_from(open_))
            until = self.office.at(self.office.now).utc + hours * HOUR
            self.office.orders(Shelve(alert.id, "op", until, data.draw(st.sampled_from(["a reason", " "]))))

    @precondition(lambda self: any(alert.handling.shelved for alert in self.alerts()))
    @rule(data=st.data())
    def somebody_unshelves(self, data: st.DataObject) -> None:
        shelved = [alert for alert in self.alerts() if alert.handling.shelved]
        self.office.orders(Unshelve(data.draw(st.sampled_from(shelved)).id, "op"))

    @rule(scope=scopes, hours=st.sampled_from([None, 0.1, 3.0, 800.0]))
    def somebody_plans_a_stop(self, scope: Subject, hours: float | None) -> None:
        until = None if hours is None else self.office.at(self.office.now).utc + hours * HOUR
        self.office.orders(PlanStop(scope, "technician", until, "new rollers"))

    def alerts(self) -> tuple[Alert, ...]:
        return self.office.monitor.production.alerts()

    def open(self) -> list[Alert]:
        return sorted((alert for alert in self.alerts() if alert.open), key=lambda each: each.key)

    @invariant()
    def what_was_told_adds_up(self) -> None:
        """Nothing is announced that was not raised, one occurrence a key, revisions grow, texts are for people."""
        read(self.office)

    @invariant()
    def the_book_is_a_book(self) -> None:
        """One alert a key; each flag with its reason; nobody is told of what is held back or not true for long."""
        alerts = self.alerts()
        assert len({alert.key for alert in alerts}) == len(alerts)
        assert len({alert.id for alert in alerts}) == len(alerts)
        ids = {alert.id for alert in alerts}
        for alert in alerts:
            assert self.occurrences.setdefault(alert.id, alert.key) == alert.key, "an occurrence is of one key"
            assert (alert.state is AlertState.PENDING) == (alert.raised is None), alert
            assert (alert.state is AlertState.CLOSED) == (alert.closed is not None), alert
            assert alert.telling.announced is None or alert.raised is not None
            assert (alert.caused_by is None) or alert.caused_by in ids, "a cause that nobody knows"
            assert alert.held_back is not HeldBack.INHIBITED or alert.caused_by is not None
            assert alert.id not in (alert.caused_by, *alert.root_of)
        causes = {alert.id: alert.caused_by for alert in alerts if alert.open}
        for id_, cause in causes.items():
            assert causes.get(cause or "") is None, f"{id_} hangs on what hangs itself"

    @invariant()
    def nobody_is_called_for_what_is_held_back(self) -> None:
        for each in self.office.told[self.read_up_to :]:
            if each.tell:
                assert each.alert["held_back"] is None, each
                assert each.alert["priority"] is not None
        self.read_up_to = len(self.office.told)

    def teardown(self) -> None:
        """When everything is well again and stays so, every alert ends but those that wait for somebody."""
        if not hasattr(self, "office"):
            return
        self.office.reloads(replace(Office(NAMES, LINE).plan, calendar=ALWAYS))
        office = self.office
        office.order = NAMES
        for scope in [stop.scope for stop in office.monitor.production.planned_stops()]:
            office.orders(PlanStop(scope, "technician", None))
        for machine in office.machines.values():
            machine.faults, machine.silent, machine.asleep, machine.state, machine.pace_s = (), None, False, None, 20.0
        office.then(HOUR)
        left = [alert for alert in self.alerts() if alert.open and not alert.latched]
        assert left == [], left
        assert all(alert.condition is not Condition.COVER_OPEN for alert in self.alerts() if alert.open)
        read(office)


def lasting(handling: Handling, utc: float) -> Handling:
    """What people said, as far as it has not run out; a clock that was set is believed from the next look on."""
    known, shelf = handling.acknowledged, handling.shelved
    return Handling(known if known and known.until > utc else None, shelf if shelf and shelf.until > utc else None)


AnyMonth.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=40,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
TestAnyMonth = AnyMonth.TestCase
TestAnyMonth.__doc__ = "A month of random observations, orders, restarts and clocks never breaks what holds for alerts."
