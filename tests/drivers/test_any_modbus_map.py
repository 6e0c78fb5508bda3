"""Any map over any registers: however reads are merged, each value is the one that its own registers hold."""

import math
import struct
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fleetmon.conversation import converse
from fleetmon.decode.lines import poll
from fleetmon.decode.snmp import Pace
from fleetmon.definition.modbus import Table
from fleetmon.links.register_file import RegisterFile

from .hearing import at_once
from .modbus_lines import registers

PACKED = {"u16": ">H", "s16": ">h", "u32": ">I", "s32": ">i", "f32": ">f"}
ROWS = st.fixed_dictionaries(
    {"table": st.sampled_from(["holding", "input"]), "address": st.integers(0, 120)},
    optional={
        "form": st.sampled_from(list(PACKED)),
        "order": st.sampled_from(["big", "little"]),
        "pace": st.sampled_from(["fast", "slow"]),
        "optional": st.booleans(),
    },
)
BITS = st.fixed_dictionaries({"table": st.sampled_from(["coil", "discrete"]), "address": st.integers(0, 120)})
LINES = st.fixed_dictionaries(
    {"most": st.integers(2, 125), "gap": st.integers(0, 30), "word_order": st.sampled_from(["big", "little"])}
)
WORDS = st.lists(st.integers(0, 0xFFFF), min_size=128, max_size=128)


def held(row: dict[str, Any], word_order: str, cells: dict[str, list[int]]) -> float | None:
    """What a register holds, worked out by hand."""
    at, form = row["address"], row.get("form", "u16")
    if row["table"] in ("coil", "discrete"):
        return cells[row["table"]][at] & 1
    words = cells[row["table"]][at : at + (2 if "32" in form else 1)]
    if row.get("order", word_order) == "little":
        words.reverse()
    [value] = struct.unpack(PACKED[form], struct.pack(f">{len(words)}H", *words))
    return float(value) if math.isfinite(value) else None


@given(st.lists(ROWS | BITS, min_size=1, max_size=20), LINES, st.tuples(WORDS, WORDS, WORDS, WORDS))
def test_each_value_is_its_own(
    rows: list[dict[str, Any]], line: dict[str, Any], words: tuple[list[int], list[int], list[int], list[int]]
) -> None:
    """32 bits, floats, both word orders, bits: read in few reads or in many, the same values; no number is none."""
    tables: tuple[Table, ...] = ("holding", "input", "coil", "discrete")
    cells: dict[str, list[int]] = dict(zip(tables, words, strict=True))
    there = {t: {n: w & 1 if t in ("coil", "discrete") else w for n, w in enumerate(cells[t])} for t in tables}
    read = {f"r{number}": row for number, row in enumerate(rows)}
    met = at_once(converse(poll(registers(line, **read), None, Pace.SLOW, 0.0), RegisterFile(there)))
    told: dict[str, Any] = {}
    for fields in met.told.values():
        told |= fields
    wanted = {name: held(row, line["word_order"], cells) for name, row in read.items()}
    assert told == {name: value for name, value in wanted.items() if value is not None}
