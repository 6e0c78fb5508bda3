"""One reply taken apart: by regular expressions, separators, pairs, places and JSON Pointers."""

import struct

import pytest

from fleetmon.decode.dialogue import Answer
from fleetmon.decode.lines import Value, fields_of
from fleetmon.definition.exchange import Exchange
from fleetmon.errors import GarbledReply

from .talking import exchange


def described(form: str) -> Exchange:
    """An exchange whose reply is described so."""
    return exchange(form).read["status"]


def said(form: str, *frames: bytes) -> dict[str, Value]:
    """The fields of a reply of these frames."""
    return fields_of(described(form), Answer(b"".join(frames), frames))


TWO_KEYS = '{ keys = { CODE = "code", TEXT = "text" } }'
FITTING = [
    (r"reply = 'S(?P<state>\d)(?P<faults>(E\d{2})*)'", [b"S1E14E21"], {"state": "1", "faults": "E14E21"}),
    (r"reply = 'S(?P<state>\d)(?P<faults>(E\d{2})*)'", [b"S1"], {"state": "1", "faults": ""}),
    (r"reply = 'S(?P<state>\d)(,(?P<more>\d))?'", [b"S1"], {"state": "1"}),
    (r"reply = ['(?P<a>\d)', '(?P<b>\w)'], frames = 2", [b"1", b"x"], {"a": "1", "b": "x"}),
    (r"reply = 'E(?P<code>\d\d)', frames = 3", [b"E11", b"E12", b"E13"], {"code": "11,12,13"}),
    (r"reply = 'E(?P<code>\d\d)', frames = 9, until = '\.'", [b"E11", b"E12", b"."], {"code": "11,12"}),
    (r"reply = 'E(?P<code>\d\d)', frames = 9, until = '\.'", [b"."], {}),
    (r"reply = '(?P<name>.*)'", ["Zürich".encode()], {"name": "Zürich"}),
    (r"reply = '(?P<name>.*)'", ["Zürich".encode("latin-1")], {"name": "Zürich"}),
    (r"reply = '\xa5(?P<byte>(?s:.))'", [b"\xa5\n"], {"byte": "\n"}),
    (r"reply = '(?P<v>\d+)', after = 'OK \d+;'", [b"7OK 1;9OK 2;42"], {"v": "42"}),
    (r"reply = '(?P<v>\d+)', after = 'ECHO x', frames = 3", [b"7", b"ECHO x", b"42"], {"v": "42"}),
    ('fields = ["a", "_", "b"]', [b"1, x , 3"], {"a": "1", "b": "3"}),
    ('fields = ["a", "*"]', [b"1,2,3"], {"a": "1"}),
    ('fields = ["a", "*"]', [b"1"], {"a": "1"}),
    ('fields = [["a"], ["b", "c"]], frames = 2, separator = ";"', [b"1", b"2;"], {"a": "1", "b": "2", "c": ""}),
    (f"pairs = {TWO_KEYS}", [b'CODE=7\r\nTEXT=" a=b "\r\nX=1'], {"code": "7", "text": " a=b "}),
    (f"pairs = {TWO_KEYS}", [b"CODE=7\nCODE=8\nCODE=7"], {"code": "7,8"}),
    (f'pairs = {TWO_KEYS}, frames = 4, until = "END"', [b"CODE=7", b"CODE=8", b"END"], {"code": "8"}),
    ("reply = 'S(?P<name>.*)E'", [b"Sa\nbE"], {"name": "a\nb"}),
    (f'pairs = {TWO_KEYS}, frames = 4, until = "END"', [b"TEXT=2", b"CODE=1", b"END"], {"code": "1", "text": "2"}),
    ('pairs = { keys = { A = "a", B = "b" }, sign = ":", end = ";" }', [b"A: 1;B:\n2\n;"], {"a": "1", "b": "2"}),
    (
        """pairs = { keys = { '<engine state' = "state", speed = "speed" }, sign = '="', end = '"' }""",
        [b'<engine state="idle" speed = "3" speed="4"/>'],
        {"state": "idle", "speed": "4"},
    ),
    ('pairs = { keys = { A = "a", B = "b" } }', [b"hello\r\nA=\r\n\r\nB = 1=2\r\n"], {"a": "", "b": "1=2"}),
    ("layout = { a = { at = 1 } }", [b"\x00\xff\xfe\xff"], {"a": 255}),
    ('layout = { a = { at = -2, size = 2, form = "signed", order = "little" } }', [b"\x00\xfe\xff"], {"a": -2}),
    ('layout = { a = { at = 0, size = 2, form = "bcd" } }', [b"\x12\x34"], {"a": 1234}),
    ('layout = { a = { at = 0, size = 2, form = "hex" } }', [b"\x0a\xff"], {"a": "0AFF"}),
    ('layout = { a = { at = 0, size = 3, form = "text" } }', [b"AB "], {"a": "AB "}),
    ('layout = { a = { at = 0, size = 4, form = "float" } }', [struct.pack(">f", 1.5)], {"a": 1.5}),
    ('layout = { a = { at = 0, size = 8, form = "float", order = "little" } }', [struct.pack("<d", -0.5)], {"a": -0.5}),
    ('layout = { a = { at = 0, size = 4, form = "float" } }', [struct.pack(">f", float("nan"))], {}),
    ('layout = { a = { at = 0, fixed = { mask = "0x93", is = "0x12" } } }', [b"\x16"], {"a": 4}),
    ('layout = { a = { at = 0, frame = 1 } }, frames = 2', [b"x", b"y"], {"a": ord("y")}),
    ('json = { r = "/result/0/a~1b", s = "/s~0" }', [b'{"result":[{"a/b":7}],"s~":true}'], {"r": 7, "s": "true"}),
    ('json = { r = "" }', [b'"READY,X"'], {"r": "READY,X"}),
    ('json = { r = "/e" }', [b'{"e":["E1",2,null,2.0]}'], {"r": "E1,2,2"}),
    ('json = { r = "/a/*/c" }', [b'{"a":[{"c":"E1"},{"d":1},{"c":"E2"}]}'], {"r": "E1,E2"}),
    ('json = { r = "/a/*/c" }', [b'{"a":[]}'], {"r": ""}),
    ('json = { r = "/a/*/c" }', [b'{"a":{"*":{"c":1}}}'], {"r": 1}),
    ('json = { r = "/e", s = "/t" }', [b'{"e":null}'], {}),
    ('json = { r = "/e" }', [rb'{"e":"\ud800x"}'], {"r": "?x"}),
]  # fmt: skip


@pytest.mark.parametrize(("form", "frames", "fields"), FITTING)
def test_a_reply_that_fits(form: str, frames: list[bytes], fields: dict[str, Value]) -> None:
    """Each form of the language takes out of a reply what stands there, and nothing else."""
    assert said(form, *frames) == fields


MISFITTING = [
    (r"reply = 'S(?P<state>\d)'", [b"S"]),
    (r"reply = 'S(?P<state>\d)'", [b"S1 "]),
    (r"reply = 'S(?P<state>\d)'", [b" S1"]),
    (r"reply = 'S(?P<state>\d)'", [b"S1\n"]),
    (r"reply = ['(?P<a>\d)', '(?P<b>\w)'], frames = 2", [b"1"]),
    (r"reply = 'E(?P<code>\d\d)', frames = 9, until = '\.'", [b"E11", b"X", b"."]),
    (r"reply = '(?P<v>\d+)', after = 'OK \d+;'", [b"7OK;9"]),
    (r"reply = '(?P<v>\d+)', after = 'ECHO x'", [b"ECHO x"]),
    ('fields = ["a", "b"]', [b"1"]),
    ('fields = ["a", "b"]', [b"1,2,3"]),
    ('fields = ["a", "b", "*"]', [b"1"]),
    ('fields = [["a"], ["b"]], frames = 2', [b"1"]),
    ('pairs = { keys = { CODE = "code" } }', [b"code=7"]),
    ('pairs = { keys = { CODE = "code" } }', [b"CODE"]),
    ("layout = { a = { at = 3 } }", [b"123"]),
    ("layout = { a = { at = -4 } }", [b"123"]),
    ('layout = { a = { at = 0, size = 2, form = "bcd" } }', [b"\x12\x3a"]),
    ('layout = { a = { at = 0, fixed = { mask = "0x93", is = "0x12" } } }', [b"\x17"]),
    ("layout = { a = { at = 0, frame = 1 } }, frames = 2", [b"x"]),
    ('json = { r = "/result" }', [b'{"error":7}']),
    ('json = { r = "/a/*/c" }', [b'{"a":{"c":1}}']),
    ('json = { r = "/a/*/b/*" }', [b'{"a":[{"b":[1]}]}']),
    ('json = { r = "/result" }', [b'{"result":{"a":1}}']),
    ('json = { r = "/result" }', [b'{"result":[[1]]}']),
    ('json = { r = "/result" }', [b'{"result":NaN}']),
    ('json = { r = "/result" }', [b'{"result":1e999}']),
    ('json = { r = "/result" }', [b'{"result":1']),
    ('json = { r = "/0" }', [b"[" * 4000]),
    ('json = { r = "/01" }', [b"[1,2]"]),
    ('json = { r = "/result" }', [b"\xff"]),
    (r"reply = '(?s:(?P<a>.*))'", [b"x" * 4097]),
    (r"reply = '(?s:(?P<a>.*))'", []),
]


@pytest.mark.parametrize(("form", "frames"), MISFITTING)
def test_a_reply_that_does_not_fit(form: str, frames: list[bytes]) -> None:
    """What breaks the description is no reply at all: not one field of it is believed."""
    with pytest.raises(GarbledReply):
        said(form, *frames)


def test_a_garbled_reply_is_shown() -> None:
    """Whoever reads why a reply was refused sees how it began, in the words of a definition."""
    with pytest.raises(GarbledReply, match=r"the reply does not fit: <ESC>hm<CR>") as caught:
        said(r"reply = 'S(?P<state>\d)'", b"\x1bhm\r")
    assert caught.value.came == b"\x1bhm\r"
    with pytest.raises(GarbledReply, match=r"frame 2 of 3 does not fit b\[12\]: a | b3 | c"):
        said("reply = ['a(?P<x>.*)', 'b[12]', 'c'], frames = 3", b"a", b"b3", b"c")
