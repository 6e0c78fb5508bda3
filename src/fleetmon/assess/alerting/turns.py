"""One alert within one evaluation: what it was when the evaluation began, what it is now, and what happened to it.

All moves of one evaluation carry the alert as it is at the end, so that an event never shows a state that nobody could
have seen; what was raised and announced at once is one event.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from fleetmon.assess.alerting import telling, truth
from fleetmon.assess.alerting.flood import Flood
from fleetmon.assess.alerting.holding import House, held_back
from fleetmon.assess.alerting.truth import NEVER, Sight, left_s
from fleetmon.assess.alerting.weighing import Costs
from fleetmon.model.alerts import Alert, AlertState, HeldBack, Move, Rule, Transition
from fleetmon.model.report import At

# A machine that comes and goes beside it must not call people anew each time.
EASES_AFTER_S: Final = 600.0
_ALWAYS_TOLD: Final = (Move.REMINDED, Move.ESCALATED)
_TOLD_IF_KNOWN: Final = (Move.WORSENED, Move.ACK_EXPIRED)


@dataclass(slots=True)
class Turn:
    """`was` None: it began in this evaluation. `waits`: its machine must be looked at before it can be told. `eases`:
    since when it would be less urgent."""

    alert: Alert
    was: Alert | None = None
    moves: list[Move] = field(default_factory=list)
    by: str | None = None
    waits: bool = False
    announced: bool = False
    calls: bool = False
    eases: At | None = None

    @property
    def touched(self) -> bool:
        """Whether anything of it is another than it was."""
        return bool(self.moves) or (self.alert is not self.was and self.alert != self.was)

    def becomes_unstable(self, rule: Rule, at: At) -> None:
        """It comes and goes too often: from now on it stands, until it is quiet."""
        if self.alert.raised is None:
            self.moves.append(Move.RAISED)
        alert = truth.raised_now(self.alert, rule, at)
        self.alert = replace(alert, unstable=True, state=AlertState.ACTIVE, gone=None, cleared=None)
        self.moves.append(Move.UNSTABLE)

    def steadies(self, present: bool, at: At) -> None:
        """It has been quiet for long enough: what it is now, it is for good."""
        self.alert = replace(self.alert, unstable=False)
        if not present:
            self.alert = truth.is_gone(self.alert, at)
        self.moves.append(Move.STEADIED)

    def people_say(self, at: At) -> float:
        """What people said may run out."""
        self.alert, moves, next_s = telling.run_out(self.alert, at)
        self.moves += moves
        return next_s

    def is_held(self, rule: Rule, parent: Alert | None, children: Iterable[Alert], house: House, at: At) -> float:
        """What holds it back, whose child it is and whose parent; in how many seconds a planned stop may end."""
        if not self.alert.open:
            return NEVER
        before, why = self.alert.held_back, held_back(self.alert, rule, parent, house, at)
        mine = tuple(sorted(child.id for child in children))
        if (parent.id if parent else None, mine) != (self.alert.caused_by, self.alert.root_of):
            self.alert = replace(self.alert, caused_by=parent.id if parent else None, root_of=mine)
        self.alert = telling.held_anew(self.alert, why, at)
        if why is not before and HeldBack.INHIBITED in (why, before):
            self.moves.append(Move.INHIBITED if why is HeldBack.INHIBITED else Move.RELEASED)
        lefts = (left_s(stop.until, stop.since, at) for stop in house.stops)
        return min((left for left in lefts if left > 0.0), default=NEVER)

    def is_weighed(self, weigh: Callable[[], Costs], house: House, at: At) -> float:
        """How urgent it is now; not judged anew before everybody was asked."""
        if house.quiet_s > 0.0 and self.alert.priority is not None:
            return house.quiet_s
        if self.alert.gone is not None or not self.alert.open:
            return NEVER  # what it cost while it stood is what people want to read afterwards
        alert, before, costs = self.alert, self.alert.priority, weigh()
        if costs.impact != alert.impact:
            alert = replace(alert, impact=costs.impact)
        easier = None not in (before, costs.priority) and (costs.priority or 0) > (before or 0)
        self.eases = (self.eases or at) if easier and alert.telling.announced is not None else None
        if self.eases is not None and (stays_s := EASES_AFTER_S - at.since(self.eases)) > 0.0:
            return min(stays_s, costs.next_s)
        self.alert, move = telling.reweighed(alert, costs.priority, at)
        if move is not None:
            self.moves.append(move)
        return costs.next_s

    def is_told(self, rule: Rule, sight: Sight, house: House, at: At) -> float:
        """Whether people hear of it, for the first time or again."""
        self._joined()
        if house.quiet_s > 0.0 and not rule.always:
            return house.quiet_s
        first = telling.first_word(self.alert, rule, sight, at)
        self.waits = first.waits_for_look or self._awaits_confirmation(rule)
        again = telling.again(first.alert, at)
        self.alert = again.alert
        self.announced = self.announced or first.move is Move.ANNOUNCED
        if again.move is not None:
            self.moves.append(again.move)
        return min(first.next_s, again.next_s)

    def _awaits_confirmation(self, rule: Rule) -> bool:
        return self.alert.state is AlertState.PENDING and rule.raise_after_s <= 0.0

    def _joined(self) -> None:
        """Another fault under the same name: whoever acknowledged the first has not seen this one."""
        if Move.JOINED in self.moves and self.alert.handling.acknowledged is not None:
            self.alert = replace(self.alert, handling=replace(self.alert.handling, acknowledged=None))
            self.calls = True

    def end(self, flood: Flood, at: At) -> list[Transition]:
        """The evaluation is over: the events of it, and the alert one revision further."""
        alert, was, moves = self.alert, self.was, self.moves
        if self.announced and not flood.lets(alert, at):
            alert, self.announced = replace(alert, telling=replace(alert.telling, in_summary=True)), False
        elif self.announced and Move.RAISED not in moves:
            moves = [*moves, Move.ANNOUNCED]
        self.alert = alert = replace(alert, rev=alert.rev + 1)
        moves = sorted(dict.fromkeys(moves), key=lambda move: move is not Move.RAISED)  # whatever else: it begins first
        told = [] if alert.raised is None else [self._transition(move, was, at) for move in moves]
        self.was, self.moves, self.by = alert, [], None
        self.announced = self.calls = False
        return told

    def _transition(self, move: Move, was: Alert | None, at: At) -> Transition:
        return Transition(self.alert, move, at, self._tell(move, was), self.by)

    def _tell(self, move: Move, was: Alert | None) -> bool:
        alert = self.alert
        known = alert.telling.announced is not None and not alert.telling.in_summary and alert.held_back is None
        match move:
            case Move.RAISED | Move.ANNOUNCED:
                return self.announced
            case Move.RETURNED:
                return known and was is not None and was.cleared is not None
            case Move.JOINED:
                return known and self.calls
            case _ if move in _TOLD_IF_KNOWN:
                return known and alert.state is AlertState.ACTIVE and not self.announced
        return move in _ALWAYS_TOLD
