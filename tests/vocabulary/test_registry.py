"""The list of reasons: as large as the registry, spelt as the registry, and split from its suffixes without loss."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.model.words import ReasonClass, Severity
from fleetmon.vocabulary import (
    FINISHER_CONDITIONS,
    FINISHERS,
    REASONS,
    Reason,
    canonical,
    is_extension,
    is_reason,
    is_registered,
    reason,
    split_suffix,
)

REGISTERED = sorted(keyword for keyword in REASONS if is_registered(keyword))
EXTENSION = sorted(keyword for keyword in REASONS if is_extension(keyword))

# Of the registry's 852 keywords, sorted, one a line. It keeps the list honest where the registry is not at hand.
FINGERPRINT = "ebbe88996e9ffe720c78bbad083637d316164a7b15fd954530694fbfc7300933"


@pytest.fixture
def registry(root: Path) -> list[str]:
    """The keywords of the IANA registry as somebody else extracted them."""
    codes = root.parent / "shared" / "reference" / "codes.json"
    if not codes.is_file():
        pytest.skip("the reference tables are not beside this checkout")
    return list(json.loads(codes.read_text("utf-8"))["ippPrinterStateReasons"])


def test_the_registered_reasons_are_the_registry(registry: list[str]) -> None:
    """The core list and the families made by rule are together exactly the registry, with its spellings."""
    assert sorted(registry) == REGISTERED


def test_the_registered_reasons_have_not_changed_unnoticed() -> None:
    """852 keywords: 240 core ones and 17 families of 36; their fingerprint is the registry's."""
    assert len(REGISTERED) == 240 + len(FINISHERS) * len(FINISHER_CONDITIONS) == 852
    assert hashlib.sha256("\n".join(REGISTERED).encode()).hexdigest() == FINGERPRINT


def test_the_extension_fills_the_gaps_of_the_registry() -> None:
    """The laminator has every condition a finisher has and nine more; eight words stand outside the family."""
    family = {f"laminator-{condition}" for condition in FINISHER_CONDITIONS}
    assert family <= set(EXTENSION)
    assert sorted(set(EXTENSION) - family) == [
        "encoder-failure",
        "laminator-cutter-failure",
        "laminator-heater-failure",
        "laminator-output-full",
        "laminator-supply-almost-empty",
        "laminator-supply-empty",
        "laminator-supply-failure",
        "laminator-supply-low",
        "laminator-supply-missing",
        "laminator-supply-unsupported",
        "maintenance-overdue",
        "marker-supply-unsupported",
        "media-unsupported",
        "offline",
        "power-supply-failure",
        "reject-area-full",
        "service-needed",
    ]


def test_a_keyword_is_registered_or_extension_never_both() -> None:
    """No word of ours shadows one of the registry, whatever the case; what is neither is no reason."""
    assert not set(REGISTERED) & set(EXTENSION)
    assert len({keyword.lower() for keyword in REASONS}) == len(REASONS)
    for keyword in ("lamination-jam", "media-jam-error", "(clears cover-open)", "", "MEDIA-JAM"):
        assert not is_reason(keyword)
        assert not is_registered(keyword)
        assert not is_extension(keyword)


def test_every_reason_knows_its_own_keyword() -> None:
    """reason() gives back the canonical spelling, whatever the case it was asked in."""
    for keyword in REASONS:
        assert reason(keyword.upper()) is REASONS[keyword]
        assert canonical(keyword.lower()) == keyword == REASONS[keyword].keyword
    assert reason("SUBUNIT-TIMING-FAILURE").keyword == "subunit-timing-Failure"


def test_a_word_of_another_version_is_of_class_other() -> None:
    """A record written by a newer fleetmon may hold a reason this one has not; it is shown, not refused."""
    assert reason("glue-gun-empty") == Reason("glue-gun-empty", ReasonClass.OTHER, Severity.WARNING, extension=True)
    assert canonical("glue-gun-empty") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("media-low-warning", ("media-low", Severity.WARNING)),
        ("other-error", ("other", Severity.ERROR)),
        ("cover-open", ("cover-open", None)),
        ("Cover-Open-ERROR", ("cover-open", Severity.ERROR)),
        ("offline-report", ("offline", Severity.REPORT)),
        ("laminator-supply-empty-error", ("laminator-supply-empty", Severity.ERROR)),
        ("media-path-input-feed-error", ("media-path-input-feed-error", None)),
        ("media-path-input-feed-error-warning", ("media-path-input-feed-error", Severity.WARNING)),
        ("stapler-unrecoverable-storage-error", ("stapler-unrecoverable-storage-error", None)),
        ("subunit-unrecoverable-storage-error", ("subunit-unrecoverable-storage", Severity.ERROR)),
        ("subunit-timing-failure-error", ("subunit-timing-Failure", Severity.ERROR)),
        ("waste-receptacle-full-warning", ("waste-receptacle-full-warning", None)),
        ("media-low-urgent", ("media-low-urgent", None)),
        ("-error", ("-error", None)),
        ("error", ("error", None)),
        ("", ("", None)),
    ],
)
def test_a_suffix_is_split_off_only_where_it_is_one(text: str, expected: tuple[str, Severity | None]) -> None:
    """The whole is asked first, then the rest; what is no reason either way stays untouched."""
    assert split_suffix(text) == expected


def test_keywords_that_end_like_a_suffix_are_kept_whole() -> None:
    """The 23 registered keywords that end in -error, and the laminator's, survive."""
    kept = [keyword for keyword in REASONS if keyword.endswith(("-error", "-warning", "-report"))]
    assert len([keyword for keyword in kept if is_registered(keyword)]) == 23
    assert all(split_suffix(keyword) == (keyword, None) for keyword in kept)


@given(keyword=st.sampled_from(sorted(REASONS)), severity=st.sampled_from(list(Severity)))
def test_keyword_and_suffix_come_apart_as_they_were_joined(keyword: str, severity: Severity) -> None:
    """For every reason and severity: joined with a hyphen, they split into the same two, unless the whole is one."""
    joined = f"{keyword}-{severity}"
    assert split_suffix(joined) == ((joined, None) if is_reason(joined) else (keyword, severity))


@given(st.text())
def test_any_text_is_split_or_left_alone(text: str) -> None:
    """Whatever a device sends: a reason with or without severity, or the very text with none."""
    keyword, severity = split_suffix(text)
    assert is_reason(keyword) or (keyword == text and severity is None)
