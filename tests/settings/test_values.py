"""The small values: what is written is what is meant, and what cannot be meant is refused with the right form."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.model.address import Address, Scheme
from fleetmon.settings.network import BrokerUrl, Listen
from fleetmon.settings.values import (
    country,
    days,
    days_text,
    duration_text,
    seconds,
    size,
    size_text,
    timezone,
    window,
)

NASTY = st.one_of(
    st.text(max_size=40), st.from_regex(r"(snmp|tcp|serial|walk|mqtt)s?:/{0,3}[\[\]a-z0-9.:@/?#%-]{0,20}")
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("250ms", 0.25),
        ("5s", 5.0),
        ("1.5h", 5400.0),
        ("10 m", 600.0),
        ("2h", 7200.0),
        ("7d", 604800.0),
        ("8w", 4838400.0),
    ],
)
def test_durations_carry_their_unit(text: str, expected: float) -> None:
    """Milliseconds to weeks, in seconds."""
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "5", "s", "-5s", "5S", "5 sec", "1e3s", "٥s", "5s ", "1h30m", "5\ns", "1_0s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """Neither a bare number nor another spelling is guessed at."""
    with pytest.raises(ValueError, match="is no duration"):
        seconds(text)


@given(st.integers(0, 10**11))
def test_a_duration_is_written_back_exactly(milliseconds: int) -> None:
    """duration_text and seconds are inverse, to the millisecond."""
    assert seconds(duration_text(milliseconds / 1000)) == pytest.approx(milliseconds / 1000, abs=1e-6)


@given(st.integers(0, 1 << 40))
def test_a_size_is_written_back_exactly(value: int) -> None:
    """size_text and size are inverse."""
    assert size(size_text(value)) == value


@given(st.integers(0, 6), st.integers(1, 6))
def test_days_run_over_the_weeks_end(first: int, more: int) -> None:
    """A range has each of its days once, in order, and is written back as it was."""
    read = tuple((first + step) % 7 for step in range(more + 1))
    assert days(days_text(read)) == read
    assert days(days_text((first,))) == (first,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("08:00-16:00", (480, 960)),
        ("22:00-06:00", (1320, 1800)),
        ("00:00-24:00", (0, 1440)),
        ("16:00-00:00", (960, 1440)),
    ],
)
def test_a_period_ends_after_it_began(text: str, expected: tuple[int, int]) -> None:
    """Over midnight the end lies on the next day."""
    assert window(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("snmp://192.0.2.1", Address(Scheme.SNMP, "192.0.2.1", 161)),
        ("SNMP://prn1.office.example:1161/", Address(Scheme.SNMP, "prn1.office.example", 1161)),
        ("snmp://[2001:db8::1]:161", Address(Scheme.SNMP, "2001:db8::1", 161)),
        ("socket://[::1]:4001", Address(Scheme.TCP, host="::1", port=4001)),
        ("serial:///dev/serial/by-id/usb-x_1-if00", Address(Scheme.SERIAL, path="/dev/serial/by-id/usb-x_1-if00")),
        ("tcp://h:9100", Address(Scheme.TCP, "h", 9100)),
        ("rfc2217://h:4001", Address(Scheme.RFC2217, "h", 4001)),
        ("modbus://h", Address(Scheme.MODBUS_TCP, "h", 502)),
        ("modbus+tcp://h:1502", Address(Scheme.MODBUS_TCP, "h", 1502)),
        ("walk:captures/prn1.walk", Address(Scheme.WALK, path="captures/prn1.walk")),
        ("walk:/a b/c#1", Address(Scheme.WALK, path="/a b/c#1")),
    ],
)
def test_an_address_is_taken_apart(text: str, expected: Address) -> None:
    """Each kind of URL, with the port its protocol has by default."""
    assert Address.parse(text) == expected


@given(NASTY)
def test_any_text_is_an_address_or_a_value_error(text: str) -> None:
    """No other exception, and a message that does not repeat what may be a password."""
    for parse in (Address.parse, BrokerUrl.parse, Listen.parse, seconds, size, days, window, country):
        with suppress(ValueError):
            parse(text)


@given(st.text(min_size=12, max_size=30))
def test_a_refused_address_is_not_repeated(secret: str) -> None:
    """It may hold a password."""
    with pytest.raises(ValueError, match="write snmp://host") as caught:
        Address.parse(f"snmp://user:{secret}@host")
    assert secret not in str(caught.value)


@pytest.mark.parametrize("text", ["", "../UTC", "/etc/localtime", "Asia", "a\0b", "Asia/Karachi\n", "x" * 5000])
def test_what_is_no_time_zone_is_refused(text: str) -> None:
    """Neither a path nor a folder of the database nor nonsense gets through."""
    with pytest.raises(ValueError, match="is no time zone"):
        timezone(text)
