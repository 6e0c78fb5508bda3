"""What a good settings file becomes, and how the files of a site are put together."""

from datetime import date
from pathlib import Path

import pytest

from fleetmon import settings
from fleetmon.errors import SettingsError
from fleetmon.model.address import SHAPES
from fleetmon.model.plan import Break, CounterChoice, Handshake, Parity, SerialChoice, Shift, StallLimits
from fleetmon.model.words import MachineKind
from fleetmon.settings import BrokerUrl, Listen, Settings

GOOD = '[site]\nid = "lhr-rpo"\n[mqtt]\nurl = "mqtt://127.0.0.1"\n'


def parsed(folder: Path, text: str) -> Settings:
    path = folder / "fleetmon.toml"
    path.write_text(text)
    return settings.parse(path)


def refused(path: Path) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        settings.parse(path)
    return str(caught.value).replace(f"{path.parent}/", "").splitlines()


def test_the_example_is_true(root: Path) -> None:
    """The example parses, and its plan says what its comments say."""
    example = settings.parse(root / "config" / "fleetmon.example.toml")
    plan = example.plan()
    assert plan.site == example.client_id == "lhr-rpo"
    assert plan.calendar.timezone == "Asia/Karachi"
    assert plan.calendar.shifts == (
        Shift((0, 1, 2, 3), 480, 960),
        Shift((4,), 480, 750),
        Shift((4,), 870, 1020),
    )
    assert plan.calendar.breaks == (Break((0, 1, 2, 3), 750, 795, 600.0),)
    assert (plan.calendar.country, plan.calendar.closed) == ("PK", {date(2026, 12, 24)})
    assert [machine.id for machine in plan.machines] == ["prn1", "prn2", "lam1"]
    assert plan.machines[0].sources[0].counter == CounterChoice(marker=1, per_document=1)
    assert plan.machines[1].sources[0].interval_s == 10.0
    heater, tower = plan.machines[2].sources
    assert (heater.name, heater.serial, heater.modbus_unit) == ("main", SerialChoice(baud=9600, parity=Parity.EVEN), 1)
    assert (tower.name, tower.url) == ("tower", "modbus+tcp://192.0.2.21")
    assert plan.lines[0].stages == (("prn1", "prn2"), ("lam1",))
    assert plan.line_of("lam1") == "line1"
    assert example.mqtt.url == BrokerUrl("broker.example", 8883, tls=True)
    assert example.mqtt.ack == ("hq",)
    assert example.work.file is None
    assert example.mqtt.key is not None


def test_the_file_of_the_issuing_system_is_where_the_example_says(root: Path, tmp_path: Path) -> None:
    """What the example leaves as a comment is right as well; a relative path has no place to start from."""
    lines = (root / "config" / "fleetmon.example.toml").read_text().splitlines()
    begin = lines.index("# [work]")
    text = GOOD + "\n".join(line.removeprefix("# ") for line in lines[begin : begin + 2])
    assert parsed(tmp_path, text).work.file == Path("/var/lib/issuing/waiting.json")
    (tmp_path / "fleetmon.toml").write_text(f'{GOOD}[work]\nfile = "waiting.json"\n')
    said = 'fleetmon.toml:6: work.file: must be an absolute path, "/var/lib/issuing/waiting.json"'
    assert refused(tmp_path / "fleetmon.toml") == [said]


def test_a_line_machine_is_taken_as_it_is_written(tmp_path: Path) -> None:
    """Its name on the line and the setting of the line reach the plan; what is not given is left to the driver."""
    source = (
        '{ url = "socket://h:4001", driver = "x", unit = "PR 2", serial = { handshake = "rts-cts", timeout = "2s" } }'
    )
    plan = parsed(tmp_path, f'{GOOD}[[machine]]\nid = "a"\nsource = {source}\n').plan()
    (found,) = plan.machines[0].sources
    assert (found.unit, found.serial) == ("PR 2", SerialChoice(handshake=Handshake.RTS_CTS, timeout_s=2.0))


def test_the_example_names_the_defaults_it_says_it_does(root: Path, tmp_path: Path) -> None:
    """Below "What follows are the defaults" stand exactly the defaults."""
    example = settings.parse(root / "config" / "fleetmon.example.toml")
    plain = parsed(tmp_path, GOOD)
    assert (example.outbox, example.log, example.alerts) == (plain.outbox, plain.log, plain.alerts)
    assert example.snmp.traps == plain.snmp.traps == Listen("", 1162)


def test_the_least_is_enough(root: Path) -> None:
    """A site, a broker and one machine with one address make a working site; everything else has a default."""
    least = settings.load(root / "config" / "fleetmon.minimal.toml", environ={})
    (machine,) = least.plan().machines
    (source,) = machine.sources
    assert (machine.id, machine.kind) == ("prn1", MachineKind.OTHER)
    assert (source.name, source.url, source.driver, source.interval_s) == ("main", "snmp://192.0.2.11", None, 5.0)
    assert least.profile(source.profile).version == "2c"
    assert least.profile(source.profile).community_text == "public"
    assert least.mqtt.url == BrokerUrl("127.0.0.1", 1883, tls=False)
    assert least.mqtt.ack == ()
    assert least.plan().heartbeat_s == 30.0
    assert least.plan().stall == StallLimits()
    assert least.plan().calendar.timezone == "UTC"
    assert least.outbox.cap == 512 * 1024 * 1024


@pytest.mark.parametrize(
    "source",
    [
        'source = "snmp://192.0.2.1"',
        'source = { url = "snmp://192.0.2.1" }',
        '[machine.source]\nurl = "snmp://192.0.2.1"',
        '[[machine.source]]\nurl = "snmp://192.0.2.1"',
        'source = [{ url = "snmp://192.0.2.1" }]',
    ],
)
def test_one_source_may_be_written_as_is_shortest(tmp_path: Path, source: str) -> None:
    """A URL, a table and a list of one table mean the same."""
    machine = parsed(tmp_path, f'{GOOD}[[machine]]\nid = "prn1"\n{source}\n').machines[0]
    assert machine.sources[0].url == "snmp://192.0.2.1"


def test_a_profile_of_the_name_default_is_for_those_who_name_none(tmp_path: Path) -> None:
    """`[snmp.profile.default]` takes the place of version 2c with public."""
    plain = parsed(tmp_path, GOOD + '[snmp.profile.default]\nversion = "1"\ncommunity = "public"\n')
    assert plain.profile(None).version == "1"
    assert plain.profile("default").version == "1"


def test_the_files_of_machines_d_add_machines_and_lines(tmp_path: Path) -> None:
    """They are read in the order of their names, after the main file; a line may name machines of any file."""
    folder = tmp_path / "machines.d"
    folder.mkdir()
    (folder / "20-line.toml").write_text('[[line]]\nid = "line1"\nstages = [["a"], ["b"], ["c"]]\n')
    (folder / "10-b.toml").write_text(
        '[[machine]]\nid = "b"\nsource = "snmp://h"\n[[machine]]\nid = "c"\nsource = "snmp://i"\n'
    )
    (folder / ".10-b.toml.swp.toml").write_text("not for us")
    (folder / "readme.txt").write_text("nor this")
    plan = parsed(tmp_path, GOOD + '[[machine]]\nid = "a"\nsource = "snmp://g"\n').plan()
    assert [machine.id for machine in plan.machines] == ["a", "b", "c"]
    assert plan.line_of("c") == "line1"


def test_a_mistake_in_machines_d_is_told_with_that_file_and_its_line(tmp_path: Path) -> None:
    """The place is the file's own, also where a mistake lies between two files."""
    folder = tmp_path / "machines.d"
    folder.mkdir()
    main = tmp_path / "fleetmon.toml"
    main.write_text(GOOD + '[[machine]]\nid = "a"\nsource = "snmp://g"\n')
    (folder / "b.toml").write_text(
        '[[machine]]\nid = "b"\nsource = "snmp://h"\n\n[[machine]]\nid = "a"\nsource = "x://y"\n'
    )
    (folder / "c.toml").write_text('[mqtt]\nurl = "mqtt://h"\n[line]\nid = "l"\n[machin]\n')
    assert refused(main) == [
        'machines.d/b.toml:6: machine.id: "a" is given twice; first at fleetmon.toml:6',
        f"machines.d/b.toml:7: machine.source: is no address of a machine; write {SHAPES}",
        "machines.d/c.toml:1: mqtt: does not belong in machines.d; allowed here: machine, line",
        "machines.d/c.toml:3: line: must be written [[line]], with two brackets",
        'machines.d/c.toml:5: machin: does not belong in machines.d; did you mean "machine"?',
    ]


def test_an_unreadable_file_does_not_make_its_machines_unknown(tmp_path: Path) -> None:
    """One typing mistake in a file of machines is one complaint, not one for each line that names them."""
    folder = tmp_path / "machines.d"
    folder.mkdir()
    main = tmp_path / "fleetmon.toml"
    main.write_text(GOOD + 'ack = 5\n[[line]]\nid = "l"\nstages = [["b"]]\n')
    (folder / "b.toml").write_text('[[machine]\nid = "b"\n')
    assert refused(main) == [
        "machines.d/b.toml:1: not valid TOML: Expected ']]' at the end of an array declaration",
        'fleetmon.toml:5: mqtt.ack: must be "broker" or a list of consumers: ["hq"]',
    ]


def test_files_that_cannot_be_read_are_told_as_such(tmp_path: Path) -> None:
    """Missing, a folder, not UTF-8, too large: each has its words, none is an exception of Python's."""
    path = tmp_path / "fleetmon.toml"
    assert refused(path) == ["fleetmon.toml:1: cannot be read: No such file or directory"]
    path.write_bytes(GOOD.encode() + b'name = "M\xfcnchen"\n')
    assert refused(path) == ["fleetmon.toml:5: is not UTF-8 text; save the file as UTF-8"]
    path.write_bytes(b"#" * (5 << 20))
    assert refused(path) == ["fleetmon.toml:1: is larger than 4 MiB"]
    path.unlink()
    path.mkdir()
    assert refused(path) == ["fleetmon.toml:1: cannot be read: Is a directory"]
    path.rmdir()
    path.write_text(GOOD)
    (tmp_path / "machines.d").write_text("")
    assert refused(path) == ["machines.d:1: cannot be read: Not a directory"]


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    """Editors on Windows put one before the text."""
    path = tmp_path / "fleetmon.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert settings.parse(path).site.id == "lhr-rpo"


def test_a_walk_is_taken_from_the_folder_of_the_settings(tmp_path: Path) -> None:
    """A relative path means the same wherever the daemon was started; whether the file is there, load says."""
    path = tmp_path / "fleetmon.toml"
    text = GOOD + '[[machine]]\nid = "prn1"\nsource = "walk:prn1.walk"\n'
    assert parsed(tmp_path, text).plan().machines[0].sources[0].url == f"walk:{tmp_path}/prn1.walk"
    with pytest.raises(SettingsError) as caught:
        settings.load(path, environ={})
    assert str(caught.value) == (
        f"{path}:7: machine.source.url: {tmp_path}/prn1.walk cannot be read: No such file or directory"
    )
    (tmp_path / "prn1.walk").write_text("")
    assert settings.load(path, environ={}).plan().machines[0].sources[0].url == f"walk:{tmp_path}/prn1.walk"


def test_drivers_of_the_site_stand_beside_its_settings(tmp_path: Path) -> None:
    """The folder is named whether or not it is there."""
    assert parsed(tmp_path, GOOD).drivers_folder == tmp_path / "drivers"


def test_settings_do_not_change(tmp_path: Path) -> None:
    """What was read is what holds until the next reload; equal files give equal settings."""
    plain = parsed(tmp_path, GOOD)
    with pytest.raises(ValueError, match="frozen"):
        plain.mqtt.root = "x"
    assert plain == parsed(tmp_path, GOOD)


def test_the_network_can_be_closed_to_traps(tmp_path: Path) -> None:
    """Traps may be awaited on every address, on one, or not at all."""
    assert parsed(tmp_path, GOOD + '[snmp]\ntraps = "off"').snmp.traps is None
    assert parsed(tmp_path, GOOD + '[snmp]\ntraps = "127.0.0.1:162"').snmp.traps == Listen("127.0.0.1", 162)
    assert parsed(tmp_path, GOOD + '[snmp]\ntraps = "[::1]:162"').snmp.traps == Listen("::1", 162)


@pytest.mark.parametrize("text", ["off", ":1162", "127.0.0.1:162", "[::1]:162"])
def test_an_address_to_listen_on_is_written_back(text: str) -> None:
    """Listen.write and Listen.parse are inverse."""
    assert Listen.write(Listen.parse(text)) == text


def test_a_password_may_go_to_a_broker_on_this_computer_in_the_clear(tmp_path: Path) -> None:
    """On loopback nothing crosses a network."""
    for host in ("localhost", "127.0.0.2", "[::1]"):
        text = f'[site]\nid = "lhr-rpo"\n[mqtt]\nurl = "mqtt://{host}"\nusername = "u"\npassword = {{ env = "P" }}\n'
        assert parsed(tmp_path, text).mqtt.username == "u"
