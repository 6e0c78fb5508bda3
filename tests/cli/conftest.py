"""Running commands in this process, as a shell would, and recordings to run them on."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from fleetmon.cli import app

PRINTER = """\
1.3.6.1.2.1.1.1.0|4|Canon LBP6670 /P
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.1602.4.2
1.3.6.1.2.1.1.3.0|67|360000
1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5
1.3.6.1.2.1.25.3.2.1.3.1|4|Canon LBP6670
1.3.6.1.2.1.25.3.2.1.5.1|2|5
1.3.6.1.2.1.25.3.5.1.1.1|2|1
1.3.6.1.2.1.25.3.5.1.2.1|4x|04
1.3.6.1.2.1.43.5.1.1.17.1|4|SIM0001
1.3.6.1.2.1.43.10.2.1.3.1.1|2|8
1.3.6.1.2.1.43.10.2.1.4.1.1|65|1234
1.3.6.1.2.1.43.11.1.1.5.1.1|2|3
1.3.6.1.2.1.43.11.1.1.6.1.1|4|Black Toner
1.3.6.1.2.1.43.11.1.1.7.1.1|2|19
1.3.6.1.2.1.43.11.1.1.8.1.1|2|100
1.3.6.1.2.1.43.11.1.1.9.1.1|2|42
"""
UPS = """\
1.3.6.1.2.1.1.1.0|4|APC Web/SNMP Management Card
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.318.1.3.27
"""
TWO_PRINTERS = "".join(
    f"1.3.6.1.2.1.25.3.2.1.2.{device}|6|1.3.6.1.2.1.25.3.1.5\n"
    f"1.3.6.1.2.1.25.3.2.1.3.{device}|4|Lane {device}\n"
    f"1.3.6.1.2.1.43.5.1.1.17.{device}|4|SIM000{device}\n"
    for device in (3, 7)
)


@pytest.fixture
def fleetmon() -> Callable[..., Result]:
    """Run `fleetmon` with these words; the result has `exit_code`, `stdout`, `stderr`."""

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, words)

    return run


@pytest.fixture
def recording(tmp_path: Path) -> Callable[[str], str]:
    """The URL of a walk file with this text."""

    def write(text: str) -> str:
        file = tmp_path / "machine.snmprec"
        file.write_text(text, encoding="utf-8")
        return f"walk:{file}"

    return write
