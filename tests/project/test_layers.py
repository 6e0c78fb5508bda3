"""The layers hold, and the law that says so can fail: it is shown bad examples, each with the line it must name."""

from pathlib import Path

import pytest

from .layers import circle, faults


def test_every_module_keeps_to_its_layer(shipped: dict[Path, str]) -> None:
    """No module knows a layer above its own, does I/O below layer 3, or opens a door that is another's."""
    assert not faults(shipped), "\n" + "\n".join(faults(shipped))


def test_no_modules_import_each_other_in_a_circle(shipped: dict[Path, str]) -> None:
    """Data flows one way: the graph of imports has no circle, even within a layer."""
    assert circle(shipped) == []


# What each law must catch: a file, its text, and the part of the complaint that names the line and the cause.
HOUSE = {
    "src/fleetmon/__init__.py": "",
    "src/fleetmon/model/words.py": "",
    "src/fleetmon/definition.py": "",
    "src/fleetmon/decode/ber.py": "",
    "src/fleetmon/assess/line.py": "",
    "src/fleetmon/monitor.py": "",
    "src/fleetmon/publish/mqtt.py": "",
    "src/fleetmon/poller.py": "",
    "src/fleetmon/links/serial.py": "",
    "simulators/engine.py": "",
}
BAD = [
    ("src/fleetmon/model/words.py", "import sys\nfrom fleetmon import poller", ":2: fleetmon.poller: layer 0"),
    ("src/fleetmon/model/words.py", "import pydantic", ":1: pydantic: layer 0 may not use"),
    ("src/fleetmon/definition.py", "from fleetmon.decode.ber import x", ":1: fleetmon.decode.ber: layer 1"),
    ("src/fleetmon/definition.py", "from .decode import ber", ":1: fleetmon.decode.ber: layer 1"),
    ("src/fleetmon/definition.py", "def f():\n    from .decode import ber", ":2: fleetmon.decode.ber: layer 1"),
    ("src/fleetmon/definition.py", "import rich.table", ":1: rich.table: layer 1 may not use rich"),
    ("src/fleetmon/decode/ber.py", "from ..assess.line import x", ":1: fleetmon.assess.line: these two"),
    ("src/fleetmon/assess/line.py", "from ..decode.ber import x", ":1: fleetmon.decode.ber: these two"),
    ("src/fleetmon/assess/line.py", "import fleetmon.monitor", ":1: fleetmon.monitor: these two"),
    (
        "src/fleetmon/decode/ber.py",
        "import importlib\nimportlib.import_module('fleetmon.poller')",
        ":2: fleetmon.poller",
    ),
    *(
        ("src/fleetmon/assess/line.py", f"import {name}", f":1: {name}: layer 2 has no {name}")
        for name in ("asyncio", "time", "socket", "random", "structlog", "logging")
    ),
    (
        "src/fleetmon/assess/line.py",
        "from datetime import datetime as d\nx = d.now",
        ":2: d.now: time comes",
    ),
    (
        "src/fleetmon/assess/line.py",
        "import datetime\ndatetime.datetime.utcnow()",
        ":2: datetime.utcnow: time comes",
    ),
    ("src/fleetmon/monitor.py", "async def step(): ...", ":1: the pure layers have no async"),
    ("src/fleetmon/monitor.py", "print('x')", ":1: the pure layers do no I/O (print)"),
    ("src/fleetmon/poller.py", "import aiomqtt", ":1: aiomqtt: only publish.mqtt"),
    ("src/fleetmon/poller.py", "from paho.mqtt import properties", ":1: paho.mqtt: only publish.mqtt"),
    ("src/fleetmon/poller.py", "from gufo.snmp import SnmpSession", ":1: gufo.snmp: only links.snmp_v3"),
    ("src/fleetmon/poller.py", "import serial", ":1: serial: only links.serial"),
    ("src/fleetmon/publish/mqtt.py", "import sqlite3", ":1: sqlite3: only publish.outbox"),
    (
        "src/fleetmon/poller.py",
        "from fleetmon.simulators import engine",
        ":1: fleetmon.simulators.engine: only lab, demo",
    ),
    ("src/fleetmon/newcomer.py", "", ":1: this module has no layer"),
    ("simulators/engine.py", "from fleetmon.model import words", ":1: fleetmon.model.words: a simulator"),
    ("simulators/engine.py", "from ..model import words", ":1: fleetmon.model.words: a simulator"),
    ("simulators/engine.py", "import pydantic", ":1: pydantic: a simulator"),
    ("drivers/x/dialogue.py", "from fleetmon.links import serial", ":1: fleetmon.links.serial: a dialogue knows"),
    ("drivers/x/dialogue.py", "import asyncio", ":1: asyncio: a dialogue is pure"),
    ("drivers/x/dialogue.py", "import rich", ":1: rich: a dialogue is pure"),
]


@pytest.mark.parametrize(("path", "text", "complaint"), BAD)
def test_a_broken_law_is_named_with_its_line(path: str, text: str, complaint: str) -> None:
    """Each bad example is refused, and the complaint gives the file, the line and the reason."""
    sources = {Path(name): body for name, body in {**HOUSE, path: text}.items()}
    assert any(fault.startswith(path + complaint) for fault in faults(sources)), faults(sources)


GOOD = [
    ("src/fleetmon/monitor.py", "from .assess import line\nfrom .decode.ber import x\nfrom . import model"),
    (
        "src/fleetmon/definition.py",
        "import pydantic, re2, tomllib\nfrom datetime import time\nfrom .model.words import State",
    ),
    ("src/fleetmon/publish/mqtt.py", "import aiomqtt, asyncio\nfrom paho.mqtt.properties import Properties"),
    (
        "src/fleetmon/links/serial.py",
        "import serial, asyncio\nx = asyncio.timeout\nfrom fleetmon.errors import LinkError",
    ),
    ("src/fleetmon/clock.py", "import asyncio, time\nx = asyncio.sleep"),
    ("src/fleetmon/assess/line.py", "def f(step):\n    return step.now"),
    ("src/fleetmon/poller.py", "def f(clock):\n    return clock.now()"),
    ("src/fleetmon/demo/screen.py", "import asyncio\nx = asyncio.sleep"),
    ("src/fleetmon/demo/broker.py", "from fleetmon.simulators import engine\nimport iotcore"),
    ("simulators/other.py", "from .engine import x\nimport asyncio, pysnmp.hlapi"),
    ("drivers/x/dialogue.py", "import struct\nfrom fleetmon.decode.ber import x\nfrom fleetmon import vocabulary"),
]


@pytest.mark.parametrize(("path", "text"), GOOD)
def test_what_the_architecture_allows_is_let_through(path: str, text: str) -> None:
    """The laws refuse nothing that the architecture allows."""
    assert faults({Path(name): body for name, body in {**HOUSE, path: text}.items()}) == []


def test_a_circle_is_named() -> None:
    """Two modules that import each other are shown; a room named on the way, or imported as the program, is none."""
    line, alerts = Path("src/fleetmon/assess/line.py"), Path("src/fleetmon/assess/alerts.py")
    assert set(circle({line: "from . import alerts", alerts: "from .line import x"})) == {
        "assess.line",
        "assess.alerts",
    }
    package = Path("src/fleetmon/assess/__init__.py")
    assert circle({package: "from .line import x", line: "from . import alerts", alerts: ""}) == []
    assert circle({line: "from . import alerts", alerts: 'if __name__ == "__main__":\n    from .line import x'}) == []
