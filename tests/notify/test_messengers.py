"""What cannot wait goes to people's own messengers: once, within its time, each message in a process of its own."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from fleetmon.clock import Clock
from fleetmon.notify import messengers
from fleetmon.notify.apprise_send import Exit
from fleetmon.notify.messengers import Messengers
from fleetmon.secret import Secret

from .peers import Service, alert_event, until

StandIn = Callable[[str], None]


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Another program in Apprise's place: Python that finds the message as `told`."""

    def replace(body: str) -> None:
        path = tmp_path / "send.py"
        path.write_text(f"import json, os, sys, time\ntold = json.load(sys.stdin)\n{body}\n")
        monkeypatch.setattr(messengers, "_PROGRAM", (sys.executable, "-I", str(path)))

    return replace


@asynccontextmanager
async def running(limit_s: float = 10.0, urls: str = "json://127.0.0.1\n") -> AsyncIterator[Messengers]:
    ways = Messengers(Secret("a test", urls), "demo", Clock(), limit_s, "ur")
    task = asyncio.create_task(ways.run())
    yield ways
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_only_what_cannot_wait_is_sent(stand_in: StandIn, tmp_path: Path) -> None:
    """Priority 1 and 2, when people should hear of it; in the language that was asked for, if it has a text."""
    sent = tmp_path / "sent"
    stand_in(f"open({str(sent)!r}, 'a').write(json.dumps(told) + '\\n')")
    async with running(urls="json://127.0.0.1/a\n\n# not this\n  mailto://b\n") as ways:
        for event in (
            alert_event(1, tell=False),
            alert_event(2, priority=3),
            alert_event(3, priority=None),
            alert_event(4),
            alert_event(5, move="worsened", priority=1),
            alert_event(6, move="reminded", texts={}),
        ):
            ways.hear(event)
        await until(lambda: ways.reach.taken == 3, "three are sent")
    told: list[dict[str, Any]] = [json.loads(line) for line in sent.read_text().splitlines()]
    assert [(each["title"], each["kind"]) for each in told] == [
        ("fleetmon demo, P2: announced", "warning"),
        ("fleetmon demo, P1: worsened", "failure"),
        ("fleetmon demo, P2: reminded", "warning"),
    ]
    assert told[0]["urls"] == ["json://127.0.0.1/a", "mailto://b"]
    assert told[0]["body"] == "اردو"
    assert told[2]["body"].startswith("lam1: upper film empty")


async def test_a_message_that_takes_too_long_is_given_up_for_good(stand_in: StandIn, tmp_path: Path) -> None:
    """It may have been sent: its process is ended, nothing is tried again, the next message has its turn."""
    pids = tmp_path / "pids"
    stand_in(
        f"open({str(pids)!r}, 'a').write(f'{{os.getpid()}}\\n')\n"
        "if told['title'].endswith('announced'): time.sleep(600)"
    )
    with capture_logs() as log:
        async with running(limit_s=1.0) as ways:
            ways.hear(alert_event(1))
            ways.hear(alert_event(2, move="worsened"))
            await until(lambda: ways.reach.taken == 1, "the second is sent")
    stuck, other = (int(line) for line in pids.read_text().split())
    assert stuck != other
    assert not Path(f"/proc/{stuck}").exists()
    assert [line["event"] for line in log] == ["does not take alerts", "takes alerts again"]
    assert log[0]["why"] == "it took more than 1 s and was given up; it may have been sent"


async def test_a_daemon_that_stops_leaves_no_process(stand_in: StandIn, tmp_path: Path) -> None:
    """A message under way is given up with the daemon."""
    pid = tmp_path / "pid"
    stand_in(f"open({str(pid)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)")
    async with running() as ways:
        ways.hear(alert_event(1))
        await until(lambda: pid.exists() and pid.read_text(), "it is under way")
    assert not Path(f"/proc/{pid.read_text()}").exists()


async def test_a_flood_is_bounded(stand_in: StandIn) -> None:
    """Twenty wait; of more the oldest are dropped, counted, and that is said once."""
    stand_in("time.sleep(600)")
    with capture_logs() as log:
        async with running() as ways:
            for number in range(1000):
                ways.hear(alert_event(number))
            assert ways.reach.status()["waiting"] == 20
            assert ways.reach.status()["skipped"] == 980
    assert [line["why"] for line in log] == ["more came than could be sent"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("sys.exit(1)", "not every one of its URLs took it"),
        ("sys.exit(2)", "Apprise does not understand every one of its URLs"),
        ("sys.exit(3)", "Apprise is not installed: it comes with the extra `notify`"),
        ("sys.exit(77)", "its process ended with 77"),
        ("os.kill(os.getpid(), 9)", "its process ended with -9"),
    ],
)
async def test_each_way_to_fail_has_its_words(stand_in: StandIn, body: str, why: str) -> None:
    """Said once; the daemon goes on."""
    stand_in(body)
    async with running() as ways:
        ways.hear(alert_event(1))
        await until(lambda: ways.reach.failing, "it has failed")
        assert ways.reach.status()["why"] == why


async def test_apprise_itself_delivers(service: Service) -> None:
    """The real library, in its process, to a web service: title and text arrive."""
    pytest.importorskip("apprise")
    async with running(limit_s=30.0, urls=f"json://127.0.0.1:{service.port}/x") as ways:
        ways.hear(alert_event(1))
        await until(lambda: ways.reach.taken, "it is sent", deadline_s=30.0)
    (told,) = service.bodies
    assert (told["title"], told["message"], told["type"]) == ("fleetmon demo, P2: announced", "اردو", "warning")


async def test_apprise_says_what_it_does_not_understand(service: Service) -> None:
    """A URL of no service, and a service that refuses: two different things to mend."""
    pytest.importorskip("apprise")
    async with running(limit_s=30.0, urls="nonsense://x") as ways:
        ways.hear(alert_event(1))
        await until(lambda: ways.reach.failing, "it has failed", deadline_s=30.0)
        assert ways.reach.why == messengers._WHY[Exit.NOT_UNDERSTOOD]
    service.status = 500
    async with running(limit_s=30.0, urls=f"json://127.0.0.1:{service.port}/x") as ways:
        ways.hear(alert_event(1))
        await until(lambda: ways.reach.failing, "it has failed", deadline_s=30.0)
        assert ways.reach.why == messengers._WHY[Exit.NOT_SENT]


async def test_urls_never_stand_in_arguments(stand_in: StandIn, tmp_path: Path) -> None:
    """Everybody on a computer can read the arguments of a process, and its URLs are passwords."""
    seen = tmp_path / "seen"
    stand_in(f"open({str(seen)!r}, 'w').write(open('/proc/self/cmdline').read() + repr(dict(os.environ)))")
    async with running(urls="json://user:hunter2@127.0.0.1") as ways:
        ways.hear(alert_event(1))
        await until(lambda: ways.reach.taken, "it is sent")
    assert "hunter2" not in seen.read_text()
