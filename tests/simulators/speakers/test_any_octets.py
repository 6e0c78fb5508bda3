"""What every byte machine owes whoever talks to it: the cut does not matter, nothing crashes it, nothing fills it."""

import random
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import MACHINES, load_sheet
from fleetmon.simulators.speakers import speaker_for
from fleetmon.simulators.wires.delivery import Delivery
from hypothesis import given
from hypothesis import strategies as st

SHEETS = {path.stem: load_sheet(str(path)) for path in sorted(MACHINES.glob("*.toml"))}
MODELS = [name for name, sheet in SHEETS.items() if sheet.speaks is not None]
SPOKEN_FOR = {"evolis_personaliser"}  # a service on the computer beside it goes on answering
# Openings of requests in any of the protocols, so that random octets meet every branch
OPENINGS = [
    b"~HS", b"~HI", b"~HQES", b"~HQOD", b"~HQXX", b"~", b"~H", b'! U1 getvar "device.uptime"\r\n', b'! U1 getvar "',
    b"\x1bT\r", b"\x1bT180\r", b"\x1bT", b"\x1b", b"\r", b"\n", b"\x1b%-12345X@PJL\r\n", b"@PJL INFO STATUS\r\n",
    b"@PJL ECHO x\r\n", b"\x10\x04\x01", b"\x10\x04\x02", b"\x10\x04", b"\x1dr1", b"\x02", b"\x03", b"{}",
    b'{"jsonrpc"', b'{"jsonrpc":"2.0","id":1,"method":"SUPERVISION.GetState","params":{"device":"Evolis Primacy"}}',
    b"\x1da\x0f", b"@PJL USTATUS DEVICE=ON\r\n", b"@PJL USTATUSOFF\r\n", b"@PJL INFO USTATUS\r\n", b"\x10\x04\x05",
]  # fmt: skip
STREAMS = st.lists(st.one_of(st.binary(max_size=12), st.sampled_from(OPENINGS)), max_size=15).map(b"".join)


def machine(model: str) -> Machine:
    return Machine(SHEETS[model])


def said(deliveries: list[Delivery]) -> bytes:
    return b"".join(delivery.octets for delivery in deliveries)


def cut(stream: bytes, cuts: list[int]) -> Iterator[bytes]:
    edges = [0, *sorted(min(each, len(stream)) for each in cuts), len(stream)]
    return (stream[start:end] for start, end in pairwise(edges))


@pytest.mark.parametrize("model", MODELS)
@given(stream=STREAMS, cuts=st.lists(st.integers(0, 200), max_size=8), fault=st.integers(0, 40))
def test_the_cut_makes_no_difference(model: str, stream: bytes, cuts: list[int], fault: int) -> None:
    """Octets at once or in any pieces, whatever stands: the same answers."""
    faults = list(SHEETS[model].faults)
    order = Command(Do.RAISE, fault=faults[fault % len(faults)]) if fault < len(faults) else Command(Do.SHOW)
    answers = []
    for pieces in ([stream], list(cut(stream, cuts))):
        one = machine(model)
        one.obey(order, 10.0)
        speaker = speaker_for(one)
        answers.append(b"".join(said(speaker.hear(piece, 10.0)) for piece in pieces))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("model", MODELS)
def test_a_megabyte_of_noise_takes_no_room(model: str) -> None:
    """Random octets, and each opening again and again without an end: memory does not grow by more than 64 KiB."""
    speaker = speaker_for(machine(model))
    dice = random.Random(1)
    speaker.hear(dice.randbytes(1000), 0.0)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(16):
            speaker.hear(dice.randbytes(32768), 1.0)
        for opening in (b"~HQ", b"\x1bT", b'! U1 getvar "', b"@PJL ", b"\x10", b"{", b"["):
            speaker.hear(opening + b"a" * 65536, 2.0)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 65536


@pytest.mark.parametrize("model", [model for model in MODELS if model not in SPOKEN_FOR])
def test_a_machine_that_is_off_says_nothing(model: str) -> None:
    """Neither while it is off nor what it heard then once it is on again."""
    one = machine(model)
    one.obey(Command(Do.OFF), 5.0)
    speaker = speaker_for(one)
    assert said(speaker.hear(b"".join(OPENINGS), 5.0)) == b""
    one.obey(Command(Do.ON), 6.0)
    assert said(speaker.hear(b"", 1000.0)) == b""


def test_there_are_such_machines(machines: Path) -> None:
    """The tests above are about the shipped sheets; without any they would prove nothing."""
    assert {"lapis_laminator", "zebra_label_printer"} <= set(MODELS)
    assert machines == MACHINES
