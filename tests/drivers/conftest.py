"""Machines to drive: the captures of real devices, from their files and on the wire."""

from collections.abc import Callable

import pytest
from tests.compared import PROPERTY, key
from tests.links.conftest import snmp_socket, snmpsim

__all__ = ["Compare", "compared", "snmp_socket", "snmpsim"]

Compare = Callable[[str, bool], None]  # the kind of fact, and whether the fact is that nothing is known


@pytest.fixture
def compared(record_property: Callable[[str, object], None]) -> Compare:
    """Counts a fact that agreed; the sum is shown at the end of the run."""
    return lambda path, absent: record_property(PROPERTY, key(path, absent))
