"""Transcripts: what people type from a manual, what probe prints, what record keeps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.errors import DriverError
from fleetmon.links import transcript
from fleetmon.links.transcript import Scene, Turn

TYPED = """\
\ufeff# from the manual, p. 12
> <ENQ>
< <STX>S1<ETX>
= jam in the feeder

> <ENQ>
< <STX>S9
< E14<ETX>
> hex: 01 03 20 00 00 02 CF CB
> F?<SP>
"""


def test_a_typed_transcript() -> None:
    """Situations, answers on several lines, hexadecimal octets, silence and blanks at the end are read."""
    assert transcript.read(TYPED, "t") == (
        Scene("", (Turn(b"\x05", b"\x02S1\x03"),)),
        Scene(
            "jam in the feeder",
            (
                Turn(b"\x05", b"\x02S9E14\x03"),
                Turn(bytes.fromhex("010320000002cfcb"), None),
                Turn(b"F? ", None),
            ),
        ),
    )


@given(st.lists(st.builds(Turn, st.binary(min_size=1, max_size=300), st.none() | st.binary(min_size=1, max_size=600))))
def test_what_is_written_is_read_again(turns: list[Turn]) -> None:
    """Any octets survive being written as a transcript, on whatever lines."""
    text = "\n".join(transcript.write(turns))
    assert text.isprintable() or "\n" in text
    assert [turn for scene in transcript.read(text, "t") for turn in scene.turns] == turns if turns else text == ""


def test_a_recording_is_read_poll_by_poll() -> None:
    """Equal polls are one scene, what a poll did not ask is as it was last said, a line cut off is left out."""
    text = (
        '{"fleetmon-recording": 2, "link": "tcp"}\n'
        '{"t": 0.1, "took": 0.1, "poll": 1, "ask": "05", "got": "0253310d"}\n'
        '{"t": 0.2, "took": 0.1, "poll": 1, "ask": "06", "got": ""}\n'
        '{"t": 0.3, "poll": 1, "heard": "report"}\n'
        '{"t": 5.1, "took": 0.1, "poll": 2, "ask": "05", "got": "0253310d"}\n'
        '{"t": 9.1, "took": 0.1, "poll": 3, "ask": "05", "failed": "timeout"}\n'
        '{"t": 9.2, "took"'
    )
    assert transcript.read(text, "t") == (
        Scene("", (Turn(b"\x05", b"\x02S1\r"), Turn(b"\x06", b""))),
        Scene("", (Turn(b"\x05", None), Turn(b"\x06", b""))),
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("> ENQ\n", 't:1: "ENQ" may mean the octet 05'),
        ("# only\n\n", "t:1: holds no exchange"),
        ("< <ACK>\n", "t:1: an answer before any question"),
        ("> <ENQ>\nS1\n", "t:2: begins with none of the signs"),
        ("> <ENQ>\n<\n", "t:2: no octets"),
        ("> <ENX>\n", 't:1: "<ENX>" is no octet; did you mean "<ETX>"?'),
        ('{"ask": "zz"}\n{"ask": "05"}\n', "t:1: is no line of a recording"),
    ],
)
def test_mistakes_are_named_with_their_line(text: str, complaint: str) -> None:
    """As file:line: what; what to write instead."""
    with pytest.raises(DriverError) as wrong:
        transcript.read(text, "t")
    assert complaint in str(wrong.value)
