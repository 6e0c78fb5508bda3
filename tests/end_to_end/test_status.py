"""Who is dead, seen from the daemon next door and from a room at the broker, while daemon and broker come and go."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fleetmon.cli import app

from .conftest import Broker, Daemon, Ground, Office, eventually, prepared

FLEETMON = (sys.executable, "-m", "fleetmon.cli")
MACHINES = ("prn1=passport_printer", "lam1=laminator")
SOON = """
import functools, fleetmon.daemon
from fleetmon.cli import main
fleetmon.daemon.UplinkPlan = functools.partial(fleetmon.daemon.UplinkPlan, will_delay_s=1)
main()
"""
"""A daemon like any other, but that its will waits for one second instead of twenty."""

Told = dict[str, object]


def fleetmon(*words: str) -> subprocess.CompletedProcess[str]:
    """One command, to its end."""
    return subprocess.run([*FLEETMON, *words], capture_output=True, text=True, timeout=60, check=False)


def status(*words: str) -> Told:
    """`fleetmon status --json`, in this process: it is asked again and again."""
    ended = CliRunner().invoke(app, ["status", "--json", *words])
    told = json.loads(ended.stdout) if ended.stdout else {}
    assert isinstance(told, dict)
    return told


def site(*words: str) -> Told:
    """The one site of a status; empty while nobody knows of it."""
    sites = status(*words).get("sites")
    return sites[0] if isinstance(sites, list) and sites else {}


def machines(told: Told) -> list[tuple[object, ...]]:
    """What is shown of each machine, without counters and times."""
    listed = told.get("machines")
    wanted = ("machine", "kind", "presence", "why", "state", "asleep", "headline", "faults", "driver", "model")
    return [tuple(json.dumps(each[key]) for key in wanted) for each in listed] if isinstance(listed, list) else []


@dataclass
class Watch:
    """`fleetmon watch` without a terminal."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    reader: threading.Thread | None = None

    @classmethod
    def start(cls, *words: str) -> "Watch":
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        watch = cls(subprocess.Popen([*FLEETMON, "watch", *words], stdout=subprocess.PIPE, text=True, env=environment))
        watch.reader = threading.Thread(target=watch._read, daemon=True)
        watch.reader.start()
        return watch

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(line.rstrip("\n") for line in self.process.stdout)

    def said(self, words: str) -> list[str]:
        return [line for line in list(self.lines) if words in line]

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.reader is not None
        self.reader.join(5)
        assert self.process.stdout is not None
        self.process.stdout.close()


@dataclass
class Lab:
    """A broker, two machines, a daemon that beats every second."""

    ground: Ground
    broker: Broker
    office: Office
    daemon: Daemon
    runtime: Path

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.broker.port}"


@pytest.fixture(scope="module")
def a_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One for all tests here: to start it takes longer than most of them. Daemon and commands find each other's socket
    in a folder of its own, as under a service manager."""
    folder = tmp_path_factory.mktemp("lab")
    runtime = folder / "run"
    runtime.mkdir()
    with pytest.MonkeyPatch.context() as patch, prepared(folder) as ground:
        patch.setenv("RUNTIME_DIRECTORY", str(runtime))
        broker, office = ground.broker(), ground.office(*MACHINES)
        broker.start()
        daemon = ground.daemon(broker, office.ports)
        text = daemon.settings.read_text(encoding="utf-8")
        daemon.settings.write_text(text.replace('heartbeat = "2s"', 'heartbeat = "1s"'), encoding="utf-8")
        daemon.program = ("-c", SOON)
        yield Lab(ground, broker, office, daemon, runtime)


@pytest.fixture
def lab(a_lab: Lab) -> Lab:
    """Broker and daemon are there, and both machines are heard."""
    if a_lab.broker.process is None:
        a_lab.broker.start()
    if a_lab.daemon.process is None or a_lab.daemon.process.poll() is not None:
        a_lab.daemon.start()
    eventually(lambda: [m[4] for m in machines(site())].count('"processing"') == 2, 30, "both machines are heard")
    return a_lab


def test_a_command_at_the_socket_is_carried_out_and_recorded(lab: Lab) -> None:
    """Whoever may open the socket may ask for a refresh; the reply tells what became of it."""
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(20)
        caller.connect(str(lab.runtime / "control.sock"))
        caller.sendall(b'{"ask": "command", "verb": "ping", "why": "a test"}\n')
        reply = json.loads(caller.makefile().readline())
    assert (reply["answer"], reply["data"]["status"]) == ("command", "done")


def test_a_second_daemon_on_the_same_socket(lab: Lab) -> None:
    """Named on purpose, a socket where somebody listens is refused with exit 1; the usual one gives way."""
    state = lab.ground.folder / "other"
    settings = lab.ground.folder / "other.toml"
    text = lab.daemon.settings.read_text(encoding="utf-8").replace('id = "lab"', 'id = "other"')
    settings.write_text(text.replace(f":{lab.broker.port}", ":1"), encoding="utf-8")
    command = [*FLEETMON, "run", "--settings", str(settings), "--state", str(state)]
    taken = str(lab.runtime / "control.sock")
    refused = subprocess.run([*command, "--control", taken], capture_output=True, text=True, timeout=30, check=False)
    assert refused.returncode == 1
    assert f"control socket {taken}: another daemon listens there" in refused.stderr
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as second:
        try:
            own = str(state / "control.sock")
            eventually(lambda: site("--control", own).get("site") == "other", 20, "it stands beside the second outbox")
            assert site()["site"] == "lab"
        finally:
            second.kill()


def test_a_frozen_daemon_is_late_then_lost_and_a_killed_one_lost_by_its_will(lab: Lab) -> None:
    """SIGSTOP: the room says late, then lost, from missed heartbeats alone, and a plugin that
    comes meanwhile as well; SIGCONT: it is back. kill -9: lost, and once the will's delay has passed, by the broker's
    word, for everybody who comes later."""
    daemon, url = lab.daemon, lab.url
    watch = Watch.start("--broker", url)
    lab.ground.ends.append(watch.stop)
    assert site("--broker", url).get("presence") == "live", "without --wait it listens for as long as it takes"
    eventually(lambda: watch.lines, 20, "the room shows something")
    assert daemon.process is not None
    daemon.process.send_signal(signal.SIGSTOP)
    plugin = subprocess.Popen(
        [*FLEETMON, "status", "--broker", url, "--nagios", "--wait", "20"], stdout=subprocess.PIPE, text=True
    )
    eventually(lambda: watch.said("! lab LATE: no heartbeat"), 10, "it is late")
    eventually(lambda: watch.said("! lab LOST: no heartbeat"), 10, "it is lost")
    told, _ = plugin.communicate(timeout=20)
    assert (plugin.returncode, told[:32]) == (2, "CRITICAL - lab LOST: no heartbea"), told
    daemon.process.send_signal(signal.SIGCONT)
    eventually(lambda: watch.said("- lab LOST"), 10, "it is back")
    assert watch.lines.index(watch.said("! lab LATE")[0]) < watch.lines.index(watch.said("! lab LOST")[0])
    daemon.kill()
    eventually(lambda: len(watch.said("! lab LOST")) == 2, 15, "it is lost again")
    found: Told = {}
    eventually(lambda: found.update(site("--broker", url)) or found.get("why") == "will", 10, "the broker's word")
    assert {each[2] for each in machines(found)} == {'"unknown"'}
    assert fleetmon("status").returncode == 3, "no daemon answers next door"
    daemon.start()
    eventually(lambda: site("--broker", url, "--wait", "5").get("presence") == "live", 20, "a new birth counts")
    assert site().get("presence") == "live", "the socket that was left behind is replaced"


def test_a_daemon_that_says_goodbye_is_stopped_not_lost(lab: Lab) -> None:
    """SIGTERM: stopped on purpose, for whoever listened and for whoever comes later; its socket is gone."""
    watch = Watch.start("--broker", lab.url)
    local = Watch.start()
    lab.ground.ends += [watch.stop, local.stop]
    eventually(lambda: watch.lines and local.lines, 20, "both watch")
    assert lab.daemon.stop() == 0
    eventually(lambda: watch.said("! lab STOPPED: stopped on purpose"), 10, "the goodbye is heard")
    assert site("--broker", lab.url)["presence"] == "stopped"
    assert local.process.wait(10) == 3, "the one who watched next door is told that the daemon has ended"
    assert not watch.said("LOST")
    assert not list(lab.runtime.iterdir())


def test_the_socket_and_the_broker_tell_the_same(lab: Lab) -> None:
    """With a jam standing, the machines of the local status and of one at the broker are equal; explain names the row;
    with the broker gone the local status goes on and says so."""
    lab.office.do("prn1", "raise", fault="booklet-jam")
    eventually(lambda: '"media-path-jam"' in str(machines(site())), 10, "the jam is known")
    here, there = [], [()]

    def equal() -> bool:
        here[:], there[:] = machines(site()), machines(site("--broker", lab.url, "--wait", "5"))
        return here == there

    eventually(equal, 30, f"both tell the same: {here} {there}")
    assert len(here) == 2
    page = fleetmon("status")
    assert page.returncode == 1
    assert page.stdout.startswith("prn1  stopped    media-path-jam")
    explained = fleetmon("explain", "prn1").stdout
    assert "prtAlertCode 8 (jam)" in explained
    assert "sysUpTime.0 = " in explained
    plugin = fleetmon("status", "--nagios")
    assert (plugin.returncode, plugin.stdout[:24]) == (2, "CRITICAL - lab prn1 stop")
    lab.broker.kill()
    eventually(lambda: "no uplink" in fleetmon("status").stdout, 20, "the cut uplink is told")
    assert "127.0.0.1" in fleetmon("status").stdout
    lab.office.do("prn1", "clear")
    eventually(lambda: '"media-path-jam"' not in str(machines(site())), 10, "watching goes on meanwhile")
