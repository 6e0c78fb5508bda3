"""Each mistake in a driver of byte or Modbus machines is told with its line, its key and what is allowed; and none can
do anything but read."""

import enum
import json
import subprocess
import sys
import time
import types
import typing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from fleetmon import catalog
from fleetmon.definition import LineDefinition, ModbusDefinition, SnmpDefinition
from fleetmon.definition.words import Strict, compiled, octets, written
from fleetmon.errors import DriverError

SERIAL = 'name = "acme"\ntitle = "Acme"\nkind = "laminator"\nmaturity = "experimental"\nlink = "serial"\n'
MODBUS = SERIAL.replace("serial", "modbus") + "[read]\n"
ASK = SERIAL + '[read.status]\nask = "F?"\nread_only = "manual p. 3"\n'
GOOD = ASK + "reply = 'S(?P<state>\\d)(?P<faults>(E\\d\\d)*)'\n"
FAULTS = GOOD + '[faults]\nfrom = "faults"\nsplit = 3\n[faults.codes]\n'
BYTES = ASK + "layout = { a = { at = 0 } }\n"
REGISTER = MODBUS + "a = { address = 7 }\n"

MISTAKES = {
    "a control character as a word": (
        ASK.replace("F?", "ENQ"),
        'line 7: read.status.ask: "ENQ" may mean the octet 05 or the letters; write "<ENQ>" for the octet',
    ),
    "small hexadecimal letters": (
        ASK + 'layout = { a = { at = 0, size = 2, form = "hex" } }\n[state]\nfrom = "a"\ncodes = { 00ff = "idle" }\n',
        'line 12: state.codes.00ff: can never come: "a" holds hexadecimal digits in capitals; write "00FF"',
    ),
    "hexadecimal digits of a number": (
        GOOD + '[values.state]\nbase = 16\n[state.codes]\n0x10 = "idle"\n',
        'line 13: state.codes.0x10: can never come: "state" is a number, compared in decimal digits; write "16"',
    ),
    "only what means nothing": (
        GOOD + '[faults.faults]\nnone = ["-"]\n',
        'line 10: faults.faults: give either codes or bits; if the manual lists none: codes = { "*" = { reason',
    ),
    "a unit that does not look so": (
        GOOD + '[line]\nunit = "7"\nunit_pattern = "[0-9][0-9]"\n',
        "line 11: line.unit: does not fit unit_pattern, [0-9][0-9]",
    ),
    "a kind of frames forgotten": (
        GOOD + '[line]\nframing = { start = "<A5>", length = 15 }\n',
        'line 11: line.framing: frames like these need kind = "fixed"',
    ),
    "a bit by its number": (
        BYTES + "[faults.a]\nbits = { 3 = {} }\n",
        'line 11: faults.a.bits: "3" may be a bit or a mask; bit 3 is "0x8"',
    ),
    "a reason that is no keyword": (
        FAULTS + 'E14 = { reason = "ribbon-motor-failure" }\n',
        'line 14: faults.codes.E14.reason: "ribbon-motor-failure" is no printer-state-reasons keyword and no extension',
    ),
    "the notation of a manual": (
        ASK.replace("F?", "ESC I CR"),
        'line 7: read.status.ask: "ESC" may mean the octet 1B or the letters; write "<ESC>" for the octet (blanks are',
    ),
    "hexadecimal digits": (
        ASK.replace("F?", "1B 73 01"),
        'line 7: read.status.ask: may mean octets or their digits; write "<1B><73><01>" for the octets',
    ),
    "a name with a hyphen": (
        GOOD.replace('"acme"', '"acme-lx"'),
        'line 1: name: "acme-lx" is no name; write small letters, digits and _, a letter first, at most 32',
    ),
    "a capacity in quotes": (
        GOOD + '[supplies.film]\nfrom = "state"\nkind = "laminate"\ncapacity = "0300"\n',
        "line 13: supplies.film.capacity: must be a number without quotes, or the name of the field that tells it",
    ),
    "a capacity of nothing": (
        GOOD + '[supplies.film]\nfrom = "state"\nkind = "laminate"\ncapacity = 0\n',
        "line 13: supplies.film.capacity: must be a whole number from 1 on, or the name of the field",
    ),
    "an octet with a slip": (ASK.replace("F?", "<STZ>"), 'line 7: read.status.ask: "<STZ>" is no octet; did you mean'),
    "an angle bracket": (ASK.replace("F?", "a<b"), "line 7: read.status.ask: '<' cannot stand here; write <3C>"),
    "a letter beyond ASCII": (ASK.replace("F?", "ü"), "line 7: read.status.ask: '\\xfc' cannot stand here; write <FC>"),
    "nothing to ask": (ASK.replace("F?", ""), "line 7: read.status.ask: asks nothing"),
    "a question without a reply": (ASK, "line 6: read.status: says nothing of the reply; give one of reply, fields,"),
    "a reply described twice": (
        GOOD + 'fields = ["a"]\n',
        "line 10: read.status.fields: stands beside reply; one of them describes",
    ),
    "a reply without fields": (
        ASK + "reply = 'OK'\n",
        "line 9: read.status.reply: names no field; name the parts that matter: (?P<state>...)",
    ),
    "a request that may do something": (
        GOOD.replace('read_only = "manual p. 3"\n', ""),
        "line 7: read.status.ask: this request is not on any allow-list: there is no protocol; if the manual says",
    ),
    "a request beyond the allow-list": (
        GOOD.replace('read_only = "manual p. 3"\n', "").replace("[read", 'protocol = "zpl"\n[read', 1),
        "line 8: read.status.ask: this request is not on the allow-list of zpl; if the manual",
    ),
    "a command smuggled behind a listed one": (
        SERIAL + 'protocol = "zpl"\n[line]\nrequest_end = "<LF>~JR"\n[read.s]\nask = "~HS"\nreply = "(?P<x>.)"\n',
        "line 10: read.s.ask: this request is not on the allow-list of zpl",
    ),
    "a protocol nobody knows": (
        SERIAL + 'protocol = "zplx"\n[read.s]\nask = "~HS"\nreply = "(?P<x>.)"\n',
        'line 6: protocol: "zplx" has no allow-list of requests; there are cab,',
    ),
    "read_only without a page": (
        GOOD.replace("manual p. 3", "yes"),
        'line 8: read.status.read_only: must name where the manual says so: "manual p. 12"',
    ),
    "a field read twice": (
        GOOD + "[read.more]\nask = 'X'\nread_only = 'p. 2'\nreply = '(?P<state>.)'\n",
        'line 10: read.more: the field "state" is read by "status" already; name it otherwise',
    ),
    "a refusal's field that is read": (
        GOOD + '[line.nack]\nfield = "state"\n',
        'line 6: read.status: the field "state" is the one that takes refusals',
    ),
    "a refusal that is not described": (GOOD + 'nack = "why"\n', "line 10: read.status.nack: needs [line.nack], which"),
    "a field that nothing reads": (
        FAULTS.replace('from = "faults"', 'from = "falts"') + "E14 = {}\n",
        'line 11: faults.from: nothing reads a field "falts"; did you mean "faults"?',
    ),
    "a rule named like no field": (
        GOOD + "[faults.alarms]\ncodes = { E14 = {} }\n",
        'line 10: faults.alarms: nothing reads a field "alarms", and no from says which it is; allowed here: faults',
    ),
    "faults of nothing": (
        FAULTS.replace('from = "faults"\n', "") + "E14 = {}\n",
        "line 10: faults.from: is missing: [faults] needs the field that tells them",
    ),
    "a reason nobody knows": (
        FAULTS + 'E14 = { reason = "media-jamm" }\n',
        'line 14: faults.codes.E14.reason: "media-jamm" is no printer-state-reasons keyword and no extension of ours',
    ),
    "a code longer than the pieces": (
        FAULTS + "E144 = {}\n",
        "line 14: faults.codes.E144: can never come: codes are 3 characters long",
    ),
    "codes shorter than the pieces": (FAULTS + "E1 = {}\n", "line 14: faults.codes.E1: can never come: codes are 3"),
    "a code that holds the separator": (
        FAULTS.replace("split = 3", 'separator = "."') + '"E.1" = {}\n',
        'line 14: faults.codes.E.1: can never come: codes are parted at "."',
    ),
    "a code that means nothing and something": (
        FAULTS.replace("split = 3", 'none = ["E00"]') + "E00 = {}\n",
        "line 14: faults.codes.E00: stands in none as well",
    ),
    "two patterns for one code": (
        FAULTS + '"E1?" = {}\n"E?1" = {}\n',
        'line 13: faults.codes: "E1?" and "E?1" can both fit one code; make one of them more exact',
    ),
    "bits of a text": (
        GOOD + "[faults.faults]\nbits = { 0x1 = {} }\n",
        'line 11: faults.faults.bits: "faults" is a text; say how its digits are to be read: [values.faults] base = 16',
    ),
    "a mask on a text": (GOOD + '[values.state]\nmask = "0x0F"\n', "line 11: values.state.mask: needs base = 10 or"),
    "a bit that is not there": (
        BYTES + "[faults.a]\nbits = { 0x100 = {} }\n",
        'line 11: faults.a.bits.0x100: "a" has no such bit: it is at most 0xff',
    ),
    "a number with zeros before it": (
        BYTES + "[faults.a]\ncodes = { 04 = {} }\n",
        'line 11: faults.a.codes.04: can never come: "a" is a number, compared in decimal digits; write "4"',
    ),
    "a number in hexadecimal": (
        BYTES + '[state]\nfrom = "a"\ncodes = { 0x1F = "idle" }\n',
        'line 12: state.codes.0x1F: can never come: "a" is a number, compared in decimal digits; write "31"',
    ),
    "a number out of range": (
        BYTES + '[[state]]\nfrom = "a"\ncodes = { 256 = "idle" }\n',
        'line 12: state.codes.256: can never come: "a" is from 0 to 255',
    ),
    "a state of two rules": (
        GOOD + '[[state]]\nfrom = "state"\ncodes = { 0 = "idle" }\n[[state]]\nfrom = "stat"\ncodes = { 0 = "idle" }\n',
        'line 14: state.from: nothing reads a field "stat"; did you mean "state"?',
    ),
    "a state that says nothing": (GOOD + '[state]\nfrom = "state"\n', "line 10: state: says nothing; give codes, bits"),
    "a place beyond the frame": (
        BYTES.replace("0 }", "3 }") + 'framing = { kind = "fixed", length = 4, start = "<STX>" }\n',
        "line 9: read.status.layout.a: lies beyond the frame: its content has 3 octets, start and check not counted",
    ),
    "a float of three octets": (
        BYTES.replace("0 }", '0, size = 3, form = "float" }'),
        "line 9: read.status.layout.a.size: of a float must be 2, 4 or 8",
    ),
    "a number of nine octets": (
        BYTES.replace("0 }", "0, size = 9 }"),
        "line 9: read.status.layout.a.size: of a number",
    ),
    "octets beyond the end": (
        BYTES.replace("0 }", "-1, size = 2 }"),
        "line 9: read.status.layout.a.size: 2 octets from -1 would reach beyond the end",
    ),
    "a frame that does not come": (
        BYTES.replace("0 }", "0, frame = 1 }"),
        "line 9: read.status.layout.a: there is no frame 1: they are counted from 0, and 1 come",
    ),
    "fixed bits that are not there": (
        BYTES.replace("0 }", '0, fixed = { mask = "0x100", is = "0x100" } }'),
        "line 9: read.status.layout.a.fixed.mask: names bits that 1 octets do not have",
    ),
    "fixed bits beyond their mask": (
        BYTES.replace("0 }", '0, fixed = { mask = "0x01", is = "0x02" } }'),
        "line 9: read.status.layout.a.fixed.is: names bits beyond the mask 0x01",
    ),
    "no JSON Pointer": (ASK + "json = { a = 'result' }\n", "line 9: read.status.json.a: is no JSON Pointer (RFC 6901)"),
    "half an expression": (ASK + "reply = '(?P<a>('\n", "line 9: read.status.reply: not a regular expression that RE2"),
    "an expression that looks ahead": (ASK + "reply = '(?=a)(?P<a>.)'\n", "line 9: read.status.reply: not a regular"),
    "a bomb": (
        ASK + "reply = '(?P<a>(a{1000}){1000})'\n",
        "line 9: read.status.reply: not a regular expression that RE2 can run: invalid repetition size: {1000}",
    ),
    "a large bomb": (ASK + "reply = '(?P<a>.{1000})'\n", "line 9: read.status.reply: "),
    "a bomb of alternatives": (ASK + r"reply = '(?P<a>(\pL{100}){10})'" + "\n", "line 9: read.status.reply: "),
    "a group that is no name": (
        ASK + "reply = '(?P<Aa>.)'\n",
        'line 9: read.status.reply: the group "Aa" is no name; write small letters, digits and _',
    ),
    "a value that is no name": (
        ASK + 'fields = ["a b"]\n',
        'line 9: read.status.fields: "a b" is no name; write small',
    ),
    "names for too few frames": (
        ASK + 'fields = ["a"]\nframes = 2\n',
        "line 9: read.status.fields: has names for 1 frames, not for 2: one list for each frame",
    ),
    "the rest in the middle": (
        ASK + 'fields = ["a", "*", "b"]\n',
        'line 9: read.status.fields: "*" means any number of',
    ),
    "only values of no interest": (ASK + 'fields = ["_"]\n', "line 9: read.status.fields: names none of them"),
    "patterns for too few frames": (
        ASK + "reply = ['(?P<a>.)', '(?P<b>.)']\nframes = 3\n",
        "line 9: read.status.reply: has 2 patterns for 3 frames; give one for each, or one for all",
    ),
    "until without a number of frames": (
        ASK + "reply = '(?P<a>.)'\nuntil = '\\.'\n",
        "line 6: read.status.frames: must say how many frames may come at the most before one fits until",
    ),
    "a separator of nothing": (GOOD + 'separator = ";"\n', "line 10: read.status.separator: belongs to fields, which"),
    "two frames until the line is closed": (
        ASK + "reply = '(?P<a>.)'\nframing = \"until-close\"\nframes = 2\n",
        "line 11: read.status.frames: must be 1: until-close makes one frame of all that comes",
    ),
    "a duration without its unit": (
        GOOD + "timeout = 2\n",
        "line 10: read.status.timeout: must be a duration with its",
    ),
    "a pace nobody knows": (
        GOOD + 'pace = "often"\n',
        'line 10: read.status.pace: "often" is not allowed; allowed here',
    ),
    "silence without a page": (GOOD + 'silence = { text = "x" }\n', "line 10: read.status.silence.manual: is missing"),
    "a framing with a slip": (
        GOOD + '[line]\nframing = "stx-etx-bbc"\n',
        'line 11: line.framing: "stx-etx-bbc" is no framing; one of line, cr,',
    ),
    "a framing without an end": (
        GOOD + '[line]\nframing = { start = "<STX>" }\n',
        "line 11: line.framing.end: is missing",
    ),
    "a request that its frame cannot hold": (
        GOOD.replace("F?", "F<ETX>") + '[line]\nrequest_framing = "stx-etx"\n',
        'line 7: read.status.ask: cannot be framed as [line] request_framing says: it holds "<ETX>", which would end',
    ),
    "a listed request in a frame": (
        SERIAL + 'protocol = "zpl"\n[read.s]\nask = "~HS"\nreply = "(?P<x>.)"\n[line]\nrequest_framing = "stx-etx"\n',
        "line 8: read.s.ask: is on no allow-list, since request_framing wraps it; if the manual says",
    ),
    "a value made of one further down": (
        GOOD + '[values.a]\nfrom = "b"\n[values.b]\nfrom = "state"\n',
        'line 10: values.a: nothing reads a field "b"; it is made further down',
    ),
    "a value that hides a field": (
        GOOD + '[values.faults]\nfrom = "state"\n',
        'line 10: values.faults: "faults" is read already; give what is made of "state" another name',
    ),
    "a value made twice": (
        GOOD + '[values.a]\nfrom = "state"\njoin = ["faults"]\n',
        "line 12: values.a.join: stands beside from; the value is made of one field or of several",
    ),
    "a value made of nothing": (
        GOOD + '[values.a]\njoin = ["faults", "more"]\n',
        'line 10: values.a: nothing reads a field "more"; allowed here: faults, state',
    ),
    "a scale without end": (
        GOOD + "[values.state]\nscale = inf\n",
        "line 11: values.state.scale: must be a number with",
    ),
    "code from elsewhere": (GOOD + 'dialogue = "os.system"\n', 'line 10: read.status.dialogue: unknown key "dialogue"'),
    "another file": ('include = "/etc/passwd"\n' + GOOD, 'line 1: include: unknown key "include"; allowed here: name,'),
    "a register to write": (REGISTER.replace("7 }", "7, write = 1 }"), 'line 7: read.a.write: unknown key "write"'),
    "a table nobody knows": (
        REGISTER.replace("7 }", '7, table = "holdin" }'),
        'line 7: read.a.table: "holdin" is not allowed; did you mean "holding"?',
    ),
    "an address too high": (REGISTER.replace("7 }", "65536 }"), "line 7: read.a.address: must be at most 65535"),
    "two registers at the end": (
        REGISTER.replace("7 }", '65535, form = "u32" }'),
        "line 7: read.a.address: its last register would lie beyond 65535",
    ),
    "bit 16 of a register": (REGISTER.replace("7 }", "7, bit = 16 }"), "line 7: read.a.bit: u16 has no bit 16"),
    "a signed coil": (
        REGISTER.replace("7 }", '7, table = "coil", form = "s16" }'),
        "line 7: read.a.table: a coil is one bit; form and bit are for registers",
    ),
    "text without its length": (
        REGISTER.replace("7 }", '7, form = "text" }'),
        'line 7: read.a.registers: belongs to form = "text", which needs it: two characters stand in each',
    ),
    "scaled text": (
        REGISTER.replace("7 }", '7, form = "text", registers = 2, scale = 0.1 }'),
        "line 7: read.a.form: text is no number; scale, offset, least, most and absent are for numbers",
    ),
    "a number that cannot be": (
        REGISTER.replace("7 }", "7, absent = [70000] }"),
        "line 7: read.a.absent: holds a number that u16 cannot be",
    ),
    "more than may be read at once": (
        REGISTER.replace("7 }", '7, form = "u32" }') + "[line]\nmost = 1\n",
        "line 7: read.a: takes 2 registers, and [line] most allows 1 at once",
    ),
    "a taken name": (
        REGISTER.replace("a =", "modbus_exception ="),
        "line 7: read.modbus_exception: is the name of what a machine says when it fails; choose another",
    ),
    "a heater without a set point": (
        REGISTER + '[heaters.roller]\nmeasured = "a"\nset_point = "b"\n',
        'line 10: heaters.roller.set_point: nothing reads a field "b"',
    ),
    "a heater that is off by nothing": (
        REGISTER + '[heaters.roller]\nmeasured = "a"\nset_point = "a"\noff = ["0"]\n',
        "line 11: heaters.roller.off: needs mode beside it: a field, and its values",
    ),
    "a register's code with zeros": (
        REGISTER + '[state]\nfrom = "a"\ncodes = { 01 = "idle" }\n',
        'line 10: state.codes.01: can never come: "a" is a number, compared in decimal digits; write "1"',
    ),
}


def complaint(folder: Path, text: str) -> str:
    """What reading a driver with this definition complains of, without its folder."""
    driver = folder / "acme"
    driver.mkdir(exist_ok=True)
    driver.joinpath("driver.toml").write_text(text, "utf-8")
    with pytest.raises(DriverError) as caught:
        catalog.read(driver)
    return str(caught.value).replace(f"{driver}/driver.toml:", "line ")


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_is_told(mistake: str, tmp_path: Path) -> None:
    """One line: file, line, key, what is wrong, what is allowed; and at once, whatever the expression."""
    text, expected = MISTAKES[mistake]
    begun = time.process_time()
    told = complaint(tmp_path, text)
    assert told.startswith(expected)
    assert "\n" not in told
    assert time.process_time() - begun < 1.0


def test_several_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """In the order of the file, so that one look at it is enough."""
    text = GOOD.replace("F?", "ENQ") + 'pace = "often"\n[line]\nbaud = "9600"\n[suplies.film]\nkind = "laminate"\n'
    keys = ["read.status.ask", "read.status.pace", "line.baud", "suplies"]
    assert [line.split(": ")[1] for line in complaint(tmp_path, text).splitlines()] == keys


EXAMPLE = """
name = "acme_lx"
title = "Acme LX roll laminator"
kind = "laminator"
maturity = "documented"
link = "serial"

[line]
baud = 9600
framing = "stx-etx-bcc"
timeout = "2s"

[read.status]
ask = "<ENQ>"
read_only = "manual p. 40"
reply = 'S(?P<state>\\d)(?P<faults>(E\\d{2})*)C(?P<produced>\\d{6})'

[read.film]
ask = "F?"
read_only = "manual p. 40"
reply = 'F(?P<film>\\d+)'
pace = "slow"

[state]
from = "state"
[state.codes]
0 = "idle"
1 = "processing"
9 = "stopped"

[faults]
from = "faults"
split = 3
[faults.codes]
E14 = { reason = "laminator-jam", severity = "error", manual = "p. 41" }
E21 = { reason = "laminator-supply-low", severity = "warning", manual = "p. 42" }

[counters]
produced = { from = "produced", unit = "documents" }

[supplies.laminate]
from = "film"
kind = "laminate"
unit = "items"
capacity = 2500
"""


def test_a_whole_driver_on_one_page(tmp_path: Path) -> None:
    """What an engineer writes in an hour: it loads, and knows its two codes."""
    driver = tmp_path / "acme_lx"
    driver.mkdir()
    driver.joinpath("driver.toml").write_text(EXAMPLE, "utf-8")
    found = catalog.read(driver).definition
    assert isinstance(found, LineDefinition)
    assert [each.code for each in found.mapped()] == ["E14", "E21"]
    assert found.taken_fields == found.known_fields == {"state", "faults", "produced", "film"}


LEAVES = (str, int, float, bool, bytes, type(None))


def kinds(annotation: typing.Any) -> list[typing.Any]:
    """The types that a value of this annotation can have, tables apart."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return [type(each) for each in arguments]
    if origin is typing.Annotated:
        return kinds(arguments[0])
    if origin in (tuple, dict, typing.Union, types.UnionType):
        return [kind for each in arguments if each is not ... for kind in kinds(each)]
    return [annotation]


def tables(model: type[BaseModel], seen: set[type[BaseModel]]) -> None:
    """The model and all the tables in it."""
    if model in seen:
        return
    seen.add(model)
    for field in model.model_fields.values():
        for kind in kinds(field.annotation):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                tables(kind, seen)


def test_a_definition_holds_only_plain_values() -> None:
    """Text, numbers, octets, words of a list: nothing in the whole language is a path, a function or a class to be
    looked up, and no key is unknown."""
    seen: set[type[BaseModel]] = set()
    for model in (LineDefinition, ModbusDefinition, SnmpDefinition):
        tables(model, seen)
    assert len(seen) > 25
    for table in seen:
        assert issubclass(table, Strict)
        assert table.model_config["extra"] == "forbid"
        for name, field in table.model_fields.items():
            assert isinstance(field, FieldInfo)
            for kind in kinds(field.annotation):
                plain = kind in LEAVES or issubclass(kind, (enum.StrEnum, BaseModel))
                assert plain, f"{table.__name__}.{name}: {kind}"


NASTY = ["__import__('os').system('id')", "/etc/passwd", "file:///etc/passwd", "{unit.__class__}", "%(state)s", "$(id)"]
WATCHED = """
import json, sys
from fleetmon.decode.lines import asks, understand
from fleetmon.definition import LineDefinition

def load(data):
    definition = LineDefinition.model_validate(data)
    asks(definition, "1")
    understand(definition, {"state": data["title"]}, None, 0.0)

texts, done = json.loads(sys.argv[1]), []
load(texts[0])  # whatever is imported only now is imported for every definition
sys.addaudithook(lambda event, _: done.append(event))
for text in texts:
    load(text)
print(json.dumps(sorted(set(done) - {"builtins.id"})))
"""


def nasty_definition(nasty: str) -> dict[str, object]:
    """A definition that says this wherever it may say what it likes."""
    return {
        "name": "acme", "title": nasty, "kind": "laminator", "maturity": "experimental", "link": "serial",
        "read": {"s": {"ask": nasty, "read_only": f"p. 1 {nasty}", "fields": ["state"], "separator": nasty[:4]}},
        "state": {"codes": {nasty.replace("*", ""): "idle"}, "asleep": [nasty]},
        "faults": {"state": {"codes": {nasty: {"reason": "media-jam", "text": nasty, "manual": nasty}}}},
        "identity": {"maker": nasty},
    }  # fmt: skip


def test_a_definition_does_nothing() -> None:
    """Loading a definition, asking by it and understanding an answer opens no file or socket, starts, imports, compiles
    and executes nothing: Python's own audit sees not one event."""
    told = subprocess.run(
        [sys.executable, "-c", WATCHED, json.dumps([nasty_definition(each) for each in NASTY])],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert json.loads(told.stdout) == []


@pytest.mark.parametrize(
    "pattern", [r"(.*a.{20}){25}", r"((a|b)*a(a|b){500})", r"(.{0,40}.{0,40}.{0,40}b)*c", "(x*)*y"]
)
def test_no_pattern_takes_long(pattern: str) -> None:
    """On the longest frame there is, the worst expressions that load are tried in no time that a poll would notice."""
    frames = ["a" * 4096, "ab" * 2048, "x" * 4096]
    begun = time.process_time()
    for frame in frames:
        compiled(pattern).fullmatch(frame)
    assert time.process_time() - begun < 1.0


PIECES = [b"ESC", b" ", b"CR", b"1B", b"\x1b", b"a", b"<", b"FF", b"0", b"73", b"\xff", b"ENQ", b"SP", b"{unit}"]


@given(st.lists(st.sampled_from(PIECES), max_size=7).map(b"".join) | st.binary(max_size=20))
def test_octets_are_read_as_they_are_written(data: bytes) -> None:
    """Whatever they are: letters that look like the name of an octet are spelt so that nobody takes them for it."""
    assert octets(written(data)) == data
