"""Evolis' JSON-RPC service: each state of the SDK, typed in here a second time, said by a peer over TCP."""

import json
import tomllib

import pytest
from fleetmon.simulators.byte_agent import serve_bytes
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import MACHINES, load_sheet
from tests.drivers.lines import Peer, peer, talking, told, unheard, url

from fleetmon.errors import DriverError, LinkError
from fleetmon.model.words import Silence, State

UNIT = "Evolis Primacy"
ASK = b'{"jsonrpc":"2.0","id":"1","method":"SUPERVISION.GetState","params":{"device":"Evolis Primacy"}}'

# evolis-sdk 9.4.1, State.Minor; the majors beside them as the public client supervision.rb groups them. What is in
# neither is typed with the major its prefix stands for: DEF_ WARNING, ERR_ ERROR.
NOTHING = {
    "READY": "PRINTER_READY NOT_FLIP_ACT INF_ENCODING_RUNNING INF_PRINTING_RUNNING INF_RETRANSFER_RUNNING "
    "INF_LAMINATING_RUNNING INF_SLEEP_MODE INF_SLEEP_MODE_FULL INF_CLEANING_RUNNING INF_LAMI_CLEANING_RUNNING "
    "INF_UPDATING_FIRMWARE INF_LAMI_UPDATING_FIRMWARE",
    "WARNING": "BUSY",
}
TOLD = {
    ("OFF", "offline", "error"): "PRINTER_OFFLINE PRINTER_UNKNOWN",
    ("OFF", "other", "warning"): "STATUS_DISABLED PRINTER_STATUS_DISABLED NOT_SUPERVISED PRINTER_NOT_SUPERVISED",
    ("OFF", "other", "report"): "SUPERVISION_UNINITIALIZED SUPERVISION_INITIALIZING",
    ("READY", "subunit-warming-up", "report"): "INF_HEATING",
    ("READY", "media-needed", "report"): "INF_CLEAN_2ND_PASS",
    ("READY", "laminator-near-limit", "report"): "INF_LAMI_CLEANING",
    ("READY", "cleaner-life-almost-over", "report"): "INF_CLEANING",
    ("WARNING", "laminator-warming-up", "report"): "INF_LAMI_TEMP_NOT_READY",
    ("WARNING", "laminator-supply-low", "warning"): "INF_LAMINATE_LOW",
    ("WARNING", "laminator-supply-unsupported", "warning"): "INF_LAMINATE_UNKNOWN",
    ("WARNING", "laminator-supply-empty", "error"): "LAMINATE_END DEF_LAMINATE_END",
    ("ERROR", "laminator-supply-empty", "error"): "LAMINATE_END ERR_LAMINATE_END",
    ("WARNING", "laminator-supply-unsupported", "error"): "DEF_LAMINATE_UNSUPPORTED",
    ("WARNING", "laminator-supply-missing", "error"): "DEF_NO_LAMINATE",
    ("ERROR", "laminator-supply-failure", "error"): "ERR_LAMINATE",
    ("WARNING", "laminator-cover-open", "error"): "DEF_LAMI_COVER_OPEN",
    ("ERROR", "laminator-cover-open", "error"): "ERR_LAMI_COVER_OPEN",
    ("WARNING", "laminator-output-full", "error"): "DEF_LAMI_HOPPER_FULL",
    ("ERROR", "laminator-jam", "error"): "ERR_LAMI_MECHANICAL",
    ("ERROR", "laminator-over-temperature", "error"): "ERR_LAMI_TEMPERATURE",
    ("WARNING", "media-low", "warning"): "INF_FEEDER_NEAR_EMPTY",
    ("WARNING", "media-empty", "error"): "FEEDER_EMPTY DEF_FEEDER_EMPTY",
    ("ERROR", "media-empty", "error"): "ERR_FEEDER_EMPTY",
    ("ERROR", "input-media-tray-feed-error", "error"): "FEEDER_EMPTY ERR_FEEDER_ERROR",
    ("WARNING", "media-needed", "error"): "DEF_WAIT_CARD",
    ("ERROR", "media-needed", "error"): "ERR_NO_CARD_INSERTED",
    ("WARNING", "output-area-full", "error"): "DEF_CARD_ON_EJECT DEF_HOPPER_FULL",
    ("ERROR", "output-area-full", "error"): "ERR_CARD_ON_EJECT ERR_HOPPER_FULL",
    ("WARNING", "reject-area-full", "error"): "DEF_REJECT_BOX_FULL",
    ("ERROR", "reject-area-full", "error"): "ERR_REJECT_BOX_FULL",
    ("WARNING", "marker-supply-low", "warning"): "INF_RIBBON_LOW INF_CLEAR_LOW",
    ("WARNING", "marker-supply-unsupported", "warning"): "INF_UNKNOWN_RIBBON INF_UNKNOWN_RIBBON1 INF_UNKNOWN_RIBBON2 "
    "INF_WRONG_ZONE_RIBBON INF_WRONG_ZONE_ALERT INF_CLEAR_UNKNOWN",
    ("ERROR", "marker-supply-unsupported", "error"): "INF_WRONG_ZONE_EXPIRED ERR_BAD_RIBBON ERR_BAD_CLEAR",
    ("WARNING", "marker-supply-unsupported", "error"): "DEF_REMOVE_RIBBON DEF_UNSUPPORTED_RIBBON DEF_CLEAR_UNSUPPORTED",
    ("WARNING", "marker-print-ribbon-empty", "error"): "RIBBON_ENDED DEF_RIBBON_ENDED",
    ("ERROR", "marker-print-ribbon-empty", "error"): "RIBBON_ENDED ERR_RIBBON_ENDED",
    ("WARNING", "marker-print-ribbon-missing", "error"): "DEF_NO_RIBBON",
    ("ERROR", "marker-supply-failure", "error"): "ERR_RIBBON_ERROR ERR_CLEAR_ERROR",
    ("WARNING", "marker-supply-empty", "error"): "DEF_CLEAR_ENDED",
    ("ERROR", "marker-supply-empty", "error"): "ERR_CLEAR_ENDED",
    ("WARNING", "marker-supply-missing", "error"): "DEF_NO_CLEAR",
    ("WARNING", "cover-open", "error"): "DEF_COVER_OPEN DEF_RECEPTACLE_OPEN DEF_REJECT_BOX_COVER_OPEN DEF_FEEDER_OPEN",
    ("ERROR", "cover-open", "error"): "ERR_COVER_OPEN ERR_REJECT_BOX_COVER_OPEN ERR_FEEDER_OPEN",
    ("ERROR", "media-jam", "error"): "ERR_MECHANICAL",
    ("ERROR", "marker-over-temperature", "error"): "ERR_HEAD_TEMP",
    ("WARNING", "marker-over-temperature", "error"): "DEF_COOLING",
    ("ERROR", "marker-under-temperature", "error"): "ERR_RET_TEMPERATURE",
    ("WARNING", "power-supply-failure", "error"): "DEF_POWER_SUPPLY",
    ("WARNING", "paused", "error"): "DEF_PRINTER_LOCKED",
    ("ERROR", "encoder-failure", "error"): "ERR_BLANK_TRACK ERR_MAGNETIC_DATA ERR_READ_MAGNETIC ERR_WRITE_MAGNETIC",
    ("WARNING", "cleaner-life-almost-over", "warning"): "INF_CLEANING_ADVANCED",
    ("WARNING", "cleaner-life-over", "warning"): "INF_CLEAN_LAST_OUTWARRANTY INF_CLEANING_LAST_OUTWARRANTY",
    ("WARNING", "cleaner-life-over", "error"): "INF_CLEANING_REQUIRED",
    ("WARNING", "other", "error"): "CFG_EXTENDED_RESOLUTION CFG_MAGNETIC",
    ("WARNING", "media-path-cannot-duplex-media-selected", "error"): "CFG_FLIP",
    ("ERROR", "other", "error"): "ERR_FEATURE ERR_NO_OPTION",
    ("ERROR", "subunit-unrecoverable-failure", "error"): "INTERNALERROR",
}
WORKING = (
    "INF_ENCODING_RUNNING INF_PRINTING_RUNNING INF_RETRANSFER_RUNNING INF_LAMINATING_RUNNING INF_CLEANING_RUNNING "
    "INF_LAMI_CLEANING_RUNNING INF_UPDATING_FIRMWARE INF_LAMI_UPDATING_FIRMWARE INF_HEATING "
    "INF_LAMI_TEMP_NOT_READY BUSY"
).split()


def result(state: str) -> bytes:
    """What the service answers, and hangs up."""
    return json.dumps({"jsonrpc": "2.0", "id": "1", "result": state}).encode()


def say(service: Peer, state: str) -> None:
    service.answers[ASK] = result(state)


async def test_each_state_lands_on_its_keyword() -> None:
    """Reason and severity, both words kept; the state of the machine from the major and what it is doing."""
    wanted = {
        f"{major},{minor}": {(reason, severity, f"{major},{minor}")}
        for (major, reason, severity), minors in TOLD.items()
        for minor in minors.split()
    }
    wanted |= {f"{major},{minor}": set() for major, minors in NOTHING.items() for minor in minors.split()}
    found, states = {}, {}
    async with peer({}, hangs_up=True) as service, talking("evolis_rpc", service.url, UNIT) as talk:
        for state in wanted:
            say(service, state)
            report = await talk.poll()
            found[state], states[state] = told(report.faults), str(report.state)
    assert found == wanted
    assert unheard(talk.definition, "state", wanted) == set()
    for state, word in states.items():
        stops = any(severity == "error" for _, severity, _ in found[state])
        working = state.split(",")[1] in WORKING
        unknown = state.startswith("OFF,") and not stops
        assert word == ("stopped" if stops else "processing" if working else "unknown" if unknown else "idle"), state


async def test_a_pair_that_shares_its_name_is_told_apart() -> None:
    """RIBBON_ENDED keeps the next card from being made, or broke the one in work."""
    texts = {}
    async with peer({}, hangs_up=True) as service, talking("evolis_rpc", service.url, UNIT) as talk:
        for name in ("RIBBON_ENDED", "LAMINATE_END", "FEEDER_EMPTY"):
            for major in ("WARNING", "ERROR"):
                say(service, f"{major},{name}")
                [fault] = (await talk.poll()).faults
                texts[major, name] = fault.text
    assert len(set(texts.values())) == 6


async def test_a_state_that_nobody_knows_is_kept_and_named_once() -> None:
    """And stops the machine if its major says so."""
    async with peer({}, hangs_up=True) as service, talking("evolis_rpc", service.url, UNIT) as talk:
        say(service, "ERROR,AVANSIA_CARD_JAM")
        report = await talk.poll()
    assert (told(report.faults), report.state) == (
        {("other", "warning", "ERROR,AVANSIA_CARD_JAM")},
        State.STOPPED,
    )


async def test_sleep() -> None:
    """Asleep is idle, and said."""
    async with peer({}, hangs_up=True) as service, talking("evolis_rpc", service.url, UNIT) as talk:
        for state in ("READY,INF_SLEEP_MODE", "READY,INF_SLEEP_MODE_FULL"):
            say(service, state)
            report = await talk.poll()
            assert (report.state, report.asleep, report.faults) == (State.IDLE, True, ())


@pytest.mark.parametrize(
    "reply",
    [
        b'{"jsonrpc":"2.0","id":"1"}',
        b'{"jsonrpc":"2.0","id":"1","result":',
        b"",
        b"<html>404</html>",
    ],
)
async def test_half_an_answer_is_no_state(reply: bytes) -> None:
    """A service that says nothing, dies before or while it answers, or is another service."""
    async with peer({ASK: reply}, hangs_up=True) as service, talking("evolis_rpc", service.url, UNIT) as talk:
        with pytest.raises(LinkError) as caught:
            await talk.poll()
    assert caught.value.why is (Silence.GARBLED if reply else Silence.BUSY)


async def test_a_refusal_is_told_in_the_service_s_words() -> None:
    """Whoever wrote the printer's name wrongly learns it; nothing is known of the printer, and nothing is stopped."""
    reply = b'{"jsonrpc":"2.0","id":"1","error":{"code":-32000,"message":"Unknown device"}}'
    async with peer({ASK: reply}, hangs_up=True) as service, talking("evolis_rpc", service.url, UNIT) as talk:
        report = await talk.poll()
    assert (report.state, told(report.faults)) == (State.UNKNOWN, {("other", "warning", "refused: Unknown device")})


async def test_without_the_printer_s_name_nothing_is_asked() -> None:
    """The settings must say which printer is meant."""
    async with peer({}, hangs_up=True) as service, talking("evolis_rpc", service.url) as talk:
        with pytest.raises(DriverError, match="unit"):
            await talk.poll()
    assert service.heard == []


SHEET = load_sheet("evolis_personaliser")
SAYS = {
    name: fault["says"]
    for name, fault in tomllib.loads((MACHINES / "evolis_personaliser.toml").read_text("utf-8"))["faults"].items()
    if "state" not in fault.get("when", {})
}


async def test_each_fault_of_the_simulated_personaliser() -> None:
    """As its sheet spells it; a printer that is off is told by the service, which runs on."""
    meant = {f"{major},{minor}": reason for (major, reason, _), minors in TOLD.items() for minor in minors.split()}
    machine = Machine(SHEET)
    found = {}
    async with serve_bytes(machine) as [reach], talking("evolis_rpc", url(reach), UNIT) as talk:
        idle = await talk.poll()
        for name in SAYS:
            machine.obey(Command(Do.RAISE, fault=name), machine.now)
            report = await talk.poll()
            [fault] = report.faults
            found[name] = fault.reason
            assert not SHEET.faults[name].stops or report.state is State.STOPPED, name
            machine.obey(Command(Do.CLEAR, fault=name), machine.now)
        machine.obey(Command(Do.OFF), machine.now)
        off = await talk.poll()
    assert found == {name: meant[f"{says['major']},{says['minor']}"] for name, says in SAYS.items()}
    assert (idle.state, idle.faults, idle.identity.maker) == (State.IDLE, (), "Evolis")
    assert (off.state, told(off.faults)) == (State.STOPPED, {("offline", "error", "OFF,PRINTER_OFFLINE")})


async def test_of_two_faults_the_worse_is_seen() -> None:
    """The service has one state."""
    machine = Machine(SHEET)
    for name in ("ribbon-low", "lamination-mechanical"):
        machine.obey(Command(Do.RAISE, fault=name), machine.now)
    async with serve_bytes(machine) as [reach], talking("evolis_rpc", url(reach), UNIT) as talk:
        both = told((await talk.poll()).faults)
        machine.obey(Command(Do.CLEAR, fault="lamination-mechanical"), machine.now)
        left = told((await talk.poll()).faults)
    assert both == {("laminator-jam", "error", "ERROR,ERR_LAMI_MECHANICAL")}
    assert left == {("marker-supply-low", "warning", "WARNING,INF_RIBBON_LOW")}
