"""Every reason leads to the condition an engineer would name, and what stops nothing calls nobody out of bed."""

from dataclasses import replace

import pytest
from tests.assess.timeline import at

from fleetmon import catalog, vocabulary
from fleetmon.assess.alerting.rules import (
    AS_ERRORS,
    CONDITIONS,
    RULES,
    condition_of,
    condition_of_reason,
    latches,
    ruled,
    rules,
)
from fleetmon.model.alerts import AlertPlan, Certainty, Claim, Condition, Priority, Proof, Rule, Subject, SubjectKind
from fleetmon.model.report import Fault
from fleetmon.model.words import ReasonClass, Severity

MACHINE = Subject(SubjectKind.MACHINE, "prn1")

# Every reason of the shipped drivers by what it makes of it, as an error or a warning; a new one is to be thought of.
OF_DRIVERS = {
    Condition.COVER_OPEN: "cover-open laminator-cover-open",
    Condition.JAM: "input-media-tray-feed-error laminator-jam media-jam media-path-input-feed-error"
    " media-path-output-jam",
    Condition.MEDIA_EMPTY: "input-tray-missing media-empty media-needed media-path-cannot-duplex-media-selected",
    Condition.SUPPLY_EMPTY: "laminator-supply-empty laminator-supply-failure laminator-supply-missing"
    " laminator-supply-unsupported marker-print-ribbon-empty marker-print-ribbon-missing marker-supply-empty"
    " marker-supply-failure marker-supply-missing marker-supply-unsupported opc-life-over toner-empty toner-low!",
    Condition.SUPPLY_LOW: "laminator-supply-low marker-supply-low media-low opc-near-eol toner-low",
    Condition.OUTPUT_FULL: "laminator-output-full output-area-full reject-area-full stacker-full",
    Condition.OVER_TEMPERATURE: "fuser-over-temp laminator-over-temperature",
    Condition.TEMPERATURE: "marker-over-temperature marker-under-temperature",
    Condition.HARDWARE: "binder-unrecoverable-failure encoder-failure fan-failure fuser-under-temp!"
    " input-tray-elevation-failure laminator-heater-failure laminator-thermistor-failure laser-failure"
    " marker-fuser-timing-failure marker-missing marker-motor-failure marker-thermistor-failure"
    " marker-under-temperature! marker-unrecoverable-failure media-path-failure motor-failure power-supply-failure"
    " separation-cutter-recoverable-failure subunit-missing subunit-recoverable-failure"
    " subunit-unrecoverable-failure subunit-unrecoverable-storage",
    Condition.SERVICE: "cleaner-life-almost-over cleaner-life-over marker-life-over service-needed"
    " subunit-life-almost-over subunit-life-over",
    Condition.OFFLINE: "laminator-offline offline",
    Condition.PAUSED: "paused",
    Condition.UNMAPPED: "other",
}
"""A ! stands for: as an error, which is another need than its warning."""


def meanings(value: object) -> set[tuple[str, Severity]]:
    """Every reason with its severity, wherever it stands in a definition."""
    if isinstance(value, dict):
        inside = [meanings(each) for each in value.values()]
        reason = value.get("reason")
        own = {(reason, value.get("severity") or vocabulary.reason(reason).severity)} if reason else set()
        return own.union(*inside)
    return set().union(*map(meanings, value)) if isinstance(value, list | tuple) else set()


def test_every_fault_of_the_shipped_drivers_makes_the_condition_it_should() -> None:
    """Law over the catalogue: each reason at each severity that a driver gives it; a report makes none."""
    wanted = {word: condition for condition, words in OF_DRIVERS.items() for word in words.split()}
    found: dict[str, Condition | None] = {}
    for driver in catalog.load().drivers.values():
        for reason, severity in meanings(driver.definition.model_dump()):
            condition = condition_of(Fault(reason, severity, ("code",)))
            if severity is Severity.REPORT:
                assert condition is None, reason
                continue
            loud = f"{reason}!" if severity is Severity.ERROR and f"{reason}!" in wanted else reason
            found[loud] = condition
    assert found == wanted


def test_every_reason_has_a_condition_or_calls_for_nobody() -> None:
    """The whole vocabulary: only warming up and what is neither fault nor need makes none."""
    silent = {reason.reason_class for word, reason in vocabulary.REASONS.items() if condition_of_reason(word) is None}
    heard = {reason.reason_class for word, reason in vocabulary.REASONS.items() if condition_of_reason(word)}
    assert silent == {ReasonClass.WARMING, ReasonClass.OTHER}
    assert heard == set(ReasonClass) - silent


def test_every_condition_has_a_rule_and_every_class_a_word() -> None:
    """Nothing can be claimed that nobody decided upon."""
    assert set(RULES) == set(Condition)
    assert set(CONDITIONS) == set(ReasonClass)
    assert set(AS_ERRORS) < set(CONDITIONS)


def test_delays_and_proofs_are_those_that_were_decided() -> None:
    """Seconds to raise and to clear, and who needs a document as proof."""
    decided = {
        "cover-open": (3, 120, 10),
        "jam": (2, 20, 30),
        "media-empty": (2, 30, 30),
        "supply-empty": (2, 30, 30),
        "supply-low": (4, 300, 600),
        "output-full": (2, 60, 30),
        "over-temperature": (1, 0, 300),
        "temperature": (3, 60, 120),
        "hardware-fault": (2, 20, 60),
        "service-needed": (2, 20, 60),
        "offline": (2, 60, 30),
        "paused": (3, 300, 30),
        "stopped-unexplained": (2, 60, 30),
        "stall": (2, 0, 30),
        "slower": (4, 0, 60),
        "quiet": (5, 0, 0),
        "not-working": (2, 0, 0),
        "tune-limit": (5, 0, 0),
        "unmapped-fault": (2, 120, 60),
        "contact-lost": (3, 300, 30),
        "access-refused": (3, 60, 30),
        "driver-failed": (3, 0, 30),
        "network-lost": (2, 60, 60),
        "settings-refused": (4, 0, 0),
    }
    assert {
        str(name): (rule.priority, rule.raise_after_s, rule.clear_after_s) for name, rule in RULES.items()
    } == decided
    assert {name for name, rule in RULES.items() if rule.proof is Proof.COMPLETION} == {
        "jam",
        "hardware-fault",
        "stall",
    }
    assert {name for name, rule in RULES.items() if rule.latch} == {"over-temperature"}
    assert {name for name, rule in RULES.items() if rule.always} == {"over-temperature", "settings-refused"}


@pytest.mark.parametrize(
    ("fault", "condition"),
    [
        (Fault("other", Severity.WARNING, ("35078",)), Condition.UNMAPPED),
        (Fault("unknown", Severity.ERROR, ("0x40",)), Condition.UNMAPPED),
        (Fault("other", Severity.ERROR), Condition.UNMAPPED),
        (Fault("other", Severity.WARNING), None),
        (Fault("other", Severity.REPORT, ("7",)), None),
        (Fault("spool-area-full", Severity.WARNING, ("7",)), None),
        (Fault("spool-area-full", Severity.ERROR, ("7",)), Condition.UNMAPPED),
        (Fault("laminator-warming-up", Severity.ERROR), None),
        (Fault("no-such-word", Severity.WARNING, ("7",)), None),
        (Fault("power-up", Severity.REPORT, ("503",)), None),
    ],
)
def test_what_has_no_word_is_unmapped_only_if_there_is_something_to_map(
    fault: Fault, condition: Condition | None
) -> None:
    """A code without a word asks for one; a known word that calls for nobody does not."""
    assert condition_of(fault) is condition


def claim(condition: Condition, *reasons: str, severity: Severity = Severity.ERROR, stops: bool = True) -> Claim:
    """A claim about one machine."""
    return Claim(MACHINE, condition, at(0), reasons=reasons, severity=severity, stops=stops)


@pytest.mark.parametrize("condition", Condition)
def test_a_warning_is_never_of_the_upper_two_priorities(condition: Condition) -> None:
    """Whatever it warns of, and whether the machine stands or not."""
    for stops in (True, False):
        warned = ruled(claim(condition, severity=Severity.WARNING, stops=stops), RULES[condition])
        assert warned.priority is not None
        assert warned.priority >= Priority.P3


def test_what_does_not_stop_the_machine_can_wait() -> None:
    """One empty tray of two is of priority 3; a machine that is too hot and works on is not."""
    empty = ruled(claim(Condition.MEDIA_EMPTY, stops=False), RULES[Condition.MEDIA_EMPTY])
    hot = ruled(claim(Condition.OVER_TEMPERATURE, stops=False), RULES[Condition.OVER_TEMPERATURE])
    assert (empty.priority, hot.priority) == (Priority.P3, Priority.P1)
    assert ruled(claim(Condition.JAM), RULES[Condition.JAM]) is RULES[Condition.JAM]


def test_no_priority_stays_none() -> None:
    """What the settings want no alert of is not given one."""
    assert ruled(claim(Condition.JAM, stops=False), Rule(None, 1, 1)).priority is None


@pytest.mark.parametrize("condition", list(Condition))
def test_what_is_merely_possible_is_a_notice(condition: Condition) -> None:
    """Whatever the condition and however grave its rule: nobody is called for what may as well not be so."""
    possible = replace(claim(condition), certainty=Certainty.POSSIBLE)
    assert ruled(possible, RULES[condition]).priority is Priority.NOTICE
    assert ruled(possible, Rule(None, 1, 1)).priority is None


@pytest.mark.parametrize(
    ("reason", "latching"),
    [
        ("laser-failure", True),
        ("laminator-thermistor-failure", True),
        ("laminator-heater-failure", True),
        ("motor-failure", False),
        ("subunit-unrecoverable-failure", False),
    ],
)
def test_hardware_latches_only_where_it_is_a_matter_of_safety(reason: str, *, latching: bool) -> None:
    """Light that hurts and heat that nothing measures wait for a person; a motor does not."""
    found = claim(Condition.HARDWARE, "fan-failure", reason)
    assert (latches(found), ruled(found, RULES[Condition.HARDWARE]).latch) == (latching, latching)
    assert not latches(claim(Condition.HARDWARE, reason, severity=Severity.WARNING))


def test_the_settings_replace_the_rule_of_a_condition() -> None:
    """The others stay."""
    quick = Rule(Priority.P1, 1, 1)
    mine = rules(AlertPlan({Condition.JAM: quick}))
    assert mine[Condition.JAM] is quick
    assert mine[Condition.OFFLINE] is RULES[Condition.OFFLINE]
