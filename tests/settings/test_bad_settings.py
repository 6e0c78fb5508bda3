"""Each mistake in a settings file is told with its line, its key and what to write instead; all of them at once."""

from pathlib import Path

import pytest

from fleetmon import settings
from fleetmon.errors import SettingsError

SITE = '[site]\nid = "lhr-rpo"\n'
MQTT = '[mqtt]\nurl = "mqtt://127.0.0.1"\n'
GOOD = SITE + MQTT
SHAPES = (
    "snmp://host[:port], serial:///dev/..., tcp://host:port, rfc2217://host:port, modbus+tcp://host[:port], walk:FILE"
)
BROKER = "mqtts://host[:8883] or mqtt://host[:1883]"
REFERENCE = '{ credential = "name" }, { file = "path" } or { env = "NAME" }'


def complaints(folder: Path, text: str, name: str = "fleetmon.toml") -> list[str]:
    """What parse says of a file, without the folder's name."""
    path = folder / name
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        settings.parse(path)
    return str(caught.value).replace(f"{folder}/", "").splitlines()


def machine(source: str) -> str:
    return f'{GOOD}[[machine]]\nid = "prn1"\n[[machine.source]]\n{source}\n'


def line(keys: str) -> str:
    return f'{GOOD}[[machine]]\nid = "prn1"\nsource = "snmp://192.0.2.1"\n[[line]]\nid = "line1"\n{keys}\n'


CASES = {
    # the file as a whole
    "": ["1: site: is missing", "1: mqtt: is missing"],
    "[mqtt]\n" + SITE: ["1: mqtt.url: is missing"],
    GOOD + "[sit]\n": [
        '5: sit: unknown key "sit"; did you mean "site"?',
    ],
    GOOD + "[weather]\n": [
        (
            '5: weather: unknown key "weather"; '
            "allowed here: site, mqtt, snmp, machine, line, work, outbox, log, alerts, notify"
        )
    ],
    "site = 5\n" + MQTT: ["1: site: must be a table"],
    GOOD + "[machine]\n": ["5: machine: must be a list: [ ... ]"],
    # [site]
    '[site]\nid = "LHR"\n' + MQTT: [
        '2: site.id: "LHR" is no id; an id is 2 to 32 small letters, digits and hyphens, not beginning with a hyphen'
    ],
    "[site]\nid = 7\n" + MQTT: [
        "2: site.id: must be 2 to 32 small letters, digits and hyphens, not beginning with a hyphen"
    ],
    SITE + 'timezone = "Asia/Karatchi"\n' + MQTT: [
        '3: site.timezone: "Asia/Karatchi" is no time zone; did you mean "Asia/Karachi"?'
    ],
    SITE + 'timezone = "/etc/passwd"\n' + MQTT: [
        '3: site.timezone: "/etc/passwd" is no time zone; write it as "Asia/Karachi"'
    ],
    SITE + 'shifts = { fri = ["08:00-12:00"] }\n' + MQTT: [
        ('3: site.shifts: local times need a time zone; add timezone = "Asia/Karachi" or your own to [site]')
    ],
    SITE + 'timezone = "UTC"\n[site.shifts]\nmon-thr = ["08:00-16:00"]\n' + MQTT: [
        '5: site.shifts.mon-thr: "mon-thr" is no day or range of days; write "fri" or "mon-thu"; did you mean "thu"?'
    ],
    SITE + 'timezone = "UTC"\nshifts.mon-mon = ["08:00-16:00"]\n' + MQTT: [
        '4: site.shifts.mon-mon: "mon-mon" is one day; write "mon"'
    ],
    SITE + 'timezone = "UTC"\nshifts.fri = ["8-12", "09:00", "25:00-26:00", "08:00-08:00", 5]\n' + MQTT: [
        '4: site.shifts.fri: "8" is no time of day; write it as "08:30"',
        '4: site.shifts.fri: "09:00" is no period of the day; write it as "08:00-16:00"',
        '4: site.shifts.fri: "25:00" is no time of day; write it as "08:30"',
        '4: site.shifts.fri: "08:00-08:00" is empty; a whole day is "00:00-24:00"',
        '4: site.shifts.fri: must be a period of the day, "08:00-16:00"',
    ],
    SITE + 'timezone = "UTC"\nshifts.mon-tue = ["08:00-16:00"]\nshifts.tue = ["15:00-18:00"]\n' + MQTT: [
        "4: site.shifts: on tue a shift ends after the next has begun"
    ],
    SITE + 'timezone = "UTC"\nshifts.sun = ["22:00-06:00"]\nshifts.mon = ["05:00-12:00"]\n' + MQTT: [
        "4: site.shifts: on sun a shift ends after the next has begun"
    ],
    SITE + 'timezone = "UTC"\nbreaks = [{ start = "12:30", end = "12:15", tolerance = 10 }]\n' + MQTT: [
        '4: site.breaks.tolerance: must be a duration with its unit, "0s" to "2h"'
    ],
    SITE
    + 'timezone = "UTC"\nbreaks = [\n{ start = "12:30", end = "13:00" },\n{ start = "12:30", end = "12:15" }]\n'
    + MQTT: ["6: site.breaks.end: must be after start"],
    SITE + '[site.holidays]\ncountry = "Pakistan"\n' + MQTT: [
        '4: site.holidays.country: "Pakistan" is no country code of ISO 3166; did you mean "PK"?'
    ],
    SITE + '[site.holidays]\ncountry = "pk"\nclosed = ["2026-03-20"]\n' + MQTT: [
        '4: site.holidays.country: "pk" is no country code of ISO 3166; did you mean "PK"?',
        "5: site.holidays.closed: must be a date, without quotes: 2026-03-20",
    ],
    SITE + '[site.holidays]\nsubdivision = "PB"\nclosed = [2026-03-20]\nopen = [2026-03-20]\n' + MQTT: [
        "4: site.holidays.subdivision: needs country beside it",
        "6: site.holidays.open: 2026-03-20 is also listed as closed",
    ],
    SITE + '[site.holidays]\ncountry = "PK"\nsubdivision = "PB"\n' + MQTT: [
        "5: site.holidays.subdivision: no part of PK is known to have holidays of its own; leave it out"
    ],
    SITE + '[site.holidays]\ncountry = "GB"\nsubdivision = "SC"\n' + MQTT: [
        '5: site.holidays.subdivision: "SC" is no part of GB with holidays of its own; did you mean "SCT"?'
    ],
    # [[site.seasons]]
    SITE + '[[site.seasons]]\nname = "Ramadan"\nfrom = 2027-02-08\nto = 2027-02-07\nshifts = {}\n' + MQTT: [
        "6: site.seasons.to: must not be before from"
    ],
    SITE + '[[site.seasons]]\nname = "Ramadan"\nfrom = "2027-02-08"\n[site.seasons.shift]\nfri = ["9-12"]\n' + MQTT: [
        "3: site.seasons.to: is missing",
        "3: site.seasons.shifts: is missing",
        "5: site.seasons.from: must be a date, without quotes: 2026-03-20",
        '6: site.seasons.shift: unknown key "shift"; did you mean "shifts"?',
    ],
    SITE
    + '[[site.seasons]]\nname = "R"\nfrom = 2027-02-08\nto = 2027-02-08\n[site.seasons.shifts]\n'
    + 'fri = ["09:00-12:00", "11:00-13:00"]\n[[site.seasons.breaks]]\nstart = "10:00"\nend = "10:00"\n'
    + MQTT: ["11: site.seasons.breaks.end: must be after start"],
    SITE
    + '[[site.seasons]]\nname = "R"\nfrom = 2027-02-08\nto = 2027-02-08\n[site.seasons.shifts]\n'
    + 'fri = ["09:00-12:00", "11:00-13:00"]\n'
    + MQTT: ["7: site.seasons.shifts: on fri a shift ends after the next has begun"],
    SITE + '[[site.seasons]]\nname = "R"\nfrom = 2027-02-08\nto = 2027-02-08\nshifts = {}\n' + MQTT: [
        '3: site.seasons: local times need a time zone; add timezone = "Asia/Karachi" or your own to [site]',
        "3: site.seasons: replace the usual hours: without [site.shifts] there are none",
    ],
    # [mqtt]
    SITE + '[mqtt]\nurl = "mqtt://user:hunter2@broker"\n': [
        (f"4: mqtt.url: carries a user or password, which everybody would see; write {BROKER}, secrets by reference")
    ],
    SITE + '[mqtt]\nurl = "http://broker"\n': [f"4: mqtt.url: is no address of a broker; write {BROKER}"],
    SITE + '[mqtt]\nurl = "mqtts://broker:99999"\n': ["4: mqtt.url: has no valid port; ports are 1 to 65535"],
    SITE + '[mqtt]\nurl = "mqtts://broker/path"\n': [f"4: mqtt.url: is no address; write {BROKER}"],
    SITE + '[mqtt]\nurl = "mqtts://bro ker"\n': [f"4: mqtt.url: names no host; write {BROKER}"],
    GOOD + "heartbeat = 30\n": ['5: mqtt.heartbeat: must be a duration with its unit, "1s" to "10m"'],
    GOOD + 'heartbeat = "30"\n': [
        ('5: mqtt.heartbeat: is no duration; write a number and a unit: "250ms", "5s", "10m", "2h", "7d", "8w"')
    ],
    GOOD + 'heartbeat = "2h"\n': ['5: mqtt.heartbeat: must be between "1s" and "10m"'],
    GOOD + 'ack = "hq"\n': ['5: mqtt.ack: must be "broker" or a list of consumers: ["hq"]'],
    GOOD + "ack = []\n": ['5: mqtt.ack: must be "broker" or a list of consumers: ["hq"]'],
    GOOD + 'root = "a/+/b"\n': [
        "5: mqtt.root: must be topic levels joined by /, without + # $ and spaces, none of them empty"
    ],
    GOOD + 'key = { file = "k.pem" }\nca = "ca.pem"\npassword = { env = "P" }\n': [
        "5: mqtt.key: needs certificate beside it",
        "5: mqtt.key: needs mqtts://",
        "6: mqtt.ca: needs mqtts://",
        "7: mqtt.password: needs username beside it",
    ],
    SITE + '[mqtt]\nurl = "mqtt://192.0.2.1"\nusername = "u"\npassword = { env = "P" }\n': [
        "6: mqtt.password: would cross the network readable; use mqtts://"
    ],
    # secrets
    GOOD + 'password = "hunter2"\n': [f"5: mqtt.password: no secret may stand in the settings; write {REFERENCE}"],
    GOOD + "password = 12345\n": [f"5: mqtt.password: must be {REFERENCE}"],
    GOOD + 'password = { fiel = "x" }\n': ['5: mqtt.password: unknown key "fiel"; did you mean "file"?'],
    GOOD + 'password = { file = "x", env = "Y" }\n': [
        f"5: mqtt.password: needs exactly one of credential, file, env; write {REFERENCE}"
    ],
    GOOD + "password = {}\n": [f"5: mqtt.password: needs exactly one of credential, file, env; write {REFERENCE}"],
    GOOD + "password = { file = 5 }\n": ["5: mqtt.password: file must be text in quotes, not empty"],
    GOOD + 'password = { credential = "../x" }\n': [
        "5: mqtt.password: a credential's name has letters, digits, dots, hyphens and underscores, no folder"
    ],
    GOOD + 'key = { env = "KEY" }\n': [
        '5: mqtt.key: a private key must be a file; write { credential = "name" } or { file = "path" }'
    ],
    # [snmp]
    GOOD + '[snmp]\ntraps = "everywhere"\n': ['6: snmp.traps: names no port; write ":1162", "127.0.0.1:1162" or "off"'],
    GOOD + '[snmp.profile.office]\nversion = "2"\ncommunity = "geheim"\n': [
        '6: snmp.profile.office.version: "2" is not allowed; did you mean "2c"?',
        (
            "7: snmp.profile.office.community: no secret may stand in the settings; "
            f'write {REFERENCE}, or the word "public"'
        ),
    ],
    GOOD + "[snmp.profile.office]\nversion = 2\n": [
        "6: snmp.profile.office.version: this kind of value is not allowed; allowed here: 1, 2c, 3"
    ],
    GOOD + '[snmp.profile.Office]\nversion = "1"\n': [
        (
            '5: snmp.profile.Office: "Office" is no id; '
            "an id is 1 to 48 small letters, digits and hyphens, not beginning with a hyphen"
        )
    ],
    GOOD + '[snmp.profile.old]\nuser = "u"\nauth = "sha256"\n': [
        '6: snmp.profile.old.user: is for version = "3"; version 2c has only community',
        '7: snmp.profile.old.auth: is for version = "3"; version 2c has only community',
    ],
    GOOD + '[snmp.profile.v3]\nversion = "3"\ncommunity = "public"\npriv = "aes128"\n': [
        "5: snmp.profile.v3.user: is missing; version 3 needs it",
        "7: snmp.profile.v3.community: is for versions 1 and 2c; version 3 has user, auth and priv",
        "8: snmp.profile.v3.priv: needs priv_password beside it",
        "8: snmp.profile.v3.priv: needs auth as well (RFC 3414)",
    ],
    GOOD + '[snmp.profile.v3]\nversion = "3"\nuser = "u"\nauth = "sha"\n': [
        '8: snmp.profile.v3.auth: "sha" is not allowed; did you mean "sha1"?'
    ],
    # [[machine]]
    GOOD + '[[machine]]\nid = "prn1"\n': ["5: machine.source: is missing"],
    GOOD + '[[machine]]\nid = "prn1"\nsource = []\n': ["7: machine.source: must not be empty"],
    GOOD + '[[machine]]\nid = "Prn_1"\nsource = "snmp://h"\n': [
        (
            '6: machine.id: "Prn_1" is no id; '
            "an id is 1 to 48 small letters, digits and hyphens, not beginning with a hyphen"
        )
    ],
    GOOD + '[[machine]]\nid = "prn1"\nkind = "printr"\nsource = "snmp://h"\n': [
        '7: machine.kind: "printr" is not allowed; did you mean "printer"?'
    ],
    GOOD + '[[machine]]\nid = "prn1"\nname = "\\u001b[2J"\nsource = "snmp://h"\n': [
        "7: machine.name: must be 1 to 80 printable characters"
    ],
    GOOD + '[[machine]]\nid = "prn1"\nsource = "snmp://h"\n' + '[[machine]]\nid = "prn1"\nsource = "snmp://i"\n': [
        '9: machine.id: "prn1" is given twice; first at fleetmon.toml:6'
    ],
    GOOD + '[[machine]]\nid = "prn1"\nsource = "ftp://h"\n': [
        f"7: machine.source: is no address of a machine; write {SHAPES}"
    ],
    machine('urll = "snmp://h"'): [
        "7: machine.source.url: is missing",
        '8: machine.source.urll: unknown key "urll"; did you mean "url"?',
    ],
    machine('url = "snmp://public@192.0.2.1"'): [
        (
            "8: machine.source.url: carries a user or password, which everybody would see; "
            "write snmp://host or snmp://host:port, secrets by reference"
        )
    ],
    machine('url = "snmp://192.0.2.1?community=x"'): [
        "8: machine.source.url: is no address; write snmp://host or snmp://host:port"
    ],
    machine('url = "snmp://"'): ["8: machine.source.url: names no host; write snmp://host or snmp://host:port"],
    machine('url = "snmp://[::zz]"'): ["8: machine.source.url: names no host; write snmp://host or snmp://host:port"],
    machine('url = "snmp://h:0"'): ["8: machine.source.url: has no valid port; ports are 1 to 65535"],
    machine('url = "tcp://h"\ndriver = "x"'): ["8: machine.source.url: names no port; write tcp://host:port"],
    machine('url = "serial://dev/ttyS0"\ndriver = "x"'): [
        "8: machine.source.url: names no device; write serial:///dev/ttyUSB0, with three slashes"
    ],
    machine('url = "walk:"'): ["8: machine.source.url: names no file; write walk:FILE"],
    machine('url = "serial:///dev/ttyS0"'): [
        "7: machine.source.driver: is missing; only snmp:// machines can be probed, serial needs a driver"
    ],
    machine('url = "serial:///dev/ttyS0"\ndriver = "Omron"'): [
        '9: machine.source.driver: must be the name of a driver, "snmp_printer"'
    ],
    machine('url = "tcp://h:1"\ndriver = "x"\nprofile = "office"\n[snmp.profile.office]'): [
        "10: machine.source.profile: is for snmp:// only, not for tcp"
    ],
    machine('url = "snmp://h"\nserial.baud = 9600\nmodbus_unit = 1'): [
        "9: machine.source.serial: is for serial://, tcp:// and rfc2217:// only",
        "10: machine.source.modbus_unit: is for Modbus only",
    ],
    machine('url = "tcp://h:1"\ndriver = "x"\nserial = { baud = "9600", parity = "evn", data_bits = 9 }'): [
        "10: machine.source.serial.baud: must be a whole number, without quotes",
        "10: machine.source.serial.data_bits: this kind of value is not allowed; allowed here: 7, 8",
        '10: machine.source.serial.parity: "evn" is not allowed; did you mean "even"?',
    ],
    machine('url = "modbus://h"\ndriver = "x"\nmodbus_unit = 1\nunit = "1"'): [
        "11: machine.source.unit: is for serial://, tcp:// and rfc2217:// only"
    ],
    machine('url = "tcp://h:1"\ndriver = "x"\nhandshake = "none"\nserial.handshake = "rts"'): [
        '10: machine.source.handshake: unknown key "handshake"; it stands in serial = { ... }',
        '11: machine.source.serial.handshake: "rts" is not allowed; did you mean "rts-cts"?',
    ],
    machine('url = "socket://h:1"\ndriver = "x"\nmodbus_unit = 1\nunit = "7"'): [
        "11: machine.source.unit: and modbus_unit name the machine in two ways; Modbus drivers take modbus_unit"
    ],
    machine('url = "tcp://h:1"\ndriver = "x"\nunit = " 7"'): [
        "10: machine.source.unit: must be 1 to 64 letters, digits, spaces, dots, hyphens and underscores"
    ],
    machine('url = "snmp://h"\nprofile = "ofice"\n[snmp.profile.office]'): [
        '9: machine.source.profile: there is no profile "ofice"; did you mean "office"?'
    ],
    machine('url = "snmp://h"\nprofile = "office"'): [
        '9: machine.source.profile: there is no profile "office"; add [snmp.profile.office]'
    ],
    machine('url = "snmp://h"\ninterval = "5ms"\ncounter = { marker = 0, per_document = true }'): [
        '9: machine.source.interval: must be between "100ms" and "1h"',
        "10: machine.source.counter.marker: must be at least 1",
        "10: machine.source.counter.per_document: must be a whole number, without quotes",
    ],
    machine('url = "snmp://h"\n[[machine.source]]\nurl = "snmp://i"'): [
        "7: machine.source: every source after the first needs a name"
    ],
    machine('url = "snmp://h"\n[[machine.source]]\nurl = "snmp://i"\nname = "main"'): [
        '7: machine.source: two sources are named "main"'
    ],
    # [[line]]
    line("stages = []"): ["10: line.stages: must not be empty"],
    line("stages = [[]]"): ["10: line.stages: must not be empty"],
    line('stages = ["prn1"]'): ["10: line.stages: must be a list: [ ... ]"],
    line('stages = [\n["prn1"],\n["prn2"]]'): ['12: line.stages: no machine has the id "prn2"; did you mean "prn1"?'],
    line('stages = [["prn1"],\n["prn1"]]'): [
        '11: line.stages: machine "prn1" already stands in a line, at fleetmon.toml:10'
    ],
    line('stages = [["prn1"]]\nbuffers = [20]'): ["11: line.buffers: needs 0 numbers, one between each two stages"],
    line('stages = [["prn1"]]\nbuffers = [-1]'): ["11: line.buffers: must be at least 0"],
    line('stages = [["prn1"]]\n[[line]]\nid = "line1"\nstages = [["x"]]'): [
        '12: line.id: "line1" is given twice; first at fleetmon.toml:9',
        '13: line.stages: no machine has the id "x"; allowed here: prn1',
    ],
    # the rest
    GOOD + '[outbox]\ncap = "512MB"\n': [
        '6: outbox.cap: is no size; write a whole number and a unit: "64KiB", "512MiB", "2GiB"'
    ],
    GOOD + '[outbox]\ncap = "1KiB"\nkeep = 7\n': [
        '6: outbox.cap: must be between "1MiB" and "1TiB"',
        '7: outbox.keep: must be a duration with its unit, "0s" to "52w"',
    ],
    GOOD + '[outbox]\ncap = "100MiB"\n': ["5: outbox.keep_size: must not be more than cap"],
    GOOD + '[log]\nlevel = "verbose"\nformat = true\n': [
        '6: log.level: "verbose" is not allowed; allowed here: debug, info, warning, error',
        "7: log.format: this kind of value is not allowed; allowed here: auto, json, text",
    ],
    GOOD + '[alerts.stall]\nfalse_alarms = "few"\nlongest = "1m"\n': [
        "6: alerts.stall.false_alarms: must be a number, without quotes"
    ],
    GOOD + '[alerts.stall]\nlongest = "1m"\n': ["6: alerts.stall.longest: must not be less than shortest"],
    # what belongs elsewhere is sent there
    machine('url = "snmp://192.0.2.1"\ncommunity = "office"'): [
        (
            '9: machine.source.community: unknown key "community"; it stands in an [snmp.profile.NAME], '
            'and the source names that: profile = "NAME"'
        )
    ],
    machine('url = "snmp://192.0.2.1"\nport = 161'): [
        '9: machine.source.port: unknown key "port"; it is part of the url: url = "snmp://192.0.2.11"'
    ],
    GOOD + '[[machine]]\nid = "prn1"\nurl = "snmp://192.0.2.1"\nsource = "snmp://192.0.2.1"\n': [
        '7: machine.url: unknown key "url"; it belongs to the source: source = { url = "snmp://192.0.2.11", ... }'
    ],
}


@pytest.mark.parametrize(("text", "expected"), CASES.items(), ids=range(len(CASES)))
def test_a_mistake_is_told_with_its_place_and_its_remedy(tmp_path: Path, text: str, expected: list[str]) -> None:
    """The exact words for each bad input."""
    assert complaints(tmp_path, text) == [f"fleetmon.toml:{each}" for each in expected]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    """A file with mistakes of every kind gives the whole list, so that it is mended in one round."""
    text = (
        '[site]\nid = "X"\n[mqtt]\nurl = "mqtt://b"\nheartbeat = 3\n'
        '[[machine]]\nid = "a"\nsource = { url = "snmp://h", profile = "p" }\nknd = "printer"\n'
        '[[machine]]\nid = "a"\nsource = "x"\n[[line]]\nid = "l"\nstages = [["b"]]\n'
    )
    found = complaints(tmp_path, text)
    assert [each.split(": ")[:2] for each in found] == [
        ["fleetmon.toml:2", "site.id"],
        ["fleetmon.toml:5", "mqtt.heartbeat"],
        ["fleetmon.toml:8", "machine.source.profile"],
        ["fleetmon.toml:9", "machine.knd"],
        ["fleetmon.toml:11", "machine.id"],
        ["fleetmon.toml:12", "machine.source"],
        ["fleetmon.toml:15", "line.stages"],
    ]


def test_a_complaint_is_one_line_whatever_a_key_holds(tmp_path: Path) -> None:
    """A key may hold newlines and escape sequences; a terminal must not get them."""
    assert complaints(tmp_path, GOOD + '"a\\nb\\u001b[2J" = 1\n') == [
        (
            r'fleetmon.toml:5: mqtt.a\nb\x1b[2J: unknown key "a\nb\x1b[2J"; '
            "allowed here: url, ca, certificate, key, tls_minimum, username, password, client_id, root, ack, "
            "heartbeat, keepalive, properties, session_expiry"
        )
    ]


def test_a_secret_in_the_wrong_place_is_never_repeated(tmp_path: Path) -> None:
    """Whatever is wrong about a pasted password, the message does not carry it on."""
    for wrong in (
        'password = "hunter2"',
        'password = { file = "x", pass = "hunter2" }',
        'pasword = "hunter2"',
        'ca = ["hunter2"]',
        '[snmp.profile.p]\ncommunity = ["hunter2"]',
        '[[machine]]\nid = "m"\nsource = "snmp://u:hunter2@h"',
    ):
        path = tmp_path / "fleetmon.toml"
        path.write_text(GOOD + wrong)
        with pytest.raises(SettingsError) as caught:
            settings.load(path, environ={})
        assert "hunter2" not in str(caught.value)
        assert caught.value.__context__ is None, "a chained error would print the values it refused"
