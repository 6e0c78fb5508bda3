"""How people write where a machine is to be reached."""

from pathlib import Path

import pytest
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.wires.outlet import Outlet, Reach, Wire, parse_outlet
from fleetmon.simulators.wires.tcp import Second


@pytest.mark.parametrize(
    ("text", "outlet"),
    [
        ("pty", Outlet(Wire.PTY)),
        ("pty:/tmp/a:b", Outlet(Wire.PTY, link=Path("/tmp/a:b"))),
        ("tcp", Outlet(Wire.TCP)),
        ("tcp:9100", Outlet(Wire.TCP, 9100)),
        ("tcp:9100:shared", Outlet(Wire.TCP, 9100, second=Second.SHARED)),
        ("rfc2217:refused", Outlet(Wire.RFC2217, second=Second.REFUSED)),
    ],
)
def test_an_outlet_is_read(text: str, outlet: Outlet) -> None:
    """Wire, port or link, and what becomes of a second client."""
    assert parse_outlet(text) == outlet


@pytest.mark.parametrize("text", ["", "usb", "tcp:65536", "tcp:x:y", "tcp:1:2:3", "rfc2217:4001:sometimes", "tcp:"])
def test_a_wrong_outlet_is_named(text: str) -> None:
    """The complaint repeats what was written and says what would be right."""
    with pytest.raises(BadInput, match=r"is not|is reached|may be") as caught:
        parse_outlet(text)
    assert repr(text) in str(caught.value)


def test_addresses_are_those_pyserial_opens() -> None:
    """A pty is a path, the others are URLs; IPv6 hosts stand in brackets."""
    assert Reach(Wire.PTY, "", 0, "/dev/pts/7").url == "/dev/pts/7"
    assert Reach(Wire.TCP, "127.0.0.1", 9100, "").url == "socket://127.0.0.1:9100"
    assert Reach(Wire.RFC2217, "::1", 4001, "").url == "rfc2217://[::1]:4001"
