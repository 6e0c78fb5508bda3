"""A recorded machine on a line: it says what it said, and nothing that it did not."""

from pathlib import Path

import pytest

from fleetmon.decode.dialogue import Answer, Ask
from fleetmon.decode.framing.framed import Framed
from fleetmon.decode.framing.modbus import ModbusCut, read_request
from fleetmon.definition.framing import Delimited
from fleetmon.errors import DriverError, GarbledReply, LinkError
from fleetmon.links.spoken_file import SpokenFile, open_spoken
from fleetmon.links.transcript import Turn

CR = Framed(Delimited(end=b"\r"))
ENQ = Ask(b"\x05", CR, 1.0)


async def test_answers_come_in_turn_and_the_last_for_ever() -> None:
    """The same question again gets the next answer that was recorded."""
    link = SpokenFile([Turn(b"\x05", b"S0\r"), Turn(b"\x05", b"S1\r")])
    assert [(await link.ask(ENQ)).frames for _ in range(3)] == [(b"S0",), (b"S1",), (b"S1",)]
    await link.close()


async def test_recorded_silence_is_silence() -> None:
    """It may mean something; a question that was never recorded has no answer, and means nothing."""
    link = SpokenFile([Turn(b"\x05", None)])
    with pytest.raises(LinkError, match="no answer to <ENQ>"):
        await link.ask(ENQ)
    assert await link.ask(Ask(b"\x05", CR, 1.0, silence_ok=True)) == Answer(b"", ())
    with pytest.raises(LinkError, match="holds no such question"):
        await link.ask(Ask(b"\x06", CR, 1.0, silence_ok=True))


async def test_half_an_answer_is_garbled() -> None:
    """What was cut short on the wire is cut short here."""
    with pytest.raises(GarbledReply):
        await SpokenFile([Turn(b"\x05", b"S0")]).ask(ENQ)


async def test_numbers_of_modbus_tcp_do_not_matter() -> None:
    """The same question is recognised whatever number it bore, and its answer bears the new one."""
    asked = read_request("tcp", 1, 3, 0x2000, 1, transaction=7)
    link = SpokenFile([Turn(asked, asked[:2] + bytes.fromhex("00000005 01 03 02 05dc"))])
    again = Ask(read_request("tcp", 1, 3, 0x2000, 1, transaction=9), ModbusCut("tcp", 1, 3, 1, 9), 1.0)
    assert (await link.ask(again)).frames == (b"\x05\xdc",)


async def test_a_file_is_its_first_situation(tmp_path: Path) -> None:
    """A file that cannot be read is named with the reason."""
    file = tmp_path / "said.txt"
    file.write_text("= idle\n> <ENQ>\n< S0<CR>\n= jam\n> <ENQ>\n< S9<CR>\n", encoding="utf-8")
    assert (await open_spoken(file).ask(ENQ)).frames == (b"S0",)
    with pytest.raises(DriverError, match=r"said\.txt:1: cannot be read"):
        open_spoken(tmp_path / "no" / "said.txt")
