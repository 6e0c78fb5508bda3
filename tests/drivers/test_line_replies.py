"""What real machines answered on lines of bytes, given to the shipped drivers over a socket."""

import json
from pathlib import Path
from typing import TypeAlias

import pytest
from tests.drivers.lines import peer, talking, told

from fleetmon.decode.snmp import Pace
from fleetmon.model.words import State

Replies: TypeAlias = dict[str, dict[str, str]]


def recorded(captures: Path, name: str) -> Replies:
    """What was asked -> what was answered."""
    said = json.loads((captures / "visible" / "serial" / f"{name}.json").read_text("utf-8"))
    return {exchange["command"]: exchange for exchange in said["exchanges"]}


@pytest.fixture
def zt410(captures: Path) -> dict[bytes, bytes]:
    """A Zebra ZT410 out of media and ribbon, paused, as the driver asks it. Of most replies only the text was kept: the
    frame is put around them again. It was not asked for device.unique_id; its friendly name is its serial number."""
    real = recorded(captures, "zebra-zt410")
    named = {name: real[f'! U1 getvar "{name}"']["reply_text"] for name in ("device.friendly_name", PRINTED)}
    return {
        b"~HS\r\n": bytes.fromhex(real["~HS"]["reply_hex"]),
        b"~HQES\r\n": b"\x02\r\n" + real["~HQES"]["reply_text"].replace("\n", "\r\n").encode() + b"\r\n\x03",
        b"~HI\r\n": real["~HI"]["reply_text"].encode(),
        b'! U1 getvar "device.unique_id"\r\n': named["device.friendly_name"].encode(),
        f'! U1 getvar "{PRINTED}"\r\n'.encode(): named[PRINTED].encode(),
    }


PRINTED = "odometer.total_print_length"


async def test_a_zt410_out_of_media_and_ribbon(zt410: dict[bytes, bytes]) -> None:
    """~HS and ~HQES agree on three faults; what it is and how much it has printed."""
    async with peer(zt410) as printer, talking("zebra_zpl", printer.url) as talk:
        report = await talk.poll(Pace.SLOW)
    assert report.state is State.STOPPED
    assert told(report.faults) == {
        ("media-empty", "error", "~HQES errors 0x1 ~HS b=1"),
        ("marker-print-ribbon-empty", "error", "~HQES errors 0x2 ~HS p=1"),
        ("paused", "error", "~HQES errors 0x10000 ~HS c=1"),
    }
    who = report.identity
    assert (who.model, who.firmware, who.serial) == ("ZT410-200dpi", "V75.19.15Z", "18J161604846")
    assert [(counter.total, str(counter.unit)) for counter in report.counters] == [(795649, "centimeters")]


async def test_a_brother_asleep(captures: Path) -> None:
    """Two answers behind one form feed; 40000 is sleep and no fault."""
    [reply] = recorded(captures, "pjl-brother-sleep").values()
    both = bytes.fromhex(reply["reply_hex"])
    begin, end = b"\x1b%-12345X@PJL\r\n", b"\x1b%-12345X"
    answers = {
        begin + b"@PJL ECHO fleetmon\r\n@PJL INFO STATUS\r\n" + end: b"@PJL ECHO fleetmon\r\n" + both,
        begin + b"@PJL INFO PAGECOUNT\r\n" + end: both,
        begin + b"@PJL INFO ID\r\n" + end: b'@PJL INFO ID\r\n"?"\r\n\f',
    }
    async with peer(answers) as printer, talking("hp_pjl", printer.url) as talk:
        report = await talk.poll(Pace.SLOW)
    assert (report.state, report.asleep, report.faults, report.console) == (State.IDLE, True, (), ("Sleep",))
    assert [counter.total for counter in report.counters] == [16441]
