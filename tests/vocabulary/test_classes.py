"""What each reason means: its class, its default severity, and which one is shown where only one fits."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.model.report import Fault
from fleetmon.model.words import ReasonClass, Severity
from fleetmon.vocabulary import FINISHERS, REASONS, headline, reason

EXAMPLES = {
    ReasonClass.COVER: "cover-open door-open interlock-open subunit-opened stacker-cover-open laminator-interlock-open",
    ReasonClass.JAM: "media-jam media-path-input-jam input-media-tray-feed-error separation-cutter-jam laminator-jam",
    ReasonClass.OVER_TEMPERATURE: "fuser-over-temp marker-over-temperature laminator-over-temperature",
    ReasonClass.TEMPERATURE: "fuser-under-temp laminator-under-temperature laminator-heater-failure",
    ReasonClass.SUPPLY_EMPTY: "toner-empty marker-print-ribbon-empty marker-supply-missing laminator-supply-unsupported"
    " marker-waste-full marker-waste-ink-receptacle-full imprinter-empty opc-life-over marker-supply-failure",
    ReasonClass.MEDIA_EMPTY: "media-empty media-needed input-tray-missing media-path-input-empty media-unsupported",
    ReasonClass.OUTPUT_FULL: "output-area-full output-tray-missing stacker-full reject-area-full laminator-output-full",
    ReasonClass.OFFLINE: "offline laminator-offline subunit-turned-off shutdown power-down timed-out",
    ReasonClass.HARDWARE: "marker-motor-failure laminator-thermistor-failure subunit-timing-Failure laminator-missing"
    " power-supply-failure stapler-recoverable-storage stapler-unrecoverable-storage-error subunit-memory-exhausted",
    ReasonClass.SERVICE: "service-needed maintenance-overdue cleaner-life-over marker-life-almost-over laser-near-eol",
    ReasonClass.PAUSED: "paused moving-to-paused hold-new-jobs stopped-partly",
    ReasonClass.WARMING: "laminator-warming-up subunit-warming-up subunit-cooling-down",
    ReasonClass.SUPPLY_LOW: "toner-low marker-supply-low laminator-supply-almost-empty opc-near-eol developer-low"
    " marker-waste-almost-full output-area-almost-full",
    ReasonClass.MEDIA_LOW: "media-low",
    ReasonClass.OTHER: "other none unknown spool-area-full subunit-power-saver standby subunit-resource-removed"
    " laminator-cover-closed configuration-change fax-modem-missing interpreter-memory-decrease power-up",
}

WEIGHTS = {
    Severity.ERROR: "laminator-cover-open laminator-jam laminator-supply-empty laminator-supply-missing"
    " laminator-supply-failure laminator-supply-unsupported laminator-over-temperature laminator-thermistor-failure"
    " laminator-heater-failure laminator-motor-failure laminator-cutter-failure laminator-output-full"
    " laminator-missing laminator-offline media-unsupported marker-supply-unsupported offline power-supply-failure"
    " encoder-failure cover-open media-jam media-empty output-area-full paused",
    Severity.WARNING: "laminator-supply-low laminator-under-temperature service-needed reject-area-full media-low"
    " toner-low marker-life-over opc-life-over other unknown",
    Severity.REPORT: "laminator-warming-up laminator-near-limit laminator-configuration-change maintenance-overdue"
    " marker-life-almost-over moving-to-paused subunit-power-saver none",
}


@pytest.mark.parametrize(
    ("keyword", "reason_class"),
    [(keyword, reason_class) for reason_class, keywords in EXAMPLES.items() for keyword in keywords.split()],
)
def test_a_reason_belongs_to_the_class_of_its_need(keyword: str, reason_class: ReasonClass) -> None:
    """Examples of every class, the doubtful ones among them; docs/vocabulary.md shows all."""
    assert reason(keyword).reason_class is reason_class


def test_every_class_has_reasons() -> None:
    """No class is empty, and the examples here name each."""
    assert {each.reason_class for each in REASONS.values()} == set(ReasonClass) == set(EXAMPLES)


def test_all_finishers_and_the_laminator_are_judged_alike() -> None:
    """A condition has one class and one severity, whichever of the 18 families it befalls."""
    families = (*FINISHERS, "laminator")
    for each in REASONS.values():
        if each.keyword.startswith("stapler-"):
            condition = each.keyword.removeprefix("stapler-")
            alike = {
                (reason(f"{name}-{condition}").reason_class, reason(f"{name}-{condition}").severity)
                for name in families
            }
            assert alike == {(each.reason_class, each.severity)}


@pytest.mark.parametrize(
    ("ending", "reason_class"),
    [
        ("-jam", ReasonClass.JAM),
        ("-cover-open", ReasonClass.COVER),
        ("-over-temperature", ReasonClass.OVER_TEMPERATURE),
        ("-under-temperature", ReasonClass.TEMPERATURE),
        ("-almost-empty", ReasonClass.SUPPLY_LOW),
        ("-almost-full", ReasonClass.SUPPLY_LOW),
        ("-motor-failure", ReasonClass.HARDWARE),
        ("-offline", ReasonClass.OFFLINE),
        ("-warming-up", ReasonClass.WARMING),
    ],
)
def test_a_condition_means_the_same_of_every_unit(ending: str, reason_class: ReasonClass) -> None:
    """Whatever the unit, the same ending is the same need."""
    found = {each.reason_class for each in REASONS.values() if each.keyword.endswith(ending)}
    assert found == {reason_class}


@pytest.mark.parametrize(
    ("keyword", "severity"),
    [(keyword, severity) for severity, keywords in WEIGHTS.items() for keyword in keywords.split()],
)
def test_a_reason_weighs_by_what_it_stops(keyword: str, severity: Severity) -> None:
    """The default severities, for machines that do not tell."""
    assert reason(keyword).severity is severity


def test_low_never_stops_and_empty_always_does() -> None:
    """What is low or almost so is no error; what is empty, full or jammed is, but for reject bin and spool."""
    for each in REASONS.values():
        if each.keyword.endswith("-low") or "-almost-" in each.keyword or "-near-" in each.keyword:
            assert each.severity is not Severity.ERROR, each
        elif each.keyword.endswith(("-empty", "-full", "-jam")):
            bin_or_spool = each.keyword in {"reject-area-full", "spool-area-full"}
            assert each.severity is (Severity.WARNING if bin_or_spool else Severity.ERROR), each


def fault(keyword: str, severity: Severity = Severity.ERROR, part: str | None = None) -> Fault:
    return Fault(keyword, severity, part=part)


def test_no_faults_have_no_headline() -> None:
    """A machine without faults has nothing to show."""
    assert headline([]) is None


def test_the_headline_follows_the_order_of_needs() -> None:
    """Within one severity: interlock, jam, heat, supplies, media, output, offline, service, warming up, low."""
    order = (
        "interlock-open laminator-jam laminator-over-temperature laminator-heater-failure laminator-supply-empty"
        " media-empty output-area-full offline service-needed laminator-warming-up marker-supply-low media-low other"
    )
    faults = [fault(keyword) for keyword in order.split()]
    for first, second in itertools.combinations(faults, 2):
        assert headline([first, second]) is headline([second, first]) is first


def test_an_error_beats_any_warning_and_a_warning_any_report() -> None:
    """Severity is asked before the class: what stops the machine is shown, whatever else is worth knowing."""
    cover = fault("cover-open", Severity.REPORT)
    low = fault("media-low", Severity.WARNING)
    unknown = fault("other", Severity.ERROR)
    assert headline([cover, low, unknown]) is unknown
    assert headline([cover, low]) is low
    assert headline([cover]) is cover


faults = st.builds(
    fault, st.sampled_from(sorted(REASONS)), st.sampled_from(list(Severity)), st.sampled_from([None, "input-1", "x"])
)


@given(st.lists(faults, min_size=1, max_size=6, unique_by=lambda each: each.key).flatmap(
    lambda some: st.tuples(st.just(some), st.permutations(some))
))  # fmt: skip
def test_the_headline_does_not_flicker(lists: tuple[list[Fault], list[Fault]]) -> None:
    """The order in which a machine lists its faults does not change which one is shown."""
    assert headline(lists[0]) == headline(lists[1])
