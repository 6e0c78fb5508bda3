"""A laminator that reads its setting back and tells nothing else: what it does not say is not invented."""

import pytest
from fleetmon.simulators.byte_agent import serve_bytes
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.wires.outlet import Outlet, Wire

from fleetmon.decode.snmp import Pace
from fleetmon.errors import LinkError
from fleetmon.model.words import Silence, State

from .lines import peer, talking, url

ASK = b"\x1bT\r"


@pytest.mark.parametrize("wire", [Wire.PTY, Wire.TCP])
async def test_no_stop_of_the_simulated_laminator_is_told(wire: Wire) -> None:
    """At work, with its film used up, with its cover open: the same reply, an unknown state and no fault."""
    lapis = Machine(load_sheet("lapis_laminator"), backlog=1e9)
    async with (
        serve_bytes(lapis, outlets=[Outlet(wire)], clock=lambda: 100.0) as [reach],
        talking("lapis_lamina", url(reach)) as talk,
    ):
        for fault in (None, *lapis.sheet.faults):
            if fault is not None:
                lapis.obey(Command(Do.RAISE, fault=fault), 100.0)
            report = await talk.poll(Pace.SLOW)
            assert (report.state, report.faults, report.supplies) == (State.UNKNOWN, (), ())
            assert report.identity.maker == "Lapis"
    assert talk.met is not None
    assert [fields["wanted_temperature"] for fields in talk.met.told.values()] == ["175"]


@pytest.mark.parametrize("reply", [b"175\r", b"175\r\n", b" 90 \r", b"\n175\r"])
async def test_line_ends_make_no_difference(reply: bytes) -> None:
    """The machine takes no notice of LF, and neither do we."""
    async with peer({ASK: reply}) as lapis, talking("lapis_lamina", lapis.url) as talk:
        assert (await talk.poll()).state is State.UNKNOWN
    assert lapis.heard == [ASK]


@pytest.mark.parametrize(
    ("reply", "why"), [(b"", Silence.TIMEOUT), (b"1f5\r", Silence.GARBLED), (b"1750\r", Silence.GARBLED)]
)
async def test_what_is_no_setting_is_no_answer(reply: bytes, why: Silence) -> None:
    """Silence is a machine that is off or not connected; another text is another machine."""
    async with peer({ASK: reply}) as lapis, talking("lapis_lamina", lapis.url, timeout_s=0.3) as talk:
        with pytest.raises(LinkError) as raised:
            await talk.poll()
    assert raised.value.why is why


async def test_only_its_read_back_is_sent() -> None:
    """ESC T without a value; nothing that could set one."""
    async with peer({ASK: b"175\r"}) as lapis, talking("lapis_lamina", lapis.url) as talk:
        for pace in Pace:
            await talk.poll(pace)
    assert set(lapis.heard) == {ASK}
