"""The simulated label printer beside a real one: what a ZT410 said, octet for octet or line for line.

Of most replies only the text was kept, without control characters; those are compared as lines.
"""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.speakers.zpl import Zpl

NUMBERS = re.compile(r"\d+")


@pytest.fixture
def real(captures: Path) -> dict[str, dict[str, str]]:
    """What was asked -> what was answered."""
    said = json.loads((captures / "visible" / "serial" / "zebra-zt410.json").read_text())
    return {exchange["command"]: exchange for exchange in said["exchanges"]}


@pytest.fixture
def twin(real: dict[str, dict[str, str]]) -> Machine:
    """A machine brought into the real one's state: its labels, its odometer, out of media and ribbon, paused."""
    sheet = load_sheet("zebra_label_printer")
    assert sheet.speaks is not None
    words = sheet.speaks.words | {"mute": 0, "label_dots": 1225, "dots_per_inch": 203}
    inches = int(NUMBERS.findall(real["~HQOD"]["reply_text"])[0])
    labels = -(-inches * 203 // 1225)
    (marker,) = sheet.markers
    sheet = replace(
        sheet,
        speaks=replace(sheet.speaks, words=words),
        markers=(replace(marker, life=labels),),
        uptime=41 * 60 + 15,
    )
    machine = Machine(sheet, serial=real['! U1 getvar "device.friendly_name"']["reply_text"].strip('"'))
    for fault in ("media-out", "ribbon-out", "paused"):
        machine.obey(Command(Do.RAISE, fault=fault), 0.0)
    return machine


def ask(machine: Machine, request: str) -> bytes:
    return b"".join(delivery.octets for delivery in Zpl(machine).hear(request.encode() + b"\r\n", machine.now))


def lines(text: str) -> list[str]:
    return [line for line in re.split(r"\r?\n", text.strip("\x02\x03\r\n")) if line]


def test_host_status_is_the_same_octets(real: dict[str, dict[str, str]], twin: Machine) -> None:
    """~HS: the one reply whose octets were kept."""
    assert ask(twin, "~HS") == bytes.fromhex(real["~HS"]["reply_hex"])


@pytest.mark.parametrize(
    "request_",
    ["~HQES", "~HQSN", "~HI"]
    + [
        f'! U1 getvar "{name}"'
        for name in (
            "device.host_status", "device.friendly_name", "device.host_identification", "media.speed", "print.tone",
            "device.uptime", "sensor.paper_supply", "sensor.cover_open", "head.latch",
        )
    ],
)  # fmt: skip
def test_the_text_is_the_same(real: dict[str, dict[str, str]], twin: Machine, request_: str) -> None:
    """Every line with its blanks."""
    assert lines(ask(twin, request_).decode()) == lines(real[request_]["reply_text"])


@pytest.mark.parametrize(
    "request_", ["~HQOD", '! U1 getvar "odometer.total_print_length"', '! U1 getvar "odometer.headclean"']
)
def test_lengths_have_the_same_form_and_nearly_the_same_figure(
    real: dict[str, dict[str, str]], twin: Machine, request_: str
) -> None:
    """The real printer's two odometers differ by an inch; ours is within a label of them."""
    ours, theirs = lines(ask(twin, request_).decode()), lines(real[request_]["reply_text"])
    assert [NUMBERS.sub("#", line) for line in ours] == [NUMBERS.sub("#", line) for line in theirs]
    figures = [[int(number) for line in each for number in re.findall(r"\d{4,}", line)] for each in (ours, theirs)]
    assert all(abs(one - other) <= 20 for one, other in zip(*figures, strict=True))


def test_every_reply_that_was_kept_is_simulated_or_named_here(real: dict[str, dict[str, str]], twin: Machine) -> None:
    """What the real printer answers and ours does not: configuration, addresses, maintenance."""
    assert {request for request in real if ask(twin, request) in (b"", b'"?"')} == {
        "~HQHA", "~HQJT", "~HQMA", "~HQMI", "~HDPH", "~HQPP", "~HQUI", "~HD", "^XA^HH^XZ",
    }  # fmt: skip
