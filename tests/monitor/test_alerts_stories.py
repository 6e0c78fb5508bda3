"""What people are told, as stories of an office: what users of similar products suffer from must not happen here."""

from dataclasses import replace

import pytest
from tests.assess.timeline import EPOCH

from fleetmon.assess.alerting.rules import RULES
from fleetmon.assess.calendar import WorkCalendar
from fleetmon.model.alerts import AlertState, Condition, HeldBack, Priority, Subject, SubjectKind
from fleetmon.model.orders import Acknowledge, PlanStop, Shelve, Unshelve
from fleetmon.model.plan import Calendar, Shift
from fleetmon.model.report import Fault
from fleetmon.model.words import Silence

from .office import (
    ALWAYS,
    COVER,
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
    key,
    read,
    soon_enough,
)

CHAIN = (["prn1"], ["lam1"])
EVERY_DAY = Calendar("Asia/Karachi", (Shift(tuple(range(7)), 480, 960),))


def chain(order: tuple[str, ...] = ("prn1", "lam1"), calendar: Calendar = ALWAYS) -> Office:
    """A printer and the laminator behind it, both at work for five minutes."""
    return Office(("prn1", "lam1"), CHAIN, calendar, order).until(300)


def seconds_to(wall: int, day: int = 1) -> float:
    """When the office's clock shows so many minutes of a day of the story, in seconds of the story, on a poll."""
    office = WorkCalendar(EVERY_DAY)
    today = office.local(EPOCH).date().toordinal()
    moment = office.moment(office.local(EPOCH).date().fromordinal(today + day), wall) - EPOCH
    return moment - moment % POLL_S


@pytest.mark.parametrize("answers", [True, False])
def test_a_printer_that_sleeps_for_twelve_hours_calls_nobody(answers: bool) -> None:
    """Complaint 10. Whether it answers in its sleep or falls silent after it said so, nothing is even pending."""
    office = Office(("prn1", "prn2")).until(300)
    office.machines["prn1"].asleep, office.machines["prn1"].pace_s = True, None
    office.then(60)
    office.machines["prn1"].silent = None if answers else Silence.TIMEOUT
    office.then(12 * HOUR)
    assert office.told == []
    assert not any(alert.open for alert in office.monitor.production.alerts())


@pytest.mark.parametrize("names", [("prn1", "lam1"), ("prn1", "prn2", "prn3", "lam1")])
@pytest.mark.parametrize(("off", "on"), [(960, 480), (965, 490), (950, 475)])
def test_machines_that_are_switched_off_every_evening_call_nobody(names: tuple[str, ...], off: int, on: int) -> None:
    """Whether people leave and come on time or ten minutes off it, neither machines nor the network are told."""
    office = Office(names, CHAIN, EVERY_DAY)
    office.now = seconds_to(15 * 60)
    office.starts()
    office.until(seconds_to(off))
    for machine in office.machines.values():
        machine.silent = Silence.TIMEOUT
    office.until(seconds_to(on, 2))
    for machine in office.machines.values():
        machine.silent = None
    office.then(900)
    assert [each.key for each in office.told if each.tell] == []


def test_a_machine_that_stays_off_is_told_when_the_shift_has_begun() -> None:
    """Its silence is known all night, and told once somebody is there to switch it on: after the whole delay."""
    office = Office(("prn1", "prn2", "prn3"), (), EVERY_DAY)
    office.now = seconds_to(15 * 60)
    office.starts()
    office.until(seconds_to(16 * 60 + 30))
    office.machines["prn1"].silent = Silence.TIMEOUT
    office.until(seconds_to(8 * 60, 2))
    assert office.announced() == []
    assert office.alert(key("prn1", Condition.CONTACT_LOST)).held_back is HeldBack.BY_DESIGN
    office.until(seconds_to(8 * 60 + 30, 2))
    assert [each.key for each in office.told if each.tell] == [key("prn1", Condition.CONTACT_LOST)]


def test_three_faults_at_once_are_three_and_each_ends_by_itself() -> None:
    """Complaint 13. The jam is told, the cover that is open because of it is not, the low film has its own time; when
    the jam is over and the cover still open, that is told after its own delay."""
    office = chain()
    lam = office.machines["lam1"]
    lam.faults = (COVER, FILM_LOW, JAM)
    office.then(200)
    assert office.announced() == [key("lam1", Condition.JAM)]
    cover = office.alert(key("lam1", Condition.COVER_OPEN))
    assert cover.held_back is HeldBack.INHIBITED
    assert cover.caused_by == office.alert(key("lam1", Condition.JAM)).id
    office.then(200)
    low = key("lam1", Condition.SUPPLY_LOW, "film")
    assert office.announced() == [key("lam1", Condition.JAM), low]
    assert office.alert(low).priority in (Priority.P3, Priority.P4)
    lam.faults = (COVER, FILM_LOW)
    freed = office.now
    office.then(300)
    assert office.announced()[2:] == [key("lam1", Condition.COVER_OPEN)]
    assert office.told[-1].second >= freed + RULES[Condition.COVER_OPEN].raise_after_s
    lam.faults = (FILM_LOW,)
    office.then(300)
    assert {alert.condition for alert in office.monitor.production.alerts() if alert.open} == {Condition.SUPPLY_LOW}
    lam.faults = ()
    office.then(RULES[Condition.SUPPLY_LOW].clear_after_s + 30)
    assert not any(alert.open for alert in office.monitor.production.alerts())
    read(office)


@pytest.mark.parametrize("order", [("prn1", "lam1"), ("lam1", "prn1")])
@pytest.mark.parametrize("later", [0.0, 60.0])
def test_a_jam_that_starves_the_next_machine_is_one_alert(order: tuple[str, ...], later: float) -> None:
    """Complaint 14. Whichever machine is asked first: one alert, its cause is the printer; the laminator's is kept
    beside it and ends with it."""
    office = chain(order)
    office.machines["prn1"].faults = (JAM,)
    office.then(later)
    office.machines["lam1"].faults = (NO_MEDIA,)
    office.then(500)
    assert office.announced() == [key("prn1", Condition.JAM)]
    child, parent = office.alert(key("lam1", Condition.MEDIA_EMPTY)), office.alert(key("prn1", Condition.JAM))
    assert (child.held_back, child.caused_by, parent.root_of) == (HeldBack.INHIBITED, parent.id, (child.id,))
    for machine in office.machines.values():
        machine.faults = ()
    office.then(200)
    assert office.announced() == [key("prn1", Condition.JAM)]
    assert not any(alert.open for alert in office.monitor.production.alerts())


@pytest.mark.parametrize("order", [("prn1", "lam1"), ("lam1", "prn1")])
def test_a_full_output_before_a_machine_that_stands_is_one_alert(order: tuple[str, ...]) -> None:
    """The same downstream: the laminator's film is out, the printer has no room any more."""
    office = chain(order)
    office.machines["lam1"].faults = (FILM_OUT,)
    office.machines["prn1"].faults = (NO_ROOM,)
    office.then(500)
    assert office.announced() == [key("lam1", Condition.SUPPLY_EMPTY, "film")]


def test_what_was_hidden_behind_another_alert_announces_itself_when_that_is_over() -> None:
    """The laminator has really no media: told once the printer works again, after a fresh look and the whole delay."""
    office = chain()
    office.machines["prn1"].faults = (JAM,)
    office.machines["lam1"].faults = (NO_MEDIA,)
    office.then(300)
    office.machines["prn1"].faults = ()
    freed = office.now
    office.then(300)
    empty = key("lam1", Condition.MEDIA_EMPTY)
    assert office.announced() == [key("prn1", Condition.JAM), empty]
    (told,) = [each for each in office.told if each.key == empty and each.tell and each.move == "announced"]
    assert freed + RULES[Condition.MEDIA_EMPTY].raise_after_s <= told.second <= freed + 60


def test_an_acknowledged_fault_hides_neither_another_nor_its_own_end() -> None:
    """Complaint 15. B is told although A of the same machine is acknowledged, A's end is an event, and A's next
    occurrence is told again: the acknowledgement went with the first."""
    office = chain()
    lam = office.machines["lam1"]
    lam.faults = (JAM,)
    office.then(60)
    first = office.alert(key("lam1", Condition.JAM))
    assert office.orders(Acknowledge(first.id, "op", rev=first.rev)) is None
    lam.faults = (JAM, FILM_OUT)
    office.then(60)
    film = key("lam1", Condition.SUPPLY_EMPTY, "film")
    assert film in office.announced()
    lam.faults = (FILM_OUT,)
    office.then(10)
    lam.faults = ()
    office.then(400)
    assert office.alert(first.key).state is AlertState.CLOSED
    assert "cleared" in office.moves(first.key)
    lam.faults = (JAM,)
    office.then(60)
    again = office.alert(first.key)
    assert again.id != first.id
    assert again.handling.acknowledged is None
    assert office.announced().count(first.key) == 2
    assert "there is no such alert" in (office.orders(Acknowledge(first.id, "op")) or "")
    read(office)


def test_an_acknowledgement_is_of_what_was_seen() -> None:
    """An alert that has changed since it was looked at is not acknowledged by that look."""
    office = chain()
    office.machines["lam1"].faults = (JAM,)
    office.then(60)
    seen = office.alert(key("lam1", Condition.JAM))
    office.then(1200)  # by now the whole line has stood for too long
    assert "look again" in (office.orders(Acknowledge(seen.id, "op", rev=seen.rev)) or "")
    assert office.orders(Acknowledge(seen.id, "op")) is None


def test_what_somebody_knows_before_it_is_told_calls_nobody() -> None:
    """Acknowledged while it is still pending: raised all the same, in that order, and nobody is called for it."""
    office = chain()
    office.machines["lam1"].faults = (JAM,)
    office.then(10)
    jam = key("lam1", Condition.JAM)
    assert office.orders(Acknowledge(office.alert(jam).id, "op")) is None
    office.then(60)
    assert office.moves(jam) == ["raised"]
    assert office.announced() == []
    assert office.alert(jam).handling.acknowledged is not None


def test_an_acknowledged_alert_that_gets_worse_is_told_again() -> None:
    """What was taken for one machine's trouble stops the line: the acknowledgement was not for that."""
    office = chain()
    office.machines["lam1"].faults = (JAM,)
    office.then(60)
    alert = office.alert(key("lam1", Condition.JAM))
    office.orders(Acknowledge(alert.id, "op"))
    office.then(900)
    worse = [each for each in office.told if each.move == "worsened"]
    assert [(each.tell, each.alert["priority"], each.alert["id"]) for each in worse] == [(True, 1, alert.id)]
    assert office.announced() == [alert.key]
    assert office.alert(alert.key).handling.acknowledged is None


def test_a_switch_that_chatters_for_an_hour_is_one_alert() -> None:
    """Complaint 16. Every other poll it is there: one announcement, a handful of events, and quiet when it is quiet."""
    office = Office(("prn1",)).until(300)
    for second in range(0, 3600, 5):
        office.machines["prn1"].faults = (COVER,) if second % 10 else ()
        office.then(5)
    cover = key("prn1", Condition.COVER_OPEN)
    assert office.announced() == [cover]
    assert office.alert(cover).unstable
    assert len(office.told) <= 6
    office.machines["prn1"].faults = ()
    office.then(900)
    assert not office.alert(cover).unstable
    assert not office.alert(cover).open
    assert office.announced() == [cover]
    assert len(office.told) <= 9
    read(office)


def test_a_jam_that_comes_back_again_and_again_is_one_alert() -> None:
    """Ten jams within the hour, each long enough to be told: at most three are, then one that is called unstable."""
    office = Office(("prn1",)).until(300)
    for _ in range(20):
        office.machines["prn1"].faults = (JAM,)
        office.then(60)
        office.machines["prn1"].faults = ()
        office.then(90)
    jam = key("prn1", Condition.JAM)
    assert office.announced().count(jam) <= 3
    assert "unstable" in office.moves(jam)
    read(office)


@pytest.mark.parametrize(
    ("what", "condition"),
    [
        (JAM, Condition.JAM),
        (COVER, Condition.COVER_OPEN),
        (NO_MEDIA, Condition.MEDIA_EMPTY),
        (NO_ROOM, Condition.OUTPUT_FULL),
        (FILM_OUT, Condition.SUPPLY_EMPTY),
        (TOO_HOT, Condition.OVER_TEMPERATURE),
        (fault("laser-failure"), Condition.HARDWARE),
        (fault("paused"), Condition.PAUSED),
    ],
)
@pytest.mark.parametrize("late", [0.0, 2.0, 4.9])
def test_a_fault_is_told_in_time_whatever_the_link_to_headquarters(
    what: Fault, condition: Condition, late: float
) -> None:
    """Complaint 17. From the first poll that could show it: its delay and one and a half polls. No broker is needed."""
    office = chain()
    began = office.now + late
    if late:
        office.then(POLL_S)
    office.machines["lam1"].faults = (what,)
    office.then(soon_enough(condition) + 30)
    told = [each for each in office.told if each.tell]
    assert [each.alert["condition"] for each in told[:1]] == [condition]
    assert told[0].second <= began + POLL_S + soon_enough(condition)


def test_over_temperature_is_told_at_any_hour_and_stays_until_somebody_has_looked() -> None:
    """A second look at once confirms it; it latches, so that it is not over before somebody knows."""
    office = Office(("prn1", "lam1"), CHAIN, EVERY_DAY)
    office.now = seconds_to(120)
    office.starts()
    for machine in office.machines.values():
        machine.pace_s = None
    office.then(60)
    office.machines["lam1"].faults = (TOO_HOT,)
    office.then(15)
    hot = key("lam1", Condition.OVER_TEMPERATURE)
    assert office.announced() == [hot]
    office.machines["lam1"].faults = ()
    office.then(2 * HOUR)
    assert office.alert(hot).open
    assert office.alert(hot).latched
    office.orders(Acknowledge(office.alert(hot).id, "technician"))
    assert not office.alert(hot).open


def test_the_network_of_a_site_is_one_alert() -> None:
    """A switch dies: half the machines or more are silent together, and the network is told, not each of them."""
    names = ("prn1", "prn2", "prn3", "prn4")
    office = Office(names).until(300)
    for name in names[:3]:
        office.machines[name].silent = Silence.TIMEOUT
    office.then(900)
    assert office.announced() == ["site:office:network-lost"]
    for name in names:
        office.machines[name].silent = None
    office.then(300)
    assert office.announced() == ["site:office:network-lost"], "a link that returns is no news of machines"
    assert not any(alert.open for alert in office.monitor.production.alerts())
    read(office)


def test_a_machine_that_stays_silent_when_the_network_is_back_is_told() -> None:
    """Hidden behind the network it was not forgotten; its own delay begins when the network is there again."""
    names = ("prn1", "prn2", "prn3", "prn4")
    office = Office(names).until(300)
    for name in names:
        office.machines[name].silent = Silence.TIMEOUT
    office.then(900)
    for name in names[1:]:
        office.machines[name].silent = None
    office.then(900)
    assert office.announced() == ["site:office:network-lost", key("prn1", Condition.CONTACT_LOST)]


@pytest.mark.parametrize("restart", [True, False])
def test_the_network_is_not_lost_of_machines_that_are_watched_no_more(restart: bool) -> None:
    """Whoever takes the silent machines out of the settings has no alert of them left, nor one of their network."""
    office = Office(("prn1", "prn2", "prn3", "prn4", "prn5")).until(300)
    for name in office.names[:3]:
        office.machines[name].silent = Silence.TIMEOUT
    office.then(900)
    assert office.announced() == ["site:office:network-lost"]
    fewer = replace(office.plan, machines=office.plan.machines[3:])
    office.order = office.names[3:]
    if restart:
        office.starts(fewer)
    else:
        office.reloads(fewer)
    office.then(300)
    assert not any(alert.open for alert in office.monitor.production.alerts())


def test_refused_settings_are_over_when_a_restart_could_read_them() -> None:
    """Whoever runs has read its settings: what was refused before is no trouble any more."""
    office = Office(("prn1",)).until(300)
    office.settings_are_refused("fleetmon.toml:3: site.id: is missing")
    office.then(30)
    assert office.announced() == ["site:office:settings-refused"]
    office.starts()
    office.then(30)
    assert not any(alert.open for alert in office.monitor.production.alerts())


def test_what_a_machine_said_before_it_fell_silent_is_frozen() -> None:
    """Its jam neither ends nor begins while nobody hears it; when it is heard again without, the jam ends as usual."""
    office = chain()
    office.machines["lam1"].faults = (JAM,)
    office.then(60)
    office.machines["lam1"].silent = Silence.TIMEOUT
    office.then(HOUR)
    jam = office.alert(key("lam1", Condition.JAM))
    assert jam.state is AlertState.ACTIVE
    office.machines["lam1"].silent, office.machines["lam1"].faults = None, ()
    office.then(300)
    assert not office.alert(jam.key).open
    assert office.announced().count(jam.key) == 1


@pytest.mark.parametrize("scope", [("machine", "lam1"), ("line", "l1"), ("site", "office")])
def test_a_planned_stop_is_recorded_and_not_told(scope: tuple[str, str]) -> None:
    """Neither while it lasts nor when it ends, if by then everything is well."""
    office = chain()
    subject = Subject(SubjectKind(scope[0]), scope[1])
    until = office.at(office.now).utc + HOUR
    assert office.orders(PlanStop(subject, "technician", until, "new rollers")) is None
    office.machines["lam1"].faults = (COVER, JAM)
    office.then(HOUR - 300)
    assert office.announced() == []
    assert office.alert(key("lam1", Condition.JAM)).held_back is HeldBack.MAINTENANCE
    office.machines["lam1"].faults = ()
    office.then(900)
    assert office.announced() == []
    assert office.monitor.production.planned_stops() == ()


def test_what_a_planned_stop_leaves_behind_is_told_after_its_end() -> None:
    """The technician left, and the film is out: told, not at the end of the window but after a fresh look and the
    delay."""
    office = chain()
    until = office.at(office.now).utc + HOUR
    office.orders(PlanStop(Subject(SubjectKind.MACHINE, "lam1"), "technician", until, "new rollers"))
    office.machines["lam1"].faults = (FILM_OUT,)
    office.then(HOUR + 300)
    film = key("lam1", Condition.SUPPLY_EMPTY, "film")
    assert office.announced() == [film]
    (told,) = [each for each in office.told if each.tell and each.move == "announced"]
    ended = 300 + HOUR
    assert ended + RULES[Condition.SUPPLY_EMPTY].raise_after_s <= told.second <= ended + 60


def test_a_shelved_alert_is_quiet_until_it_is_not() -> None:
    """Nothing of it is told while it is shelved, no reminder either; another alert is; at the end it speaks again."""
    office = Office(("prn1",)).until(300)
    office.machines["prn1"].faults = (COVER,)
    office.then(200)
    cover = office.alert(key("prn1", Condition.COVER_OPEN))
    assert (
        office.orders(Shelve(cover.id, "op", office.at(office.now).utc + 7 * HOUR, "a new lock is on its way")) is None
    )
    told = len([each for each in office.told if each.tell])
    office.then(6 * HOUR)
    assert len([each for each in office.told if each.tell]) == told
    office.machines["prn1"].faults = (COVER, FILM_OUT)
    office.then(120)
    assert office.announced() == [cover.key, key("prn1", Condition.SUPPLY_EMPTY, "film")]
    assert office.orders(Unshelve(cover.id, "op")) is None
    assert office.orders(Unshelve(cover.id, "op")) == "the alert is not shelved"


@pytest.mark.parametrize("downtime", [0.0, 60.0, 8 * HOUR])
def test_a_restart_tells_nothing_again(downtime: float) -> None:
    """Told alerts stay told, acknowledged ones acknowledged, and no fault that was known begins anew."""
    office = chain()
    office.machines["lam1"].faults = (JAM,)
    office.then(60)
    office.machines["prn1"].faults = (FILM_OUT,)
    office.then(60)
    jam = office.alert(key("lam1", Condition.JAM))
    office.orders(Acknowledge(jam.id, "op"))
    announced = office.announced()
    office.now += downtime
    office.starts()
    assert office.alert(jam.key).handling.acknowledged is not None
    office.then(120)
    assert office.announced() == announced
    assert office.alert(jam.key).id == jam.id
    read(office)


def test_two_stops_on_one_line_are_two() -> None:
    """Neither explains the other, so both are told."""
    office = chain()
    office.machines["prn1"].faults = (JAM,)
    office.machines["lam1"].faults = (FILM_OUT,)
    office.then(120)
    assert sorted(office.announced()) == sorted(
        [key("prn1", Condition.JAM), key("lam1", Condition.SUPPLY_EMPTY, "film")]
    )


def test_the_last_machine_of_a_step_is_urgent_at_once() -> None:
    """One of two printers down is work for somebody, both are the end of issuing."""
    office = Office(("prn1", "prn2", "lam1"), (["prn1", "prn2"], ["lam1"])).until(300)
    office.machines["prn1"].faults = (JAM,)
    office.then(120)
    assert office.alert(key("prn1", Condition.JAM)).priority is Priority.P2
    office.machines["prn2"].faults = (NO_MEDIA,)
    office.then(120)
    assert office.alert(key("prn2", Condition.MEDIA_EMPTY)).priority is Priority.P1
    assert office.alert(key("prn1", Condition.JAM)).priority is Priority.P2
    assert office.announced() == [key("prn1", Condition.JAM), key("prn2", Condition.MEDIA_EMPTY)]


@pytest.mark.parametrize("opened", [COVER, fault("paused")])
def test_a_cover_that_is_opened_to_help_takes_no_urgency_away(opened: Fault) -> None:
    """A jam that stands for too long is the end of issuing, also when somebody opened the machine and went away."""
    office = chain()
    office.machines["lam1"].faults = (JAM,)
    office.then(40)
    office.machines["lam1"].faults = (JAM, opened)
    office.then(900)
    assert office.alert(key("lam1", Condition.JAM)).priority is Priority.P1
    assert office.announced() == [key("lam1", Condition.JAM)]


@pytest.mark.parametrize("order", [("prn1", "prn2"), ("prn2", "prn1")])
def test_of_two_that_stop_within_a_poll_the_order_of_polls_does_not_choose(order: tuple[str, ...]) -> None:
    """Both printers stop between two rounds of polls: the same one is urgent, whoever was asked first."""
    office = Office(("prn1", "prn2"), (["prn1", "prn2"],), order=order).until(300)
    office.coming.append((300.02, lambda: setattr(office.machines[order[1]], "faults", (JAM,))))
    office.coming.append((302.0, lambda: setattr(office.machines[order[0]], "faults", (JAM,))))
    office.then(120)
    urgent = [alert.key for alert in office.monitor.production.alerts() if alert.priority is Priority.P1]
    assert urgent == [key("prn1", Condition.JAM)]


def test_a_flood_tells_what_matters_and_a_summary_of_the_rest() -> None:
    """Thirty machines ask for film at once: ten are told, the others in summaries, every one of them by its name."""
    names = tuple(f"prn{number}" for number in range(30))
    office = Office(names).until(300)
    for machine in office.machines.values():
        machine.faults = (replace(FILM_LOW),)
    office.then(HOUR)
    alone = [each for each in office.told if each.tell and each.move in ("raised", "announced")]
    assert len(alone) == 10
    assert sum(int(str(summary.data["count"])) for summary in office.summaries) == 20
    assert office.summaries[-1].data["ended"] is True


def test_every_word_that_is_told_says_what_why_since_when_and_what_to_do() -> None:
    """Symptom, cause, since, work waiting or that nobody knows, the next step; and no code of a vendor."""
    office = chain()
    office.machines["prn1"].faults = (JAM, COVER, fault("other"))
    office.machines["lam1"].faults = (FILM_OUT,)
    office.then(2 * HOUR)
    told = [each for each in office.told if each.tell]
    assert len(told) >= 4
    for each in told:
        for language in ("en", "ur"):
            words = each.alert["texts"][language]
            assert all(words[part].strip() for part in ("text", "symptom", "cause", "since", "waiting", "next_step"))
            assert "QX7731" not in "".join(str(word) for word in words.values())
            assert "{" not in words["text"]
        assert "QX7731" in str(each.alert["evidence"])
