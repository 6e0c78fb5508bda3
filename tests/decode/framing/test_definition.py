"""What a definition may say of framings, and how it is told what cannot be."""

import pytest
from pydantic import ValidationError
from tests.decode.framing.arriving import framing

from fleetmon.definition.framing import NAMED, Check, Delimited, LengthPrefixed, cannot_hold


@pytest.mark.parametrize("name", NAMED)
def test_every_named_framing_is_one(name):
    """The short names stand for tables that are valid themselves."""
    assert framing(name) == framing(NAMED[name])


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("stx", "is no framing; one of line, cr"),
        ({"end": ["<CR>", "<CR><LF>"]}, 'write framing = "line"'),
        ({"end": ["ABC", "B"]}, "never ends a frame"),
        ({"end": []}, "at least 1"),
        ({"end": ""}, "at least 1"),
        ({"start": "<STX>"}, "required"),
        ({"end": "<DLE>", "escape": "<DLE>"}, "the escape"),
        ({"end": "<ETX><DLE>", "escape": "<DLE>"}, "the escape"),
        ({"end": "<DLE><ETX><ETX>", "escape": "<DLE>"}, "the escape"),
        ({"end": "<CR>", "escape": "<DLE><DLE>"}, "at most 1"),
        ({"end": "<CR>", "check": {"kind": "crc"}}, "polynomial"),
        ({"end": "<CR>", "check": {"kind": "xor", "polynomial": 7}}, "polynomial"),
        ({"end": "<CR>", "check": {"kind": "crc", "bits": 16, "polynomial": 0x11021}}, "wider than 16 bits"),
        ({"end": "<CR>", "check": {"kind": "crc", "polynomial": 7, "initial": 256}}, "initial 0x100 is wider than 8"),
        ({"end": "<CR>", "check": {"kind": "crc", "polynomial": 7, "final_xor": 256}}, "final_xor 0x100 is wider"),
        ({"end": "<CR>", "check": {"kind": "crc-16/modbus", "initial": 1}}, "complete"),
        ({"end": "<CR>", "check": {"kind": "crc-16/modbus", "bits": 8}}, "has 16 bits"),
        ({"end": "<CR>", "check": {"kind": "xor", "bits": 16}}, "has 8 bits"),
        ({"end": "<CR>", "check": {"kind": "crc-16"}}, "crc-16/arc"),
        ({"end": "<CR>", "check": {"kind": "sum", "form": "decimal", "order": "little"}}, "no order"),
        ({"end": "<CR>", "check": {"kind": "sum", "of": "number+content"}}, "only a length-prefixed frame"),
        ({"kind": "fixed", "length": 3, "start": "<STX>", "check": {"kind": "crc-16/arc"}}, "leave no content"),
        ({"kind": "fixed", "length": 3, "check": {"kind": "xor", "place": "before-end"}}, "stands last"),
        ({"kind": "fixed", "length": 3, "check": {"kind": "xor", "of": "number+content"}}, "neither number"),
        ({"kind": "fixed", "length": 0}, "greater than or equal to 1"),
        ({"kind": "fixed", "length": 4097}, "less than or equal to 4096"),
        ({"kind": "length-prefixed", "form": "decimal", "order": "little"}, "no order of octets"),
        ({"kind": "length-prefixed", "form": "hex", "size": 3, "order": "little"}, "no order of octets"),
        ({"kind": "length-prefixed", "check": {"kind": "xor", "place": "before-end"}}, "no end"),
        ({"kind": "until-quiet", "quiet": "1ms"}, "greater than or equal to 0.02"),
        ({"kind": "until-quiet", "quiet": "1m"}, "less than or equal to 10"),
        ({"kind": "until-close", "end": "<CR>"}, "Extra inputs"),
        ({"kind": "netstring"}, "netstring"),
    ],
)
def test_what_cannot_be_is_refused_and_said(said, why):
    """With words that tell how to mend it."""
    with pytest.raises(ValidationError) as caught:
        framing(said)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("said", "width"),
    [
        ({"kind": "xor"}, 1),
        ({"kind": "crc-16/arc"}, 2),
        ({"kind": "crc-32"}, 4),
        ({"kind": "crc-32", "form": "hex"}, 8),
        ({"kind": "sum", "form": "decimal"}, 3),
        ({"kind": "sum", "bits": 16, "form": "decimal"}, 5),
        ({"kind": "sum", "bits": 32, "form": "decimal"}, 10),
    ],
)
def test_a_check_knows_how_much_room_it_takes(said, width):
    """In octets of the frame; a named algorithm brings its bits."""
    assert Check.model_validate(said).width == width


def test_several_ends_may_end_alike():
    """LF and CR LF end at the same octet; the longer one is the mark."""
    both = framing({"end": ["<LF>", "<CR><LF>"]})
    assert isinstance(both, Delimited)
    assert both.ends == (b"\r\n", b"\n")


@pytest.mark.parametrize(
    ("said", "content", "why"),
    [
        ("stx-etx", b"S1", ""),
        ("stx-etx", b"S\x031", '"<ETX>", which would end its frame'),
        ({"end": "<CR>", "escape": "<ESC>"}, b"a\rb", ""),
        ("line", b"", "passed over"),
        ("cr", b"", ""),
        ({"kind": "fixed", "length": 4, "start": "<STX>", "check": {"kind": "xor"}}, b"ab", ""),
        ({"kind": "fixed", "length": 4, "start": "<STX>", "check": {"kind": "xor"}}, b"abc", "has 3 octets"),
        ({"kind": "length-prefixed", "before": 2}, b"a", "must begin with the 2 octets"),
        ("until-close", b"\x03", ""),
    ],
)
def test_a_request_that_its_frame_cannot_hold_is_told_why(said, content, why):
    """Before it is ever sent."""
    found = cannot_hold(framing(said), content)
    assert why in found
    assert bool(why) == bool(found)


def test_framings_are_values():
    """Frozen, comparable, and to be used as keys."""
    assert hash(framing("stx-etx-bcc")) == hash(framing("stx-etx-bcc"))
    assert isinstance(framing({"kind": "length-prefixed"}), LengthPrefixed)
