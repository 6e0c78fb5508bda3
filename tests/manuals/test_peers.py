"""The machines of the manuals say what the manuals print: each example exchange, octet by octet."""

import os
import re
import socket
from pathlib import Path

import pytest
from tests.manuals.peers.halvrein import Halvrein
from tests.manuals.peers.kestrovan import Kestrovan
from tests.manuals.peers.nambrika import SITUATIONS as NAMBRIKA
from tests.manuals.peers.orvandel import Orvandel
from tests.manuals.peers.pendrakis import Pendrakis
from tests.manuals.peers.quentaro import Quentaro
from tests.manuals.peers.serving import Machine, on_a_pty, on_tcp
from tests.manuals.peers.stillmora import Stillmora
from tests.manuals.peers.vostelli import Vostelli

HERE = Path(__file__).parent
NAMES = {"STX": "\x02", "ETX": "\x03", "CR": "\r", "LF": "\n", "ESC": "\x1b"}
EXAMPLES = [
    ("01", Orvandel(2), "host", "LX-40"),
    ("02", Kestrovan(0, toggled=True), "request", "reply"),
    ("03", Halvrein(2, warnings=1), "request", "reply"),
    ("04", Pendrakis(0x04), "controller", "printer"),
    ("05", Stillmora(1, ribbon="064"), "host", "printer"),
    ("06", Quentaro(g=1), "sent", "received"),
]


def octets(printed: str) -> bytes:
    """The octets of a line in a manual: in hexadecimal, or with names for control characters."""
    if re.fullmatch(r"(?:[0-9A-F]{2} ?)+", printed):
        return bytes.fromhex(printed)
    for name, sign in NAMES.items():
        printed = re.sub(rf" ?\b{name}\b ?", sign, printed)
    return printed.encode("ascii")


def told(manual: str, who: str) -> list[str]:
    """What one side says in the last examples of a manual, without the remarks behind it."""
    text = next(HERE.glob(f"{manual}-*/manual.md")).read_text()
    example = text[text.index("xample", len(text) // 2) if manual != "05" else text.index("Typical") :]
    lines = re.findall(rf"{who}: +(.*(?:\n {{10,}}STX.*)*)", example)
    return [re.split(r"\s{3,}", line)[0] if "\n" not in line else re.sub(r"\n +", " ", line) for line in lines]


@pytest.mark.parametrize(("manual", "machine", "host", "answerer"), EXAMPLES, ids=[each[0] for each in EXAMPLES])
def test_a_peer_answers_the_examples_of_its_manual(manual: str, machine: Machine, host: str, answerer: str) -> None:
    """The first question that a manual prints is answered as it prints it."""
    question, answer = octets(told(manual, host)[0]), octets(told(manual, answerer)[0])
    pieces, rest = machine.hear(question)
    assert (b"".join(pieces), rest) == (answer, b"")
    assert not machine.harmed


def test_lines_in_any_order_hold_what_the_manual_prints() -> None:
    """The laminator of manual 07 tells the pairs of its example, and more, up to the full stop."""
    text = next(HERE.glob("07-*/manual.md")).read_text()
    printed = {line for line in re.findall(r"^    < (.*)$", text, re.MULTILINE) if line != "."}
    pieces, rest = Vostelli("HALT", "A12", film="0%").hear(b"STATUS\nROLLS\r\n")
    assert rest == b""
    assert all(piece.endswith(b"\r\n.\r\n") for piece in pieces)
    assert printed <= {line for piece in pieces for line in piece.decode("ascii").splitlines()}


def test_the_walk_of_a_manual_is_that_of_its_peer() -> None:
    """The alarm that manual 08 prints stands in the walk of a printer with an empty feeder."""
    text = next(HERE.glob("08-*/manual.md")).read_text()
    printed = re.findall(r"^    (1\.3\.[0-9.]+) = \w+: \"?([^\"\n]+)\"?$", text, re.MULTILINE)
    rows = {oid: str(value) for oid, _, value in NAMBRIKA["feeder empty"].rows()}
    assert len(printed) == 4
    assert dict(printed).items() <= rows.items()


def test_a_peer_is_heard_however_octets_arrive() -> None:
    """On TCP and on a pseudo-terminal a question may come octet by octet, and a broken one harms nothing."""
    question, answer = octets("STX 05S ETX BB"), octets("STX 05S2,00,128,126 ETX 05")
    with on_tcp(Orvandel(2)) as address, socket.create_connection(address, 5) as caller:
        for octet in question[:3] + question:
            caller.sendall(bytes([octet]))
        assert caller.recv(len(answer), socket.MSG_WAITALL) == answer
    with on_a_pty(Orvandel(2)) as path:
        port = os.open(path, os.O_RDWR | os.O_NOCTTY)
        os.write(port, question)
        heard = b""
        while len(heard) < len(answer):
            heard += os.read(port, 64)
        os.close(port)
    assert heard == answer
