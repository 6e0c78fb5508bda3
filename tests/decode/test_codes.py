"""The Printer-MIB's alert codes, number by number, and what the group of a row adds."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.decode.codes import AlertMeaning, Nature, alert, name
from fleetmon.decode.printer_words import ALERT_GROUPS, FINISHER_TYPES
from fleetmon.vocabulary import is_registered

DEFINED = [code for code in range(40_000) if name(code)]

# Of the 707 names of PrtAlertCodeTC in numerical order, one `number name` a line.
FINGERPRINT = "e6274bc175a7e9e5bbdc6ba7ab689ca6337e0ea5677cb88ca9d8d8cde784264f"

# Where we differ from the reference on purpose: two events without a keyword are named by what they end, and one
# keyword is spelt as the registry spells it.
OWN_WORD = {4: "cover-open", 502: "door-open", 37: "subunit-timing-Failure"}


@pytest.fixture
def reference(root: Path) -> list[dict[str, str | int]]:
    """All 707 codes with name and keyword, as somebody else extracted them."""
    codes = root.parent / "shared" / "reference" / "codes.json"
    if not codes.is_file():
        pytest.skip("the reference tables are not beside this checkout")
    return list(json.loads(codes.read_text("utf-8"))["prtAlertCode"])


def test_every_number_has_the_reference_s_name_and_keyword(reference: list[dict[str, str | int]]) -> None:
    """Names are the MIB's; keywords are the reference's, but for three that are listed."""
    assert [row["code"] for row in reference] == DEFINED
    for row in reference:
        code = int(row["code"])
        assert name(code) == row["name"]
        assert alert(code).keyword == OWN_WORD.get(code, row["keyword"]), row


def test_the_ends_and_log_lines_of_the_reference_are_no_faults(reference: list[dict[str, str | int]]) -> None:
    """What the reference marks as an end clears, what it marks as information informs."""
    for row in reference:
        if row["basis"] == "clear":
            assert alert(int(row["code"])).nature is Nature.CLEARS
        if row["basis"] == "info":
            assert alert(int(row["code"])).nature is Nature.INFO


def test_the_numbers_have_not_changed_unnoticed() -> None:
    """707 numbers; the fingerprint of their names is that of the MIB of 2014-05-22."""
    assert len(DEFINED) == 707
    assert hashlib.sha256("\n".join(f"{code} {name(code)}" for code in DEFINED).encode()).hexdigest() == FINGERPRINT


def test_no_defined_number_is_lost_in_other() -> None:
    """Every number but 1 has a word of its own, and that word is registered."""
    assert [code for code in DEFINED if alert(code).keyword == "other"] == [1]
    assert all(is_registered(alert(code).keyword) and alert(code).known for code in DEFINED)


@given(
    st.integers(-(2**31), 2**31) | st.sampled_from(DEFINED),
    st.none() | st.integers(-2, 300) | st.sampled_from(list(ALERT_GROUPS)),
    st.none() | st.integers(-2, 30),
)
def test_any_row_has_a_meaning(code: int, group: int | None, finisher_type: int | None) -> None:
    """Any three numbers give a registered keyword; numbers the MIB does not define are `other` and say so."""
    meaning = alert(code, group, finisher_type)
    assert is_registered(meaning.keyword)
    assert meaning.known == (name(code) is not None)
    if not meaning.known:
        assert meaning == AlertMeaning("other", Nature.FAULT, known=False)


@pytest.mark.parametrize("code", [-1, 0, 39, 255, 508, 1508, 30202, 30239, 31902, 31903])
def test_numbers_beside_the_blocks_are_unknown(code: int) -> None:
    """Gaps, the numbers devices invent (-1, 0, 255), and the block after the last finisher."""
    assert alert(code) == AlertMeaning("other", Nature.FAULT, known=False)
    assert name(code) is None


GENERIC_BY_GROUP = [
    # code, group, keyword
    (8, 8, "input-media-tray-jam"),
    (8, 9, "output-media-tray-jam"),
    (8, 10, "media-jam"),
    (8, 13, "media-path-jam"),
    (8, 5, "media-jam"),
    (9, 8, "input-tray-missing"),
    (9, 9, "output-tray-missing"),
    (9, 10, "marker-missing"),
    (9, 11, "marker-supply-missing"),
    (9, 13, "subunit-missing"),
    (10, 10, "marker-life-almost-over"),
    (11, 10, "marker-life-over"),
    (11, 11, "subunit-life-over"),
    (12, 8, "media-low"),
    (12, 11, "marker-supply-almost-empty"),
    (12, 12, "marker-supply-almost-empty"),
    (13, 8, "media-empty"),
    (13, 11, "marker-supply-empty"),
    (13, 12, "marker-supply-empty"),
    (14, 9, "output-area-almost-full"),
    (14, 11, "marker-waste-almost-full"),
    (14, 13, "media-path-media-tray-almost-full"),
    (15, 9, "output-area-full"),
    (15, 11, "marker-waste-full"),
    (15, 13, "media-path-media-tray-full"),
    (18, 6, "cover-open"),
    (18, 10, "marker-opened"),
    (22, 5, "subunit-offline"),
    (33, 8, "subunit-motor-failure"),
    (33, 10, "marker-motor-failure"),
    (36, 10, "marker-over-temperature"),
    (37, 10, "marker-timing-failure"),
    (37, 8, "subunit-timing-Failure"),
    (31, 10, "subunit-recoverable-storage"),
    (32, 10, "subunit-unrecoverable-storage"),
]


@pytest.mark.parametrize(("code", "group", "keyword"), GENERIC_BY_GROUP)
def test_the_group_says_what_a_generic_condition_befell(code: int, group: int, keyword: str) -> None:
    """The group chooses a registered keyword that means the same, and nothing where there is none."""
    assert alert(code, group).keyword == keyword


def test_a_number_that_names_its_unit_ignores_the_group() -> None:
    """Beyond the generic conditions the number says it all."""
    for code in DEFINED:
        assert code <= 38 or all(alert(code, group, 16) == alert(code) for group in ALERT_GROUPS)


def test_a_finisher_s_row_speaks_of_the_finisher() -> None:
    """A generic condition in the group finDevice is the finisher's own, spelt as its numbered codes are."""
    for number, finisher in FINISHER_TYPES.items():
        for code in range(3, 39):
            assert alert(code, 30, number) == alert(30_000 + 100 * number + code)
        assert alert(8, 30, number).keyword == f"{finisher}-jam"


def test_a_finisher_s_supply_runs_out_of_the_finisher() -> None:
    """Empty is said of the finisher; a missing supply is no missing finisher."""
    assert alert(13, 31, 12).keyword == "imprinter-empty"
    assert alert(12, 32, 18).keyword == "inserter-almost-empty"
    assert alert(9, 31, 12).keyword == "subunit-missing"


@pytest.mark.parametrize("finisher_type", [None, 0, 1, 2, 19, -1])
def test_a_finisher_of_unknown_type_keeps_the_generic_word(finisher_type: int | None) -> None:
    """FinDeviceTypeTC 2 is unknown, although the stapler's block of codes is number two."""
    assert alert(8, 30, finisher_type).keyword == "media-jam"
    assert alert(13, 30, finisher_type).keyword == "subunit-empty"


@pytest.mark.parametrize(
    ("code", "keyword", "nature"),
    [
        (3, "cover-open", Nature.FAULT),
        (4, "cover-open", Nature.CLEARS),
        (6, "interlock-closed", Nature.CLEARS),
        (19, "subunit-closed", Nature.CLEARS),
        (31104, "separation-cutter-cover-closed", Nature.CLEARS),
        (1801, "alert-removal-of-binary-change-entry", Nature.CLEARS),
        (23, "subunit-power-saver", Nature.INFO),
        (31623, "stacker-power-saver", Nature.INFO),
        (503, "power-up", Nature.INFO),
        (507, "printer-ready-to-print", Nature.INFO),
        (504, "power-down", Nature.FAULT),
        (802, "input-media-size-change", Nature.FAULT),
        (2, "unknown", Nature.FAULT),
    ],
)
def test_a_code_is_a_condition_its_end_or_a_log_line(code: int, keyword: str, nature: Nature) -> None:
    """Ends carry their own keyword where it is registered, else the reason they end; state texts inform."""
    assert alert(code) == AlertMeaning(keyword, nature)
