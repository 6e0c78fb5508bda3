"""What people say to alerts: I know, not now, tell me again, we stop on purpose. Nothing of it makes a machine whole.

An alert is named by its occurrence, in full or by how that begins: who means the jam of this morning does not silence
the one that comes at noon. What is wrong with an order is said here, in words for the one who gave it; what then comes
of it, the monitor knows, and its outcome is committed together with the audit event.
"""

from typing import Final, TypeAlias

from fleetmon.assess.alerting.people import P1_SHELVED_AT_MOST_S, SHELVED_AT_MOST_S
from fleetmon.assess.planned import LONGEST_S
from fleetmon.commands.answer import Answer
from fleetmon.model.alerts import (
    Acknowledge,
    Alert,
    AlertState,
    Order,
    PlanStop,
    Priority,
    Shelve,
    Subject,
    SubjectKind,
    Unshelve,
)
from fleetmon.model.durations import duration_text
from fleetmon.model.plan import FleetPlan
from fleetmon.model.report import At
from fleetmon.model.stimuli import Elapsed
from fleetmon.publish import command_arguments as a
from fleetmon.publish import command_payloads as p
from fleetmon.publish.command_payloads import Reason, Status
from fleetmon.publish.envelope import rfc3339
from fleetmon.site import Site
from fleetmon.toml_problems import did_you_mean

_NAMED: Final = 4

Found: TypeAlias = Alert | Answer
"""The alert that is meant, or what to say to somebody who meant none."""


async def ack(site: Site, asked: a.AckArguments, who: str) -> Answer:
    """Somebody knows: nobody is reminded until it gets worse, is over, or the acknowledgement expires."""
    alert = _meant(site, asked.alert)
    if isinstance(alert, Answer):
        return alert
    if asked.rev is not None and asked.rev != alert.rev:
        text = f"{_name(alert)} has changed since: its rev is {alert.rev} now, you saw {asked.rev}; look at it again"
        return Answer.rejected(Reason.ALERT_CHANGED, text)
    return _ordered(site, Acknowledge(alert.id, who, asked.comment, asked.rev), alert, "acknowledged")


async def shelve(site: Site, asked: a.ShelveArguments, who: str) -> Answer:
    """Nothing of it is told until a moment, for a reason."""
    alert = _meant(site, asked.alert)
    if isinstance(alert, Answer):
        return alert
    now = site.clock.now()
    longest_s, which = (P1_SHELVED_AT_MOST_S, "a P1") if _urgent(site, alert) else (SHELVED_AT_MOST_S, "an alert")
    if odd := _odd_end(asked, now, longest_s, f"{which} is shelved for {duration_text(longest_s)} at most"):
        return odd
    return _ordered(site, Shelve(alert.id, who, asked.ends(now.utc), asked.reason), alert, "shelved")


async def unshelve(site: Site, asked: a.UnshelveArguments, who: str) -> Answer:
    """It is told again before its time."""
    alert = _meant(site, asked.alert)
    if isinstance(alert, Answer):
        return alert
    if alert.handling.shelved is None:
        return Answer.rejected(Reason.NOTHING_TO_END, f"{_name(alert)} is not shelved")
    return _ordered(site, Unshelve(alert.id, who), alert, "no longer shelved")


async def planned_stop(site: Site, asked: a.PlannedStopArguments, who: str) -> Answer:
    """A machine, a line or the site stops on purpose from now on; or that ends."""
    scope = _scope(site.monitor.plan, asked.scope)
    if isinstance(scope, Answer):
        return scope
    now = site.clock.now()
    if asked.end:
        if all(stop.scope != scope for stop in site.monitor.production.planned_stops()):
            return Answer.rejected(Reason.NOTHING_TO_END, f"no stop of {scope} is planned{_planned(site)}")
        order = PlanStop(scope, who, None, asked.reason or "")
    elif odd := _odd_end(asked, now, LONGEST_S, f"a stop is planned for {duration_text(LONGEST_S)} at most"):
        return odd
    else:
        order = PlanStop(scope, who, asked.ends(now.utc), asked.reason or "")
    done = site.monitor.order(order, now)
    if done.refused is not None:
        return Answer.rejected(Reason.NOT_POSSIBLE, done.refused)
    _wake(site, now)
    until = None if order.until is None else rfc3339(order.until)
    text = f"{scope} stops on purpose until {until}" if until else f"the planned stop of {scope} is over"
    return Answer(Status.DONE, text, result=p.PlannedStopResult(scope=str(scope), until=until), outcome=done.outcome)


def _meant(site: Site, wanted: str) -> Found:
    known = site.monitor.production.alerts()
    found = [alert for alert in known if alert.id == wanted] or [
        alert for alert in known if alert.id.startswith(wanted)
    ]
    still = [alert for alert in found if alert.open] or found
    if not still:
        listed = ", ".join(_name(alert) for alert in _open(known)[:_NAMED])
        hint = f"; open are {listed}" if listed else "; none is open"
        return Answer.rejected(Reason.NO_SUCH_ALERT, f"no alert has an id that begins with {wanted!r}{hint}")
    if len(still) > 1:
        listed = ", ".join(_name(alert) for alert in still[:_NAMED])
        more = f" and {len(still) - _NAMED} more" if len(still) > _NAMED else ""
        return Answer.rejected(Reason.NO_SUCH_ALERT, f"{wanted!r} begins the ids of several: {listed}{more}")
    (alert,) = still
    if alert.state is AlertState.CLOSED:
        when = f" since {rfc3339(alert.closed.utc)}" if alert.closed else ""
        return Answer.rejected(Reason.ALERT_CLOSED, f"{_name(alert)} is over{when}: nothing is left to do")
    return alert


def _open(alerts: tuple[Alert, ...]) -> list[Alert]:
    return sorted((each for each in alerts if each.open), key=lambda each: (each.priority or Priority.NOTICE, each.id))


def _name(alert: Alert) -> str:
    """As a person finds it again in a list: id, where, what."""
    part = f" {alert.claim.part}" if alert.claim.part else ""
    return f"{alert.id} ({alert.subject.id} {alert.condition}{part})"


def _urgent(site: Site, alert: Alert) -> bool:
    """Whether it is a P1, or would be one as soon as it is raised."""
    rule = site.monitor.production.rules.get(alert.condition)
    return (alert.priority or (rule and rule.priority)) is Priority.P1


def _odd_end(asked: a.Ends, now: At, longest_s: float, limit: str) -> Answer | None:
    lasts_s = asked.ends(now.utc) - now.utc
    if lasts_s <= 0:
        text = f"until has passed: it is {rfc3339(now.utc)} by this site's clock"
        return Answer.rejected(Reason.BAD_ARGUMENTS, text)
    return Answer.rejected(Reason.TOO_LONG, limit) if lasts_s > longest_s else None


def _ordered(site: Site, order: Order, before: Alert, done: str) -> Answer:
    now = site.clock.now()
    ordered = site.monitor.order(order, now)
    if ordered.refused is not None:
        return Answer.rejected(Reason.NOT_POSSIBLE, ordered.refused)
    _wake(site, now)
    alert = ordered.alert or before
    until = _until(order, alert)
    text = f"{_name(alert)} is {done}{f' until {until}' if until else ''}"
    result = p.AlertResult(
        alert=alert.id,
        about=str(alert.subject),
        condition=alert.condition,
        state=alert.state,
        priority=alert.priority,
        rev=alert.rev,
        until=until,
    )
    return Answer(Status.DONE, text, result=result, outcome=ordered.outcome)


def _until(order: Order, alert: Alert) -> str | None:
    said = alert.handling
    ends = said.acknowledged if isinstance(order, Acknowledge) else said.shelved
    return rfc3339(ends.until) if ends and not isinstance(order, Unshelve) else None


def _wake(site: Site, now: At) -> None:
    """Something may be due sooner than the monitor was waited for."""
    if not site.inbox.full():
        site.inbox.put_nowait(Elapsed(now))


def _scope(plan: FleetPlan, said: str) -> Subject | Answer:
    """`site`, `machine:ID`, `line:ID`, or an id that only one of them has."""
    kind, _, id_ = said.rpartition(":")
    there = [Subject(SubjectKind.MACHINE, machine.id) for machine in plan.machines]
    there += [Subject(SubjectKind.LINE, line.id) for line in plan.lines]
    if said == "site" or (kind == "site" and id_ == plan.site):
        return Subject(SubjectKind.SITE, plan.site)
    found = [each for each in there if each.id == id_ and kind in ("", each.kind)]
    if len(found) == 1:
        return found[0]
    if found:
        both = f"{said!r} is a machine and a line: say machine:{said} or line:{said}"
        return Answer.rejected(Reason.BAD_ARGUMENTS, both)
    names = [each.id for each in there if kind in ("", each.kind)]
    what = kind if kind in ("machine", "line") else "machine or line"
    hint = did_you_mean(id_, names) or "; the whole site is site"
    return Answer.rejected(Reason.BAD_ARGUMENTS, f"no {what} here is called {id_!r}{hint}")


def _planned(site: Site) -> str:
    stops = ", ".join(str(stop.scope) for stop in site.monitor.production.planned_stops()[:_NAMED])
    return f"; planned are stops of {stops}" if stops else "; there is none"
