"""An example's address that was left standing is told, with its line."""

from pathlib import Path

import pytest

from fleetmon import settings
from fleetmon.checking.examples import examples, is_example
from fleetmon.checking.finding import Weight


@pytest.mark.parametrize(
    "host", ["192.0.2.11", "198.51.100.1", "203.0.113.9", "2001:db8::1", "broker.example", "example.org."]
)
def test_what_is_set_aside_for_documents_is_an_example(host: str) -> None:
    """RFC 5737, RFC 3849, RFC 2606."""
    assert is_example(host)


@pytest.mark.parametrize("host", ["", "192.0.3.1", "127.0.0.1", "::1", "fe80::1%eth0", "printer", "myexample.org"])
def test_what_may_be_somebody_s_is_none(host: str) -> None:
    """Anything else may be a machine."""
    assert is_example(host) is False


def test_each_is_told_with_its_line(tmp_path: Path) -> None:
    """The broker and every source; those that may be right are not mentioned."""
    file = tmp_path / "fleetmon.toml"
    file.write_text(
        '[site]\nid = "lab"\n[mqtt]\nurl = "mqtts://broker.example"\n'
        '[[machine]]\nid = "prn1"\nsource = "snmp://192.0.2.11"\n'
        '[[machine]]\nid = "prn2"\nsource = "snmp://127.0.0.1"\n'
    )
    found = list(examples(file, settings.load(file, environ={})))
    assert [each.weight for each in found] == [Weight.WARNING] * 2
    assert [each.about for each in found] == [f"{file}:4: broker", f"{file}:7: machine prn1"]
    assert "broker.example is an example's address" in found[0].text
