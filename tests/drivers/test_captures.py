"""The walks of real devices, decoded from their files and over the wire, against an independent decoding of each.

Three ways lead to the same published state: the file itself, and an agent that is not ours (snmpsim) asked in v2c and
in v1. What is published must hold every fact of the expectation, and nothing that no fact says.
"""

import json
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Literal

import pytest

from fleetmon.conversation import converse
from fleetmon.decode.snmp import Pace, poll
from fleetmon.errors import GarbledReply
from fleetmon.links.snmp import SnmpLink
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.links.walk_file import open_walk

from . import excuses, judge, mib_again
from .conftest import Compare
from .hearing import Json, choose_driver, met, published

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "captures"
WALKS = sorted(path.name for path in (FOLDER / "visible").glob("*.snmprec"))
NEGATIVES = [name for name in WALKS if name.startswith("negative_")]
PRINTERS = [name for name in WALKS if name not in NEGATIVES]


@lru_cache
def expectations() -> dict[str, Json]:
    """The independent decoding of every walk, by file name."""
    found = json.loads((FOLDER / "expected.json").read_text("utf-8"))["captures"]
    return {name: entry for name, entry in found.items() if name.endswith(".snmprec")}


@pytest.fixture(autouse=True)
def _captures(captures: Path) -> None:
    """Nothing here can be tested without the captures."""


def test_every_walk_has_an_expectation_and_every_expectation_a_walk() -> None:
    """No capture is left out because nobody says what it holds."""
    assert sorted(expectations()) == WALKS
    assert {name for name, entry in expectations().items() if not entry["is_printer"]} == {*NEGATIVES}


@pytest.mark.parametrize("name", PRINTERS)
async def test_what_is_published_holds_every_fact(name: str, compared: Compare) -> None:
    """Model, serial, counts, error bits, alert rows, supplies and inputs are all there, and nothing else is."""
    path, entry = FOLDER / "visible" / name, expectations()[name]
    told = published((await met(open_walk(path))).report)
    facts = list(judge.facts(entry, told, mib_again.recorded(path.read_text("latin-1"))))
    assert [fact for fact in facts if not fact.agrees] == []
    assert judge.uncompared(entry, facts) == Counter()
    assert judge.invented(entry, told) == []
    for fact in facts:
        compared(fact.path, fact.expected is None)


async def test_every_kind_of_fact_is_compared_or_excused() -> None:
    """A new key of the expectation breaks this test; so does an excuse that excuses nothing any more."""
    kinds, seen = set(), set()
    for name in PRINTERS:
        entry = expectations()[name]
        told = published((await met(open_walk(FOLDER / "visible" / name))).report)
        kinds |= {path for path, _ in judge.leaves(entry)}
        seen |= {fact.path for fact in judge.facts(entry, told, "")}
    used = {judge.excused(path) for path in kinds} - {None}
    assert {path for path in kinds if not judge.excused(path)} <= seen
    assert used == {*excuses.NOT_PUBLISHED}


@pytest.mark.parametrize("version", ["2c", "1"])
@pytest.mark.parametrize("name", PRINTERS)
async def test_the_wire_says_what_the_file_says(
    name: str, version: Literal["1", "2c"], snmpsim: tuple[str, int], snmp_socket: SnmpSocket
) -> None:
    """An agent with the same objects, asked in v2c or in v1, leads to the same published state, and goes on to."""
    host, port = snmpsim
    link = SnmpLink(snmp_socket, host, port, community=name.removesuffix(".snmprec"), version=version)
    known = await met(link)
    from_the_file = published((await met(open_walk(FOLDER / "visible" / name))).report)
    assert published(known.report) == from_the_file
    for pace in Pace:
        known = await converse(poll(choose_driver, known, pace), link)
        assert published(known.report) == from_the_file


@pytest.mark.parametrize("name", NEGATIVES)
async def test_what_is_no_printer_is_refused_with_a_reason(
    name: str, snmpsim: tuple[str, int], snmp_socket: SnmpSocket, compared: Compare
) -> None:
    """Hosts with print queues, projectors, UPSes and sensors are no printers, from the file and on the wire alike."""
    host, port = snmpsim
    words = expectations()[name]["sysDescr"].rstrip()
    for link in (
        open_walk(FOLDER / "visible" / name),
        SnmpLink(snmp_socket, host, port, community=name.removesuffix(".snmprec")),
    ):
        with pytest.raises(GarbledReply) as refusal:
            await met(link)
        assert str(refusal.value).startswith("not a printer: ")
        assert words[:20] in str(refusal.value)
    compared("is_printer", False)
