"""Whatever a machine with a private MIB says, in whatever types: a report that validates, and no fault twice."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fleetmon import vocabulary
from fleetmon.conversation import converse
from fleetmon.decode.dialogue import Value, Varbind, oid
from fleetmon.decode.snmp import Met, Pace, meet, poll
from fleetmon.links.walk_file import WalkFile
from fleetmon.model.oid import Oid
from fleetmon.publish import payloads

from .hearing import at_once, published
from .test_declared import VENDOR, definition

SCALARS = [f"{VENDOR}.{n}.0" for n in range(1, 13)]
ENTRY = f"{VENDOR}.20.1"
JAM: dict[str, Any] = {"reason": "laminator-jam", "part": "roller-1", "actor": "operator"}
TEXTS = [{"pattern": "(?i)jam|stau", "reason": "media-jam", "severity": "warning"}]
EVERYTHING = definition(
    state=[
        {"oid": SCALARS[0], "codes": {"1": "idle", "2?": "stopped"}, "asleep": [7]},
        {"oid": SCALARS[1], "bits": {"0x1": "processing", "!0x8": "stopped"}},
        {"oid": SCALARS[2], "bit_string": {"0": "stopped", "9": "processing"}, "otherwise": "idle"},
    ],
    faults={
        "code": {"oid": SCALARS[0], "codes": {"7": JAM, "9*": {}, "9?": {"reason": "service-needed"}}, "none": [0]},
        "word": {"oid": SCALARS[1], "bits": {"0x2": JAM, "!0x4": {"reason": "cover-open"}, "0xF0": {}}},
        "flags": {"oid": SCALARS[2], "bit_string": {"0": JAM, "!3": {"reason": "cover-open"}}},
        "list": {"oid": SCALARS[3], "codes": {"E1": JAM}, "separator": ",", "texts": TEXTS, "pace": "slow"},
        "cut": {"oid": SCALARS[4], "codes": {"E?": JAM}, "split": 2, "pattern": "(?P<value>[A-Z0-9]+)"},
    },
    fault_tables={
        "rows": {
            "entry": ENTRY,
            "columns": ["index", 2],
            "severity_column": 3,
            "severities": {"1": "notice", "2": "warning"},
            "text_column": 4,
            "part_column": 5,
            "parts": {"1": "feeder"},
            "texts": TEXTS,
            "codes": {"1,1": JAM, "*,2": {}},
            "pace": "fast",
        }
    },
    counters={"made": {"oid": SCALARS[5], "unit": "documents", "scale": 0.5, "absent": [255]}},
    supplies={
        "film": {"oid": SCALARS[6], "kind": "laminate", "capacity": SCALARS[7], "scale": 0.1, "steps": {"low": 5}},
        "bin": {"oid": SCALARS[8], "kind": "waste", "tells": "used", "unit": "percent", "some": [-3]},
    },
    inputs={"feeder": {"oid": SCALARS[9], "capacity": 50, "unit": "documents"}},
    supply_tables={
        "rows": {
            "entry": ENTRY,
            "level_column": 2,
            "capacity_column": 3,
            "description_column": 4,
            "kind_column": 5,
            "kinds": {"1": "waste"},
            "filled_tells": "used",
        }
    },
    input_tables={"trays": {"entry": ENTRY, "level_column": 2, "capacity": 100, "pace": "on-change"}},
    console=SCALARS[10:],
    identity={"serial_objects": SCALARS[:1], "name_objects": SCALARS[3:4], "model_objects": SCALARS[4:5]},
)

VALUES = (
    st.integers(-5, 300)
    | st.integers(-(2**63), 2**64 - 1)
    | st.sampled_from([b"E1,E2, jam", b"E1E9", b"low", b"12.5", b"\x80\x40", b"\x00", b"Stau im Einzug", b"9" * 300])
    | st.binary(max_size=40)
    | st.just((1, 3, 6))
)
CELLS = st.tuples(st.integers(1, 6), st.integers(1, 4)).map(lambda cell: (*oid(ENTRY), *cell))
SAID = st.dictionaries(st.sampled_from([oid(name) for name in SCALARS]) | CELLS, VALUES, max_size=40)
UPTIME = oid("1.3.6.1.2.1.1.3.0")


def machine(said: dict[Oid, Value], uptime: int) -> WalkFile:
    """A machine that says this."""
    return WalkFile({name: Varbind(name, 0, value) for name, value in (said | {UPTIME: uptime}).items()})


def heard(said: dict[Oid, Value], known: Met | None = None, pace: Pace = Pace.SLOW, uptime: int = 100) -> Met:
    """What is known of it, met or polled."""
    dialogue = meet(lambda objects: EVERYTHING) if known is None else poll(lambda objects: EVERYTHING, known, pace)
    return at_once(converse(dialogue, machine(said, uptime)))


@given(SAID)
def test_anything_makes_a_report_that_validates(said: dict[Oid, Value]) -> None:
    """It survives JSON, names only known reasons, no fault twice, and no level beyond what there can be."""
    report = heard(said).report
    data = published(report)
    assert payloads.StateData.model_validate(data)
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert all(vocabulary.is_reason(fault.reason) for fault in report.faults)
    assert len({fault.key for fault in report.faults}) == len(report.faults)
    for supply in (*report.supplies, *report.inputs):
        assert supply.level.percent is None or 0 <= supply.level.percent <= 100
        assert supply.level.level is None or supply.level.level >= 0
    assert all(counter.total >= 0 for counter in report.counters)


@given(SAID, SAID, st.sampled_from(Pace))
def test_a_poll_knows_what_meeting_afresh_would(before: dict[Oid, Value], after: dict[Oid, Value], pace: Pace) -> None:
    """A slow poll knows everything, a fast one all that is read fast; what is gone is missed, what is new in a table is
    seen. A new scalar is found at the next meeting."""
    after = {name: value for name, value in after.items() if name in before or len(name) == len(oid(ENTRY)) + 2}
    again = heard(after, heard(before), pace, uptime=200).report
    afresh = heard(after).report
    assert (again.asleep, again.counters) == (afresh.asleep, afresh.counters)
    if pace is Pace.SLOW:
        assert again.later(0) == afresh.later(0)
    elif after.get(SLOW) == before.get(SLOW):
        assert (again.state, again.faults) == (afresh.state, afresh.faults)


SLOW = oid(SCALARS[3])


@given(SAID, st.lists(st.sampled_from(Pace), min_size=1, max_size=4))
def test_a_machine_that_stands_still_is_told_alike(said: dict[Oid, Value], paces: list[Pace]) -> None:
    """Nothing changed, so nothing is told differently at any pace."""
    known = first = heard(said)
    for turn, pace in enumerate(paces, start=1):
        known = heard(said, known, pace, uptime=100 + turn)
        assert known.report.later(0) == first.report.later(0)
