"""From what an evaluation brought to what is told and kept: events, views and records of alerts and lines. Pure."""

from collections.abc import Iterable, Iterator
from typing import Final

from fleetmon import memory_alerts, memory_quality
from fleetmon.assess import tuning
from fleetmon.assess.alerting.quality import Quality
from fleetmon.assess.alerting.rules import FIGURES, ruled
from fleetmon.assess.lines import Verdict
from fleetmon.assess.news import News
from fleetmon.assess.production import Production
from fleetmon.model.alerts import Alert, Handling, Rule, Transition
from fleetmon.model.messages import Outcome, Record, View
from fleetmon.model.report import At
from fleetmon.playbooks import Playbooks
from fleetmon.publish.alerts import alert_event, alert_gone, alert_view, summary_event
from fleetmon.publish.kpi import STALLS_AT_MOST, kpi_view
from fleetmon.publish.production_views import line_view
from fleetmon.publish.wording import Worded, worded

FIGURES_EVERY_S: Final = 600.0
_HOUR_S: Final = 3600.0


class Newsroom:
    """Puts the news of `production` into words, with the help of `books`."""

    def __init__(self, production: Production, books: Playbooks, quality: Quality) -> None:
        self._production = production
        self.quality = quality
        self._heard: At | None = None
        self._unkept = False  # whether something was heard that stands in no record
        self._figured: At | None = None
        self.books = books

    def tell(self, news: News, at: At) -> Outcome:
        """What is to be told and kept of an evaluation."""
        round_ = news.round
        stalled = [self._hears(transition, at) for transition in round_.transitions]
        alerts = [*(each.alert for each in round_.transitions), *round_.changed.values()]
        words = {alert.id: self._worded(alert, at) for alert in {each.id: each for each in alerts}.values()}
        events = [
            alert_event(
                each,
                self._production.plan,
                words[each.alert.id],
                self._rule(each.alert),
                self._nearly(each.alert),
                self.books.words(self.books.languages[0]).get(f"move-{each.move}", "{text}"),
            )
            for each in round_.transitions
        ]
        if round_.summary is not None:
            held = [alert for alert in self._production.alerts() if alert.id in round_.summary.held]
            told = [(alert, self._worded(alert, at)) for alert in held]
            zone = self._production.floor.zone
            events.append(summary_event(round_.summary, told, self._production.plan, self.books, zone))
        gone = [alert for key, alert in round_.dropped.items() if key not in round_.changed]
        views = (
            *(alert_gone(alert, at) for alert in gone),
            *(self._view(alert, words[alert.id], at) for alert in round_.changed.values()),
            *self.lines(news.lines, at),
        )
        records = [*self._records(news, gone)]
        if any(stalled):
            records.append(memory_quality.record_of_stalls(self.quality.stalls))
        return Outcome(tuple(events), views, tuple(records), tuple(sorted(round_.asked)))

    def figures(self, at: At) -> Outcome:
        """How good the alerts themselves are, and which limits are to be looked at; once an hour is enough where none
        stands and none did within the last."""
        still = [alert for alert in self._production.alerts() if alert.open]
        lately = self._heard is not None and at.since(self._heard) < _HOUR_S + FIGURES_EVERY_S
        if not (still or lately) and self._figured is not None and at.since(self._figured) < _HOUR_S - 1.0:
            return Outcome()
        self._figured = at
        floor = self._production.floor
        self._production.notice(FIGURES, tuning.claims(self.quality.stalls, floor, at), at)
        stalls = tuning.figures(self.quality.stalls, floor, at, STALLS_AT_MOST)
        view = kpi_view(self.quality.figures(at, still), at, stalls, len(floor.machines))
        kept, self._unkept = (memory_quality.record(self.quality),) if self._unkept else (), False
        return Outcome(views=(view,), records=kept)

    def _hears(self, transition: Transition, at: At) -> bool:
        """The figures hear of it: whether what is kept of stalls is another than before."""
        self._heard, self._unkept = at, True
        self.quality.hear(transition)
        machine = transition.alert.subject.id
        return self.quality.stalls.hear(transition, resumed=tuning.resumed(machine, self._production.floor, at))

    def alerts(self, at: At) -> tuple[View, ...]:
        """Every alert as it stands, for a broker that knows nothing yet."""
        return tuple(self._view(alert, self._worded(alert, at), at) for alert in self._production.alerts())

    def lines(self, verdicts: Iterable[Verdict], at: At) -> Iterator[View]:
        """These lines as they stand."""
        plans = {line.id: line for line in self._production.plan.lines}
        return (line_view(verdict, plans[verdict.line], at) for verdict in verdicts)

    def _records(self, news: News, gone: Iterable[Alert]) -> Iterator[Record]:
        yield from (memory_alerts.forget(key) for key in sorted(news.round.over))
        yield from (memory_alerts.forget(alert.key) for alert in gone if _kept(alert))
        yield from (memory_alerts.record(alert) for alert in news.round.changed.values() if _kept(alert))
        if news.stops is not None:
            yield memory_alerts.record_of_stops(news.stops)

    def _worded(self, alert: Alert, at: At) -> Worded:
        production = self._production
        rule = self._rule(alert)
        return worded(
            alert,
            production.plan,
            self.books,
            production.floor.zone,
            at,
            rule,
            production.floor.driver(alert.subject.id),
        )

    def _view(self, alert: Alert, words: Worded, at: At) -> View:
        production = self._production
        return alert_view(alert, production.plan, words, at, self._rule(alert), self._nearly(alert))

    def _rule(self, alert: Alert) -> Rule:
        return ruled(alert.claim, self._production.rules[alert.condition])

    def _nearly(self, alert: Alert) -> list[Alert]:
        """Others of its machine or line that are true and not told."""
        beside = self._production.alerts_beside(alert.subject)
        return [each for each in beside if each.key != alert.key and each.open and each.telling.announced is None]


def _kept(alert: Alert) -> bool:
    """Whether it has a record: it was raised, or people said something to it."""
    return alert.raised is not None or alert.handling != Handling()
