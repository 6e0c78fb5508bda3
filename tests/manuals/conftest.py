"""The one machine of the manuals that speaks SNMP, served by snmpsim: a community for each of its situations."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.links.conftest import free_port, serving
from tests.manuals.peers import nambrika


def community(situation: str) -> str:
    """The community under which the machine is in this situation."""
    return f"s{list(nambrika.SITUATIONS).index(situation)}"


@pytest.fixture(scope="session")
def snmp_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port where every situation answers."""
    data, cache, port = tmp_path_factory.mktemp("walks"), tmp_path_factory.mktemp("snmpsim"), free_port()
    for situation, machine in nambrika.SITUATIONS.items():
        (data / f"{community(situation)}.snmprec").write_text(machine.record())
    account = ["--process-user=root", "--process-group=root"] if os.geteuid() == 0 else []
    program = str(Path(sys.executable).with_name("snmpsim-command-responder"))
    where = [f"--data-dir={data}", f"--cache-dir={cache}", f"--agent-udpv4-endpoint=127.0.0.1:{port}"]
    with serving([program, *where, *account], port, "s0", cache / "log"):
        yield port
