"""What production is doing: activities, lines and alerts of one site, drawn from what its machines say.

The monitor says what changed; this looks at the machines, lines and alerts that this concerns and at no others, all in
one evaluation, so that no order of polls can make a difference. What happens by itself (a delay that ends, a shift that
begins, a machine that makes nothing any more) is asked for by `due`.
"""

from collections.abc import Iterable, Mapping
from typing import Final
from zoneinfo import ZoneInfo

from fleetmon.assess import fleet
from fleetmon.assess.activity import Doing, batch_limit_s
from fleetmon.assess.alerting import people
from fleetmon.assess.alerting.book import Book
from fleetmon.assess.alerting.claims import claims, contact_claims
from fleetmon.assess.alerting.holding import House
from fleetmon.assess.alerting.people import Refused
from fleetmon.assess.alerting.rules import rules
from fleetmon.assess.alerting.truth import Sight
from fleetmon.assess.alerting.weighing import Costs, weighed
from fleetmon.assess.fleet import Snapshot
from fleetmon.assess.floor import Floor, Seen, settle_s
from fleetmon.assess.lines import Verdict, stage_left
from fleetmon.assess.network import Network
from fleetmon.assess.news import NO_NEWS, News
from fleetmon.assess.planned import PlannedStops
from fleetmon.assess.wakes import Wakes
from fleetmon.model.alerts import (
    Alert,
    Claim,
    Condition,
    Move,
    Order,
    PlannedStop,
    PlanStop,
    Rule,
    Subject,
    SubjectKind,
)
from fleetmon.model.plan import FleetPlan
from fleetmon.model.report import At
from fleetmon.model.words import Contact

_CONTACT: Final = frozenset({Condition.CONTACT_LOST, Condition.ACCESS_REFUSED, Condition.DRIVER_FAILED})
_NETWORK: Final = frozenset({Condition.NETWORK_LOST})
_SETTINGS: Final = frozenset({Condition.SETTINGS_REFUSED})
_OWN: Final = frozenset(Condition) - _CONTACT - _NETWORK - _SETTINGS
_HOURS: Final = "the hours"
_STOPS: Final = "planned stops"
_FLOOD: Final = "the flood"
_NEVER: Final = float("inf")
_LEAST_S: Final = 0.001
_QUIET_AT_MOST_S: Final = 125.0


class Production:
    """All of one site; `alerts` and `stops` are those of an earlier run. To be begun before the first look."""

    def __init__(self, plan: FleetPlan, alerts: Iterable[Alert] = (), stops: Iterable[PlannedStop] = ()) -> None:
        self.plan, self._site = plan, Subject(SubjectKind.SITE, plan.site)
        self.rules: Mapping[Condition, Rule] = rules(plan.alerts)
        self._stops = PlannedStops(stops)
        self._dirty: dict[str, None] = {}
        self._wakes = Wakes()
        self._floor = Floor(plan, self._stops, self._wakes, self._dirty)
        self._book = Book(self.rules, plan.alerts, self._floor.group_of, alerts)
        self._network = Network(plan.site)
        self._quiet_until = 0.0

    def alerts(self) -> tuple[Alert, ...]:
        """All that are pending, open, or closed within the last minutes."""
        return tuple(self._book.alerts())

    def alert(self, key: str) -> Alert | None:
        """The one of a key."""
        return self._book.get(key)

    def alerts_beside(self, subject: Subject) -> list[Alert]:
        """Those of the same line, or of the same machine where it stands in none."""
        return self._book.of(self._floor.group_of(subject))

    def verdicts(self) -> Mapping[str, Verdict]:
        """What each line is doing."""
        return self._floor.verdicts

    def doing(self, machine: str) -> Doing | None:
        """What a machine is doing, neighbours considered; None before it was looked at."""
        return self._floor.doing(machine)

    def driver(self, machine: str) -> str | None:
        """The driver that understood a machine last."""
        seen = self._floor.machines.get(machine)
        return seen.snapshot.sources[0].driver if seen else None

    @property
    def zone(self) -> ZoneInfo:
        """The site's own clock."""
        return self._floor.working.calendar.zone

    def planned_stops(self) -> tuple[PlannedStop, ...]:
        """Those that have not ended."""
        return self._stops.all()

    @property
    def due(self) -> float | None:
        """When something happens by itself, in seconds of the monotonic clock."""
        return self._wakes.next

    def begin(self, snapshots: Iterable[Snapshot], at: At) -> None:
        """The run begins with what an earlier one knew; nothing is told until every machine may have been heard."""
        self._quiet_until = at.mono + min(max(map(settle_s, self.plan.machines), default=0.0), _QUIET_AT_MOST_S)
        for subject in {alert.subject for alert in self._book.alerts()}:
            if subject.kind is SubjectKind.MACHINE and subject.id not in self._floor.machines:
                self._book.ends(subject, Move.CLOSED, at)
        for snapshot in snapshots:
            seen = self._floor.machines[snapshot.machine]
            seen.snapshot = snapshot
            if snapshot.contact is Contact.LOST:
                self._contact(seen, None, at)
        self._book.note(self._site, _SETTINGS, (), None, at)  # whoever begins has read them
        self._note_network(at)
        self._look_at_hours(at)
        self._concerns_all(at)

    def look(self, after: Snapshot, without: At | None, at: At) -> None:
        """A machine is seen as `after`; `without` is the last look at it before this one."""
        seen, subject = self._floor.machines[after.machine], _machine(after.machine)
        before, seen.snapshot = seen.snapshot, after
        if fleet.replaced(before, after) is not None:
            self._book.ends(subject, Move.REPLACED, at)
            seen.claims, seen.progressed = (), None
        own = claims(after, seen.plan, at, seen.claims)
        if own is not None and (own or seen.claims or self._book.of(seen.group)):
            self._book.note(subject, _OWN, own, without, at)
            seen.claims = own
        if seen.silent or before.contact is not after.contact or any(each.failing_since for each in after.sources):
            self._contact(seen, without, at)
        self._dirty[seen.group] = None
        self._floor.acts(seen, at)

    def looked_again(self, snapshot: Snapshot) -> bool:
        """A machine said once more what it said: whether some alert has waited for just that."""
        seen = self._floor.machines[snapshot.machine]
        seen.snapshot = snapshot
        if snapshot.machine not in self._book.awaiting:
            return False
        self._dirty[seen.group] = None
        return True

    def made(self, snapshot: Snapshot, count: int, at: At) -> None:
        """Documents were made there."""
        seen = self._floor.machines[snapshot.machine]
        if seen.progressed is not None:
            seen.limit_s = batch_limit_s(self.plan.stall.cold_start_s, count, at.since(seen.progressed))
        seen.snapshot, seen.progressed = snapshot, at
        self._floor.made(seen, count, at)
        if self._floor.working.progressed(at):
            self._look_at_hours(at)
        if self._book.made(_machine(snapshot.machine), count) or snapshot.machine in self._book.awaiting:
            self._dirty[seen.group] = None
        self._floor.acts(seen, at)

    def settings(self, refused: Claim | None, at: At) -> None:
        """Whether the settings that were read last could be used."""
        self._book.note(self._site, _SETTINGS, () if refused is None else (refused,), None, at)
        self._dirty[str(self._site)] = None

    def order(self, order: Order, at: At) -> Alert | None:
        """What somebody wants; the alert it was about. Raises Refused."""
        if isinstance(order, PlanStop):
            self._stops.order(order, at)
            self._concerns_all(at)
            return None
        alert = next((each for each in self._book.alerts() if each.id == order.id), None)
        if alert is None:
            raise Refused("there is no such alert, or it was closed some time ago")
        changed, moves = people.ordered(alert, order, at)
        self._book.change(alert.key, changed, moves, order.by)
        self._dirty[self._floor.group_of(alert.subject)] = None
        return changed

    def elapsed(self, at: At) -> None:
        """Time has come that was asked for."""
        for key in self._wakes.take(at.mono):
            seen = self._floor.machines.get(key.removeprefix("machine:"))
            if key == _HOURS:
                self._look_at_hours(at)
            elif key == _STOPS:
                if self._stops.end(at):
                    self._concerns_all(at)
            elif seen is not None:
                self._floor.acts(seen, at)
                self._dirty[seen.group] = None
            else:
                self._dirty[key] = None

    def reload(self, plan: FleetPlan, gone: Iterable[str], at: At) -> None:
        """Other settings: alerts of machines that are watched no more end."""
        for machine in gone:
            self._book.ends(_machine(machine), Move.CLOSED, at)
            self._wakes.forget(f"machine:{machine}")
            self._network.forget(machine)
        self.plan, self.rules = plan, rules(plan.alerts)
        self._floor.place(plan)
        self._book.renew(self.rules, plan.alerts)
        self._network.judge(len(self._floor.machines), at)
        self._note_network(at)
        self._look_at_hours(at)
        self._concerns_all(at)

    def evaluate(self, at: At) -> News:
        """All that follows from what was said since the last evaluation."""
        if not (self._dirty or self._floor.unjudged or self._stops.changed) and self._book.summary_due(at) > 0.0:
            return NO_NEWS
        lines = self._floor.judge(at)
        site, network = str(self._site), self._network_alert()
        if site in self._dirty:
            del self._dirty[site]
            self._evaluate(site, at)
            if _stands(network) != _stands(self._network_alert()):
                self._dirty.update(dict.fromkeys(self._book.groups))
        for group in sorted(self._dirty):
            self._evaluate(group, at)
        self._dirty.clear()
        told = self._book.take(at)
        self._wake_in(_FLOOD, self._book.summary_due(at), at)
        self._wake_in(_STOPS, self._stops.next_s(at), at)
        changed, self._stops.changed = self._stops.changed, False
        return News(told, lines, self._stops.all() if changed else None)

    def _evaluate(self, group: str, at: At) -> None:
        if not self._book.of(group):
            return
        line = self._floor.line(group)
        verdict = self._floor.verdicts.get(line.id) if line else None
        own = self._floor.own(line) if line else {}

        def weigh(alert: Alert, rule: Rule, last: bool) -> Costs:
            left = stage_left(line, alert.subject.id, own) if line else None
            return weighed(alert, rule, line, verdict, left, last, self.plan.alerts.reaction_s, at)

        quiet_s = max(0.0, self._quiet_until - at.mono)
        working, network = self._floor.working, self._network_alert()
        gone = network if _stands(network) else None
        house = House(line, self._stops.all(), working.now, working.surely, gone, quiet_s)
        self._wake_in(group, self._book.evaluate(group, house, self._sight, weigh, at), at)

    def _sight(self, alert: Alert) -> Sight:
        seen = self._floor.machines.get(alert.subject.id) if alert.subject.kind is SubjectKind.MACHINE else None
        if seen is None or alert.condition in _CONTACT:
            return Sight(True, None, seen.settle_s if seen else 0.0, False)
        live, produced = seen.snapshot.contact is Contact.LIVE, seen.snapshot.produced
        return Sight(live, seen.snapshot.heard_at, seen.settle_s, produced is not None)

    def _contact(self, seen: Seen, without: At | None, at: At) -> None:
        """The line to a machine: what is wrong with it, and whether it is the network of the whole site."""
        silent = contact_claims(seen.snapshot, seen.plan, at)
        if silent != seen.silent:
            self._book.note(_machine(seen.plan.id), _CONTACT, silent, without, at)
            seen.silent = silent
        self._dirty[seen.group] = None
        lost = seen.snapshot.contact is Contact.LOST
        if self._network.seen(seen.plan.id, lost, silent, len(self._floor.machines), at):
            self._note_network(at)

    def _note_network(self, at: At) -> None:
        """Whether the network is lost; whatever hung on it is looked at."""
        claim = self._network.claim
        self._book.note(self._site, _NETWORK, () if claim is None else (claim,), None, at)
        self._dirty.update(dict.fromkeys((str(self._site), *self._book.groups)))

    def _network_alert(self) -> Alert | None:
        return self._book.get(f"{self._site}:{Condition.NETWORK_LOST}")

    def _look_at_hours(self, at: At) -> None:
        """Whether anybody works, and until when that holds; activities and what is held back depend on it."""
        working = self._floor.working
        before = working.now, working.surely
        working.look(at)
        self._wake_in(_HOURS, working.holds_s(at), at)
        if before != (working.now, working.surely):
            self._concerns_all(at)
        self._book.sweep(at)

    def _concerns_all(self, at: At) -> None:
        self._floor.all_act(at)
        self._dirty.update(dict.fromkeys(self._book.groups))

    def _wake_in(self, key: str, seconds: float, at: At) -> None:
        if seconds != _NEVER:
            self._wakes.by(key, at.mono + max(seconds, _LEAST_S))


def _machine(id_: str) -> Subject:
    return Subject(SubjectKind.MACHINE, id_)


def _stands(alert: Alert | None) -> bool:
    return alert is not None and alert.open and alert.gone is None
