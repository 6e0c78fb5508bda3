"""What was planted in a recording as a secret does not survive in it, in no form; and machines are read as before."""

import ipaddress
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from fleetmon import catalog
from fleetmon.decode.dialogue import Get, Reply, Varbind, Walk
from fleetmon.decode.printer_mib import mib
from fleetmon.decode.snmp import Pace
from fleetmon.definition import SnmpDefinition
from fleetmon.lab.records.hiding import InSnmp
from fleetmon.lab.records.pseudonyms import Pseudonyms
from fleetmon.lab.records.recordings import parse
from fleetmon.lab.records.redaction import Redactor, Secret
from fleetmon.lab.records.replaying import Known
from fleetmon.lab.records.said import Poll, Said
from fleetmon.lab.records.written import poll_lines
from fleetmon.lab.virtual_time.bridge import converse
from fleetmon.links.walk_file import WalkFile, open_walk
from fleetmon.model.oid import Oid, dotted
from fleetmon.model.plan import SourcePlan
from fleetmon.model.report import NoAnswer, Report
from fleetmon.model.words import Silence
from fleetmon.sources import Manner

DRIVERS = catalog.load()
SYSTEM: Oid = (1, 3, 6, 1, 2, 1, 1)
SERIAL: Oid = (*mib.GENERAL, mib.SERIAL_NUMBER, 1)
CONSOLE: Oid = (*mib.CONSOLE, mib.CONSOLE_TEXT, 1)
MAC: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1, 6)
IP: Oid = (1, 3, 6, 1, 2, 1, 4, 20, 1, 1)
OWN: Oid = (1, 3, 6, 1, 4, 1, 32473, 9)
HEADER = '{"fleetmon-recording": 1, "machine": "m", "link": "snmp", "began": 1.0, "interval_s": 5.0}'

serials = st.from_regex(r"[A-Z]{2}[A-Z0-9]{4,10}[0-9]{2}", fullmatch=True)
names = st.from_regex(r"[a-z]{3,8}-[a-z]{3,6}[0-9]{1,3}", fullmatch=True)
# vowels only: no word of the trade, and nothing that a pseudonym would be by chance
holders = st.from_regex(r"[AEIOUÄÖÉ]{5,9} [AEIOUÄÖÉ]{5,9}", fullmatch=True)
macs = st.binary(min_size=6, max_size=6).filter(lambda octets: len(set(octets)) > 3)
ips = st.one_of(
    st.binary(min_size=3, max_size=3).map(lambda rest: b"\x0a" + rest),
    st.binary(min_size=2, max_size=2).map(lambda rest: b"\xc0\xa8" + rest),
    st.binary(min_size=4, max_size=4).filter(lambda octets: octets[0] not in (0, 127) and octets[0] < 224),
).filter(lambda octets: len(set(octets)) > 2 and not octets.isalpha())  # "text" is a word of the format


def text_forms(secret: str) -> Iterator[bytes]:
    plain = secret.encode()
    for spelt in {plain, plain.upper(), plain.lower()}:
        yield from (spelt, spelt[::-1], spelt.hex().encode(), spelt.hex(" ").upper().encode())
    yield from (secret.encode("utf-16-le"), secret.encode("utf-16-be"))


def octet_forms(secret: bytes) -> Iterator[bytes]:
    yield from (secret, secret[::-1])
    for octets in (secret, secret[::-1]):
        yield from (octets.hex(mark).encode() for mark in ":- .")
        yield from (octets.hex().encode(), octets.hex().upper().encode())
    if len(secret) == 4:
        yield from (".".join(map(str, secret)).encode(), b".".join(b"%03d" % part for part in secret))


def planted(serial: str, name: str, holder: str, mac: bytes, ip: bytes) -> Reply:
    """What a talkative machine says: each secret in its place, and all forms of all of them in longer texts."""
    forms = [form for word in (serial, name, holder) for form in text_forms(word)]
    forms += [*octet_forms(mac), *octet_forms(ip)]
    return (
        Varbind((*SYSTEM, 1, 0), 4, b"Acme ready, SN:%s, on %s" % (serial.encode(), name.upper().encode())),
        Varbind((*SYSTEM, 5, 0), 4, name.encode()),
        Varbind((*MAC, 1), 4, mac),
        Varbind((*IP, *ip), 0x40, ip),
        Varbind(SERIAL, 4, serial.encode() + b"  "),
        Varbind((*CONSOLE, 1), 4, f"Printing {holder}".encode()),
        Varbind((*OWN, 1, *mac, 1), 6, (*OWN, *serial.encode())),
        *(Varbind((*OWN, 2, n), 4, b"<%s>" % form) for n, form in enumerate(forms)),
        *(Varbind((*OWN, 3, n), 4, form) for n, form in enumerate(forms)),
    )


def written(reply: Reply, redactor: Redactor) -> tuple[str, Reply]:
    """The lines of a recording of this reply, and what a reader finds in them."""
    redactor.hear(reply)
    failed = NoAnswer(Silence.TIMEOUT, "nobody")
    said = (Said(0.0, 0.0, Get(tuple(each.oid for each in reply)), reply), Said(0.0, 0.0, Walk(OWN), failed))
    lines = "\n".join(poll_lines(InSnmp(redactor).poll(Poll(1, said, 0.0))))
    found = parse([HEADER, *lines.split("\n")], "it").polls[0].said[0].heard
    assert not isinstance(found, NoAnswer)
    return lines, found


def everything(lines: str, found: Reply) -> bytes:
    """All octets there are: the text of the file, the values, and the arcs of names as octets."""
    oids = [each.oid for each in found] + [each.value for each in found if isinstance(each.value, tuple)]
    arcs = [bytes(arc if arc < 256 else 0 for arc in oid) for oid in oids]
    values = [each.value for each in found if isinstance(each.value, bytes)]
    return b"\n".join([lines.encode(), *arcs, *values])


@given(serials, names, holders, macs, ips, st.binary(min_size=8, max_size=8))
@example("AB123456", "abc-abc1", "AAAAA EEEEE", b"ABCDEF", b"AB.8", b"k" * 8)
@example("CC000000", "aaa-aaa0", "ÄÄÄÄÄ ÉÉÉÉÉ", b"\0\1\2\3\4\0", b"\x0a\0\0\1", b"k" * 8)
def test_no_secret_survives(serial: str, name: str, holder: str, mac: bytes, ip: bytes, key: bytes) -> None:
    """Not in its place, not in a longer text, not in hexadecimal, UTF-16 or reverse, not in the arcs of a name."""
    lines, found = written(planted(serial, name, holder, mac, ip), Redactor(key, DRIVERS.definitions))
    left = everything(lines, found)
    for secret in (serial, name, holder, *holder.split()):
        for form in text_forms(secret):
            assert form.lower() not in left.lower(), secret
    for octets in (mac, ip):
        for form in octet_forms(octets):
            assert form not in left, octets


@given(serials, names, holders, macs, ips)
def test_a_pseudonym_has_the_shape_of_its_secret(serial: str, name: str, holder: str, mac: bytes, ip: bytes) -> None:
    """As many octets of the same type everywhere; the same secret is the same pseudonym in all places."""
    reply = planted(serial, name, holder, mac, ip)
    _, found = written(reply, Redactor(b"key", DRIVERS.definitions))
    assert [each.tag for each in found] == [each.tag for each in reply]
    for one, other in zip(reply, found, strict=True):
        assert len(one.oid) == len(other.oid)
        if isinstance(one.value, bytes) and isinstance(other.value, bytes):
            assert len(one.value) == len(other.value)
    values = {each.oid: each.value for each in found}
    told = values[SERIAL]
    assert isinstance(told, bytes)
    description = values[(*SYSTEM, 1, 0)]
    assert isinstance(description, bytes)
    assert description.startswith(b"Acme ready, SN:%s, on " % told.strip())


@given(st.text(min_size=1, max_size=20), st.binary(min_size=1, max_size=8))
def test_no_letter_stays_in_its_place(secret: str, key: bytes) -> None:
    """A pseudonym of text is text of the same length in octets, and differs wherever there is a letter or a digit."""
    other = Pseudonyms(key).text(secret)
    assert len(other) == len(secret)
    assert len(other.encode()) == len(secret.encode())
    for was, now in zip(secret, other, strict=True):
        assert (was == now) == (was.isascii() and not was.isalnum())


@given(st.integers(-(2**31), 2**40))
def test_a_number_becomes_a_number(secret: int) -> None:
    """As many digits, the same sign but for nought, another one, and 31 bits where it had them."""
    other = Pseudonyms(b"key").number(secret)
    assert other != secret
    assert len(str(abs(other))) == len(str(abs(secret)))
    assert abs(other) < 2**31 or abs(secret) >= 2**31 or secret == -(2**31)


@given(st.binary(max_size=60))
def test_what_holds_no_secret_is_left_alone(octets: bytes) -> None:
    """Where nothing was learnt and nothing looks like a secret, nothing changes."""
    assume(not any(mark in octets.lower() for mark in (b"@", b"s", b":", b"-", b".")))
    assert Redactor(b"key").octets(octets) == octets


def test_words_of_the_trade_stay_on_a_display() -> None:
    """A recording without its displays would teach nobody anything."""
    redactor = Redactor(b"key", DRIVERS.definitions)
    reply = (
        Varbind((*CONSOLE, 1), 4, b"Paper jam in tray 2, open front cover"),
        Varbind((*CONSOLE, 2), 4, b"Printing MUSTERFRAU ERIKA"),
        Varbind((*mib.ALERT, mib.ALERT_DESCRIPTION, 1, 1), 4, b"Job of MUSTERFRAU ERIKA stopped"),
    )
    redactor.hear(reply)
    jam, printing, alert = (each.value for each in redactor.reply(reply))
    assert jam == reply[0].value
    assert isinstance(printing, bytes)
    assert isinstance(alert, bytes)
    assert printing.startswith(b"Printing ")
    assert len(printing) == len(b"Printing MUSTERFRAU ERIKA")
    assert alert == b"Job of %s stopped" % printing.removeprefix(b"Printing ")


ACME = SnmpDefinition.model_validate(
    {"name": "acme", "title": "Acme", "kind": "printer", "maturity": "experimental", "link": "snmp"}
    | {
        "console": [f"{dotted(OWN)}.1.0"],
        "identity": {"name_objects": [f"{dotted(OWN)}.2.0"]},
        "faults": {
            "panel": {
                "oid": f"{dotted(OWN)}.3.0",
                "texts": [{"pattern": "Einzugsklappe", "reason": "cover-open", "severity": "error"}],
            }
        },
        "fault_tables": {
            "alarms": {"entry": f"{dotted(OWN)}.4.1", "columns": [2], "text_column": 3, "codes": {"Papierstau": {}}}
        },
    }
)


def test_a_private_mib_s_displays_are_displays_too() -> None:
    """Where a definition says that a machine shows texts, people are hidden and the driver's own words stay."""
    redactor = Redactor(b"key", [*DRIVERS.definitions, ACME])
    places = [(1, 0), (3, 0), (4, 1, 3, 7)]
    said = [b"Auftrag MUSTERFRAU ERIKA", b"Einzugsklappe MUSTERFRAU ERIKA", b"Papierstau MUSTERFRAU ERIKA"]
    reply = tuple(Varbind((*OWN, *place), 4, text) for place, text in zip(places, said, strict=True))
    named = Varbind((*OWN, 2, 0), 4, b"schalter-drei")
    redactor.hear((*reply, named))
    told = [each.value for each in redactor.reply((*reply, named))]
    assert all(isinstance(each, bytes) and b"MUSTERFRAU" not in each and b"ERIKA" not in each for each in told)
    assert isinstance(told[1], bytes)
    assert told[1].startswith(b"Einzugsklappe ")
    assert isinstance(told[2], bytes)
    assert told[2].startswith(b"Papierstau ")
    assert told[3] != b"schalter-drei"


def test_a_model_s_name_keeps_the_words_that_drivers_know() -> None:
    """A machine whose network name is still its model's is recognised in the recording too."""
    redactor = Redactor(b"key", DRIVERS.definitions)
    reply = (Varbind((*SYSTEM, 1, 0), 4, b"TOSHIBA TEC B-EV4"), Varbind((*SYSTEM, 5, 0), 4, b"TOSHIBA TEC B-EV4"))
    redactor.hear(reply)
    told = redactor.reply(reply)
    assert told[0].value == told[1].value
    assert isinstance(told[0].value, bytes)
    assert told[0].value.startswith(b"TOSHIBA TEC ")
    assert b"EV4" not in told[0].value


@pytest.mark.parametrize("kept", list(Secret))
def test_what_is_kept_stays_and_the_rest_goes(kept: Secret) -> None:
    """Each kind can be kept by itself."""
    redactor = Redactor(b"key", DRIVERS.definitions, keep=[kept])
    redactor.learn(Secret.CREDENTIALS, "geheimnis")
    secrets = {
        Secret.SERIALS: (SERIAL, b"AB123456"),
        Secret.ADDRESSES: ((*MAC, 1), bytes.fromhex("3c2af4bff51b")),
        Secret.NAMES: ((*SYSTEM, 4, 0), b"Jemand, Zimmer 7"),
        Secret.CONSOLES: ((*CONSOLE, 1), b"Printing UIOEA"),
        Secret.CREDENTIALS: ((*OWN, 1), b"the community is geheimnis"),
    }
    reply = tuple(Varbind(oid, 4, value) for oid, value in secrets.values())
    redactor.hear(reply)
    left = {each.oid: each.value for each in redactor.reply(reply)}
    assert {secret for secret, (oid, value) in secrets.items() if left[oid] == value} == {kept}


def test_versions_masks_and_loopback_are_no_addresses() -> None:
    """A firmware version of four numbers is not to be lost; a private address is found wherever it stands."""
    redactor = Redactor(b"key")
    line = b"Net 35.4.32.1, boot 127.0.0.1, mask 255.255.255.0, at 12:30:45, dns 192.168.7.1"
    told = redactor.octets(line)
    assert told.startswith(b"Net 35.4.32.1, boot 127.0.0.1, mask 255.255.255.0, at 12:30:45, dns ")
    assert b"192.168.7.1" not in told
    assert len(told) == len(line)
    assert ipaddress.ip_address(told.rpartition(b" ")[2].decode())


def test_what_a_link_says_of_a_silence_hides_the_host() -> None:
    """The text of an error names who was asked."""
    redactor = Redactor(b"key")
    redactor.learn(Secret.ADDRESSES, "10.20.30.40")
    redactor.learn(Secret.ADDRESSES, "drucker-7.amt.example")
    told = redactor.words("no answer from 10.20.30.40:161 and DRUCKER-7.amt.example to SNMP v2c")
    assert told.startswith("no answer from ")
    assert "10.20.30.40" not in told
    assert "drucker" not in told.lower()


def report_of(rows: Reply) -> Report:
    known = Known({each.oid: each for each in rows})
    manner = Manner(DRIVERS, SourcePlan("main", ""))
    return converse(manner(None, Pace.SLOW), known.ask).report


def judged(report: Report) -> object:
    """What a report says that is no secret."""
    faults = [(fault.key, fault.severity, fault.codes) for fault in report.faults]
    supplies = [(supply.part, supply.kind, supply.level) for supply in report.supplies]
    return report.driver, report.state, faults, supplies, report.inputs and len(report.inputs), report.counters


def test_real_machines_are_read_as_before(captures: Path) -> None:
    """Of every walk of a real printer the redacted one brings the same driver, state, faults, supplies and counts."""
    read = 0
    for file in sorted(captures.glob("visible/*.snmprec")):
        walk: WalkFile = open_walk(file)
        rows = tuple(walk._varbinds[oid] for oid in walk.oids)
        try:
            before = report_of(rows)
        except Exception:  # noqa: BLE001 - not a printer: what it is, is tried elsewhere
            continue
        redactor = Redactor(b"key", DRIVERS.definitions)
        redactor.hear(rows)
        assert judged(report_of(redactor.reply(rows))) == judged(before), file.name
        read += 1
    assert read > 20


def test_a_line_is_plain_ascii_json() -> None:
    """Whatever octets a machine says, anybody's editor shows the file."""
    reply = (Varbind((*OWN, 1), 4, bytes(range(256))), Varbind((*OWN, 2), 6, (1, 3)), Varbind((*OWN, 3), 5, None))
    lines = list(poll_lines(Poll(1, (Said(0.0, 0.0, Walk(OWN), reply),), 0.0)))
    assert all(line.isascii() and json.loads(line) for line in lines)
    assert dotted(OWN) in lines[0]
