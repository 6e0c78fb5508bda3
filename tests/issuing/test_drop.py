"""The file of an issuing system, whatever stands in its place."""

import os
from pathlib import Path

from fleetmon.issuing.drop import Seen, look
from fleetmon.publish.command_payloads import Reason
from fleetmon.publish.work import LARGEST_FILE, Unbelieved


def seen(path: Path) -> Seen:
    found = look(path)
    assert isinstance(found, Seen)
    return found


def test_a_file_is_read_with_its_age(tmp_path: Path) -> None:
    """Its octets and when it was written; as long as nothing changes there is nothing to read again."""
    path = tmp_path / "waiting.json"
    path.write_bytes(b'{"waiting": 1}')
    os.utime(path, (1_000_000_000, 1_000_000_000))
    found = seen(path)
    assert (found.content, found.written_at) == (b'{"waiting": 1}', 1_000_000_000.0)
    assert look(path, found.mark) is None


def test_every_change_shows(tmp_path: Path) -> None:
    """Another time, another length, another file renamed into its place with the same time and length."""
    path, beside = tmp_path / "waiting.json", tmp_path / "waiting.json.new"
    path.write_bytes(b"1")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    marks = [seen(path).mark]
    os.utime(path, (1_000_000_000, 1_000_000_001))
    marks.append(seen(path).mark)
    path.write_bytes(b"22")
    os.utime(path, (1_000_000_000, 1_000_000_001))
    marks.append(seen(path).mark)
    beside.write_bytes(b"33")
    os.utime(beside, (1_000_000_000, 1_000_000_001))
    beside.rename(path)
    marks.append(seen(path).mark)
    assert len(set(marks)) == 4
    assert isinstance(look(path, marks[2]), Seen)


def test_of_a_huge_file_no_more_is_read_than_shows_that_it_is(tmp_path: Path) -> None:
    """One octet beyond the limit."""
    path = tmp_path / "waiting.json"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    assert len(seen(path).content) == LARGEST_FILE + 1


def test_what_is_no_file_holds_nobody_up(tmp_path: Path) -> None:
    """A pipe without a writer, a folder, a device, nothing at all, a name too long, a link that leads to itself."""
    pipe, loop = tmp_path / "pipe", tmp_path / "loop"
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    for path in (pipe, tmp_path, Path("/dev/zero")):
        assert look(path) == Unbelieved(Reason.MALFORMED, "it is no file")
    for path, why in (
        (tmp_path / "none", "No such file or directory"),
        (tmp_path / ("x" * 300), "File name too long"),
        (loop, "Too many levels of symbolic links"),
        (tmp_path / "none" / "x", "No such file or directory"),
    ):
        assert look(path) == Unbelieved(Reason.MALFORMED, f"it cannot be read: {why}")


def test_nothing_stays_open(tmp_path: Path) -> None:
    """Whatever was looked at, and however it ended."""
    (tmp_path / "good").write_bytes(b"1")
    before = set(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for name in ("good", ".", "none"):
        look(tmp_path / name)
    assert set(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
