"""Laser printers in PJL: each code of the manual's tables, typed in here a second time, said by a peer over TCP."""

import pytest
from fleetmon.simulators.byte_agent import serve_bytes
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import load_sheet
from tests.drivers.lines import Peer, peer, talking, told, unheard, url

from fleetmon.decode.snmp import Pace
from fleetmon.errors import GarbledReply
from fleetmon.model.words import State

EXIT = b"\x1b%-12345X"
STATUS = EXIT + b"@PJL\r\n@PJL ECHO fleetmon\r\n@PJL INFO STATUS\r\n" + EXIT
PAGES = EXIT + b"@PJL\r\n@PJL INFO PAGECOUNT\r\n" + EXIT
NAME = EXIT + b"@PJL\r\n@PJL INFO ID\r\n" + EXIT
ECHO = b"@PJL ECHO fleetmon\r\n\f"

# HP PJL Technical Reference Manual, table of status codes; beyond it PPR's pjl-messages.conf, HPLIP, Lexmark.
NOTHING = "10001 10002 10023 10026 10027 10029 10030 10032 10034 10035 10401 10403 40000"
TOLD = {
    ("subunit-warming-up", "report"): "10003 10004 10005 10011 10013 10018 10019 10020 10021 10031 10036",
    ("toner-low", "warning"): "10006 10200 10201 10202 10203 10209 10210 10211 10212 10218",
    ("toner-empty", "warning"): "10300 10301 10302 10303 10309 10310 10311 10312",
    ("opc-near-eol", "warning"): "10204 10205 10206 10207 10208",
    ("opc-life-over", "warning"): "10304 10305 10306 10307 10308",
    ("subunit-life-almost-over", "warning"): "10213 10214 10215 10216",
    ("subunit-life-over", "warning"): "10313 10314 10315 10316",
    ("service-needed", "warning"): "10025 10033 10217 10317 10402",
    ("marker-supply-empty", "warning"): "10318",
    ("marker-supply-unsupported", "report"): "10400",
    ("media-jam", "warning"): "30119",
    ("testing", "report"): "10014 10015 10016 10017 10022 10028",
    ("media-needed", "report"): "10024",
    ("other", "report"): "10999 12202 20001 25010 27002 32003",
    ("output-area-full", "warning"): "15001",
    ("other", "warning"): "30016 35029 40048 40049",
    ("marker-supply-missing", "error"): "40005 40010 40020 40024 40046 40047",
    ("output-area-full", "error"): "40019",
    ("cover-open", "error"): "40021 40104 40105",
    ("media-jam", "error"): "40022 40093",
    ("input-tray-missing", "error"): "40026",
    ("other", "error"): "40036",
    ("marker-supply-empty", "error"): "40037",
    ("toner-low", "error"): "40038",
    ("toner-empty", "error"): "40039 40600",
    ("marker-unrecoverable-failure", "error"): "40050 50003 50011",
    ("service-needed", "error"): "40051 40052 40053 40054 40055 40056 40059 40099 40100 50500",
    ("motor-failure", "error"): "40057 50023 50024",
    ("fan-failure", "error"): "40058 50006 50016 50017 50018 50019 50030 50031 50032 50033",
    ("offline", "error"): "40079",
    ("subunit-recoverable-failure", "error"): "40102 40106 40107 43005",
    ("stacker-full", "error"): "40103",
    ("subunit-unrecoverable-storage", "error"): "40116 40118",
    ("subunit-missing", "error"): "40120 40121 40122 40124",
    ("subunit-unrecoverable-failure", "error"): "50000 50001 50002 50007 50026 50028 50029 50099 50060 55001",
    ("laser-failure", "error"): "50004 50005 50012 50013 50014 50015",
    ("fuser-under-temp", "error"): "50008",
    ("marker-fuser-timing-failure", "error"): "50009",
    ("fuser-over-temp", "error"): "50010",
    ("input-tray-elevation-failure", "error"): "50020 50021 50022",
    ("binder-unrecoverable-failure", "error"): "50025",
    ("media-path-failure", "error"): "50027",
}
WORKING = (
    "10003 10004 10005 10011 10013 10014 10015 10016 10017 10018 10019 10020 10021 10022 10023 10027 10028 10031 10026 "
    "10029 10030 10032 10034 10035 10036"
).split()
# zdohnal/hplip, base/status.py at commit 142ac6006b9b6a68f30952e658d1f741d81545c9, MapPJLErrorCode: HP's words for
# codes, and what each of them may be here. Its "busy" and "service request" are for whatever it has no word for.
HPLIP = {
    "idle": "10401 10403",
    "printing": "10023 10029 10035",
    "report printing": "10017 10022 10028",
    "warming up": "10036",
    "low toner": "10200 10201 10202 10203 10204 10205 10206 10207 10208 10209 10210 10211 10212 10218 40038",
    "no toner": "40600",
    "door open": "40021",
    "jam": "30119 40022 42001 42315 44102 44909",
    "out of paper": "41004 41102 41304 41599",
    "bin full": "15001 15021 15999",
    "hard error": "50000 50008 50010 50099 50999 55001",
}
ALIKE = {
    "low toner": {"toner-low", "opc-near-eol"},
    "no toner": {"toner-empty"},
    "door open": {"cover-open"},
    "jam": {"media-jam"},
    "out of paper": {"media-needed"},
    "bin full": {"output-area-full"},
}
DOING = {"idle": "idle", "printing": "processing", "report printing": "processing", "warming up": "processing"}
SOURCES = ("multipurpose tray", "manual feed", "upper tray", "lower tray", "envelope feeder", "high-capacity tray")
SIZES = range(15)


def status(code: str, display: str = "12 MESSAGE", online: bool = True) -> bytes:
    """The reply to INFO STATUS as the manual prints it."""
    lines = ["@PJL INFO STATUS", f"CODE={code}", f'DISPLAY="{display}"', f"ONLINE={'TRUE' if online else 'FALSE'}"]
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\f"


def pages(count: str = "PAGECOUNT=183933") -> bytes:
    return f"@PJL INFO PAGECOUNT\r\n{count}\r\n".encode() + b"\f"


def answers(code: str = "10001", online: bool = True) -> dict[bytes, bytes]:
    return {STATUS: ECHO + status(code, online=online), PAGES: pages(), NAME: b'@PJL INFO ID\r\n"LASER 30"\r\n\f'}


def say(printer: Peer, code: str) -> None:
    printer.answers[STATUS] = ECHO + status(code, online=code[0] in "123")


async def test_each_code_lands_on_its_keyword() -> None:
    """Reason and severity, the code kept as it came; nothing for codes that say what it is doing."""
    wanted = {code: {(*meaning, code)} for meaning, codes in TOLD.items() for code in codes.split()}
    wanted |= {code: set() for code in NOTHING.split()}
    found = {}
    async with peer(answers()) as printer, talking("hp_pjl", printer.url) as talk:
        for code in wanted:
            say(printer, code)
            found[code] = told((await talk.poll()).faults)
    assert found == wanted
    families = {f"{family}{rest}" for family in "11 41 42 44".split() for rest in ("???",)}
    left = unheard(talk.definition, "code", wanted)
    assert all(key[:2] in {family[:2] for family in families} for key in left), left


async def test_hp_s_own_software_takes_them_for_the_same() -> None:
    """HPLIP's word for each code, where it has one of its own."""
    async with peer(answers()) as printer, talking("hp_pjl", printer.url) as talk:
        for word, codes in HPLIP.items():
            for code in codes.split():
                say(printer, code)
                report = await talk.poll()
                if word in ALIKE:
                    assert {fault.reason for fault in report.faults} <= ALIKE[word], code
                    assert report.faults, code
                elif word in DOING:
                    assert str(report.state) == DOING[word], code
                    assert not any(fault.severity == "error" for fault in report.faults), code
                else:
                    assert [str(fault.severity) for fault in report.faults] == ["error"], code
                    assert report.state is State.STOPPED, code


async def test_paper_is_wanted_in_a_tray() -> None:
    """11xyy: x tells the source, yy the size; another source works. 41xyy: none does, and it stands."""
    found = {}
    async with peer(answers()) as printer, talking("hp_pjl", printer.url) as talk:
        for family in ("11", "41"):
            for source in range(len(SOURCES)):
                for size in SIZES:
                    say(printer, code := f"{family}{source}{size:02}")
                    report = await talk.poll()
                    [fault] = report.faults
                    found[code] = (fault.reason, str(fault.severity), fault.part, fault.codes, str(report.state))
    assert found == {
        f"{family}{source}{size:02}": (*said, SOURCES[source], (f"{family}{source}{size:02}",), state)
        for family, said, state in (
            ("11", ("media-low", "warning"), "idle"),
            ("41", ("media-needed", "error"), "stopped"),
        )
        for source in range(len(SOURCES))
        for size in SIZES
    }
    assert unheard(talk.definition, "code", [*found, "11901", "41901"]).isdisjoint(
        key for key in talk.definition.faults["code"].codes if key[:2] in ("11", "41")
    )


@pytest.mark.parametrize(("family", "places"), [("42", 15), ("44", 9)])
async def test_a_jam_says_where(family: str, places: int) -> None:
    """42xyy and 44xyy: x sheets at place yy, a place beyond the table too; each of the places in other words."""
    texts = {}
    async with peer(answers()) as printer, talking("hp_pjl", printer.url) as talk:
        for place in range(1, places + 2):
            for sheets in (0, 2):
                say(printer, code := f"{family}{sheets}{place:02}")
                report = await talk.poll()
                [fault] = report.faults
                assert (fault.reason, fault.severity, fault.codes) == ("media-jam", "error", (code,))
                assert report.state is State.STOPPED
                texts[place] = fault.text
    assert texts[places + 1] == "paper jam"
    assert len(set(texts.values())) == (9 if family == "42" else 10)
    keys = {key for key in talk.definition.faults["code"].codes if key.startswith(family)}
    assert unheard(talk.definition, "code", [f"{family}1{place:02}" for place in range(places + 2)]).isdisjoint(keys)


async def test_the_state_is_what_the_code_says() -> None:
    """Busy and asleep by their codes; faults of 4xxxx and 5xxxx stop it; of all others, ready too, on-line decides."""
    found = {}
    async with peer(answers()) as printer, talking("hp_pjl", printer.url) as talk:
        for code in (
            *WORKING,
            "10001",
            "10002",
            "10006",
            "10024",
            "30016",
            "40021",
            "41304",
            "42203",
            "43001",
            "50000",
        ):
            say(printer, code)
            found[code] = str((await talk.poll()).state)
        for code in ("15001", "10002"):
            printer.answers[STATUS] = ECHO + status(code, online=False)
            found[f"{code}, off-line"] = str((await talk.poll()).state)
        say(printer, "40000")
        asleep = await talk.poll()
    assert (asleep.state, asleep.asleep, asleep.faults) == (State.IDLE, True, ())
    assert found == dict.fromkeys(WORKING, "processing") | {
        "10001": "idle", "10002": "idle", "10006": "idle", "10024": "idle", "30016": "idle",
        "40021": "stopped", "41304": "stopped", "42203": "stopped", "43001": "stopped", "50000": "stopped",
        "15001, off-line": "stopped", "10002, off-line": "stopped",
    }  # fmt: skip


async def test_a_code_that_nobody_knows_is_kept_and_named_once() -> None:
    """As `other` with the words of the display, until somebody looks it up."""
    async with peer(answers("67001")) as printer, talking("hp_pjl", printer.url) as talk:
        for _ in range(2):
            report = await talk.poll()
            assert told(report.faults) == {("other", "warning", "67001")}
            assert [fault.text for fault in report.faults] == ["12 MESSAGE"]


async def test_name_pages_and_console() -> None:
    """Old printers give the page count without its name, some do not know it at all."""
    async with peer(answers()) as printer, talking("hp_pjl", printer.url) as talk:
        report = await talk.poll(Pace.SLOW)
        assert (report.identity.model, report.console) == ("LASER 30", ("12 MESSAGE",))
        assert [(counter.total, str(counter.unit)) for counter in report.counters] == [(183933, "impressions")]
        printer.answers[PAGES] = pages("183934")
        assert [counter.total for counter in (await talk.poll(Pace.SLOW)).counters] == [183934]
        printer.answers[PAGES] = pages('"?"')
        assert (await talk.poll(Pace.SLOW)).counters == ()


@pytest.mark.parametrize(
    "before",
    [
        b"@PJL ECHO fleetmon\r\n",  # no form feed of its own, as a Brother does it
        ECHO,
        b'@PJL USTATUS DEVICE\r\nCODE=10023\r\nDISPLAY="x"\r\nONLINE=TRUE\r\n\f' + ECHO,
        b"half an old answer\r\n\f" + ECHO,
    ],
)
async def test_what_came_before_the_answer_is_dropped(before: bytes) -> None:
    """Echo, late answers, messages that another client asked for."""
    async with peer(answers()) as printer, talking("hp_pjl", printer.url) as talk:
        printer.answers[STATUS] = before + status("40021", "12 PRINTER OPEN", online=False)
        report = await talk.poll()
    assert (told(report.faults), report.state) == ({("cover-open", "error", "40021")}, State.STOPPED)


async def test_an_answer_without_a_code_is_garbled() -> None:
    """A printer that says `?` has not said how it is."""
    async with peer(answers()) as printer, talking("hp_pjl", printer.url) as talk:
        printer.answers[STATUS] = ECHO + b'@PJL INFO STATUS\r\n"?"\r\n\f'
        with pytest.raises(GarbledReply):
            await talk.poll()


SHEET = load_sheet("pjl_laser")
SIMULATED = {
    "cover-open": "cover-open", "paper-jam": "media-jam", "fuser-jam": "media-jam", "tray-empty": "media-needed",
    "tray-missing": "input-tray-missing", "bin-full": "output-area-full", "toner-low": "toner-low",
    "toner-empty": "toner-empty", "cartridge-missing": "marker-supply-missing",
    "fuser": "marker-unrecoverable-failure", "fuser-cold": "fuser-under-temp", "motor": "motor-failure",
    "fan": "fan-failure", "offline": "offline", "manual-feed-report": "media-needed",
}  # fmt: skip


async def test_each_fault_of_the_simulated_laser() -> None:
    """One at a time over TCP, and its joined form too."""
    machine = Machine(SHEET)
    found = {}
    async with serve_bytes(machine) as [reach], talking("hp_pjl", url(reach)) as talk:
        idle = await talk.poll(Pace.SLOW)
        for name in SHEET.faults:
            machine.obey(Command(Do.RAISE, fault=name), machine.now)
            report = await talk.poll()
            [fault] = report.faults
            found[name] = fault.reason
            assert (report.state is State.STOPPED) == SHEET.faults[name].stops, name
            assert fault.codes == (str(SHEET.faults[name].number("code")),)
            machine.obey(Command(Do.CLEAR, fault=name), machine.now)
    assert found == SIMULATED
    assert (idle.state, idle.faults, idle.identity.model) == (State.IDLE, (), "SIM LASER 30")
    assert [counter.total for counter in idle.counters] == [16000]


async def test_of_two_faults_one_is_seen() -> None:
    """The protocol has one code: when the first is gone the second appears."""
    machine = Machine(SHEET)
    async with serve_bytes(machine) as [reach], talking("hp_pjl", url(reach)) as talk:
        for name in ("paper-jam", "cover-open"):
            machine.obey(Command(Do.RAISE, fault=name), machine.now)
        first = told((await talk.poll()).faults)
        machine.obey(Command(Do.CLEAR, fault="paper-jam" if "media-jam" in str(first) else "cover-open"), machine.now)
        second = told((await talk.poll()).faults)
    assert len(first) == len(second) == 1
    assert first | second == {("media-jam", "error", "40022"), ("cover-open", "error", "40021")}


@pytest.mark.parametrize("form", ["CODE = 40021", "CODE=40021 ", " CODE=40021", "CODE= 40021"])
async def test_blanks_in_an_answer_mean_nothing(form: str) -> None:
    """Formatters differ; HP's own software allows for them."""
    async with peer(answers()) as printer, talking("hp_pjl", printer.url) as talk:
        printer.answers[STATUS] = ECHO + status("40021", online=False).replace(b"CODE=40021", form.encode())
        assert told((await talk.poll()).faults) == {("cover-open", "error", "40021")}
