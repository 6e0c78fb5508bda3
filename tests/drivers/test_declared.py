"""What a definition's own objects make of values: codes, bits, rows of vendor tables, counters, the state word."""

from typing import Any

import pytest

from fleetmon.conversation import converse
from fleetmon.decode.printer_mib import mib
from fleetmon.decode.snmp import Pace, meet, poll
from fleetmon.definition import SnmpDefinition
from fleetmon.model.report import Counter, Notice, Report
from fleetmon.model.words import Severity, State, Unit

from .hearing import at_once
from .walks import alert, changed, link, only_fault, printer

VENDOR = "1.3.6.1.4.1.99999"


def definition(**parts: Any) -> SnmpDefinition:
    """A driver that consists of these parts."""
    frame = {"name": "acme", "title": "Acme", "kind": "laminator", "maturity": "experimental", "link": "snmp"}
    return SnmpDefinition.model_validate(frame | parts)


def report(driver: SnmpDefinition, *lines: str) -> Report:
    """What it makes of a machine that says this."""
    return at_once(converse(meet(lambda objects: driver), link("1.5.0|4|acme", *lines))).report


WORD = {
    "oid": f"{VENDOR}.1.0",
    "bits": {
        "0x01": {"reason": "laminator-jam"},
        "0x10": {"reason": "laminator-cover-open", "text": "hood"},
        "0x80": {},
    },
}
BITS = definition(faults={"word": WORD})


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        ("4|11", ["0x1", "0x10"]),
        ("4|00000010", ["0x10"]),
        ("4|0x01", ["0x1"]),
        ("2|17", ["0x1", "0x10"]),
        ("2|16", ["0x10"]),
        ("66|1", ["0x1"]),
        ("2|0", []),
        ("2|128", []),
        ("4|80", []),
        ("2|66", ["0x42"]),
        ("4|42", ["0x42"]),
        ("4|not hex", ["not hex"]),
        ("2|-1", ["-1"]),
        ("5|", []),
        ("4|", []),
    ],
)
def test_bits_of_a_number_and_of_a_hexadecimal_text(value: str, codes: list[str]) -> None:
    """An INTEGER is the word itself, a text is read as hexadecimal; a bit without a name is kept as `other`."""
    assert [code for fault in report(BITS, f"{VENDOR}.1.0|{value}").faults for code in fault.codes] == codes


def test_a_bit_without_a_name_is_other() -> None:
    """All unnamed bits in one code, so that somebody can map them."""
    fault = only_fault(report(BITS, f"{VENDOR}.1.0|2|66"))
    assert (fault.reason, fault.severity, fault.codes) == ("other", Severity.WARNING, ("0x42",))


CODES = definition(
    faults={
        "status": {
            "oid": f"{VENDOR}.2.0",
            "codes": {
                "0": {},
                "7": {"reason": "laminator-supply-empty", "text": "film"},
                "E14": {"reason": "laminator-jam", "severity": "warning"},
            },
        }
    },
    state={"oid": f"{VENDOR}.3.0", "codes": {"0": "idle", "1": "processing", "9": "stopped"}},
    counters={"made": {"oid": f"{VENDOR}.4.0", "unit": "documents", "pattern": r"(?P<value>\d+) pcs"}},
)


@pytest.mark.parametrize(
    ("value", "reason", "codes"),
    [
        ("2|7", "laminator-supply-empty", ("7",)),
        ("4|7 ", "laminator-supply-empty", ("7",)),
        ("4|E14", "laminator-jam", ("E14",)),
        ("4|E15", "other", ("E15",)),
        ("2|0", None, ()),
    ],
)
def test_a_code_is_mapped_or_kept(value: str, reason: str | None, codes: tuple[str, ...]) -> None:
    """Mapped to a reason, mapped to nothing on purpose, or `other` with the vendor's code."""
    faults = report(CODES, f"{VENDOR}.2.0|{value}").faults
    assert [(fault.reason, fault.codes) for fault in faults] == ([(reason, codes)] if reason else [])


@pytest.mark.parametrize(
    ("value", "state"),
    [
        ("2|0", State.IDLE),
        ("4|1", State.PROCESSING),
        ("2|9", State.STOPPED),
        ("2|5", State.UNKNOWN),
        ("5|", State.UNKNOWN),
    ],
)
def test_a_state_word_of_its_own(value: str, state: State) -> None:
    """Where the standard objects say nothing, the declared one does; an unmapped word is unknown."""
    assert report(CODES, f"{VENDOR}.3.0|{value}").state is state


def test_stopped_by_its_own_word_beats_idle() -> None:
    """The worst word wins, whoever says it."""
    assert report(CODES, printer(3, 2), f"{VENDOR}.3.0|2|9").state is State.STOPPED
    assert report(CODES, printer(1, 5), f"{VENDOR}.3.0|2|0").state is State.STOPPED


@pytest.mark.parametrize(("value", "total"), [("4|1920 pcs", 1920), ("4|none", None), ("2|5", None), ("4|-5 pcs", 5)])
def test_a_counter_is_picked_out_of_its_text(value: str, total: int | None) -> None:
    """The pattern decides what counts; without it there is no counter, and never 0."""
    counters = report(CODES, f"{VENDOR}.4.0|{value}").counters
    assert counters == (() if total is None else (Counter(1, total, Unit.DOCUMENTS),))


def alerts(entry: str) -> dict[str, Any]:
    """A vendor's table of alerts."""
    codes: dict[str, Any] = {"4,5": {"reason": "cover-open"}, "0,0": {}}
    severities = {"1": "notice", "2": "warning"}
    return {"entry": entry, "columns": [4, 5], "severity_column": 2, "severities": severities, "codes": codes}


def table(entry: str) -> SnmpDefinition:
    """A driver with one."""
    return definition(fault_tables={"alerts": alerts(entry)})


ENTRIES = [f"{VENDOR}.1", f"{VENDOR}.10.31.1", f"{VENDOR}.2.3.9.4.2.1.1", "1.3.6.1.4.1.99999.5.4.3.2.1.1.1.1.1"]


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_vendor_s_table_may_hang_anywhere(entry: str) -> None:
    """Its entry has as many arcs as its vendor gave it, and so has its index."""
    driver = table(entry)
    rows = f"{entry}.4.7|2|4\n{entry}.5.7|2|5\n{entry}.2.7|2|2\n{entry}.4.1.8|2|9\n{entry}.5.1.8|2|9"
    assert [(fault.reason, fault.codes, fault.severity) for fault in report(driver, rows).faults] == [
        ("other", ("9,9",), Severity.WARNING),
        ("cover-open", ("4,5",), Severity.WARNING),
    ]


def test_a_row_is_a_fault_a_notice_or_nothing() -> None:
    """Severity 1 is only mentioned; a row mapped to nothing says nothing."""
    entry = ENTRIES[1]
    row = "{entry}.2.{n}|2|{level}\n{entry}.4.{n}|2|{group}\n{entry}.5.{n}|2|{code}"
    rows = [(1, 1, 1, 10), (2, 3, 4, 5), (3, 3, 0, 0)]
    lines = [row.format(entry=entry, n=n, level=level, group=group, code=code) for n, level, group, code in rows]
    heard = report(table(entry), *lines)
    assert heard.notices == (Notice("1,10", "other", Severity.REPORT),)
    assert (only_fault(heard).reason, only_fault(heard).severity) == ("cover-open", Severity.ERROR)


def test_a_row_that_lacks_its_columns_is_no_fault() -> None:
    """A row of which only other columns exist names nothing: it is not a fault with an empty code."""
    heard = report(table(ENTRIES[1]), f"{ENTRIES[1]}.7.3|4|whatever\n{ENTRIES[1]}.2.3|2|3")
    assert (heard.faults, heard.notices) == ((), ())


def test_declared_objects_are_polled_and_their_changes_seen() -> None:
    """A fault object is asked in every quick poll; when it moves, the vendor's table is read too."""
    driver = definition(faults={"word": WORD}, fault_tables={"alerts": alerts(ENTRIES[1])})
    walk = link("1.1.0|4|Acme", "1.3.0|67|100", f"{VENDOR}.1.0|2|0")
    known = at_once(converse(meet(lambda objects: driver), walk))
    assert known.fast == (mib.SYS_UPTIME, tuple(map(int, f"{VENDOR}.1.0".split("."))))
    later = changed(walk, f"{VENDOR}.1.0|2|1", f"{ENTRIES[1]}.4.1|2|4\n{ENTRIES[1]}.5.1|2|5")
    then = at_once(converse(poll(lambda objects: driver, known, Pace.FAST), later))
    assert {fault.reason for fault in then.report.faults} == {"laminator-jam", "cover-open"}


def test_what_the_alert_table_says_too_is_one_fault() -> None:
    """A vendor's bit of the same class is absorbed by the standard row, which says more."""
    row = alert(1, severity=3, group=13, group_index=1, code=8, text="Booklet stuck")
    fault = only_fault(report(BITS, printer(1, 5, "04"), row, f"{VENDOR}.1.0|2|1"))
    assert (fault.reason, fault.part, fault.text) == ("media-path-jam", "media-path-1", "Booklet stuck")
    assert fault.codes == ("8", "0x1", "jammed")
