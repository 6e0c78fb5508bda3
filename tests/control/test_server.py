"""The control socket as a caller meets it: who may, what is answered, and that nobody can make the daemon wait."""

import asyncio
import getpass
import json
import os
import pwd
import socket
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleetmon.control import Caller as Client
from fleetmon.control import ControlTaken, NoAnswerThere, default_path, listen
from fleetmon.control import server as server_room
from fleetmon.model.messages import Event, EventClass
from fleetmon.model.report import At

from .conftest import Door

AN_EVENT = Event(
    EventClass.FAULT, "fleetmon.fault.raised.v1", "prn1", At(1_780_000_000.0, 1.0, "b"), {"machine": "prn1"}
)


async def test_one_line_asks_and_one_line_answers(door: Door) -> None:
    """Several requests on one connection, each answered with its name; who asks is the kernel's word."""
    caller = await door.calls()
    for said in ("one", "two"):
        caller.asks(ask="echo", say=said)
        assert await caller.hears() == {"answer": "echo", "data": {"who": getpass.getuser(), "said": said}}


async def test_a_user_without_a_name_is_a_number(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system knows no name for the caller, its number stands for it."""

    def nobody(_uid: int) -> pwd.struct_passwd:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    caller = await door.calls()
    caller.asks(ask="echo")
    assert (await caller.hears())["data"] == {"who": str(os.getuid()), "said": None}


async def test_only_user_and_group_may_open_it(door: Door) -> None:
    """Mode 0660."""
    assert stat.S_IMODE(door.path.stat().st_mode) == 0o660


async def test_what_is_refused_is_said_and_the_connection_stays(door: Door) -> None:
    """A request that cannot be granted is one error; the next one is answered."""
    caller = await door.calls()
    caller.asks(ask="echo", refuse=True)
    assert await caller.hears() == {"error": "not today"}
    caller.asks(ask="echo", say="still here")
    assert "data" in await caller.hears()


@pytest.mark.parametrize(
    "line",
    [
        b"hello\n",
        b"[]\n",
        b"{}\n",
        b"null\n",
        b"\xff\xfe\n",
        b"[" * 60_000 + b"\n",
        b"x" * (server_room.LONGEST_LINE + 2),
        b'{"ask": "' + b"1" * 5000 + b'"}\n',
        b'{"ask": ["status"]}\n',
        b'{"ask": "\\ud800"}\n',
        b'{"ask": ' + b"9" * 5000 + b"}\n",
    ],
    ids=lambda line: repr(line[:20]),
)
async def test_garbage_is_answered_with_one_line_and_the_end(door: Door, line: bytes) -> None:
    """One error line, then the connection is closed; the next caller is served."""
    caller = await door.calls()
    caller.says(line)
    assert set(await caller.hears()) == {"error"}
    assert await caller.hears() == {}
    other = await door.calls()
    other.asks(ask="echo")
    assert "data" in await other.hears()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=200), max_size=5))
async def test_no_bytes_stop_the_daemon(door: Door, pieces: list[bytes]) -> None:
    """Whatever arrives in whatever pieces, the daemon goes on and answers the next caller."""
    caller = await door.calls()
    for piece in pieces:
        caller.says(piece)
    caller.leaves()
    other = await door.calls()
    other.asks(ask="echo", say="there")
    assert (await other.hears())["answer"] == "echo"
    other.leaves()
    assert door.task is not None
    assert not door.task.done()


async def test_callers_beyond_the_limit_are_told_so(door: Door) -> None:
    """With 32 connections open the next one is refused in words; when one leaves, there is room again."""
    for _ in range(server_room.MOST_CALLERS):
        caller = await door.calls()
        caller.asks(ask="echo")
        await caller.hears()
    refused = await door.calls()
    assert "32 callers" in str((await refused.hears())["error"])
    assert await refused.hears() == {}
    door.callers[0].leaves()

    served = False
    async with asyncio.timeout(10):
        while not served:
            again = await door.calls()
            again.asks(ask="echo")
            served = "data" in await again.hears()


async def test_a_silent_caller_is_let_go(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever connects and says nothing keeps its place for a minute at most."""
    monkeypatch.setattr(server_room, "_IDLE_S", 0.05)
    caller = await door.calls()
    assert await caller.hears() == {}


async def test_whoever_watches_hears_every_event_and_a_fresh_picture(door: Door) -> None:
    """First the picture, then each event as it is committed, then a picture again, not more than one a second."""
    assert door.control is not None
    caller = await door.calls()
    caller.asks(ask="watch")
    assert await caller.hears() == {"answer": "status", "data": {"number": 0}}
    door.status = {"number": 1}
    for _ in range(3):
        door.control.tell(AN_EVENT)
    told = [await caller.hears() for _ in range(4)]
    assert [each["answer"] for each in told] == ["event", "event", "event", "status"]
    assert told[0]["data"] == {
        "type": "fleetmon.fault.raised.v1",
        "subject": "prn1",
        "time": "2026-05-28T20:26:40.000Z",
        "data": {"machine": "prn1"},
    }
    assert told[3]["data"] == {"number": 1}


async def test_whoever_watches_and_does_not_read_is_dropped(door: Door) -> None:
    """A megabyte that piles up is the end of it: the daemon neither waits nor keeps it; others hear on."""
    assert door.control is not None
    big = Event(EventClass.FAULT, "fleetmon.big.v1", "prn1", At(0.0, 0.0, "b"), {"text": "x" * 100_000})
    slow, quick = await door.calls(), await door.calls()
    for caller in (slow, quick):
        caller.asks(ask="watch")
        await caller.hears()
    slow.reader._transport.pause_reading()  # type: ignore[attr-defined]
    for _ in range(40):
        door.control.tell(big)
        while (await quick.hears())["answer"] != "event":
            pass
    assert door.control.dropped == 1


async def test_a_picture_larger_than_the_pile_drops_nobody(door: Door) -> None:
    """The picture of a thousand machines is more than a mebibyte: whoever reads it slowly still hears what follows."""
    assert door.control is not None
    door.status = {"large": "x" * (3 * server_room.PILE)}
    caller = await door.calls()
    caller.asks(ask="watch")
    await caller.hears()
    door.control.tell(AN_EVENT)
    assert (await caller.hears())["answer"] == "event"
    while (await caller.hears())["answer"] != "status":
        door.control.tell(AN_EVENT)
    door.control.change()
    for _ in range(3):
        door.control.tell(AN_EVENT)
    heard = [(await caller.hears())["answer"] for _ in range(4)]
    assert sorted(map(str, heard)) == ["event", "event", "event", "status"]
    assert door.control.dropped == 0


async def test_the_end_of_the_daemon_takes_the_file_away(door: Door) -> None:
    """Nobody is sent to a door behind which nobody is."""
    caller = await door.calls()
    caller.asks(ask="watch")
    await caller.hears()
    assert door.task is not None
    door.task.cancel()
    await asyncio.wait([door.task], timeout=10)
    assert not door.path.exists()
    assert await caller.hears() == {}


def test_what_a_killed_daemon_left_is_replaced(tmp_path: Path) -> None:
    """A socket file without a process behind it is taken over."""
    path = tmp_path / "control.sock"
    left = listen(path)
    left.close()
    assert path.exists()
    listen(path).close()


def test_a_living_daemon_is_not_pushed_aside(tmp_path: Path) -> None:
    """A second daemon on the same path is refused, and the first still answers."""
    path = tmp_path / "control.sock"
    with listen(path), pytest.raises(ControlTaken, match="another daemon listens there"):
        listen(path)


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    """What is not ours is neither removed nor replaced."""
    path = tmp_path / "control.sock"
    path.write_text("precious", encoding="utf-8")
    with pytest.raises(ControlTaken, match="no socket"):
        listen(path)
    assert path.read_text(encoding="utf-8") == "precious"


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    """The message names the path and what the system says."""
    with pytest.raises(ControlTaken, match=r"nowhere/control\.sock: No such file"):
        listen(tmp_path / "nowhere" / "control.sock")


def test_a_long_path_is_no_obstacle(tmp_path: Path) -> None:
    """The address of a socket has 108 bytes; a deep folder has more."""
    folder = tmp_path / ("d" * 120)
    folder.mkdir()
    path = folder / "control.sock"
    with listen(path), pytest.raises(ControlTaken, match="another daemon"):
        listen(path)
    with pytest.raises(NoAnswerThere):
        Client(path)


def test_where_a_daemon_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service manager's folder, else ours under /run if we may write there, else beside the outbox."""
    monkeypatch.setenv("RUNTIME_DIRECTORY", "/run/one:/run/two")
    assert default_path(tmp_path) == Path("/run/one/control.sock")
    monkeypatch.delenv("RUNTIME_DIRECTORY")
    monkeypatch.setattr("fleetmon.control.address.RUNTIME", tmp_path / "none")
    assert default_path(tmp_path) == tmp_path / "control.sock"
    (tmp_path / "none").mkdir()
    assert default_path(tmp_path) == tmp_path / "none" / "control.sock"


@pytest.mark.parametrize("answer", [b"hello\n", b"[]\n", b'{"answer": "status"}\n', b"", b"{"])
async def test_a_caller_is_not_fooled_by_strangers(tmp_path: Path, answer: bytes) -> None:
    """What answers there and is no daemon, or leaves within a line, is said to be so."""
    path = tmp_path / "control.sock"

    async def stranger(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(answer)
        writer.close()

    async with await asyncio.start_unix_server(stranger, str(path)):

        def ask() -> None:
            with Client(path) as client:
                client.ask("status")

        with pytest.raises(NoAnswerThere, match=r"no fleetmon daemon|has ended"):
            await asyncio.to_thread(ask)


async def test_a_caller_asks_and_watches(door: Door) -> None:
    """The caller that the command line uses: an answer, an error, and a watch without end."""

    def call() -> list[tuple[str, object]]:
        with Client(door.path) as client:
            heard: list[tuple[str, object]] = [client.ask("echo", say="x"), client.ask("echo", refuse=True)]
            watching = client.watch()
            return [*heard, next(watching)]

    answered = await asyncio.to_thread(call)
    assert answered[0] == ("echo", {"who": getpass.getuser(), "said": "x"})
    assert answered[1] == ("error", {"text": "not today"})
    assert answered[2] == ("status", {"number": 0})


def test_nobody_there_is_told_apart_from_no_permission(tmp_path: Path) -> None:
    """No file, and a file that refuses: both are named with the path; only a denied one asks for permissions."""
    with pytest.raises(NoAnswerThere, match=r"control\.sock: No such file") as missing:
        Client(tmp_path / "control.sock")
    assert not missing.value.denied
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "left.sock"))
    with pytest.raises(NoAnswerThere, match="refused"):
        Client(tmp_path / "left.sock")
    denied = NoAnswerThere(tmp_path, PermissionError(13, "Permission denied"))
    assert denied.denied
    assert json.dumps(str(denied)).endswith('Permission denied"')
