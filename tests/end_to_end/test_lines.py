"""A whole site with machines on lines of bytes: faults reach the monitoring room, an adapter that was pulled is found
again, and a reload or a broken driver touches nobody else."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .conftest import SITE, Ground, Office, eventually

LAMINATOR = """
name = "own_laminator"
title = "A laminator of the site's own driver"
kind = "laminator"
maturity = "experimental"
link = "serial"
protocol = "lapis"
[line]
baud = 19200
framing = "cr"
[read]
heat = { ask = "<ESC>T<CR>", reply = '(?P<heat>[0-9]+)' }
"""


@contextmanager
def on_lines(*machines: str) -> Iterator[Office]:
    """Simulated machines on ptys and ports, in a process of their own."""
    named = [word for machine in machines for word in ("--machine", machine)]
    process = subprocess.Popen(
        [sys.executable, "-m", "fleetmon.simulators.serial_device", "--idle", "--commands", *named],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    told = [json.loads(process.stdout.readline()) for _ in machines]
    office = Office(process, {each["machine"]: each.get("port", 0) for each in told})
    try:
        yield office
    finally:
        office.stop()


def settings(ground: Ground, port: int, **sources: str) -> Path:
    """The settings file of a site with these machines."""
    file = ground.folder / "fleetmon.toml"
    head = f'[site]\nid = "{SITE}"\n[mqtt]\nurl = "mqtt://127.0.0.1:{port}"\nheartbeat = "2s"\n[log]\nformat = "json"\n'
    machines = [f'[[machine]]\nid = "{name}"\nsource = {{ {source} }}\n' for name, source in sources.items()]
    file.write_text(head + '[snmp]\ntraps = "off"\n' + "".join(machines), encoding="utf-8")
    return file


def test_a_site_of_machines_on_lines(ground: Ground) -> None:
    """Label printers on a serial port and behind a device server, a laminator with a driver of the site's own."""
    broker = ground.broker()
    broker.start()
    listener = ground.listener(broker)
    usb, roller = ground.folder / "usb", ground.folder / "roller"
    labels, film = f"label=zebra_label_printer:pty:{usb}", f"film=lapis_laminator:pty:{roller}"
    own = ground.folder / "drivers" / "own_laminator"
    own.mkdir(parents=True)
    (own / "driver.toml").write_text(LAMINATOR.replace("<ESC>T<CR>", "<ESC>T175<CR>"), encoding="utf-8")
    with on_lines(film, "remote=zebra_label_printer:rfc2217") as others:
        sources = {
            "label": f'url = "serial://{usb}", driver = "zebra_zpl", interval = "200ms"',
            "remote": f'url = "rfc2217://127.0.0.1:{others.ports["remote"]}", driver = "zebra_zpl", interval = "200ms"',
            "film": f'url = "serial://{roller}", driver = "own_laminator", interval = "200ms"',
        }
        daemon = ground.daemon(broker, {})
        settings(ground, broker.port, **sources)
        with on_lines(labels) as office:
            daemon.start()
            for name in ("label", "remote"):
                eventually(lambda name=name: listener.latest(f"state/{name}").get("contact") == "live", 20, name)
            office.do("label", "raise", fault="head-open")
            faults = eventually(lambda: listener.latest("state/label").get("faults"), 10, "the open head is told")
            assert [each["reason"] for each in faults] == ["cover-open"]  # type: ignore[attr-defined]
            office.do("label", "clear")
            eventually(lambda: listener.latest("state/label").get("faults") == [], 10, "and that it is closed")
            refused = daemon.said("machine cannot be asked")
            assert [each["machine"] for each in refused] == ["film"]
            assert "own_laminator/driver.toml:" in str(refused[0]["why"])
        (own / "driver.toml").write_text(LAMINATOR, encoding="utf-8")
        assert daemon.process is not None
        daemon.process.send_signal(signal.SIGHUP)
        eventually(lambda: listener.latest("state/film").get("contact") == "live", 20, "the mended driver serves")
        (reloaded,) = eventually(lambda: daemon.said("settings reloaded"), 10, "the reload is said")
        assert reloaded["kept"] == 2
        with on_lines(labels) as office:
            office.do("label", "raise", fault="media-out")
            faults = eventually(lambda: listener.latest("state/label").get("faults"), 20, "the adapter is back")
            assert [each["reason"] for each in faults] == ["media-empty"]  # type: ignore[attr-defined]
        assert daemon.stop() == 0
