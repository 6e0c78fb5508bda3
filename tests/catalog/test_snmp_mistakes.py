"""Each mistake in what a definition says of a private MIB is told with its line and what is allowed."""

from pathlib import Path

import pytest

from .test_definitions import HEAD, complaint

OID = 'oid = "1.3.6.1.4.1.99999.1.0"\n'
ENTRY = 'entry = "1.3.6.1.4.1.99999.2.1"\n'
STATE = HEAD + "[state]\n" + OID
FAULT = HEAD + "[faults.status]\n" + OID
SUPPLY = HEAD + "[supplies.film]\n" + OID
FILMS = HEAD + "[supply_tables.film]\n" + ENTRY
ALARMS = HEAD + "[fault_tables.alarms]\n" + ENTRY
MADE = HEAD + "[counters.made]\n" + OID

MISTAKES = {
    "a state that says nothing": (STATE, "line 6: state: says nothing; give codes, bits, bit_string or otherwise"),
    "a state told twice": (
        STATE + 'codes = { 1 = "idle" }\nbits = { 0x1 = "idle" }\n',
        "line 6: state: give one of codes, bits, bit_string; another rule may take the rest: [[state]]",
    ),
    "the second of several states": (
        HEAD + "[[state]]\n" + OID + 'otherwise = "idle"\n[[state]]\n' + OID + 'otherwise = "ready"\n',
        'line 11: state.otherwise: "ready" is not allowed; allowed here: idle, processing, stopped, unknown',
    ),
    "a state's bit that is none": (STATE + 'bits = { low = "idle" }\n', 'line 8: state.bits: "low" names no bit'),
    "two patterns for one code": (
        FAULT + 'codes = { "E*" = {}, "*1" = {} }\n',
        'line 8: faults.status.codes: "E*" and "*1" can both fit one code; make one of them more exact',
    ),
    "a bit string with a mask": (
        FAULT + "bit_string = { 0x04 = {} }\n",
        'line 8: faults.status.bit_string: "0x04" is no number of a bit; the first one, the most significant, is 0',
    ),
    "bits of two kinds": (
        FAULT + "bits = { 0x04 = {} }\nbit_string = { 5 = {} }\n",
        "line 6: faults.status: give either codes or bits, bit_string or texts; texts may stand beside codes",
    ),
    "bits that are split": (
        FAULT + "bits = { 0x04 = {} }\nsplit = 2\n",
        "line 6: faults.status: split and separator are for codes; bits are of one value",
    ),
    "a value parted in two ways": (
        FAULT + 'codes = { 1 = {} }\nsplit = 2\nseparator = ","\n',
        "line 6: faults.status: give either split or separator",
    ),
    "a text without severity": (
        FAULT + "texts = [{ pattern = 'jam', reason = \"media-jam\" }]\n",
        "line 8: faults.status.texts.severity: is missing",
    ),
    "a pace that is none": (
        FAULT + 'pace = "often"\ncodes = { 1 = {} }\n',
        'line 8: faults.status.pace: "often" is not allowed; allowed here: fast, slow, on-change',
    ),
    "a supply of no kind": (SUPPLY, "line 6: supplies.film.kind: is missing"),
    "a kind nobody knows": (
        SUPPLY + 'kind = "foil"\n',
        'line 8: supplies.film.kind: "foil" is not allowed; allowed here: laminate, hologram-foil,',
    ),
    "a capacity of nothing": (
        SUPPLY + 'kind = "laminate"\ncapacity = 0\n',
        "line 9: supplies.film.capacity: must be a whole number of at least 1, or the OID of the object that tells it",
    ),
    "a capacity that is no OID": (
        SUPPLY + 'kind = "laminate"\ncapacity = "400"\n',
        "line 9: supplies.film.capacity: must be a whole number of at least 1, or the OID",
    ),
    "a scale that is none": (
        SUPPLY + 'kind = "laminate"\nscale = nan\n',
        "line 9: supplies.film.scale: ",
    ),
    "a level below nothing": (
        SUPPLY + 'kind = "laminate"\nsteps = { low = -1 }\n',
        "line 9: supplies.film.steps.low: must be at least 0",
    ),
    "a key of fields": (
        SUPPLY + 'kind = "laminate"\nfrom = "film"\n',
        'line 9: supplies.film.from: unknown key "from"; allowed here: ',
    ),
    "a table without levels": (FILMS, "line 6: supply_tables.film.level_column: is missing"),
    "a column that is none": (
        FILMS + "level_column = 0\n",
        'line 8: supply_tables.film.level_column: must be at least 1: the number of a column; or "index"',
    ),
    "two capacities": (
        FILMS + "level_column = 4\ncapacity = 10\ncapacity_column = 5\n",
        "line 9: supply_tables.film.capacity: stands beside capacity_column; give one of them",
    ),
    "kinds from nowhere": (
        FILMS + 'level_column = 4\nkinds = { 1 = "ink" }\n',
        "line 9: supply_tables.film.kinds: needs kind_column beside it",
    ),
    "a column of kinds that nobody explains": (
        FILMS + "level_column = 4\nkind_column = 2\n",
        "line 9: supply_tables.film.kind_column: needs kinds beside it",
    ),
    "units from nowhere": (
        FILMS + 'level_column = 4\nunits = { 1 = "items" }\n',
        "line 9: supply_tables.film.units: needs unit_column beside it",
    ),
    "classes from nowhere": (
        FILMS + 'level_column = 4\nclasses = { 1 = "filled" }\n',
        "line 9: supply_tables.film.classes: needs class_column beside it",
    ),
    "a column by its name": (
        ALARMS + 'columns = ["code"]\ncodes = {}\n',
        'line 8: fault_tables.alarms.columns: must be at least 1: the number of a column; or "index" for the index',
    ),
    "texts of nothing": (
        ALARMS + 'columns = [2]\ncodes = {}\ntexts = [{ pattern = \'x\', reason = "media-jam", severity = "error" }]\n',
        "line 10: fault_tables.alarms.texts: needs a text_column, whose words they are tried with",
    ),
    "parts of nothing": (
        ALARMS + 'columns = [2]\ncodes = {}\nparts = { 1 = "roller" }\n',
        "line 10: fault_tables.alarms.parts: needs a part_column, whose values they explain",
    ),
    "a counter that runs backwards": (
        MADE + 'unit = "documents"\nscale = -1\n',
        "line 9: counters.made.scale: must be more than 0",
    ),
    "a display that is no OID": (HEAD + 'console = ["panel"]\n', "line 6: console: is no OID; write numbers with dots"),
    "something to write": (
        SUPPLY + 'kind = "laminate"\nwrite = 1\n',
        'line 9: supplies.film.write: unknown key "write"; allowed here: oid, pace, pattern',
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_its_line(mistake: str, tmp_path: Path) -> None:
    """File, line, key, what is wrong and what is allowed; one line, since there is one mistake."""
    text, expected = MISTAKES[mistake]
    said = complaint(tmp_path, text).splitlines()
    assert [line for line in said if not line.startswith(expected)] == []
    assert len(said) == 1
