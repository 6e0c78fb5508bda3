"""One evaluation of the alerts of a line: the book is told what the floor shows of their machines, and draws its
conclusions from that and from nothing else.
"""

from collections.abc import Sequence

from fleetmon.assess.alerting.book import Book
from fleetmon.assess.alerting.holding import House
from fleetmon.assess.alerting.rules import CONTACT
from fleetmon.assess.alerting.truth import Sight
from fleetmon.assess.alerting.weighing import Costs, Last, Place, weighed
from fleetmon.assess.floor import Floor
from fleetmon.assess.lines import stage_left
from fleetmon.model.alerts import Alert, Impact, PlannedStop, Rule, SubjectKind
from fleetmon.model.report import At
from fleetmon.model.words import Contact


def evaluate(
    group: str, book: Book, floor: Floor, stops: Sequence[PlannedStop], network: Alert | None, quiet_s: float, at: At
) -> float:
    """All conclusions for a group of alerts; in how many seconds they may differ by time alone. `network` is the alert
    that the site's network is lost, if it stands; for `quiet_s` seconds nothing is told."""
    line = floor.line(group)
    verdict = floor.verdicts.get(line.id) if line else None
    own = floor.own(line) if line else {}

    def weigh(alert: Alert, rule: Rule, last: Last | None) -> Costs:
        machine = alert.subject.id
        if line is None or verdict is None or not alert.claim.stops or alert.subject.kind is not SubjectKind.MACHINE:
            return Costs(rule.priority, Impact(waiting=alert.claim.waiting))
        waiting = floor.silences.waiting(floor.machines[machine].snapshot, at)
        place = Place(line, verdict, stage_left(line, machine, own), waiting)
        return weighed(alert, rule, place, last, floor.plan.alerts.reaction_s, at)

    house = House(line, tuple(stops), floor.working.now, floor.working.surely, network, quiet_s)
    return book.evaluate(group, house, lambda alert: _sight(alert, floor), weigh, at)


def _sight(alert: Alert, floor: Floor) -> Sight:
    seen = floor.machines.get(alert.subject.id) if alert.subject.kind is SubjectKind.MACHINE else None
    if seen is None or alert.condition in CONTACT:
        return Sight(True, None, seen.settle_s if seen else 0.0, False)
    live, produced = seen.snapshot.contact is Contact.LIVE, seen.snapshot.produced
    return Sight(live, seen.snapshot.heard_at, seen.settle_s, produced is not None)
