"""What the linter cannot say about how the code reads: lengths, names, opening words, and who may catch everything."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

LONGEST_FUNCTION = 50
LONGEST_MODULE = 300
# Names that say nothing about what is inside, so that everything ends up there.
EMPTY_WORDS = ("util", "utils", "common", "helper", "helpers", "manager", "managers", "handler", "handlers", "misc")
# A driver's dialogue may have any bug, and so may a foreign native library: one place each confines it to one machine.
CATCH_ALL = {Path("src/fleetmon/poller.py"), Path("src/fleetmon/links/snmp_v3_codec.py")}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def length_faults(text: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    lines = text.count("\n")
    if lines > LONGEST_MODULE:
        yield 1, f"{lines} lines; {LONGEST_MODULE} are the ceiling"
    for node in ast.walk(tree):
        if isinstance(node, Function) and (length := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION:
            yield node.lineno, f"{node.name} has {length} lines; {LONGEST_FUNCTION} are the ceiling"


def name_faults(path: Path, tree: ast.Module) -> Iterator[tuple[int, str]]:
    for part in (*path.parts[:-1], path.stem):
        if part in EMPTY_WORDS or part == "base_device":
            yield 1, f"{part} is no name for a room"
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name.lower().endswith(EMPTY_WORDS):
            yield node.lineno, f"{node.name} does not say what it is"


def opening_faults(tree: ast.Module) -> Iterator[tuple[int, str]]:
    if tree.body and not ast.get_docstring(tree):
        yield 1, "a module opens with a paragraph on what it believes and why"


def catching_faults(path: Path, tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.ExceptHandler) or path in CATCH_ALL:
            continue
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        names = {each.id for each in caught if isinstance(each, ast.Name)}
        if node.type is None or names & {"Exception", "BaseException"}:
            yield node.lineno, "only the poller may catch everything; name what can be mended here"


def faults(sources: Mapping[Path, str]) -> list[str]:
    """Every fault in a set of shipped files, as `file:line: why`."""
    found = []
    for path, text in sources.items():
        tree = ast.parse(text)
        broken = [
            *length_faults(text, tree),
            *name_faults(path, tree),
            *opening_faults(tree),
            *catching_faults(path, tree),
        ]
        found += [f"{path}:{line}: {why}" for line, why in broken]
    return found


def undocumented_tests(sources: Mapping[Path, str]) -> list[str]:
    """Every test that does not say which behaviour it is about, as `file:line: name`."""
    return [
        f"{path}:{node.lineno}: {node.name}"
        for path, text in sources.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, Function) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]


def test_the_shipped_code_keeps_to_the_style(shipped: dict[Path, str]) -> None:
    """No overlong function or module, no empty name, no module without opening words, no catch-all."""
    assert not faults(shipped), "\n" + "\n".join(faults(shipped))


def test_every_test_states_its_behaviour(root: Path, tracked: list[Path]) -> None:
    """Every test function under tests/ has a docstring."""
    tests = {path: (root / path).read_text() for path in tracked if path.parts[0] == "tests" and path.suffix == ".py"}
    assert not undocumented_tests(tests), "\n" + "\n".join(undocumented_tests(tests))


OPENING = '"""Why."""\n'
BAD = [
    ("src/fleetmon/a.py", OPENING + "def f():\n" + "    x = 1\n" * 50, ":2: f has 51 lines"),
    ("src/fleetmon/a.py", OPENING + "async def f():\n" + "    x = 1\n" * 50, ":2: f has 51 lines"),
    ("src/fleetmon/a.py", OPENING + "x = 1\n" * 300, ":1: 301 lines"),
    ("src/fleetmon/links/utils.py", OPENING, ":1: utils is no name"),
    ("src/fleetmon/common/a.py", OPENING, ":1: common is no name"),
    ("src/fleetmon/a.py", OPENING + "class LinkManager: ...", ":2: LinkManager does not say"),
    ("src/fleetmon/a.py", "x = 1", ":1: a module opens with"),
    ("src/fleetmon/a.py", OPENING + "try:\n    f()\nexcept Exception:\n    pass", ":4: only the poller"),
    ("src/fleetmon/a.py", OPENING + "try:\n    f()\nexcept (OSError, BaseException):\n    pass", ":4: only the poller"),
    ("src/fleetmon/a.py", OPENING + "try:\n    f()\nexcept:\n    pass", ":4: only the poller"),
]


@pytest.mark.parametrize(("path", "text", "complaint"), BAD)
def test_each_fault_of_style_is_named_with_its_line(path: str, text: str, complaint: str) -> None:
    """Each bad example is refused with its file, line and reason."""
    assert any(fault.startswith(path + complaint) for fault in faults({Path(path): text})), faults({Path(path): text})


def test_a_long_but_lawful_file_is_let_through() -> None:
    """A file at both ceilings, with a named exception, is fine; so is a catch-all in the poller."""
    lawful = OPENING + "def f():\n" + "    x = 1\n" * 49 + "y = 1\n" * 249
    assert faults({Path("src/fleetmon/a.py"): lawful}) == []
    assert faults({Path("src/fleetmon/poller.py"): OPENING + "try:\n    f()\nexcept Exception:\n    raise"}) == []


def test_a_test_without_words_is_named() -> None:
    """A test function without a docstring is found, nested and async ones included."""
    text = "class A:\n    async def test_x(self): ...\ndef test_y():\n    '''Says.'''"
    assert undocumented_tests({Path("tests/a.py"): text}) == ["tests/a.py:2: test_x"]
