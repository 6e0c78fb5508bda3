"""Whatever a machine sends is fields or a garbled reply: nothing else, and never more than was said."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fleetmon.decode.dialogue import Answer
from fleetmon.decode.lines import fields_of, understand
from fleetmon.definition import LineDefinition
from fleetmon.errors import GarbledReply
from fleetmon.model.words import Severity, State

from .talking import exchange, line

DRIVERS = [
    exchange(r"reply = 'S(?P<state>\d)(?P<faults>(E\w{2})*)C(?P<produced>\d{6})'"),
    exchange(r"reply = '(?P<state>\w*)[ ,;](?s:(?P<rest>.*))', frames = 2"),
    exchange(r"reply = '(?P<a>\d*)', frames = 4, until = '\.*', after = '[#]'"),
    exchange('fields = [["state", "_", "b"], ["c", "*"]], frames = 2'),
    exchange('pairs = { keys = { STATE = "state", B = "b" } }, frames = 3, until = "END"'),
    exchange(
        'layout = { state = { at = 0, fixed = { mask = "0x93", is = "0x12" } },'
        ' b = { at = -4, size = 4, form = "float" },'
        ' c = { at = 1, size = 2, form = "bcd", order = "little" }, d = { at = 2, size = 8, form = "signed" } }'
    ),
    exchange('json = { state = "/result", b = "/b/0/c", c = "" }'),
]

octets = st.one_of(
    st.binary(max_size=64),
    st.text('SEC0123456789,;=.#\n "BSTATEND', max_size=64).map(str.encode),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["result", "b", "c"]), inner),
        max_leaves=6,
    ).map(lambda each: json.dumps(each).encode()),
)


@pytest.mark.parametrize("driver", DRIVERS, ids=range(len(DRIVERS)))
@given(frames=st.lists(octets, max_size=4))
@example(frames=[b"[" * 4096])
@example(frames=[b"9" * 4096])
@example(frames=[b'{"result":' + b"9" * 4000 + b"}"])
def test_any_frames_are_fields_or_garbled(driver: LineDefinition, frames: list[bytes]) -> None:
    """Fields are those that the exchange names, and only of the three kinds of values."""
    exchange_ = driver.read["status"]
    try:
        fields = fields_of(exchange_, Answer(b"".join(frames), tuple(frames)))
    except GarbledReply:
        return
    assert fields.keys() <= exchange_.names
    assert all(isinstance(value, str | int | float) for value in fields.values())
    understand(driver, fields, None, 0.0)


def rules() -> LineDefinition:
    """Every kind of rule at once."""
    return line(
        'console = ["name"]\njobs = ["level", "up"]\nuptime = "up"\n'
        """
[read.status]
ask = "?"
read_only = "p. 1"
json = { state = "/s", codes = "/c", word = "/w", level = "/l", count = "/n", up = "/u", name = "/i" }
[values.word]
base = 16
[values.tenths]
from = "level"
scale = 0.1
offset = -3.5
[values.part]
from = "name"
pattern = 'v(?P<value>[0-9]+)'
mask = "0xf0"
base = 10
[state]
codes = { 0 = "idle", "1*" = "processing", 9 = "stopped" }
bits = { "0x100" = "stopped" }
asleep = ["0"]
[faults.codes]
separator = ","
prefix = "c "
[faults.codes.codes]
E14 = { reason = "laminator-jam" }
"E2?" = { reason = "laminator-supply-low", severity = "warning" }
E30 = {}
[faults.word]
bits = { "0x1" = { reason = "cover-open" }, "!0x2" = { reason = "door-open", severity = "report" }, "0x4" = {} }
[counters]
count = { unit = "documents" }
[supplies.film]
from = "level"
kind = "laminate"
unit = "percent"
[inputs.tray]
from = "tenths"
capacity = "part"
unit = "sheets"
[identity]
model = "name"
serial = "count"
[heaters.roller]
measured = "level"
set_point = "tenths"
output = "word"
"""
    )


RULES = rules()
values = st.one_of(
    st.text(max_size=30),
    st.integers(),
    st.integers(0, 0x1FF),
    st.floats(allow_nan=False, allow_infinity=False),
    st.from_regex(r"(E[0-4]{2},){0,4}E[0-4]{2}", fullmatch=True),
)


@given(fields=st.dictionaries(st.sampled_from(sorted(RULES.known_fields)), values))
def test_any_fields_are_a_report(fields: dict[str, str | int | float]) -> None:
    """Whatever the fields hold, there is a report; a percentage is from 0 to 100, a fault of severity error stops."""
    report = understand(RULES, fields, None, 0.0)
    percents = [each.level.percent for each in (*report.supplies, *report.inputs)]
    assert all(percent is None or 0 <= percent <= 100 for percent in percents)
    assert all(counter.total >= 0 for counter in report.counters)
    keys = [fault.key for fault in report.faults]
    assert len(keys) == len(set(keys))
    if any(fault.severity is Severity.ERROR for fault in report.faults):
        assert report.state is State.STOPPED


@given(codes=st.lists(st.from_regex("[A-Z][0-9]{2}", fullmatch=True), max_size=8))
def test_every_unknown_code_is_kept_once(codes: list[str]) -> None:
    """A code that nobody mapped stands in the fault `other`, verbatim and once; what is mapped does not."""
    report = understand(RULES, {"codes": ",".join(codes)}, None, 0.0)
    unknown = [code for code in dict.fromkeys(codes) if code not in ("E14", "E30") and code[:2] != "E2"]
    kept = [fault.codes for fault in report.faults if fault.reason == "other"]
    assert kept == ([tuple(f"c {code}" for code in unknown)] if unknown else [])


@given(word=st.integers(0, (1 << 64) - 1))
def test_every_unknown_bit_is_kept_once(word: int) -> None:
    """Set bits that nobody mapped stand in the fault `other` together."""
    report = understand(RULES, {"word": f"{word:X}"}, None, 0.0)
    kept = [fault.codes for fault in report.faults if fault.reason == "other"]
    assert kept == ([(f"{word & ~7:#x}",)] if word & ~7 else [])
    assert any(fault.codes == ("0x1",) for fault in report.faults) == bool(word & 1)
    assert any(fault.codes == ("!0x2",) for fault in report.faults) == (not word & 2)
