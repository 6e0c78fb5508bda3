"""Settings read again while machines work: what changed is applied, all else is left alone, nonsense is refused."""

import signal
from pathlib import Path

from .conftest import Daemon, Ground, eventually

WATCHED = ("prn1", "prn2", "prn3")
RELOADS = 30


def hang_up(daemon: Daemon) -> None:
    """Ask for the settings to be read again."""
    assert daemon.process is not None
    daemon.process.send_signal(signal.SIGHUP)


def extra(folder: Path, number: int, port: int) -> str:
    """A settings file beside the main one: another machine, or by turns one kind of nonsense or another."""
    machine = f'[[machine]]\nid = "extra{number}"\nkind = "printer"\nsource = {{ url = "snmp://127.0.0.1:{port}" }}\n'
    nonsense = ("[[machine\n", machine + "colour = 7\n", machine.replace(f"extra{number}", "prn1"), "\0")
    (folder / "machines.d").mkdir(exist_ok=True)
    bad = number % 2 == 1
    text = nonsense[number // 2 % len(nonsense)] if bad else machine
    (folder / "machines.d" / "extra.toml").write_text(text, encoding="utf-8")
    return "settings refused, the former ones go on" if bad else "settings reloaded"


def test_thirty_reloads_half_of_them_bad_touch_nobody_else(ground: Ground) -> None:
    """Each good one exchanges one machine, each bad one none; the others keep contact, fault ages and counts."""
    broker, office = ground.broker(), ground.office(*(f"{name}=passport_printer" for name in (*WATCHED, "extra")))
    broker.start()
    listener = ground.listener(broker)
    daemon = ground.daemon(broker, {name: office.ports[name] for name in WATCHED}, interval="100ms")
    daemon.start()
    for name in WATCHED:
        eventually(lambda name=name: listener.latest(f"state/{name}").get("contact") == "live", 20, f"{name} is live")
    office.do("prn1", "raise", fault="front-cover-open")
    raised = eventually(lambda: listener.latest("state/prn1")["faults"], 10, "the fault is shown")
    quiet = {name: len([m for m in listener.messages if m[0].endswith(f"/inventory/{name}")]) for name in WATCHED}
    for number in range(RELOADS):
        expected = extra(ground.folder, number, office.ports["extra"])
        before = len(daemon.said(expected))
        hang_up(daemon)
        eventually(lambda: len(daemon.said(expected)) > before, 10, f"reload {number}: {expected}")  # noqa: B023
    last = RELOADS - 2
    eventually(lambda: listener.latest(f"state/extra{last}").get("contact") == "live", 20, "the last added is heard")
    emptied = [topic for topic, _, payload in listener.messages if topic.endswith("/state/extra0") and not payload]
    assert emptied, "a machine that is taken out leaves no retained state behind"
    assert listener.latest("state/prn1")["faults"] == raised
    for name in WATCHED:
        contacts = [event for event in listener.events() if event.get("subject") == name and "contact" in event["type"]]  # type: ignore[operator]
        assert len(contacts) == 1, contacts
        assert len([m for m in listener.messages if m[0].endswith(f"/inventory/{name}")]) == quiet[name]
    types = [event["type"] for event in listener.events()]
    assert types.count("fleetmon.settings.refused.v1") == RELOADS // 2
    assert types.count("fleetmon.settings.changed.v1") == RELOADS // 2
    refused = [event["data"] for event in listener.events() if event["type"] == "fleetmon.settings.refused.v1"]
    assert all("extra.toml:" in str(data) for data in refused), refused
    eventually(lambda: listener.latest("heartbeat")["settings_refused_since"], 10, "the heartbeat says it too")
    assert daemon.stop() == 0


def test_what_waits_for_the_next_start_is_named(ground: Ground) -> None:
    """Another broker and another site id: the one is named as waiting, the other refused with its place."""
    broker, office = ground.broker(), ground.office("prn1=passport_printer")
    broker.start()
    daemon = ground.daemon(broker, office.ports)
    daemon.start()
    text = daemon.settings.read_text(encoding="utf-8")
    daemon.settings.write_text(text.replace('heartbeat = "2s"', 'heartbeat = "5s"'), encoding="utf-8")
    hang_up(daemon)
    told = eventually(lambda: daemon.said("settings reloaded"), 10, "the reload is said")
    assert told[0]["at_next_start"] == ["[mqtt]"]
    daemon.settings.write_text(text.replace('id = "lab"', 'id = "other"'), encoding="utf-8")
    hang_up(daemon)
    refused = eventually(lambda: daemon.said("settings refused, the former ones go on"), 10, "the refusal is said")
    assert "site.id" in str(refused[0]["problems"])
    daemon.settings.unlink()
    hang_up(daemon)
    eventually(
        lambda: len(daemon.said("settings refused, the former ones go on")) == 2, 10, "a missing file is refused"
    )
    assert daemon.stop() == 0
