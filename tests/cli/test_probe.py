"""`fleetmon probe`: what a person, a script and a settings file get from one machine, and what each mistake gets."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from fleetmon import settings

from .conftest import PRINTER, TWO_PRINTERS, UPS

Run = Callable[..., Result]
Recording = Callable[[str], str]

STATE_KEYS = (
    "machine state contact headline asleep faults console notices counters supplies inputs kind identity driver "
    "sources uptime_s observed_at valid_for_s as_of_seq"
).split()


def test_the_page_explains_the_machine(fleetmon: Run, recording: Recording) -> None:
    """A person reads who it is, its state with the cause, its counter and its supplies."""
    page = fleetmon("probe", recording(PRINTER))
    assert page.exit_code == 0
    for words in ("Canon LBP6670", "SIM0001", "stopped: media-jam", "1234 sheets", "42 %", "said as jammed"):
        assert words in page.stdout


def test_json_is_the_state_payload(fleetmon: Run, recording: Recording) -> None:
    """A script gets the payload of `up/state/{machine}`, of a machine without an id."""
    data = json.loads(fleetmon("probe", "--json", recording(PRINTER)).stdout)
    assert list(data) == STATE_KEYS
    assert data["machine"] is None
    assert data["state"] == "stopped"
    assert data["headline"] == "media-jam"
    assert data["counters"] == {"produced": {"total": 1234, "unit": "sheets"}}
    assert data["supplies"][0]["percent"] == 42.0
    assert data["uptime_s"] == 3600.0


def test_raw_output_is_a_recording(fleetmon: Run, recording: Recording, tmp_path: Path) -> None:
    """What --raw prints can be probed again and gives the same report."""
    first = json.loads(fleetmon("probe", "--json", recording(PRINTER)).stdout)
    again = tmp_path / "again.snmprec"
    again.write_text(fleetmon("probe", "--raw", recording(PRINTER)).stdout, encoding="utf-8")
    second = json.loads(fleetmon("probe", "--json", f"walk:{again}").stdout)
    for data in (first, second):
        del data["observed_at"], data["sources"], data["faults"][0]["since"]
    assert first == second


def test_the_machine_to_paste_is_a_right_setting(fleetmon: Run, recording: Recording, tmp_path: Path) -> None:
    """The `[[machine]]` at the end of the page, pasted below a site and a broker, passes as settings."""
    page = fleetmon("probe", recording(PRINTER)).stdout
    pasted = page[page.index("[[machine]]") :]
    file = tmp_path / "fleetmon.toml"
    file.write_text(f'[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1"\n{pasted}', encoding="utf-8")
    machine = settings.load(file).plan().machines[0]
    assert machine.id == "canon-lbp6670"
    assert machine.sources[0].driver == "snmp_printer"


def test_what_is_no_printer_is_refused_with_the_reason(fleetmon: Run, recording: Recording) -> None:
    """Exit 1, and the reason names what was seen; a driver named by hand overrules it."""
    refused = fleetmon("probe", recording(UPS))
    assert refused.exit_code == 1
    assert "not a printer" in refused.stderr
    assert "1.3.6.1.4.1.318.1.3.27" in refused.stderr
    assert fleetmon("probe", "--driver", "snmp_printer", recording(UPS)).exit_code == 0


def test_several_printers_are_listed(fleetmon: Run, recording: Recording) -> None:
    """Exit 1 with the choices; with --device the chosen one is heard and stands in the settings to paste."""
    unclear = fleetmon("probe", recording(TWO_PRINTERS))
    assert unclear.exit_code == 1
    assert "device = 3: Lane 3" in unclear.stderr
    assert "device = 7: Lane 7" in unclear.stderr
    chosen = fleetmon("probe", "--device", "7", recording(TWO_PRINTERS))
    assert chosen.exit_code == 0
    assert "SIM0007" in chosen.stdout
    assert "device = 7" in chosen.stdout
    assert fleetmon("probe", "--device", "5", recording(TWO_PRINTERS)).exit_code == 1


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["printer"], "is no address of a machine"),
        (["snmp://user:word@192.0.2.1"], "carries a user or password"),
        (["tcp://192.0.2.1:9100"], "name its driver with --driver NAME"),
        (["walk:/nowhere/at-all"], "cannot be read"),
        (["--auth-password", "longenough", "snmp://192.0.2.1"], "need --user"),
        (["--user", "monitor", "--community", "office", "snmp://192.0.2.1"], "are for versions 1 and 2c"),
        (["--user", "monitor", "--auth-password", "short", "snmp://192.0.2.1"], "at least 8 characters"),
        (["--user", "monitor", "--priv-password", "longenough", "snmp://192.0.2.1"], "needs --auth-password"),
    ],
)
def test_wrong_usage_is_explained(fleetmon: Run, words: list[str], complaint: str) -> None:
    """Exit 2 with one readable text, nothing asked of any machine."""
    wrong = fleetmon("probe", *words)
    assert wrong.exit_code == 2
    assert complaint in wrong.stderr


def test_a_profile_that_is_not_there(fleetmon: Run, tmp_path: Path) -> None:
    """A profile is looked up in the settings; a file that cannot be read at all is told with its line and exit 78."""
    file = tmp_path / "fleetmon.toml"
    file.write_text('[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1"\n', encoding="utf-8")
    words = ("probe", "--profile", "office", "--settings", str(file), "snmp://192.0.2.1")
    missing = fleetmon(*words)
    assert missing.exit_code == 2
    assert "[snmp.profile.office]" in missing.stderr
    file.write_text('[site]\nid = "lab\n', encoding="utf-8")
    wrong = fleetmon(*words)
    assert wrong.exit_code == 78
    assert f"{file}:2: not valid TOML" in wrong.stderr


def test_a_profile_needs_nothing_but_itself(fleetmon: Run, recording: Recording, tmp_path: Path) -> None:
    """Whoever probes by hand has not the service's credentials, and perhaps no finished settings."""
    file = tmp_path / "fleetmon.toml"
    file.write_text(
        '[site]\nid = "LAB"\n[mqtt]\nurl = "mqtts://h"\nkey = { credential = "none" }\n'
        '[snmp.profile.office]\ncommunity = { file = "community" }\n'
        '[snmp.profile.other]\ncommunity = { credential = "nowhere" }\n',
        encoding="utf-8",
    )
    words = ("--settings", str(file), recording(PRINTER))
    (tmp_path / "community").write_text("office\n")
    (tmp_path / "community").chmod(0o600)
    assert fleetmon("probe", "--profile", "office", *words).exit_code == 0
    refused = fleetmon("probe", "--profile", "other", *words)
    assert refused.exit_code == 78
    assert f"{file}:9: snmp.profile.other.community: credential nowhere" in refused.stderr
    assert "by hand: fleetmon probe --help" in refused.stderr


def test_an_environment_is_no_option(fleetmon: Run, recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables that stand in a profile of the shell get in nobody's way: they count only where they are of use."""
    monkeypatch.setenv("FLEETMON_COMMUNITY", "office")
    monkeypatch.setenv("FLEETMON_AUTH_PASSWORD", "longenough")
    assert fleetmon("probe", recording(PRINTER)).exit_code == 0
    assert fleetmon("probe", "--user", "monitor", recording(PRINTER)).exit_code == 0
    page = fleetmon("probe", recording(PRINTER)).stdout
    assert "[snmp.profile.office]" in page, "the community of the environment was used"


def test_a_driver_beside_the_settings_is_found_by_its_name(fleetmon: Run, recording: Recording, tmp_path: Path) -> None:
    """Also where the settings are not in /etc; and so do the commands about drivers."""
    folder = tmp_path / "drivers" / "acme"
    folder.mkdir(parents=True)
    text = 'name = "acme"\ntitle = "Acme"\nkind = "printer"\nmaturity = "experimental"\nlink = "snmp"\n'
    (folder / "driver.toml").write_text(text, encoding="utf-8")
    file = str(tmp_path / "fleetmon.toml")
    probed = fleetmon("probe", "--settings", file, "--driver", "acme", recording(PRINTER))
    assert probed.exit_code == 0, probed.stderr
    assert "acme" in probed.stdout
    assert fleetmon("drivers", "show", "--settings", file, "acme").exit_code == 0
    assert "acme" in fleetmon("drivers", "list", "--settings", file).stdout
    assert fleetmon("drivers", "show", "acme").exit_code == 1


def test_an_unknown_driver_is_named_with_what_there_is(fleetmon: Run, recording: Recording) -> None:
    """Exit 1 and the nearest name."""
    wrong = fleetmon("probe", "--driver", "snmp_printr", recording(PRINTER))
    assert wrong.exit_code == 1
    assert 'did you mean "snmp_printer"' in wrong.stderr


def test_silence_is_undetermined(fleetmon: Run) -> None:
    """A machine that does not answer gives exit 3 and tells what was tried."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        silent = fleetmon("probe", f"snmp://127.0.0.1:{mute.getsockname()[1]}")
    assert silent.exit_code == 3
    assert "127.0.0.1" in silent.stderr
    assert silent.stdout == ""


@pytest.mark.parametrize("options", [[], ["--json"], ["--raw"]])
def test_a_terminal_without_utf_8_is_no_obstacle(recording: Recording, options: list[str]) -> None:
    """Texts in the panel's language come as escapes where the terminal knows only ASCII; JSON stays JSON."""
    url = recording(PRINTER.replace("Black Toner", "Schwarz größe"))
    ascii_only = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-m", "fleetmon.cli", "probe", *options, url]
    shown = subprocess.run(command, capture_output=True, env=ascii_only, timeout=60, check=False)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.isascii()
    if options == ["--json"]:
        assert json.loads(shown.stdout)["supplies"][0]["description"] == "Schwarz größe"
