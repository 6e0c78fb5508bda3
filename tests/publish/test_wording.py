"""What people read of an alert: symptom, cause, since when, what waits, the next step, and who should act."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.assess.alerting.rules import condition_of_reason
from fleetmon.model.alerts import (
    Alert,
    AlertState,
    Condition,
    Evidence,
    Impact,
    Onset,
    Subject,
    SubjectKind,
    Summary,
)
from fleetmon.model.plan import LinePlan
from fleetmon.model.words import Actor
from fleetmon.playbooks import shipped
from fleetmon.playbooks_file import LanguageTexts, PageTexts, Texts
from fleetmon.publish.wording import Sentences, flooded
from fleetmon.vocabulary import REASONS

from .alerting import OFFICE, SITE, ZONE, alert, at, claim, english, words

STOPPED = Impact("line2", at("10:02:40").utc, 0, None)
FILM = shipped().page("en", "laminator-supply-empty", Condition.SUPPLY_EMPTY, "snmp_printer")


def test_a_stopped_line_is_told_with_the_machine_that_stops_it() -> None:
    """Symptom first, then the cause with its machine, then the step and who should take it."""
    told = english(alert(claim(part="supply-2"), impact=STOPPED))
    assert told.text == (
        f"Line 2 stopped since 10:02: laminator lam1, {FILM.title} (supply 2); work waiting unknown. "
        f"Next, operator: {FILM.step}"
    )
    assert (told.symptom, told.since, told.waiting) == ("Line 2 stopped", "since 10:02", "work waiting unknown")
    assert (told.cause, told.next_step) == (f"{FILM.title} (supply 2)", FILM.operator)
    assert (told.meaning, told.call, told.actor, told.reviewed) == (FILM.meaning, FILM.call, "operator", True)


def test_a_supply_is_called_what_the_machine_calls_it_where_nobody_named_it() -> None:
    """Of a Printer-MIB the part is a number; a site's or driver's own name for it goes before the machine's words."""
    of = alert(claim(part="supply-2", evidence=(Evidence("supply", "Laminate film,\x07 upper roll"),)))
    assert english(of).cause == f"{FILM.title} (Laminate film, upper roll)"
    books = shipped().with_site("en", LanguageTexts(parts={"supply-2": "the roll at the window"}))
    assert words(of, books=books)["en"].cause == f"{FILM.title} (the roll at the window)"


def test_a_stopped_machine_is_told_by_its_name_and_kind() -> None:
    """A name that says the kind stands alone; a machine without one has its id; the sentence begins with a capital."""
    assert english(alert()).text.startswith(f"Laminator lam1 stopped since 10:02: {FILM.title}; work waiting unknown. ")
    named = alert(claim("prn1", Condition.JAM, reasons=("media-jam",)))
    assert english(named).text.startswith("Printer upstairs stopped since 10:02: ")


def test_a_name_is_not_written_otherwise_because_it_begins_a_sentence() -> None:
    """Whoever called it so finds it so."""
    plan = replace(OFFICE, machines=(replace(OFFICE.machines[0], name="printer by the door"),))
    jam = alert(claim("prn1", Condition.JAM, reasons=("media-jam",)))
    assert words(jam, plan=plan)["en"].text.startswith("printer by the door stopped")


def test_the_last_machine_of_a_step_is_told_as_such() -> None:
    """The line still runs on what lies in its buffers, and nobody should wait until it does not."""
    told = english(alert(impact=Impact("line2", None, 0, 12)))
    assert told.text.startswith(
        f"Line 2 has no machine left for step 2 since 10:02: laminator lam1, {FILM.title}; 12 documents waiting. "
    )


def test_a_machine_with_others_beside_it_is_only_itself() -> None:
    """Another printer of the step goes on."""
    told = english(alert(claim("prn2", Condition.JAM, reasons=("media-jam",)), impact=Impact("line2", None, 1, None)))
    assert told.symptom == "printer prn2 stopped"


def test_a_warning_is_no_stop() -> None:
    """What does not stop the machine is not told as if it did."""
    assert english(alert(claim(condition=Condition.SUPPLY_LOW, stops=False))).symptom == (
        "laminator lam1 works on with a warning"
    )


@pytest.mark.parametrize(
    ("condition", "symptom"),
    [
        (Condition.CONTACT_LOST, "laminator lam1 does not answer"),
        (Condition.ACCESS_REFUSED, "laminator lam1 does not let fleetmon read it"),
        (Condition.DRIVER_FAILED, "laminator lam1 answers what fleetmon cannot read"),
        (Condition.UNEXPLAINED, "laminator lam1 stopped"),
    ],
)
def test_silence_is_told_as_what_it_is(condition: Condition, symptom: str) -> None:
    """Nobody knows what a machine does that is not heard, even if it is the last of its step."""
    told = english(alert(claim(condition=condition, reasons=()), impact=Impact(None, None, None, None)))
    assert told.symptom == symptom
    unheard = alert(claim(condition=Condition.CONTACT_LOST, reasons=()), impact=Impact("line2", None, 0, None))
    assert english(unheard).symptom == "laminator lam1 does not answer"


def test_a_machine_of_which_one_source_is_lost_is_still_heard() -> None:
    """It works on; the source is named."""
    told = english(alert(claim(condition=Condition.CONTACT_LOST, reasons=(), part="tower", stops=False)))
    assert told.symptom == "laminator lam1 works on with a warning"
    assert told.cause.endswith("(tower)")


def test_a_site_has_its_own_symptoms() -> None:
    """Its network, and its settings."""
    network = replace(claim(condition=Condition.NETWORK_LOST, reasons=()), subject=SITE)
    assert english(alert(network)).text.startswith("Many machines of site office do not answer since 10:02: ")
    refused = replace(claim(condition=Condition.SETTINGS_REFUSED, reasons=(), stops=False), subject=SITE)
    assert english(alert(refused)).symptom == "new settings of site office were refused"


def test_a_line_may_be_a_subject() -> None:
    """And one that is in the settings no more still has its id."""
    about = replace(claim(reasons=()), subject=Subject(SubjectKind.LINE, "line2"))
    assert english(alert(about)).symptom == "Line 2 needs attention"
    gone = replace(about, subject=Subject(SubjectKind.LINE, "old"))
    assert english(alert(gone)).symptom == "line old needs attention"


def test_a_machine_that_is_watched_no_more_is_a_machine() -> None:
    """Its last alert can still be read."""
    assert english(alert(claim("gone"))).symptom == "machine gone stopped"


@pytest.mark.parametrize(
    ("waiting", "told"),
    [(None, "work waiting unknown"), (0, "no work waiting"), (1, "1 document waiting"), (14, "14 documents waiting")],
)
def test_work_waiting_is_never_left_out(waiting: int | None, told: str) -> None:
    """Unknown is a word of its own."""
    assert english(alert(impact=Impact("line2", None, 1, waiting))).waiting == told


def test_the_day_is_told_where_it_is_not_today() -> None:
    """A stop of yesterday that is told this morning; by the clock on the wall, not by UTC."""
    late = alert(began=Onset(None, at("23:58")))
    assert english(late, at("23:59")).since == "since 23:58"
    assert english(late, at("0:01", day=2)).since == "since Monday 2026-06-01 23:58"
    early = alert(began=Onset(None, at("0:30")))  # still Sunday in UTC
    assert english(early, at("23:59")).since == "since 00:30"


def test_nothing_counts_on_by_itself() -> None:
    """An alert that nothing happened to reads the same hours later."""
    assert words(alert(impact=STOPPED), at("10:03")) == words(alert(impact=STOPPED), at("18:47"))


def test_who_should_act_is_the_machines_word_or_the_rules() -> None:
    """RFC 3805 has training levels; where a machine gives none, the rule says who hears of it first."""
    assert english(alert(claim(actor=Actor.TECHNICIAN))).actor == "technician"
    assert english(alert(claim(condition=Condition.SERVICE, reasons=("service-needed",)))).actor == "technician"
    assert english(alert()).actor == "operator"


@pytest.mark.parametrize(
    ("more", "opening"),
    [
        ({"state": AlertState.PENDING}, f"Laminator lam1 stopped since 10:02: {FILM.title}; work waiting unknown. "),
        (
            {"unstable": True},
            f"Laminator lam1 stopped again and again since 10:02: {FILM.title}; work waiting unknown. ",
        ),
        ({"state": AlertState.CLEARING, "gone": at("10:30")}, "Laminator lam1 stopped since 10:02: "),
        (
            {"state": AlertState.CLEARING, "gone": at("10:30"), "cleared": at("10:31"), "latched": True},
            "Over at 10:31: laminator lam1 stopped, ",
        ),
        (
            {"state": AlertState.CLOSED, "gone": at("10:30"), "cleared": at("10:31"), "closed": at("10:31")},
            "Over at 10:31: laminator lam1 stopped since 10:02, ",
        ),
        ({"state": AlertState.CLOSED, "closed": at("10:40")}, "Over at 10:40: laminator lam1 stopped since 10:02, "),
    ],
)
def test_what_is_over_is_not_told_as_if_it_stood(more: dict[str, object], opening: str) -> None:
    """Pending, unstable, clearing, latched, closed: each has its sentence."""
    assert english(alert(**more)).text.startswith(opening)


def test_a_driver_and_a_site_may_say_it_better() -> None:
    """The playbook of the driver that understood the machine, else of the one in the settings; the site's first."""
    film = "laminator-supply-empty"
    books = shipped().with_driver("snmp_printer", "en", Texts(reason={film: PageTexts(title="no film")}))
    assert words(alert(), books=books)["en"].cause == "no film"
    books = books.with_site("en", LanguageTexts(reason={film: PageTexts(call="Call 117.")}))
    assert (words(alert(), books=books)["en"].cause, words(alert(), books=books)["en"].call) == ("no film", "Call 117.")


def test_braces_that_nobody_fills_and_braces_in_names_do_no_harm() -> None:
    """A site's own sentence with a slip, and a machine called like a blank in a form."""
    books = shipped().with_site("en", LanguageTexts(words={"since": "since {time} {tiem}"}))
    plan = replace(OFFICE, lines=(LinePlan("line2", (("lam1",),), name="{machine} {0}"),))
    told = words(alert(impact=STOPPED), plan=plan, books=books)["en"].text
    assert told.startswith("Line “{machine} {0}” stopped since 10:02 {tiem}: ")


def test_a_flood_is_told_in_one_line() -> None:
    """How many, since when, and the worst; and its end."""
    flood = Summary(at("10:10"), at("10:05"), ("a", "b", "c"))
    worst = {"en": english(alert(impact=STOPPED)).text}
    told = flooded(flood, worst, shipped(), ZONE)["en"]
    assert told.startswith("3 more alerts since 10:05 were not told one by one; the worst: Line 2 stopped since 10:02")
    ended = flooded(replace(flood, ended=True), worst, shipped(), ZONE)["en"]
    assert ended.startswith("Alerts are told one by one again; 3 were not since 10:05.")


def whole(told: Sentences) -> None:
    """A text has all that a person needs, and no blank in it."""
    for each in (
        told.symptom,
        told.cause,
        told.since,
        told.waiting,
        told.next_step,
        told.actor,
        told.meaning,
        told.call,
    ):
        assert each.strip()
    assert not re.search(r"\{\w*\}", told.text)
    step = re.split(r"(?<=[.!?۔؟]) ", told.next_step)[0]
    for each in (told.since, told.waiting, step, told.actor):
        assert each in told.text
    assert told.cause in told.text


@pytest.mark.parametrize("condition", list(Condition))
@pytest.mark.parametrize("language", shipped().languages)
def test_every_condition_has_a_whole_text(condition: Condition, language: str) -> None:
    """In every language, for a machine and for the site, whether the machine gave a reason or not."""
    for subject in (Subject(SubjectKind.MACHINE, "lam1"), SITE):
        about = replace(claim(condition=condition, reasons=()), subject=subject)
        whole(words(alert(about))[language])


def test_every_reason_has_a_whole_text_without_codes() -> None:
    """All of the vocabulary that calls for somebody; the vendor's code and its display stand in no text."""
    said = claim(reasons=(), codes=("XQ-31202",), text="ZZTOP 99", part=None, evidence=(Evidence("why", "QQQ17"),))
    for reason in REASONS:
        condition = condition_of_reason(reason)
        if condition is None:
            continue
        for told in words(alert(replace(said, condition=condition, reasons=(reason,)))).values():
            whole(told)
            assert not re.search("XQ|31202|ZZTOP|QQQ17", repr(told))


@given(
    st.sampled_from(list(Condition)),
    st.text(max_size=60),
    st.text(max_size=60),
    st.sampled_from(list(AlertState)),
    st.integers(min_value=-(10**12), max_value=10**14),
)
def test_no_alert_is_beyond_words(condition: Condition, part: str, reason: str, state: AlertState, utc: int) -> None:
    """Whatever the part is called, whatever the reason, and whatever the clock says: there is a text on one line."""
    moment = replace(at("10:02"), utc=float(utc))
    about = claim(condition=condition, part=part or None, reasons=(reason,))
    known: Alert = alert(about, state=state, began=Onset(None, moment), closed=moment)
    told = words(known)["en"]
    assert told.text.isprintable()
