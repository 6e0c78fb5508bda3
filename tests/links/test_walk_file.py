"""A recording asked like a machine."""

from pathlib import Path

import pytest

from fleetmon.decode.dialogue import Get, Varbind, Walk, oid
from fleetmon.errors import DriverError, GarbledReply
from fleetmon.links.walk_file import open_walk


@pytest.fixture
def walk(tmp_path):
    """Four values, one of them outside the table."""
    path = tmp_path / "printer.snmprec"
    path.write_text("1.3.6.1.2.1.1.1.0|4|A\n1.3.6.1.4.1.10.2|2|3\n1.3.6.1.4.1.10.1|5|\n1.3.6.1.4.1.100.1|2|4\njunk\n")
    return open_walk(path)


async def test_get_answers_what_exists_in_the_order_asked(walk):
    """Missing objects are simply not there; NULL is a value the machine sent."""
    asked = (oid("1.3.6.1.4.1.10.2"), oid("1.3.6.1.9"), oid("1.3.6.1.4.1.10.1"), oid("1.3.6.1.2.1.1.1.0"))
    assert await walk.ask(Get(asked)) == (
        Varbind(asked[0], 2, 3),
        Varbind(asked[2], 5, None),
        Varbind(asked[3], 4, b"A"),
    )


async def test_walk_answers_below_the_root_only(walk):
    """10 is not a prefix of 100, and the root itself is not below the root."""
    rows = await walk.ask(Walk(oid("1.3.6.1.4.1.10")))
    assert [row.oid[-1] for row in rows] == [1, 2]
    assert await walk.ask(Walk(oid("1.3.6.1.4.1.10.1"))) == ()


async def test_a_walk_is_bounded(tmp_path):
    """2 000 rows are an answer, 2 001 are not."""
    path = tmp_path / "big.snmprec"
    path.write_text("".join(f"1.3.6.1.4.{n}|2|{n}\n" for n in range(2_001)) + "1.3.6.1.5.1|2|1\n")
    link = open_walk(path)
    with pytest.raises(GarbledReply, match=r"1\.3\.6\.1\.4 has more than 2000 rows"):
        await link.ask(Walk(oid("1.3.6.1.4")))
    path.write_text("".join(f"1.3.6.1.4.{n}|2|{n}\n" for n in range(2_000)))
    assert len(await open_walk(path).ask(Walk(oid("1.3.6.1.4")))) == 2_000


def test_junk_is_remarked_upon(walk):
    """`probe` can tell the person what of the file was not used."""
    assert [remark.rpartition("/")[2] for remark in walk.remarks] == [
        "printer.snmprec:5: left out: 'junk' is not OID|tag|value"
    ]


def test_a_missing_file_is_an_error_with_its_name(tmp_path):
    """The text starts with file and line like every error about a file."""
    with pytest.raises(DriverError, match=r"none\.walk:1: cannot be read: No such file"):
        open_walk(tmp_path / "none.walk")


def test_a_file_without_end_is_refused() -> None:
    """What is larger than any walk, or never ends, gives an error instead of all memory."""
    with pytest.raises(DriverError, match="larger than 32 MiB"):
        open_walk(Path("/dev/zero"))
