"""`alerts`, `ack`, `shelve`, `unshelve`, `planned-stop` and `explain ALERT` as the engineer on duty meets them; the
daemon is a door with set answers.
"""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import Result

from fleetmon.assess.presence import SitePresence
from fleetmon.cli import alert_explained, alerts_page, telling
from fleetmon.cli.alerts import _coloured, verdict
from fleetmon.clock import Clock
from fleetmon.control import Ask, Control, Refused, listen
from fleetmon.model.messages import Json
from fleetmon.publish.command_payloads import Reason
from fleetmon.publish.envelope import rfc3339
from fleetmon.publish.said import moment
from fleetmon.room.alerts import AlertHeard, SiteAlerts, StopTold, SubjectTold, sites_first

Run = Callable[..., Result]
NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z


def time(seconds: float) -> str:
    return rfc3339(NOW + seconds)


def an_alert(id_: str, **more: Any) -> dict[str, Any]:
    """An alert as a site publishes it, active for eleven minutes."""
    said = {
        "text": "line2 stopped since 12:49, 14 documents waiting: laminator lam1, upper film used up. Next: Fit one.",
        "symptom": "line2 stopped",
        "cause": "upper film used up",
        "since": "since 12:49",
        "waiting": "14 documents waiting",
        "next_step": "Fit a new roll. Record the numbers of the old and the new one; lock the used one away.",
        "actor": "operator",
        "meaning": "The film that covers the page is used up.",
        "call": "Call the keeper of the store if there is no spare.",
        "reviewed": True,
    }
    return {
        "id": id_,
        "key": "machine:lam1:supply-empty:upper film",
        "rev": 4,
        "text": said["text"],
        "state": "active",
        "priority": 1,
        "subject": {"kind": "machine", "id": "lam1", "name": None},
        "condition": "supply-empty",
        "part": "upper film",
        "held_back": None,
        "isa": "B",
        "began": {"after": time(-665), "by": time(-660)},
        "raised": time(-630),
        "announced": time(-630),
        "acknowledged": None,
        "shelved": None,
        "impact": {"line": "line2", "line_stopped_since": time(-660), "stage_left": 0, "waiting": 14},
        "evidence": [
            {"name": "silence", "value": 11.5, "unit": "min", "expected": 8.9},
            {"name": "code", "value": "E7"},
        ],
        "rule": {"priority": 2, "raise_after_s": 30.0, "clear_after_s": 30.0, "proof": "completion", "latch": True},
        "nearly": [{"id": "a0ff31", "key": "machine:lam1:cover-open", "state": "pending", "why": "stands for 4 s"}],
        "texts": {"en": said, "ur": {**said, "symptom": "لائن 2 بند ہے", "reviewed": False}},
        **more,
    }


def heard(id_: str, **more: Any) -> AlertHeard:
    return AlertHeard.model_validate(an_alert(id_, **more))


def page(*sites: SiteAlerts, **how: Any) -> str:
    return "\n".join(alerts_page.lines(sites_first(sites), NOW, 80, **how))


def lab(*alerts: AlertHeard, **more: Any) -> SiteAlerts:
    return SiteAlerts(**{"site": "lab", "presence": SitePresence.LIVE, "alerts": alerts, "silent_s": 1.0, **more})


ACKNOWLEDGED = {"by": "anna", "at": time(-60), "until": time(3600), "comment": "on my way"}


def test_an_alert_says_what_since_when_why_and_what_to_do() -> None:
    """In 80 columns, with as much of the id as has to be typed."""
    assert page(lab(heard("7f3a9c22"))).splitlines() == [
        "lab: 1 alert stands: 1 P1",
        "",
        "P1 7f3a  line2 stopped since 12:49 (11 min), 14 documents waiting",
        "         lam1: upper film used up",
        "         Next (operator): Fit a new roll. Record the numbers of the old and the",
        "         new one; lock the used one away.",
    ]


def test_what_somebody_knows_of_takes_less_room() -> None:
    """Who, until when and why, instead of what to do; it stands behind what nobody has answered."""
    shown = page(lab(heard("aaaa1111", acknowledged=ACKNOWLEDGED), heard("aaab2222")))
    assert shown.startswith("lab: 2 alerts stand: 2 P1; 1 acknowledged\n\nP1 aaab  line2")
    assert f"acknowledged by anna until {alerts_page.at(time(3600), NOW)}: on my way" in shown
    assert shown.count("Next (operator)") == 1


def test_what_is_not_told_is_counted_and_shown_when_asked_for() -> None:
    """Pending, held back, shelved, just over: one line says that there are some, `--all` shows each with its why."""
    shelved = {"by": "anna", "until": time(3600), "reason": "the sensor is broken"}
    site = lab(
        heard("7f3a"),
        heard("aaaa", state="pending", priority=None),
        heard("bbbb", held_back="inhibited", caused_by="7f3a"),
        heard("cccc", held_back="shelved", shelved=shelved),
        heard("dddd", state="closed", closed=time(-60)),
        heard("eeee", held_back="maintenance"),
        heard("ffff", held_back="of-a-later-version", unstable=True),
        stops=(StopTold(scope=SubjectTold(kind="machine", id="prn1"), by="anna", until=time(7200), reason="service"),),
    )
    short, full = page(site), page(site, everything=True)
    assert "aaaa" not in short
    head = " ".join(short.split("\n\n")[0].split())
    assert head == (
        "lab: 1 alert stands: 1 P1; not told: 1 behind another, 1 in a planned stop, 1 of-a-later-version, 1 pending,"
        " 1 shelved; planned stops: 1 (--all shows them)"
    )
    for words in (
        "pending: told if it stands for 30 s",
        "not told: behind another (7f3a)",
        f"shelved by anna until {alerts_page.at(time(3600), NOW)}: the sensor is broken",
        f"over since {alerts_page.at(time(-60), NOW)}",
        "lam1: upper film used up, comes and goes",
        f"planned stop of machine prn1 until {alerts_page.at(time(7200), NOW)}, by anna: service",
    ):
        assert words in full


def test_a_room_sees_which_sites_are_late_or_lost() -> None:
    """Grouped by site, the worst first; quiet sites in one line; who is away is named even without alerts."""
    shown = page(
        SiteAlerts("isb", SitePresence.LIVE),
        SiteAlerts("khi", SitePresence.LOST, (heard("cccc", priority=3),), silent_s=200.0),
        SiteAlerts("lhr", SitePresence.LATE, silent_s=80.0),
        SiteAlerts("pew", SitePresence.UNKNOWN, heartbeat_at=time(-300)),
        lab(heard("aaaa")),
    )
    lines = shown.splitlines()
    assert lines[0] == "5 sites: 1 LATE, 1 LOST, 1 UNKNOWN; 2 alerts stand: 1 P1, 1 P3"
    assert lines[1] == "no alert stands at isb"
    order = [line.partition(":")[0] for line in lines if line.startswith(("lab:", "khi:", "lhr:", "pew:"))]
    assert order == ["lab", "khi", "lhr", "pew"]
    folded = " ".join(shown.split())
    assert "khi is LOST: nobody knows what is going on there; its alerts are those it told last (heard 3 min" in folded
    assert "lhr is LATE: its alerts may be older than they look (heard 80 s ago)" in folded
    assert "pew is not heard live yet" in folded
    assert max(map(len, lines)) <= 80
    assert "2 more that it counts did not arrive" in page(lab(heard("aaaa"), missing=2))


def test_the_language_is_chosen_where_the_site_has_it() -> None:
    """Else the first of the site."""
    assert "لائن 2 بند ہے" in page(lab(heard("7f3a")), language="ur")
    assert "line2 stopped" in page(lab(heard("7f3a")), language="fr")


def test_nothing_of_a_site_moves_the_cursor() -> None:
    """Whatever an alert, a comment or a reason holds."""
    evil = "\x1b[2J\u202e\n"
    said = {"text": evil, "symptom": evil, "cause": evil, "next_step": evil, "since": evil, "waiting": evil}
    alert = heard("7f3a", texts={"en": said}, acknowledged={"by": evil, "until": evil, "comment": evil}, shelved=None)
    for text in (page(lab(alert), everything=True), "\n".join(alert_explained.lines(lab(), alert, NOW, 80))):
        assert not set("\x1b\u202e") & set(text)


@given(st.dictionaries(st.sampled_from([*an_alert("x")]), st.none() | st.text() | st.floats() | st.lists(st.text())))
def test_whatever_can_be_read_can_be_drawn(more: dict[str, object]) -> None:
    """No alert of any version breaks the page."""
    try:
        alert = AlertHeard.model_validate({**an_alert("7f3a"), **more})
    except ValueError:
        return
    assert page(lab(alert), everything=True)
    assert list(alert_explained.lines(lab(), alert, NOW, 80))


def test_an_alert_is_explained_with_its_rule_its_figures_and_what_nearly_was_one() -> None:
    """Every row in one place: meaning, what to do, whom to call, times, rule, priority and why, evidence with what is
    usual, the one beside it, and what can be typed."""
    told = "\n".join(alert_explained.lines(lab(), heard("7f3a9c", acknowledged=ACKNOWLEDGED), NOW, 80))
    folded = " ".join(told.split())
    for words in (
        "7f3a9c lab machine lam1, supply-empty of upper film",
        "seen line2 stopped since 12:49, 14 documents waiting",
        "means The film that covers the page is used up.",
        "next (operator) Fit a new roll.",
        "call Call the keeper of the store",
        "state active, acknowledged, ISA-18.2 B, rev 4",
        "rule supply-empty: P2; raised when it has stood for 30s; over when it is gone for 30s and a document has been",
        "stays until it is acknowledged",
        "priority P1, the rule alone says P2: line line2 stands since",
        "0 machines of its stage are left",
        "evidence silence: 11.5 min, usual is 8.9 min",
        "evidence code: E7",
        "nearly a0ff31 machine:lam1:cover-open: pending; stands for 4 s",
        "known to anna since",
        "to say fleetmon ack 7f3a9c, or: fleetmon shelve 7f3a9c --for 1h",
    ):
        assert words in folded, told
    assert max(map(len, told.splitlines())) <= 80


@pytest.mark.parametrize(
    ("sites", "code"),
    [
        ((lab(),), 0),
        ((lab(heard("a", held_back="shelved")),), 0),
        ((lab(heard("a")),), 1),
        ((lab(heard("a"), presence=SitePresence.LOST),), 1),
        ((lab(presence=SitePresence.LATE),), 0),
        ((lab(), SiteAlerts("khi", SitePresence.LOST)), 3),
    ],
)
def test_scripts_may_conclude_from_the_exit_code(sites: tuple[SiteAlerts, ...], code: int) -> None:
    """0 nothing, 1 something, 3 nobody knows."""
    assert verdict(sites) == code


@dataclass
class Daemon:
    """A control socket in a thread of its own; `told` are its alerts, `reply` what it says to commands."""

    path: Path
    told: list[dict[str, Any]] = field(default_factory=list)
    reply: dict[str, Any] = field(default_factory=dict)
    asked: list[Mapping[str, Json]] = field(default_factory=list)
    _ready: threading.Event = field(default_factory=threading.Event)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _task: "asyncio.Task[None] | None" = None
    _thread: threading.Thread | None = None

    async def _run(self) -> None:
        asks: dict[str, Ask] = {"alerts": self._alerts, "explain": self._explain, "command": self._command}
        control = Control(listen(self.path), self.path, asks, dict, Clock())
        self._task = asyncio.create_task(control.run())
        self._ready.set()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _alerts(self, _request: Mapping[str, Json], _who: str) -> dict[str, Json]:
        alerts: dict[str, Json] = {each["id"]: each for each in self.told}
        return {"site": "lab", "time": time(0), "alerts": alerts, "planned_stops": []}

    async def _explain(self, request: Mapping[str, Json], _who: str) -> dict[str, Json]:
        raise Refused(f"no machine has the id '{request.get('machine')}'; did you mean \"lam1\"?")

    async def _command(self, request: Mapping[str, Json], _who: str) -> dict[str, Json]:
        self.asked.append(request)
        return self.reply

    def start(self) -> None:
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        if self._task is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join(10)
        self._loop.close()

    def words(self, *words: str) -> tuple[str, ...]:
        return (*words, "--control", str(self.path))


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    found = Daemon(tmp_path / "c.sock")
    found.start()
    yield found
    found.stop()


def done(**result: Any) -> dict[str, Any]:
    return {"status": "done", "reason": None, "text": "done", "result": result}


def rejected(reason: Reason, text: str) -> dict[str, Any]:
    return {"status": "rejected", "reason": reason.value, "text": text, "result": None}


LAM1 = {"alert": "7f3a9c", "about": "machine:lam1", "condition": "supply-empty", "state": "active"}


def test_where_no_terminal_is_nothing_is_coloured(fleetmon: Run, daemon: Daemon) -> None:
    """A file or a pipe gets plain text; a terminal sees the urgent ones."""
    daemon.told = [an_alert("7f3a9c")]
    assert "\x1b" not in fleetmon(*daemon.words("alerts")).stdout
    assert _coloured("P1 7f3a  line2").startswith("\x1b[31m\x1b[1mP1 ")
    assert _coloured("   P1") == "   P1"


def test_the_site_next_door_lists_its_alerts(fleetmon: Run, daemon: Daemon) -> None:
    """Without a broker; JSON has all that was told."""
    daemon.told = [an_alert("7f3a9c")]
    shown = fleetmon(*daemon.words("alerts"))
    assert (shown.exit_code, shown.stdout.splitlines()[0]) == (1, "lab: 1 alert stands: 1 P1")
    told = json.loads(fleetmon(*daemon.words("alerts", "--json")).stdout)
    assert told["sites"][0]["alerts"] == daemon.told
    daemon.told = []
    assert fleetmon(*daemon.words("alerts")).exit_code == 0


def test_an_alert_is_acknowledged_at_the_socket(fleetmon: Run, daemon: Daemon) -> None:
    """What is typed travels as the command; what is printed says until when it holds."""
    daemon.reply = done(**LAM1, until=rfc3339(Clock().now().utc + 7201))
    said = fleetmon(*daemon.words("ack", "7f3", "-m", "new roll comes", "--rev", "4"))
    assert (said.exit_code, daemon.asked[0]["verb"]) == (0, "ack")
    assert daemon.asked[0]["arguments"] == {"alert": "7f3", "comment": "new roll comes", "rev": 4}
    assert said.stdout.startswith("7f3a9c machine:lam1 supply-empty: acknowledged until ")
    assert said.stdout.endswith("(2 h 0 min)\n")
    daemon.reply = done(**{**LAM1, "state": "closed"}, until=None)
    assert fleetmon(*daemon.words("ack", "7f3")).stdout.endswith("acknowledged, which ends it\n")


def test_an_alert_is_shelved_and_taken_off_the_shelf(fleetmon: Run, daemon: Daemon) -> None:
    """For a time, or until the clock on the wall says so."""
    daemon.reply = done(**LAM1, until=rfc3339(Clock().now().utc + 5401))
    assert fleetmon(*daemon.words("shelve", "7f3", "--for", "90m", "--reason", "sensor")).exit_code == 0
    assert daemon.asked[0]["arguments"] == {"for": "90m", "reason": "sensor", "alert": "7f3"}
    fleetmon(*daemon.words("shelve", "7f3", "--until", "2027-01-15T16:00:00+05:00", "--reason", "sensor"))
    assert daemon.asked[1]["arguments"] == {"until": "2027-01-15T11:00:00.000Z", "reason": "sensor", "alert": "7f3"}
    daemon.reply = done(**LAM1, until=None)
    said = fleetmon(*daemon.words("unshelve", "7f3"))
    assert (said.exit_code, said.stdout) == (0, "7f3a9c machine:lam1 supply-empty: no longer shelved\n")


def test_a_stop_is_planned_and_ended(fleetmon: Run, daemon: Daemon) -> None:
    """The scope as it was understood is printed."""
    daemon.reply = done(scope="machine:lam1", until=rfc3339(Clock().now().utc + 7201))
    said = fleetmon(*daemon.words("planned-stop", "lam1", "--for", "2h", "--reason", "service"))
    assert said.stdout.startswith("machine:lam1: stops on purpose until ")
    assert daemon.asked[0]["verb"] == "planned-stop"
    assert daemon.asked[0]["arguments"] == {"for": "2h", "scope": "lam1", "reason": "service"}
    daemon.reply = done(scope="machine:lam1", until=None)
    assert fleetmon(*daemon.words("planned-stop", "lam1", "--end")).stdout == (
        "machine:lam1: the planned stop is over\n"
    )
    assert daemon.asked[1]["arguments"] == {"end": True, "scope": "lam1"}


@pytest.mark.parametrize(
    ("reply", "code", "words"),
    [
        (rejected(Reason.NO_SUCH_ALERT, "no alert has an id that begins with 'zz'"), 1, "fleetmon alerts lists those"),
        (rejected(Reason.ALERT_CLOSED, "7f3a9c is over"), 1, "if it has come back, it has another id"),
        (rejected(Reason.ALERT_CHANGED, "its rev is 5 now"), 1, "look again: fleetmon alerts"),
        (rejected(Reason.NOTHING_TO_END, "it is not shelved"), 1, "--all lists what is shelved"),
        (rejected(Reason.TOO_LONG, "a P1 is shelved for 1h at most"), 2, "a P1 is shelved for 1h at most"),
        (rejected(Reason.BAD_ARGUMENTS, "no machine is called 'x'"), 2, "no machine is called 'x'"),
        (rejected(Reason.UNKNOWN_VERB, "no such verb"), 1, "the site runs an older fleetmon"),
        ({"status": "failed", "text": "no\x1b"}, 1, "no\\x1b"),
        ({"odd": 1}, 3, "the reply cannot be read"),
    ],
)
def test_what_the_site_refuses_comes_with_a_hint(
    fleetmon: Run, daemon: Daemon, reply: dict[str, Any], code: int, words: str
) -> None:
    """The site's words, what to do instead, and the exit code that scripts rely on."""
    daemon.reply = reply
    said = fleetmon(*daemon.words("ack", "7f3"))
    assert (said.exit_code, said.stdout) == (code, "")
    assert str(reply.get("text", "")).replace("\x1b", "\\x1b") in said.stderr
    assert words in said.stderr


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("shelve", "7f3", "--reason", "x"), "say how long: --for 2h, or --until 16:00; one of them"),
        (("shelve", "7f3", "--for", "1h", "--until", "16:00", "--reason", "x"), "one of them"),
        (("shelve", "7f3", "--for", "1h"), 'say why: --reason "the sensor is broken'),
        (("shelve", "7f3", "--for", "1h", "--reason", " "), "say why"),
        (("shelve", "7f3", "--for", "an hour", "--reason", "x"), "--for 'an hour' is no duration"),
        (("shelve", "7f3", "--until", "noon", "--reason", "x"), "--until 'noon' is no moment"),
        (("shelve", "7f3", "--until", "2026-02-30T10:00:00Z", "--reason", "x"), "is no moment"),
        (("planned-stop", "lam1", "--for", "1h"), 'say why: --reason "yearly service"'),
        (("planned-stop", "lam1", "--reason", "x"), "say how long"),
        (("planned-stop", "lam1", "--end", "--for", "1h"), "--end ends a stop now"),
        (("ack", "7f3", "--site", "lab"), "--site and --who need --broker"),
        (("unshelve", "7f3", "--who", "me"), "--site and --who need --broker"),
        (("alerts", "--site", "lab"), "--site and --wait need --broker"),
        (("explain", "7f3", "--site", "lab"), "--site needs --broker"),
        (("ack", "7f3", "--broker", "mqtt://h"), "--broker and --control exclude each other"),
        (("ack",), "Missing argument"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anybody_is_asked(
    fleetmon: Run, daemon: Daemon, words: tuple[str, ...], reason: str
) -> None:
    """Exit code 2, and how to say it right."""
    said = fleetmon(*daemon.words(*words))
    assert (said.exit_code, daemon.asked) == (2, [])
    assert reason in said.stderr


def test_a_stop_at_a_broker_needs_the_one_site(fleetmon: Run) -> None:
    """A stop is not planned for whoever listens."""
    for site in ((), ("--site", "+"), ("--site", "lhr", "--site", "khi")):
        words = ("planned-stop", "lam1", "--for", "1h", "--reason", "x", "--broker", "mqtt://127.0.0.1:9", *site)
        said = fleetmon(*words)
        assert (said.exit_code, said.stderr) == (2, "name the one site that is meant: --site lhr-rpo\n")


def test_explain_takes_an_alert_as_well(fleetmon: Run, daemon: Daemon) -> None:
    """By how its id begins; what is neither machine nor alert, or several alerts, is said with candidates."""
    daemon.told = [an_alert("7f3a9c"), an_alert("7f4b00")]
    assert fleetmon(*daemon.words("explain", "7f3")).stdout.startswith("7f3a9c  lab  machine lam1, supply-empty of")
    assert json.loads(fleetmon(*daemon.words("explain", "7f3", "--json")).stdout)["id"] == "7f3a9c"
    several = fleetmon(*daemon.words("explain", "7f"))
    assert several.exit_code == 1
    assert "'7f' begins the ids of several alerts" in several.stderr
    assert "  7f3a9c  lab  lam1 supply-empty upper film" in several.stderr
    neither = fleetmon(*daemon.words("explain", "lam"))
    assert neither.exit_code == 1
    assert neither.stderr == (
        "no machine has the id 'lam'; did you mean \"lam1\"?\n"
        "and no alert has an id that begins like that: fleetmon alerts --all\n"
    )


@pytest.mark.parametrize("words", [("alerts",), ("ack", "7f3"), ("explain", "7f3")])
def test_without_a_daemon_nobody_knows(fleetmon: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    """Exit code 3, and where to look."""
    said = fleetmon(*words, "--control", str(tmp_path / "none"))
    assert said.exit_code == 3
    assert "is it running? systemctl status fleetmon" in said.stderr


def test_the_clock_on_the_wall_means_its_next_time() -> None:
    """Today if it is still to come, else tomorrow."""
    clock = Clock()
    told = telling.end(None, "00:00", clock)
    assert set(told) == {"until"}
    utc = moment(str(told["until"]))
    assert utc is not None
    assert 0 < utc - clock.now().utc <= 25 * 3600
