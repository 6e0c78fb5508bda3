"""The house stands because nothing below knows what is above it, and because the middle has no clock, log or network.

Imports are read from the syntax tree, inside functions and under `if TYPE_CHECKING` too: a name borrowed from above is
a debt wherever it stands. Every law is also shown bad examples: a law that finds nothing must be able to.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

# Room (relative to fleetmon) -> layer. A room is a module, a package with all in it, or a family room_this, room_that;
# the longest name that fits counts. A new room is added here.
LAYERS = {
    "": 0,
    "model": 0,
    "vocabulary": 0,
    "errors": 0,
    "secret": 0,
    "toml": 1,
    "definition": 1,
    "schedule": 1,
    "decode": 2,
    "assess": 2,
    "monitor": 2,
    "publish": 2,
    "settings": 3,
    "catalog": 3,
    "clock": 3,
    "links": 3,
    "publish.outbox": 3,
    "publish.mqtt": 3,
    "poller": 4,
    "commands": 4,
    "control": 4,
    "notify": 4,
    "replay": 4,
    "cli": 5,
    "daemon": 5,
    "lab": 5,
    "central": 5,
    "__main__": 5,
}
PURE = 2  # the highest layer without async, clock, log, chance and network

# Rooms on one floor with no door between them.
SEPARATE = (
    ("decode", "assess"),
    ("assess", "decode"),
    ("decode", "monitor"),
    ("assess", "monitor"),
    ("publish", "monitor"),
)

# The libraries that do I/O, and the only rooms that may know of them.
DOORS = {
    "aiomqtt": ("publish.mqtt",),
    "paho": ("publish.mqtt",),
    "gufo": ("links.snmp_v3",),
    "serial": ("links.serial",),
    "sqlite3": ("publish.outbox", "central"),
    "iotcore": ("lab", "cli.demo"),
    "pysnmp": (),
    "snmpsim": (),
}
IMPURE = frozenset(
    "asyncio concurrent http logging multiprocessing os queue random requests sched secrets select selectors signal"
    " socket socketserver sqlite3 ssl structlog subprocess tempfile threading time urllib uvloop".split()
)
PURE_LIBRARIES = frozenset({"pydantic", "pydantic_core", "re2", "typing_extensions"})  # from layer 1 on
CLOCK_READERS = frozenset({"now", "utcnow", "today"})
DIALOGUE_MAY = ("", "model", "vocabulary", "definition", "decode")
SIMULATORS_MAY = frozenset({"pysnmp", "pyasn1", "serial"})


@dataclass(frozen=True, slots=True)
class Borrowed:
    """One import: the module that is named, and the line that names it."""

    module: str
    line: int


def module_name(path: Path) -> str:
    """The dotted name of a shipped file, relative to fleetmon ("" for the package itself)."""
    inside = path.parts[2:] if path.parts[0] == "src" else path.parts
    return ".".join(inside).removesuffix(".py").removesuffix("__init__").rstrip(".")


def belongs(name: str, room: str) -> bool:
    return name == room or (room != "" and name.startswith((f"{room}.", f"{room}_")))


def layer(name: str) -> int | None:
    fitting = [room for room in LAYERS if belongs(name, room)]
    return LAYERS[max(fitting, key=len)] if fitting else None


def imports(name: str, is_package: bool, tree: ast.AST) -> Iterator[Borrowed]:
    """Every module the tree names in an import; `from a import b` names both a and a.b, since b may be a module."""
    package = ["fleetmon", *name.split(".")] if name else ["fleetmon"]
    if not is_package:
        package = package[:-1]
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (Borrowed(alias.name, node.lineno) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = package[: len(package) - level + 1] if level else []
                origin = ".".join([*base, *([module] if module else [])])
                yield Borrowed(origin, node.lineno)
                yield from (Borrowed(f"{origin}.{alias.name}", node.lineno) for alias in names)
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(module)), *_],
            ):
                yield Borrowed(module, node.lineno)


def own(borrowed: Borrowed, known: frozenset[str]) -> str | None:
    """The module of fleetmon that is borrowed, relative to it; None for a stranger or a mere attribute."""
    if borrowed.module != "fleetmon" and not borrowed.module.startswith("fleetmon."):
        return None
    name = borrowed.module.removeprefix("fleetmon").lstrip(".")
    return name if name in known else None


def floors(name: str, target: str) -> str | None:
    """Why a module of the package may not know another, or None."""
    here, there = layer(name), layer(target)
    if target.startswith("simulators"):
        return None if here == 5 else "only lab, cli and daemon may know the simulators"
    if target.startswith("drivers"):
        return "dialogues of drivers are found by the catalog, never imported"
    if here is None or there is None:
        return None  # a module without a layer is reported by itself
    if there > here:
        return f"layer {here} may not know layer {there}"
    if any(belongs(name, mine) and belongs(target, other) for mine, other in SEPARATE):
        return "these two never know each other"
    return None


def stranger(name: str, library: str) -> str | None:
    """Why a module of the package may not use a library from outside, or None."""
    here = layer(name)
    if library in DOORS and not any(belongs(name, room) for room in DOORS[library]):
        return f"only {', '.join(DOORS[library]) or 'nobody'} may use {library}"
    if here is None or here > PURE or library == "fleetmon":
        return None
    if library in IMPURE:
        return f"layer {here} has no {library}"
    if library in sys.stdlib_module_names or (here > 0 and library in PURE_LIBRARIES):
        return None
    return f"layer {here} may not use {library}"


def impurities(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Async code, reading the wall clock, opening and printing: impure even where nothing is imported for it."""
    for node in ast.walk(tree):
        match node:
            case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
                yield node.lineno, "the pure layers have no async"
            case ast.Attribute(attr=attr) if attr in CLOCK_READERS:
                yield node.lineno, f"the pure layers are told the time, they never ask for it ({attr})"
            case ast.Call(func=ast.Name(id="open" | "print" | "input" as called)):
                yield node.lineno, f"the pure layers do no I/O ({called})"


def package_faults(name: str, is_package: bool, tree: ast.AST, known: frozenset[str]) -> Iterator[tuple[int, str]]:
    here = layer(name)
    if here is None:
        yield 1, "this module has no layer: give it one in the table of this test and in the architecture"
    for borrowed in imports(name, is_package, tree):
        target = own(borrowed, known)
        reason = floors(name, target) if target is not None else stranger(name, borrowed.module.partition(".")[0])
        if reason:
            yield borrowed.line, f"{borrowed.module}: {reason}"
    if here is not None and here <= PURE:
        yield from impurities(tree)


def simulator_faults(name: str, is_package: bool, tree: ast.AST) -> Iterator[tuple[int, str]]:
    for borrowed in imports(name, is_package, tree):
        library = borrowed.module.partition(".")[0]
        if borrowed.module.startswith("fleetmon.simulators"):
            continue
        if library not in SIMULATORS_MAY and library not in sys.stdlib_module_names:
            yield borrowed.line, f"{borrowed.module}: a simulator is written from the machine's side, on its own"


def dialogue_faults(name: str, is_package: bool, tree: ast.AST, known: frozenset[str]) -> Iterator[tuple[int, str]]:
    for borrowed in imports(name, is_package, tree):
        target = own(borrowed, known)
        library = borrowed.module.partition(".")[0]
        if target is not None:
            if not any(belongs(target, room) for room in DIALOGUE_MAY):
                yield (
                    borrowed.line,
                    f"{borrowed.module}: a dialogue knows model, vocabulary, definition and decode only",
                )
        elif library != "fleetmon" and (library in IMPURE or library not in sys.stdlib_module_names):
            yield borrowed.line, f"{borrowed.module}: a dialogue is pure"
    yield from impurities(tree)


def faults(sources: Mapping[Path, str]) -> list[str]:
    """Every broken law in a set of shipped files, as `file:line: module: why`."""
    known = frozenset(module_name(path) for path in sources)
    found = set()
    for path, text in sources.items():
        name, is_package, tree = module_name(path), path.name == "__init__.py", ast.parse(text)
        match path.parts[0]:
            case "simulators":
                broken = simulator_faults(name, is_package, tree)
            case "drivers":
                broken = dialogue_faults(name, is_package, tree, known)
            case _:
                broken = package_faults(name, is_package, tree, known)
        found |= {(str(path), line, why) for line, why in broken}
    return [f"{path}:{line}: {why}" for path, line, why in sorted(found)]


def circle(sources: Mapping[Path, str]) -> list[str]:
    """A circle of modules that import each other, or nothing."""
    known = frozenset(module_name(path) for path in sources)
    graph = {}
    for path, text in sources.items():
        name = module_name(path)
        borrowed = imports(name, path.name == "__init__.py", ast.parse(text))
        graph[name] = {target for each in borrowed if (target := own(each, known)) and target != name}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


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
        ":2: the pure layers are told the time",
    ),
    (
        "src/fleetmon/assess/line.py",
        "import datetime\ndatetime.datetime.utcnow()",
        ":2: the pure layers are told the time",
    ),
    ("src/fleetmon/monitor.py", "async def step(): ...", ":1: the pure layers have no async"),
    ("src/fleetmon/monitor.py", "print('x')", ":1: the pure layers do no I/O (print)"),
    ("src/fleetmon/poller.py", "import aiomqtt", ":1: aiomqtt: only publish.mqtt"),
    ("src/fleetmon/poller.py", "from paho.mqtt import properties", ":1: paho.mqtt: only publish.mqtt"),
    ("src/fleetmon/poller.py", "from gufo.snmp import SnmpSession", ":1: gufo.snmp: only links.snmp_v3"),
    ("src/fleetmon/poller.py", "import serial", ":1: serial: only links.serial"),
    ("src/fleetmon/publish/mqtt.py", "import sqlite3", ":1: sqlite3: only publish.outbox"),
    ("src/fleetmon/poller.py", "from fleetmon.simulators import engine", ":1: fleetmon.simulators.engine: only lab"),
    ("src/fleetmon/newcomer.py", "", ":1: this module has no layer"),
    ("simulators/engine.py", "from fleetmon.model import words", ":1: fleetmon.model: a simulator"),
    ("simulators/engine.py", "from ..model import words", ":1: fleetmon.model: a simulator"),
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
    ("src/fleetmon/links/serial.py", "import serial, time\nfrom fleetmon.errors import LinkError"),
    ("src/fleetmon/lab/run.py", "from fleetmon.simulators import engine\nimport iotcore"),
    ("simulators/other.py", "from .engine import x\nimport asyncio, pysnmp.hlapi"),
    ("drivers/x/dialogue.py", "import struct\nfrom fleetmon.decode.ber import x\nfrom fleetmon import vocabulary"),
]


@pytest.mark.parametrize(("path", "text"), GOOD)
def test_what_the_architecture_allows_is_let_through(path: str, text: str) -> None:
    """The laws refuse nothing that the architecture allows."""
    assert faults({Path(name): body for name, body in {**HOUSE, path: text}.items()}) == []


def test_a_circle_is_named() -> None:
    """Two modules that import each other are shown in order."""
    sources = {
        Path("src/fleetmon/assess/line.py"): "from . import alerts",
        Path("src/fleetmon/assess/alerts.py"): "from .line import x",
    }
    assert set(circle(sources)) == {"assess.line", "assess.alerts"}
