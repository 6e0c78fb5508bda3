"""What makes a reply whole: so many frames, one that says it is the last, a refusal, or the end of the line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decode.framing.arriving import CUTS, arrived, ask, pieces

from fleetmon.decode.dialogue import Answer
from fleetmon.decode.framing.bounds import LONGEST_REPLY
from fleetmon.decode.framing.gathering import Gathering
from fleetmon.definition.line import Nack
from fleetmon.errors import GarbledReply
from fleetmon.model.words import Silence

WORDS = st.lists(st.text("ABC123", min_size=1, max_size=8), min_size=1, max_size=6)


@given(WORDS, CUTS)
def test_a_reply_ends_with_the_frame_that_fits(words, cuts):
    """With `until`, however many frames come before; what follows belongs to nobody."""
    said = [word.encode() for word in words]
    octets = b"".join(word + b"\r\n" for word in said) + b".\r\n"
    found = arrived(ask("line", frames=len(said) + 1, until=r"\."), pieces(octets + b"more\r\n", cuts))
    assert found == Answer(octets[:-1], (*said, b"."))


@given(WORDS, CUTS)
def test_a_reply_whose_last_frame_never_comes_is_garbled(words, cuts):
    """At most `frames` of them are looked at."""
    octets = b"".join(word.encode() + b"\r\n" for word in words)
    assert arrived(ask("line", frames=len(words), until=r"\."), pieces(octets, cuts)) == "garbled"
    assert arrived(ask("line", frames=len(words) + 1, until=r"\."), pieces(octets, cuts)) == "more"


def test_the_last_frame_must_fit_as_a_whole():
    """A pattern that fits a part of a frame does not end a reply; each octet is one character."""
    assert arrived(ask("line", frames=9, until="END"), [b"THE END\r\nEND\r\n"]) == Answer(
        b"THE END\r\nEND\r", (b"THE END", b"END")
    )
    assert isinstance(arrived(ask("line", frames=9, until=r"\xff."), [b"\xff\xfe\r\n"]), Answer)


def test_more_frames_than_a_reply_may_hold_octets_for_are_garbled():
    """Sixty-four frames of full length are no status reply, and nobody waits for the rest of them."""
    long = b"x" * 4000 + b"\r"
    assert arrived(ask("line", frames=64), [long] * 64) == "garbled"
    assert arrived(ask("line", frames=64), [long * 64]) == "garbled"
    assert len(arrived(ask("line", frames=16), [long * 64]).frames) == 16


@given(st.integers(1, 3), st.integers(-2, 2))
def test_the_bound_of_a_reply_does_not_depend_on_how_it_comes(size, around):
    """A frame that ends beyond it is garbled, one that ends with it is not."""
    line = b"x" * (LONGEST_REPLY // 32 - 1) + b"\r"
    octets = line * 31 + b"y" * (len(line) + around - 1) + b"\r"
    singly = arrived(ask("line", frames=32), pieces(octets, range(0, len(octets), 97 * size)))
    assert singly == arrived(ask("line", frames=32), [octets])
    assert (singly == "garbled") == (around > 0)


def test_a_complete_answer_stays():
    """What comes afterwards changes nothing, and is bounded too."""
    gathering = Gathering(ask("line"))
    answer = gathering.feed(b"ok\r")
    assert gathering.feed(b"\nno\r\n") == answer == gathering.end()
    assert gathering.octets == b"ok\r"
    assert gathering.leftover == b"\nno\r\n"
    for _ in range(100):
        gathering.feed(b"x" * 4096)
    assert len(gathering.leftover) <= LONGEST_REPLY


def test_a_garbled_reply_stays_garbled():
    """Octets that come later do not mend it."""
    gathering = Gathering(ask("stx-etx-bcc"))
    for part in (b"\x02a\x03z", b"\x02a\x03b"):
        with pytest.raises(GarbledReply):
            gathering.feed(part)
    with pytest.raises(GarbledReply):
        gathering.end()


def test_when_time_is_over_silence_and_half_an_answer_are_not_the_same():
    """Nothing at all is a timeout; octets that are no whole reply are garbled, and shown."""
    gathering = Gathering(ask("line", frames=2))
    assert gathering.overdue().why is Silence.TIMEOUT
    gathering.feed(b"ok\r\nhal")
    error = gathering.overdue()
    assert error.why is Silence.GARBLED
    assert error.came == b"ok\r\nhal"
    assert "ok<CR><LF>hal" in str(error)


def test_an_echo_is_no_answer_and_no_half_of_one():
    """A machine that is mute on a line that gives our own words back is mute."""
    gathering = Gathering(ask("line", echo=b"S?\r"))
    assert gathering.silent
    gathering.feed(b"S?")
    assert not gathering.silent
    gathering.feed(b"\r")
    assert gathering.silent
    assert gathering.overdue().why is Silence.TIMEOUT
    assert gathering.overdue().came == b"S?\r"
    gathering.feed(b"S")
    assert gathering.overdue().why is Silence.GARBLED
    gathering.feed(b"=1\r")
    assert not gathering.silent


@pytest.mark.parametrize("noise", [b"\r\n", b"\x00", b"\xffS?\r", b"S?\r\n"])
def test_noise_is_not_silence(noise):
    """It may be what is left of an answer, and silence may mean something."""
    gathering = Gathering(ask("line", echo=b"S?\r"))
    gathering.feed(noise)
    assert not gathering.silent
    assert gathering.overdue().why is Silence.GARBLED


def test_a_line_that_closes_between_frames_is_garbled():
    """All frames of a reply, or none."""
    gathering = Gathering(ask("line", frames=2))
    gathering.feed(b"ok\r")
    with pytest.raises(GarbledReply, match="missing"):
        gathering.end()


def test_every_failure_carries_what_came():
    """So that a person can be shown it."""
    gathering = Gathering(ask("stx-etx-bcc", nack=Nack()))
    with pytest.raises(GarbledReply, match="should be b") as caught:
        gathering.feed(b"noise\x02a\x03c")
    assert caught.value.came == b"noise\x02a\x03c"
