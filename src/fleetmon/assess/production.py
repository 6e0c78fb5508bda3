"""What production is doing: activities, lines and alerts of one site, drawn from what its machines say.

The monitor says what changed; this looks at the machines, lines and alerts that this concerns and at no others, all in
one evaluation, so that no order of polls can make a difference. What happens by itself (a delay that ends, a shift that
begins, a machine that makes nothing any more) is asked for by `due`.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from fleetmon.assess import fleet
from fleetmon.assess.activity import batch_limit_s
from fleetmon.assess.alerting import people
from fleetmon.assess.alerting.book import Book
from fleetmon.assess.alerting.claims import claims, contact_claims
from fleetmon.assess.alerting.rules import CONTACT, NETWORK, OWN, SETTINGS, STALLS, rules
from fleetmon.assess.evaluation import evaluate
from fleetmon.assess.fleet import Snapshot
from fleetmon.assess.floor import DOING, Floor, Seen, settle_s
from fleetmon.assess.network import Network
from fleetmon.assess.news import NO_NEWS, News
from fleetmon.assess.planned import PlannedStops
from fleetmon.assess.resuming import stands, taken_up
from fleetmon.assess.stalls.notices import LOOK_S, NOTHING_LEARNT, Learnt
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
from fleetmon.model.stimuli import Work
from fleetmon.model.words import Activity, Contact

_HOURS: Final = "the hours"
_STOPS: Final = "planned stops"
_FLOOD: Final = "the flood"
_NOTICES: Final = "what is noticed"
_STOPS_HOLD_S: Final = 300.0  # whoever sets the clock moves their ends
_NEVER: Final = float("inf")
_LEAST_S: Final = 0.001
_QUIET_AT_MOST_S: Final = 125.0


class Production:
    """All of one site; `alerts` and `stops` are those of an earlier run. To be begun before the first look."""

    def __init__(
        self,
        plan: FleetPlan,
        alerts: Iterable[Alert] = (),
        stops: Iterable[PlannedStop] = (),
        learnt: Learnt = NOTHING_LEARNT,
    ) -> None:
        self.plan, self._site = plan, Subject(SubjectKind.SITE, plan.site)
        self.rules: Mapping[Condition, Rule] = rules(plan.alerts)
        self._stops = PlannedStops(stops)
        self._dirty: dict[str, None] = {}
        self._wakes = Wakes()
        self.floor = Floor(plan, self._stops, self._wakes, self._dirty, learnt)
        self.book = Book(self.rules, plan.alerts, self.floor.group_of, alerts)
        self._network = Network(plan.site)
        self._quiet_until = self._ahead = 0.0

    def alerts(self) -> tuple[Alert, ...]:
        """All that are pending, open, or closed within the last minutes."""
        return tuple(self.book.alerts())

    def alerts_beside(self, subject: Subject) -> list[Alert]:
        """Those of the same line, or of the same machine where it stands in none."""
        return self.book.of(self.floor.group_of(subject))

    def planned_stops(self) -> tuple[PlannedStop, ...]:
        """Those that have not ended."""
        return self._stops.all()

    @property
    def due(self) -> float | None:
        """When something happens by itself, in seconds of the monotonic clock."""
        return self._wakes.next

    def begin(self, snapshots: Iterable[Snapshot], made: Mapping[str, At | None], at: At) -> None:
        """The run begins with what an earlier one knew (`made`: last); nothing is told before all were asked."""
        self._quiet_until = at.mono + min(max(map(settle_s, self.plan.machines), default=0.0), _QUIET_AT_MOST_S)
        for seen in taken_up(self.book, self.floor, snapshots, made, at):
            self._contact(seen, None, at)
        self.book.note(self._site, SETTINGS, (), None, at)  # whoever begins has read them
        self._note_network(at)
        self.book.resume(at)
        self._look_at_hours(at)
        self._noticed(at)
        self._wakes.by(_NOTICES, at.mono + LOOK_S)
        self.concerns_all(at)

    def look(self, after: Snapshot, without: At | None, at: At) -> None:
        """A machine is seen as `after`; `without` is the last look at it before this one."""
        seen = self.floor.machines[after.machine]
        before, seen.snapshot = seen.snapshot, after
        if fleet.replaced(before, after) is not None:
            self.book.ends(seen.subject, Move.REPLACED, at)
            self.floor.forget(seen)
            self._dirty[seen.group] = None
        own = claims(after, seen.plan, at, seen.claims or ())
        if own is not None and own != seen.claims:
            self.book.note(seen.subject, OWN, own, without, at)
            seen.claims = own
            self._dirty[seen.group] = None
        if seen.silent or before.contact is not after.contact or any(each.failing_since for each in after.sources):
            self._contact(seen, without, at)
        if after.machine in self.book.awaiting:
            self._dirty[seen.group] = None
        self._acts(seen, at)

    def looked_again(self, snapshot: Snapshot) -> bool:
        """A machine said once more what it said: whether some alert has waited for just that."""
        seen = self.floor.machines[snapshot.machine]
        seen.snapshot = snapshot
        if snapshot.machine not in self.book.awaiting:
            return False
        self._dirty[seen.group] = None
        return True

    def made(self, snapshot: Snapshot, count: int, at: At) -> None:
        """Documents were made there."""
        seen = self.floor.machines[snapshot.machine]
        gap_s = _NEVER if seen.progressed is None else at.since(seen.progressed)
        seen.limit_s = batch_limit_s(self.plan.stall.cold_start_s, count, gap_s)
        seen.snapshot, seen.progressed = snapshot, at
        self.floor.made(seen, count, at)
        self._noticed(at)
        for machine in self.floor.silences.beside(snapshot.machine):
            self._acts(self.floor.machines[machine], at)
        if self.floor.working.progressed(at):
            self._look_at_hours(at)
        if self.book.made(seen.subject, count) or snapshot.machine in self.book.awaiting:
            self._dirty[seen.group] = None
        self._acts(seen, at)

    def work(self, work: Work) -> None:
        """Somebody told how much work waits."""
        self.floor.silences.demand.told(work)
        self.concerns_all(work.at)

    def settings(self, refused: Claim | None, at: At) -> None:
        """Whether the settings that were read last could be used."""
        self._note(self._site, SETTINGS, refused, at)

    def order(self, order: Order, at: At) -> Alert | None:
        """What somebody wants; the alert it was about. Raises Refused."""
        if isinstance(order, PlanStop):
            self._stops.order(order, at)
            self._stops_changed(at)
            return None
        alert = people.meant(self.book.alerts(), order, self.rules)
        changed, moves = people.ordered(alert, order, at)
        self.book.change(alert.key, changed, moves, order.by)
        self._dirty[self.floor.group_of(alert.subject)] = None
        return changed

    def elapsed(self, at: At) -> None:
        """Time has come that was asked for."""
        for key in self._wakes.take(at.mono):
            if key == _HOURS:
                self._look_at_hours(at)
            elif key == _NOTICES:
                self._wakes.by(_NOTICES, at.mono + self.floor.notice(at))
                self._noticed(at)
            elif key == _STOPS:
                if self._stops.end(at):
                    self._stops_changed(at)
            elif key.startswith(DOING):
                self._acts(self.floor.machines[key.removeprefix(DOING)], at)
            else:
                self._dirty[key] = None

    def reload(self, plan: FleetPlan, gone: Iterable[str], at: At) -> None:
        """Other settings: alerts of machines that are watched no more end."""
        for machine in gone:
            self.book.ends(self.floor.machines[machine].subject, Move.CLOSED, at)
            self._wakes.forget(f"{DOING}{machine}")
            self._network.forget(machine)
        self.plan, self.rules = plan, rules(plan.alerts)
        self.floor.place(plan)
        self.book.renew(self.rules, plan.alerts)
        self._network.judge(len(self.floor.machines), at)
        self._note_network(at)
        self._noticed(at)
        self._look_at_hours(at)
        self.concerns_all(at)

    def notice(self, about: Iterable[Condition], claims: Iterable[Claim], at: At) -> None:
        """What is found of machines otherwise than by looking at them; whoever has no such claim any more, has not."""
        wanted, found = frozenset(about), {claim.subject: claim for claim in claims}
        subjects = {alert.subject: None for alert in self.book.alerts() if alert.condition in wanted}
        for subject in (*subjects, *found):
            self._note(subject, wanted, found.get(subject), at)

    def _noticed(self, at: At) -> None:
        changed = self.floor.notices.changed
        while changed:
            (subject, condition), claim = changed.popitem()
            self._note(subject, frozenset({condition}), claim, at)

    def _note(self, subject: Subject, about: frozenset[Condition], claim: Claim | None, at: At) -> None:
        self.book.note(subject, about, () if claim is None else (claim,), None, at)
        self._dirty[self.floor.group_of(subject)] = None

    def _acts(self, seen: Seen, at: At) -> None:
        """What a machine is doing; where it stalls without a word, that is an alert."""
        self.floor.acts(seen, at)
        stalls = seen.doing is not None and seen.doing.activity is Activity.STALLED
        told = self.floor.silences.stall(seen.plan.id) if stalls else None
        if told != seen.stall and seen.snapshot.contact is Contact.LIVE:
            self._note(seen.subject, STALLS, told, at)
            seen.stall = told

    def concerns_all(self, at: At) -> None:
        """Something may matter to every machine, line and alert: all of them are looked at."""
        for seen in self.floor.machines.values():
            self._acts(seen, at)
        self.floor.rejudge()
        self._dirty.update(dict.fromkeys(self.book.groups))

    def evaluate(self, at: At) -> News:
        """All that follows from what was said since the last evaluation."""
        if not (self._dirty or self.floor.unjudged or self._stops.changed) and self.book.summary_due(at) > 0.0:
            return NO_NEWS
        lines = self.floor.judge(at)
        site, network = str(self._site), self._network_alert()
        if site in self._dirty:
            del self._dirty[site]
            self._evaluate(site, at)
            if stands(network) != stands(self._network_alert()):
                self._dirty.update(dict.fromkeys(self.book.groups))
        for group in sorted(self._dirty):
            self._evaluate(group, at)
        self._dirty.clear()
        told = self.book.take(at)
        self._wake_in(_FLOOD, self.book.summary_due(at), at)
        self._wake_in(_STOPS, self._stops.next_s(at), at)
        changed, self._stops.changed = self._stops.changed, False
        return News(told, lines, self._stops.all() if changed else None)

    def _evaluate(self, group: str, at: At) -> None:
        if not self.book.of(group):
            return
        quiet_s, network = max(0.0, self._quiet_until - at.mono), self._network_alert()
        gone = network if stands(network) else None
        next_s = evaluate(group, self.book, self.floor, self._stops.all(), gone, quiet_s, at)
        self._wake_in(group, next_s, at)

    def _contact(self, seen: Seen, without: At | None, at: At) -> None:
        """The line to a machine: what is wrong with it, and whether it is the network of the whole site."""
        silent = contact_claims(seen.snapshot, seen.plan, at)
        if silent != seen.silent:
            self.book.note(seen.subject, CONTACT, silent, without, at)
            seen.silent = silent
        self._dirty[seen.group] = None
        lost = seen.snapshot.contact is Contact.LOST and not self.floor.planned(seen)
        if self._network.seen(seen.plan.id, lost, silent, len(self.floor.machines), at):
            self._note_network(at)

    def _note_network(self, at: At) -> None:
        """Whether the network is lost; whatever hung on it is looked at."""
        self._note(self._site, NETWORK, self._network.claim, at)
        self._dirty.update(dict.fromkeys(self.book.groups))

    def _network_alert(self) -> Alert | None:
        return self.book.get(f"{self._site}:{Condition.NETWORK_LOST}")

    def _look_at_hours(self, at: At) -> None:
        """Whether anybody works, and until when that holds; activities and what is held back depend on it."""
        working = self.floor.working
        before = working.now, working.surely
        working.look(at)
        holds_s = min(working.holds_s(at), _STOPS_HOLD_S if self._stops.all() else _NEVER)
        self._wake_in(_HOURS, holds_s, at)
        set_by_s, self._ahead = at.utc - at.mono - self._ahead, at.utc - at.mono
        if before != (working.now, working.surely) or abs(set_by_s) > 1.0:
            self.concerns_all(at)
        self.book.sweep(at)

    def _stops_changed(self, at: At) -> None:
        self._look_at_hours(at)
        for seen in [each for each in self.floor.machines.values() if each.silent]:
            self._contact(seen, None, at)
        self.concerns_all(at)

    def _wake_in(self, key: str, seconds: float, at: At) -> None:
        if seconds != _NEVER:
            self._wakes.by(key, at.mono + max(seconds, _LEAST_S))
