"""`fleetmon simulate run` and the orders from another terminal, each as a process of its own."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleetmon import settings

from .offices import Terminal, eventually, running, typed

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder short enough for a socket's path."""
    return tmp_path_factory.mktemp("h")


@pytest.fixture(scope="module")
def office(home: Path) -> Iterator[Terminal]:
    """A showroom at forty times the speed, with settings for a daemon."""
    with running(home, "showroom", "--clock-rate", "40", "--settings", str(home / "fleetmon.toml")) as terminal:
        yield terminal


def test_every_machine_answers_at_the_address_that_was_printed(office: Terminal) -> None:
    """A stranger's tool reads the serial number of the machine it asked."""
    assert list(office.urls()) == ["printer-1", "laminator-1", "printer-2", "laminator-2"]
    url = office.urls()["printer-2"].removeprefix("snmp://")
    serial = "1.3.6.1.2.1.43.5.1.1.17"
    walked = subprocess.run(
        ["snmpwalk", "-v2c", "-c", "public", "-On", url, serial], capture_output=True, text=True, check=True
    )
    assert "SIM-0201" in walked.stdout


def test_the_settings_watch_this_office(office: Terminal, home: Path) -> None:
    """Every machine and both lines are in the file, with the addresses of this run."""
    plan = settings.load(home / "fleetmon.toml").plan()
    assert {machine.id: machine.sources[0].url for machine in plan.machines} == office.urls()
    assert [line.stages for line in plan.lines] == [
        (("printer-1",), ("laminator-1",)),
        (("printer-2",), ("laminator-2",)),
    ]


def test_settings_of_a_real_site_are_not_overwritten(tmp_path: Path) -> None:
    """Only a file that was written for a simulated office is written anew."""
    real = tmp_path / "fleetmon.toml"
    real.write_text('[site]\nid = "lhr-rpo"\n')
    told = typed(tmp_path, "simulate", "run", "showroom", "--settings", str(real))
    assert told.code == 1
    assert "were not written for a simulated office; name another file" in told.err
    assert "lhr-rpo" in real.read_text()


def test_a_fault_is_raised_seen_and_put_right(office: Terminal) -> None:
    """The answer says how the machine stands; the office's own terminal tells both, and what follows in the line."""
    told = office.fleetmon("simulate", "inject", "printer-2", "booklet-jam")
    assert told.out.startswith("printer-2: stopped, booklet-jam"), told.err
    eventually(lambda: office.said("printer-2", "stopped: booklet-jam"), 20, "the machine stops")
    eventually(lambda: office.said("laminator-2", "truth: starved, booklet-jam"), 30, "and the next one starves")
    cleared = office.fleetmon("simulate", "clear", "printer-2", "booklet-jam", "--json")
    assert json.loads(cleared.out)["faults"] == []
    eventually(lambda: office.said("printer-2", "truth: stopped is over"), 20, "and it goes on")


def test_a_supply_is_made_to_run_out_and_refilled(office: Terminal) -> None:
    """`refill --left 0` empties it, `refill` fills it."""
    empty = office.fleetmon("simulate", "refill", "laminator-1", "upper-film", "--left", "0")
    assert "stopped, upper-film-empty" in empty.out
    full = json.loads(office.fleetmon("simulate", "refill", "laminator-1", "--json").out)
    assert full["stores"]["upper-film"] == 300
    assert "upper-film-empty" not in full["faults"]


def test_what_only_a_machine_can_do_is_not_asked_of_the_office(office: Terminal) -> None:
    """The answer says so, and which machines there are."""
    told = office.fleetmon("simulate", "order", "office", "hang")
    assert told.code == 1
    assert "hang is for one machine, not for the office; there are: printer-1, " in told.err


def test_what_an_office_can_be_told_is_listed(office: Terminal) -> None:
    """Machines with address, faults and stores, and every order; one machine alone on request."""
    page = office.fleetmon("simulate", "list").out
    for words in ("printer-1  ", office.urls()["laminator-2"], "upper-film", "hang", "absent", "booklet-jam"):
        assert words in page
    assert max(map(len, page.splitlines())) <= 80
    one = office.fleetmon("simulate", "list", "printer-1").out
    assert "laminator" not in one


def test_the_office_itself_takes_orders(office: Terminal) -> None:
    """Work is paused and comes again, people leave, a machine is unplugged: everything commands can say."""
    assert office.fleetmon("simulate", "pause", "line-1", "--for", "1m").out == "line-1: done\n"
    assert office.fleetmon("simulate", "resume").out == "office: done\n"
    assert office.fleetmon("simulate", "order", "office", "absent", "--for", "30s").out == "office: done\n"
    assert office.fleetmon("simulate", "order", "laminator-2", "slow", "factor=1.5", "--for", "1m").code == 0


def test_a_line_is_spoilt_and_the_machine_works_on(office: Terminal) -> None:
    """Nobody hears it while the office's own list says that it works; `off` mends the line."""
    url = office.urls()["printer-1"].removeprefix("snmp://")
    ask = ["snmpget", "-v2c", "-c", "public", "-t", "0.3", "-r", "0", url, "1.3.6.1.2.1.1.3.0"]
    assert office.fleetmon("simulate", "vice", "printer-1", "mute").out == "printer-1: done, mute\n"
    assert subprocess.run(ask, capture_output=True, check=False).returncode != 0
    assert "does not answer" not in office.fleetmon("simulate", "order", "printer-1", "show").out
    assert "its line: mute" in office.fleetmon("simulate", "list", "printer-1").out
    assert office.fleetmon("simulate", "vice", "printer-1", "off").code == 0
    assert subprocess.run(ask, capture_output=True, check=False).returncode == 0


def test_an_unplugged_machine_does_not_answer(office: Terminal) -> None:
    """The order's answer says so, and after `on` it starts up again."""
    assert "laminator-2: does not answer" in office.fleetmon("simulate", "order", "laminator-2", "off").out
    office.fleetmon("simulate", "order", "laminator-2", "on")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("inject laminatr-1 document-jam", "did you mean laminator-1 or laminator-2"),
        ("inject laminator-1 document-jm", "did you mean document-jam"),
        ("refill laminator-1 uper-film", "did you mean upper-film"),
        ("pause line-9", "there are: line-1, line-2"),
        ("order laminator-1 explode", "'explode' is not allowed; allowed: raise, clear"),
        ("order laminator-1 slow", "factor: is missing"),
        ("vice printer-9 mute", "no machine is named 'printer-9'"),
        ("vice printer-1 sulk", "no vice is named 'sulk'"),
        ("vice printer-1 mute off", "off takes all vices from a line; it stands alone"),
        ("list printer-9", "no machine is named 'printer-9'"),
    ],
)
def test_an_order_that_cannot_be_obeyed_is_answered_with_what_can(office: Terminal, words: str, complaint: str) -> None:
    """One line on standard error, what was probably meant, exit code 1."""
    told = office.fleetmon("simulate", *words.split())
    assert told.code == 1
    assert complaint in told.err
    assert len(told.err.splitlines()) == 1
    assert told.out == ""


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("inject a b --for soon", "--for: 'soon' is no span"),
        ("refill a --left 3", "--left needs the name of a store"),
        ("vice a slow seconds=long", "seconds: 'long' is no number"),
        ("order a demand factor", "'factor' is not KEY=VALUE"),
        ("run showroom --trap nowhere", "'nowhere' is not ADDRESS:PORT"),
    ],
)
def test_wrong_usage_is_named_before_anybody_is_asked(tmp_path: Path, words: str, complaint: str) -> None:
    """Exit code 2."""
    told = typed(tmp_path, "simulate", *words.split())
    assert told.code == 2
    assert complaint in told.err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("run", "name an office, or a --scenario"),
        ("run nowhere", "nowhere: no such office; shipped: "),
        ("run show-room", "did you mean showroom?"),
        ("run --scenario film-end", "did you mean film_end"),
        ("run showroom --host 192.0.2.1", "choose others with --host and --port-base"),
        ("run --scenario nothing", "nothing: no such scenario; shipped: "),
        ("run showroom --start yesterday", "'yesterday' is no time of the office's clock"),
        ("run demo --scenario showroom", "is about the office showroom, not demo"),
        ("run showroom --truth /no/such/folder/t.jsonl", "/no/such/folder/t.jsonl: cannot be written"),
        ("run showroom --socket /no/such/folder/s.sock", "/no/such/folder/s.sock: No such file"),
        ("inject printer-1 booklet-jam", "no simulated office runs here"),
    ],
)
def test_what_cannot_be_run_is_refused_in_words(tmp_path: Path, words: str, complaint: str) -> None:
    """Exit code 1, no traceback."""
    told = typed(tmp_path, "simulate", *words.split())
    assert told.code == 1
    assert complaint in told.err
    assert "Traceback" not in told.err


def test_a_scenario_tells_its_story_and_ctrl_c_leaves_the_truth(home: Path) -> None:
    """What happens is told, ports follow the base, and on Ctrl-C every stop stands in the file, each with its cause."""
    truth = home / "truth.jsonl"
    words = ("--scenario", "showroom", "--start", "2026-03-30 09:00", "--clock-rate", "100", "--truth", str(truth))
    with running(home, *words) as terminal:
        assert terminal.said("scenario showroom: A jam starves")
        eventually(lambda: terminal.said("printer-2", "truth: stopped, booklet-jam"), 20, "a jam")
        eventually(lambda: terminal.said("laminator-1", "truth: stopped, upper-film-empty"), 30, "a roll ends")
        eventually(lambda: terminal.said("printer-1", "truth: blocked"), 30, "its printer is blocked")
        assert terminal.end() == 0
    stops = [json.loads(line) for line in truth.read_text().splitlines()]
    jam = next(stop for stop in stops if stop["reason"] == "booklet-jam" and stop["machine"] == "printer-2")
    assert jam["klass"] == "fault"
    assert jam["start"] == "2026-03-30T04:02:00.000Z", "two minutes past nine in Karachi"
    assert any(stop["klass"] == "blocked" and stop["cause"] == "laminator-1" for stop in stops)
    assert not list((home / "fleetmon-lab").glob("showroom-*.sock")), "the door is closed"


def test_a_terminal_that_is_closed_leaves_the_truth(home: Path) -> None:
    """The window is shut while the office runs: as with Ctrl-C, the file is written and the door closed."""
    truth = home / "truth.jsonl"
    with running(home, "two_lines", "--truth", str(truth)) as terminal:
        eventually(lambda: terminal.said("truth: planned, off-shift"), 20, "something to tell")
        assert terminal.end(signal.SIGHUP) == 0
    assert "off-shift" in truth.read_text()
    assert not list((home / "fleetmon-lab").glob("two_lines*"))


def test_what_there_is_to_run_is_named(tmp_path: Path) -> None:
    """Every shipped office and scenario with a sentence, in 80 columns."""
    page = typed(tmp_path, "simulate", "offices").out
    for file in [
        *(ROOT / "simulators" / "offices").glob("*.toml"),
        *(ROOT / "simulators" / "scenarios").glob("*.toml"),
    ]:
        assert f"  {file.stem} " in page
    assert max(map(len, page.splitlines())) <= 80


def test_traps_go_where_they_are_wished_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A fault that the machine reports as critical sends a datagram there."""
    elsewhere = tmp_path_factory.mktemp("e")
    with socket.socket(type=socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(10)
        with running(elsewhere, "bench", "--trap", f"127.0.0.1:{ear.getsockname()[1]}") as terminal:
            assert terminal.fleetmon("simulate", "inject", "printer", "booklet-jam").code == 0
            assert ear.recv(2000)[:1] == b"\x30", "an SNMP message is a SEQUENCE"


def test_it_is_all_there_without_what_only_unix_has() -> None:
    """Where there are no ptys, no users and no UNIX sockets the commands are loaded all the same; doors have tokens."""
    without = "termios fcntl pwd grp tty pty resource"
    code = (
        f"import sys, socket; sys.modules.update(dict.fromkeys('{without}'.split()))\n"
        "del socket.AF_UNIX\n"
        "import fleetmon.cli.simulate, fleetmon.lab.stage.running, fleetmon.lab.stage.serving\n"
        "from fleetmon.lab.stage import whereabouts; print(whereabouts.kind())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == ".door\n"


def test_the_ports_are_those_that_were_wished_for(home: Path) -> None:
    """The n-th machine has the n-th port; a port that is taken is named."""
    base = four_free_ports()
    with running(home, "showroom", "--port-base", str(base)) as terminal:
        assert list(terminal.urls().values()) == [f"snmp://127.0.0.1:{base + n}" for n in range(4)]
        second = typed(home, "simulate", "run", "showroom", "--port-base", str(base), "--for", "1")
        assert second.code == 1
        assert f"port {base}" in second.err
        assert "--port-base" in second.err


def four_free_ports() -> int:
    """The first of four ports in a row that nobody has just now."""
    for base in range(26161, 60000, 4):
        with contextlib.ExitStack() as sockets, contextlib.suppress(OSError):
            for port in range(base, base + 4):
                sockets.enter_context(socket.socket(type=socket.SOCK_DGRAM)).bind(("127.0.0.1", port))
            return base
    raise AssertionError("no four ports in a row are free")
