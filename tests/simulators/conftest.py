"""net-snmp as the client: a second SNMP stack, which nobody here wrote, judges how the simulators speak."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

Ask = Callable[..., Awaitable[list[str]]]

V1 = ("-v1", "-c", "public")
V2C = ("-v2c", "-c", "public")
V3 = ("-v3", "-l", "authPriv", "-u", "tech", "-a", "SHA", "-A", "auth-secret", "-x", "AES", "-X", "priv-secret")


async def _ask(tool: str, access: Sequence[str], port: int, *rest: str) -> list[str]:
    """The tool's output lines, names and values as numbers; standard error is among them."""
    words = (tool, "-r0", "-t5", "-m", "", "-One", *access, f"127.0.0.1:{port}", *rest)
    process = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env={"PATH": os.environ["PATH"]}
    )
    out, _ = await process.communicate()
    return out.decode("latin-1").splitlines()


@pytest.fixture(scope="session")
def ask() -> Ask:
    """`await ask("snmpwalk", V2C, port, ".1.3")`; skipped where net-snmp is missing, but not in CI."""
    if shutil.which("snmpwalk") is None and os.environ.get("CI") != "true":
        pytest.skip("net-snmp's command line tools are not installed")
    return _ask


@pytest.fixture(scope="session")
def accesses() -> dict[str, tuple[str, ...]]:
    """Options of net-snmp's tools for each version."""
    return {"1": V1, "2c": V2C, "3": V3}


@pytest.fixture(scope="session")
def machines(root: Path) -> Path:
    """The folder of shipped device sheets."""
    return root / "simulators" / "machines"
