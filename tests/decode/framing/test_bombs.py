"""Regular expressions of a definition that are meant to freeze a poll, or to fill the memory, do neither."""

import time
import tracemalloc

import pytest
from pydantic import TypeAdapter, ValidationError
from tests.decode.framing.arriving import arrived, ask

from fleetmon.definition.framing import LONGEST_FRAME
from fleetmon.definition.words import Pattern, compiled

PATTERN: TypeAdapter[str] = TypeAdapter(Pattern)
SLOW_S = 1.0
"""CPU for one frame of full length: ten times what it takes, so that a busy machine is no bug."""
# each takes a backtracking engine longer than the machine will live
FREEZING = [
    r"(a*)*b", r"(a+)+b", r"(a|aa)+b", r"(a|a?)+b", r"(x+x+)+y", r"(.*)*=(.*)*;", r"((a{1,30}){1,30})b",
    r"(a?){300}a{300}", r"[a-z]{1,999}[a-y]{1,999}c", r"(?:(?:.{0,20}a){0,20}){1}b", "(" * 100 + "a" + ")*" * 100,
    r"(.*a){12}", r"(?s)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)[^a]", r"(?i)(A|a|[aA])*\z.",
]  # fmt: skip
TOO_LARGE = [
    r"((a{1,1000}){1,1000})", r"(((((a{1,99}){1,99}){1,99}){1,99}){1,99})", r"(\pL|\pN|\pS){0,200}b",
    r"(.?){900}(.?){900}b", r"(?:(?:.{0,40}a){0,20}){1}b", r"(?P<v>(.?){1000})(?P<w>(.?){1000})c", r"a{1001}",
]  # fmt: skip
NOT_LINEAR = [r"(a)\1", r"(?=a)b", r"(?<=a)b", r"(?>a+)b", r"a++b", r"(?P<v>a)(?P=v)"]


@pytest.mark.parametrize("pattern", FREEZING)
def test_no_pattern_freezes_a_poll(pattern):
    """The time is linear in the frame, whatever the pattern; a frame is bounded."""
    PATTERN.validate_python(pattern)
    for text in ("a" * LONGEST_FRAME, "ab" * (LONGEST_FRAME // 2), "x" * LONGEST_FRAME, "\xe9" * LONGEST_FRAME):
        began = time.process_time()
        compiled(pattern).fullmatch(text)
        assert time.process_time() - began < SLOW_S


@pytest.mark.parametrize("pattern", [*TOO_LARGE, *NOT_LINEAR])
def test_what_cannot_be_matched_in_time_does_not_load(pattern):
    """It is refused with words, at once, and takes no memory."""
    began = time.process_time()
    tracemalloc.start()
    try:
        with pytest.raises(ValidationError, match="regular expression"):
            PATTERN.validate_python(pattern)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.process_time() - began < SLOW_S
    assert peak < 1 << 20


def test_a_pattern_is_no_essay():
    """Longer than 512 characters is refused before it is compiled."""
    with pytest.raises(ValidationError, match="at most 512"):
        PATTERN.validate_python("a" * 513)


@pytest.mark.parametrize("pattern", FREEZING[:6])
def test_a_pattern_that_waits_for_the_last_frame_does_not_freeze_either(pattern):
    """`until` is tried on each of many long frames; all of a reply together is bounded."""
    line = b"a" * (LONGEST_FRAME - 2) + b"\r\n"
    began = time.process_time()
    assert arrived(ask("line", frames=64, until=pattern), [line] * 64) == "garbled"
    assert time.process_time() - began < 4 * SLOW_S
