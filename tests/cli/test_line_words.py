"""Lines and frames in words, as `drivers show` and a failed probe say them."""

import pytest
from pydantic import TypeAdapter

from fleetmon.cli import line_words
from fleetmon.definition import ModbusDefinition
from fleetmon.definition.framing import AnyFraming, Framing

FRAMINGS: TypeAdapter[AnyFraming] = TypeAdapter(Framing)


@pytest.mark.parametrize(
    ("framing", "words"),
    [
        ("line", "everything up to <CR> or <LF>; empty ones do not count"),
        ("stx-etx-bcc", "from <STX> to <ETX>, then the xor of the content and the end mark"),
        (
            {"end": "<CR>", "check": {"kind": "sum", "place": "before-end", "form": "HEX", "of": "content"}},
            "everything up to <CR>, before the end mark the 8 bit sum of the content in hexadecimal digits",
        ),
        (
            {"start": "<02>", "end": "<03>", "after": "<CR>", "escape": "<DLE>"},
            "from <STX> to <ETX>, then <CR>; the octet after <DLE> is content",
        ),
        ({"kind": "fixed", "length": 8, "start": " A "}, "8 octets, beginning with <SP>A<SP>"),
        ({"kind": "fixed", "length": 4, "start": "<A5>"}, "4 octets, beginning with <A5>"),
        (
            {"kind": "length-prefixed", "start": "<STX>", "before": 1, "size": 2, "order": "little", "end": "<ETX>"},
            "<STX>, then 1 octet and the length of the content in 2 octets, least significant first, then <ETX>",
        ),
        (
            {"kind": "length-prefixed", "size": 4, "form": "decimal", "counts": "frame", "add": -4},
            "the length of the whole frame -4 in 4 characters (decimal)",
        ),
        ("until-close", "everything until the machine closes the connection"),
        ("until-quiet", "everything until nothing came for 200 ms"),
    ],
)
def test_each_framing_has_words(framing: object, words: str) -> None:
    """All that tells a frame from what stands around it is said."""
    assert line_words.framing(FRAMINGS.validate_python(framing)) == words


def test_a_line_in_words() -> None:
    """Speed, character, handshake, patience, pause and how long a connection is kept."""
    driver = {"name": "acme", "title": "Acme", "kind": "other", "maturity": "experimental", "link": "modbus"}
    line = {"handshake": "rts-cts", "stop_bits": 2, "pause": "50ms", "connect": "each-poll", "timeout": "500ms"}
    definition = ModbusDefinition.model_validate({**driver, "line": line, "read": {"a": {"address": 0}}})
    assert line_words.line(definition) == (
        "9600 baud, 8 data bits, even parity, 2 stop bits, handshake rts-cts; an answer may take 500 ms, "
        "50 ms between requests, connected for each poll"
    )
