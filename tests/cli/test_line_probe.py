"""`fleetmon probe` of machines on a line: octets, what they mean, and what a person can do when none come."""

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from fleetmon import settings

from .lines import peer, simulated

Run = Callable[..., Result]

ACME = """\
name = "acme"
title = "Acme laminator"
kind = "laminator"
maturity = "experimental"
link = "serial"

[line]
framing = "stx-etx"
timeout = "300ms"

[read.status]
ask = "<ENQ>"
read_only = "manual p. 12"
reply = 'S(?P<state>\\d)(?P<faults>(E\\d{2})*)C(?P<produced>\\d{6})'

[state.codes]
0 = "idle"
9 = "stopped"

[faults.faults]
split = 3
[faults.faults.codes]
E14 = { reason = "laminator-jam", severity = "error", manual = "p. 41" }

[counters.produced]
"""
CHATTY = """\
name = "chatty"
title = "Says what it likes"
kind = "other"
maturity = "experimental"
link = "serial"
line = { framing = "stx-etx" }
console = ["words"]
read.status = { ask = "<ENQ>", read_only = "p. 1", reply = '(?s)(?P<state>.)(?P<words>.*)' }
identity = { model = "words" }
faults.words.codes.x = { reason = "other" }
"""
HEATER = """\
name = "heater"
title = "Acme heater"
kind = "other"
maturity = "experimental"
link = "modbus"

[read]
measured = { address = 0x2000, form = "s16", scale = 0.1 }
wanted = { address = 0x2002, form = "s16", scale = 0.1 }

[heaters.roller]
measured = "measured"
set_point = "wanted"
"""


@pytest.fixture
def acme(tmp_path: Path) -> str:
    """The folder of a driver with a status request."""
    return _folder(tmp_path, "acme", ACME)


def _folder(place: Path, name: str, text: str) -> str:
    folder = place / name
    folder.mkdir()
    (folder / "driver.toml").write_text(text, encoding="utf-8")
    return str(folder)


def _pasted(page: str, tmp_path: Path) -> settings.Settings:
    file = tmp_path / "fleetmon.toml"
    file.write_text(
        f'[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1"\n{page[page.index("[[machine]]") :]}', encoding="utf-8"
    )
    return settings.load(file)


def test_the_page_shows_octets_fields_and_state(fleetmon: Run, acme: str, tmp_path: Path) -> None:
    """Request and reply readable and in hexadecimal, each field with its place and meaning, settings to paste."""
    with peer(lambda _: b"\x02S9E14C001234\x03") as url:
        page = fleetmon("probe", url, "--driver", acme, "--baud", "19200", "--timeout", "2s")
    assert page.exit_code == 0, page.stderr
    for words in (
        "> <ENQ>                            05",
        "< <STX>S9E14C001234<ETX>           02 53 39 45 31 34 43 30 30 31 32 33 34 03",
        "state     9       octet 2",
        "stopped: laminator-jam",
        "1234 documents",
    ):
        assert words in page.stdout
    source = _pasted(page.stdout, tmp_path).plan().machines[0].sources[0]
    assert (source.driver, source.url, source.serial.baud, source.serial.timeout_s) == ("acme", url, 19200, 2.0)


def test_a_simulated_printer_on_a_serial_port(fleetmon: Run, tmp_path: Path) -> None:
    """The shipped driver understands it, and what --raw keeps says the same again without the machine."""
    device = tmp_path / "port"
    with simulated("zebra_label_printer", f"pty:{device}"):
        url = f"serial://{device}"
        heard = json.loads(fleetmon("probe", url, "--driver", "zebra_zpl", "--json").stdout)
        raw = fleetmon("probe", url, "--driver", "zebra_zpl", "--raw").stdout
    assert heard["state"] == "idle"
    assert "> ~HS" in raw
    file = tmp_path / "said.txt"
    file.write_text(raw, encoding="utf-8")
    again = json.loads(fleetmon("probe", f"walk:{file}", "--driver", "zebra_zpl", "--json").stdout)
    for data in (heard, again):
        del data["observed_at"], data["sources"]
    assert again == heard


def test_a_controller_on_modbus_tcp(fleetmon: Run, tmp_path: Path) -> None:
    """The unit of the command line is asked and stands in the settings; registers are told with their values."""
    heater = _folder(tmp_path, "heater", HEATER)

    def says(asked: bytes) -> bytes:
        value = 1500 if asked[8:10] == b"\x20\x00" else 1510
        data = b"".join((value + number).to_bytes(2) for number in range(int.from_bytes(asked[10:12])))
        return asked[:4] + (3 + len(data)).to_bytes(2) + asked[6:8] + bytes([len(data)]) + data

    with peer(says) as url:
        page = fleetmon("probe", url.replace("tcp://", "modbus+tcp://"), "--driver", heater, "--unit", "7")
    assert page.exit_code == 0, page.stderr
    assert "150" in page.stdout
    assert "00 06 07 03 20 00" in page.stdout, "the frame that went to unit 7"
    assert _pasted(page.stdout, tmp_path).plan().machines[0].sources[0].modbus_unit == 7


def test_without_a_driver_the_choice_is_shown(fleetmon: Run) -> None:
    """Nothing is sent; the drivers of that kind of line and the other ways are named."""
    for url, there, missing in (
        ("serial:///dev/ttyUSB0", "zebra_zpl", "zebra_snmp"),
        ("modbus+tcp://127.0.0.1", "--listen", "zebra_zpl"),
    ):
        asked = fleetmon("probe", url)
        assert asked.exit_code == 2
        assert there in asked.stderr
        assert missing not in asked.stderr


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["tcp://127.0.0.1:9", "--driver", "zebra_snmp"], "is for machines on a snmp line, not for tcp"),
        (["snmp://127.0.0.1", "--driver", "zebra_zpl"], "is for machines on a serial line, not for snmp"),
        (["tcp://127.0.0.1:9", "--ask", "~HS"], "this request is not on any allow-list"),
        (["tcp://127.0.0.1:9", "--ask", "~JR", "--protocol", "zpl"], "this request is not on the allow-list of zpl"),
        (["tcp://127.0.0.1:9", "--ask", "ENQ", "--protocol", "zpl"], '"ENQ" may mean the octet 05'),
        (["tcp://127.0.0.1:9", "--timeout", "2"], "--timeout"),
        (["tcp://127.0.0.1:9", "--ask", "~HS", "--driver", "zebra_zpl"], "either --driver or --ask"),
        (["tcp://127.0.0.1:9", "--ask", "~HS", "--protocol", "zpl", "--framing", "lines"], '"lines" is no framing'),
        (["tcp://127.0.0.1:9", "--ask", "~HS", "--protocol", "zlp"], '"zlp" has no allow-list'),
        (["tcp://127.0.0.1:9", "--ask", "~HS", "--protocol", "zpl", "--framing", "{ end }"], "is no table"),
        (["snmp://127.0.0.1", "--listen"], "are for lines of bytes"),
    ],
)
def test_wrong_usage_is_explained(fleetmon: Run, words: list[str], complaint: str) -> None:
    """Exit 2, and nothing was sent to anybody."""
    wrong = fleetmon("probe", *words)
    assert wrong.exit_code == 2, wrong.stderr
    assert complaint in wrong.stderr


def test_a_mute_machine(fleetmon: Run, acme: str) -> None:
    """Exit 3, what was asked, and what to look at."""
    with peer(lambda _: b"") as url:
        mute = fleetmon("probe", url, "--driver", acme)
    assert mute.exit_code == 3
    assert "> <ENQ>" in mute.stdout
    assert "no answer" in mute.stderr
    assert "baud" in mute.stderr


def test_nobody_there(fleetmon: Run, acme: str) -> None:
    """A port on which nobody listens, and a device that does not exist, each with its own advice."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    refused = fleetmon("probe", f"tcp://127.0.0.1:{port}", "--driver", acme)
    assert refused.exit_code == 3
    assert "nobody listens" in refused.stderr
    gone = fleetmon("probe", "serial:///dev/no-such-port", "--driver", acme)
    assert gone.exit_code == 3
    assert "scan --serial" in gone.stderr


def test_a_port_that_somebody_else_has(fleetmon: Run, acme: str) -> None:
    """A device server that throws out the second client is not taken for a broken machine."""
    with simulated("lapis_laminator", "tcp:0:refused") as reach:
        with socket.create_connection((reach.host, reach.port)) as other:
            other.sendall(b"\x1bT\r")
            other.recv(64)
            busy = fleetmon("probe", f"tcp://{reach.host}:{reach.port}", "--driver", acme)
        assert busy.exit_code == 3
        assert "taken by somebody else" in busy.stderr


@pytest.mark.skipif(os.name != "posix", reason="devices have owners on POSIX systems")
def test_a_device_that_is_not_ours(fleetmon: Run, acme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may not open the port is told the group that may."""

    def forbidden(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", forbidden)
    refused = fleetmon("probe", "serial:///dev/null", "--driver", acme)
    assert refused.exit_code == 3
    assert "usermod -aG dialout" in refused.stderr


def test_a_reply_that_does_not_fit(fleetmon: Run, acme: str) -> None:
    """Reply and pattern stand under each other, with a mark where they part; a broken frame is dumped."""
    with peer(lambda _: b"\x02S9E14X01234\x03") as url:
        page = fleetmon("probe", url, "--driver", acme)
    assert page.exit_code == 3
    came, mark, expected, meant = page.stderr.splitlines()[1:5]
    assert came == "came      S9E14X01234"
    assert mark.index("^") == came.index("X")
    assert expected.startswith("expected  S(?P<state>")
    assert meant.index("^") == expected.index("C(?P<produced>")
    with peer(lambda _: b"S9") as url:
        broken = fleetmon("probe", url, "--driver", acme)
    assert broken.exit_code == 3
    assert "53 39" in broken.stderr
    assert "expected  from <STX> to <ETX>" in broken.stderr


def test_one_request_by_hand(fleetmon: Run) -> None:
    """It goes out if it is on the list of its protocol, or if the manual's page is named."""
    with peer(lambda asked: b"175\r" if asked == b"\x1bT\r" else b"") as url:
        listed = fleetmon("probe", url, "--ask", "<ESC>T<CR>", "--protocol", "lapis", "--framing", "cr")
        paged = fleetmon(
            "probe", url, "--ask", "<ESC>T<CR>", "--read-only", "p. 19", "--raw", "--framing", '{ end = "<CR>" }'
        )
    assert listed.exit_code == 0, listed.stderr
    assert "< 175<CR>" in listed.stdout
    assert paged.stdout.splitlines()[-2:] == ["> <ESC>T<CR>", "< 175<CR>"]


def test_listening_sends_nothing(fleetmon: Run) -> None:
    """What comes by itself is shown with its time, readable and in hexadecimal."""
    sent: list[bytes] = []
    with peer(lambda data: sent.append(data) or b"", b"\x02READY\x03") as url:  # type: ignore[func-returns-value]
        heard = fleetmon("probe", url, "--listen", "--for", "300ms")
        nothing = fleetmon("probe", "serial:///dev/no-such-port", "--listen", "--for", "1s")
    assert "s  <STX>READY<ETX>" in heard.stdout
    assert "02 52 45 41 44 59 03" in heard.stdout
    assert heard.exit_code == 0
    assert sent == []
    assert nothing.exit_code == 3


def test_a_bridged_cable_gives_back_what_is_sent(fleetmon: Run) -> None:
    """Exit 0 where all comes back, 1 where other octets do, 3 where nothing does."""
    with peer(lambda data: data) as url:
        assert "port, adapter and cable work" in fleetmon("probe", url, "--loopback").stdout
    with peer(lambda data: bytes(octet & 0x7F for octet in data)) as url:
        assert fleetmon("probe", url, "--loopback").exit_code == 1
    with peer(lambda _: b"") as url:
        mute = fleetmon("probe", url, "--loopback")
    assert mute.exit_code == 3
    assert "bridged" in mute.stderr


def test_nothing_that_a_machine_says_reaches_the_terminal_as_it_is(fleetmon: Run, acme: str, tmp_path: Path) -> None:
    """No escape sequence, in whatever field, line or complaint it stands."""
    with peer(lambda _: b"\x029\x1b[31mred\x07\x03") as url:
        page = fleetmon("probe", url, "--driver", _folder(tmp_path, "chatty", CHATTY))
        wrong = fleetmon("probe", url, "--driver", acme)
    for result in (page, wrong):
        assert "red" in result.stdout
        assert "\x1b" not in result.stdout + result.stderr
        assert "\x07" not in result.stdout + result.stderr
    assert page.exit_code == 0
