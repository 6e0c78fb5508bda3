"""The units say what they mean to the systemd of Debian 12, and shut the daemon in as tightly as promised."""

import re
import subprocess
from pathlib import Path

import pytest

from .cage import directives

THRESHOLD = 15  # tenths of systemd's exposure level, 0 (safe) to 100
PROMISED = {
    "Type": ["notify"],
    "ExecReload": ["/bin/kill -HUP $MAINPID"],
    "WatchdogSec": ["30"],
    "Restart": ["always"],
    "RestartSec": ["5"],
    "StartLimitIntervalSec": ["0"],
    "RestartPreventExitStatus": ["78"],
    "User": ["fleetmon"],
    "SupplementaryGroups": ["dialout"],
    "ProtectSystem": ["strict"],
    "CapabilityBoundingSet": [""],
    "DevicePolicy": ["closed"],
    "UMask": ["0077"],
    "LimitCORE": ["0"],
}


def copied(units: Path, folder: Path, name: str, *lines: str) -> Path:
    """A unit as it would be installed here: its program exists; `lines` are added to [Service]."""
    text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", (units / name).read_text(), flags=re.MULTILINE)
    copy = folder / name
    copy.write_text(text.replace("[Service]\n", "\n".join(["[Service]", *lines, ""])))
    return copy


def verified(analyze: str, *files: Path) -> str:
    """What `systemd-analyze verify` has to say. Its exit status tells nothing: it ignores what it does not know."""
    done = subprocess.run([analyze, "verify", "--man=no", *files], capture_output=True, text=True, check=False)
    return f"{done.stdout}{done.stderr}"


def test_systemd_understands_every_word(units: Path, tmp_path: Path, analyze: str) -> None:
    """`systemd-analyze verify` prints nothing at all about the service and its socket."""
    files = [copied(units, tmp_path, name) for name in ("fleetmon.service", "fleetmon-traps.socket")]
    assert verified(analyze, *files) == ""


def test_a_word_that_systemd_does_not_know_would_be_seen(units: Path, tmp_path: Path, analyze: str) -> None:
    """The check above can fail: an unknown word is ignored by systemd, but it is printed."""
    assert "Wachdog" in verified(analyze, copied(units, tmp_path, "fleetmon.service", "Wachdog=30"))


def test_the_service_is_what_operations_needs(units: Path) -> None:
    """It restarts for ever but on bad settings, is watched, and runs as a user of its own."""
    said = directives(units / "fleetmon.service")
    assert {key: said[key] for key in PROMISED} == PROMISED
    assert not {"Wants", "Requires", "BindsTo"} & said.keys(), "it starts without network, broker and machines"
    assert "network-online" not in str(said["After"])


def test_only_serial_ports_are_devices_to_it(units: Path) -> None:
    """Nothing else of /dev is open, but what every program has (null, random, a terminal)."""
    said = directives(units / "fleetmon.service")
    assert said["DeviceAllow"] == ["char-ttyS rw", "char-ttyUSB rw", "char-ttyACM rw"]


def test_the_exposure_is_small(units: Path, analyze: str) -> None:
    """`systemd-analyze security` gives at most 1.5 of 10 points."""
    command = [analyze, "security", "--offline=true", f"--threshold={THRESHOLD}", "--no-pager"]
    done = subprocess.run([*command, units / "fleetmon.service"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    level = re.search(r"exposure level for fleetmon.service: ([\d.]+)", done.stdout)
    assert level is not None
    assert float(level[1]) * 10 <= THRESHOLD


def test_the_program_is_where_the_installer_puts_it(units: Path) -> None:
    """Unit and installer agree on the place, and the user is the one sysusers makes."""
    said = directives(units / "fleetmon.service")
    assert said["ExecStart"] == ["/opt/fleetmon/bin/fleetmon run --settings /etc/fleetmon/fleetmon.toml"]
    lines = [line.split() for line in (units / "sysusers.d" / "fleetmon.conf").read_text().splitlines()]
    assert [words[1] for words in lines if words and words[0] == "u"] == said["User"] == said["Group"]
    assert [words[1] for words in lines if words and words[0] == "g"] == said["SupplementaryGroups"]


def test_the_example_s_secrets_are_prepared(root: Path, units: Path) -> None:
    """Every credential that the example settings name is handed over by the unit."""
    named = set(re.findall(r'credential = "([^"]+)"', (root / "config" / "fleetmon.example.toml").read_text()))
    prepared = {value.partition(":")[0] for value in directives(units / "fleetmon.service")["LoadCredential"]}
    assert named
    assert named <= prepared


@pytest.mark.parametrize(
    "name",
    [
        "site.key",
        "mqtt.password",
        "snmp.community",
        "snmp.auth",
        "snmp.priv",
        "alertmanager.password",
        "webhook.secret",
        "apprise.urls",
    ],
)
def test_every_secret_has_a_place_that_may_be_empty(units: Path, name: str) -> None:
    """A credential from a credstore may be missing; one with an absolute path would keep the service from starting."""
    assert f"{name}:fleetmon.{name}" in directives(units / "fleetmon.service")["LoadCredential"]


def test_traps_arrive_on_the_port_that_only_root_may_open(units: Path) -> None:
    """The socket belongs to the service and has the name by which the daemon takes it over."""
    said = directives(units / "fleetmon-traps.socket")
    assert said["ListenDatagram"] == ["162"]
    assert said["FileDescriptorName"] == ["traps"]
    assert said["Service"] == ["fleetmon.service"]
