"""Printers whose objects were published as JSON: read like walks, and compared with what is known of them otherwise."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.drivers.hearing import HEARD_AT, met_now, published

from fleetmon.decode.dialogue import Value, Varbind
from fleetmon.errors import GarbledReply
from fleetmon.links.walk_file import WalkFile, open_walk
from fleetmon.model.oid import oid

TAGS = {"Integer": 2, "OctetString": 4, "ObjectIdentifier": 6, "Counter32": 65, "Gauge32": 66, "TimeTicks": 67}
BROTHER = "1.3.6.1.4.1.2435."
COMPLETE = ("dcp-1618w", "dcp-7070dw", "dcp-9020cdw", "dcp-l2540dn", "hl-2270dw", "hl-5350dn")


def full(path: Path) -> WalkFile:
    """A dump with a type for each row; addresses, which tell nothing of a printer, are left out."""
    rows = {}
    for entry in json.loads(path.read_text("utf-8")):
        said, tag = entry["value"], TAGS.get(entry["type"])
        if tag is None:
            continue
        name, value = oid(entry["oid"].lstrip(".")), said
        if tag == TAGS["OctetString"]:
            value = bytes.fromhex(entry["hex_value"]) if entry.get("hex_value") else said.encode()
        elif tag == TAGS["ObjectIdentifier"]:
            value = oid(said.lstrip("."))
        else:
            value = int(said)
        rows.setdefault(name, Varbind(name, tag, value))
    return WalkFile(rows)


def private(path: Path) -> WalkFile:
    """A dump of Brother's own objects: texts, records in hexadecimal, and a few standard numbers; null is no object."""
    rows = {}
    for text, said in json.loads(path.read_text("utf-8")).items():
        if said is None:
            continue
        value: Value = b"".join(map(bytes.fromhex, said)) if isinstance(said, list) else said.encode()
        if isinstance(said, str) and said.isdecimal() and not text.startswith(BROTHER):
            value = int(said)
        rows[oid(text)] = Varbind(oid(text), 2 if isinstance(value, int) else 4, value)
    return WalkFile(rows)


@pytest.mark.parametrize(
    ("dump", "walk"),
    [
        ("epson_cw_snmp", "printmaster_epson-cw-c6500au-label"),
        ("kyocera_p2040_snmp", "printmaster_kyocera-p2040dw"),
    ],
)
def test_a_dump_says_what_the_walk_of_the_same_machine_says(captures: Path, dump: str, walk: str) -> None:
    """Two forms of one recording are published alike, word for word."""
    folder = captures / "visible"
    dumped = published(met_now(full(folder / "json-printmaster" / f"{dump}.json")).report, HEARD_AT)
    assert dumped == published(met_now(open_walk(folder / f"{walk}.snmprec")).report, HEARD_AT)
    assert dumped["counters"]


@pytest.mark.parametrize("name", COMPLETE)
def test_brothers_say_who_they_are_and_what_they_printed(captures: Path, name: str) -> None:
    """Model, serial number, firmware and life count, as an independent reading of the same objects has them."""
    expected: dict[str, Any] = json.loads((captures / "expected.json").read_text("utf-8"))["captures"]
    known = expected[f"json-brother/{name}.json"]
    report = met_now(private(captures / "visible" / "json-brother" / f"{name}.json")).report
    who = report.identity
    assert (who.model, who.serial, who.firmware) == (known["model_ieee1284"], known["serial"], known["firmware"])
    assert [(count.marker, count.total) for count in report.counters] == [
        (count["marker"], count["life"]) for count in known["life_counts"]
    ]


@pytest.mark.parametrize("name", ["incomplete", "invalid", "mfc-j680dw"])
def test_private_objects_alone_do_not_make_a_printer(captures: Path, name: str) -> None:
    """Without any standard object there is nothing to recognise a machine by; a real one has sysObjectID."""
    with pytest.raises(GarbledReply):
        met_now(private(captures / "visible" / "json-brother" / f"{name}.json"))
