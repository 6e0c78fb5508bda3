"""The torture's own books can tell a loss: a judge that always acquits would be no judge."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from bench.torture.books import Books, books
from bench.torture.consumer import Store, Unreadable, read
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.clock import Clock
from fleetmon.model.messages import Event, EventClass
from fleetmon.publish.outbox import Outbox

TOPIC = "fleetmon/v1/torture/up/event"


async def _ten(folder: Path) -> list[bytes]:
    """Ten events in an outbox; their bytes."""
    outbox = await Outbox.open(folder / "site.db", site="torture", clock=Clock(), consumers=["test"])
    async with outbox:
        at = Clock().now()
        await outbox.commit(
            [Event(EventClass.FAULT, "fleetmon.fault.raised.v1", "m1", at, {"n": n}) for n in range(10)]
        )
    with sqlite3.connect(folder / "site.db") as db:
        found = [body for (body,) in db.execute("SELECT body FROM event ORDER BY seq")]
    db.close()
    return found


@pytest.mark.parametrize(
    ("heard", "wanted"),
    [
        (lambda bodies: bodies, {"LOST": 0, "invented": 0, "stored": 10, "duplicates": 0}),
        (lambda bodies: bodies[:4] + bodies[3:], {"LOST": 0, "invented": 0, "stored": 10, "duplicates": 1}),
        (lambda bodies: bodies[:4] + bodies[5:], {"LOST": 1, "invented": 0, "stored": 9, "duplicates": 0}),
        (lambda bodies: [*bodies, bodies[0].replace(b'"n":0', b'"n":7')], {"LOST": 0, "invented": 1, "duplicates": 1}),
        (lambda bodies: [*bodies, bodies[0].replace(b'"seq":"1"', b'"seq":"11"')], {"LOST": 0, "invented": 1}),
        (lambda bodies: [bodies[0].replace(b'"n":0', b'"n":7'), *bodies[1:]], {"LOST": 0, "invented": 1}),
    ],
    ids=["all", "one twice", "one missing", "one twice, other bytes", "one too many", "other bytes"],
)
def test_a_loss_and_an_invention_are_seen(tmp_path: Path, heard: object, wanted: dict[str, int]) -> None:
    """All there, one twice, one missing, one with other bytes, one that nobody committed: each is counted as such."""
    assert callable(heard)
    bodies = asyncio.run(_ten(tmp_path))
    store = Store(tmp_path / "stored.db")
    for body in heard(bodies):
        store.keep([(TOPIC, body)])
    found = books(tmp_path, tmp_path / "stored.db", "torture")
    assert {name: getattr(found, name) for name in wanted} == wanted
    assert found.balanced == (not wanted["LOST"] and not wanted["invented"])


def test_nothing_at_all_is_no_success() -> None:
    """A run in which nothing was stored proves nothing."""
    assert not Books(0, 0, 0, 0, 0, 0, 0, 0, 0.0).balanced


def test_the_consumer_goes_on_behind_what_a_gap_explains(tmp_path: Path) -> None:
    """Sequences 2 to 4 will never come, says event 6: with 1, 5 and 6 it is complete up to 6."""
    bodies = asyncio.run(_ten(tmp_path))
    gap = json.loads(bodies[5]) | {"type": "fleetmon.gap.v1", "data": {"ranges": [[2, 4]]}}
    store = Store(tmp_path / "stored.db")
    store.keep([(TOPIC, bodies[0]), (TOPIC, bodies[4])])
    assert list(store.upto().values()) == [1]
    store.keep([(TOPIC, json.dumps(gap).encode())])
    assert list(store.upto().values()) == [6]


@given(
    st.binary(max_size=300)
    | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(json.dumps).map(str.encode)
)
def test_the_consumer_reads_or_refuses(payload: bytes) -> None:
    """Whatever bytes arrive: an event of the contract, or Unreadable with a reason."""
    with pytest.raises(Unreadable, match=r"."):
        read(TOPIC, payload)


def test_a_test_that_nobody_has_is_refused(root: Path) -> None:
    """A misspelt name runs nothing and says what there is."""
    run = subprocess.run(
        [sys.executable, "-m", "bench.torture", "T99"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 2
    assert "no such test: T99; there are T1 " in run.stderr
