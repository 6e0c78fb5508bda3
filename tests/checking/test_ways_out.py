"""`fleetmon check` on the ways out beside the broker."""

import importlib.util
from pathlib import Path

import pytest

from fleetmon import settings
from fleetmon.checking.ways_out import ways_out

GOOD = '[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1"\n'


def told(folder: Path, text: str) -> list[str]:
    path = folder / "fleetmon.toml"
    path.write_text(GOOD + text)
    return [str(each).replace(f"{folder}/", "") for each in ways_out(path, settings.parse(path))]


def test_what_is_in_order_is_not_mentioned(tmp_path: Path) -> None:
    """No way out, one on this computer, one with TLS."""
    assert told(tmp_path, "") == []
    text = '[notify.alertmanager]\nurl = ["http://127.0.0.1:9093", "https://am.office.pk"]\n'
    assert told(tmp_path, text) == []


def test_an_example_that_was_left_and_an_open_network_are_told(tmp_path: Path) -> None:
    """Each with its line: nobody answers at the one, anybody reads along at the other."""
    text = (
        '[notify.alertmanager]\nurl = ["https://alertmanager.example", "http://am.office.pk"]\n'
        '[notify.webhook]\nurl = "http://10.0.0.1/x"\nsecret = { env = "S" }\n'
    )
    open_ = "alerts cross the network without TLS: anybody on the way can read and change them; https:// is the cure"
    assert told(tmp_path, text) == [
        "warning  fleetmon.toml:6: alertmanager: alertmanager.example is an example's address: put yours there",
        f"warning  fleetmon.toml:6: alertmanager: {open_}",
        f"warning  fleetmon.toml:8: webhook: {open_}",
    ]


def test_apprise_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no part of an ordinary installation, and without it nobody would hear anything."""
    text = '[notify.apprise]\nurls = { env = "U" }\n'
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert told(tmp_path, text) == [
        "problem  fleetmon.toml:6: apprise: Apprise is not installed: it comes with the extra `notify`"
    ]
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    assert told(tmp_path, text) == []
