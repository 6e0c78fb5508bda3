"""The other commands: settings checked, drivers shown and proven, the contract printed."""

import json
from collections.abc import Callable
from pathlib import Path

from jsonschema import Draft202012Validator
from typer.testing import Result

import fleetmon as package
from fleetmon.publish.contract import PAYLOADS

Run = Callable[..., Result]

GOOD = """\
[site]
id = "lab"

[mqtt]
url = "mqtt://127.0.0.1"

[[machine]]
id = "prn1"
kind = "printer"
source = { url = "snmp://192.0.2.1", driver = "%s" }
"""


def test_version(fleetmon: Run) -> None:
    """The version is the package's."""
    assert fleetmon("--version").stdout == f"fleetmon {package.__version__}\n"


def test_check_says_what_is_right(fleetmon: Run, tmp_path: Path) -> None:
    """Right settings give exit 0 and a line that counts the machines."""
    file = tmp_path / "fleetmon.toml"
    file.write_text(GOOD % "snmp_printer", encoding="utf-8")
    right = fleetmon("check", "--settings", str(file))
    assert right.exit_code == 0
    assert "Site lab, machines: 1" in right.stdout


def test_check_says_what_is_wrong(fleetmon: Run, tmp_path: Path) -> None:
    """A mistake in the settings: exit 1, file and line. A driver nobody has: exit 1 and the machine's name."""
    file = tmp_path / "fleetmon.toml"
    file.write_text(GOOD.replace("kind =", "knid =") % "snmp_printer", encoding="utf-8")
    wrong = fleetmon("check", "--settings", str(file))
    assert wrong.exit_code == 1
    assert f"{file}:9: machine.knid" in wrong.stderr
    assert 'did you mean "kind"' in wrong.stderr
    file.write_text(GOOD % "snmp_prnter", encoding="utf-8")
    unknown = fleetmon("check", "--settings", str(file))
    assert unknown.exit_code == 1
    assert "machine prn1" in unknown.stderr
    assert fleetmon("check", "--settings", str(tmp_path / "none.toml")).exit_code == 1


def test_check_says_which_driver_cannot_be_reached_so(fleetmon: Run, tmp_path: Path) -> None:
    """A driver for another kind of line would never hear its machine."""
    file = tmp_path / "fleetmon.toml"
    file.write_text((GOOD % "snmp_printer").replace("snmp://192.0.2.1", "tcp://192.0.2.1:9100"), encoding="utf-8")
    early = fleetmon("check", "--settings", str(file))
    assert early.exit_code == 1
    assert "machine prn1: driver 'snmp_printer'" in early.stderr


def test_check_finds_a_broken_driver_of_the_site(fleetmon: Run, tmp_path: Path) -> None:
    """A driver folder beside the settings that cannot be loaded is told with its file and line."""
    file = tmp_path / "fleetmon.toml"
    file.write_text(GOOD % "acme", encoding="utf-8")
    folder = tmp_path / "drivers" / "acme"
    folder.mkdir(parents=True)
    (folder / "driver.toml").write_text('name = "acme"\ntitle = "Acme"\nknd = "printer"\n', encoding="utf-8")
    broken = fleetmon("check", "--settings", str(file))
    assert broken.exit_code == 1
    assert f"{folder / 'driver.toml'}:3: knd" in broken.stderr


def test_the_shipped_example_passes(fleetmon: Run, root: Path) -> None:
    """Every shipped settings file that needs no secrets passes the check."""
    assert fleetmon("check", "--settings", str(root / "config" / "fleetmon.minimal.toml")).exit_code == 0


def test_drivers_are_listed_with_their_proof(fleetmon: Run) -> None:
    """Each driver stands in a line with its maturity and the number of its captures by provenance."""
    listed = fleetmon("drivers", "list")
    assert listed.exit_code == 0
    line = next(line for line in listed.stdout.splitlines() if line.startswith("zebra_snmp"))
    assert "experimental" in line
    assert "simulated" in line


def test_a_driver_is_shown_and_proven(fleetmon: Run) -> None:
    """`show` names codes and page, `test` decodes every capture to exactly its expectation."""
    shown = fleetmon("drivers", "show", "zebra_snmp")
    assert shown.exit_code == 0
    assert "marker-print-ribbon-empty" in shown.stdout
    assert "Enabling SNMP" in shown.stdout
    proven = fleetmon("drivers", "test", "zebra_snmp")
    assert proven.exit_code == 0
    assert "FAIL" not in proven.stdout
    assert fleetmon("drivers", "show", "zebra").exit_code == 1


def test_a_wrong_expectation_fails(fleetmon: Run, tmp_path: Path) -> None:
    """A capture that decodes to something else than it expects gives exit 1 and the difference."""
    folder = tmp_path / "acme"
    (folder / "captures").mkdir(parents=True)
    (folder / "driver.toml").write_text(
        'name = "acme"\ntitle = "Acme"\nkind = "printer"\nmaturity = "experimental"\nlink = "snmp"\n', encoding="utf-8"
    )
    capture = folder / "captures" / "idle.toml"
    text = "situation = 'idle'\nprovenance = 'simulated'\nwalk = '''\n1.3.6.1.2.1.1.1.0|4|Acme\n'''\n[expect]\n{}\n"
    capture.write_text(text.format("state = 'idle'"), encoding="utf-8")
    failed = fleetmon("drivers", "test", str(folder))
    assert failed.exit_code == 1
    assert "state: expected 'idle', decoded 'unknown'" in failed.stdout
    capture.write_text(text.format("").replace("walk", "wlak"), encoding="utf-8")
    broken = fleetmon("drivers", "test", str(folder))
    assert broken.exit_code == 1
    assert f"{capture}:3: wlak" in broken.stderr


def test_the_contract_is_printed(fleetmon: Run) -> None:
    """Every type has a schema that an independent validator accepts as one; an unknown type is exit 2 with a hint."""
    schemas = json.loads(fleetmon("schema").stdout)
    assert set(schemas) == set(PAYLOADS)
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    assert json.loads(fleetmon("schema", "fleetmon.state.v1").stdout) == schemas["fleetmon.state.v1"]
    assert fleetmon("schema", "fleetmon.stat.v1").exit_code == 2


def test_the_contract_is_written_to_files(fleetmon: Run, tmp_path: Path) -> None:
    """One file for each message, one for the topics; what cannot be written is said with exit 1."""
    folder = tmp_path / "new" / "schemas"
    assert "files written" in fleetmon("schema", "-o", str(folder)).stdout
    assert {f"{kind}.json" for kind in PAYLOADS} < {path.name for path in folder.iterdir()}
    assert fleetmon("schema", "--asyncapi", "-o", str(tmp_path)).exit_code == 0
    document = (tmp_path / "asyncapi.json").read_text(encoding="utf-8")
    assert document == fleetmon("schema", "--asyncapi").stdout
    assert fleetmon("schema", "-o", str(tmp_path / "asyncapi.json")).exit_code == 1
    assert fleetmon("schema", "fleetmon.state.v1", "--asyncapi").exit_code == 2
