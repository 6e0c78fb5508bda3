"""`fleetmon check --connect`: the whole round, on settings with a broker, machines that answer and some that do not."""

import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from fleetmon.publish.outbox.lock import StateFile

from .conftest import PRINTER, UPS

Run = Callable[..., Result]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Settings with a machine that answers, and a broker that does not."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "printer.snmprec").write_text(PRINTER)
    (tmp_path / "ups.snmprec").write_text(UPS)
    file = tmp_path / "fleetmon.toml"
    file.write_text(
        f'[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1:{port}"\n[snmp]\ntraps = "off"\n'
        '[[machine]]\nid = "prn1"\nsource = "walk:printer.snmprec"\n'
    )
    return file


def connect(fleetmon: Run, file: Path) -> tuple[int, list[str]]:
    done = fleetmon("check", "--connect", "--settings", str(file), "--state", str(file.parent))
    return done.exit_code, [re.sub(" +", " ", line) for line in (done.stdout + done.stderr).splitlines()]


def test_each_machine_is_asked_once(fleetmon: Run, site: Path) -> None:
    """Those that answer as a machine should are named with what they are; the others with why not. Exit 1."""
    site.write_text(
        site.read_text()
        + '[[machine]]\nid = "ups"\nsource = "walk:ups.snmprec"\n'
        + '[[machine]]\nid = "lam1"\n[[machine.source]]\nurl = "walk:printer.snmprec"\n'
        + '[[machine.source]]\nname = "other"\nurl = "walk:printer.snmprec"\ndriver = "nope"\n'
    )
    code, lines = connect(fleetmon, site)
    assert code == 1
    assert "ok machine prn1: Canon LBP6670, stopped, driver snmp_printer" in lines
    assert any(line.startswith("problem machine ups: not a printer") for line in lines)
    (once,) = [line for line in lines if "lam1" in line]
    assert once.startswith(f"problem {site}:20: machine lam1: no driver is called 'nope'")
    assert any(line.startswith("problem broker 127.0.0.1:") and "refused" in line for line in lines)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            '{ url = "tcp://127.0.0.1:9", driver = "snmp_printer" }',
            "is for machines reached over snmp://, not over tcp://",
        ),
        (
            '{ url = "snmp://127.0.0.1", driver = "zebra_zpl" }',
            "reached over serial://, tcp://, rfc2217://, not over snmp",
        ),
    ],
)
def test_a_driver_that_does_not_fit_its_url_is_told_with_its_line(
    fleetmon: Run, site: Path, source: str, said: str
) -> None:
    """Before anybody is asked."""
    site.write_text(f'{site.read_text()}[[machine]]\nid = "odd"\nsource = {source}\n')
    done = fleetmon("check", "--settings", str(site))
    assert done.exit_code == 1
    assert f"{site}:12: machine odd: driver " in done.stderr
    assert said in done.stderr


def test_the_daemon_s_own_connection_is_left_alone(fleetmon: Run, site: Path) -> None:
    """While it runs no second connection is made under the site's name; everything else is looked at. Exit 0."""
    held = StateFile(site.parent / "site.db.lock")
    try:
        code, lines = connect(fleetmon, site)
    finally:
        held.close()
    assert code == 0, lines
    assert any("the daemon is running" in line for line in lines)
    assert lines[-1].endswith("right. Site lab, machines: 1.") or "right. Site lab" in " ".join(lines)


def test_oddities_are_warnings(fleetmon: Run, site: Path) -> None:
    """What only looks wrong is told on standard error, and the exit code stays 0."""
    (site.parent / "machines.d").mkdir()
    (site.parent / "machines.d" / "prn2.toml~").write_text("")
    done = fleetmon("check", "--settings", str(site))
    assert done.exit_code == 0
    assert "prn2.toml~:1: is not read" in re.sub(" +", " ", done.stderr)
    assert "Site lab, machines: 1" in done.stdout


def test_a_broker_elsewhere_without_tls_is_a_warning(fleetmon: Run, site: Path) -> None:
    """Passport offices' messages do not cross a network in the clear unnoticed."""
    site.write_text(re.sub('mqtt://[^"]*', "mqtt://192.0.2.1", site.read_text()))
    done = fleetmon("check", "--settings", str(site))
    assert done.exit_code == 0
    assert "without TLS" in done.stderr


def test_a_rival_driver_is_told(fleetmon: Run, site: Path, root: Path) -> None:
    """A copy of a shipped driver that takes its machines is named by check and by drivers list."""
    folder = site.parent / "drivers" / "acme_copy"
    folder.mkdir(parents=True)
    text = (root / "drivers" / "snmp_printer" / "driver.toml").read_text().replace('"snmp_printer"', '"acme_copy"')
    (folder / "driver.toml").write_text(text)
    for words in (("check",), ("drivers", "list")):
        done = fleetmon(*words, "--settings", str(site))
        assert done.exit_code == 0, done.stderr
        assert "driver acme_copy is chosen before snmp_printer" in done.stderr


def test_a_mistyped_text_for_operators_is_told_with_its_line(fleetmon: Run, site: Path) -> None:
    """The daemon would refuse it at its start; here it is told with what is allowed."""
    (site.parent / "locale").mkdir()
    (site.parent / "locale" / "en.toml").write_text('[reason.media-jamm]\ntitle = "jam"\n')
    done = fleetmon("check", "--settings", str(site))
    assert done.exit_code == 1
    assert 'en.toml:1: reason.media-jamm: "media-jamm" is no reason' in re.sub(r"\s+", " ", done.stderr)
