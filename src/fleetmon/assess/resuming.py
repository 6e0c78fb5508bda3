"""What an earlier run left, taken up by this one: alerts that stand, machines as they were last seen, what was noticed.

Alerts of what is watched no more end. That a machine is not heard, that it stalls and what was noticed is taken from
the alerts that stand, since nothing that it says now would tell; all else it says again with the first look.
"""

from collections.abc import Iterable, Mapping

from fleetmon.assess.alerting.book import Book
from fleetmon.assess.alerting.rules import CONTACT, NOTICES, STALLS
from fleetmon.assess.fleet import Snapshot
from fleetmon.assess.floor import Floor, Seen
from fleetmon.model.alerts import Alert, Move
from fleetmon.model.report import At
from fleetmon.model.words import Contact


def stands(alert: Alert | None) -> bool:
    """Whether there is such an alert, and what it says is so."""
    return alert is not None and alert.open and alert.gone is None


def taken_up(
    book: Book, floor: Floor, snapshots: Iterable[Snapshot], made: Mapping[str, At | None], at: At
) -> list[Seen]:
    """The run begins with what an earlier one knew (`made`: when each machine made something last). The machines that
    are lost."""
    for subject in {alert.subject for alert in book.alerts()}:
        if not floor.watches(subject):
            book.ends(subject, Move.CLOSED, at)
    found = []
    for snapshot in snapshots:
        seen = floor.machines[snapshot.machine]
        seen.snapshot, mine = snapshot, book.of(seen.group)
        stood = [each.claim for each in mine if each.subject.id == snapshot.machine and stands(each)]
        seen.silent = tuple(claim for claim in stood if claim.condition in CONTACT)
        if snapshot.contact is Contact.LOST:
            found.append(seen)
        stall = next((claim for claim in stood if claim.condition in STALLS), None)
        floor.resume(seen, stall, made.get(snapshot.machine), at)
    for alert in [each for each in book.alerts() if stands(each) and each.condition in NOTICES]:
        floor.notices.resume(alert.claim)
    return found
