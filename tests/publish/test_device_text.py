"""What machines and people wrote, made fit to be told far away."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.publish.device_text import device_text, plain


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("FILM EMPTY", "FILM EMPTY"),
        ("  two\r\n lines\t", "two lines"),
        ("\x1b[2JFILM\x07\x00END", "FILM END"),
        ("turned \u202eround\u200b", "turned round"),
        ("فلم ختم ہو گئی", "فلم ختم ہو گئی"),
        ("half\ud800", "half"),
        ("", ""),
    ],
)
def test_one_line_of_what_can_be_seen(said: str, told: str) -> None:
    """No control characters, nothing that turns the direction of writing, no halves of characters."""
    assert plain(said, 100) == told


def test_what_is_too_long_says_so() -> None:
    """It ends in an ellipsis, within its bytes, never inside a character."""
    assert plain("x" * 100, 10) == "xxxxxxx…"
    assert plain("ف" * 100, 10) == "ففف…"
    assert plain('"' * 100, 10) == '"""…'


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("PRINTING JOB: Khan, Ayesha", "PRINTING …"),
        ("TRAY 2\x00JOB: Khan", "TRAY 2 …"),
        ("user=akhan; tray 2 empty", "…; tray 2 empty"),
        ("Document no: AB1234567 | JAM", "…| JAM"),
        ("wait for AB1234567 now", "wait for … now"),
        ("35202-1234567-1", "…"),
        ("call +92 51 1234567", "call +…"),
        ("write to a.khan@example.org", "write to …"),
        ("P<PAKKHAN<<AYESHA<<<<", "…"),
        ("49.4C02 ERROR", "49.4C02 ERROR"),
        ("13.20.00 JAM IN TRAY 2", "13.20.00 JAM IN TRAY 2"),
        ("10003", "10003"),
    ],
)
def test_what_may_be_about_a_person_is_left_out(said: str, told: str) -> None:
    """Jobs and users that are called so, numbers of documents, telephones and cards, mail, machine-readable zones."""
    assert device_text(said, 100) == told


@given(st.text(), st.integers(min_value=8, max_value=300))
def test_any_text_is_bounded(said: str, most: int) -> None:
    """In bytes of JSON, without its quotation marks; nothing that cannot be seen is left."""
    for told in (plain(said, most), device_text(said, most)):
        assert len(json.dumps(told, ensure_ascii=False).encode()) - 2 <= most
        assert told.replace("\u200c", "").isprintable()
        assert plain(told, most) == told
