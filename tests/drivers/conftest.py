"""Machines to drive: the captures of real devices, from their files and on the wire.

How many facts of the captures were compared is shown at the end of every run: a comparison that quietly compares
nothing would look the same as a good one.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest
from tests.links.conftest import snmp_socket, snmpsim

__all__ = ["Compared", "compared", "snmp_socket", "snmpsim"]

Compared: TypeAlias = Counter[tuple[str, bool]]  # by kind of fact, and whether the fact is that nothing is known
COMPARED = pytest.StashKey[Compared]()


@pytest.fixture(scope="session")
def compared(pytestconfig: pytest.Config) -> Compared:
    """How many facts agreed so far."""
    return pytestconfig.stash.setdefault(COMPARED, Counter())


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what the comparison with the captures rests on."""
    if counted := config.stash.get(COMPARED, None):
        terminalreporter.section("captures of real devices")
        absent = sum(count for (_, is_absent), count in counted.items() if is_absent)
        terminalreporter.write_line(
            f"{counted.total()} facts agree with an independent decoding, {absent} of them that nothing is known:"
        )
        for line in _table(counted):
            terminalreporter.write_line(line)


def _table(counted: Compared) -> Iterator[str]:
    kinds: dict[str, Counter[str]] = {}
    for (path, _), count in counted.items():
        group, _, kind = path.replace("[]", "").partition(".")
        kinds.setdefault(group, Counter())[kind] += count
    for group, found in sorted(kinds.items()):
        parts = ", ".join(f"{kind} {count}" for kind, count in sorted(found.items()) if kind)
        yield f"  {group} {found.total()}" + (f": {parts}" if parts else "")
