"""The alert book: every condition that is true or was a moment ago, and what people know of it.

`note` says what is seen of a subject, `evaluate` draws the conclusions for a whole line at once: what time has made of
each alert, which hangs on which, how urgent it is, and only then what is told. Alerts of one line (of one machine, if
it stands in none) are a group; what is seen of other groups never matters, so that an evaluation costs as much as a
line has alerts, not as much as a country has.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from fleetmon.assess.alerting import holding, truth
from fleetmon.assess.alerting.chatter import Chatter
from fleetmon.assess.alerting.flood import Flood
from fleetmon.assess.alerting.holding import House
from fleetmon.assess.alerting.rules import ruled
from fleetmon.assess.alerting.truth import KEPT_CLOSED_S, NEVER, Sight
from fleetmon.assess.alerting.turns import Turn
from fleetmon.assess.alerting.weighing import Costs, Last, last_of_stage
from fleetmon.model.alerts import (
    Alert,
    AlertPlan,
    AlertState,
    Claim,
    Condition,
    Move,
    Priority,
    Proof,
    Rule,
    Subject,
    Summary,
    Transition,
)
from fleetmon.model.report import At

Seen = Callable[[Alert], Sight]
Weigh = Callable[[Alert, Rule, Last | None], Costs]


@dataclass(slots=True)
class Round:
    """What one evaluation brought: `changed` alerts as they are now, `dropped` ones that nobody keeps any more,
    machines that should be `asked` at once, and keys of which a former occurrence is `over` since another began."""

    transitions: list[Transition] = field(default_factory=list)
    changed: dict[str, Alert] = field(default_factory=dict)
    dropped: dict[str, Alert] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    summary: Summary | None = None
    over: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        """Whether there is anything in it."""
        return bool(self.changed or self.dropped or self.asked or self.summary)


class Book:
    """Alerts by key. `group_of` says to which group a subject belongs; `stored` are those of an earlier run."""

    def __init__(
        self,
        rules: Mapping[Condition, Rule],
        plan: AlertPlan,
        group_of: Callable[[Subject], str],
        stored: Iterable[Alert] = (),
    ) -> None:
        self.rules = rules
        self._flood = Flood(plan)
        self._group_of = group_of
        self._turns: dict[str, Turn] = {}
        self._groups: dict[str, dict[str, None]] = defaultdict(dict)
        self._chatter: dict[str, Chatter] = {}
        self._looked: dict[str, None] = {}
        self._dropped: dict[str, Alert] = {}
        self._asked: set[str] = set()
        self._ended: list[Transition] = []
        self._over: set[str] = set()
        self.awaiting: set[str] = set()
        for alert in stored:
            self._put(alert).was = alert

    def alerts(self) -> Iterator[Alert]:
        """All of them, closed ones of the last minutes too."""
        return (turn.alert for turn in self._turns.values())

    def of(self, group: str) -> list[Alert]:
        """The alerts of a group."""
        return [self._turns[key].alert for key in self._groups.get(group, ())]

    @property
    def groups(self) -> list[str]:
        """Those that have any alert."""
        return [group for group, keys in self._groups.items() if keys]

    def get(self, key: str) -> Alert | None:
        """The alert of a key."""
        turn = self._turns.get(key)
        return turn.alert if turn else None

    def _put(self, alert: Alert) -> Turn:
        turn = self._turns[alert.key] = Turn(alert)
        self._groups[self._group_of(alert.subject)][alert.key] = None
        return turn

    def renew(self, rules: Mapping[Condition, Rule], plan: AlertPlan) -> None:
        """Other settings: rules may be others, and machines may stand in other lines."""
        self.rules, self._flood = rules, self._flood.under(plan)
        self._groups.clear()
        for alert in self.alerts():
            self._groups[self._group_of(alert.subject)][alert.key] = None

    def note(
        self, subject: Subject, about: Iterable[Condition], claims: Iterable[Claim], without: At | None, at: At
    ) -> None:
        """What is seen of a subject now, as far as these conditions go; `without` is the last look before this one."""
        seen = {claim.key: claim for claim in claims}
        mine, wanted = self._groups.get(self._group_of(subject), {}), frozenset(about)
        for key in [key for key in mine if key not in seen]:
            alert = self._turns[key].alert
            if alert.subject == subject and alert.condition in wanted:
                self._vanishes(key, at)
        for key, claim in seen.items():
            self._appears(key, claim, without, at)

    def _appears(self, key: str, claim: Claim, without: At | None, at: At) -> None:
        turn, chatter = self._turns.get(key), self._chatter_of(key)
        if not chatter.present:
            chatter.came(at)
        if turn is None or not turn.alert.open:
            self._begins(turn, claim, without, at)
        else:
            turn.alert, moves = truth.goes_on(turn.alert, claim, at)
            turn.moves += moves
            if turn.alert.raised is not None and self._rule(turn.alert.claim).latch:
                turn.alert = replace(turn.alert, latched=True)
        turn = self._turns[key]
        if not turn.alert.unstable and chatter.chatters(at, self._rule(claim)):
            turn.becomes_unstable(self._rule(claim), at)

    def _begins(self, turn: Turn | None, claim: Claim, without: At | None, at: At) -> None:
        if turn is not None:
            self._ended += turn.end(self._flood, at) if turn.moves else []
            self._over.add(claim.key)
        last_without = without if without is None or claim.seen.is_after(without) else None
        self._put(truth.began(claim, last_without, at))
        if self._rule(claim).raise_after_s <= 0.0:
            self._asked.add(claim.subject.id)

    def _vanishes(self, key: str, at: At) -> None:
        turn, chatter = self._turns[key], self._chatter_of(key)
        if chatter.present:
            chatter.went(at)
        if not turn.alert.open or turn.alert.unstable or turn.alert.gone is not None:
            return
        if turn.alert.state is AlertState.PENDING:
            self._drop(key)
            return
        turn.alert = truth.is_gone(turn.alert, at)
        if self._rule(turn.alert.claim).proof is Proof.COMPLETION:
            turn.moves.append(Move.CLEARING)

    def _chatter_of(self, key: str) -> Chatter:
        """What is remembered of a key; of an earlier run's alert, that it was there."""
        if key not in self._chatter:
            turn = self._turns.get(key)
            self._chatter[key] = Chatter(present=turn is not None and turn.alert.open and turn.alert.gone is None)
        return self._chatter[key]

    def _drop(self, key: str) -> None:
        turn = self._turns.pop(key)
        self._groups[self._group_of(turn.alert.subject)].pop(key, None)
        self._dropped[key] = turn.alert

    def made(self, subject: Subject, count: int) -> bool:
        """Documents were made there: whether that may prove that something is over."""
        proves = False
        for key in self._groups.get(self._group_of(subject), ()):
            turn = self._turns[key]
            alert = turn.alert
            if alert.subject == subject and alert.gone is not None and alert.cleared is None and not alert.completions:
                turn.alert = replace(alert, completions=count)
                proves = True
        return proves

    def ends(self, subject: Subject, move: Move, at: At) -> None:
        """Nothing of that subject counts any more: another machine stands in its place, or none."""
        for key in list(self._groups.get(self._group_of(subject), ())):
            turn = self._turns[key]
            if turn.alert.subject != subject or not turn.alert.open:
                continue
            if turn.alert.state is AlertState.PENDING:
                self._drop(key)
            else:
                turn.alert = truth.closed(turn.alert, at)
                turn.moves.append(move)
                self._looked[key] = None
            self._chatter.pop(key, None)

    def change(self, key: str, alert: Alert, moves: Iterable[Move], by: str) -> None:
        """What people did to an alert."""
        turn = self._turns[key]
        turn.alert, turn.by = alert, by
        turn.moves += moves
        self._looked[key] = None

    def evaluate(self, group: str, house: House, seen: Seen, weigh: Weigh, at: At) -> float:
        """Draw the conclusions for a group; in how many seconds they may differ by time alone."""
        next_s = NEVER
        self._looked.update(self._groups.get(group, {}))
        self.awaiting.difference_update(turn.alert.subject.id for turn in self._turns_of(group))
        sights: dict[str, Sight] = {}
        for turn in self._turns_of(group):
            sight = sights[turn.alert.key] = seen(turn.alert)
            next_s = min(next_s, self._passes(turn, sight, at))
        turns = self._turns_of(group)
        alerts = [turn.alert for turn in turns]
        hung = holding.parents([alert for alert in alerts if self._calls(alert)], house)
        roots = [each for each in alerts if each.key not in hung and not holding.is_planned(each, house, at)]
        last = last_of_stage(roots, house.line, self._is_grave)
        children: dict[str, list[Alert]] = defaultdict(list)
        for alert in alerts:
            if alert.key in hung:
                children[hung[alert.key].key].append(alert)
        for turn in turns:
            key, rule = turn.alert.key, self._rule(turn.alert.claim)
            weighed_s = turn.is_weighed(partial(weigh, turn.alert, rule, last.get(key)), house, at)
            next_s = min(next_s, turn.people_say(at), weighed_s)
            next_s = min(next_s, turn.is_held(rule, hung.get(key), children.get(key, ()), house, at))
            next_s = min(next_s, turn.is_told(rule, sights[key], house, at))
            if turn.waits:
                self.awaiting.add(turn.alert.subject.id)
        return next_s

    def _calls(self, alert: Alert) -> bool:
        """Whether its condition is one that people are told of: what nobody hears of hides nothing else."""
        return self._rule(alert.claim).priority not in (None, Priority.NOTICE)

    def _is_grave(self, alert: Alert) -> bool:
        return (self._rule(alert.claim).priority or Priority.NOTICE) <= Priority.P2

    def _rule(self, claim: Claim) -> Rule:
        return ruled(claim, self.rules[claim.condition])

    def _turns_of(self, group: str) -> list[Turn]:
        return [self._turns[key] for key in self._groups.get(group, ())]

    def _passes(self, turn: Turn, sight: Sight, at: At) -> float:
        """What time makes of an alert."""
        alert, chatter = turn.alert, self._chatter_of(turn.alert.key)
        if alert.unstable and alert.open:
            chatter.edge = chatter.edge or at
            if (quiet_s := chatter.quiet_in(at)) > 0.0:
                return quiet_s
            turn.steadies(chatter.present, at)
            chatter.forget()
        turn.alert, move, next_s = truth.passes(turn.alert, self._rule(alert.claim), sight, at)
        if move is not None:
            turn.moves.append(move)
        if move is Move.RAISED:
            chatter.raised(at)
            if chatter.chatters(at, self._rule(alert.claim)):
                turn.becomes_unstable(self._rule(alert.claim), at)
                next_s = min(next_s, chatter.quiet_in(at))
        if turn.alert.closed is not None and at.since(turn.alert.closed) >= KEPT_CLOSED_S:
            self._drop(turn.alert.key)
        return next_s

    def take(self, at: At) -> Round:
        """What happened since this was asked last."""
        told = Round(self._ended, {}, self._dropped, self._asked, self._flood.summary(at), self._over)
        self._dropped, self._asked, self._ended, self._over = {}, set(), [], set()
        named = told.summary.held if told.summary else ()
        for turn in [each for each in self._turns.values() if named and each.alert.id in named]:
            turn.alert = replace(turn.alert, telling=replace(turn.alert.telling, reminded=at))
            self._looked[turn.alert.key] = None
        looked, self._looked = self._looked, {}
        for turn in [self._turns[key] for key in looked if key in self._turns]:
            if turn.touched:
                told.transitions += turn.end(self._flood, at)
                told.changed[turn.alert.key] = turn.alert
        return told

    def resume(self, at: At) -> None:
        """The run begins: what the last one kept for a summary is told in one."""
        held = [each.id for each in self.alerts() if each.open and each.telling.awaits_summary]
        self._flood.resume(held, at)

    def summary_due(self, at: At) -> float:
        """In how many seconds a summary of a flood may be due."""
        return self._flood.due(at)

    def sweep(self, at: At) -> None:
        """Forget what no longer chatters."""
        old = [key for key, chatter in self._chatter.items() if key not in self._turns and chatter.quiet_in(at) <= 0.0]
        for key in old:
            del self._chatter[key]
