"""`status`, `watch` and `explain` as people, scripts and plugins meet them; the daemon is a door with set answers."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import Result

from fleetmon.cli import app, is_plugin, plugin
from fleetmon.cli import status_page as pages
from fleetmon.cli.safe_text import safe
from fleetmon.cli.status_source import nobody
from fleetmon.cli.watch import Screen, event_line
from fleetmon.clock import Clock
from fleetmon.control import Ask, Control, Refused, listen
from fleetmon.control.caller import NoAnswerThere
from fleetmon.model.messages import Json
from fleetmon.publish.envelope import rfc3339
from fleetmon.room import Room, findings
from fleetmon.room.findings import worst

Run = Callable[..., Result]
Data = dict[str, Json]


def state(**more: Json) -> Data:
    """A machine that is in order."""
    return {"contact": "live", "state": "idle", "headline": None, "faults": [], "sources": [], **more}


JAM: Data = {
    "reason": "media-jam",
    "severity": "error",
    "part": "input 1",
    "text": "Paper\x1b[31m jam",
    "since": "2026-05-28T20:26:40.000Z",
}


def answer(*, connected: bool = True, **states: Data) -> Data:
    """What a daemon answers."""
    session: Data = {"state": "online", "session": 1, "stream": "s", "bootid": "b", "versions": {"fleetmon": "9"}}
    beat: Data = {"time": rfc3339(Clock().now().utc), "stream": "s", "head_seq": 7, "acked_seq": 5}
    uplink: Data = {"broker": "hq:8883", "connected": connected, "since": "2026-05-28T20:26:40.000Z"}
    return {
        "site": "lhr",
        "session": session,
        "heartbeat": beat,
        "inventory": {"machine_count": len(states)},
        "machines": {name: {"kind": "printer"} for name in states},
        "states": dict(states),
        "uplink": uplink if connected else {**uplink, "trouble": "refused", "text": "nobody there"},
    }


class Daemon:
    """A control socket in a thread of its own."""

    def __init__(self, path: Path, told: Data, explained: Data) -> None:
        self.path, self.told, self.explained = path, told, explained
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))
        self._task: asyncio.Task[None] | None = None

    async def _run(self) -> None:
        asks: dict[str, Ask] = {"status": self._status, "explain": self._explain}
        control = Control(listen(self.path), self.path, asks, lambda: self.told, Clock())
        self._task = asyncio.create_task(control.run())
        self._ready.set()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _status(self, _request: Mapping[str, Json], _who: str) -> Data:
        return self.told

    async def _explain(self, request: Mapping[str, Json], _who: str) -> Data:
        if request.get("machine") != "prn1":
            raise Refused("no machine has that id")
        return self.explained

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        if self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join(10)
            self._loop.close()


EXPLAINED: Data = {
    "machine": "prn1",
    "state": state(state="stopped", headline="media-jam", observed_at="2026-05-28T20:26:40.000Z"),
    "faults": [
        {**JAM, "class": "jam", "registered": True, "codes": ["8"], "device_since": None,
         "origins": ["a row of prtAlertTable with prtAlertCode 8 (jam)"]}
    ],
    "stall": {"limit_s": 570.4, "learned": True, "gaps": 4200, "days": 14, "least_gaps": 300, "least_days": 5,
              "false_alarms_a_month": 0.5, "usual_gap_s": 47.2, "longest_gap_s": 3900.0,
              "told_30_d": 5, "taken_30_d": 1, "nuisance_30_d": 3, "nuisance_14_d": 2, "missed_30_d": 2,
              "delay_median_s": 452.0, "moved_s": 184.0,
              "sign": "in-process", "unit": "impressions", "counts_documents": False, "in_line": True},
    "pace": {"usual_s": 40.1, "slower_s": 48.3, "slower_for": 60, "micro_stops_per_1000": 3.2, "least_days": 5},
    "sources": [
        {"name": "main", "url": "snmp://192.0.2.11", "driver": "snmp_printer", "maturity": "documented",
         "contact": "live", "heard_at": None, "failing_since": None, "failures": 0, "why": None, "text": None,
         "interval_s": 5.0, "polled_at": None, "due_in_s": 1.25, "late_s": 0.0,
         "exchanges": [{"asked": "get sysUpTime.0", "values": 3, "answers": ["sysUpTime.0 = 1\x07"]}]}
    ],
    "slept": True,
}  # fmt: skip


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Callable[[Data], Path]]:
    """`daemon(answer)`: a daemon that answers so; the path of its socket."""
    running: list[Daemon] = []

    def start(told: Data) -> Path:
        daemon = Daemon(tmp_path / "c.sock", told, EXPLAINED)
        daemon.start()
        running.append(daemon)
        return daemon.path

    yield start
    for each in running:
        each.stop()


def test_a_site_in_order_exits_with_0(fleetmon: Run, daemon: Callable[[Data], Path]) -> None:
    """Nothing wrong: counts, the uplink, a line a machine; exit 0."""
    path = daemon(answer(prn1=state(), lam1=state(state="processing")))
    result = fleetmon("status", "--control", str(path))
    assert result.exit_code == 0, result.output
    assert "lhr: 2 machines: 1 processing, 1 idle" in result.stdout
    assert "uplink to hq:8883 for " in result.stdout
    assert not [line for line in result.stdout.splitlines() if line.endswith(" ")]
    assert "2 events wait" in result.stdout


def test_what_is_wrong_comes_first_and_exits_with_1(fleetmon: Run, daemon: Callable[[Data], Path]) -> None:
    """The jam is the first line, with its reason; no line is longer than 80 columns; nothing raw from the machine."""
    jammed = state(state="stopped", headline="media-jam", faults=[JAM])
    path = daemon(answer(prn1=state(), prn2=jammed))
    result = fleetmon("status", "--control", str(path))
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].startswith("prn2  stopped    media-jam at input 1: Paper\\x1b[31m jam")
    assert "\x1b" not in result.stdout
    assert max(map(len, lines)) <= 80


def test_a_cut_uplink_is_a_problem_although_all_machines_are_well(
    fleetmon: Run, daemon: Callable[[Data], Path]
) -> None:
    """The local status works with the uplink cut, and says why it is."""
    result = fleetmon("status", "--control", str(daemon(answer(connected=False, prn1=state()))))
    assert result.exit_code == 1
    assert "no uplink" in result.stdout
    assert "refused: nobody there" in result.stdout


def test_json_is_for_scripts(fleetmon: Run, daemon: Callable[[Data], Path]) -> None:
    """The picture and the findings, with the level in words."""
    result = fleetmon("status", "--json", "--control", str(daemon(answer(prn1=state(state="stopped")))))
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["level"] == "critical"
    assert told["sites"][0]["machines"][0]["state"] == "stopped"
    assert told["findings"][0]["text"] == "it does not say why"


@pytest.mark.parametrize(
    ("states", "code", "words"),
    [
        ({"prn1": state()}, 0, "OK - 1 sites, 1 machines | sites=1"),
        (
            {"prn1": state(headline="media-low", faults=[{"reason": "media-low", "severity": "warning"}])},
            1,
            "WARNING - ",
        ),
        ({"prn1": state(state="stopped")}, 2, "CRITICAL - lhr prn1 stopped: it does not say why | "),
        ({"prn1": state(state="stopped"), "prn2": state(state="stopped")}, 2, "; also lhr prn2 stopped | "),
        ({"a|b": state(state="stopped")}, 2, "CRITICAL - lhr a/b stopped"),
    ],
)
def test_plugins_get_one_line_and_their_own_codes(
    fleetmon: Run, daemon: Callable[[Data], Path], states: dict[str, Data], code: int, words: str
) -> None:
    """`--nagios`: 0 ok, 1 warning, 2 critical, one line, figures after the one bar."""
    result = fleetmon("status", "--nagios", "--control", str(daemon(answer(**states))))
    assert result.exit_code == code
    assert words in result.stdout
    assert result.stdout.count("|") == 1
    assert result.stdout.count("\n") == 1


def test_a_plugin_names_the_worst_and_what_else_there_is(fleetmon: Run, daemon: Callable[[Data], Path]) -> None:
    """What is worst is told in full, three others by name, the rest is counted."""
    states = {f"prn{number}": state(state="stopped") for number in range(6)}
    said = fleetmon("status", "--nagios", "--control", str(daemon(answer(**states)))).stdout
    assert "lhr prn0 stopped: it does not say why; also lhr prn1 stopped" in said
    assert "lhr prn3 stopped and 2 more | " in said


def test_no_word_is_broken_where_no_terminal_is(fleetmon: Run, daemon: Callable[[Data], Path]) -> None:
    """However long: a pipe has no width."""
    name, why = "a-machine-with-a-very-long-name-" + "x" * 16, "a-reason-that-nobody-has-ever-heard-of-before"
    said = fleetmon("status", "--control", str(daemon(answer(**{name: state(headline=why)})))).stdout
    assert [line.split() for line in said.splitlines() if name in line] == [[name, "idle", why]]


def test_refused_settings_are_told_by_the_site_here(fleetmon: Run, daemon: Callable[[Data], Path]) -> None:
    """The daemon goes on with the former ones; that is a warning, and says where to look."""
    told = answer(prn1=state())
    beat = told["heartbeat"]
    assert isinstance(beat, dict)
    beat |= {"settings_refused_since": rfc3339(Clock().now().utc), "clock_synchronised": False}
    result = fleetmon("status", "--control", str(daemon(told)))
    assert result.exit_code == 1
    assert "lhr  settings   refused: the former ones go on; see the log, fleetmon check\n" in result.stdout
    assert "lhr  clock      nothing sets this computer's clock" in result.stdout


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--bogus",), "No such option: --bogus"),
        (("--wait", "x"), "Invalid value for '--wait'"),
        (("--site", "lhr"), "--site and --wait need --broker"),
        (("--broker", "http://x"), "--broker "),
    ],
)
def test_a_plugin_that_is_used_wrongly_is_unknown(
    words: tuple[str, ...], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """2 would mean critical: the exit code is 3, and the line on standard output says why."""
    command = ["status", "--nagios", *words]
    assert is_plugin(command)
    with pytest.raises(SystemExit) as ended, plugin.Plugin():
        app(command)
    assert ended.value.code == 3
    said = capsys.readouterr()
    assert said.out.startswith(f"UNKNOWN - {reason}")
    assert said.out.count("\n") == 1
    assert reason in said.err


def test_a_plugin_whose_line_cannot_be_written_is_unknown(daemon: Callable[[Data], Path]) -> None:
    """A full disk, an output that is closed: nobody reads the line, but the exit code says that nobody knows."""
    command = f"{sys.executable} -m fleetmon.cli status --nagios --control {daemon(answer(prn1=state()))}"
    for where, code in (("", 0), ("> /dev/full", 3), (">&-", 3), ("--bogus", 3)):
        ended = subprocess.run(["sh", "-c", f"{command} {where}"], capture_output=True, timeout=30, check=False)
        assert ended.returncode == code, where


def test_a_plugin_that_breaks_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    """An error of ours is a traceback on standard error, and a line."""
    with pytest.raises(SystemExit) as ended, plugin.Plugin():
        raise KeyError("odd")
    assert ended.value.code == 3
    said = capsys.readouterr()
    assert said.out == "UNKNOWN - KeyError\n"
    assert "Traceback" in said.err


def test_no_daemon_is_told_with_its_socket_and_a_hint(fleetmon: Run, tmp_path: Path) -> None:
    """Exit 3: which socket was tried, and what to do; for a plugin in one line on standard output."""
    missing = str(tmp_path / "none.sock")
    result = fleetmon("status", "--control", missing)
    assert result.exit_code == 3
    assert f"no daemon answers at {missing}: No such file" in result.stderr
    assert "systemctl status fleetmon" in result.stderr
    assert "--control" in result.stderr
    plugin = fleetmon("status", "--nagios", "--control", missing)
    assert plugin.exit_code == 3
    assert plugin.stdout.startswith("UNKNOWN - no daemon answers")


def test_a_socket_that_may_not_be_opened_names_its_group(tmp_path: Path) -> None:
    """Permission denied: join the group of the socket."""
    path = tmp_path / "c.sock"
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))
    text = nobody(NoAnswerThere(path, PermissionError(13, "Permission denied")))
    assert "Permission denied" in text
    assert "join the group" in text


@pytest.mark.parametrize(
    "words",
    [
        ("status", "--site", "lhr"),
        ("status", "--wait", "3"),
        ("status", "--broker", "mqtt://127.0.0.1:1", "--control", "x"),
        ("watch", "--broker", "mqtt://127.0.0.1:1", "--control", "x"),
        ("status", "--broker", "http://x"),
        ("status", "--broker", "mqtt://user:secret@x"),
        ("status", "--broker", "mqtt://127.0.0.1", "--ca", "x.pem"),
        ("status", "--broker", "mqtts://127.0.0.1", "--key", "x.pem"),
        ("status", "--broker", "mqtt://127.0.0.1", "--site", "a/#"),
        ("status", "--broker", "mqtt://127.0.0.1", "--password-file", "/nowhere"),
        ("watch", "--site", "lhr"),
    ],
)
def test_wrong_usage_exits_with_2(fleetmon: Run, words: tuple[str, ...]) -> None:
    """Said on standard error, before anything is connected."""
    result = fleetmon(*words)
    assert result.exit_code == 2
    assert result.stderr


def test_an_unreachable_broker_cannot_be_determined(fleetmon: Run) -> None:
    """Exit 3 and the kind of trouble."""
    for named in ((), ("--site", "lhr")):
        result = fleetmon("status", "--broker", "mqtt://127.0.0.1:1", "--wait", "0.3", *named)
        assert result.exit_code == 3
        assert "refused" in result.stderr


def test_a_daemon_of_another_version_is_said_to_be_one(fleetmon: Run, daemon: Callable[[Data], Path]) -> None:
    """An answer that cannot be read is no traceback."""
    result = fleetmon("status", "--control", str(daemon({"site": 5})))
    assert result.exit_code == 3
    assert "another version" in result.stderr


def test_explain_shows_fault_row_schedule_and_exchange(fleetmon: Run, daemon: Callable[[Data], Path]) -> None:
    """The page of one machine; nothing raw reaches the terminal; exit 0."""
    result = fleetmon("explain", "prn1", "--control", str(daemon(answer(prn1=state()))))
    assert result.exit_code == 0, result.output
    for words in (
        "fault      error media-jam at input 1: Paper\\x1b[31m jam",
        "           from a row of prtAlertTable with prtAlertCode 8 (jam)",
        "source     main: snmp://192.0.2.11, snmp_printer (documented)",
        "polls      every 5 s, next in 1.2 s",
        "asked      get sysUpTime.0",
        "           sysUpTime.0 = 1\\x07",
        "           and 2 more",
        "asleep",
        "stall      when it makes nothing for 9 min 30 s although work waits",
        "           learned from 4200 gaps on 14 working days; 0.5 a month may be false",
        "           between documents usually 47 s, at most 1 h 5 min",
        "           told of 5 stalls in 30 days, half of them within 7 min 32 s",
        "           3 probably false: over by itself within 2 min; 1 taken by somebody",
        "           2 gaps of 15 min and more were not told",
        "           its count last moved 3 min 4 s ago; counts show documents waiting before it",
        "           it counts impressions: set its per_document, or what waits behind it is not known",
        "pace       slower: 48.3 s each instead of 40.1, for 60 impressions",
        "           3.2 stops of 1 to 5 min in 1000",
    ):
        assert words in result.stdout, words
    assert "\x1b" not in result.stdout


def test_explain_says_how_far_a_machine_is_known(
    fleetmon: Run, daemon: Callable[[Data], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before its limit is learned: what is missing, and nothing of what is not known."""
    early = {"limit_s": 600.0, "learned": False, "gaps": 120, "days": 1, "false_alarms_a_month": None}
    stall = EXPLAINED["stall"]
    assert isinstance(stall, dict)
    monkeypatch.setitem(
        EXPLAINED,
        "stall",
        {**stall, **early, "usual_gap_s": None, "longest_gap_s": None, "sign": None, "told_30_d": 0, "missed_30_d": 0},
    )
    pace = {"usual_s": None, "slower_s": None, "slower_for": None, "micro_stops_per_1000": None, "least_days": 5}
    monkeypatch.setitem(EXPLAINED, "pace", pace)
    said = fleetmon("explain", "prn1", "--control", str(daemon(answer(prn1=state())))).stdout
    assert "pace       not known before 5 whole working days\n" in said
    assert "stops of 1 to 5 min" not in said
    assert "makes nothing for 10 min although" in said
    assert "fixed until 300 gaps on 5 whole working days are known\n           so far 120 on 1\n" in said
    assert "between documents" not in said
    assert "nobody was called in 30 days\n" in said
    assert "were not told" not in said
    assert "nothing shows that work waits: idle or stalled, nobody can tell" in said


def test_explain_of_a_stranger_is_a_problem(fleetmon: Run, daemon: Callable[[Data], Path]) -> None:
    """Exit 1 with the daemon's words; JSON prints the whole answer."""
    path = str(daemon(answer(prn1=state())))
    assert fleetmon("explain", "prn9", "--control", path).exit_code == 1
    assert json.loads(fleetmon("explain", "prn1", "--json", "--control", path).stdout)["machine"] == "prn1"
    assert fleetmon("explain", "prn1", "--control", path + "x").exit_code == 3


def test_explain_says_what_does_not_exist_and_breaks_no_name(
    fleetmon: Run, daemon: Callable[[Data], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many objects take several lines, an empty reply is told as one, and no exchange at all."""
    sources = EXPLAINED["sources"]
    assert isinstance(sources, list)
    assert isinstance(sources[0], dict)
    asked = " ".join(f"1.3.6.1.4.1.1602.1.2.3.{number}.0" for number in range(20))
    first = sources[0] | {"exchanges": [{"asked": f"get {asked}", "values": 0, "answers": []}]}
    second = sources[0] | {"name": "second", "exchanges": []}
    monkeypatch.setitem(EXPLAINED, "sources", [first, second])
    said = fleetmon("explain", "prn1", "--control", str(daemon(answer(prn1=state())))).stdout
    lines = said.splitlines()
    assert max(map(len, lines)) <= 100
    assert all(oid in said for oid in asked.split())
    assert "           nothing of it exists" in lines
    assert "asked      nothing yet" in lines


def a_room(**states: Data) -> Room:
    room = Room()
    room.hear_status(dict(answer(**states)), Clock().now())
    return room


def test_watch_without_a_terminal_prints_what_changes(capsys: pytest.CaptureFixture[str]) -> None:
    """Each thing that is wrong when it begins and when it ends, each event; the same picture again prints nothing."""
    screen = Screen(Console(soft_wrap=True, highlight=False), Clock())
    with screen:
        screen.show(Room())
        screen.show(a_room(prn1=state()))
        screen.show(a_room(prn1=state(state="stopped")))
        screen.show(a_room(prn1=state(state="stopped")))
        screen.event({"type": "fleetmon.state.changed.v1", "subject": "prn1", "time": "2026-05-28T20:26:40.000Z",
                      "data": {"before": "stopped", "state": "idle\x1b[2J"}})  # fmt: skip
        screen.show(a_room(prn1=state()))
    assert capsys.readouterr().out.splitlines() == [
        "nothing is wrong",
        "  ! lhr prn1 stopped: it does not say why",
        "20:26:40  prn1             state.changed        before stopped, state idle\\x1b[2J",
        "  - lhr prn1 stopped: it does not say why",
    ]


def test_an_event_about_settings_names_machines_and_reason() -> None:
    """Names instead of counts; of what was refused the first line."""
    changed = {"added": ["prn2", "prn3"], "changed": [], "removed": ["lam1"], "added_count": 2, "changed_count": 0}
    line = event_line({"type": "fleetmon.settings.changed.v1", "data": changed})
    assert line.split(None, 1)[1].startswith("added prn2 prn3, removed lam1")
    refused = {"problems": "fleetmon.toml:3: no such key\nfleetmon.toml:9: more"}
    line = event_line({"type": "fleetmon.settings.refused.v1", "data": refused})
    assert line.endswith("problems fleetmon.toml:3: no such key")
    long = event_line({"type": "x", "data": {"text": "word " * 100}})
    assert len(long) <= 300
    assert long.endswith(" word ...")


def test_watch_tells_what_is_wrong_in_the_order_of_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    """Machines before what else a site complains of, each time."""
    screen = Screen(Console(soft_wrap=True, highlight=False), Clock())
    told = answer(connected=False, **{f"prn{number}": state(state="stopped") for number in range(5)})
    room = Room()
    room.hear_status(dict(told), Clock().now())
    screen.show(room)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[2] for line in lines] == [*(f"prn{number}" for number in range(5)), "no"]


def test_watch_on_a_terminal_draws_page_and_events() -> None:
    """The picture and the last events, redrawn."""
    out = Console(force_terminal=True, width=80, file=open(os.devnull, "w"), record=True, color_system=None)  # noqa: PTH123, SIM115
    try:
        with Screen(out, Clock()) as screen:
            screen.event({"type": "fleetmon.fault.raised.v1", "subject": "prn1", "data": {"fault": JAM}})
            screen.show(a_room(prn1=state(state="stopped")))
        text = out.export_text()
    finally:
        out.file.close()
    assert "prn1  stopped    it does not say why" in text
    assert "reason media-jam" in text


inner = st.dictionaries(
    st.sampled_from(["fault", "notice", "state", "machine"]), st.text() | st.integers() | st.none(), max_size=4
)


@given(st.dictionaries(st.sampled_from(["type", "subject", "time", "data"]), st.text() | inner))
def test_any_event_is_one_safe_line(told: dict[str, object]) -> None:
    """Whatever an event holds, it is one line without control characters."""
    line = event_line(told, "lhr")
    assert line == safe(line)
    assert not set(line) & {"\x1b", "\n", "\r", "\u2028"}


@given(st.text())
def test_safe_text_has_nothing_hidden(text: str) -> None:
    """No control character is left, nothing printable is changed."""
    shown = safe(text)
    assert not any(char < " " or char in "\x7f\x9b\u202e\u2028" for char in shown)
    if text.isascii() and text.isprintable():
        assert shown == text


@given(st.dictionaries(st.sampled_from(["prn1", "prn2", "lam1"]), st.fixed_dictionaries({
    "contact": st.sampled_from(["live", "lost", "stale", "awaited"]), "state": st.text(max_size=9),
    "headline": st.none() | st.text(max_size=30)}), max_size=3))  # fmt: skip
def test_every_picture_can_be_drawn_in_80_columns(states: dict[str, Data]) -> None:
    """Page and plugin line of any answer: nothing hidden, not wider than the terminal."""
    clock = Clock()
    picture = a_room(**states).picture(clock.now())
    found = findings(picture, clock.now().utc)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        out = Console(width=80, file=nowhere, record=True, highlight=False)
        out.print(pages.page(picture, found, clock.now().utc, 80))
        text = out.export_text()
    assert not any(char < " " and char != "\n" for char in text)
    assert pages.nagios(picture, found, worst(found)).count("|") == 1
