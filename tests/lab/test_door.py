"""The local door of a simulated office: who finds it, who may open it, what is said there."""

import asyncio
import json
import os
import socket
import stat
from pathlib import Path

import pytest

from fleetmon.lab.stage import whereabouts
from fleetmon.lab.stage.orders import LONGEST_LINE, ask, open_door
from fleetmon.lab.stage.whereabouts import NoOffice, Ticket


@pytest.fixture(autouse=True)
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person without any other office."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path / "fleetmon-lab"


def echo(line: str) -> dict[str, object]:
    return {"ok": True, "heard": line.strip()}


async def asked(path: Path, order: dict[str, object]) -> dict[str, object]:
    return await asyncio.to_thread(ask, path, order)


@pytest.mark.parametrize("name", ["demo.sock", "demo.door"])
async def test_an_order_is_answered_and_nobody_else_may_open_the_door(mine: Path, name: str) -> None:
    """By socket and by token alike: found without being named, 0600, and nothing is left behind."""
    whereabouts.folder()
    async with open_door(mine / name, echo) as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(mine.stat().st_mode) == 0o700
        assert await asyncio.to_thread(whereabouts.choose, None) == path
        told = await asked(path, {"machine": "prn1", "do": "show"})
        assert json.loads(str(told["heard"])) == {"machine": "prn1", "do": "show"}
    assert not path.exists()


async def test_a_wrong_token_opens_nothing(mine: Path) -> None:
    """Whoever only knows the port is not let in."""
    whereabouts.folder()
    async with open_door(mine / "demo.door", echo) as path:
        port = whereabouts.read_ticket(path).port
        wrong = mine / "other.door"
        whereabouts.write_ticket(wrong, Ticket(port, "guessed"))
        told = await asked(wrong, {"do": "show"})
        assert told == {"ok": False, "error": "this is not the token"}


async def test_without_an_office_the_way_to_start_one_is_shown() -> None:
    """The error says what to type, also where a killed office left its socket."""
    with pytest.raises(NoOffice, match="fleetmon simulate run showroom"):
        whereabouts.choose(None)
    left = whereabouts.folder() / "demo.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as killed:
        killed.bind(str(left))
    with pytest.raises(NoOffice, match="no simulated office runs"):
        whereabouts.choose(None)
    with pytest.raises(NoOffice, match="has ended"):
        ask(left, {})
    with pytest.raises(NoOffice, match="no simulated office runs there"):
        ask(left.with_name("none.sock"), {})
    async with open_door(whereabouts.free("demo"), echo) as path:
        assert path == left, "what nobody answers at is cleared away"


async def test_of_two_offices_one_must_be_named() -> None:
    """Two of one name stand side by side, and both sockets are listed."""
    async with open_door(whereabouts.free("demo"), echo) as one:
        second = await asyncio.to_thread(whereabouts.free, "demo")
        async with open_door(second, echo):
            with pytest.raises(NoOffice) as error:
                await asyncio.to_thread(whereabouts.choose, None)
            assert f"--socket {one}" in str(error.value)
            assert f"--socket {second}" in str(error.value)
            assert whereabouts.choose(second) == second


async def test_what_is_somebody_elses_is_not_touched(tmp_path: Path) -> None:
    """A file that is no socket stays; a path that is too long or a folder that is not there is said in words."""
    file = tmp_path / "notes.sock"
    file.write_text("mine")
    for path, why in [
        (file, "it is no socket"),
        (tmp_path / ("x" * 120), "may have 107 bytes"),
        (tmp_path / "no" / "such.sock", "No such file"),
    ]:
        with pytest.raises(NoOffice, match=why):
            async with open_door(path, echo):
                pass
    assert file.read_text() == "mine"


async def test_garbage_is_answered_in_words(tmp_path: Path) -> None:
    """A line without end, and a caller who leaves in the middle, cost nobody anything."""
    async with open_door(tmp_path / "d.sock", echo) as path:
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"x" * (LONGEST_LINE + 2))
        assert "at most" in json.loads(await reader.readline())["error"]
        writer.close()
        _, gone = await asyncio.open_unix_connection(path)
        gone.write(b"{")
        gone.close()
        assert (await asked(path, {"do": "show"}))["ok"]


def test_a_stranger_at_the_address_is_no_office(tmp_path: Path) -> None:
    """An answer that is no JSON object is not taken for one, and neither is a token file of something else."""
    broken = tmp_path / "x.door"
    broken.write_text("[]")
    with pytest.raises(NoOffice, match="no simulated office"):
        ask(broken, {})


@pytest.mark.skipif(os.name == "nt", reason="folders belong to nobody there")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder for all users, a link in the place of one's own folder is not followed."""
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / f"fleetmon-lab-{os.getuid()}").symlink_to(tmp_path)
    with pytest.raises(NoOffice, match="belongs to somebody else"):
        whereabouts.folder()
