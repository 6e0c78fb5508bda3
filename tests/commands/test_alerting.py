"""What people may say to alerts, and what they are told when they mean one that is not there."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from tests.commands.office import Office, an_office, message, serving
from tests.publish.peers import until

from fleetmon.commands import Commands
from fleetmon.model.alerts import (
    Acknowledge,
    Acknowledgement,
    Alert,
    AlertState,
    Claim,
    Condition,
    Handling,
    Onset,
    Order,
    PlannedStop,
    PlanStop,
    Priority,
    Rule,
    Shelf,
    Shelve,
    Subject,
    SubjectKind,
)
from fleetmon.model.messages import Event, EventClass, Outcome
from fleetmon.model.plan import FleetPlan, LinePlan, MachinePlan
from fleetmon.model.report import At
from fleetmon.model.stimuli import Elapsed
from fleetmon.model.words import MachineKind
from fleetmon.publish.command_payloads import Verb

NOON = At(1_800_000_000.0, 1000.0, "boot-1")  # 2027-01-15T08:00:00Z
PLAN = FleetPlan(
    "office",
    tuple(MachinePlan(name, MachineKind.PRINTER, ()) for name in ("prn1", "lam1", "both")),
    (LinePlan("line1", (("prn1",), ("lam1",))), LinePlan("both", (("both",),))),
)


def an_alert(id_: str, machine: str = "lam1", **more: Any) -> Alert:
    """An alert that is active, unless `more` says otherwise."""
    claim = Claim(Subject(SubjectKind.MACHINE, machine), Condition.SUPPLY_EMPTY, NOON, part="upper film")
    told: dict[str, Any] = {"state": AlertState.ACTIVE, "priority": Priority.P2, "raised": NOON, "rev": 3, **more}
    return Alert(claim.key, id_, claim, Onset(None, NOON), **told)


@dataclass(frozen=True)
class Ordered:
    outcome: Outcome
    refused: str | None
    alert: Alert | None


@dataclass
class Desk:
    """As a monitor is asked: alerts by id, the stops that are planned, and the orders that were given."""

    book: dict[str, Alert] = field(default_factory=dict)
    stops: list[PlannedStop] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    refuses: str | None = None
    plan: FleetPlan = PLAN
    rules: ClassVar = {Condition.OVER_TEMPERATURE: Rule(Priority.P1, 0, 300)}

    @property
    def production(self) -> "Desk":
        return self

    def alerts(self) -> tuple[Alert, ...]:
        return tuple(self.book.values())

    def planned_stops(self) -> tuple[PlannedStop, ...]:
        return tuple(self.stops)

    def order(self, order: Order, at: At) -> Ordered:
        self.orders.append(order)
        if self.refuses:
            return Ordered(Outcome(), self.refuses, None)
        told = Outcome((Event(EventClass.ALERT, "fleetmon.alert.v1", None, at, {"order": type(order).__name__}),))
        if isinstance(order, PlanStop):
            return Ordered(told, None, None)
        before = self.book[order.id]
        match order:
            case Acknowledge():
                said = Handling(Acknowledgement(order.by, at, at.utc + 12 * 3600.0, order.comment))
            case Shelve():
                said = Handling(shelved=Shelf(order.by, at, order.until, order.reason))
            case _:
                said = Handling()
        self.book[order.id] = alert = replace(before, handling=said, rev=before.rev + 1)
        return Ordered(told, None, alert)


Ask = Callable[..., Any]


async def asked(office: Office, commands: Commands, verb: str, id_: str = "c-1", **body: Any) -> dict[str, Any]:
    """The reply to one command."""
    async with serving(commands):
        assert commands.hear(message(verb, id_, **body))
        await until(lambda: office.views.due, "a reply", 5)
    (reply,) = office.replies()
    return reply


async def reply_to(folder: Path, desk: Desk, verb: str, **body: Any) -> dict[str, Any]:
    """The reply of an office with this desk to one command."""
    async with an_office(folder) as office:
        office.desk = desk
        return await asked(office, await office.commands(), verb, **body)


def desk(*alerts: Alert) -> Desk:
    return Desk({alert.id: alert for alert in alerts})


async def test_an_acknowledgement_is_passed_on_told_and_audited_in_one_transaction(tmp_path: Path) -> None:
    """Who, what, the comment; the reply says until when it holds; alert event and audit event stand side by side."""
    async with an_office(tmp_path) as office:
        office.desk = book = desk(an_alert("7f3a9c"))
        reply = await asked(office, await office.commands(), "ack", alert="7f3", comment="new roll is coming", rev=3)
        assert book.orders == [Acknowledge("7f3a9c", "night shift", "new roll is coming", 3)]
        assert (reply["status"], reply["text"]) == (
            "done",
            "7f3a9c (lam1 supply-empty upper film) is acknowledged until 2027-01-15T20:00:00.000Z",
        )
        assert reply["result"] == {
            "alert": "7f3a9c",
            "about": "machine:lam1",
            "condition": "supply-empty",
            "state": "active",
            "priority": 2,
            "rev": 4,
            "until": "2027-01-15T20:00:00.000Z",
        }
        assert [event.type for event in office.told] == ["fleetmon.alert.v1", "fleetmon.command.v1"]
        assert office.audits()[-1]["arguments"] == {"alert": "7f3", "comment": "new roll is coming", "rev": 3}
        assert office.inbox.get_nowait() == Elapsed(office.clock.now()), "whatever is due sooner now is looked at"


async def test_the_same_id_acknowledges_once(tmp_path: Path) -> None:
    """Sent again, and again after a restart: one order, the same reply."""
    async with an_office(tmp_path) as office:
        office.desk = book = desk(an_alert("7f3a9c"))
        commands = await office.commands()
        replies = [await asked(office, commands, "ack", alert="7f3a9c") for _ in range(2)]
        replies.append(await asked(office, await office.commands(), "ack", alert="7f3a9c"))
        assert replies == [replies[0]] * 3
        assert len(book.orders) == 1


async def test_a_retained_acknowledgement_is_refused(tmp_path: Path) -> None:
    """It would be given again at every connect."""
    async with an_office(tmp_path) as office:
        office.desk = book = desk(an_alert("7f3a9c"))
        async with serving(commands := await office.commands()):
            commands.hear(message("ack", retained=True, alert="7f3a9c"))
            await until(lambda: office.views.due, "a reply", 5)
        assert [each["reason"] for each in office.replies()] == ["retained"]
        assert book.orders == []


@pytest.mark.parametrize(
    ("alerts", "body", "reason", "words"),
    [
        ([], {"alert": "7f"}, "no-such-alert", "no alert has an id that begins with '7f'; none is open"),
        (
            [an_alert("abc"), an_alert("aaa", priority=Priority.P1)],
            {"alert": "7f"},
            "no-such-alert",
            "no alert has an id that begins with '7f'; open are aaa (lam1 supply-empty upper film), abc (lam1",
        ),
        (
            [an_alert("abc1"), an_alert("abc2", "prn1")],
            {"alert": "abc"},
            "no-such-alert",
            "'abc' begins the ids of several: abc1 (lam1 supply-empty upper film), abc2 (prn1 supply-empty",
        ),
        (
            [an_alert("abc", state=AlertState.CLOSED, closed=NOON)],
            {"alert": "abc"},
            "alert-closed",
            "abc (lam1 supply-empty upper film) is over since 2027-01-15T08:00:00.000Z: nothing is left to do",
        ),
        ([an_alert("abc")], {"alert": "abc", "rev": 2}, "alert-changed", "its rev is 3 now, you saw 2"),
        ([an_alert("abc")], {"alert": ""}, "bad-arguments", "alert must be the id of an alert, or how it begins"),
        ([an_alert("abc")], {"alert": "abc", "rev": "3"}, "bad-arguments", "rev must be the number"),
        ([an_alert("abc")], {"alert": "abc", "until": "x"}, "bad-arguments", "it takes alert and comment and rev"),
        ([an_alert("abc")], {}, "bad-arguments", "alert is missing"),
    ],
)
async def test_who_means_no_alert_is_helped_to_the_right_one(
    tmp_path: Path, alerts: list[Alert], body: dict[str, Any], reason: str, words: str
) -> None:
    """Unknown, ambiguous, over, changed since: the reply says so, names the candidates, and nothing is ordered."""
    book = desk(*alerts)
    reply = await reply_to(tmp_path, book, "ack", **body)
    assert (reply["status"], reply["reason"], book.orders) == ("rejected", reason, [])
    assert words in reply["text"]


async def test_an_open_alert_is_meant_before_one_that_is_over(tmp_path: Path) -> None:
    """And the whole id before one that it begins."""
    closed = an_alert("7fa", state=AlertState.CLOSED, closed=NOON)
    assert (await reply_to(tmp_path, desk(closed, an_alert("7fb")), "ack", alert="7f"))["result"]["alert"] == "7fb"
    second = tmp_path / "second"
    second.mkdir()
    both = desk(an_alert("7f"), an_alert("7fb"))
    assert (await reply_to(second, both, "ack", alert="7f"))["result"]["alert"] == "7f"


@pytest.mark.parametrize(
    ("body", "until_"),
    [
        ({"for": "90m"}, "2027-01-15T09:30:00.000Z"),
        ({"until": "2027-01-15T14:00:00+05:00"}, "2027-01-15T09:00:00.000Z"),
        ({"for": "8h"}, "2027-01-15T16:00:00.000Z"),
    ],
)
async def test_an_alert_is_shelved_until_a_moment_or_for_a_time(
    tmp_path: Path, body: dict[str, Any], until_: str
) -> None:
    """Both ways to say it, with the reason; the reply has the moment."""
    book = desk(an_alert("7f3a"))
    reply = await reply_to(tmp_path, book, "shelve", alert="7f3a", reason="sensor\nbroken", **body)
    assert (reply["status"], reply["result"]["until"]) == ("done", until_)
    (order,) = book.orders
    assert isinstance(order, Shelve)
    assert (order.by, order.reason) == ("night shift", "sensor broken")


HOT = Claim(Subject(SubjectKind.MACHINE, "lam1"), Condition.OVER_TEMPERATURE, NOON)


@pytest.mark.parametrize(
    ("alert", "body", "reason", "words"),
    [
        (an_alert("a"), {"for": "8h1m"}, "bad-arguments", 'for must be a length of time as "45m" or "2h"'),
        (an_alert("a"), {"for": "9h"}, "too-long", "an alert is shelved for 8h at most"),
        (an_alert("a", priority=Priority.P1), {"for": "61m"}, "too-long", "a P1 is shelved for 1h at most"),
        (Alert(HOT.key, "a", HOT, Onset(None, NOON)), {"for": "2h"}, "too-long", "a P1 is shelved for 1h at most"),
        (an_alert("a"), {"for": "999999999999w"}, "too-long", "8h at most"),
        (an_alert("a"), {"for": "0s"}, "bad-arguments", "for must be a length of time"),
        (an_alert("a"), {"until": "2027-01-15T07:00:00Z"}, "bad-arguments", "until has passed: it is 2027-01-15T08:00"),
        (an_alert("a"), {"until": "9999-12-31T23:59:59Z"}, "too-long", "8h at most"),
        (an_alert("a"), {"until": "tomorrow"}, "bad-arguments", "until must be a moment as"),
        (an_alert("a"), {}, "bad-arguments", "shelve needs until or for, and not both"),
        (an_alert("a"), {"for": "1h", "until": "2027-01-15T09:00:00Z"}, "bad-arguments", "and not both"),
        (an_alert("a"), {"for": "1h", "reason": ""}, "bad-arguments", "reason must be text of 1 to 200 characters"),
        (an_alert("a"), {"for": "1h", "reason": "\u202e \n"}, "bad-arguments", "reason must be text"),
        (an_alert("a"), {"for": "1h", "reason": None}, "bad-arguments", "reason must be text"),
    ],
)
async def test_shelving_ends_soon_and_has_a_reason(
    tmp_path: Path, alert: Alert, body: dict[str, Any], reason: str, words: str
) -> None:
    """Too long, over before it began, without a reason: refused in words; a P1, also a coming one, has an hour."""
    book = desk(alert)
    reply = await reply_to(tmp_path, book, "shelve", alert="a", **{"reason": "broken sensor", **body})
    assert (reply["status"], reply["reason"], book.orders) == ("rejected", reason, [])
    assert words in reply["text"]


async def test_what_is_not_shelved_cannot_be_taken_off_the_shelf(tmp_path: Path) -> None:
    """Refused, and named; what is shelved comes off."""
    async with an_office(tmp_path) as office:
        shelf = Handling(shelved=Shelf("anna", NOON, NOON.utc + 60, "sensor"))
        office.desk = desk(an_alert("abc"), an_alert("def", handling=shelf))
        commands = await office.commands()
        refused = await asked(office, commands, "unshelve", "c-1", alert="abc")
        assert (refused["reason"], refused["text"]) == (
            "nothing-to-end",
            "abc (lam1 supply-empty upper film) is not shelved",
        )
        done = await asked(office, commands, "unshelve", "c-2", alert="def")
        assert (done["status"], done["result"]["until"]) == ("done", None)


async def test_what_the_book_refuses_is_told_as_it_says_it(tmp_path: Path) -> None:
    """The last word is the monitor's."""
    book = desk(an_alert("abc"))
    book.refuses = "it is clearing already"
    reply = await reply_to(tmp_path, book, "ack", alert="abc")
    assert (reply["status"], reply["reason"], reply["text"]) == ("rejected", "not-possible", "it is clearing already")


@pytest.mark.parametrize(
    ("said", "scope"),
    [
        ("prn1", Subject(SubjectKind.MACHINE, "prn1")),
        ("machine:both", Subject(SubjectKind.MACHINE, "both")),
        ("line:both", Subject(SubjectKind.LINE, "both")),
        ("line1", Subject(SubjectKind.LINE, "line1")),
        ("site", Subject(SubjectKind.SITE, "office")),
        ("site:office", Subject(SubjectKind.SITE, "office")),
    ],
)
async def test_a_stop_is_planned_for_what_is_named(tmp_path: Path, said: str, scope: Subject) -> None:
    """A bare id where only one thing has it; the reply says what was understood and until when."""
    book = desk()
    reply = await reply_to(tmp_path, book, "planned-stop", scope=said, reason="service", **{"for": "2h"})
    assert book.orders == [PlanStop(scope, "night shift", NOON.utc + 7200.0, "service")]
    assert reply["result"] == {"scope": str(scope), "until": "2027-01-15T10:00:00.000Z"}
    assert reply["text"] == f"{scope} stops on purpose until 2027-01-15T10:00:00.000Z"


@pytest.mark.parametrize(
    ("body", "reason", "words"),
    [
        ({"scope": "lam9", "for": "1h"}, "bad-arguments", """no machine or line here is called 'lam9'; did you mean"""),
        (
            {"scope": "line:lam1", "for": "1h"},
            "bad-arguments",
            "no line here is called 'lam1'; allowed here: line1, both",
        ),
        ({"scope": "both", "for": "1h"}, "bad-arguments", "say machine:both or line:both"),
        ({"scope": "site:other", "for": "1h"}, "bad-arguments", "no machine or line here is called 'other'"),
        ({"scope": "Line 1", "for": "1h"}, "bad-arguments", "scope must be the id of a machine or line"),
        ({"scope": "lam1"}, "bad-arguments", "planned-stop needs one of until, for and end"),
        ({"scope": "lam1", "for": "1h", "end": True}, "bad-arguments", "needs one of until, for and end"),
        ({"scope": "lam1", "end": "yes"}, "bad-arguments", "end must be true or false"),
        ({"scope": "lam1", "for": "1h", "reason": None}, "bad-arguments", "reason is missing"),
        ({"scope": "lam1", "for": "32d"}, "too-long", "a stop is planned for 31d at most"),
        ({"scope": "lam1", "until": "2020-01-01T00:00:00Z"}, "bad-arguments", "until has passed"),
        ({"scope": "lam1", "end": True}, "nothing-to-end", "no stop of machine:lam1 is planned; planned are stops of"),
    ],
)
async def test_a_stop_that_cannot_be_planned_says_why(
    tmp_path: Path, body: dict[str, Any], reason: str, words: str
) -> None:
    """A scope that does not exist, no end, two ends, no reason: each with a hint, and nothing is ordered."""
    book = desk()
    book.stops = [PlannedStop(Subject(SubjectKind.LINE, "line1"), "anna", NOON, NOON.utc + 60, "cleaning")]
    reply = await reply_to(tmp_path, book, "planned-stop", **{"reason": "service", **body})
    assert (reply["status"], reply["reason"], book.orders) == ("rejected", reason, [])
    assert words in reply["text"]


async def test_a_planned_stop_ends_without_a_reason(tmp_path: Path) -> None:
    """The one of that scope."""
    book = desk()
    book.stops = [PlannedStop(Subject(SubjectKind.MACHINE, "lam1"), "anna", NOON, NOON.utc + 60, "cleaning")]
    reply = await reply_to(tmp_path, book, "planned-stop", scope="lam1", end=True)
    assert book.orders == [PlanStop(Subject(SubjectKind.MACHINE, "lam1"), "night shift", None, "")]
    assert (reply["text"], reply["result"]["until"]) == ("the planned stop of machine:lam1 is over", None)


async def test_replies_of_every_kind_are_remembered_as_they_were(tmp_path: Path) -> None:
    """What comes back from a record after a restart is the same reply, result and all."""
    async with an_office(tmp_path) as office:
        office.desk = desk(an_alert("abc"))
        said: dict[Verb, dict[str, Any]] = {
            Verb.ACK: {"alert": "abc"},
            Verb.SHELVE: {"alert": "abc", "for": "1h", "reason": "sensor"},
            Verb.UNSHELVE: {"alert": "abc"},
            Verb.PLANNED_STOP: {"scope": "site", "for": "1h", "reason": "service"},
        }
        first = [await asked(office, await office.commands(), verb, verb, **body) for verb, body in said.items()]
        again = [await asked(office, await office.commands(), verb, verb, **body) for verb, body in said.items()]
        assert first == again
        assert [each["status"] for each in first] == ["done"] * 4
