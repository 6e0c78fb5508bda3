"""What is imported is declared: a library that merely happens to be installed is missing at the next site.

A module that comes with a declared library by right (pydantic_core with pydantic, pyasn1 with pysnmp) is declared too.
What is declared and never imported is found too: nobody should have to install it. A few libraries work without being
imported by name.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions, requires
from pathlib import Path

OWN = {"fleetmon", "tests", "bench"}
# zoneinfo reads tzdata; the tools and pytest's plugins are started, not imported; snmpsim and pysmi run as programs
AT_WORK_UNSEEN = {
    "tzdata",
    "build",
    "hatchling",
    "mypy",
    "pysmi",
    "pytest-asyncio",
    "pytest-cov",
    "pytest-xdist",
    "ruff",
    "snmpsim",
}


def distribution(requirement: str) -> str:
    """The bare name of a requirement, as the metadata spells it."""
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def declared(root: Path, *extras: str) -> set[str]:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    lists = [project["dependencies"], *(project["optional-dependencies"][extra] for extra in extras)]
    return {distribution(requirement) for each in lists for requirement in each}


def with_company(names: Iterable[str]) -> set[str]:
    """The distributions and what they themselves require without conditions."""
    company = {distribution(each) for name in names for each in requires(name) or [] if "extra ==" not in each}
    return {*names, *company}


def imported(sources: dict[Path, str]) -> dict[str, Path]:
    """Every library from outside that some file imports: its distribution, and one such file."""
    providers = packages_distributions()
    found = {}
    for path, text in sources.items():
        beside = {other.stem for other in sources if other.parent == path.parent}  # a script's own company
        for node in ast.walk(ast.parse(text)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            for library in {name.partition(".")[0] for name in names} - OWN - beside - sys.stdlib_module_names:
                found[distribution(providers.get(library, [library])[0])] = path
    return found


def undeclared(sources: dict[Path, str], names: set[str]) -> list[str]:
    """`file: library` for every import that no declared library answers for."""
    return [f"{path}: {library}" for library, path in imported(sources).items() if library not in with_company(names)]


def test_what_a_site_imports_is_what_a_site_installs(root: Path, shipped: dict[Path, str]) -> None:
    """The daemon needs nothing but the declared dependencies; demo, simulators and messengers may use their extras."""
    guests = ("simulators", "src/fleetmon/demo", "src/fleetmon/lab", "src/fleetmon/notify/apprise_send.py")
    of_site = {path: text for path, text in shipped.items() if not str(path).startswith(guests)}
    assert undeclared(of_site, declared(root)) == []
    assert undeclared(shipped, declared(root, "demo", "notify")) == []


def test_what_the_tests_import_is_declared(root: Path, tracked: list[Path]) -> None:
    """The tests need nothing that the lock file only holds by chance."""
    sources = {path: (root / path).read_text() for path in tracked if path.suffix == ".py"}
    assert undeclared(sources, declared(root, "demo", "notify", "dev")) == []


def test_nothing_is_declared_in_vain(root: Path, tracked: list[Path]) -> None:
    """Every declared library is imported somewhere."""
    used = imported({path: (root / path).read_text() for path in tracked if path.suffix == ".py"})
    assert declared(root, "demo", "notify", "dev") - AT_WORK_UNSEEN - used.keys() == set()


def test_an_undeclared_library_is_named() -> None:
    """A stranger is named with its file; the standard library, fleetmon itself and a library's own company are not."""
    text = "import os, fleetmon\nfrom pydantic_core import x\nfrom . import y\ndef f():\n    import pluggy.hooks"
    assert undeclared({Path("src/a.py"): text}, {"pydantic"}) == ["src/a.py: pluggy"]
    assert undeclared({Path("bench/a.py"): "import b", Path("bench/b.py"): ""}, set()) == []
    assert distribution("aiomqtt>=2.5.1,<3") == "aiomqtt"
    assert distribution("uvloop>=0.21; sys_platform == 'linux'") == "uvloop"
