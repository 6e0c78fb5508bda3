"""The house stands because nothing below knows what is above it, and because the middle has no clock, log or network.

Imports are read from the syntax tree, inside functions and under `if TYPE_CHECKING` too: a name borrowed from above is
a debt wherever it stands.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

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
    "playbooks": 1,
    "decode": 2,
    "assess": 2,
    "monitor": 2,
    "memory": 2,
    "memory_counts": 2,
    "publish": 2,
    "settings": 3,
    "catalog": 3,
    "locales": 3,
    "clock": 3,
    "logs": 3,
    "links": 3,
    "publish.outbox": 3,
    "publish.mqtt": 3,
    "systemd": 3,
    "conversation": 4,
    "poller": 4,
    "polling": 4,
    "site": 4,
    "reload": 4,
    "watchdog": 4,
    "room": 4,
    "commands": 4,
    "control": 4,
    "issuing": 4,
    "notify": 4,
    "replay": 4,
    "probing": 4,
    "drafting": 4,
    "scanning": 4,
    "proof": 4,
    "sources": 4,
    "checking": 4,
    "precedence": 3,
    "cli": 5,
    "daemon": 5,
    "demo": 5,
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

# The libraries that do I/O, and the only rooms that may know of them: one door each, however many files the room needs.
DOORS = {
    "aiomqtt": ("publish.mqtt",),
    "paho": ("publish.mqtt",),
    "gufo": ("links.snmp_v3",),
    "h11": ("notify",),
    "apprise": ("notify.apprise_send",),
    "holidays": ("settings.public_holidays",),
    "serial": ("links.serial",),
    "sqlite3": ("publish.outbox", "central"),
    "iotcore": ("demo.broker",),
    "pysnmp": (),
    "snmpsim": (),
}
IMPURE = frozenset(
    "asyncio concurrent http logging multiprocessing os queue random requests sched secrets select selectors signal"
    " socket socketserver sqlite3 ssl structlog subprocess tempfile threading time urllib uvloop".split()
)
PURE_LIBRARIES = frozenset({"pydantic", "pydantic_core", "re2", "typing_extensions"})  # from layer 1 on
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


def imports(name: str, is_package: bool, tree: ast.AST, known: frozenset[str]) -> Iterator[Borrowed]:
    """Every module the tree names in an import; `from a import b` names a.b where that is a module, and a otherwise."""
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
                inner = (Borrowed(f"{origin}.{alias.name}", node.lineno) for alias in names)
                yield from {each if own(each, known) else Borrowed(origin, node.lineno) for each in inner}
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
        return None if here == 5 else "only lab, demo, cli and daemon may know the simulators"
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


def clock_readings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every use of datetime's own clock, by whatever name datetime was imported."""
    names = {"datetime", "date"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "datetime":
            names |= {alias.asname for alias in node.names if alias.asname}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(
                attr="now" | "utcnow" | "today" as attr, value=ast.Name(id=base) | ast.Attribute(attr=base)
            ):
                if base in names:
                    yield node.lineno, f"{base}.{attr}: time comes from the clock, and as an argument below layer 3"


def naps(name: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Time, and below layer 5 sleep, that do not come from clock.py. A screen is redrawn for people, at their pace."""
    if belongs(name, "clock"):
        return
    for_people = layer(name) == 5
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=[ast.alias(name="time"), *_]) | ast.ImportFrom(module="time", level=0):
                yield node.lineno, "time: only the clock asks the computer what time it is"
            case ast.Attribute(attr="sleep", value=ast.Name(id="asyncio")) if not for_people:
                yield node.lineno, "asyncio.sleep: only the clock sleeps, so that all sleep alike"


def impurities(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Async code, opening and printing: impure even where nothing is imported for it."""
    for node in ast.walk(tree):
        match node:
            case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
                yield node.lineno, "the pure layers have no async"
            case ast.Call(func=ast.Name(id="open" | "print" | "input" as called)):
                yield node.lineno, f"the pure layers do no I/O ({called})"


def package_faults(name: str, is_package: bool, tree: ast.AST, known: frozenset[str]) -> Iterator[tuple[int, str]]:
    here = layer(name)
    if here is None:
        yield 1, "this module has no layer: give it one in the table of this test and in the architecture"
    for borrowed in imports(name, is_package, tree, known):
        target = own(borrowed, known)
        reason = floors(name, target) if target is not None else stranger(name, borrowed.module.partition(".")[0])
        if reason:
            yield borrowed.line, f"{borrowed.module}: {reason}"
    yield from clock_readings(tree)
    yield from impurities(tree) if here is not None and here <= PURE else naps(name, tree)


def simulator_faults(name: str, is_package: bool, tree: ast.AST, known: frozenset[str]) -> Iterator[tuple[int, str]]:
    for borrowed in imports(name, is_package, tree, known):
        library = borrowed.module.partition(".")[0]
        if borrowed.module.startswith("fleetmon.simulators"):
            continue
        if library not in SIMULATORS_MAY and library not in sys.stdlib_module_names:
            yield borrowed.line, f"{borrowed.module}: a simulator is written from the machine's side, on its own"


def dialogue_faults(name: str, is_package: bool, tree: ast.AST, known: frozenset[str]) -> Iterator[tuple[int, str]]:
    for borrowed in imports(name, is_package, tree, known):
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
    yield from clock_readings(tree)
    yield from impurities(tree)


def faults(sources: Mapping[Path, str]) -> list[str]:
    """Every broken law in a set of shipped files, as `file:line: module: why`."""
    known = frozenset(module_name(path) for path in sources)
    found = set()
    for path, text in sources.items():
        name, is_package, tree = module_name(path), path.name == "__init__.py", ast.parse(text)
        match path.parts[0]:
            case "simulators":
                broken = simulator_faults(name, is_package, tree, known)
            case "drivers":
                broken = dialogue_faults(name, is_package, tree, known)
            case _:
                broken = package_faults(name, is_package, tree, known)
        found |= {(str(path), line, why) for line, why in broken}
    return [f"{path}:{line}: {why}" for path, line, why in sorted(found)]


def as_imported(text: str) -> ast.Module:
    """The tree without what only runs when the module is the program (`if __name__ == "__main__":`)."""
    tree = ast.parse(text)
    guard = ast.dump(ast.parse('__name__ == "__main__"', mode="eval").body)
    tree.body = [node for node in tree.body if not (isinstance(node, ast.If) and ast.dump(node.test) == guard)]
    return tree


def circle(sources: Mapping[Path, str]) -> list[str]:
    """A circle of modules that import each other, or nothing."""
    known = frozenset(module_name(path) for path in sources)
    graph = {}
    for path, text in sources.items():
        name = module_name(path)
        borrowed = imports(name, path.name == "__init__.py", as_imported(text), known)
        graph[name] = {target for each in borrowed if (target := own(each, known)) and target != name}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []
